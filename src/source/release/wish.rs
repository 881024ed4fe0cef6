//! What is asked for: a repository, and what the manifest and the catalog know of its files.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::super::ResolveError;
use super::ReleaseError;
use super::candidates::Tagged;
use super::files::{Chosen, Looked};
use super::list::{Asset, Release};
use crate::catalog::releases::{self, Known};
use crate::catalog::{self, Entry, ReleaseEntry};
use crate::lock::Artifact;
use crate::manifest::{self, Manifest};
use crate::name::{CommandName, SourceLabel, ToolName, last_part};
use crate::platform::{Platform, Platforms};
use crate::source::Asked;
use crate::version::Requirement;

/// What is asked for: a repository, and what is known of its files.
pub struct Wish<'w> {
    pub name: &'w ToolName,
    requirement: &'w Requirement,
    pub repository: &'w str,
    pub rule: Cow<'w, manifest::Release>,
    platforms: Platforms,
    entry: Option<&'static ReleaseEntry>,
    /// What the table of releases knows, of a repository on GitHub.
    known: Option<&'static Known>,
}

impl<'w> Wish<'w> {
    pub fn of(manifest: &'w Manifest, label: SourceLabel, asked: &Asked<'w>) -> Result<Self, ResolveError> {
        let (name, platforms) = (asked.name, asked.platforms);
        let entry = entry(label, name)?;
        let rule = manifest
            .tool_or_other(name, asked.requirement)
            .and_then(|tool| tool.release())
            .map_or_else(Cow::default, Cow::Borrowed);
        let repository = repository(label, name)?;
        let known = if label == SourceLabel::Github { releases::of_repository(repository) } else { None };
        Ok(Self { name, requirement: asked.requirement, repository, rule, platforms, entry, known })
    }

    /// Whether a platform needs a file.
    pub fn wants(&self, platform: Platform) -> bool {
        self.platforms.contains(platform) && self.rule.wants(platform)
    }

    pub fn tagged(&self) -> Tagged<'_> {
        Tagged { tool: self.name, repository: self.repository, around: self.around_version(), cutoff: None }
    }

    /// The files of the tool in a release, and the platforms that they are for.
    pub fn files<'r>(
        &self,
        release: &'r Release,
        version: &str,
    ) -> Result<BTreeMap<Platform, Chosen<'r>>, ResolveError> {
        self.looked(version).files(release, &self.among(release, version))
    }

    fn looked<'l>(&'l self, version: &'l str) -> Looked<'l> {
        let of_entry = || self.entry.iter().flat_map(|entry| &entry.commands).map(CommandName::as_str);
        let of_table = || self.known.iter().flat_map(|known| &known.commands).map(String::as_str);
        Looked {
            tool: self.name,
            requirement: self.requirement,
            version,
            rule: &self.rule,
            // A file for the C library of GNU may turn out to need none.
            platforms: self.platforms.with_glibc(),
            repository: last_part(self.repository),
            commands: of_entry().chain(of_table()).collect(),
            is_static: self.entry.is_some_and(|entry| entry.is_static),
            prefers_gnu: self.rule.prefers_gnu || self.known.is_some_and(|known| known.libc.is_some()),
        }
    }

    /// The command of a file that is no archive, where it is not called as the repository is.
    pub fn bare_command(&self) -> Option<CommandName> {
        let of_entry = self.entry.and_then(|entry| entry.commands.first().cloned());
        let of_table = || self.known?.commands.first()?.parse().ok();
        let command = of_entry.or_else(of_table)?;
        (command.as_str() != last_part(self.repository)).then_some(command)
    }

    /// Expects a file for each platform that the manifest names.
    pub fn check_platforms(
        &self,
        artifacts: &[Artifact],
        version: &str,
        release: &Release,
    ) -> Result<(), ReleaseError> {
        let is_served =
            |platform| artifacts.iter().any(|it| it.platforms.is_empty() || it.platforms.contains(&platform));
        let named = self.rule.platforms.map(|named| named.and(self.platforms));
        let mut wanted = named.into_iter().flat_map(Platforms::iter);
        match wanted.find(|platform| !is_served(*platform)) {
            None => Ok(()),
            Some(platform) => {
                let (tool, version) = (self.name.clone(), version.to_owned());
                let files = release.assets.iter().map(|asset| asset.name.clone()).collect();
                Err(ReleaseError::NoPlatform { tool, version, platform, files })
            }
        }
    }

    /// The workflow that signs the attestations of its files, where the table knows it.
    pub fn signer(&self) -> Option<&'static str> {
        self.known?.signer.as_deref()
    }

    /// What is before the version and after it in its tags, where that is known.
    pub fn around_version(&self) -> Option<(&str, &str)> {
        let of_rule = self.rule.tag.as_ref().and_then(manifest::Pattern::around_version);
        of_rule.or_else(|| Some((self.known?.tag.as_deref()?, "")))
    }

    /// The files of a release among which the tool's are: those that the table names, if the release has any of them.
    fn among<'r>(&self, release: &'r Release, version: &str) -> Vec<&'r Asset> {
        let names = self.known.map(|known| known.files.of(&release.tag, version)).unwrap_or_default();
        let own: Vec<&Asset> = release.assets.iter().filter(|asset| names.contains(&asset.name)).collect();
        if own.is_empty() || own.len() < names.len() { release.assets.iter().collect() } else { own }
    }

    /// The file with checksums: the one that the manifest names, and the one that the table names.
    pub fn checksums(&self, release: &Release, version: &str, file: &Asset, platform: Platform) -> Sums {
        let of_table = || self.known?.sums(&release.tag, version, &file.name);
        Sums { named: self.rule.checksums(version, &file.name, platform), usual: of_table() }
    }
}

/// The names of files with checksums.
pub struct Sums {
    /// By the manifest, which has to be right.
    pub named: Option<String>,
    /// By the table, which may be out of date.
    pub usual: Option<String>,
}

/// The catalog's entry for a name, if it is one of this forge.
fn entry(label: SourceLabel, name: &ToolName) -> Result<Option<&'static ReleaseEntry>, ResolveError> {
    catalog::find(name)?;
    Ok(catalog::of_source(name, label).and_then(Entry::release))
}

/// The repository that a name means.
pub fn repository(label: SourceLabel, name: &ToolName) -> Result<&str, ResolveError> {
    Ok(entry(label, name)?.map_or_else(|| name.package(), |entry| &entry.repository))
}
