//! `devshell add`: a tool into the manifest, the lock and the store.

use std::collections::BTreeMap;

use clap::Args;

use super::Context;
use super::failure::{Failure, code};
use super::tool_names;
use super::whose::Whose;
use crate::catalog::{self, Entry};
use crate::lock;
use crate::manifest::{self, Layer, Manifest, Takes, Tool};
use crate::name::{Suite, ToolName};
use crate::project::Project;
use crate::registry;
use crate::road::{self, Selection, Stale};
use crate::version::{Requirement, Scheme, debian};

/// Add tools to the manifest, lock and fetch them
#[derive(Args)]
#[command(after_help = "\
Examples:
  devshell add node prettier@3
  devshell add deb:jq --suite trixie")]
pub struct Arguments {
    /// A tool, with or without a version requirement: node, node@22, npm:prettier@^3, host:docker
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
    #[command(flatten)]
    whose: Whose,
}

pub fn run(cx: &Context, arguments: &Arguments) -> Result<Project, Failure> {
    let mut project = arguments.whose.project(cx)?;
    let before = cx.road().read_manifest(&project)?;
    let environment = arguments.environment.as_deref();
    let environments: Vec<String> = arguments.environment.iter().cloned().collect();
    let there = if environment.is_none() { Some(&before.default) } else { before.environments.get(&environments[0]) };
    let wishes = wishes(cx, arguments, there)?;
    if wishes.is_empty() {
        return Ok(project);
    }
    let suites = suites(cx, arguments, &wishes, &before, there)?;
    let previous = road::lock::read(&project)?;
    let edited = |requirement_of: &dyn Fn(&ToolName) -> Option<Requirement>| {
        wishes.iter().try_fold(project.manifest_text.clone(), |text, (name, asked)| {
            let requirement = asked.clone().or_else(|| requirement_of(name)).unwrap_or_else(Requirement::any);
            let url = arguments.url.iter().map(|url| ("url", url.as_str()));
            let suite = suites.get(name).map(|suite| ("suite", suite.as_str()));
            let more: Vec<(&str, &str)> = url.chain(suite).collect();
            let edited = manifest::add_tool(&text, environment, name, &requirement, &more);
            edited.map_err(|error| Failure::said(code::MANIFEST, error.to_string(), None))
        })
    };

    // First with `*` where no version was asked for, to learn which one that is today; then
    // with the requirement that follows from it. Nothing is written before all is known.
    let first = cx.road().parse_edited(&project, &edited(&|_| None)?)?;
    let sources = cx.road().sources(&project, &first);
    let found = road::lock::update(&first, &previous, &sources)?.lock;
    let text = edited(&|name| {
        let locked = found.tools.iter().find(|locked| locked.tool == *name && locked.requirement.is_any())?;
        compatible(locked.version.as_deref()?, sources.of_tool(name).ok()?.scheme())
    })?;
    let manifest = cx.road().parse_edited(&project, &text)?;
    let updated = road::lock::update(&manifest, &previous, &sources)?;
    // What could not be entered afterwards is not written.
    let mut changed = project.edited(text.clone(), lock::write(&updated.lock));
    cx.road().prepare(&mut changed, &Selection::new(&environments, None, false), Stale::Refuse)?;
    project.write_both(text, lock::write(&updated.lock))?;
    cx.road().note_changes(&updated, &sources);
    tell_publishers(cx, &wishes);
    cx.note_inside(&project, "`devshell reload` brings it into this shell");
    Ok(project)
}

/// A tool to add, and the requirement that was asked for.
type Wish = (ToolName, Option<Requirement>);

/// What the words ask for. A tool that is there already and for which no version is asked stays
/// as it is.
fn wishes(cx: &Context, arguments: &Arguments, there: Option<&Layer>) -> Result<Vec<Wish>, Failure> {
    let mut wishes = arguments.tools.iter().map(|word| parse(word)).collect::<Result<Vec<Wish>, _>>()?;
    check_addresses(&wishes, arguments.url.as_deref(), there)?;
    wishes.retain(|(name, asked)| {
        let old = there.and_then(|layer| layer.tools.iter().find(|tool| tool.name == *name));
        let moves =
            |tool: &&Tool| asked.is_some() || arguments.suite.as_ref().is_some_and(|suite| tool.suite() != Some(suite));
        let Some(tool) = old.filter(|tool| !moves(tool)) else { return true };
        cx.ui.note(&format!("`{name}` is in the manifest already, as `{}`; `{name}@…` changes that", tool.requirement));
        false
    });
    Ok(wishes)
}

/// An address is for one tool of the source `url`, and such a tool needs one, and a version.
fn check_addresses(wishes: &[Wish], url: Option<&str>, there: Option<&Layer>) -> Result<(), Failure> {
    let is_url = |name: &ToolName| Takes::of(name) == Takes::Address;
    if url.is_some() && !matches!(wishes, [(name, Some(_))] if is_url(name)) {
        let hint = "such as `devshell add url:mytool@1.4.0 --url ADDRESS`".to_owned();
        return Err(Failure::said(code::USAGE, "`--url` is for one tool, `url:NAME@VERSION`", hint));
    }
    for (name, asked) in wishes.iter().filter(|(name, _)| is_url(name)) {
        let known = there.is_some_and(|layer| layer.tools.iter().any(|tool| tool.name == *name));
        if !known && (url.is_none() || asked.is_none()) {
            let (package, version) = (name.package(), asked.as_ref().map_or("VERSION", Requirement::as_str));
            let hint = format!(
                "`devshell add {name}@{version} --url 'https://…/{package}-{{version}}-{{os}}-{{arch}}.tar.gz'`"
            );
            let what = if asked.is_none() { "a version and an address" } else { "an address" };
            return Err(Failure::said(code::USAGE, format!("`{name}` needs {what}"), hint));
        }
    }
    Ok(())
}

/// The releases to write for Debian packages: the one that was asked for; where the manifest says
/// nothing of any, that of the user's settings or of this machine.
fn suites<'w>(
    cx: &Context,
    arguments: &Arguments,
    wishes: &'w [Wish],
    before: &Manifest,
    there: Option<&Layer>,
) -> Result<BTreeMap<&'w ToolName, Suite>, Failure> {
    let names = || wishes.iter().map(|(name, _)| name);
    let is_deb = |name: &&ToolName| Takes::of(name) == Takes::Suite;
    if let Some(suite) = &arguments.suite {
        if let Some(other) = names().find(|name| !is_deb(name)) {
            let text = format!("`--suite` is for Debian packages, and `{other}` is not one");
            return Err(Failure::said(code::USAGE, text, "such as `devshell add deb:jq --suite trixie`".to_owned()));
        }
        return Ok(names().map(|name| (name, suite.clone())).collect());
    }
    if before.registries.deb().suite.is_some() {
        return Ok(BTreeMap::new());
    }
    let has_one = |name: &&ToolName| {
        there.is_some_and(|layer| layer.tools.iter().any(|tool| tool.name == **name && tool.suite().is_some()))
    };
    let wanting = names().filter(is_deb).filter(|name| !has_one(name));
    let Some(suite) = registry::usual_suite(&cx.host) else { return Ok(BTreeMap::new()) };
    Ok(wanting.map(|name| (name, suite.clone())).collect())
}

/// Says whose packages these are: not always those whose name the tool bears.
fn tell_publishers(cx: &Context, wishes: &[Wish]) {
    for (name, _) in wishes {
        let entry = catalog::find(name).ok().and_then(|meaning| meaning.entry);
        if let Some(publisher) = entry.map(Entry::publisher).filter(|publisher| !publisher.is_empty()) {
            cx.ui.note(&format!("  {name} is published by {publisher}"));
        }
    }
}

/// `name`, or `name@requirement`. The `@` of a scope comes before its name.
fn parse(word: &str) -> Result<Wish, Failure> {
    let usage = |text: String, hint: Option<String>| Failure::said(code::USAGE, text, hint);
    let (name, requirement) = match word.rfind('@') {
        Some(at) if at > 0 && !word[..at].ends_with(':') => (&word[..at], Some(&word[at + 1..])),
        _ => (word, None),
    };
    let name = tool_names::parse(name)?;
    catalog::find(&name).map_err(|error| Failure::new(code::TOOL, &error))?;
    let requirement = requirement
        .map(|text| text.parse::<Requirement>().map_err(|error| usage(error.to_string(), None)))
        .transpose()?;
    Ok((name, requirement))
}

/// The requirement for a tool that was added without one: compatible with what is newest today,
/// or exactly that if it is a pre-release.
fn compatible(version: &str, scheme: Scheme) -> Option<Requirement> {
    if scheme == Scheme::Debian {
        // What Debian adds to a version counts its own changes.
        let numbers = debian::upstream(version).split(|c: char| !c.is_ascii_digit() && c != '.').next()?;
        let text = match numbers.split('.').collect::<Vec<_>>().as_slice() {
            [major, minor, ..] => format!("^{major}.{minor}"),
            _ => numbers.to_owned(),
        };
        return text.parse().ok();
    }
    if version.contains('-') {
        return format!("={version}").parse().ok();
    }
    let mut segments = version.split(['.', '+']);
    let (major, minor) = (segments.next()?, segments.next()?);
    format!("^{major}.{minor}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_taken_apart() {
        for (word, name, requirement) in [
            ("node", "node", None),
            ("node@22", "node", Some("22")),
            ("npm:@biomejs/biome", "npm:@biomejs/biome", None),
            ("npm:@biomejs/biome@^2", "npm:@biomejs/biome", Some("^2")),
        ] {
            let (parsed, asked) = parse(word).ok().unwrap();
            assert_eq!((parsed.as_str(), asked.as_ref().map(Requirement::as_str)), (name, requirement));
        }
        for (word, exit) in [("node@", 2), ("a b", 2), ("nodejs-typo", 5), ("brew:jq", 2)] {
            assert_eq!(parse(word).err().unwrap().code, exit, "{word}");
        }
        for (version, scheme, expected) in [
            ("3.10.1", Scheme::Semver, "^3.10"),
            ("3.0.0-rc.1", Scheme::Semver, "=3.0.0-rc.1"),
            ("1:2.39.5-0+deb12u2", Scheme::Debian, "^2.39"),
            ("15+248", Scheme::Debian, "15"),
            ("590-2.1", Scheme::Debian, "590"),
            ("3.3a-3", Scheme::Debian, "^3.3"),
        ] {
            assert_eq!(compatible(version, scheme).unwrap().as_str(), expected);
        }
    }
}
