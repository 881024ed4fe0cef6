//! `devshell on-prompt`, which a shell's hook calls when the directory or a file has changed:
//! prints what the shell has to evaluate to have the environment of the allowed project it is
//! in, or none.

mod background;
mod direnv;
mod hook;
mod here;
mod loaded;

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use clap::{Args, ValueEnum as _};

pub use self::background::Arguments as PrepareArguments;
pub use self::background::prepare;
pub use self::direnv::{Arguments as DirenvArguments, run as on_direnv};
use self::here::{Allowed, Here};
use super::failure::Failure;
use super::hook::{Answer, Changes, Notation};
use super::{Context, enter, shell_hook};
use crate::env::{Applied, Undo, Variables};
use crate::files::set_time;
use crate::host::{LOADED, UNDO, is_same};
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
    let outcome = allowed.as_ref().map(|allowed| load(cx, allowed, &mut here));
    let loaded = outcome.transpose().unwrap_or_else(|failure| {
        here.failures.push(failure);
        None
    });
    let stamp = directory(cx).join(here.key());
    // What has been printed already is not printed again.
    if arguments.last != stamp.as_os_str() {
        here.notes.iter().for_each(|note| cx.ui.note(note));
        here.failures.iter().for_each(|failure| cx.ui.failure(failure));
    }
    // The shell's variables as they are, and as they shall be.
    let now = cx.host.variables_here();
    let then = match &loaded {
        Some(Loaded::Now(ready, applied)) => {
            let undo = Undo::of(&cx.host.variables, applied, &ready.environment);
            let mut then = applied.variables.clone();
            then.insert(UNDO.into(), undo.to_text().into());
            let mark = allowed.as_ref().and_then(|allowed| loaded::mark(allowed, ready));
            then.extend(mark.map(|mark| (LOADED.into(), mark.into())));
            then
        }
        Some(Loaded::Before) => now.clone(),
        Some(Loaded::Later) | None
            if here.is_kept || allowed.as_ref().is_some_and(|allowed| here.is_active(&allowed.project.root)) =>
        {
            now.clone()
        }
        Some(Loaded::Later) | None => cx.host.variables.clone(),
    };
    // What was entered in the shell that this one comes from was not loaded by it.
    let is_other = |name: &str| cx.host.shell.is_none() || now.get(OsStr::new(name)) != then.get(OsStr::new(name));
    let (is_entry, said) = meaning(now, &then, is_other);
    let has_hook = matches!(&loaded, Some(Loaded::Now(ready, _)) if ready.enter_hook.is_some());
    // As old as what it is for: whatever is written later is newer.
    cx.host.make_cache(PROMPTS)?;
    fs_err::write(&stamp, "")?;
    set_time(&stamp, here.changed)?;
    let answer = Answer {
        changes: changes(now, &then),
        back: if then.contains_key(OsStr::new(UNDO)) { changes(&then, &cx.host.variables) } else { Vec::new() },
        is_entry,
        said: said.and_then(|said| cx.ui.noted(&said)),
        has_hook: has_hook && is_other("DEVSHELL_ROOT") && !cx.host.is_under_ci(),
        here: &cx.host.directory,
        there: &here.there,
        absent: &here.absent,
        stamp: &stamp,
    };
    cx.ui.data(&arguments.shell.answer(&answer))
}

/// Whether an allowed project is in the shell.
enum Loaded {
    Now(Box<Ready>, Applied),
    Before,
    /// It is not ready yet.
    Later,
}

fn load(cx: &Context, allowed: &Allowed, here: &mut Here) -> Result<Loaded, Failure> {
    let Some(ready) = background::enter(cx, allowed, here)? else { return Ok(Loaded::Later) };
    if loaded::is_still(cx, allowed, &ready) {
        return Ok(Loaded::Before);
    }
    let applied = cx.road().apply(&allowed.project, &ready)?;
    let applied = shell_hook::run_untyped(cx, &allowed.project, &ready, applied)?;
    Ok(Loaded::Now(Box::new(ready), applied))
}

/// Run the hook of the project that was just entered
#[derive(Args)]
pub struct EnteredArguments {}

/// Runs `hooks.enter` once the shell has the environment: a person who ends it ends nothing else.
pub fn on_entered(cx: &Context, _: &EnteredArguments) -> Result<(), Failure> {
    // It is read again, and judged again: what runs is what was judged.
    let Some(allowed) = here::of(cx).project else { return Ok(()) };
    let Some(ready) = background::at_hand(cx, &allowed)? else { return Ok(()) };
    let active = cx.host.shell.as_ref().and_then(|shell| shell.get(OsStr::new("DEVSHELL_ROOT")));
    let (Some(line), true) =
        (&ready.enter_hook, active.is_some_and(|root| is_same(root.as_ref(), &allowed.project.root)))
    else {
        return Ok(());
    };
    match hook::as_allowed(cx, &allowed.project, &allowed.subject.inputs, line) {
        Ok(line) => {
            let variables = loaded::variables(cx, &ready);
            enter::run_hook(cx, &ready, &variables, &allowed.project.root, None, |_| format!("exec >&2\n{line}"));
        }
        Err(file) => cx.ui.note(&format!("the hook `{line}` did not run: `{file}` has changed since it was allowed")),
    }
    Ok(())
}

/// The directory of the cache for what hooks keep.
const PROMPTS: &str = "prompts-1";

/// Where hooks and what they start leave notes for one another.
fn directory(cx: &Context) -> PathBuf {
    cx.host.directories.cache.join(PROMPTS)
}

/// Whether the shell gets another environment, and what to print about it.
fn meaning(now: &Variables, then: &Variables, is_other: impl Fn(&str) -> bool) -> (bool, Option<String>) {
    let name = |variables: &Variables| Some(variables.get(OsStr::new("DEVSHELL_NAME"))?.to_string_lossy().into_owned());
    match (name(then), name(now)) {
        (Some(name), _) if is_other("DEVSHELL_ROOT") => (true, Some(format!("entered {name}"))),
        (Some(name), _) if is_other("DEVSHELL_KEY") => {
            (true, Some(format!("{name} has changed, and the new environment is loaded")))
        }
        (None, Some(name)) => (false, Some(format!("left {name}"))),
        _ => (false, None),
    }
}

/// What leads from some variables to others.
fn changes<'a>(now: &'a Variables, then: &'a Variables) -> Changes<'a> {
    let names: BTreeSet<&OsString> = now.keys().chain(then.keys()).collect();
    let differ = names.into_iter().filter(|name| now.get(*name) != then.get(*name));
    differ.map(|name| (name.as_os_str(), then.get(name).map(OsString::as_os_str))).collect()
}
