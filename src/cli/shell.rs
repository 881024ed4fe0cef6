//! Which shell is started: the user's; in a dev shell that has nothing of the host, bash unless the project brings it.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use super::Context;
use super::failure::{Failure, code};
use crate::env::Variables;
use crate::host::Host;
use crate::road::Ready;
use crate::sandbox;
use crate::session::{self, Shell};

/// The host's shell that is named, or else the user's.
pub fn of_host(cx: &Context, named: Option<&str>) -> Result<Shell, Failure> {
    Ok(session::choose_shell(named, cx.host.variable("SHELL"), Host::login_shell, |name| cx.host.find(name))?)
}

/// The shell that is named, or else the user's, in a dev shell with these variables.
pub fn choose(cx: &Context, ready: &Ready, variables: &Variables, named: Option<&str>) -> Result<Shell, Failure> {
    // Inside the wall, the host is the dev shell.
    if ready.base.is_none() || sandbox::around(Some(&cx.host)).is_some() {
        return of_host(cx, named);
    }
    let usual = match named {
        Some(named) => PathBuf::from(named),
        None => of_host(cx, None).map_or_else(|_| "bash".into(), |shell| shell.path),
    };
    let name = usual.file_name().and_then(OsStr::to_str).unwrap_or_default();
    if let Some(path) = find(variables, name) {
        return of_host(cx, path.to_str());
    }
    let text = format!("`{name}` is not in this dev shell, which has nothing of the host");
    let way = format!("`devshell add deb:{name}` adds it");
    if named.is_some() {
        return Err(Failure::said(code::BEFORE_START, text, way));
    }
    cx.ui.note(&format!("{text}; starting bash. {way}"));
    of_host(cx, find(variables, "bash").as_deref().and_then(Path::to_str))
}

/// What programs start that start a shell, where no one types: the caller's may not be there.
pub fn put(ready: &Ready, variables: &mut Variables) {
    if ready.base.is_some() {
        variables.insert("SHELL".into(), "/bin/bash".into());
    }
}

/// A program on the dev shell's PATH.
fn find(variables: &Variables, name: &str) -> Option<PathBuf> {
    let path = variables.get(OsStr::new("PATH"))?;
    std::env::split_paths(path).map(|directory| directory.join(name)).find(|path| path.is_file())
}
