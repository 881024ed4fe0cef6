//! `devshell list`: the tools of the environment.

use std::fmt::Write as _;

use clap::Args;
use serde::Serialize;

use super::failure::Failure;
use super::locking::{self, Stale};
use super::road;
use super::{Chosen, Context};
use crate::store::Store;

/// List the tools of the environment, and what they were locked to
#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    chosen: Chosen,
    /// Print JSON
    #[arg(long)]
    json: bool,
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
    let mut project = cx.project()?;
    let manifest = road::read_manifest(&project)?;
    let layer = road::select(&manifest, &arguments.chosen.environments)?;
    let sources = road::sources(cx, &project, &manifest);
    let lock = locking::current(cx, &mut project, &manifest, &sources, Stale::Refuse)?;
    let store = Store::new(&cx.host.directories.data);
    let listed: Vec<Listed> = layer
        .tools
        .iter()
        .filter_map(|tool| {
            let locked = lock.find(&tool.name, &tool.requirement)?;
            let own = || locked.commands.keys().map(ToString::to_string).collect();
            Some(Listed {
                tool: tool.name.to_string(),
                requirement: tool.requirement.to_string(),
                version: locked.version.clone(),
                commands: tool.commands.as_ref().map_or_else(own, |c| c.iter().map(ToString::to_string).collect()),
                installed: (!locked.artifacts.is_empty())
                    .then(|| locked.artifact(cx.host.platform).is_some_and(|artifact| store.has(artifact))),
            })
        })
        .collect();
    let text =
        if arguments.json { serde_json::to_string_pretty(&listed).unwrap_or_default() + "\n" } else { table(&listed) };
    cx.ui.data(text.as_bytes())
}

fn table(listed: &[Listed]) -> String {
    let version = |tool: &Listed| tool.version.clone().unwrap_or_else(|| format!("{} (host)", tool.requirement));
    let width = |of: &dyn Fn(&Listed) -> usize| listed.iter().map(of).max().unwrap_or(0);
    let (names, versions) = (width(&|tool| tool.tool.len()), width(&|tool| version(tool).len()));
    let mut text = String::new();
    for tool in listed {
        let state = if tool.installed == Some(false) { "  (not installed)" } else { "" };
        let line = format!("{:names$}  {:versions$}  {}{state}", tool.tool, version(tool), tool.commands.join(" "));
        let _ = writeln!(text, "{}", line.trim_end());
    }
    text
}
