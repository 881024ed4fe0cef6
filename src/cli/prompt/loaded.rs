//! What a shell has loaded already, and does not load again: an env file that is a pipe may be there only once.

use std::ffi::{OsStr, OsString};

use super::super::Context;
use super::here::Allowed;
use crate::digest;
use crate::env::Variables;
use crate::files::{bounded, most};
use crate::host::UNDO;
use crate::name::VarName;
use crate::road::Ready;

/// Identifies an environment of just these files, if one of them is a pipe. Otherwise nothing is lost by loading it again.
pub fn mark(allowed: &Allowed, ready: &Ready) -> Option<String> {
    let subject = &allowed.subject;
    subject.inputs.files().iter().find(|file| file.is_pipe)?;
    let environment = postcard::to_stdvec(&ready.environment).ok()?;
    Some(digest::key(&[subject.digest.as_bytes(), &environment]))
}

/// Whether the shell has this environment. `last` is what the hook got last: a file with the mark of what was loaded.
pub fn is_still(cx: &Context, allowed: &Allowed, ready: &Ready, last: &OsStr) -> bool {
    let Some((shell, mark)) = cx.host.shell.as_ref().zip(mark(allowed, ready)) else { return false };
    // That it was to be loaded is not enough: a shell refuses to change read-only variables.
    shell.get(OsStr::new("DEVSHELL_KEY")).map(OsString::as_os_str) == ready.environment.own_value("DEVSHELL_KEY")
        && bounded::read_text(last.as_ref(), most::RECORD).is_ok_and(|loaded| loaded == mark)
}

/// The variables of a shell that has just loaded an environment. What no shell can take away, as it has no name for it, is
/// taken away here.
pub fn variables(cx: &Context, ready: &Ready) -> Variables {
    let dropped = ready.environment.apply(&cx.host.variables, &[]).dropped;
    let is_loaded = |name: &OsStr| name != UNDO && (VarName::assignable(name).is_some() || !dropped.contains_key(name));
    let here = cx.host.variables_here().iter().filter(|(name, _)| is_loaded(name));
    here.map(|(name, value)| (name.clone(), value.clone())).collect()
}
