//! The lock as a step of the road: current, stale, missing, or in conflict.

pub mod changes;
mod commands;
pub mod fit;
pub mod python;

use super::{NotCurrent, Road, RoadError};
use crate::lock::{self, Differences, Lock, Wish};
use crate::manifest::Manifest;
use crate::platform::Platforms;
use crate::project::Project;
use crate::source::{self, Misfit, Moves, Sources, Updated, other_publishers};

/// How many tools a message names.
const MOST_NAMED: usize = 20;

/// What to do about a lock that is missing or stale.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stale {
    /// Say what to type, and stop.
    Refuse,
    /// Say so, and bring it up to date.
    Update,
}

/// How a lock is, compared with the manifest.
#[derive(Debug, PartialEq, Eq)]
pub enum Status {
    /// There is none, and nothing would be in it.
    NotNeeded,
    Current,
    /// Entries of it are not what their tools mean.
    Misfits(Vec<Misfit>),
    Missing(Differences),
    Stale(Differences),
}

/// The lock as it is; an empty one when there is none, and both sides of a conflict.
pub fn read(project: &Project) -> Result<Lock, RoadError> {
    let Some(text) = project.lock_text()? else { return Ok(Lock::default()) };
    let read = if lock::has_conflict(text).is_some() { lock::mend } else { lock::parse };
    Ok(read(project.lock_name(), text)?)
}

/// What to type so that a lock is written.
pub fn way_to_write(project: &Project) -> String {
    let way = if project.is_personal {
        "type `devshell lock --personal`"
    } else {
        "type `devshell lock`, and commit the file"
    };
    way.to_owned()
}

/// Brings the lock of a project up to date with a manifest, and keeps what still satisfies it.
pub fn update(
    project: &Project,
    manifest: &Manifest,
    previous: &Lock,
    sources: &Sources,
) -> Result<Updated, RoadError> {
    update_moving(project, manifest, previous, (&Moves::NOTHING, sources))
}

/// The same, but looks again for what is to move.
pub fn update_moving(
    project: &Project,
    manifest: &Manifest,
    previous: &Lock,
    (moves, sources): (&Moves, &Sources),
) -> Result<Updated, RoadError> {
    let updated = source::bring_up_to_date(manifest, previous, moves, sources).map_err(RoadError::Resolve)?;
    commands::check(project, manifest, &updated.lock)?;
    of_known_publishers(previous, updated, moves)
}

/// The same for a manifest that has lost tools: that removes conflicts, so others that stay are no error.
pub fn update_after_removal(manifest: &Manifest, previous: &Lock, sources: &Sources) -> Result<Updated, RoadError> {
    let moves = Moves::NOTHING;
    let updated = source::bring_up_to_date(manifest, previous, &moves, sources).map_err(RoadError::Resolve)?;
    of_known_publishers(previous, updated, &moves)
}

/// The same lock if its tools are of the publishers that they were of before, or of accepted ones.
fn of_known_publishers(previous: &Lock, updated: Updated, moves: &Moves) -> Result<Updated, RoadError> {
    let refused = (moves.refuses)(other_publishers(previous, &updated.lock));
    if refused.is_empty() { Ok(updated) } else { Err(RoadError::Publishers(refused)) }
}

/// A lock, and how it is. A manifest without anything to lock needs none, and differs from none.
pub fn status(project: &Project, manifest: &Manifest, sources: &Sources) -> Result<(Lock, Status), RoadError> {
    let text = project.lock_text()?;
    let lock = text.map(|text| lock::parse(project.lock_name(), text)).transpose()?.unwrap_or_default();
    let misfits = fit::misfits(manifest, &lock, sources);
    let differences = lock.differences(manifest);
    let status = match (text.is_some(), differences.is_empty()) {
        _ if !misfits.is_empty() => Status::Misfits(misfits),
        (false, true) => Status::NotNeeded,
        (true, true) => Status::Current,
        (false, false) => Status::Missing(differences),
        (true, false) => Status::Stale(differences),
    };
    Ok((lock, status))
}

impl Road<'_> {
    /// The lock if it satisfies the manifest; else what `stale` says.
    pub fn current_lock(
        self,
        project: &mut Project,
        manifest: &Manifest,
        sources: &Sources,
        stale: Stale,
    ) -> Result<Lock, RoadError> {
        let (previous, status) = status(project, manifest, sources)?;
        let (fault, differences) = match status {
            Status::NotNeeded | Status::Current => return Ok(previous),
            Status::Misfits(misfits) => return Err(fit::refusal(project, &misfits)),
            Status::Missing(differences) => ("missing", differences),
            Status::Stale(differences) => ("stale", differences),
        };
        let name = project.lock_name();
        if stale == Stale::Refuse {
            let lacks = lacks(&previous, manifest, &differences);
            return Err(NotCurrent { name, fault, lacks, hint: way_to_write(project) }.into());
        }
        self.audience.note(&format!("{name} is {fault}; writing it"));
        let updated = update(project, manifest, &previous, sources)?;
        project.write_lock(lock::write(&updated.lock))?;
        self.note_changes(&updated, sources);
        Ok(updated.lock)
    }
}

/// What a lock lacks, or has that nothing asks for.
pub fn lacks(lock: &Lock, manifest: &Manifest, differences: &Differences) -> String {
    let list = |wishes: &[Wish]| {
        let shown = wishes.iter().take(MOST_NAMED).map(|(tool, requirement)| format!("{tool} {requirement}"));
        let further = wishes.len().saturating_sub(MOST_NAMED);
        shown.chain((further > 0).then(|| format!("and {further} more"))).collect::<Vec<_>>().join(", ")
    };
    match (differences.missing.as_slice(), differences.surplus.as_slice()) {
        ([], []) => match differences.other_platforms.filter(|_| !differences.is_python_stale) {
            Some(locked) => other_platforms(locked, manifest.platforms),
            None => python::fault(lock, manifest),
        },
        ([], surplus) => format!("it has {}, which nothing asks for", list(surplus)),
        (missing, _) => format!("it lacks {}", list(missing)),
    }
}

/// How the platforms of a lock differ from those that are wanted.
fn other_platforms(locked: Platforms, wanted: Platforms) -> String {
    match (wanted.without(locked), locked.without(wanted)) {
        (lacking, surplus) if lacking.is_empty() => {
            format!("it is for {surplus} too, which the manifest's `platforms` leaves out")
        }
        (lacking, _) => format!("it is not for {lacking}"),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::time::Duration;

    use super::*;
    use crate::host::Host;
    use crate::net::Http;
    use crate::source::Sources;

    /// What is judged of a lock: the kind of its status, or the error.
    fn judged(manifest: &str, lock: Option<&str>) -> String {
        let place = tempfile::tempdir().unwrap();
        fs_err::write(place.path().join("devshell.json"), manifest).unwrap();
        if let Some(lock) = lock {
            fs_err::write(place.path().join("devshell.lock"), lock).unwrap();
        }
        let host = Host::snapshot(Some(place.path())).unwrap();
        let http = Http::new(true, Duration::from_secs(1));
        let project = Project::of(&host, &place.path().join("devshell.json")).unwrap();
        let manifest = crate::manifest::parse("devshell.json", manifest).unwrap();
        let sources = Sources::without_npmrc(&host, &http, Path::new("/"), &manifest);
        match status(&project, &manifest, &sources) {
            Ok((_, status)) => format!("{status:?}").split('(').next().unwrap_or_default().to_owned(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn a_lock_is_judged_in_one_place() {
        let tool = r#"{ "tools": { "host:sh": "*" } }"#;
        let locked = r#"{ "format": 1, "tools": [ { "tool": "host:sh", "requirement": "*" } ] }"#;
        let misfit = r#"{ "format": 1, "tools": [ { "tool": "host:sh", "requirement": "*", "version": "1.0.0" } ] }"#;
        for (manifest, lock, expected) in [
            ("{}", None, "NotNeeded"),
            (tool, None, "Missing"),
            (r#"{ "python": { "version": "3.13" } }"#, None, "Missing"),
            (tool, Some(locked), "Current"),
            ("{}", Some(locked), "Stale"),
            (tool, Some(r#"{ "format": 1, "tools": [] }"#), "Stale"),
            (tool, Some(misfit), "Misfits"),
            (r#"{ "platforms": ["x86_64-linux"], "tools": { "host:sh": "*" } }"#, Some(locked), "Stale"),
            (r#"{ "platforms": ["x86_64-linux"] }"#, None, "NotNeeded"),
            ("{}", Some(r#"{ "format": 1, "tools": [] }"#), "Current"),
        ] {
            assert_eq!(judged(manifest, lock), expected, "{manifest} {lock:?}");
        }
        assert!(judged(tool, Some("{")).contains("devshell.lock"));
    }
}
