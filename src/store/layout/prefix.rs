//! The form `Prefix`: packages that are installed together. Those of one suite that an environment needs share a
//! directory, and only the programs of the packages that the manifest names become commands.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::{Laid, Layout, LayoutError, Site, There, check_platform, wanted_commands};
use crate::lock::{Artifact, Chosen, Form, NotLocked};
use crate::name::{CommandName, Suite, ToolName};
use crate::platform::Platform;
use crate::store::prefix::{Packages, Prefix as Place, surroundings};
use crate::store::{Link, Store, object_key};

pub struct Prefix<'l>(pub &'l Suite);

/// The packages of an environment's tools, by suite.
fn by_suite<'l>(chosen: &[Chosen<'l>], platform: Platform) -> Result<BTreeMap<&'l Suite, Packages<'l>>, LayoutError> {
    let mut suites: BTreeMap<&Suite, Packages> = BTreeMap::new();
    let mut owners: BTreeMap<(&Suite, &str), &ToolName> = BTreeMap::new();
    for Chosen { locked, .. } in chosen {
        let Form::Prefix { suite } = locked.form() else { continue };
        for artifact in locked.artifacts_on(platform) {
            let package = artifact.package.as_str();
            let first = *owners.entry((suite, package)).or_insert(&locked.tool);
            let there = suites.entry(suite).or_default().entry(package).or_insert(artifact);
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

/// The prefixes of an environment, and what was taken of them so far.
#[derive(Default)]
pub struct Prefixes<'l>(BTreeMap<&'l Suite, Shared<'l>>);

/// One prefix, which several tools share.
struct Shared<'l> {
    prefix: Place<'l>,
    /// Whether no tool was laid out yet. The first one brings the variables that all its programs need.
    is_new: bool,
    /// The commands that were given to tools. Two may bring the very same program, such as a compiler for another
    /// language; the first has it.
    given: BTreeMap<CommandName, Link>,
}

impl<'l> Prefixes<'l> {
    /// The prefixes of packages that are in the store; made if they are not there.
    pub fn make(store: &Store, chosen: &[Chosen<'l>], platform: Platform) -> Result<Self, LayoutError> {
        let shared = |(suite, packages): (&'l Suite, Packages<'l>)| {
            let artifacts: Vec<&Artifact> = packages.values().copied().collect();
            let directory = store.prefix(suite, &artifacts, platform)?;
            let prefix = Place { directory, packages, platform };
            Ok((suite, Shared { prefix, is_new: true, given: BTreeMap::new() }))
        };
        Ok(Self(by_suite(chosen, platform)?.into_iter().map(shared).collect::<Result<_, LayoutError>>()?))
    }

    pub fn directories(&self) -> impl Iterator<Item = PathBuf> {
        self.0.values().map(|shared| shared.prefix.directory.clone())
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
        links.retain(|name, link| shared.given.get(name) != Some(link));
        shared.given.extend(links.clone());
        let is_first = std::mem::take(&mut shared.is_new);
        let mut variables = if is_first { surroundings(&shared.prefix.directory) } else { Vec::new() };
        variables.extend(package.variables);
        let content = shared.prefix.directory.clone();
        Ok(Laid { unset: package.unset, variables, ..Laid::of(links).within(content) })
    }
}
