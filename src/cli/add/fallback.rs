//! The pinned ways to a name: where the first cannot be reached, `devshell add` takes the next that can, and writes its
//! full name, so that the manifest means the same on every network.

use super::followed::Followed;
use super::{Wish, refused};
use crate::catalog::ways::{self, Way};
use crate::catalog::{self, pinned};
use crate::cli::Context;
use crate::cli::failure::{Failure, Report};
use crate::lock::Lock;
use crate::name::ToolName;
use crate::project::Project;
use crate::road::{self, Road, RoadError};
use crate::source::{DebError, ResolveError, Updated};

/// Locks an edited manifest, and moves wishes on to the next way while one cannot be reached.
pub fn locked(
    cx: &Context,
    (project, previous): (&Project, &Lock),
    (wishes, followed): (&mut [Wish], &mut Followed),
    edited: &dyn Fn(&[Wish]) -> Result<String, Failure>,
) -> Result<Updated, Failure> {
    let brisk = cx.http.brisk();
    loop {
        let road = cx.road();
        let has_more = wishes.iter().any(|(name, _)| followed.next(name).is_some());
        let road = if has_more { Road { http: &brisk, ..road } } else { road };
        let manifest = road.parse_edited(project, &edited(wishes)?).map_err(|error| refused::failure(error, wishes))?;
        match road::lock::update(project, &manifest, previous, &road.sources(project, &manifest)) {
            Ok(updated) => return Ok(updated),
            Err(RoadError::Resolve(errors)) if has_more => {
                if move_on(cx, wishes, followed, &errors) {
                    continue;
                }
                // Nothing takes the place of what failed, so it is worth more patience.
                let sources = cx.road().sources(project, &manifest);
                let again = road::lock::update(project, &manifest, previous, &sources);
                return again.map_err(|error| with_ways(error, wishes, followed));
            }
            Err(error) => return Err(with_ways(error, wishes, followed)),
        }
    }
}

/// The failure, and what else has the tools whose provider could not be asked, or has no such version or package. A limit of
/// requests is over in an hour at most, so nothing takes the place of what it concerns by itself.
fn with_ways(error: RoadError, wishes: &[Wish], followed: &Followed) -> Failure {
    let names = || wishes.iter().map(|(name, _)| name);
    let concerned = |error: &ResolveError| match error {
        ResolveError::NoVersion { tool, .. } => {
            names().find(|name| *name == tool && followed.word(name) != name.as_str())
        }
        ResolveError::Deb(DebError::NoPackage { package, .. }) => {
            names().find(|name| name.package() == package && followed.word(name) != name.as_str())
        }
        other => other.unasked().and_then(|package| names().find(|name| means(name, package))),
    };
    let concerned: Vec<ToolName> = match &error {
        RoadError::Resolve(errors) => errors.iter().filter_map(concerned).cloned().collect(),
        _ => Vec::new(),
    };
    let mut failure = refused::failure(error, wishes);
    for name in concerned {
        let word = followed.word(&name);
        let next = followed.next(&name).map(|next| {
            let publisher = pinned::publisher(next).unwrap_or_default();
            format!("`devshell add {next}` takes what {publisher} publishes")
        });
        let lead = ways::lead(word).unwrap_or_default();
        let is_other = |way: &Way| match way {
            Way::Tool(_) | Way::Release(_) | Way::Host(_) => false,
            Way::Deb(package) => {
                let full = format!("deb:{package}");
                name.as_str() != full && followed.next(&name).is_none_or(|next| next.as_str() != full)
            }
            Way::Url(_) => true,
        };
        let others = lead.ways.into_iter().filter(is_other).map(|way| way.sentence(word, None));
        let host = pinned::on_host(word).map(|host| format!("`devshell add {host}` takes the host's, not pinned"));
        let ways: Vec<String> = next.into_iter().chain(others).chain(host).collect();
        if !ways.is_empty() {
            let text = format!("`{word}` is in other places too");
            failure.reports.push(Report::Message { text, causes: Vec::new(), hint: Some(ways.join("; ")) });
        }
    }
    failure
}

/// Whether a name means this package of its source.
fn means(name: &ToolName, package: &str) -> bool {
    let entry = catalog::find(name).ok().and_then(|meaning| meaning.entry);
    entry.map_or(name.package(), |entry| entry.package(name.as_str())) == package
        || (name.is_toolchain() && package == "rust")
}

/// Moves the wishes on whose server cannot be reached. Whether there were any.
fn move_on(cx: &Context, wishes: &mut [Wish], followed: &mut Followed, errors: &[ResolveError]) -> bool {
    let mut is_moved = false;
    for package in errors.iter().filter_map(ResolveError::unreachable) {
        let Some((name, _)) = wishes.iter_mut().find(|(name, _)| means(name, package)) else { continue };
        let Some(next) = followed.next(name) else { continue };
        let publisher = pinned::publisher(next).unwrap_or_default();
        cx.ui.note(&format!(
            "`{name}` cannot be looked up where its publisher has it; adding `{next}` by {publisher} instead"
        ));
        followed.move_on(name);
        is_moved = true;
    }
    is_moved
}
