//! `devshell outdated`: what there is newer than the lock, within the manifest's requirements and
//! beyond them.

use clap::Args;
use serde::Serialize;

use super::Context;
use super::failure::{Failure, code};
use super::table::table;
use super::whose::Whose;
use crate::name::ToolName;
use crate::road::Stale;
use crate::source::{self, Newer};
use crate::version::Requirement;

/// List locked tools that have newer versions
#[derive(Args)]
#[command(after_help = "\
Examples:
  devshell outdated
  devshell outdated --check")]
pub struct Arguments {
    /// End with exit code 1 if `devshell update` would move something
    #[arg(long)]
    check: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    whose: Whose,
}

#[derive(Serialize)]
struct Outdated<'l> {
    tool: &'l ToolName,
    requirement: &'l Requirement,
    locked: Option<&'l str>,
    /// What `devshell update` would lock; null when nothing satisfies the requirement any more.
    within: Option<&'l str>,
    /// What `devshell update --latest` would lock.
    newest: Option<&'l str>,
}

pub fn run(cx: &Context, arguments: &Arguments) -> Result<(), Failure> {
    let mut project = arguments.whose.project(cx)?;
    let manifest = cx.road().read_manifest(&project)?;
    let sources = cx.road().sources(&project, &manifest);
    let lock = cx.road().current_lock(&mut project, &manifest, &sources, Stale::Refuse)?;
    let found = source::newer(&lock, &sources).map_err(|errors| Failure::several(code::TOOL, &errors))?;
    let outdated: Vec<Outdated> =
        found.iter().filter(|newer| newer.can_move() || newer.is_held_back()).map(listed).collect();
    if arguments.json {
        cx.ui.json(&outdated)?;
    } else if outdated.is_empty() {
        cx.ui.note("every tool is at its newest version");
    } else {
        let header = ["tool", "requirement", "locked", "within it", "newest"].map(str::to_owned);
        let rows: Vec<[String; 5]> = std::iter::once(header).chain(outdated.iter().map(row)).collect();
        cx.ui.text(&table(&rows))?;
    }
    if arguments.check && found.iter().any(Newer::can_move) {
        let text = "there are newer versions within the requirements";
        return Err(Failure::said(code::NO, text, "`devshell update` moves the lock to them".to_owned()));
    }
    Ok(())
}

fn listed<'l>(newer: &'l Newer) -> Outdated<'l> {
    Outdated {
        tool: &newer.locked.tool,
        requirement: &newer.locked.requirement,
        locked: newer.locked.version.as_deref(),
        within: newer.within.as_deref(),
        newest: newer.newest.as_deref(),
    }
}

fn row(outdated: &Outdated) -> [String; 5] {
    let version = |version: Option<&str>| version.unwrap_or("-").to_owned();
    [
        outdated.tool.to_string(),
        outdated.requirement.to_string(),
        version(outdated.locked),
        version(outdated.within),
        version(outdated.newest),
    ]
}
