//! `devshell lock`: bring the lock up to date.

use clap::Args;

use super::Context;
use super::failure::{Failure, code};
use super::whose::Whose;
use crate::lock::{self as format, Lock, LockError};
use crate::project::Project;
use crate::road::{self, RoadError, Stale};

/// Write the lock, keeping what still satisfies the manifest
#[derive(Args)]
#[command(after_help = "\
Examples:
  devshell lock
  devshell lock --check")]
pub struct Arguments {
    /// Write nothing; check the lock, and end with exit code 1 if it is not up to date
    #[arg(long)]
    check: bool,
    #[command(flatten)]
    whose: Whose,
}

pub fn run(cx: &Context, arguments: &Arguments) -> Result<Project, Failure> {
    let mut project = arguments.whose.project(cx)?;
    let manifest = cx.road().read_manifest(&project)?;
    let previous = road::lock::read(&project)?;
    let sources = cx.road().sources(&project, &manifest);
    if arguments.check {
        road::lock::fit::check(&project, &manifest, &previous, &sources)?;
        match cx.road().current_lock(&mut project, &manifest, &sources, Stale::Refuse) {
            // What is missing is named as by `run`; the answer has its own code.
            Err(RoadError::NotCurrent(error)) => return Err(Failure::new(code::NO, &error)),
            Err(RoadError::Lock(error @ LockError::Conflict { .. })) => return Err(Failure::new(code::NO, &error)),
            current => current.map(drop)?,
        }
        let text = project.lock_text()?;
        let is_as_written = text.is_none_or(|text| format::is_same(text, &format::write(&previous)));
        if is_as_written {
            return Ok(project);
        }
        let text = format!("{} is not what `devshell lock` would write", project.lock_name());
        return Err(Failure::said(code::NO, text, road::lock::way_to_write(&project)));
    }
    let updated = road::lock::update(&project, &manifest, &previous, &sources)?;
    let text = format::write(&updated.lock);
    if project.implied.is_some() && project.lock_text()?.is_none() {
        cx.ui.note("there is nothing to lock: the lock of a flake is flake.lock");
        return Ok(project);
    }
    if project.lock_text()?.is_some_and(|written| format::is_same(written, &text)) {
        cx.ui.note(&format!("{} is up to date", project.lock_name()));
        return Ok(project);
    }
    project.write_lock(text)?;
    cx.road().note_changes(&updated, &sources);
    cx.ui.note(&format!("{} holds {}", project.lock_name(), content(&updated.lock)));
    Ok(project)
}

/// What a lock has, in a few words.
fn content(lock: &Lock) -> String {
    let counted = |count: usize, what: &str| match count {
        1 => format!("1 {what}"),
        count => format!("{count} {what}s"),
    };
    let python = lock.python.as_ref().map(|python| format!("Python {}", road::lock::python::with_packages(python)));
    match (lock.tools.len(), python) {
        (count, None) => counted(count, "tool"),
        (0, Some(python)) => python,
        (count, Some(python)) => format!("{} and {python}", counted(count, "tool")),
    }
}
