//! `devshell list`: the tools of the environment.

use clap::Args;
use serde::Serialize;

use super::failure::Failure;
use super::locking::{self, Stale};
use super::personal::Whose;
use super::road;
use super::table::table;
use super::{Chosen, Context};
use crate::lock::LockedTool;
use crate::store::Store;

/// List the environment's tools, their locked versions and their commands
#[derive(Args)]
#[command(after_help = "\
Examples:
  devshell list
  devshell list --json")]
pub struct Arguments {
    #[command(flatten)]
    chosen: Chosen,
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
    /// Absent for a tool of the host.
    version: Option<String>,
    commands: Vec<String>,
    /// Whether it is in the store for this platform; absent for a tool of the host, which
    /// entering looks for.
    installed: Option<bool>,
}

pub fn run(cx: &Context, arguments: &Arguments) -> Result<(), Failure> {
    let mut project = arguments.whose.project(cx)?;
    let manifest = road::read_manifest(cx, &project)?;
    let layer = road::select(&manifest, &arguments.chosen.environments)?;
    let sources = road::sources(cx, &project, &manifest);
    let lock = locking::current(cx, &mut project, &manifest, &sources, Stale::Refuse)?;
    let store = Store::new(&cx.host.directories.data);
    let has_programs = lock.tools.iter().any(LockedTool::is_environment);
    let environments = has_programs.then(|| road::uv(cx).programs_there(&lock, &layer));
    let listed: Vec<Listed> = layer
        .tools
        .iter()
        .filter_map(|tool| {
            let locked = lock.find(&tool.name, &tool.requirement)?;
            let in_environment = environments.as_ref().and_then(|there| there.get(&tool.name));
            let own = || match &tool.download {
                None if locked.is_environment() => {
                    in_environment.map(|programs| programs.own.keys().cloned().collect()).unwrap_or_default()
                }
                // Where its commands lie is seen when it is there.
                download if download.is_some() || locked.suite.is_some() => {
                    store.downloaded_commands(locked, tool, cx.host.platform)
                }
                _ => locked.commands.keys().cloned().collect(),
            };
            let commands = tool.commands.clone().unwrap_or_else(own);
            Some(Listed {
                tool: tool.name.to_string(),
                requirement: tool.requirement.to_string(),
                version: locked.version.as_deref().map(str::to_owned),
                commands: commands.iter().map(ToString::to_string).collect(),
                installed: (!locked.artifacts.is_empty()).then(|| match &environments {
                    Some(there) if locked.is_environment() => there.contains_key(&tool.name),
                    _ => store.has_tool(locked, cx.host.platform),
                }),
            })
        })
        .collect();
    if arguments.json { cx.ui.json(&listed) } else { cx.ui.text(&table(&listed.iter().map(row).collect::<Vec<_>>())) }
}

fn row(tool: &Listed) -> [String; 3] {
    let version = tool.version.clone().unwrap_or_else(|| format!("{} (host)", tool.requirement));
    let state = if tool.installed == Some(false) { "  (not installed)" } else { "" };
    [tool.tool.clone(), version, format!("{}{state}", tool.commands.join(" "))]
}
