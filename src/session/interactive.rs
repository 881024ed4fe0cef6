//! An interactive session: the user's own shell with the user's own rc files, and the dev
//! shell's environment on top of what they did.

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::launch::launch as start;
use super::{Ending, Shell, SpawnError, Walled};

use crate::dialect::{self, Handover, Launch};
use crate::env::{Applied, Environment, Undo, Variables, policy};
use crate::files::{self, own};
use crate::name::VarName;

/// Everything the spawner needs to know of a dev shell.
pub struct Entry<'a> {
    pub shell: &'a Shell,
    pub environment: &'a Environment,
    pub applied: &'a Applied,
    pub commands: &'a [String],
    /// What the prompt begins with; nothing when it is empty.
    pub marker: &'a str,
    /// The user's own, by name.
    pub aliases: &'a [(String, String)],
    /// PATH while the user's rc files are read.
    pub host_path: &'a OsStr,
    pub directory: &'a Path,
    /// The caller's variables, which `applied` is made of. Some of them say where the shell finds its
    /// files, at every level.
    pub caller: &'a Variables,
    /// Where the start files are.
    pub start: &'a Path,
    pub manifest: &'a Path,
    /// A file that is older than the project's files once those have changed.
    pub stamp: &'a Path,
    /// Others that belong to the dev shell.
    pub env_files: &'a [PathBuf],
    /// What `devshell reload` takes to select the same again.
    pub options: String,
    /// Where the history is kept, at isolation `sandbox`.
    pub history: Option<&'a Path>,
    /// What is around the shell there.
    pub wall: Option<&'a Walled<'a>>,
}

/// Becomes the user's shell, or runs it inside a wall.
pub fn enter(entry: &Entry) -> Result<Ending, SpawnError> {
    let mut variables = entry.applied.variables.clone();
    variables.insert("SHELL".into(), entry.shell.path.clone().into());
    // bash and zsh keep these by themselves; inherited ones would freeze the window's size.
    for name in ["COLUMNS", "LINES"] {
        variables.remove(OsStr::new(name));
    }
    log::debug!("becomes {}, with the start files in {}", entry.shell.path.display(), entry.start.display());
    let mut command = Command::new(&entry.shell.path);
    let Shell { dialect, without_rc_files, .. } = *entry.shell;
    let launch =
        if without_rc_files { dialect.without_rc_files(entry.start) } else { dialect.interactive(entry.start) };
    if let Some(launch) = launch {
        command.args(&launch.arguments);
        let handed_over = handover(entry, &launch).variables();
        variables.insert("PATH".into(), entry.host_path.into());
        variables.extend(handed_over);
        variables.extend(launch.variables);
    } else if !entry.marker.is_empty()
        && variables.get(OsStr::new("DEVSHELL_NO_PROMPT")).is_none_or(|no| no.is_empty())
        && let Some((name, prompt)) = dialect.prompt(entry.marker)
    {
        variables.insert(name.into(), prompt.into());
    }
    command.env_clear().envs(&variables).current_dir(entry.directory);
    start(&mut command, entry.wall)?
        .map_err(|source| SpawnError::CannotRun { command: entry.shell.path.clone().into(), source })
}

fn handover<'a>(entry: &'a Entry, launch: &'a Launch) -> Handover<'a> {
    let steps = entry.environment.steps.iter();
    let variables = &entry.applied.variables;
    let unset = steps.clone().filter_map(|step| step.op.unsets());
    // What the steps set, and what they spared of a pattern: that is set again after
    // the pattern.
    let is_spared = |name: &OsStr| {
        unset.clone().any(|(pattern, except)| policy::matches(pattern, name) && policy::matches_any(except, name))
    };
    let is_ours = |name: &OsString| entry.applied.origins.contains_key(name) || is_spared(name);
    let set =
        variables.iter().filter(|(name, _)| is_ours(name)).map(|(name, value)| (name.as_os_str(), value.as_os_str()));
    // Taken away first, what the dev shell sets itself would look as if an rc file had changed it.
    let is_set = |name: &str| entry.applied.origins.contains_key(OsStr::new(name));
    let keep = steps.clone().find_map(|step| step.op.keeps());
    let own = |name: &'a OsString| Some((name.as_os_str(), entry.caller.get(name)?.as_os_str()));
    Handover {
        set: set.filter(|(name, _)| VarName::assignable(name).is_some()).collect(),
        unset: unset.clone().map(|(pattern, _)| pattern).filter(|it| is_for_shells(it) && !is_set(it)).collect(),
        keep: keep.map(|patterns| patterns.iter().map(String::as_str).collect()),
        commands: entry.commands.iter().map(String::as_str).collect(),
        aliases: entry.aliases,
        marker: entry.marker,
        history: entry.history,
        start: entry.start,
        shell: &entry.shell.path,
        directory: entry.directory,
        replaced: launch.variables.iter().filter_map(|(name, _)| own(name)).collect(),
        manifest: entry.manifest,
        stamp: entry.stamp,
        env_files: entry.env_files,
        options: &entry.options,
        undo: Undo::of(entry.caller, entry.applied, entry.environment).without_secrets().to_text(),
    }
}

/// Whether an rc file could set what a pattern matches. Each pattern takes the shell some time.
fn is_for_shells(pattern: &str) -> bool {
    // No shell has variables of such a name; bash exports its functions so, which its start file
    // sees to. And only the loader of macOS looks at the other.
    pattern != "BASH_FUNC_*" && (pattern != "DYLD_*" || cfg!(target_os = "macos"))
}

/// The directory of the start files, written if it is not there. Its name says what is in it, so
/// that it never changes under a running shell.
pub fn prepare_start_files(cache: &Path) -> io::Result<PathBuf> {
    let directory = cache.join("start-1").join(env!("START_FILES_KEY"));
    if directory.is_dir() {
        return Ok(directory);
    }
    own::make_directory(cache, "", own::PRIVATE)?;
    files::publish(&directory, |staging| {
        for (path, text) in dialect::start_files() {
            staging.lay(Path::new(path), text.as_bytes(), 0o444)?;
        }
        Ok(())
    })?;
    Ok(directory)
}
