//! The Debian releases that `devshell add` writes beside its tools.

use std::collections::BTreeMap;

use super::{Arguments, Wish};
use crate::cli::Context;
use crate::cli::failure::{Failure, code};
use crate::manifest::{Layer, Manifest, Takes};
use crate::name::{Suite, ToolName};
use crate::registry;

/// The releases to write for Debian packages: the one that was asked for; where the manifest says
/// nothing of any, that of the user's settings or of this machine.
pub fn of<'w>(
    cx: &Context,
    arguments: &Arguments,
    wishes: &'w [Wish],
    before: &Manifest,
    there: Option<&Layer>,
) -> Result<BTreeMap<&'w ToolName, Suite>, Failure> {
    let names = || wishes.iter().map(|(name, _)| name);
    let is_deb = |name: &&ToolName| Takes::of(name) == Takes::Suite;
    if let Some(suite) = &arguments.suite {
        if let Some(other) = names().find(|name| !is_deb(name)) {
            let text = format!("`--suite` is for Debian packages, and `{other}` is not one");
            return Err(Failure::said(code::USAGE, text, "such as `devshell add deb:jq --suite trixie`".to_owned()));
        }
        return Ok(names().map(|name| (name, suite.clone())).collect());
    }
    if before.registries.deb().suite.is_some() {
        return Ok(BTreeMap::new());
    }
    let has_one = |name: &&ToolName| {
        there.is_some_and(|layer| layer.tools.iter().any(|tool| tool.name == **name && tool.suite().is_some()))
    };
    let wanting = names().filter(is_deb).filter(|name| !has_one(name));
    let Some(suite) = registry::usual_suite(&cx.host) else { return Ok(BTreeMap::new()) };
    Ok(wanting.map(|name| (name, suite.clone())).collect())
}
