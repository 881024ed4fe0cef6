//! `devshell in-place`, hidden: what the kernel makes of a link whose first line names it. It starts a program of a prefix in
//! its place, and is no verb of clap's: nothing may come before the program that takes time.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::Path;

use super::failure::{Failure, code};
use crate::host;
use crate::session::{SpawnError, become_placed};
use crate::store::{IN_PLACE, Placed};

/// The link and the arguments of such a command line.
pub fn words(typed: &[OsString]) -> Option<(&OsString, &[OsString])> {
    match typed {
        [_, verb, link, arguments @ ..] if verb == IN_PLACE => Some((link, arguments)),
        _ => None,
    }
}

/// PATH with the commands of the program's own prefix after all others.
fn with_own(mut path: OsString, placed: &Placed) -> OsString {
    for directory in placed.bin() {
        if std::env::split_paths(&path).all(|entry| entry != directory) {
            // An empty entry would be the current directory.
            path.push(if path.is_empty() { "" } else { ":" });
            path.push(directory);
        }
    }
    path
}

/// Returns only if the program did not start.
pub fn run(link: &OsStr, arguments: &[OsString]) -> Failure {
    let path = Path::new(link);
    let placed = match Placed::read(path) {
        Ok(Some(placed)) => placed,
        Ok(None) => return Failure::said(code::BEFORE_START, format!("`{}` is no such link", path.display()), None),
        Err(error) => return SpawnError::File(error).into(),
    };
    let mut variables: BTreeMap<String, OsString> = BTreeMap::new();
    for assignment in placed.variables() {
        let before = |name: &str| variables.get(name).cloned().or_else(|| host::inherited(name));
        if let Some((name, value)) = assignment.applied(|name| before(name.as_str())) {
            variables.insert(name.to_string(), value);
        }
    }
    let path_before = variables.get("PATH").cloned().or_else(|| host::inherited("PATH")).unwrap_or_default();
    variables.insert("PATH".to_owned(), with_own(path_before, &placed));
    // As a link to the program would be called.
    let called = path.file_name().unwrap_or(link);
    let words = placed.arguments.iter().map(OsString::from).chain(arguments.iter().cloned());
    let source = become_placed((&placed.prefix, placed.hosts_libraries), &placed.program, called, words, variables);
    SpawnError::CannotRun { command: placed.program.into(), source }.into()
}
