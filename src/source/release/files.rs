//! Which files of a release a tool is, on each platform: those that the manifest or the catalog names, else those that
//! can be chosen by their names.

use std::collections::BTreeMap;

use super::super::ResolveError;
use super::ReleaseError;
use super::error::{Words, line};
use super::list::{Asset, Release};
use crate::archive::Format;
use crate::assets::{self, Preference, Subject, Template, Undecided};
use crate::manifest;
use crate::name::{PackageFile, ToolName};
use crate::platform::{Platform, Platforms};
use crate::version::Requirement;

/// The file of a platform.
pub struct Chosen<'r> {
    pub asset: &'r Asset,
    pub file: PackageFile,
    pub format: Format,
    /// Whether its name says which C library it needs.
    pub is_marked: bool,
}

/// A tool in a release.
pub struct Looked<'l> {
    pub tool: &'l ToolName,
    pub requirement: &'l Requirement,
    pub version: &'l str,
    pub rule: &'l manifest::Release,
    /// The platforms that files are looked for.
    pub platforms: Platforms,
    /// The last part of the repository's name.
    pub repository: &'l str,
    pub commands: Vec<&'l str>,
    /// Whether its programs for Linux need no C library.
    pub is_static: bool,
    pub prefers_gnu: bool,
}

impl Looked<'_> {
    /// The file for each platform that the release has one for.
    pub fn files<'r>(
        &self,
        release: &'r Release,
        among: &[&'r Asset],
    ) -> Result<BTreeMap<Platform, Chosen<'r>>, ResolveError> {
        let mut files = if self.rule.asset.is_some() { self.named(release)? } else { self.chosen(release, among)? };
        let is_empty = files.is_empty();
        files.retain(|platform, _| self.platforms.contains(*platform));
        if is_empty {
            return Err(self.no_file(names(release)).into());
        }
        Ok(files)
    }

    /// The files whose names the manifest or the catalog has a pattern for. A platform that the manifest names has to
    /// have one.
    fn named<'r>(&self, release: &'r Release) -> Result<BTreeMap<Platform, Chosen<'r>>, ResolveError> {
        let mut files = BTreeMap::new();
        for platform in Platform::ALL.into_iter().filter(|platform| self.rule.wants(*platform)) {
            let of = |platform| self.rule.asset(self.version, &release.tag, platform).unwrap_or_default();
            let name = of(platform);
            // Whether the C library is in the name, or the manifest names the platform.
            let is_by_word =
                self.rule.platforms.is_some() || platform.with_glibc().is_some_and(|glibc| of(glibc) != name);
            match release.assets.iter().find(|asset| asset.name == name) {
                // One file for every Linux is for those with glibc, until something says more.
                Some(_) if !is_by_word && platform.libc() == Some("musl") && !self.is_static => {}
                Some(asset) => {
                    files.insert(platform, self.usable(asset, is_by_word)?);
                }
                None if self.rule.platforms.is_some() && self.platforms.contains(platform) => {
                    let (tool, version, files) = (self.tool.clone(), self.version.to_owned(), names(release));
                    return Err(ReleaseError::NoAsset { tool, version, platform, file: name, files }.into());
                }
                None => {}
            }
        }
        Ok(files)
    }

    fn chosen<'r>(
        &self,
        release: &'r Release,
        among: &[&'r Asset],
    ) -> Result<BTreeMap<Platform, Chosen<'r>>, ResolveError> {
        let names: Vec<&str> = among.iter().map(|asset| asset.name.as_str()).collect();
        let subject = Subject {
            repository: self.repository,
            commands: &self.commands,
            version: self.version,
            tag: &release.tag,
            is_static: self.is_static,
        };
        let preference = if self.prefers_gnu { Preference::Gnu } else { Preference::Any };
        let picks = assets::choose(&names, &subject, preference);
        let picks = picks.map_err(|undecided| self.undecided(undecided, &names))?;
        let wanted = picks.into_iter().filter(|(platform, _)| self.rule.wants(*platform));
        let found = wanted.filter_map(|(platform, pick)| {
            let asset = release.assets.iter().find(|asset| asset.name == pick.file)?;
            Some(self.usable(asset, pick.libc.is_some()).map(|chosen| (platform, chosen)))
        });
        found.collect()
    }

    fn usable<'r>(&self, asset: &'r Asset, is_marked: bool) -> Result<Chosen<'r>, ResolveError> {
        let named = |source| ResolveError::Name { package: self.tool.to_string(), source };
        let file: PackageFile = asset.name.parse().map_err(named)?;
        let format = self.rule.format.map_or_else(|| Format::of(&asset.name), Ok);
        match format {
            Ok(format) => Ok(Chosen { asset, file, format, is_marked }),
            Err(error) => {
                let (tool, version) = (self.tool.clone(), self.version.to_owned());
                Err(ReleaseError::Format { tool, version, file: asset.name.clone(), source: error }.into())
            }
        }
    }

    /// Why no file is chosen, with the line that names the first one.
    fn undecided(&self, undecided: Undecided, names: &[&str]) -> ReleaseError {
        let (platform, files) = match undecided {
            Undecided::Several { platform, files } => (Some(platform), files),
            Undecided::Apart { files } => (None, files),
            Undecided::Nothing { files } => return self.no_file(files),
        };
        let (tool, version) = (self.tool.clone(), self.version.to_owned());
        let first = files.first().map_or("", String::as_str);
        let Template { text, words } = assets::template(first, &version, names);
        let line = line(&tool, self.requirement, ("asset", &text), &words);
        ReleaseError::Several { tool, version, platform, files, line }
    }

    fn no_file(&self, files: Vec<String>) -> ReleaseError {
        let (tool, version) = (self.tool.clone(), self.version.to_owned());
        let example = format!("{}_{{version}}_{{os}}_{{arch}}.tar.gz", tool.short());
        let line = line(&tool, self.requirement, ("asset", &example), &Words::new());
        ReleaseError::NoFile { tool, version, files, line }
    }
}

fn names(release: &Release) -> Vec<String> {
    release.assets.iter().map(|asset| asset.name.clone()).collect()
}
