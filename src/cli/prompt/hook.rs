//! `hooks.enter` as it was allowed: scripts for a shell run as the text that was read, and of all others it is looked
//! at once more whether they are what they were.

use std::os::unix::fs::PermissionsExt as _;

use super::super::Context;
use crate::manifest::{ScriptFile, inline};
use crate::project::{Input, Inputs, Known, Project, Role};

/// The line that runs a hook and nothing that came since it was allowed. `Err` names the file that changed.
pub fn as_allowed(cx: &Context, project: &Project, inputs: &Inputs, line: &str) -> Result<String, String> {
    let named: Vec<&Input> = inputs.files().iter().filter(|input| input.role == Role::Hook).collect();
    let script = |name: &str| {
        let input = named.iter().find(|input| input.name == name)?;
        let Known::Content(content) = project.known(&input.path) else { return None };
        let is_executable = content.metadata.permissions().mode() & 0o111 != 0;
        Some(ScriptFile { text: std::str::from_utf8(input.bytes.as_deref()?).ok()?, is_executable })
    };
    let (line, inlined) = inline(line, script);
    let is_as_it_was = |input: &&&Input| project.is_as_it_was(&cx.host, &input.path);
    match named.iter().filter(|input| !inlined.contains(&input.name)).find(|input| !is_as_it_was(input)) {
        Some(input) => Err(input.name.clone()),
        None => Ok(line),
    }
}
