//! What a shell has loaded already, and does not load again: an env file that is a pipe may be there only once.

use std::ffi::{OsStr, OsString};

use super::super::Context;
use super::here::Allowed;
use crate::digest;
use crate::env::Variables;
use crate::host::{LOADED, UNDO};
use crate::name::VarName;
use crate::road::Ready;

/// Identifies an environment of just these files, if one of them is a pipe, or a dev shell of Nix has a `shellHook`.
/// Otherwise nothing is lost by loading it again.
pub fn mark(allowed: &Allowed, ready: &Ready) -> Option<String> {
    let subject = &allowed.subject;
    if ready.shell_hook().is_none() && subject.inputs.files().iter().all(|file| !file.is_pipe) {
        return None;
    }
    let environment = postcard::to_stdvec(&ready.environment).ok()?;
    Some(digest::key(&[subject.digest.as_bytes(), &environment]))
}

/// Whether the shell has this environment. So has a subshell or a child of it, whatever their hooks know.
pub fn is_still(cx: &Context, allowed: &Allowed, ready: &Ready) -> bool {
    let Some((shell, mark)) = cx.host.shell.as_ref().zip(mark(allowed, ready)) else { return false };
    let value = |name: &str| shell.get(OsStr::new(name)).map(OsString::as_os_str);
    value(LOADED) == Some(OsStr::new(&mark)) && value("DEVSHELL_KEY") == ready.environment.own_value("DEVSHELL_KEY")
}

/// The variables of a shell that has just loaded an environment. What no shell can take away, as it has no name for it, is
/// taken away here.
pub fn variables(cx: &Context, ready: &Ready) -> Variables {
    let dropped = ready.environment.apply(&cx.host.variables, &[]).dropped;
    let is_ours = |name: &OsStr| name == UNDO || name == LOADED;
    let is_loaded =
        |name: &OsStr| !is_ours(name) && (VarName::assignable(name).is_some() || !dropped.contains_key(name));
    let here = cx.host.variables_here().iter().filter(|(name, _)| is_loaded(name));
    here.map(|(name, value)| (name.clone(), value.clone())).collect()
}
