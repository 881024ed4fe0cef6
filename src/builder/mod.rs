//! Starts programs that build packages, inside a wall: they see the system, its commands and what they are given, and have
//! neither a network nor the user's files. Where no wall can be built, they start without one, and devshell says so.
//!
//! The wall is built by another process of devshell (`devshell walled`), since that needs a process with a single thread.

mod configurer;

use std::io;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::{Mutex, OnceLock, PoisonError};

use crate::child::{Child, Place};
use crate::env::policy;
use crate::files::Scratch;
use crate::host::Host;

pub use configurer::{CHANGING, CONFIGURE, Configured, Configurer};

/// The hidden verb that runs a program inside a builder's wall.
pub const VERB: &str = "walled";

/// The option with which it only tries to build one. It prints why that fails.
pub const TRY: &str = "--try";

/// What a build gets of the machine besides the system and its commands.
#[derive(Clone, Debug, Default)]
pub struct Rights {
    pub read: Vec<PathBuf>,
    pub write: Vec<PathBuf>,
}

/// A program that is about to build something, in a scratch place. Of the caller's variables, it has those that builds
/// need; without a wall, all that are no orders.
pub fn child(
    host: &Host,
    scratch: &Scratch,
    program: &Path,
    rights: &Rights,
    is_order: impl Fn(&std::ffi::OsStr) -> bool,
) -> io::Result<Child> {
    if refusal(host).is_some() {
        let mut child = Child::new(program, Place::Scratch(scratch))?;
        child.callers(host, is_order);
        return Ok(child);
    }
    let mut child = Child::new(&host.executable, Place::Scratch(scratch))?;
    child.arg(VERB);
    for (option, paths) in [("--read", &rights.read), ("--write", &rights.write)] {
        for path in paths {
            child.arg(option).arg(path);
        }
    }
    child.arg("--").arg(program);
    for (name, value) in host.variables.iter().filter(|(name, value)| policy::is_for_builds(name, value)) {
        if !is_order(name) {
            child.env(name, value);
        }
    }
    child.env("PATH", host.search_path());
    Ok(child)
}

/// Why builds have no wall on this machine, if that is so.
pub fn refusal(host: &Host) -> Option<&'static str> {
    static TRIED: OnceLock<Option<String>> = OnceLock::new();
    TRIED.get_or_init(|| tried(host).unwrap_or_else(|error| Some(error.to_string()))).as_deref()
}

/// Has a wall built in which no code of a package runs: what a build says about walls counts for nothing.
fn tried(host: &Host) -> io::Result<Option<String>> {
    let mut child = Child::new(&host.executable, Place::Root)?;
    Ok(why_not(&child.callers(host, |_| false).args([VERB, TRY]).output()?))
}

/// Why a wall could not be built, by the answer of a hidden verb that tried it.
fn why_not(answer: &Output) -> Option<String> {
    let said = String::from_utf8_lossy(&answer.stdout);
    let why = said.lines().next().unwrap_or("it could not be tried");
    (!answer.status.success()).then(|| why.to_owned())
}

/// Says that something is built without a wall.
type Say = Box<dyn Fn(&str) + Send + Sync>;

static SAY: OnceLock<Say> = OnceLock::new();

/// Has it printed when something is built without a wall. It is asked for once, where words are printed.
pub fn on_unwalled(say: impl Fn(&str) + Send + Sync + 'static) {
    let _ = SAY.set(Box::new(say));
}

/// Says it once for each thing that is built, if it is so.
pub fn tell(host: &Host, what: &str) {
    static TOLD: Mutex<Vec<String>> = Mutex::new(Vec::new());
    let Some(why) = refusal(host) else { return };
    let mut told = TOLD.lock().unwrap_or_else(PoisonError::into_inner);
    if told.iter().any(|one| one == what) {
        return;
    }
    told.push(what.to_owned());
    if let Some(say) = SAY.get() {
        say(&format!("the build of {what} is not isolated here, because {why}; `devshell doctor` shows what to do"));
    }
}
