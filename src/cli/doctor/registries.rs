//! The registries in force: whether those that the project needs answer, about something that it
//! wants.

use std::collections::BTreeMap;

use super::Finding;
use crate::catalog;
use crate::cli::npmrc::OfProject;
use crate::cli::{Context, road};
use crate::hint::{Hint, causes};
use crate::lock::Wish;
use crate::manifest::{Manifest, Origin, Registries, Tool, debian_python};
use crate::name::{SourceLabel, Suite};
use crate::net::Vouched;
use crate::project::Project;
use crate::registry::{DebArchives, NoNpmrc, NpmRegistry, ProjectNpmrc};
use crate::source::ResolveError;

const CHECK: &str = "registry";

pub fn checks(cx: &Context, project: Option<(&Project, &Manifest)>) -> Vec<Finding> {
    if cx.http.is_offline() {
        return vec![Finding::skipped(CHECK, "not asked, because of --offline")];
    }
    let Some((project, manifest)) = project else {
        return vec![npm(cx, &Registries::default(), &NoNpmrc, "npm")];
    };
    let mut checks = Vec::new();
    let is_npm = |tool: &Tool| catalog::find(&tool.name).is_ok_and(|meaning| meaning.source == SourceLabel::Npm);
    let of_debian = debian_tools(manifest);
    if of_debian.is_empty() || manifest.all_tools().any(is_npm) {
        let named = manifest.all_tools().find(|tool| tool.name.source() == Some(SourceLabel::Npm));
        let package = named.map_or("npm", |tool| tool.name.package());
        checks.push(npm(cx, &manifest.registries, &OfProject::new(cx, project), package));
    }
    checks.extend(of_debian.values().map(|wish| {
        let answer = debian(cx, project, manifest, wish);
        answer.map_or_else(|error| fault(&error), |text| Finding::good(CHECK, text))
    }));
    checks
}

fn npm(cx: &Context, registries: &Registries, npmrc: &dyn ProjectNpmrc, package: &str) -> Finding {
    let registry = match NpmRegistry::in_force(&cx.host, registries, npmrc) {
        Ok(registry) => registry,
        Err(error) => return fault(&error),
    };
    let url = registry.metadata_url(package);
    let authorization = registry.authorization(&url, package);
    let headers: Vec<(&str, &str)> = authorization.iter().map(|value| ("authorization", value.as_str())).collect();
    match cx.http.get(&url, &headers, Vouched::ByNothing) {
        // That it has no such package is an answer.
        Err(error) if !error.is_not_found() => fault(&error.with_kept_back(registry.kept_back(&url, package))),
        _ => Finding::good(CHECK, url.host_str().unwrap_or_default()),
    }
}

/// Of each suite one package that is wanted of it.
fn debian_tools(manifest: &Manifest) -> BTreeMap<Option<&Suite>, Wish> {
    let tools = manifest.all_tools().filter(|tool| tool.name.source() == Some(SourceLabel::Deb));
    let tools = tools.map(|tool| (tool.name.clone(), tool.requirement.clone()));
    let python = manifest.python.as_ref().filter(|python| python.origin == Origin::Deb);
    let wishes = tools.chain(python.map(|python| (debian_python(), python.version.clone())));
    wishes.map(|wish| (manifest.suite(&wish.0, &wish.1), wish)).collect()
}

/// The servers that a tool's suite is asked of, if they have indexes that can be believed.
fn debian(cx: &Context, project: &Project, manifest: &Manifest, wish: &Wish) -> Result<String, ResolveError> {
    let (tool, requirement) = wish;
    road::sources(cx, project, manifest).of(SourceLabel::Deb).newest(tool, requirement)?;
    let Some(suite) = manifest.suite(tool, requirement) else { return Ok(String::new()) };
    let archives = DebArchives::in_force(&cx.host, &manifest.registries, &project.root)?;
    let distributions = archives.distributions(suite)?;
    let mut servers: Vec<&str> = distributions.iter().filter_map(|one| one.archive.host_str()).collect();
    servers.dedup();
    Ok(format!("{} ({suite})", servers.join(", ")))
}

fn fault<E: std::error::Error + Hint>(error: &E) -> Finding {
    let text = [vec![error.to_string()], causes(error)].concat().join(": ");
    Finding::fault(CHECK, text, error.hint())
}
