//! The environment that a command or a service is started in, and the script of the manifest that its words mean.

use std::ffi::OsString;

use super::failure::Failure;
use super::options::Chosen;
use super::{Context, shell, shell_hook};
use crate::env::{Applied, Variables};
use crate::manifest::Script;
use crate::project::Project;
use crate::road::{self, Ready, RoadError, Stale};

/// The environment of a command, and the script of the manifest that is meant.
pub struct Around {
    pub project: Project,
    pub ready: Ready,
    pub variables: Variables,
    pub script: Option<(String, Script)>,
}

/// The environment for the words at the end of the command line; for none of them, if there are none.
pub fn around(cx: &Context, chosen: &Chosen, words: &[OsString]) -> Result<Around, Failure> {
    cx.check_platform()?;
    let mut project = cx.project().map_err(Failure::before_start)?;
    let selection = chosen.selection(cx, &project, false);
    let ready = cx
        .road()
        .prepare(&mut project, &selection, Stale::Refuse)
        .map_err(|error| Failure::from(error).before_start())?;
    let is_meant = |script: &str| words.first().is_some_and(|name| name == script) && !is_forced(cx, words);
    let script = ready.scripts.iter().find(|(script, _)| is_meant(script)).cloned();
    let applied = applied(cx, &project, &ready, script.as_ref().map(|(name, _)| name))
        .map_err(|error| Failure::from(error).before_start())?;
    let mut applied =
        shell_hook::run(cx, &project, &ready, applied, (false, &chosen.grants)).map_err(Failure::before_start)?;
    if script.is_some() {
        applied.variables.insert("DEVSHELL_CWD".into(), cx.host.logical_directory().into());
    }
    let mut variables = applied.handed_on(&cx.host.variables, &ready.environment, selection.options(), None).variables;
    shell::put(&ready, &mut variables);
    Ok(Around { project, ready, variables, script })
}

/// The variables for this caller. A script that the text of a required variable names as the way to its value does
/// without it.
fn applied(cx: &Context, project: &Project, ready: &Ready, script: Option<&String>) -> Result<Applied, RoadError> {
    let applied = cx.road().apply_partly(project, ready)?;
    if script.is_none_or(|script| !applied.missing.iter().any(|missing| missing.is_made_by(script))) {
        return road::complete(applied);
    }
    cx.note_missing(&applied);
    Ok(applied)
}

/// Whether `--` comes before the words: then a command is meant even if a script has its
/// name. clap takes that `--` out, so the command line, which ends in the words, is asked.
fn is_forced(cx: &Context, words: &[OsString]) -> bool {
    let line = &cx.line;
    line.len().checked_sub(words.len() + 1).is_some_and(|before| line[before] == "--")
}
