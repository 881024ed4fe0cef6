//! `devshell gc`: what has not been used for long, and how much space it takes; deletes it on request.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use clap::Args;
use serde::Serialize;

use super::Context;
use super::failure::{Failure, Report, code};
use super::ui::size;
use crate::store::{self, Garbage, Here, InUse, Keep, Kind, Store};

/// How many days what was used stays by default.
const USUAL: u32 = 30;

/// Delete what has not been used for a while; without --yes, only list it
///
/// On a terminal, devshell asks before it deletes. It keeps everything that a running process uses,
/// however old, and never touches the projects' state (DEVSHELL_STATE). --only-here is for the cache of a CI system: all
/// other projects on this machine have to fetch their tools again.
#[derive(Args)]
#[command(after_help = "\
Examples:
  devshell gc
  devshell gc --older-than 90 --yes
  devshell gc --all
  devshell gc --only-here --yes   # in CI, before the store is saved")]
pub struct Arguments {
    /// Keep anything used in the last DAYS days
    #[arg(long, value_name = "DAYS", default_value_t = USUAL)]
    older_than: u32,
    /// Keep only what running processes use, as `--older-than 0` does
    #[arg(short, long, conflicts_with = "older_than")]
    all: bool,
    /// Keep only what this project's lock names for this platform, in any of its environments, and what is in use; outside
    /// CI, also your personal tools
    #[arg(long, conflicts_with_all = ["older_than", "all"])]
    only_here: bool,
    /// Delete without asking
    #[arg(short, long, visible_alias = "delete")]
    yes: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Outcome<'g> {
    deleted: bool,
    bytes: u64,
    items: Vec<Item<'g>>,
}

#[derive(Serialize)]
struct Item<'g> {
    kind: &'static str,
    path: std::borrow::Cow<'g, str>,
    bytes: u64,
}

impl Arguments {
    /// What stays besides what is in use.
    fn keep(&self, cx: &Context) -> Result<Keep, Failure> {
        let days = if self.all { 0 } else { self.older_than };
        Ok(Keep { days, here: if self.only_here { Some(here(cx)?) } else { None } })
    }

    /// The command line that deletes what these arguments select.
    fn again(&self) -> String {
        let selected = match self.older_than {
            _ if self.only_here => " --only-here".to_owned(),
            _ if self.all => " --all".to_owned(),
            USUAL => String::new(),
            days => format!(" --older-than {days}"),
        };
        format!("devshell gc{selected} --yes")
    }

    /// What is asked before it is done.
    fn question(&self, bytes: u64) -> String {
        let others = if self.only_here { ", which other projects may have to fetch again," } else { "" };
        format!("delete this{others} and free {}?", size(bytes))
    }
}

impl<'g> Item<'g> {
    fn of(garbage: &'g Garbage) -> Self {
        Self { kind: name(garbage.kind), path: garbage.path().to_string_lossy(), bytes: garbage.bytes }
    }
}

pub fn run(cx: &Context, arguments: &Arguments) -> Result<(), Failure> {
    let store = Store::new(&cx.host.directories.data);
    let (directories, keep) = (&cx.host.directories, arguments.keep(cx)?);
    let found = store.garbage(directories, &keep)?;
    let is_ageless = keep.days == 0 || keep.here.is_some();
    if is_ageless {
        say_what_stays(cx, &store, &keep)?;
    }
    if found.is_empty() {
        cx.ui.note(&match keep.days {
            _ if is_ageless => "there is nothing else to delete".to_owned(),
            days => format!("everything was used within {days} days"),
        });
    }
    let is_certain = arguments.yes && !found.is_empty();
    if !is_certain {
        show(cx, arguments, &found)?;
        let is_asked = !arguments.json && cx.host.terminals.stdin && cx.host.terminals.stderr && !cx.host.is_under_ci();
        let bytes = total(&found);
        if found.is_empty() || is_asked && !cx.ui.confirm(&arguments.question(bytes)) {
            return Ok(());
        }
        if !is_asked {
            cx.ui.note(&format!("`{}` frees {}", arguments.again(), size(bytes)));
            return Ok(());
        }
    }
    if !store::processes_are_visible() {
        let text = "`/proc` cannot be read, so devshell cannot see which running processes use the store";
        return Err(Failure::said(code::NO, text, "mount it: `mount -t proc proc /proc`".to_owned()));
    }
    let swept = store.sweep(directories, &keep, &found)?;
    if is_certain {
        show(cx, arguments, &swept.gone)?;
    }
    cx.ui.note(&format!("freed {}", size(total(&swept.gone))));
    if swept.failed.is_empty() {
        return Ok(());
    }
    let text = |error: &std::io::Error| format!("it cannot be deleted: {error}");
    let report = |error| Report::Message { text: text(error), causes: Vec::new(), hint: None };
    Err(Failure { code: code::NO, reports: swept.failed.iter().map(report).collect() })
}

/// What the project here needs, whose lock has to be current: what it would name is deleted otherwise.
fn here(cx: &Context) -> Result<Here, Failure> {
    let (project, manifest, lock) = cx.locked()?;
    Ok(cx.road().needed_here(&project, &manifest, &lock)?)
}

/// Says what of the store stays although everything is to go, and why.
fn say_what_stays(cx: &Context, store: &Store, keep: &Keep) -> Result<(), Failure> {
    let InUse { needed, processes, projects, homes } = store.in_use(&cx.host.directories, keep)?;
    if needed > 0 {
        cx.ui.note(&format!("{} stays: this project needs it", size(needed)));
    }
    if processes > 0 {
        let whose = match projects.as_slice() {
            [] => String::new(),
            projects => format!(", in {}", projects.iter().map(|it| format!("`{it}`")).collect::<Vec<_>>().join(", ")),
        };
        cx.ui.note(&format!("{} stays: running processes use it{whose}", size(processes)));
    }
    if homes > 0 {
        cx.ui.note(&format!("{} stays: virtual environments in projects need these Pythons", size(homes)));
    }
    Ok(())
}

fn total(garbage: &[Garbage]) -> u64 {
    garbage.iter().map(|garbage| garbage.bytes).sum()
}

/// Prints a line for each kind, or each item when everything is asked for.
fn show(cx: &Context, arguments: &Arguments, garbage: &[Garbage]) -> Result<(), Failure> {
    if arguments.json {
        let items = garbage.iter().map(Item::of).collect();
        return cx.ui.json(&Outcome { deleted: arguments.yes, bytes: total(garbage), items });
    }
    let mut kinds: BTreeMap<Kind, (usize, u64)> = BTreeMap::new();
    for garbage in garbage {
        let (count, bytes) = kinds.entry(garbage.kind).or_default();
        *count += 1;
        *bytes += garbage.bytes;
        cx.ui.detail(|| format!("{} {}", name(garbage.kind), garbage.path().display()));
    }
    let mut text = String::new();
    for (kind, (count, bytes)) in kinds {
        let _ = writeln!(text, "{:<9}  {count:>5}  {:>10}", name(kind), size(bytes).to_string());
    }
    cx.ui.text(&text)
}

/// How output calls a kind.
fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::Object => "object",
        Kind::Build => "build",
        Kind::Python => "python",
        Kind::Links => "links",
        Kind::Root => "root",
        Kind::Nix => "nix",
        Kind::Cache => "cache",
        Kind::Leftover => "leftover",
    }
}
