//! A host without the loader that most programs name, such as NixOS: what each tool does about it.

use super::Finding;
use crate::cli::Context;
use crate::host::MissingLoader;
use crate::lock::{Form, LockedTool};
use crate::road::Locked;
use crate::store;
use crate::text;

const CHECK: &str = "loader";

/// How many tools a message names.
const MOST_NAMED: usize = 6;

/// Outside of a project.
pub fn of_machine(cx: &Context) -> Option<Finding> {
    let fault = cx.host.missing_loader()?.fault();
    Some(Finding::good(CHECK, format!("{fault}; tools that need it get copies that use a C library of Debian")))
}

/// For a project's tools.
pub fn check(cx: &Context, locked: Locked, missing: &MissingLoader) -> Finding {
    let store = cx.road().store_there(locked);
    let lock = locked.lock;
    let (platform, fault) = (cx.host.platform, missing.fault());
    let lacking = store.lacking(&lock.tools, platform, Some(missing));
    if let Some((_, first)) = lacking.first() {
        let list = named(lacking.iter().map(|(tool, _)| tool.clone()));
        let hint = "`devshell install` makes copies that use a C library of Debian".to_owned();
        let other = store::remedy(first);
        let hint = if *first == missing.path { hint } else { other };
        return Finding::fault(CHECK, format!("{fault}, which {list} cannot start without"), hint);
    }
    let has_copy = |tool: &&LockedTool| {
        let copy = store.content(tool, platform).and_then(|content| store.place_of_copy(&content));
        copy.is_some_and(|copy| copy.is_dir())
    };
    let copies = named(lock.tools.iter().filter(has_copy).map(|tool| tool.tool.to_string()));
    let is_absent = |tool: &&LockedTool| {
        matches!(tool.form(), Form::Object(_)) && tool.runtime.is_none() && !store.has_tool(tool, platform)
    };
    let absent = named(lock.tools.iter().filter(is_absent).map(|tool| tool.tool.to_string()));
    match (copies.as_str(), absent.as_str()) {
        ("", "") => Finding::good(CHECK, format!("{fault}; no installed tool needs it")),
        ("", _) => Finding::skipped(
            CHECK,
            format!("{fault}; where {absent} may need it, devshell makes copies that use a C library of Debian"),
        ),
        _ => Finding::good(CHECK, format!("{fault}; copies that use Debian's C library run in place of {copies}")),
    }
}

fn named(tools: impl Iterator<Item = String>) -> String {
    text::first_few(tools.map(|tool| format!("`{tool}`")), MOST_NAMED)
}
