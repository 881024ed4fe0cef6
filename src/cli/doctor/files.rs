//! The manifest and the lock: whether they can be read and fit together, and where that goes wrong.

use super::Finding;
use crate::cli::Context;
use crate::hint::Hint as _;
use crate::lock::{self, Lock, LockError};
use crate::manifest::{self, Manifest, Problems};
use crate::project::Project;
use crate::road::RoadError;
use crate::road::lock::{Status, fit, lacks, status, way_to_write};

const MANIFEST: &str = "manifest";

/// The manifest, in one line.
pub fn manifest(cx: &Context, project: &Project) -> (Finding, Option<Manifest>) {
    let mistakes = manifest::parse(&project.manifest_name(), &project.manifest_text).err();
    if let Some(count) = mistakes.map(|problems| problems.list.len()) {
        let text =
            format!("{} has {count} {}", project.manifest_name(), if count == 1 { "mistake" } else { "mistakes" });
        return (Finding::fault(MANIFEST, text, "`devshell list` shows them".to_owned()), None);
    }
    match cx.road().read_manifest(project) {
        Ok(manifest) => (Finding::good(MANIFEST, project.manifest_name()), Some(manifest)),
        Err(_) => {
            let text = format!("{} asks for something that this devshell does not know", project.manifest_name());
            (Finding::fault(MANIFEST, text, "`devshell list` says what".to_owned()), None)
        }
    }
}

/// The manifest, with each of its mistakes at its place.
pub fn manifest_with_places(cx: &Context, project: &Project) -> (Vec<Finding>, Option<Manifest>) {
    match cx.road().read_manifest(project).and_then(|it| cx.road().check_platform(project, &it).map(|()| it)) {
        Ok(manifest) => (vec![Finding::good(MANIFEST, project.manifest_name())], Some(manifest)),
        Err(RoadError::Manifest(problems)) => (mistakes(project, &problems), None),
        Err(error) => {
            let line = if let RoadError::Platform { line, .. } = &error { *line } else { 1 };
            let finding = Finding::fault(MANIFEST, error.to_string(), error.hint());
            (vec![finding.at(&project.manifest_path, line)], None)
        }
    }
}

fn mistakes(project: &Project, problems: &Problems) -> Vec<Finding> {
    let finding = |shown: manifest::Shown| {
        let (text, help) = (shown.problem.message.clone(), shown.problem.help.clone());
        Finding::fault(MANIFEST, text, help).at(&project.manifest_path, shown.line)
    };
    problems.shown().map(finding).collect()
}

/// The lock, compared with the manifest.
pub fn lock(cx: &Context, project: &Project, manifest: &Manifest) -> (Finding, Option<Lock>) {
    let name = lock::FILE_NAME;
    let fault = |text: String, hint: Option<String>| Finding::fault("lock", text, hint);
    let in_lock = |finding: Finding, line: usize| (finding.at(&project.lock_path, line), None);
    let text = project.lock_text().ok().flatten().unwrap_or_default();
    if let Some(line) = lock::has_conflict(text) {
        let text = format!("{name} has conflict markers, the first at line {line}");
        return in_lock(fault(text, Some("`devshell lock` merges both sides".to_owned())), line);
    }
    let sources = cx.road().sources(project, manifest);
    let (lock, found) = match status(project, manifest, &sources) {
        Ok(found) => found,
        Err(error) => return in_lock(fault(error.to_string(), error.hint()), line_of(&error)),
    };
    let (what, differences) = match found {
        Status::NotNeeded => return (Finding::good("lock", "none is needed"), None),
        Status::Current => return (Finding::good("lock", name), Some(lock)),
        Status::Misfits(misfits) => {
            let first = misfits.first().expect("there are some");
            let line = lock::line_of(text, &first.entry, first.unfit.artifact);
            return in_lock(fault(fit::line(name, text, first), Some(way_to_write(project))), line);
        }
        Status::Missing(differences) => ("missing", differences),
        Status::Stale(differences) => ("stale", differences),
    };
    let mut wanted = manifest.all_tools().filter(|tool| {
        differences.missing.iter().any(|(name, requirement)| *name == tool.name && *requirement == tool.requirement)
    });
    let line = wanted.next().map_or(1, |tool| tool.line);
    let text = format!("{name} is {what}: {}", lacks(&lock, manifest, &differences));
    (fault(text, Some(way_to_write(project))).at(&project.manifest_path, line), None)
}

/// The line of a lock that cannot be read.
fn line_of(error: &RoadError) -> usize {
    match error {
        RoadError::Lock(
            LockError::Conflict { line, .. } | LockError::Newer { line, .. } | LockError::Malformed { line, .. },
        ) => *line,
        _ => 1,
    }
}
