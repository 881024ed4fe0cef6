//! `devshell enter`: the user's shell inside the environment, or one command, or a script from
//! standard input.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use clap::Args;

use super::failure::{Failure, code};
use super::grants::Grants;
use super::options::Chosen;
use super::walls::{self, Start};
use super::{Context, run as run_verb, shell, shell_hook, shown};
use crate::env::{Applied, Variables};
use crate::files::{time_of, write_private};
use crate::manifest;
use crate::project::Project;
use crate::road::{self, Ready, Selection, Stale};
use crate::sandbox;
use crate::session::{self, Ending, Entry, Shell, SpawnError, Starting, Walled};
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
    chosen: Chosen,
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
    cx.check_platform()?;
    let interactive = arguments.command.is_empty() && cx.host.terminals.stdin;
    let starting = starting(cx);
    if let Some(starting) = starting.as_ref().filter(|one| interactive && one.process == cx.host.process) {
        return begin_again(cx, starting);
    }
    let mut project = cx.project()?;
    let selection = arguments.chosen.selection(cx, &project, interactive);
    let may_write = interactive && !cx.host.is_under_ci();
    let stale = if may_write { Stale::Update } else { Stale::Refuse };
    let ready = cx.road().prepare(&mut project, &selection, stale)?;
    // There is nothing to read for an entry that does not take place: an env file that is a pipe may be there only once.
    if interactive && is_inside(cx, &project, &ready, starting.as_ref()) {
        if let Some(given) = replaced(cx) {
            cx.ui.note("`exec devshell enter` replaced the dev shell; starting again without your rc files");
            return make_again(cx, given);
        }
        cx.ui.note(&format!("you are in the dev shell of {} already; `exit` leaves it", ready.name));
        return Ok(Ending::SUCCESS);
    }
    let mut applied = applied(cx, &project, &ready, (&selection, &arguments.chosen.grants))?;
    shell::put(&ready, &mut applied.variables);
    let variables = &applied.variables;
    let (directory, grants) = (cx.host.directory.as_path(), &arguments.chosen.grants);
    let start =
        Start { project: &project, ready: &ready, variables, directory, shell: None, interactive: false, grants };
    if !arguments.command.is_empty() {
        cx.ui.detail(|| shown(&arguments.command));
        let wall = walls::of(cx, &start)?;
        let ending = session::become_command(&arguments.command, variables, directory, wall.as_ref());
        return run_verb::ended(cx, (&project, &ready), wall.as_ref(), ending);
    }
    let shell = shell::choose(cx, &ready, variables, arguments.shell.as_deref())?;
    if !interactive {
        return run_script(cx, &shell, &start);
    }
    let directory = &cx.host.logical_directory();
    let (project, selection, ready, applied, shell) = (&project, &selection, &ready, &applied, &shell);
    become_shell(cx, &Becoming { project, selection, ready, applied, shell, directory, grants })
}

/// The dev shell once more, which an rc file has replaced: without rc files, as they would do it again.
fn begin_again(cx: &Context, starting: &Starting) -> Result<Ending, Failure> {
    cx.ui.note("your rc files run `exec devshell enter` in the dev shell too; starting again without them");
    if starting.can_begin_again() {
        return Ok(starting.begin_again(&cx.host.directory)?);
    }
    make_again(cx, starting.variables)
}

/// The variables of the dev shell in whose place we are (`exec`), if it is of a kind that can begin without rc files:
/// dash and ash do not show that they read one.
fn replaced(cx: &Context) -> Option<&Variables> {
    let entered = cx.host.entered.as_ref().filter(|entered| entered.shell == Some(cx.host.process))?;
    let shell = entered_shell(cx, &entered.variables).ok()?;
    shell.dialect.without_rc_files(Path::new("")).map(|_| &entered.variables)
}

/// The shell of a dev shell with these variables.
fn entered_shell(cx: &Context, given: &Variables) -> Result<Shell, Failure> {
    shell::of_host(cx, given.get(OsStr::new("SHELL")).and_then(|path| path.to_str()))
}

/// Becomes a dev shell with these variables once more: what it was given otherwise is gone, so it is made again, for the
/// project that was entered.
fn make_again(cx: &Context, given: &Variables) -> Result<Ending, Failure> {
    let root = given.get(OsStr::new("DEVSHELL_ROOT")).map(PathBuf::from).unwrap_or_default();
    // DEVSHELL_MANIFEST may name another file than the usual ones, and the rc file may have gone to another project.
    let mut project = match cx.project() {
        Ok(project) if project.root == root => project,
        found => match manifest::FILE_NAMES.iter().map(|name| root.join(name)).find(|path| path.is_file()) {
            Some(path) => Project::of(&cx.host, &path)?,
            None => found?,
        },
    };
    let selection = Selection { interactive: true, ..cx.selected(&project) };
    let ready = cx.road().prepare(&mut project, &selection, Stale::Refuse)?;
    let applied = cx.road().apply_again(&project, &ready, given)?;
    let applied = handed_on(cx, &project, applied, &ready, (&selection, &Grants::default()))?;
    let shell = Shell { without_rc_files: true, ..entered_shell(cx, given)? };
    // Where the file went is no place that anyone asked for.
    let here = cx.host.logical_directory();
    let directory = if here.starts_with(&project.root) { &here } else { &project.root };
    let (project, selection, ready, applied, shell) = (&project, &selection, &ready, &applied, &shell);
    become_shell(cx, &Becoming { project, selection, ready, applied, shell, directory, grants: &Grants::default() })
}

/// The variables of a dev shell for this caller. A person who will type into it may lack required ones.
pub fn applied(
    cx: &Context,
    project: &Project,
    ready: &Ready,
    selected: (&Selection, &Grants),
) -> Result<Applied, Failure> {
    handed_on(cx, project, cx.road().apply_partly(project, ready)?, ready, selected)
}

fn handed_on(
    cx: &Context,
    project: &Project,
    applied: Applied,
    ready: &Ready,
    (selection, grants): (&Selection, &Grants),
) -> Result<Applied, Failure> {
    let applied = if selection.interactive {
        cx.note_missing(&applied);
        applied
    } else {
        road::complete(applied)?
    };
    let applied = shell_hook::run(cx, project, ready, applied, (selection.interactive, grants))?;
    let process = if walls::will_be(cx, ready) { devshell_wall::COMMAND } else { cx.host.process };
    let shell = selection.interactive.then_some(process);
    Ok(applied.handed_on(&cx.host.variables, &ready.environment, selection.options(), shell))
}

/// The shell around us, while it reads its rc files.
fn starting(cx: &Context) -> Option<Starting<'_>> {
    let entered = cx.host.entered.as_ref()?;
    let (process, start) = entered.shell.zip(entered.starting.as_deref())?;
    Some(Starting { process, start, variables: &entered.variables })
}

/// Whether the calling shell is this very dev shell, unchanged.
fn is_inside(cx: &Context, project: &Project, ready: &Ready, starting: Option<&Starting>) -> bool {
    let key = ready.environment.own_value("DEVSHELL_KEY");
    let is_same = cx.host.dev_shell("DEVSHELL_ROOT") == Some(project.root.as_os_str())
        && cx.host.dev_shell("DEVSHELL_KEY") == key;
    is_same
        && (cx.host.entered.as_ref().is_some_and(|entered| entered.is_on_path) || starting.is_some_and(Starting::is_so))
}

fn run_script(cx: &Context, shell: &Shell, start: &Start) -> Result<Ending, Failure> {
    let wall = walls::of(cx, &Start { shell: Some(&shell.path), ..*start })?;
    let mut command = vec![OsString::from(&shell.path)];
    command.extend(shell.dialect.script().arguments);
    let ending = session::become_command(&command, start.variables, start.directory, wall.as_ref());
    walls::tell(cx, wall.as_ref());
    Ok(ending?)
}

/// So many files of Nix are looked at at each prompt.
const MOST_WATCHED: usize = 40;

/// What it takes to become the user's shell.
pub struct Becoming<'a> {
    pub project: &'a Project,
    pub selection: &'a Selection,
    pub ready: &'a Ready,
    pub applied: &'a Applied,
    pub shell: &'a Shell,
    /// Where it starts.
    pub directory: &'a Path,
    pub grants: &'a Grants,
}

/// Becomes the user's shell.
pub fn become_shell(cx: &Context, becoming: &Becoming) -> Result<Ending, Failure> {
    let Becoming { project, selection, ready, applied, shell, directory, grants } = *becoming;
    // The links that the user went through are not inside.
    let real = ready.walls.as_ref().and_then(|_| fs_err::canonicalize(directory).ok());
    let directory = real.as_deref().unwrap_or(directory);
    let start = session::prepare_start_files(&cx.host.directories.cache).map_err(SpawnError::from)?;
    cx.host.check(&start).map_err(|error| Failure::new(code::BEFORE_START, &error))?;
    if shell.dialect.interactive(&start).is_none() {
        let text =
            format!("devshell has no start-up hook for `{}`, so its rc files may change PATH", shell.path.display());
        cx.ui.note(&text);
    }
    let variables = &applied.variables;
    let typed = Start { project, ready, variables, directory, shell: Some(&shell.path), interactive: true, grants };
    let wall = walls::of(cx, &typed)?;
    // A shell that starts again has run it.
    if !shell.without_rc_files {
        run_hook(cx, ready, variables, &project.root, wall.as_ref(), str::to_owned);
    }
    let key = ready.environment.own_value("DEVSHELL_KEY").map(OsStr::to_string_lossy).unwrap_or_default();
    // A pipe is another one each time that it is read.
    let is_watched = |file: &&PathBuf| fs_err::metadata(file).map_or(true, |metadata| metadata.is_file());
    let watched = ready.env_files.iter().chain(ready.nix.iter().flat_map(|nix| &nix.files).take(MOST_WATCHED));
    let env_files: Vec<PathBuf> = watched.filter(is_watched).cloned().collect();
    let stamp = stamp(cx, &key, &env_files, variables);
    let history = ready.walls.as_ref().and_then(|_| walls::history(variables));
    let entry = Entry {
        shell,
        environment: &ready.environment,
        applied,
        commands: &ready.commands,
        marker: &ready.marker,
        aliases: &ready.aliases,
        host_path: cx.host.path(),
        directory,
        caller: &cx.host.variables,
        start: &start,
        manifest: &project.manifest_path,
        stamp: &stamp,
        env_files: &env_files,
        options: selection.options(),
        history: history.as_deref(),
        wall: wall.as_ref(),
    };
    let ending = session::enter(&entry);
    walls::tell(cx, wall.as_ref());
    Ok(ending?)
}

/// A file that is not older than these, which the shell compares them with: what they say now is what it gets, so it is no
/// change.
fn stamp(cx: &Context, key: &str, env_files: &[PathBuf], variables: &Variables) -> PathBuf {
    let store = Store::new(&cx.host.directories.data);
    let newest = env_files.iter().filter_map(|file| time_of(file)).max();
    let is_older = || newest > store.time_of_root(key);
    if is_older() {
        store.note_use(key);
    }
    // Inside a wall, nothing in the store changes, and nothing outside can be written through what is in the state.
    let is_needed = is_older() && sandbox::around(Some(&cx.host)).is_some();
    let state = variables.get(OsStr::new("DEVSHELL_STATE")).filter(|_| is_needed);
    let own = state.map(|state| Path::new(state).join("entered"));
    own.filter(|own| write_private(own, &[]).is_ok()).unwrap_or_else(|| store.root(key))
}

/// Runs `hooks.enter`, if there is one, as the line that `line` makes of it. Its failure does
/// not prevent entering.
pub fn run_hook(
    cx: &Context,
    ready: &Ready,
    variables: &Variables,
    root: &Path,
    wall: Option<&Walled>,
    line: impl Fn(&str) -> String,
) {
    let Some(hook) = ready.enter_hook.as_ref().filter(|_| !cx.host.is_under_ci()) else { return };
    match session::run_hook(&line(hook), variables, root, wall) {
        Ok(Ending::Replaced | Ending::SUCCESS) => {}
        Ok(ending) => cx.ui.note(&format!("the hook `{hook}` ended with {ending}")),
        Err(error) => cx.ui.note(&format!("the hook `{hook}` did not start: {error}")),
    }
}
