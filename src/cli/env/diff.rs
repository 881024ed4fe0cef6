//! `devshell env --diff`: how two environments differ, of this manifest or of another machine, or
//! two locks.

use serde::Serialize;

use super::super::failure::{Failure, code};
use super::super::{Context, update};
use super::Arguments;
use crate::env::{self, Snapshot};
use crate::files::{bounded, most};
use crate::hint::nearest;
use crate::lock::{self, Lock};
use crate::manifest::{DEFAULT, Manifest};
use crate::project::Project;
use crate::road::lock::python::{self, PythonSummary};
use crate::road::{self, Selection, Stale};
use crate::source;
use crate::text;

enum Side {
    Lock(Box<Lock>),
    Environment(Box<Snapshot>),
}

#[derive(Serialize)]
struct Locks<'l> {
    tools: Vec<update::Moved<'l>>,
    python: Option<Pythons<'l>>,
}

#[derive(Serialize)]
struct Pythons<'l> {
    before: Option<PythonSummary<'l>>,
    after: Option<PythonSummary<'l>>,
}

pub fn run(cx: &Context, arguments: &Arguments, before: &str, after: Option<&str>) -> Result<(), Failure> {
    let mut project = cx.project()?;
    let manifest = cx.road().read_manifest(&project)?;
    let before = side(cx, &mut project, &manifest, arguments, before)?;
    let after = match (after, &before) {
        (Some(word), _) => side(cx, &mut project, &manifest, arguments, word)?,
        (None, Side::Lock(_)) => Side::Lock(Box::new(own_lock(&mut project)?)),
        (None, Side::Environment(_)) => {
            let environments = arguments.chosen.names(cx, &project);
            here(cx, &mut project, arguments, &environments)?
        }
    };
    let differs = match (&before, &after) {
        (Side::Lock(before), Side::Lock(after)) => locks(cx, arguments, before, after)?,
        (Side::Environment(before), Side::Environment(after)) => environments(cx, arguments, before, after)?,
        _ => {
            let hint = "compare two locks, or two environments, each by name or as a file from `devshell env --json`"
                .to_owned();
            return Err(Failure::said(code::USAGE, "a lock cannot be compared with an environment", hint));
        }
    };
    // As `diff` has it: the answer is no, and everything there is to say is on standard output.
    if differs { Err(Failure { code: code::NO, reports: Vec::new() }) } else { Ok(()) }
}

/// What a word means: an environment of the manifest, else a file. A file that has an
/// environment's name is meant by `./NAME`.
fn side(
    cx: &Context,
    project: &mut Project,
    manifest: &Manifest,
    arguments: &Arguments,
    word: &str,
) -> Result<Side, Failure> {
    if manifest.environments.contains_key(word) {
        return here(cx, project, arguments, &[word.to_owned()]);
    }
    if word == DEFAULT {
        return here(cx, project, arguments, &[]);
    }
    let path = cx.host.directory.join(word);
    // Also what a shell makes of `<(git show main:devshell.lock)`.
    if path.exists() && !path.is_dir() {
        return read(word, &bounded::read_named(&path, most::NAMED)?);
    }
    let known = || manifest.environments.keys().map(String::as_str).chain([DEFAULT]);
    let hint = match nearest(word, known()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("the environments are {}", known().collect::<Vec<_>>().join(", ")),
    };
    Err(Failure::said(code::USAGE, format!("`{word}` is neither an environment in the manifest nor a file"), hint))
}

fn read(name: &str, text: &str) -> Result<Side, Failure> {
    let json: Option<serde_json::Value> = serde_json::from_str(text).ok();
    if json.is_some_and(|json| json.get("set").is_some()) {
        let wrong = |error| {
            let hint = "write it again with `devshell env --json`".to_owned();
            Failure::said(code::USAGE, format!("`{name}` is not what `devshell env --json` writes: {error}"), hint)
        };
        return Ok(Side::Environment(serde_json::from_str(text).map_err(wrong)?));
    }
    let lock = lock::parse(name, text).map_err(|error| Failure::new(code::MANIFEST, &error))?;
    Ok(Side::Lock(Box::new(lock)))
}

fn own_lock(project: &mut Project) -> Result<Lock, Failure> {
    if project.lock_text()?.is_none() {
        let hint = "type `devshell lock`, or name a second lock".to_owned();
        return Err(Failure::said(code::LOCK, format!("{} is missing", lock::FILE_NAME), hint));
    }
    Ok(road::lock::read(project)?)
}

/// An environment of this project on this machine.
fn here(cx: &Context, project: &mut Project, arguments: &Arguments, environments: &[String]) -> Result<Side, Failure> {
    let selection = Selection::new(environments, arguments.level.isolation, false);
    let ready = cx.road().prepare(project, &selection, Stale::Refuse)?;
    let (applied, secrets) = cx.road().apply_with_secrets(project, &ready)?;
    Ok(Side::Environment(Box::new(Snapshot::of(&ready.environment, &applied, &cx.host.variables, &secrets))))
}

fn environments(cx: &Context, arguments: &Arguments, before: &Snapshot, after: &Snapshot) -> Result<bool, Failure> {
    let difference = env::diff(before, after);
    if !difference.is_path_known {
        cx.ui.note("one side does not list its PATH, so PATH is not compared");
    }
    if arguments.json {
        cx.ui.json(&difference)?;
    } else {
        cx.ui.text(&difference.to_text())?;
    }
    Ok(!difference.is_empty())
}

fn locks(cx: &Context, arguments: &Arguments, before: &Lock, after: &Lock) -> Result<bool, Failure> {
    let changes = source::changes(before, after);
    let (old, new) = (before.python.as_ref(), after.python.as_ref());
    let is_python_changed = old != new;
    if arguments.json {
        let tools = changes.iter().filter_map(update::moved).collect();
        let pythons = || Pythons { before: old.map(python::summary), after: new.map(python::summary) };
        cx.ui.json(&Locks { tools, python: is_python_changed.then(pythons) })?;
    } else {
        let mut lines: Vec<String> = changes.iter().map(road::lock::changes::line).collect();
        let of_python = python::changes(old, new);
        // Wheels may come and go while all versions stay.
        let is_silent = is_python_changed && of_python.is_empty();
        lines.extend(is_silent.then(|| "~ python, with other artifacts".to_owned()));
        lines.extend(of_python);
        cx.ui.text(&lines.iter().map(|line| text::word(line).into_owned() + "\n").collect::<String>())?;
    }
    Ok(!changes.is_empty() || is_python_changed)
}
