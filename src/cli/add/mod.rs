//! `devshell add`: a tool into the manifest, the lock and the store.

mod along;
mod archive;
mod compatible;
mod fallback;
mod followed;
mod host;
mod python;
mod refused;
mod suites;
mod toolchain;
mod unknown;
mod wishes;

use std::str::FromStr as _;

use clap::Args;

use self::compatible::compatible;
use self::followed::Followed;
use self::suites::Suites;
use self::wishes::Wish;
use super::Context;
use super::failure::{Failure, code};
use super::tried;
use super::whose::Whose;
use crate::catalog::pinned;
use crate::lock::{self, Lock};
use crate::manifest::{self, Manifest, PythonOrigin, Said, Takes};
use crate::name::{Suite, ToolName};
use crate::project::Project;
use crate::road::{self, RoadError, Selection, Stale};
use crate::source::{Sources, Updated};
use crate::version::Requirement;

/// Add tools to the manifest, lock and fetch them
#[derive(Args)]
#[command(after_help = "\
Examples:
  devshell add node prettier@3
  devshell add python@3.13
  devshell add deb:jq --suite trixie
  devshell add npm:eslint --with npm:@eslint/js")]
pub struct Arguments {
    /// A tool, with or without a version requirement: node, node@22, npm:prettier@^3, host:docker;
    /// `python@3.13` writes the `python` block
    #[arg(value_name = "TOOL", required = true)]
    tools: Vec<String>,
    /// Add to the environment NAME; create it if it does not exist
    #[arg(short, long, value_name = "NAME", conflicts_with = "personal")]
    environment: Option<String>,
    /// Where `url:NAME@VERSION` is published: a URL with {version}, {os} and {arch}
    #[arg(long, value_name = "ADDRESS")]
    url: Option<String>,
    /// The Debian release of `deb:NAME`, by its codename: trixie
    #[arg(long, value_name = "CODENAME")]
    suite: Option<Suite>,
    /// Install PACKAGE beside the tool, from the tool's own source: a plugin, npm:@eslint/js@^9
    #[arg(long, value_name = "PACKAGE", num_args = 1..)]
    with: Vec<String>,
    /// Where `python` comes from: a pinned build of uv's, the host, or Debian
    #[arg(long, value_name = "ORIGIN", value_parser = PythonOrigin::from_str)]
    from: Option<PythonOrigin>,
    #[command(flatten)]
    whose: Whose,
}

/// Adds all of the tools, or, if one of them cannot be added, none.
pub fn run(cx: &Context, arguments: &Arguments) -> Result<Project, Failure> {
    add(cx, arguments).map_err(|failure| refused::with_rest(failure, &arguments.tools))
}

fn add(cx: &Context, arguments: &Arguments) -> Result<Project, Failure> {
    let (mut project, before) = archive::settled(cx, arguments)?;
    let environment = arguments.environment.as_deref();
    let environments: Vec<String> = arguments.environment.iter().cloned().collect();
    let there = if environment.is_none() { Some(&before.default) } else { before.environments.get(&environments[0]) };
    let mut words = arguments.tools.clone();
    let block = python::taken_out(cx, arguments, &mut words, (&project, &before))?;
    let (mut wishes, mut followed) = wishes::of(cx, arguments, &words, (&project, &before, there))?;
    if wishes.is_empty() && block.is_none() {
        return Ok(project);
    }
    let with = wishes::additions(arguments, &wishes, there)?;
    let layers: Vec<_> = there.into_iter().chain([&before.default]).collect();
    let came_along = along::of(cx, &wishes, &layers, &cx.road().sources(&project, &before));
    wishes.extend(came_along.iter().map(|name| (name.clone(), None)));
    let suites = Suites::of(cx, arguments, &wishes, (&project, &before), there)?;
    let files = toolchain::files(cx, &project, &wishes)?;
    let previous = road::lock::read(&project)?;
    let edited = |wishes: &[Wish], found: Option<&Lock>, requirement_of: &dyn Fn(&ToolName) -> Option<Requirement>| {
        let as_it_is = || Ok(project.manifest_text.clone());
        let with_block = |block: &python::Block| block.written(cx, &project.manifest_text, &before, found);
        let text = block.as_ref().map_or_else(as_it_is, with_block)?;
        wishes.iter().try_fold(text, |text, (name, asked)| {
            let newest = || requirement_of(name).unwrap_or_else(Requirement::any);
            let requirement = (!files.contains_key(name)).then(|| asked.clone().unwrap_or_else(newest));
            let more = details(arguments.url.as_ref(), suites.get(name), &with, files.get(name));
            let edited = manifest::add_tool(&text, environment, name, requirement.as_ref(), &more);
            edited.map_err(|error| Failure::said(code::MANIFEST, error.to_string(), None))
        })
    };
    // First with `*` where no version was asked for, to learn which one that is today; then
    // with the requirement that follows from it. Nothing is written before all is known.
    let plain = |wishes: &[Wish]| edited(wishes, None, &|_| None);
    let first = cx.road().parse_edited(&project, &plain(&wishes)?).map_err(|error| refused::failure(error, &wishes))?;
    let seen = host::look(cx, &first, &wishes)?;
    let Updated { lock: found, passed, .. } =
        fallback::locked(cx, (&project, &previous), (&mut wishes, &mut followed), &plain)?;
    let refused = |error: RoadError| refused::failure(error, &wishes);
    let parsed = |text: &str| cx.road().parse_edited(&project, text).map_err(refused);
    let sources = cx.road().sources(&project, &parsed(&plain(&wishes)?)?);
    let text = edited(&wishes, Some(&found), &|name| {
        if let Some(requirement) = came_along.contains(name).then(|| along::requirement(name, &found)).flatten() {
            return Some(requirement);
        }
        let locked = found.tools.iter().find(|locked| locked.tool == *name && locked.requirement.is_any())?;
        compatible(locked.version.as_deref()?, sources.of_tool(name).ok()?.scheme())
    })?;
    let manifest = parsed(&text)?;
    let updated = road::lock::update(&project, &manifest, &previous, &sources).map_err(refused)?.and_passed(passed);
    prepare(cx, &project, &environments, &text, &updated.lock).map_err(refused)?;
    project.write_both(text, lock::write(&updated.lock))?;
    tell_changes(cx, &manifest, &environments, (&updated, &sources), (&wishes, &followed))?;
    if block.is_some() {
        python::note_files(cx, &project, &before);
    }
    host::tell(cx, &seen);
    cx.note_reload(&project);
    Ok(project)
}

/// What the manifest says of a tool beside its version.
fn details(
    url: Option<&String>,
    suite: Option<&Suite>,
    with: &[String],
    file: Option<&String>,
) -> Vec<(&'static str, Said)> {
    let url = url.map(|url| ("url", Said::Text(url.clone())));
    let suite = suite.map(|suite| ("suite", Said::Text(suite.to_string())));
    let with = (!with.is_empty()).then(|| ("with", Said::List(with.to_vec())));
    let file = file.map(|file| ("from", Said::Text(file.clone())));
    [url, suite, with, file].into_iter().flatten().collect()
}

/// Expects that the environment can be entered with a manifest and a lock that are not written yet.
fn prepare(cx: &Context, project: &Project, environments: &[String], text: &str, lock: &Lock) -> Result<(), RoadError> {
    let mut changed = project.edited(text.to_owned(), lock::write(lock));
    cx.road().prepare(&mut changed, &Selection::new(environments, None, false), Stale::Refuse).map(drop)
}

/// Says what became of the lock, whose packages these are, and what of the Debian packages is known not to work here.
fn tell_changes(
    cx: &Context,
    manifest: &Manifest,
    environments: &[String],
    (updated, sources): (&Updated, &Sources),
    (wishes, followed): (&[Wish], &Followed),
) -> Result<(), Failure> {
    cx.road().note_changes(updated, sources);
    tell_publishers(cx, wishes, followed);
    let layer = road::select(manifest, environments)?;
    let chosen: Vec<_> = updated.lock.chosen(&layer).collect();
    for tried in tried::all(cx, &chosen).map_err(RoadError::from)? {
        let line = tried::line(&tried).filter(|_| wishes.iter().any(|(name, _)| *name == tried.tool));
        if let Some(line) = line {
            cx.ui.note(&format!("  {line}"));
        }
    }
    Ok(())
}

/// Says whose packages these are: not always those whose name the tool bears.
fn tell_publishers(cx: &Context, wishes: &[Wish], followed: &Followed) {
    for (name, _) in wishes {
        let published = |publisher: &str| format!("{name} is published by {publisher}");
        let of_typed = || pinned::publisher(name).filter(|_| Takes::of(name) != Takes::Suite).map(published);
        if let Some(line) = followed.line(name).or_else(of_typed) {
            cx.ui.note(&format!("  {line}"));
        }
    }
}
