//! What the manifest says about a tool from the releases of a repository: which file of a release is the tool, and
//! what is in it. What it leaves open is chosen from the names of the files.

use std::collections::BTreeMap;

use super::pattern::{Meanings, Pattern, PublisherWords};
use crate::archive::Format;
use crate::name::{CommandName, InsidePath};
use crate::platform::{Platform, Platforms};

/// A tool in the releases of a repository.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Release {
    /// The name of the file for a platform.
    pub asset: Option<Pattern>,
    /// The tag of a version: a text with `{version}` in it.
    pub tag: Option<Pattern>,
    /// The name of the file with checksums, in the same release.
    pub checksums: Option<Pattern>,
    /// The platforms that are wanted; all, when absent.
    pub platforms: Option<Platforms>,
    /// The C library to prefer, where a release has files for both.
    pub prefers_gnu: bool,
    /// What kind of file it is, where the name does not say so.
    pub format: Option<Format>,
    /// How many directories to step into before looking for commands.
    pub strip: Option<usize>,
    /// Command -> path inside; empty to look for them.
    pub commands: BTreeMap<CommandName, Pattern>,
    pub words: PublisherWords,
}

impl Release {
    /// Whether a platform's file is wanted.
    pub fn wants(&self, platform: Platform) -> bool {
        self.platforms.is_none_or(|wanted| wanted.contains(platform))
    }

    /// The name of a platform's file.
    pub fn asset(&self, version: &str, tag: &str, platform: Platform) -> Option<String> {
        Some(self.asset.as_ref()?.fill(self.meanings(version, platform), Some(("tag", tag))))
    }

    /// The tag of a version, if the manifest says how tags are made.
    pub fn tag(&self, version: &str) -> Option<String> {
        let (before, after) = self.tag.as_ref()?.around_version()?;
        Some(format!("{before}{version}{after}"))
    }

    /// The name of the file with the checksum of another one.
    pub fn checksums(&self, version: &str, asset: &str, platform: Platform) -> Option<String> {
        Some(self.checksums.as_ref()?.fill(self.meanings(version, platform), Some(("asset", asset))))
    }

    /// Where its commands are on a platform, if the manifest says so.
    pub fn paths(&self, version: &str, platform: Platform) -> BTreeMap<CommandName, InsidePath> {
        let filled = |pattern: &Pattern| pattern.fill(self.meanings(version, platform), None).parse().ok();
        self.commands.iter().filter_map(|(command, pattern)| Some((command.clone(), filled(pattern)?))).collect()
    }

    fn meanings<'m>(&'m self, version: &'m str, platform: Platform) -> Meanings<'m> {
        Meanings { version, platform, words: &self.words }
    }
}
