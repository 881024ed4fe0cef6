//! A tool that the manifest asks for, and what it says about the tool.

use std::collections::BTreeMap;
use std::ops::Range;

use super::{Addition, Download, Release, Toolchain};
use crate::age::Age;
use crate::name::{CommandName, InsidePath, SourceLabel, Suite, ToolName};
use crate::platform::Platform;
use crate::version::Requirement;

/// A tool the manifest asks for.
#[derive(Clone, Debug)]
pub struct Tool {
    pub name: ToolName,
    pub requirement: Requirement,
    /// The only commands to put on PATH; all of the tool's when absent.
    pub commands: Option<Vec<CommandName>>,
    /// How long ago its versions have to have been published, in place of what the manifest says for all.
    pub min_age: Option<Age>,
    /// What else there is to say about a tool of its source.
    pub detail: Detail,
    /// Where its name is in the manifest, in bytes.
    pub range: Range<usize>,
    /// The line of that, counted from 1.
    pub line: usize,
}

/// What the manifest says about a tool beyond its requirement and its commands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Detail {
    Plain,
    /// The release that a Debian package is of, in place of the one of `registries`.
    Suite(Suite),
    /// Where a download is published.
    Download(Download),
    /// Which files of a repository's releases are the tool.
    Release(Release),
    /// What belongs to a Rust toolchain.
    Toolchain(Toolchain),
    /// The packages to install beside it, and their source where the manifest names it.
    With(Option<SourceLabel>, Vec<Addition>),
}

impl Tool {
    pub const fn suite(&self) -> Option<&Suite> {
        match &self.detail {
            Detail::Suite(suite) => Some(suite),
            Detail::Plain | Detail::Download(_) | Detail::Release(_) | Detail::Toolchain(_) | Detail::With(..) => None,
        }
    }

    pub const fn download(&self) -> Option<&Download> {
        match &self.detail {
            Detail::Download(download) => Some(download),
            Detail::Plain | Detail::Suite(_) | Detail::Release(_) | Detail::Toolchain(_) | Detail::With(..) => None,
        }
    }

    pub const fn release(&self) -> Option<&Release> {
        match &self.detail {
            Detail::Release(release) => Some(release),
            Detail::Plain | Detail::Suite(_) | Detail::Download(_) | Detail::Toolchain(_) | Detail::With(..) => None,
        }
    }

    pub const fn toolchain(&self) -> Option<&Toolchain> {
        match &self.detail {
            Detail::Toolchain(toolchain) => Some(toolchain),
            Detail::Plain | Detail::Suite(_) | Detail::Download(_) | Detail::Release(_) | Detail::With(..) => None,
        }
    }

    /// How many directories of its archive to step into before looking for commands, if the manifest says so.
    pub fn strip(&self) -> Option<usize> {
        self.download().and_then(|download| download.strip).or_else(|| self.release()?.strip)
    }

    /// Where its commands are in the file for a platform, if the manifest says so.
    pub fn paths(&self, version: &str, platform: Platform) -> BTreeMap<CommandName, InsidePath> {
        let of_download = || Some(self.download()?.files.get(&platform)?.commands.clone());
        let of_release = || Some(self.release()?.paths(version, platform));
        of_download().or_else(of_release).unwrap_or_default()
    }

    /// The packages to install beside it, sorted.
    pub fn additions(&self) -> &[Addition] {
        match &self.detail {
            Detail::With(_, additions) => additions,
            Detail::Plain | Detail::Suite(_) | Detail::Download(_) | Detail::Release(_) | Detail::Toolchain(_) => &[],
        }
    }
}
