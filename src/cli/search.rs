//! `devshell search`: tools that could be added, from the catalog and the npm registry.

use std::error::Error as _;
use std::path::Path;

use clap::Args;
use serde::Serialize;

use super::failure::Failure;
use super::table::table;
use super::{Context, road};
use crate::catalog::{self, Entry};
use crate::manifest::Manifest;
use crate::name::SourceLabel;
use crate::project::{Project, ProjectError};
use crate::source::{Offer, Sources};

/// Search for tools to add, in the catalog and in the npm registry
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
    /// The newest one; null for what the catalog knows, whose versions nobody asked for.
    version: Option<String>,
    /// What the catalog says its commands are; null for a package that is not in it.
    commands: Option<Vec<String>>,
    /// What to type.
    add: String,
}

pub fn run(cx: &Context, arguments: &Arguments) -> Result<(), Failure> {
    let mut answer = Answer { searched: vec!["catalog"], found: Vec::new() };
    answer.found.extend(catalog::search(&arguments.words).into_iter().map(|(name, entry)| of_catalog(name, entry)));
    match search_registry(cx, &arguments.words.join(" ")) {
        Ok(offers) => {
            answer.searched.push(SourceLabel::Npm.name());
            // What the catalog has is added under the catalog's name, which knows more about it.
            let is_new = |offer: &Offer| {
                let is_known = catalog::find(&offer.tool).is_ok_and(|meaning| meaning.entry.is_some());
                !is_known && !catalog::is_platform_package(offer.tool.package())
            };
            answer.found.extend(offers.into_iter().filter(is_new).map(of_registry));
        }
        Err(why) => cx.ui.note(&format!("only the catalog was searched: {why}")),
    }
    if arguments.json {
        cx.ui.json(&answer)?;
    } else if answer.found.is_empty() {
        cx.ui.note("nothing found");
    } else {
        cx.ui.text(&table(&answer.found.iter().map(row).collect::<Vec<_>>()))?;
    }
    Ok(())
}

/// What the registry in force finds, or why it was not searched.
fn search_registry(cx: &Context, text: &str) -> Result<Vec<Offer>, String> {
    let sources = match Project::find(&cx.host) {
        Ok(project) => {
            // Which registry is to be asked, only a manifest without mistakes says.
            let manifest = road::read_manifest(cx, &project)
                .map_err(|_| format!("{} has mistakes; `devshell lock` shows them", project.manifest_name()))?;
            road::sources(cx, &project, &manifest)
        }
        // Searching comes before there is a project, too; then the user's settings count.
        Err(ProjectError::NotFound(_)) => {
            Sources::without_npmrc(&cx.host, &cx.http, Path::new("/"), &Manifest::default())
        }
        Err(error) => return Err(error.to_string()),
    };
    sources.search(text).map_err(|error| error.source().map_or_else(|| error.to_string(), ToString::to_string))
}

fn of_catalog(name: &str, entry: &Entry) -> Found {
    Found {
        tool: name.to_owned(),
        source: entry.source(),
        about: entry.about().to_owned(),
        version: None,
        commands: Some(entry.commands().into_iter().map(ToString::to_string).collect()),
        add: format!("devshell add {name}"),
    }
}

fn of_registry(offer: Offer) -> Found {
    Found {
        source: SourceLabel::Npm,
        add: format!("devshell add {}", offer.tool),
        tool: offer.tool.to_string(),
        about: offer.about,
        version: Some(offer.version),
        commands: None,
    }
}

/// The widest that a description may be; the registry's are as long as their authors like.
const ABOUT: usize = 72;

fn row(found: &Found) -> [String; 3] {
    let mut about: String = found.about.chars().take(ABOUT).collect();
    if about.len() < found.about.len() {
        about.push('…');
    }
    let host = if found.source == SourceLabel::Host { " (host)" } else { "" };
    let more = found.commands.as_ref().map(|commands| commands.join(" ")).or_else(|| found.version.clone());
    [found.add.clone(), about, format!("{}{host}", more.unwrap_or_default())]
}
