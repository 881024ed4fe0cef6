//! `devshell reload`: a running dev shell takes on what manifest and lock say now. The shell's own
//! function of that name calls this twice: to have everything ready, and then to be replaced. It passes what the first
//! call prints to the second one, in `Pipes::VARIABLE`.

use std::path::PathBuf;

use clap::Args;

use super::enter::{self, Becoming};
use super::failure::{Failure, code};
use super::grants::Grants;
use super::{Context, Environments, Level, shell};
use crate::project::Project;
use crate::road::{Ready, Selection, Stale};
use crate::session::Ending;

/// Apply the current manifest and lock to this dev shell
///
/// A new shell replaces this one, without nesting, as soon as the new environment is ready. This works
/// in all shells except tcsh and PowerShell.
#[derive(Args)]
#[command(after_help = "\
Examples:
  devshell reload")]
pub struct Arguments {
    #[command(flatten)]
    chosen: Environments,
    #[command(flatten)]
    level: Level,
    /// Have everything ready, and go no further
    #[arg(long, hide = true)]
    prepare: bool,
    /// What the dev shell was entered for
    #[arg(long, hide = true)]
    manifest: Option<PathBuf>,
    /// The shell to become
    #[arg(long, hide = true)]
    shell: Option<String>,
}

pub fn run(cx: &Context, arguments: &Arguments) -> Result<Ending, Failure> {
    // A shell that brings no way back was not entered by this devshell.
    let Some(manifest) = arguments.manifest.as_ref().filter(|_| cx.host.shell.is_some()) else {
        let (text, hint) = match cx.host.dev_shell("DEVSHELL_KEY") {
            None => ("you are not in a dev shell", "`devshell enter` enters the project you are in"),
            Some(_) => ("this shell cannot be reloaded in place", "`exit` it, and type `devshell enter`"),
        };
        return Err(Failure::said(code::NO, text, hint.to_owned()));
    };
    cx.check_platform()?;
    let mut project = Project::of(&cx.host, manifest)?;
    let selection = Selection::new(&arguments.chosen.environments, arguments.level.isolation, true);
    let stale = if cx.host.is_under_ci() { Stale::Refuse } else { Stale::Update };
    let ready = cx.road().prepare(&mut project, &selection, stale)?;
    let named = arguments.shell.as_deref();
    if arguments.prepare {
        let applied = cx.road().apply_partly(&project, &ready)?;
        shell::choose(cx, &ready, &applied.variables, named)?;
        return hand_on(cx, &project, &ready).map(|()| Ending::SUCCESS);
    }
    // The shell brings the way back along, so the caller is as if no dev shell had been there.
    let applied = enter::applied(cx, &project, &ready, (&selection, &Grants::default()))?;
    let shell = shell::choose(cx, &ready, &applied.variables, named)?;
    let directory = &cx.host.logical_directory();
    let (project, selection, ready, applied, shell) = (&project, &selection, &ready, &applied, &shell);
    enter::become_shell(
        cx,
        &Becoming { project, selection, ready, applied, shell, directory, grants: &Grants::default() },
    )
}

/// Prints what was read of pipes, for the process that will replace the shell: their content may be there only once, and
/// by then there is no shell to go back to. A start file of an older devshell leaves the output to the terminal.
fn hand_on(cx: &Context, project: &Project, ready: &Ready) -> Result<(), Failure> {
    let pipes = cx.road().pipes(project, ready)?;
    if pipes.is_empty() {
        return Ok(());
    }
    let Some(text) = pipes.to_text() else {
        let text = "the env files that are pipes are too large to be read for a reload";
        return Err(Failure::said(code::NO, text, "`exit` the dev shell, and type `devshell enter`".to_owned()));
    };
    cx.ui.hidden(text.as_bytes())
}
