//! Which node can start a tool in JavaScript that has packages beside it (`with`).

use super::fit::RUNTIME;
use crate::catalog::PRIVATE_NODE;
use crate::lock::{Chosen, Lock, LockedTool};
use crate::manifest::{Layer, Manifest};
use crate::source::ResolveError;
use crate::version::{Requirement, Scheme};

/// The versions that have both `--import` and `module.register` (`store/layout/with.mjs`).
const ENOUGH: [&str; 2] = ["^18.19", ">=20.6"];

/// Expects that the node of an environment can start its tools that have packages beside them.
pub fn check_node(manifest: &Manifest, layer: &Layer, lock: &Lock, is_personal: bool) -> Result<(), ResolveError> {
    let has_beside = |chosen: &Chosen| !chosen.locked.with.is_empty();
    let old =
        lock.chosen(layer).filter(has_beside).find_map(|chosen| Some((chosen.wish, old_version(chosen.runtime?)?)));
    let Some((tool, found)) = old else { return Ok(()) };
    let node = layer.tools.iter().find(|own| own.name.as_str() == RUNTIME);
    let environment = node.and_then(|node| manifest.environment_of(&node.range));
    let environment = environment.map(|name| format!(" -e {name}")).unwrap_or_default();
    let options = if is_personal { " --personal".to_owned() } else { environment };
    Err(ResolveError::OldNode {
        tool: tool.name.clone(),
        line: Some(tool.line),
        needs: ENOUGH.join(" or "),
        found: found.to_owned(),
        way: format!("devshell add{options} {RUNTIME}@{PRIVATE_NODE}"),
    })
}

/// The version of a node that is too old.
fn old_version(node: &LockedTool) -> Option<&str> {
    let is_enough = |text: &&str, version: &str| {
        let requirement: Requirement = text.parse().expect("the constants are requirements");
        requirement.accepts(version, Scheme::Semver)
    };
    node.version.as_deref().filter(|version| !ENOUGH.iter().any(|text| is_enough(text, version)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_has_to_know_both_parts() {
        for (version, expected) in [
            ("16.20.2", false),
            ("18.18.2", false),
            ("18.19.0", true),
            ("19.9.0", false),
            ("20.5.1", false),
            ("20.6.0", true),
            ("22.1.0", true),
            ("26.0.0", true),
        ] {
            let node = LockedTool {
                version: Some(version.parse().unwrap()),
                ..LockedTool::new(RUNTIME.parse().unwrap(), Requirement::any())
            };
            assert_eq!(old_version(&node).is_none(), expected, "{version}");
        }
    }
}
