//! Whether this machine lets walls be built: for isolation `sandbox`, for builds of packages, and for the scripts of Debian
//! packages. One is built to see it.

use devshell_wall::{LandlockWall, probe, try_walls};

use super::Finding;
use crate::host::Host;
use crate::lock::Lock;
use crate::manifest::{Isolation, Manifest, Sandbox};
use crate::sandbox;

const CHECK: &str = "sandbox";

/// For a manifest that uses it or lets packages be built, or a lock with packages that are configured.
pub fn check(host: &Host, manifest: &Manifest, lock: Option<&Lock>) -> Option<Finding> {
    let has_walls = manifest.layers().any(|layer| layer.isolation.is_some_and(Isolation::has_walls));
    let has_builds = manifest.python.as_ref().is_some_and(|python| !python.allow_build.is_empty());
    let configures = lock.is_some_and(|lock| !lock.configuring.is_empty());
    let is_needed = has_walls || has_builds || manifest.sandbox != Sandbox::default();
    if !is_needed && !configures {
        return None;
    }
    if sandbox::around(Some(host)).is_some() {
        return Some(Finding::skipped(CHECK, "not tried in a sandbox"));
    }
    let version = LandlockWall::version();
    let landlock = match &version {
        Ok(version) => format!("Landlock {version}"),
        Err(_) => "no Landlock, or an old one".to_owned(),
    };
    let Err(fault) = try_walls() else {
        return Some(Finding::good(CHECK, format!("can be built; the kernel has {landlock}")));
    };
    let refusal = probe(&fault);
    let hint = refusal.remedy();
    if !is_needed {
        let text = format!("cannot be built: {refusal}; so scripts of Debian packages do not run");
        return Some(Finding { hint, ..Finding::skipped(CHECK, text) });
    }
    Some(if manifest.sandbox.or.is_some() && version.is_ok() {
        let text = format!("weaker here: {landlock} alone, because {refusal}");
        Finding { hint, ..Finding::skipped(CHECK, text) }
    } else {
        Finding::fault(CHECK, format!("cannot be built: {refusal}; the kernel has {landlock}"), hint)
    })
}
