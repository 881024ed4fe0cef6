//! What is known not to work of an environment's Debian packages, before anything of them was started.

use super::Context;
use crate::lock::Chosen;
use crate::name::{CommandName, ToolName};
use crate::store::{CommandFault, LayoutError, Store, Tried};

/// The Debian packages among an environment's tools that are in the store, tried.
pub fn all(cx: &Context, chosen: &[Chosen]) -> Result<Vec<Tried>, LayoutError> {
    Store::new(&cx.host.directories.data).try_packages(chosen, cx.host.platform)
}

/// What to say about a package in one line, if there is anything to say.
pub fn line(tried: &Tried) -> Option<String> {
    if let Some(text) = about_all(tried) {
        return Some(text);
    }
    let (first, fault) = main_fault(&tried.tool, tried)?;
    let further = match tried.faults.len() - 1 {
        0 => String::new(),
        1 => "; one more command may not work (`devshell list -v`)".to_owned(),
        count => format!("; {count} more commands may not work (`devshell list -v`)"),
    };
    Some(format!("`{}`: `{first}` {fault}{further}", tried.tool))
}

/// The same with a line for each command.
pub fn lines(tried: &Tried) -> Vec<String> {
    let of_commands = tried.faults.iter().map(|(name, fault)| format!("`{}`: `{name}` {fault}", tried.tool));
    about_all(tried).into_iter().chain(of_commands).collect()
}

/// Whether a command does not even start.
pub fn cannot_start(tried: &Tried) -> bool {
    tried.faults.values().any(|fault| !matches!(fault, CommandFault::Place(_)))
}

fn about_all(tried: &Tried) -> Option<String> {
    if let Some(known) = tried.known {
        return Some(format!("`{}`: {known}", tried.tool));
    }
    let others = tried.instead.as_ref()?.iter().map(|(package, command)| format!("`deb:{package}` has `{command}`"));
    let others = others.collect::<Vec<_>>().join(", ");
    let others = if others.is_empty() { others } else { format!("; {others}") };
    let lacking = if tried.has_commands { "no command of its name" } else { "no command of its own" };
    Some(format!("`{}` has {lacking}{others}", tried.tool))
}

/// The fault of the command that is named most like the tool.
fn main_fault<'t>(tool: &ToolName, tried: &'t Tried) -> Option<(&'t CommandName, &'t CommandFault)> {
    let package = tool.package();
    let is_alike = |name: &CommandName| package.starts_with(name.as_str()) || name.as_str().starts_with(package);
    tried.faults.iter().find(|(name, _)| is_alike(name)).or_else(|| tried.faults.first_key_value())
}
