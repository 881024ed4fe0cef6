//! Whether this machine lets the walls of isolation `sandbox` be built. One is built to see it.

use devshell_wall::{landlock_version, probe, try_walls};

use super::Finding;
use crate::manifest::{Isolation, Manifest, Sandbox};

const CHECK: &str = "sandbox";

/// For a manifest that uses it.
pub fn check(manifest: &Manifest) -> Option<Finding> {
    let mut layers = std::iter::once(&manifest.default).chain(manifest.environments.values());
    let has_walls = layers.any(|layer| layer.isolation.is_some_and(Isolation::has_walls));
    if !has_walls && manifest.sandbox == Sandbox::default() {
        return None;
    }
    let landlock = landlock_version().map_or_else(|| "no Landlock".to_owned(), |version| format!("Landlock {version}"));
    let Err(fault) = try_walls() else {
        return Some(Finding::good(CHECK, format!("can be built; the kernel has {landlock}")));
    };
    let refusal = probe(&fault);
    let hint = refusal.remedy();
    Some(if manifest.sandbox.or.is_some() && landlock_version().is_some() {
        let text = format!("weaker here: {landlock} alone, because {refusal}");
        Finding { hint, ..Finding::skipped(CHECK, text) }
    } else {
        Finding::fault(CHECK, format!("cannot be built: {refusal}; the kernel has {landlock}"), hint)
    })
}
