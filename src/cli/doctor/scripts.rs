//! The scripts of Debian packages: which of them did not run, and which failed.

use std::collections::BTreeSet;

use super::Finding;
use crate::builder::Configurer;
use crate::cli::Context;
use crate::lock::{Chosen, Lock};
use crate::manifest::Manifest;
use crate::road::Selection;
use crate::store::{Scripts, Store};

const CHECK: &str = "Debian packages";

/// For all environments of a manifest.
pub fn checks(cx: &Context, manifest: &Manifest, lock: &Lock) -> Vec<Finding> {
    let store = Store::new(&cx.host.directories.data);
    let layers = Selection::each(manifest).filter_map(|selection| selection.layer(manifest).ok());
    let of_layers = layers.flat_map(|layer| {
        let chosen: Vec<Chosen> = lock.chosen(&layer).collect();
        store.scripts(&chosen, cx.host.platform).unwrap_or_default()
    });
    let (mut not_run, mut unlocked, mut failed) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for Scripts { not_run: packages, failed: failures, is_locked } in of_layers {
        if is_locked { &mut not_run } else { &mut unlocked }.extend(packages);
        failed.extend(failures.into_iter().map(|failure| {
            let last = failure.lines.last().map(|line| format!(": {}", line.trim())).unwrap_or_default();
            format!("{}{last}", failure.package)
        }));
    }
    let missing = |packages: BTreeSet<String>, why: &str| {
        let list = packages.into_iter().collect::<Vec<_>>().join(", ");
        format!(
            "not run{why}: the scripts of {list}; what they would have set up, such as users, caches and defaults, is missing"
        )
    };
    let mut found = Vec::new();
    if !not_run.is_empty() {
        let configurer = Configurer::new(&cx.host);
        let why = store.refuses_to_configure(&configurer).map(|why| format!(", because {why}")).unwrap_or_default();
        let hint = (why.is_empty() && cx.host.platform.runs_here()).then(|| "`devshell install` runs them".to_owned());
        found.push(Finding { hint, ..Finding::skipped(CHECK, missing(not_run, &why)) });
    }
    if !unlocked.is_empty() {
        let hint = Some("`devshell lock` also locks what runs them".to_owned());
        found.push(Finding { hint, ..Finding::skipped(CHECK, missing(unlocked, "")) });
    }
    found.extend(failed.into_iter().map(|text| Finding::skipped(CHECK, format!("could not be configured: {text}"))));
    found
}
