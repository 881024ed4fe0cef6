//! What is known not to work of an environment's Debian packages, before anything of them was started.

use super::Context;
use crate::builder;
use crate::lock::Chosen;
use crate::name::{CommandName, ToolName};
use crate::store::{CommandFault, LayoutError, Store, Tried};

/// The Debian packages among an environment's tools that are in the store, tried.
pub fn all(cx: &Context, chosen: &[Chosen]) -> Result<Vec<Tried>, LayoutError> {
    let mut tried = Store::new(&cx.host.directories.data).try_packages(chosen, cx.host.platform)?;
    let has_places = tried.iter().any(|one| !one.places.is_empty());
    if has_places && builder::refusal(&cx.host).is_some() {
        for one in tried.iter_mut().filter(|one| !one.places.is_empty()) {
            // There are no places where there are no walls.
            let places = std::mem::take(&mut one.places).into_iter();
            let faults = places.map(|(name, place)| (name, CommandFault::Place(place)));
            one.faults = faults.chain(std::mem::take(&mut one.faults)).collect();
            one.known = one.known.or(one.unplaced);
        }
    }
    Ok(tried)
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

/// How a program starts that does.
pub fn in_place(place: &str) -> String {
    format!("in place: it looks for {place}")
}

/// What there is to say about each command: why it may not work, or that it starts in its place.
pub fn lines(tried: &Tried) -> Vec<String> {
    let tool = &tried.tool;
    let of_commands = tried.faults.iter().map(|(name, fault)| format!("`{tool}`: `{name}` {fault}"));
    let placed = tried.places.iter().map(|(name, place)| format!("`{tool}`: `{name}` starts {}", in_place(place)));
    about_all(tried).into_iter().chain(of_commands).chain(placed).collect()
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
