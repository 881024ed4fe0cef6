//! The providers of a friendly name: where the first cannot be reached, `devshell add` takes the next that can, and
//! writes its full name, so that the manifest means the same on every network.

use super::{Wish, refused};
use crate::catalog::ways::{self, Way};
use crate::catalog::{self, Entry};
use crate::cli::Context;
use crate::cli::failure::{Failure, Report};
use crate::lock::Lock;
use crate::name::ToolName;
use crate::net::Http;
use crate::project::Project;
use crate::road::{self, Road, RoadError};
use crate::source::{ResolveError, Updated};

/// Locks an edited manifest, and moves wishes on to their next provider while one cannot be reached.
pub fn locked(
    cx: &Context,
    project: &Project,
    previous: &Lock,
    wishes: &mut [Wish],
    edited: &dyn Fn(&[Wish]) -> Result<String, Failure>,
) -> Result<Updated, Failure> {
    let brisk = Http::brisk(cx.http.is_offline());
    loop {
        let road = cx.road();
        let has_more = wishes.iter().any(|(name, _)| next(name).is_some());
        let road = if has_more { Road { http: &brisk, ..road } } else { road };
        let manifest = road.parse_edited(project, &edited(wishes)?).map_err(|error| refused::failure(error, wishes))?;
        match road::lock::update(project, &manifest, previous, &road.sources(project, &manifest)) {
            Ok(updated) => return Ok(updated),
            Err(RoadError::Resolve(errors)) if has_more => {
                if move_on(cx, wishes, &errors) {
                    continue;
                }
                // Nothing takes the place of what failed, so it is worth more patience.
                let sources = cx.road().sources(project, &manifest);
                let again = road::lock::update(project, &manifest, previous, &sources);
                return again.map_err(|error| with_ways(error, wishes));
            }
            Err(error) => return Err(with_ways(error, wishes)),
        }
    }
}

/// The failure, and what else has the tools whose provider could not be asked. A limit of requests is over in an hour at
/// most, so nothing takes the place of what it concerns by itself.
fn with_ways(error: RoadError, wishes: &[Wish]) -> Failure {
    let of_package = |package: &str| wishes.iter().map(|(name, _)| name).find(|name| means(name, package));
    let unasked: Vec<ToolName> = match &error {
        RoadError::Resolve(errors) => errors.iter().filter_map(|error| of_package(error.unasked()?)).cloned().collect(),
        _ => Vec::new(),
    };
    let mut failure = refused::failure(error, wishes);
    for name in unasked {
        let next = next(&name);
        let next =
            next.map(|(full, entry)| format!("`devshell add {full}` takes what {} publishes", entry.publisher()));
        let lead = ways::lead(name.as_str()).unwrap_or_default();
        let others = lead.ways.into_iter().filter(|way| !matches!(way, Way::Tool(_)));
        let others = others.map(|way| way.sentence(name.as_str(), None));
        let host =
            catalog::host_entry(&name).map(|_| format!("`devshell add host:{name}` takes the host's, not pinned"));
        let ways: Vec<String> = next.into_iter().chain(others).chain(host).collect();
        if !ways.is_empty() {
            let text = format!("`{name}` is in other places too");
            failure.reports.push(Report::Message { text, causes: Vec::new(), hint: Some(ways.join("; ")) });
        }
    }
    failure
}

/// Whether a name means this package of its first provider.
fn means(name: &ToolName, package: &str) -> bool {
    let entry = catalog::find(name).ok().and_then(|meaning| meaning.entry);
    entry.is_some_and(|entry| entry.package(name.as_str()) == package)
}

/// Moves the wishes on whose provider cannot be reached. Whether there were any.
fn move_on(cx: &Context, wishes: &mut [Wish], errors: &[ResolveError]) -> bool {
    let mut is_moved = false;
    for package in errors.iter().filter_map(ResolveError::unreachable) {
        let Some((name, _)) = wishes.iter_mut().find(|(name, _)| means(name, package)) else { continue };
        let Some((full, provider)) = next(name) else { continue };
        cx.ui.note(&format!(
            "`{name}` cannot be looked up where its publisher has it; adding `{full}` by {} instead",
            provider.publisher()
        ));
        *name = full;
        is_moved = true;
    }
    is_moved
}

/// The provider after the one that a name means, and the full name there. Never the host's: it is not pinned.
fn next(name: &ToolName) -> Option<(ToolName, &'static Entry)> {
    let mut later = catalog::providers(name).iter().skip(1);
    let provider = later.find(|entry| entry.source() != catalog::OF_HOST)?;
    let full = catalog::full_name(name, provider)?;
    Some((full, provider))
}
