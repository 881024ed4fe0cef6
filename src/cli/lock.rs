//! `devshell lock`: bring the lock up to date.

use clap::Args;

use super::Context;
use super::failure::{Failure, code};
use super::personal::Whose;
use super::{locking, road};
use crate::lock as format;
use crate::project::Project;

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
    let manifest = road::read_manifest(cx, &project)?;
    let previous = locking::read(&mut project)?;
    let sources = road::sources(cx, &project, &manifest);
    if arguments.check {
        locking::fit::check(&mut project, &manifest, &previous, &sources)?;
        let text = locking::text_of(&mut project)?;
        let is_as_written = text.is_none_or(|text| text == format::write(&previous));
        if is_as_written && previous.differences(&manifest).is_empty() {
            return Ok(project);
        }
        let text = format!("{} is not what `devshell lock` would write", project.lock_name());
        return Err(Failure::said(code::NO, text, locking::way_to_write(&project)));
    }
    let updated = locking::update(&manifest, &previous, &sources)?;
    let text = format::write(&updated.lock);
    if locking::text_of(&mut project)? == Some(text.as_str()) {
        cx.ui.note(&format!("{} is up to date", project.lock_name()));
        return Ok(project);
    }
    project.write_lock(text)?;
    locking::tell_changes(cx, &updated, &sources);
    let tools = match updated.lock.tools.len() {
        1 => "1 tool".to_owned(),
        count => format!("{count} tools"),
    };
    let python = if updated.lock.python.is_some() { " and a Python" } else { "" };
    cx.ui.note(&format!("{} holds {tools}{python}", project.lock_name()));
    Ok(project)
}
