//! The form `Prefix`: packages that are installed together. Those of one suite that an environment needs share a
//! directory, and only the programs of the packages that the manifest names become commands.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::{Laid, Layout, LayoutError, Site, There, check_platform, wanted_commands};
use crate::catalog::recipe;
use crate::lock::{Artifact, Chosen, Form, NotLocked};
use crate::name::{CommandName, Suite, ToolName};
use crate::platform::Platform;
use crate::store::prefix::{Content, Libraries, Packages, Prefix as Place, Tried, surroundings};
use crate::store::{Store, object_key};

pub struct Prefix<'l>(pub &'l Suite);

/// The packages of an environment's tools in one suite.
#[derive(Default)]
pub(super) struct OfSuite<'l> {
    packages: Packages<'l>,
    /// Others, which configure these.
    configuring: Packages<'l>,
}

impl<'l> OfSuite<'l> {
    /// What their prefix consists of.
    pub(super) fn content(&self, suite: &'l Suite, platform: Platform) -> Content<'l> {
        let own: Vec<&Artifact> = self.packages.values().copied().collect();
        let further = self.configuring.iter().filter(|(name, _)| !self.packages.contains_key(*name));
        let further: Vec<&Artifact> = further.map(|(_, artifact)| *artifact).collect();
        Content::new(suite, &own, &further, platform)
    }
}

/// The packages of an environment's tools, by suite.
pub(super) fn by_suite<'l>(
    chosen: &[Chosen<'l>],
    platform: Platform,
) -> Result<BTreeMap<&'l Suite, OfSuite<'l>>, LayoutError> {
    let mut suites: BTreeMap<&Suite, OfSuite> = BTreeMap::new();
    let mut owners: BTreeMap<(&Suite, &str), &ToolName> = BTreeMap::new();
    for Chosen { locked, configuring, .. } in chosen {
        let Form::Prefix { suite } = locked.form() else { continue };
        let further = configuring.iter().flat_map(|tool| tool.artifacts_on(platform));
        suites.entry(suite).or_default().configuring.extend(further.map(|one| (one.package.as_str(), one)));
        for artifact in locked.artifacts_on(platform) {
            let package = artifact.package.as_str();
            let first = *owners.entry((suite, package)).or_insert(&locked.tool);
            let there = suites.entry(suite).or_default().packages.entry(package).or_insert(artifact);
            if object_key(there) != object_key(artifact) {
                let versions = [there, artifact].map(|it| it.version.to_string());
                let (first, second) = (first.clone(), locked.tool.clone());
                return Err(LayoutError::Apart { first, second, package: package.to_owned(), versions });
            }
        }
    }
    Ok(suites)
}

/// Expects that an environment's packages can be installed together.
pub fn check(chosen: &[Chosen], platform: Platform) -> Result<(), LayoutError> {
    by_suite(chosen, platform).map(drop)
}

/// Whether recipes would run programs of an environment's packages, and cannot, since they are for another machine.
pub fn leaves_out(chosen: &[Chosen], platform: Platform) -> bool {
    let debian = chosen.iter().filter(|one| matches!(one.locked.form(), Form::Prefix { .. }));
    let mut packages = debian.flat_map(|one| one.locked.artifacts_on(platform));
    !platform.runs_here() && packages.any(|artifact| recipe::find(&artifact.package).is_some_and(|found| found.runs()))
}

/// The prefixes of an environment, and what was taken of them so far.
#[derive(Default)]
pub struct Prefixes<'l>(BTreeMap<&'l Suite, Shared<'l>>);

/// One prefix, which several tools share.
struct Shared<'l> {
    prefix: Place<'l>,
    /// Whether no tool was laid out yet. The first one brings the variables that all its programs need.
    is_new: bool,
    /// Whose each command is. Debian lets packages be installed together that have a command in two places, of
    /// which one is the usual; the first tool that brings that one has it.
    owners: BTreeMap<CommandName, (bool, &'l ToolName)>,
}

impl<'l> Prefixes<'l> {
    /// The prefixes of packages that are in the store; made if they are not there.
    pub fn make(store: &Store, chosen: &[Chosen<'l>], platform: Platform) -> Result<Self, LayoutError> {
        let shared = |(suite, of_suite): (&'l Suite, OfSuite<'l>)| {
            let directory = store.configured_prefix(&of_suite.content(suite, platform))?;
            let prefix = Place::new(directory, of_suite.packages, platform);
            Ok((suite, Shared { prefix, is_new: true, owners: BTreeMap::new() }))
        };
        Ok(Self(by_suite(chosen, platform)?.into_iter().map(shared).collect::<Result<_, LayoutError>>()?))
    }

    /// Settles which tool has a command that several bring.
    pub fn settle(&mut self, store: &Store, chosen: &[Chosen<'l>]) {
        for Chosen { wish, locked, .. } in chosen {
            let Form::Prefix { suite } = locked.form() else { continue };
            let Some(shared) = self.0.get_mut(suite) else { continue };
            let links = store.package(&shared.prefix, locked).links.into_iter();
            for (name, link) in links.filter(|(name, _)| wish.commands.as_ref().is_none_or(|only| only.contains(name)))
            {
                let is_usual = shared.prefix.is_usual(&name, &link);
                let owner = shared.owners.entry(name).or_insert((is_usual, &locked.tool));
                if is_usual && !owner.0 {
                    *owner = (is_usual, &locked.tool);
                }
            }
        }
    }

    pub fn directories(&self) -> impl Iterator<Item = PathBuf> {
        self.0.values().map(|shared| shared.prefix.directory.clone())
    }
}

impl Store {
    /// Where the prefixes of an environment's tools are, or will be.
    pub fn prefixes_of(&self, chosen: &[Chosen], platform: Platform) -> Result<Vec<PathBuf>, LayoutError> {
        let suites = by_suite(chosen, platform)?;
        let contents = suites.iter().map(|(suite, of_suite)| of_suite.content(suite, platform));
        Ok(contents.map(|content| self.place_of_configured(&content)).collect())
    }

    /// The packages that configure those of an environment's tools, if that is done here. The latter are in the store.
    pub fn configuring<'l>(&self, chosen: &[Chosen<'l>], platform: Platform) -> Result<Vec<&'l Artifact>, LayoutError> {
        let mut found = Vec::new();
        for (suite, of_suite) in by_suite(chosen, platform)? {
            let content = of_suite.content(suite, platform);
            if self.configures(&content) {
                found.extend(content.configuring);
            }
        }
        Ok(found)
    }

    /// Tries the Debian packages among an environment's tools whose prefix is there.
    pub fn try_packages(&self, chosen: &[Chosen], platform: Platform) -> Result<Vec<Tried>, LayoutError> {
        let mut tried = Vec::new();
        for (suite, of_suite) in by_suite(chosen, platform)? {
            let directory = self.place_of_configured(&of_suite.content(suite, platform));
            if directory.is_dir() {
                let prefix = Place::new(directory, of_suite.packages, platform);
                let mut libraries = Libraries::default();
                let of_suite = chosen
                    .iter()
                    .filter(|one| matches!(one.locked.form(), Form::Prefix { suite: own } if own == suite));
                tried.extend(of_suite.map(|one| self.try_package(&prefix, one.locked, &mut libraries)));
            }
        }
        Ok(tried)
    }
}

impl Layout for Prefix<'_> {
    fn commands(&self, chosen: &Chosen, there: &There) -> Vec<CommandName> {
        there.store.package_commands(chosen.locked, there.host.platform)
    }

    fn lay(&self, chosen: &Chosen, site: &mut Site) -> Result<Laid, LayoutError> {
        check_platform(chosen.locked, site.host.platform)?;
        let shared = site.prefixes.0.get_mut(self.0).ok_or_else(|| NotLocked(chosen.wish.name.clone()))?;
        let package = site.store.package(&shared.prefix, chosen.locked);
        let mut links = package.links;
        let wanted = wanted_commands(chosen.wish, links.keys())?;
        links.retain(|name, _| wanted.contains(name));
        links.retain(|name, _| shared.owners.get(name).is_none_or(|(_, owner)| **owner == chosen.locked.tool));
        let is_first = std::mem::take(&mut shared.is_new);
        let mut variables = if is_first { surroundings(&shared.prefix.directory) } else { Vec::new() };
        variables.extend(package.variables);
        let content = shared.prefix.directory.clone();
        Ok(Laid { unset: package.unset, variables, ..Laid::of(links).within(content) })
    }
}
