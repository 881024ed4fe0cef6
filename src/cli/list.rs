//! `devshell list`: the tools of the environment.

use clap::Args;
use serde::Serialize;

use super::failure::Failure;
use super::table::table;
use super::whose::Whose;
use super::{Context, Environments};
use crate::parallel;
use crate::probe;
use crate::road::{self, Stale};
use crate::store::{Store, There};

/// List the environment's tools, their locked versions and their commands
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
    /// Whether it is in the store for this platform; absent for a tool of the host, which
    /// entering looks for.
    installed: Option<bool>,
}

pub fn run(cx: &Context, arguments: &Arguments) -> Result<(), Failure> {
    let mut project = arguments.whose.project(cx)?;
    let manifest = cx.road().read_manifest(&project)?;
    let layer = road::select(&manifest, &arguments.chosen.names(cx, &project))?;
    let sources = cx.road().sources(&project, &manifest);
    let lock = cx.road().current_lock(&mut project, &manifest, &sources, Stale::Refuse)?;
    let store = Store::new(&cx.host.directories.data);
    let chosen: Vec<_> = lock.chosen(&layer).collect();
    let environments = cx.road().uv().programs_there(&lock, &chosen);
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
            installed,
        }
    });
    if listed.is_empty() && manifest.python.is_none() {
        cx.ui.note("the environment has no tools; `devshell add TOOL` adds one");
    }
    if arguments.json { cx.ui.json(&listed) } else { cx.ui.text(&table(&listed.iter().map(row).collect::<Vec<_>>())) }
}

fn row(tool: &Listed) -> [String; 3] {
    let version = match (&tool.version, tool.installed) {
        (Some(version), None) => format!("{version} (host)"),
        (version, _) => version.clone().unwrap_or_else(|| format!("{} (host)", tool.requirement)),
    };
    let state = if tool.installed == Some(false) { "  (not installed)" } else { "" };
    let with = if tool.with.is_empty() { String::new() } else { format!("  (with {})", tool.with.join(", ")) };
    [tool.tool.clone(), version, format!("{}{with}{state}", tool.commands.join(" "))]
}
