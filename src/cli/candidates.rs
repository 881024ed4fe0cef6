//! `devshell candidates`, hidden: what a shell may offer for the last word of a command line, as
//! far as only the project or the catalog knows it. Whatever goes wrong here is no reason to
//! write into the command line being typed, so nothing is printed.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;

use clap::{Arg, Args, Command, CommandFactory as _};

use super::failure::{Failure, code};
use super::{CommandLine, Context, progress};
use crate::host::Host;
use crate::lock::Chosen;
use crate::manifest::{self, Layer, Manifest, PythonOrigin, Service};
use crate::project::Project;
use crate::python::Uv;
use crate::source::Sources;
use crate::store::{Store, There};
use crate::templates::TEMPLATES;
use crate::text::cell;
use crate::{catalog, lock};

/// Print the candidates for the last word, one a line, each with a tab and what it is
///
/// Ends with exit code 1 where only verbs and options can be, which the shell knows itself.
#[derive(Args)]
pub struct Arguments {
    /// The command line without the program's name; the last word is the one to complete
    #[arg(last = true, value_name = "WORD")]
    words: Vec<OsString>,
}

/// Candidate -> what it is.
type Candidates = BTreeMap<String, String>;

pub fn run(cx: &Context, arguments: &Arguments) -> Result<(), Failure> {
    let words: Vec<String> = arguments.words.iter().map(|word| word.to_string_lossy().into_owned()).collect();
    let silent = || Failure { code: code::NO, reports: Vec::new() };
    let (last, before) = words.split_last().ok_or_else(silent)?;
    let mut commands = CommandLine::command();
    commands.build();
    let line = Line::read(&commands, before);
    let place = line.place(last).ok_or_else(silent)?;
    let host = line.directory.and_then(|directory| Host::snapshot(Some(Path::new(directory))).ok());
    let candidates = candidates(cx, host.as_ref().unwrap_or(&cx.host), place, &line.environments);
    let lines: String = candidates.iter().map(|(word, about)| format!("{}\t{}\n", cell(word), cell(about))).collect();
    cx.ui.data(lines.as_bytes())
}

/// What can be at a place that the project or the catalog knows about.
#[derive(Clone, Copy)]
enum Place {
    Environment,
    /// What `env --diff` compares, but for files.
    Side,
    /// A tool that could be added.
    NewTool,
    /// A tool of the manifest.
    Tool,
    /// What can be moved: those, and the project's Python.
    Locked,
    Script,
    Service,
    Command,
    /// Whatever has a name in the dev shell.
    Name,
    Template,
}

/// A command line up to the word to complete.
#[derive(Default)]
struct Line<'l> {
    directory: Option<&'l str>,
    environments: Vec<String>,
    verb: Option<&'l str>,
    /// The option whose value comes next.
    pending: Option<&'l Arg>,
    /// How many words there are that are no options.
    arguments: usize,
    /// Whether `--` was there.
    separated: bool,
}

impl<'l> Line<'l> {
    fn read(commands: &'l Command, words: &'l [String]) -> Self {
        let mut line = Self::default();
        let mut command = commands;
        for word in words {
            if let Some(option) = line.pending.take() {
                match option.get_long() {
                    Some("environment") => line.environments.push(word.clone()),
                    None if option.get_short() == Some('C') => line.directory = Some(word),
                    _ => {}
                }
            } else if line.separated || (matches!(line.verb, Some("run" | "trace")) && line.arguments > 0) {
                line.arguments += 1;
            } else if word == "--" {
                line.separated = true;
            } else if let Some(option) = word.strip_prefix('-') {
                line.pending = command.get_arguments().find(|argument| {
                    let is_named = match option.strip_prefix('-') {
                        Some(long) => argument.get_long() == Some(long),
                        None => argument.get_short().is_some_and(|short| option == short.to_string()),
                    };
                    is_named && argument.get_action().takes_values()
                });
            } else if let Some(below) = command.find_subcommand(word) {
                line.verb.get_or_insert(below.get_name());
                command = below;
            } else {
                line.arguments += 1;
            }
        }
        line
    }

    fn place(&self, last: &str) -> Option<Place> {
        if let Some(option) = self.pending {
            return match option.get_long() {
                Some("environment") => Some(Place::Environment),
                Some("diff") => Some(Place::Side),
                _ => None,
            };
        }
        if last.starts_with('-') && !self.separated {
            return None;
        }
        match (self.verb?, self.arguments, self.separated) {
            ("run" | "trace", 0, false) => Some(Place::Script),
            ("run" | "trace" | "enter", 0, true) | ("up", _, true) | ("which", ..) => Some(Place::Command),
            ("up" | "down" | "logs", ..) => Some(Place::Service),
            ("add", ..) => Some(Place::NewTool),
            ("remove", ..) => Some(Place::Tool),
            ("update", ..) => Some(Place::Locked),
            ("why", 0, _) => Some(Place::Name),
            ("init", 0, _) => Some(Place::Template),
            _ => None,
        }
    }
}

fn candidates(cx: &Context, host: &Host, place: Place, environments: &[String]) -> Candidates {
    match place {
        Place::NewTool => {
            catalog::entries().chain(catalog::vendors()).map(|(name, entry)| pair(name, entry.about())).collect()
        }
        Place::Template => TEMPLATES.iter().map(|template| pair(template.name, template.about)).collect(),
        _ => of_project(cx, host, place, environments).unwrap_or_default(),
    }
}

fn of_project(cx: &Context, host: &Host, place: Place, environments: &[String]) -> Option<Candidates> {
    let project = Project::find(host).ok()?;
    let manifest = manifest::parse(&project.manifest_name(), &project.manifest_text).ok()?;
    let chosen = manifest.select(environments).unwrap_or_else(|_| manifest.default.clone());
    let of_environments = || manifest.environments.iter().map(|(name, layer)| pair(name, &about(layer)));
    let tools = || manifest.all_tools().map(|tool| pair(tool.name.as_str(), tool.requirement.as_str()));
    let python = || manifest.python.iter().map(|python| pair("python", python.version.as_str()));
    let mut all = Candidates::new();
    match place {
        Place::Environment => all.extend(of_environments()),
        Place::Side => all.extend(of_environments().chain([pair("default", &about(&manifest.default))])),
        Place::Tool => all.extend(tools()),
        Place::Locked => all.extend(tools().chain(python())),
        Place::Name => {
            all.extend(chosen.tools.iter().map(|tool| pair(tool.name.as_str(), tool.requirement.as_str())));
            all.extend(chosen.variables.iter().map(|variable| pair(variable.name.as_str(), "variable")));
        }
        _ => {}
    }
    if matches!(place, Place::Command | Place::Script | Place::Name) {
        all.extend(commands(cx, host, &project, &manifest, &chosen));
    }
    // Of a script and a command of the same name `devshell run` prefers the script.
    if matches!(place, Place::Script | Place::Name) {
        all.extend(chosen.scripts.iter().map(|(name, script)| (name.clone(), script.shown())));
    }
    if matches!(place, Place::Service | Place::Name) {
        let about = |service: Service| service.about.unwrap_or_else(|| "service".to_owned());
        all.extend(chosen.services.into_iter().map(|(name, service)| (name, about(service))));
    }
    Some(all)
}

/// The commands of the tools that are locked. No program is started to find them.
fn commands(cx: &Context, host: &Host, project: &Project, manifest: &Manifest, layer: &Layer) -> Candidates {
    let text = project.lock_text().ok().flatten();
    let mut lock = text.and_then(|text| lock::parse(lock::FILE_NAME, text).ok()).unwrap_or_default();
    Sources::without_npmrc(host, &cx.http, &project.root, manifest).keep_fitting(&mut lock);
    let chosen: Vec<Chosen> = lock.chosen(layer).collect();
    let store = Store::new(&host.directories.data);
    // The host's Python would have to be asked for its version.
    let is_in_store = lock.python.as_ref().is_some_and(|python| python.wish.origin != PythonOrigin::Host);
    let uv = is_in_store.then(|| Uv::new(host, &cx.http, progress::of(&cx.ui)));
    let environments = uv.map(|uv| uv.programs_there(&lock, &chosen)).unwrap_or_default();
    let there = There { store: &store, host, environments: &environments };
    let commands = chosen.iter().flat_map(|one| there.commands(one).into_iter().map(move |command| (command, one)));
    commands.map(|(command, one)| pair(command.as_str(), one.wish.name.as_str())).collect()
}

/// What an environment adds.
fn about(layer: &Layer) -> String {
    layer.tools.iter().map(|tool| tool.name.as_str()).collect::<Vec<_>>().join(" ")
}

fn pair(word: &str, about: &str) -> (String, String) {
    (word.to_owned(), about.to_owned())
}
