//! `devshell enter`: the user's shell inside the environment, or one command, or a script from
//! standard input.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use clap::Args;

use super::failure::{Failure, code};
use super::{Context, Environments, Level, run as run_verb, shown};
use crate::env::Applied;
use crate::host::Host;
use crate::project::Project;
use crate::road::{Ready, Selection, Stale};
use crate::session::{self, Ending, Entry, Shell, SpawnError};
use crate::store::Store;

/// Enter the environment: your own shell with the project's tools; `exit` leaves
///
/// With a command after `--`, devshell runs that command instead. If standard input is a script,
/// your shell runs it, without its rc files.
#[derive(Args, Debug, Default)]
#[command(after_help = "\
Examples:
  devshell enter
  devshell enter -- make test")]
pub struct Arguments {
    #[command(flatten)]
    chosen: Environments,
    #[command(flatten)]
    level: Level,
    /// The shell to start, by name or path [default: the calling shell, or SHELL]
    #[arg(long, value_name = "SHELL")]
    shell: Option<String>,
    /// A command to run instead of a shell
    #[arg(last = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

pub fn run(cx: &Context, arguments: &Arguments) -> Result<Ending, Failure> {
    let is_command = !arguments.command.is_empty();
    let outcome = enter(cx, arguments);
    if is_command { outcome.map_err(Failure::before_start) } else { outcome }
}

fn enter(cx: &Context, arguments: &Arguments) -> Result<Ending, Failure> {
    let mut project = cx.project()?;
    let interactive = arguments.command.is_empty() && cx.host.terminals.stdin;
    let selection = arguments.chosen.selection(&arguments.level, interactive);
    let may_write = interactive && !cx.host.is_under_ci();
    let stale = if may_write { Stale::Update } else { Stale::Refuse };
    let ready = cx.road().prepare(&mut project, &selection, stale)?;
    let applied = cx.road().apply(&project, &ready)?;
    if !arguments.command.is_empty() {
        cx.ui.detail(|| shown(&arguments.command));
        return session::become_command(&arguments.command, &applied.variables, &cx.host.directory)
            .map_err(|error| run_verb::failed(cx, &project, &ready, error));
    }
    let shell = choose_shell(cx, arguments.shell.as_deref())?;
    if !interactive {
        return run_script(cx, &shell, &applied);
    }
    if is_inside(cx, &project, &applied) {
        cx.ui.note(&format!("you are in the dev shell of {} already; `exit` leaves it", ready.name));
        return Ok(Ending::SUCCESS);
    }
    become_shell(cx, &project, &selection, &ready, &applied, &shell)
}

/// The shell that is named, or else the user's.
pub fn choose_shell(cx: &Context, named: Option<&str>) -> Result<Shell, Failure> {
    Ok(session::choose_shell(named, cx.host.variable("SHELL"), Host::login_shell, |name| cx.host.find(name))?)
}

/// Whether the calling shell is this very dev shell, unchanged.
fn is_inside(cx: &Context, project: &Project, applied: &Applied) -> bool {
    let same = |name: &str| {
        cx.host.variable(name).is_some()
            && cx.host.variable(name) == applied.variables.get(OsStr::new(name)).map(OsString::as_os_str)
    };
    cx.host.variable("DEVSHELL_ROOT") == Some(project.root.as_os_str()) && same("DEVSHELL_KEY")
}

fn run_script(cx: &Context, shell: &Shell, applied: &Applied) -> Result<Ending, Failure> {
    let mut command = vec![OsString::from(&shell.path)];
    command.extend(shell.dialect.script().arguments);
    Ok(session::become_command(&command, &applied.variables, &cx.host.directory)?)
}

/// Becomes the user's shell.
pub fn become_shell(
    cx: &Context,
    project: &Project,
    selection: &Selection,
    ready: &Ready,
    applied: &Applied,
    shell: &Shell,
) -> Result<Ending, Failure> {
    let start = session::prepare_start_files(&cx.host.directories.cache).map_err(SpawnError::from)?;
    cx.host.check(&start).map_err(|error| Failure::new(code::BEFORE_START, &error))?;
    if shell.dialect.interactive(&start).is_none() {
        let text =
            format!("devshell has no start-up hook for `{}`, so its rc files may change PATH", shell.path.display());
        cx.ui.note(&text);
    }
    run_hook(cx, ready, applied, &project.root, str::to_owned);
    let key = applied.variables.get(OsStr::new("DEVSHELL_KEY")).map(|key| key.to_string_lossy());
    let stamp = Store::new(&cx.host.directories.data).root(&key.unwrap_or_default());
    let entry = Entry {
        shell,
        environment: &ready.environment,
        applied,
        commands: &ready.commands,
        marker: &ready.marker,
        aliases: &ready.aliases,
        host_path: cx.host.path(),
        directory: &cx.host.logical_directory(),
        caller: &cx.host.variables,
        start: &start,
        manifest: &project.manifest_path,
        stamp: &stamp,
        options: options(selection),
    };
    Ok(session::enter(&entry)?)
}

/// Runs `hooks.enter`, if there is one, as the line that `line` makes of it. Its failure does
/// not prevent entering.
pub fn run_hook(cx: &Context, ready: &Ready, applied: &Applied, root: &Path, line: impl Fn(&str) -> String) {
    let Some(hook) = ready.enter_hook.as_ref().filter(|_| !cx.host.is_under_ci()) else { return };
    match session::run_hook(&line(hook), &applied.variables, root) {
        Ok(Ending::Replaced | Ending::SUCCESS) => {}
        Ok(ending) => cx.ui.note(&format!("the hook `{hook}` ended with {ending}")),
        Err(error) => cx.ui.note(&format!("the hook `{hook}` did not start: {error}")),
    }
}

/// The options that select the same again. Names of environments need no quoting.
fn options(selection: &Selection) -> String {
    let environments = selection.environments.iter().flat_map(|name| ["-e", name]);
    let isolation = selection.isolation.into_iter().flat_map(|level| ["--isolation", level.name()]);
    environments.chain(isolation).collect::<Vec<_>>().join(" ")
}
