//! What of the lock is in the store, as after a CI system has restored it, and what else is there.

use super::{Finding, counted};
use crate::cli::ui::size;
use crate::cli::{Context, Environments, Level, progress};
use crate::hint::Hint as _;
use crate::lock::{Chosen, Lock};
use crate::manifest::Manifest;
use crate::project::Project;
use crate::python::Uv;
use crate::store::{Garbage, Keep, Kind, LayoutError, Store, There};

const CHECK: &str = "tools";

/// Whether all that the chosen environments need is there, and how much is of other locks.
pub fn checks(
    cx: &Context,
    (project, manifest, lock): (&Project, &Manifest, &Lock),
    environments: &Environments,
) -> Vec<Finding> {
    let selection = environments.selection(cx, project, &Level::default(), false);
    let names = &selection.environments;
    let there = match selection.layer(manifest) {
        Ok(layer) => {
            let chosen: Vec<Chosen> = lock.chosen(&layer).collect();
            there(cx, manifest, lock, &chosen, names)
        }
        Err(error) => Finding::fault(CHECK, error.to_string(), error.hint()),
    };
    vec![there, others(cx, project, manifest, lock)]
}

fn there(cx: &Context, manifest: &Manifest, lock: &Lock, chosen: &[Chosen], names: &[String]) -> Finding {
    let (lacking, count) = match lacking(cx, manifest, lock, chosen) {
        Ok(found) => found,
        Err(error) => return Finding::fault(CHECK, error.to_string(), error.hint()),
    };
    match count {
        0 => Finding::good(CHECK, "none has to be installed"),
        _ if lacking.is_empty() => Finding::good(CHECK, format!("{count} of {count} are installed")),
        _ => {
            let text = format!("{} of {count} are not installed: {}", lacking.len(), lacking.join(", "));
            let options: String = names.iter().map(|name| format!(" -e {name}")).collect();
            Finding::fault(CHECK, text, format!("`devshell install{options}`"))
        }
    }
}

/// The tools that are not installed, and how many can be.
fn lacking(
    cx: &Context,
    manifest: &Manifest,
    lock: &Lock,
    chosen: &[Chosen],
) -> Result<(Vec<String>, usize), LayoutError> {
    let (store, host) = (Store::new(&cx.host.directories.data), &cx.host);
    let uv = Uv::new(host, &cx.http, progress::of(&cx.ui));
    let environments = uv.programs_there(lock, chosen);
    let there = There { store: &store, host, environments: &environments };
    let (mut lacking, mut count) = (Vec::new(), 0);
    for one in chosen {
        let needed = Store::needed(std::slice::from_ref(one), host.platform)?;
        let Some(is_there) = there.has(one) else { continue };
        count += 1;
        if !is_there || needed.into_iter().any(|artifact| !store.has(artifact)) {
            let version = one.locked.version.as_deref().map(|version| format!(" {version}"));
            lacking.push(format!("{}{}", one.wish.name, version.unwrap_or_default()));
        }
    }
    if manifest.python.is_some() {
        count += 1;
        lacking.extend((!uv.has_project(lock)).then(|| "the project's Python".to_owned()));
    }
    Ok((lacking, count))
}

/// What `gc --only-here` would delete.
fn others(cx: &Context, project: &Project, manifest: &Manifest, lock: &Lock) -> Finding {
    const CHECK: &str = "other tools";
    let store = Store::new(&cx.host.directories.data);
    let here = match cx.road().needed_here(project, manifest, lock) {
        Ok(here) => here,
        Err(error) => return Finding::skipped(CHECK, error.to_string()),
    };
    let keep = Keep { days: u32::MAX, here: Some(here) };
    let garbage = match store.garbage(&cx.host.directories, &keep) {
        Ok(garbage) => garbage,
        Err(error) => return Finding::skipped(CHECK, format!("the store cannot be read: {error}")),
    };
    let is_object = |garbage: &&Garbage| garbage.kind == Kind::Object;
    let bytes = garbage.iter().map(|garbage| garbage.bytes).sum();
    match garbage.iter().filter(is_object).count() {
        0 => Finding::good(CHECK, "no object of another lock"),
        count => {
            let text = format!(
                "{} of other locks; `devshell gc --only-here --yes` frees {}",
                counted(count, "object"),
                size(bytes)
            );
            Finding::good(CHECK, text)
        }
    }
}
