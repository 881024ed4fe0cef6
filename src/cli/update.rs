//! `devshell update`: moves the lock on purpose, within the manifest's requirements or, if that is
//! asked for, these too.

use clap::Args;
use serde::Serialize;

use super::failure::{Failure, code};
use super::whose::Whose;
use super::{Context, tool_names};
use crate::lock::{self, Lock, LockedTool, Provenance};
use crate::manifest::{self, Layer, Manifest, Tool};
use crate::name::ToolName;
use crate::project::Project;
use crate::road;
use crate::source::{self, Change, Moves, OtherPublisher, Source, Sources};
use crate::version::{Requirement, Scheme};

/// Move the lock to the newest versions that the manifest accepts
#[derive(Args)]
#[command(after_help = "\
Examples:
  devshell update node
  devshell update --latest --dry-run")]
pub struct Arguments {
    /// A tool, by its name in the manifest [default: every tool]
    #[arg(value_name = "TOOL")]
    tools: Vec<String>,
    /// Move the manifest's requirements too, to the newest versions
    #[arg(long)]
    latest: bool,
    /// Write nothing; only print what would change
    #[arg(long)]
    dry_run: bool,
    /// Accept that these tools were made elsewhere than before, or have no attestation any more
    #[arg(long)]
    accept_publisher: bool,
    /// Print the changes as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    whose: Whose,
}

/// A change as JSON shows it.
#[derive(Serialize)]
pub struct Moved<'c> {
    tool: &'c ToolName,
    before: Option<State<'c>>,
    after: Option<State<'c>>,
}

#[derive(Serialize)]
struct State<'c> {
    requirement: &'c Requirement,
    version: Option<&'c str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    provenance: Option<&'c Provenance>,
}

pub fn run(cx: &Context, arguments: &Arguments) -> Result<Project, Failure> {
    let mut project = arguments.whose.project(cx)?;
    let before = cx.road().read_manifest(&project)?;
    let previous = road::lock::read(&project)?;
    let named = named(&before, &previous, &arguments.tools)?;
    let is_meant = |tool: &ToolName| named.is_empty() || named.contains(tool);
    let sources = cx.road().sources(&project, &before);
    let text = if arguments.latest {
        raised(cx, &project, &before, &sources, is_meant)?
    } else {
        project.manifest_text.clone()
    };
    let manifest = cx.road().parse_edited(&project, &text)?;
    let is_moving = |locked: &LockedTool| is_meant(&locked.tool);
    let refuses = |mut others: Vec<OtherPublisher>| {
        others.retain(|other| !(arguments.accept_publisher && is_meant(&other.tool.tool)));
        if others.is_empty() || arguments.dry_run || agrees(cx, &others) { Vec::new() } else { others }
    };
    let moves = Moves { tools: &is_moving, python: is_meant(&python()), refuses: &refuses };
    let updated = road::lock::update_moving(&project, &manifest, &previous, (&moves, &sources))?;
    if !arguments.dry_run {
        write(&mut project, text, lock::write(&updated.lock))?;
    }
    if arguments.json {
        cx.ui.json(&updated.changes.iter().filter_map(moved).collect::<Vec<_>>())?;
    }
    cx.road().note_changes(&updated, &sources);
    match (updated.changes.is_empty() && updated.python.is_none(), arguments.dry_run) {
        (true, _) => cx.ui.note("nothing to move"),
        (false, true) => cx.ui.note("nothing is written, because of --dry-run"),
        (false, false) => cx.note_reload(&project),
    }
    Ok(project)
}

/// Asks a person whether other publishers than before are right.
fn agrees(cx: &Context, others: &[OtherPublisher]) -> bool {
    let terminals = &cx.host.terminals;
    if !(terminals.stdin && terminals.stderr) || cx.host.is_under_ci() {
        return false;
    }
    for other in others {
        cx.ui.note(&other.to_string());
    }
    cx.ui.confirm("lock it anyway?")
}

/// What the interpreter and the packages of a project are called.
fn python() -> ToolName {
    "python".parse().expect("it is a tool name")
}

/// The tools that the words name: those of the manifest, and what the lock holds to run them.
fn named(manifest: &Manifest, lock: &Lock, words: &[String]) -> Result<Vec<ToolName>, Failure> {
    let python = lock.python.as_ref().map(|_| python());
    let tools = || manifest.all_tools().map(|tool| &tool.name).chain(lock.tools.iter().map(|locked| &locked.tool));
    let known = || tools().chain(&python);
    let name = |word: &String| {
        let name = tool_names::parse(word)?;
        if known().any(|known| *known == name) {
            return Ok(name);
        }
        Err(tool_names::unknown(&name, tool_names::did_you_mean(word, known())))
    };
    words.iter().map(name).collect()
}

/// The manifest's text with the requirements of the tools that are meant moved to what is newest.
fn raised(
    cx: &Context,
    project: &Project,
    manifest: &Manifest,
    sources: &Sources,
    is_meant: impl Fn(&ToolName) -> bool,
) -> Result<String, Failure> {
    let default: (Option<&str>, &Layer) = (None, &manifest.default);
    let others = manifest.environments.iter().map(|(name, layer)| (Some(name.as_str()), layer));
    let layers = std::iter::once(default).chain(others);
    let meant: Vec<(Option<&str>, &Tool)> = layers
        .flat_map(|(environment, layer)| layer.tools.iter().map(move |tool| (environment, tool)))
        .filter(|(_, tool)| is_meant(&tool.name))
        // What a file of its own says is not the manifest's to raise.
        .filter(|(_, tool)| tool.toolchain().is_none_or(|toolchain| toolchain.file.is_none()))
        .collect();
    let names: Vec<&ToolName> = meant.iter().map(|(_, tool)| &tool.name).collect();
    let newest = source::newest(&names, sources).map_err(|errors| Failure::several(code::TOOL, &errors))?;
    let mut text = project.manifest_text.clone();
    for ((environment, Tool { name, requirement, .. }), newest) in meant.into_iter().zip(newest) {
        let scheme = sources.of_tool(name).map_or(Scheme::Semver, Source::scheme);
        let Some(newest) = newest.filter(|newest| !requirement.accepts(newest, scheme)) else { continue };
        let Some(raised) = requirement.raised_to(&newest, scheme) else {
            cx.ui.note(&format!("`{name}` stays at `{requirement}`; the newest is {newest}"));
            continue;
        };
        text = manifest::add_tool(&text, environment, name, Some(&raised), &[])
            .map_err(|error| Failure::said(code::MANIFEST, error.to_string(), None))?;
    }
    Ok(text)
}

/// Writes what has changed, and nothing else.
fn write(project: &mut Project, manifest: String, lock: String) -> Result<(), Failure> {
    if manifest != project.manifest_text {
        project.write_both(manifest, lock)?;
    } else if !project.lock_text()?.is_some_and(|text| crate::lock::is_same(text, &lock)) {
        project.write_lock(lock)?;
    }
    Ok(())
}

/// A change as data.
pub fn moved(change: &Change) -> Option<Moved<'_>> {
    fn state(locked: &LockedTool) -> State<'_> {
        let (version, provenance) = (locked.version.as_deref(), locked.provenance.as_ref());
        State { requirement: &locked.requirement, version, provenance }
    }
    let tool = &change.after.as_ref().or(change.before.as_ref())?.tool;
    Some(Moved { tool, before: change.before.as_ref().map(state), after: change.after.as_ref().map(state) })
}
