//! `devshell reload`: a running dev shell takes on what manifest and lock say now. The shell's own
//! function of that name calls this twice: to have everything ready, and then to be replaced.

use std::path::PathBuf;

use clap::Args;

use super::failure::{Failure, code};
use super::locking::Stale;
use super::{Chosen, Context, Level, enter, road};
use crate::env::Variables;
use crate::project::Project;
use crate::session::Ending;
use crate::warm;

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
    chosen: Chosen,
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
    if cx.host.variable("DEVSHELL_KEY").is_none() {
        let hint = "`devshell enter` enters the project you stand in".to_owned();
        return Err(Failure::said(code::NO, "there is no dev shell around you to reload", hint));
    }
    let Some(manifest) = &arguments.manifest else {
        let hint = "`exit` it, and type `devshell enter`".to_owned();
        return Err(Failure::said(code::NO, "this shell cannot be reloaded in place", hint));
    };
    let mut project = Project::of(&cx.host, manifest).map_err(|error| Failure::new(code::MANIFEST, &error))?;
    let selection = road::selection(&arguments.chosen.environments, arguments.level.isolation, true);
    let stale = if cx.host.is_under_ci() { Stale::Refuse } else { Stale::Update };
    let ready = road::prepare(cx, &mut project, &selection, stale)?;
    let applied = road::apply_to(cx, &project, &ready, &left(cx))?;
    let shell = enter::choose_shell(cx, arguments.shell.as_deref())?;
    if arguments.prepare {
        return Ok(Ending::SUCCESS);
    }
    enter::become_shell(cx, &project, &selection, &ready, &applied, &shell)
}

/// The variables as they are once the dev shell is left.
fn left(cx: &Context) -> Variables {
    let mut variables = cx.host.variables.clone();
    let old = cx.host.variable("DEVSHELL_KEY").and_then(|key| warm::recall(&cx.host, key.to_str()?));
    let names = variables.remove(std::ffi::OsStr::new("__DEVSHELL_NAMES"));
    if let (Some(old), Some(names)) = (old, names.as_deref().and_then(|names| names.to_str())) {
        old.leave(&mut variables, names.split(' '));
    }
    variables
}
