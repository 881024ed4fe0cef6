//! Which package of a suite a name means: the one that is called so, else the only one that provides the name.

use super::index::SuiteIndex;
use super::packages::{Package, Packages};
use super::relation::Relation;
use crate::version::{Requirement, Scheme, debian};

/// How many packages a message names.
const MOST_NAMED: usize = 4;

pub fn listed(packages: &[String]) -> String {
    let named: Vec<String> = packages.iter().take(MOST_NAMED).map(|package| format!("`{package}`")).collect();
    let further = packages.len().saturating_sub(MOST_NAMED);
    if further > 0 { format!("{} and {further} more", named.join(", ")) } else { named.join(", ") }
}

/// The highest version that a requirement accepts: of the package, else of the only one that provides its name.
pub fn choose<'p>(packages: &'p Packages, name: &'p str, requirement: &Requirement) -> Option<Package<'p>> {
    let accepts = |package: &Package| requirement.accepts(package.version, Scheme::Debian);
    let versions = packages.versions(name);
    if !versions.is_empty() {
        return versions.into_iter().find(accepts);
    }
    match packages.providers(&Relation::any(name)).as_slice() {
        [only] => Some(*only).filter(accepts),
        _ => None,
    }
}

/// The same, for whatever architecture has the highest.
pub fn newest(index: &SuiteIndex, name: &str, requirement: &Requirement) -> Option<String> {
    let chosen = index.packages.values().filter_map(|packages| choose(packages, name, requirement));
    chosen.map(|package| package.version).max_by(|a, b| debian::compare(a, b)).map(str::to_owned)
}

/// The packages that provide a name, on any architecture.
pub fn providers(index: &SuiteIndex, name: &str) -> Vec<String> {
    let providers = index.packages.values().flat_map(|packages| packages.providers(&Relation::any(name)));
    let mut providers: Vec<String> = providers.map(|provider| provider.name.to_owned()).collect();
    providers.sort();
    providers.dedup();
    providers
}
