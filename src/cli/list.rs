//! `devshell list`: the tools of the environment, and the project's Python.

use std::collections::BTreeMap;

use clap::Args;
use serde::Serialize;

use super::failure::Failure;
use super::table::table;
use super::tried;
use super::whose::Whose;
use super::{Context, Environments, Level};
use crate::lock::Provenance;
use crate::manifest::{Layer, base_utilities};
use crate::parallel;
use crate::probe;
use crate::project::Project;
use crate::road::{self, Locked, RoadError, Stale};
use crate::store::{Store, There};

/// List the environment's tools and its Python, with their locked versions
#[derive(Args)]
#[command(after_help = "\
Examples:
  devshell list
  devshell list --json")]
pub struct Arguments {
    #[command(flatten)]
    chosen: Environments,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// Also print where tools were made, and which commands of Debian packages may not work and why, or start in place
    #[arg(short, long)]
    verbose: bool,
    #[command(flatten)]
    whose: Whose,
}

#[derive(Serialize)]
struct Listed {
    tool: String,
    requirement: String,
    /// For a tool of the host, the one that is there; absent when that is not known.
    version: Option<String>,
    commands: Vec<String>,
    /// The packages that the manifest installs beside it; absent without any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    with: Vec<String>,
    /// Where its files were made, as their attestation says; absent without any.
    #[serde(skip_serializing_if = "Option::is_none")]
    provenance: Option<Provenance>,
    /// Whether it is in the store for this platform; absent for a tool of the host, which
    /// entering looks for.
    installed: Option<bool>,
    /// The packages of the project's Python, with their versions; absent for a tool.
    #[serde(skip_serializing_if = "Option::is_none")]
    packages: Option<BTreeMap<String, String>>,
}

pub fn run(cx: &Context, arguments: &Arguments) -> Result<(), Failure> {
    let mut project = arguments.whose.project(cx)?;
    let manifest = cx.road().read_manifest(&project)?;
    let layer = arguments.chosen.selection(cx, &project, &Level::default(), false).layer(&manifest)?;
    let sources = cx.road().sources(&project, &manifest);
    let lock = cx.road().current_lock(&mut project, &manifest, &sources, Stale::Refuse)?;
    let lock = cx.road().as_used_here(lock, &manifest);
    let store = Store::new(&cx.host.directories.data);
    let chosen: Vec<_> = lock.chosen(&layer).collect();
    let locked = Locked { project: &project, manifest: &manifest, lock: &lock };
    let uv = cx.road().uv().with_c_library(cx.road().store_there(locked).c_library().cloned());
    let environments = uv.programs_there(&lock, &chosen);
    let there = There { store: &store, host: &cx.host, environments: &environments };
    // A program of the host takes its time to print its version.
    let listed: Vec<Listed> = parallel::map(&chosen, parallel::processors(), |one| {
        let installed = there.has(one);
        let of_host = || if installed.is_none() { probe::version(&cx.host, one.wish) } else { None };
        Listed {
            tool: one.wish.name.to_string(),
            requirement: one.wish.requirement.to_string(),
            version: one.locked.version.as_deref().map(str::to_owned).or_else(of_host),
            commands: there.commands(one).iter().map(ToString::to_string).collect(),
            with: one.wish.additions().iter().map(ToString::to_string).collect(),
            provenance: one.locked.provenance.clone(),
            installed,
            packages: None,
        }
    });
    if listed.is_empty() && manifest.python.is_none() && layer.nix.is_none() {
        cx.ui.note("the environment has no tools; `devshell add TOOL` adds one");
    }
    let python = lock.python.as_ref().filter(|_| manifest.python.is_some()).map(|python| Listed {
        tool: "python".to_owned(),
        requirement: python.wish.requirement.to_string(),
        version: python.version.as_deref().map(str::to_owned),
        commands: vec!["python".to_owned(), "python3".to_owned()],
        with: Vec::new(),
        provenance: None,
        installed: python.version.is_some().then(|| uv.has_project(&lock)),
        packages: Some(
            road::lock::python::packages(python)
                .into_iter()
                .map(|(name, version)| (name.to_owned(), version))
                .collect(),
        ),
    });
    let nix = nix(cx, &project, &layer)?;
    let listed: Vec<Listed> = python.into_iter().chain(listed).chain(nix).collect();
    show(cx, arguments, &listed)?;
    if arguments.verbose {
        for tool in &listed {
            if let Some(provenance) = &tool.provenance {
                cx.ui.note(&format!("{} was {provenance}", tool.tool));
            }
        }
        let tried = tried::all(cx, &chosen).map_err(RoadError::from)?;
        tried.iter().flat_map(tried::lines).for_each(|line| cx.ui.note(&line));
    }
    Ok(())
}

/// The dev shell of Nix, whose file has no versions.
fn nix(cx: &Context, project: &Project, layer: &Layer) -> Result<Option<Listed>, Failure> {
    let Some(nix) = &layer.nix else { return Ok(None) };
    let is_kept = cx.road().nix_to_come(project, layer)?.is_none();
    Ok(Some(Listed {
        tool: NIX.to_owned(),
        requirement: nix.to_string(),
        version: None,
        commands: Vec::new(),
        with: Vec::new(),
        provenance: None,
        installed: Some(is_kept),
        packages: None,
    }))
}

/// What the dev shell of Nix is called among the tools.
const NIX: &str = "nix";

fn show(cx: &Context, arguments: &Arguments, listed: &[Listed]) -> Result<(), Failure> {
    if arguments.json { cx.ui.json(&listed) } else { cx.ui.text(&table(&listed.iter().map(row).collect::<Vec<_>>())) }
}

/// Whether it is a tool of some hundred commands that every system has.
fn is_base(tool: &Listed) -> bool {
    tool.tool == base_utilities().as_str()
}

fn row(tool: &Listed) -> [String; 3] {
    let version = match (&tool.version, tool.installed) {
        (Some(version), None) => format!("{version} (host)"),
        (None, Some(_)) => tool.requirement.clone(),
        (version, _) => version.clone().unwrap_or_else(|| format!("{} (host)", tool.requirement)),
    };
    let state = match tool.installed {
        Some(false) if tool.tool == NIX => "  (not evaluated)",
        Some(false) => "  (not installed)",
        _ => "",
    };
    let with = if tool.with.is_empty() { String::new() } else { format!("  (with {})", tool.with.join(", ")) };
    let provided = match tool.packages.as_ref().map(BTreeMap::len) {
        None if is_base(tool) => format!("base utilities, {} commands", tool.commands.len()),
        None if tool.tool == NIX => "its dev shell".to_owned(),
        None => tool.commands.join(" "),
        Some(0) => String::new(),
        Some(1) => "1 package".to_owned(),
        Some(count) => format!("{count} packages"),
    };
    [tool.tool.clone(), version, format!("{provided}{with}{state}")]
}
