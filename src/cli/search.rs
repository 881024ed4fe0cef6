//! `devshell search`: tools that could be added, from the catalog, the table of names, the npm registry and the index of
//! Debian packages in the cache.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error as _;
use std::path::Path;

use clap::Args;
use serde::Serialize;

use super::Context;
use super::failure::Failure;
use super::table::table;
use crate::catalog::releases::{self, Known};
use crate::catalog::ways::{self, Way};
use crate::catalog::{self, Entry};
use crate::manifest::Manifest;
use crate::name::SourceLabel;
use crate::project::{Project, ProjectError};
use crate::source::{Offer, ResolveError, Sources};

/// Search for tools to add, in the catalog, in the npm registry and among Debian packages
///
/// Debian packages are searched in the index that the last `devshell add deb:NAME` fetched.
#[derive(Args)]
#[command(after_help = "\
Examples:
  devshell search typescript
  devshell search json validator")]
pub struct Arguments {
    /// A word in the tool's name or description; several words must all match
    #[arg(value_name = "WORD", required = true)]
    words: Vec<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Answer {
    /// What was searched: `catalog`, and `npm` if its registry answered.
    searched: Vec<&'static str>,
    found: Vec<Found>,
}

#[derive(Serialize)]
struct Found {
    /// As the manifest would name it.
    tool: String,
    source: SourceLabel,
    about: String,
    /// The newest one; null for what the catalog knows, whose versions were not asked for.
    version: Option<String>,
    /// What the catalog says its commands are; null for a package that is not in it.
    commands: Option<Vec<String>>,
    /// What to type.
    add: String,
    #[serde(skip)]
    is_of_host: bool,
}

pub fn run(cx: &Context, arguments: &Arguments) -> Result<(), Failure> {
    let mut answer = Answer { searched: vec!["catalog"], found: Vec::new() };
    answer.found.extend(catalog::search(&arguments.words).into_iter().map(|(name, entry)| of_catalog(name, entry)));
    let repositories = releases::search(&arguments.words, answer.found.is_empty()).into_iter().filter_map(of_table);
    answer.found.extend(repositories.collect::<Vec<_>>());
    let further = ways::search(&arguments.words);
    answer.found.extend(further.iter().flat_map(|(word, lead)| lead.pinned().filter_map(|way| of_way(word, way))));
    if let Err(why) = search_registries(cx, &arguments.words.join(" "), &mut answer) {
        cx.ui.note(&format!("the npm registry was not searched: {why}"));
    }
    // Of a package in the table and in the index, the index has the version.
    let version = |found: &Found| Some((found.tool.clone(), found.version.clone()?));
    let versions: BTreeMap<String, String> = answer.found.iter().filter_map(version).collect();
    for found in &mut answer.found {
        found.version = found.version.take().or_else(|| versions.get(&found.tool).cloned());
    }
    let mut seen = BTreeSet::new();
    answer.found.retain(|found| seen.insert(found.tool.clone()));
    if arguments.json {
        cx.ui.json(&answer)?;
    } else if answer.found.is_empty() {
        let by_name = "; `devshell add deb:NAME --suite CODENAME` asks for a Debian package by its name";
        let further = if answer.searched.contains(&"deb") { "" } else { by_name };
        cx.ui.note(&format!("nothing found in {}{further}", answer.searched.join(", ")));
    } else {
        cx.ui.text(&table(&answer.found.iter().map(row).collect::<Vec<_>>()))?;
    }
    Ok(())
}

/// Adds what the active registries find, or says why they were not searched.
fn search_registries(cx: &Context, text: &str, answer: &mut Answer) -> Result<(), String> {
    let sources = match Project::find(&cx.host) {
        Ok(project) => {
            // Which registry is to be asked, only a manifest without mistakes says.
            let manifest = cx
                .road()
                .read_manifest(&project)
                .map_err(|_| format!("{} has mistakes; `devshell lock` shows them", project.manifest_name()))?;
            cx.road().sources(&project, &manifest)
        }
        // Searching comes before there is a project, too; then the user's settings count.
        Err(ProjectError::NotFound(_)) => {
            Sources::without_npmrc(&cx.host, &cx.http, Path::new("/"), &Manifest::default())
        }
        Err(error) => return Err(error.to_string()),
    };
    for (source, offers) in sources.search(text) {
        let why = |error: ResolveError| error.source().map_or_else(|| error.to_string(), ToString::to_string);
        let offers = offers.map_err(why)?;
        answer.searched.push(source.name());
        // What the catalog has is added under the catalog's name, which knows more about it.
        let is_known = |offer: &Offer| catalog::find(&offer.tool).is_ok_and(|meaning| meaning.entry.is_some());
        answer
            .found
            .extend(offers.into_iter().filter(|offer| !is_known(offer)).map(|offer| of_registry(source, offer)));
    }
    Ok(())
}

fn of_catalog(name: &str, entry: &Entry) -> Found {
    Found {
        tool: name.to_owned(),
        source: entry.source(),
        about: entry.about().to_owned(),
        version: None,
        commands: Some(entry.commands().into_iter().map(ToString::to_string).collect()),
        add: format!("devshell add {name}"),
        is_of_host: matches!(entry, Entry::Host(_)),
    }
}

/// What the table of releases has, but for what the catalog has under a name of its own.
fn of_table((repository, known): (&str, &Known)) -> Option<Found> {
    let tool = releases::full_name(repository);
    let meaning = catalog::find(&tool.parse().ok()?).ok().filter(|meaning| meaning.entry.is_none())?;
    Some(Found {
        add: format!("devshell add {tool}"),
        source: meaning.source,
        about: known.about.clone(),
        version: None,
        commands: (!known.commands.is_empty()).then(|| known.commands.clone()),
        is_of_host: false,
        tool,
    })
}

/// What the table of names has for a word, but for what the catalog has under a name of its own.
fn of_way(word: &str, way: Way) -> Option<Found> {
    let (tool, add, about) = match way {
        Way::Tool(tool) => {
            return catalog::entries().find(|(name, _)| *name == tool).map(|(n, entry)| of_catalog(n, entry));
        }
        Way::Release(repository) => return of_table((repository, releases::of_repository(repository)?)),
        Way::Deb(package) => (format!("deb:{package}"), format!("devshell add deb:{package}"), "Debian package"),
        Way::Url(file) => (
            format!("url:{word}"),
            format!("devshell add url:{word}@VERSION --url 'https://…/{file}'"),
            "its publisher's download",
        ),
        Way::Host(_) => return None,
    };
    let commands = Some(vec![word.to_owned()]);
    Some(Found { source: way.source(), about: about.to_owned(), version: None, commands, tool, add, is_of_host: false })
}

fn of_registry(source: SourceLabel, offer: Offer) -> Found {
    Found {
        source,
        add: format!("devshell add {}", offer.tool),
        tool: offer.tool.to_string(),
        about: offer.about,
        version: Some(offer.version),
        commands: None,
        is_of_host: false,
    }
}

/// The widest that a description may be; the registry's are as long as their authors like.
const ABOUT: usize = 72;

fn row(found: &Found) -> [String; 3] {
    let mut about: String = found.about.chars().take(ABOUT).collect();
    if about.len() < found.about.len() {
        about.push('…');
    }
    let host = if found.is_of_host { " (host)" } else { "" };
    let more = found.commands.as_ref().map(|commands| commands.join(" ")).or_else(|| found.version.clone());
    [found.add.clone(), about, format!("{}{host}", more.unwrap_or_default())]
}
