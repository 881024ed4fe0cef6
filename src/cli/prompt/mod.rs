//! `devshell on-prompt`, which a shell's hook calls when the directory or a file has changed:
//! prints what the shell has to evaluate to have the environment of the allowed project it is
//! in, or none.

mod background;
mod direnv;
mod hook;
mod here;

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum as _};

pub use self::background::Arguments as PrepareArguments;
pub use self::background::prepare;
pub use self::direnv::{Arguments as DirenvArguments, run as on_direnv};
use self::here::Allowed;
use super::failure::Failure;
use super::hook::{Answer, Notation};
use super::{Context, enter};
use crate::env::{Applied, Undo, Variables};
use crate::files::set_time;
use crate::host::UNDO;
use crate::road::{Ready, RoadError};

/// Load the environment of an allowed project, or restore what was there
#[derive(Args, Debug)]
pub struct Arguments {
    shell: Notation,
    /// What the hook got last
    last: OsString,
}

impl Arguments {
    /// The words of a hook.
    pub fn of(shell: &OsStr, last: &OsStr) -> Option<Self> {
        Some(Self { shell: Notation::from_str(shell.to_str()?, false).ok()?, last: last.to_owned() })
    }
}

pub fn run(cx: &Context, arguments: &Arguments) -> Result<(), Failure> {
    if let Err(error) = cx.host.check_sudo() {
        // It is printed where it matters, and not at every step of a shell of root's.
        return if cx.project().is_ok() { Err(RoadError::from(error).into()) } else { Ok(()) };
    }
    let mut here = here::of(cx);
    let allowed = here.project.take();
    let entered = match &allowed {
        Some(allowed) => background::enter(cx, allowed, &mut here).unwrap_or_else(|failure| {
            here.failures.push(failure);
            None
        }),
        None => None,
    };
    let stamp = directory(cx).join(here.key());
    // What has been printed already is not printed again.
    if arguments.last != stamp.as_os_str() {
        here.notes.iter().for_each(|note| cx.ui.note(note));
        here.failures.iter().for_each(|failure| cx.ui.failure(failure));
    }
    // The shell's variables as they are, and as they shall be.
    let now = cx.host.variables_here();
    let then = match &entered {
        Some((ready, applied)) => {
            greet(cx, now, allowed.as_ref(), ready, applied);
            let undo = Undo::of(&cx.host.variables, applied, &ready.environment);
            let mut then = applied.variables.clone();
            then.insert(UNDO.into(), undo.to_text().into());
            then
        }
        None if here.is_kept => now.clone(),
        None => {
            if let Some(name) = now.get(OsStr::new("DEVSHELL_NAME")) {
                cx.ui.note(&format!("left {}", name.to_string_lossy()));
            }
            cx.host.variables.clone()
        }
    };
    // As old as what it is for: whatever is written later is newer.
    cx.host.make_cache(PROMPTS)?;
    fs_err::write(&stamp, "")?;
    set_time(&stamp, here.changed)?;
    let answer = Answer { changes: changes(now, &then), there: &here.there, absent: &here.absent, stamp: &stamp };
    cx.ui.data(&arguments.shell.answer(&answer))
}

/// The directory of the cache for what hooks keep.
const PROMPTS: &str = "prompts-1";

/// Where hooks and what they start leave notes for one another.
fn directory(cx: &Context) -> PathBuf {
    cx.host.directories.cache.join(PROMPTS)
}

/// Says where one is now, and runs the hook of a project that is newly entered.
fn greet(cx: &Context, now: &Variables, allowed: Option<&Allowed>, ready: &Ready, applied: &Applied) {
    // What was entered in the shell that this one comes from was not loaded by it.
    let is_same =
        |name: &str| cx.host.shell.is_some() && now.get(OsStr::new(name)) == applied.variables.get(OsStr::new(name));
    if is_same("DEVSHELL_ROOT") {
        if !is_same("DEVSHELL_KEY") {
            cx.ui.note(&format!("{} has changed, and the new environment is loaded", ready.name));
        }
        return;
    }
    cx.ui.note(&format!("entered {}", ready.name));
    let root = applied.variables.get(OsStr::new("DEVSHELL_ROOT")).map_or(Path::new("/"), Path::new);
    let Some((line, allowed)) = ready.enter_hook.as_deref().zip(allowed).filter(|_| !cx.host.is_under_ci()) else {
        return;
    };
    match hook::as_allowed(cx, &allowed.project, &allowed.subject.inputs, line) {
        // Standard output is what the shell is going to evaluate.
        Ok(line) => enter::run_hook(cx, ready, applied, root, |_| format!("exec >&2\n{line}")),
        Err(file) => cx.ui.note(&format!("the hook `{line}` did not run: `{file}` has changed since it was allowed")),
    }
}

/// What leads from some variables to others.
fn changes<'a>(now: &'a Variables, then: &'a Variables) -> Vec<(&'a OsStr, Option<&'a OsStr>)> {
    let names: BTreeSet<&OsString> = now.keys().chain(then.keys()).collect();
    let differ = names.into_iter().filter(|name| now.get(*name) != then.get(*name));
    differ.map(|name| (name.as_os_str(), then.get(name).map(OsString::as_os_str))).collect()
}
