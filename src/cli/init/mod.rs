//! `devshell init`: a first manifest.

mod conda;
mod found;

use std::path::{Path, PathBuf};

use clap::Args;

use self::found::Python;
use super::Context;
use super::failure::{Failure, Report, code};
use super::table::table;
use crate::files::{bounded, most, write_whole};
use crate::hint::nearest;
use crate::manifest::Manifest;
use crate::project::Project;
use crate::road;
use crate::templates::{TEMPLATES, Template};
use crate::{lock, manifest};

/// Write a devshell.json: a minimal one, or one from a template
///
/// devshell never overwrites a file, other than the minimal devshell.json it wrote itself. In an empty
/// directory, a template adds its sample project; in any other, its tools, with the version of Python
/// and the packages that environment.yml, runtime.txt, .python-version, pyproject.toml or
/// requirements.txt name.
#[derive(Args)]
#[command(after_help = "\
Examples:
  devshell init
  devshell init node")]
pub struct Arguments {
    /// A template; `--list` lists them
    template: Option<String>,
    /// List the templates
    #[arg(long, conflicts_with = "template")]
    list: bool,
}

const MINIMAL: &str = r#"{
  // The tools on PATH in this repository's dev shell: `devshell add node` puts one here.
  "tools": {},
  // What `devshell run NAME` runs in it.
  "scripts": {}
}
"#;

pub fn run(cx: &Context, arguments: &Arguments) -> Result<(), Failure> {
    if arguments.list {
        let rows: Vec<[String; 2]> = TEMPLATES.iter().map(|t| [t.name, t.about].map(str::to_owned)).collect();
        return cx.ui.text(&table(&rows));
    }
    let template = arguments.template.as_deref().map(find).transpose()?;
    let directory = cx.host.directory.clone();
    let is_empty = fs_err::read_dir(&directory)?.filter_map(Result::ok).all(|e| is_hidden(&e.file_name()));
    let planned = match template {
        None => Planned { files: vec![(manifest::FILE_NAMES[0], MINIMAL.to_owned())], ..Planned::default() },
        Some(template) if is_empty => whole(template),
        Some(template) => for_project(template, &directory)?,
    };
    let files: Vec<(PathBuf, &str)> =
        planned.files.iter().map(|(name, text)| (directory.join(name), text.as_str())).collect();
    check_free(&directory, &files, template)?;
    for (path, text) in &files {
        fs_err::create_dir_all(path.parent().unwrap_or(&directory))?;
        write_whole(path, text.as_bytes())?;
        cx.ui.note(&format!("wrote {}", path.strip_prefix(&directory).unwrap_or(path).display()));
    }
    for note in &planned.notes {
        cx.ui.note(note);
    }
    if directory.join(".env").is_file() {
        cx.ui.note(".env is there: \"env_files\": [\".env\"] in devshell.json reads it");
    }
    let Some(template) = template else {
        let advice = found::advice(&directory);
        for line in &advice {
            cx.ui.note(line);
        }
        if advice.is_empty() {
            cx.ui.note("`devshell add TOOL` adds a tool; `devshell enter` enters");
        }
        return Ok(());
    };
    if !planned.files.iter().any(|(name, _)| *name == lock::FILE_NAME) {
        write_lock(cx)?;
    }
    cx.ui.note(match (template.name, is_empty) {
        ("django", false) => {
            "`devshell run migrate` starts PostgreSQL and updates its tables; \
             DATABASES in the settings decides whether Django uses it, from DATABASE_URL or with the engine \
             `django.db.backends.postgresql`"
        }
        _ => "`devshell enter` enters",
    });
    Ok(())
}

/// What is going to be written, and what to say about it.
#[derive(Default)]
struct Planned {
    files: Vec<(&'static str, String)>,
    notes: Vec<String>,
}

/// Locks what was just written. The manifest stays if that fails.
fn write_lock(cx: &Context) -> Result<(), Failure> {
    let lock = || -> Result<(), Failure> {
        let mut project = Project::find(&cx.host)?;
        let parsed: Manifest = cx.road().read_manifest(&project)?;
        let sources = cx.road().sources(&project, &parsed);
        let updated = road::lock::update(&project, &parsed, &road::lock::read(&project)?, &sources)?;
        project.write_lock(lock::write(&updated.lock))?;
        cx.road().note_changes(&updated, &sources);
        cx.ui.note(&format!("wrote {}", lock::FILE_NAME));
        Ok(())
    };
    lock().map_err(|mut failure| {
        let (text, hint) = ("devshell.json is written, but not locked yet", "fix that, then type `devshell lock`");
        failure.reports.push(Report::Message {
            text: text.to_owned(),
            causes: Vec::new(),
            hint: Some(hint.to_owned()),
        });
        failure
    })
}

/// Refuses to write over a file, but for a minimal manifest that nothing was added to.
fn check_free(directory: &Path, files: &[(PathBuf, &str)], template: Option<&Template>) -> Result<(), Failure> {
    let manifests = manifest::FILE_NAMES.map(|name| directory.join(name));
    let is_minimal = |path: &&PathBuf| {
        template.is_some()
            && **path == manifests[0]
            && bounded::read_text(path, most::MANIFEST).is_ok_and(|text| text == MINIMAL)
    };
    let all = manifests.iter().chain(files.iter().map(|(path, _)| path));
    let mut there = all.filter(|path| path.symlink_metadata().is_ok());
    let Some(path) = there.find(|path| !is_minimal(path)) else { return Ok(()) };
    let again = template.map(|template| format!(" {}", template.name)).unwrap_or_default();
    let name = path.strip_prefix(directory).unwrap_or(path).display();
    let hint = if manifests.contains(path) {
        format!("`devshell add TOOL` adds to it; to begin again, `mv {name} {name}.old && devshell init{again}`")
    } else {
        format!("`devshell init` never overwrites: `mv {name} {name}.old && devshell init{again}`")
    };
    Err(Failure::said(code::NO, format!("`{}` already exists", path.display()), hint))
}

fn find(name: &str) -> Result<&'static Template, Failure> {
    TEMPLATES.iter().find(|template| template.name == name).ok_or_else(|| {
        let meant = nearest(name, TEMPLATES.iter().map(|template| template.name));
        let hint =
            meant.map_or("`devshell init --list` lists them".to_owned(), |near| format!("did you mean `{near}`?"));
        Failure::said(code::USAGE, format!("there is no template `{name}`"), hint)
    })
}

fn whole(template: &Template) -> Planned {
    let own = [(manifest::FILE_NAMES[0], template.manifest.to_owned()), (lock::FILE_NAME, template.lock.text())];
    let sample = template.sample.iter().map(|(name, text)| (*name, (*text).to_owned()));
    Planned { files: own.into_iter().chain(sample).collect(), notes: Vec::new() }
}

/// What a project that is there already takes of a template: its manifest, with the Python and the packages that the
/// project's files name, and the files that this names. The template's lock comes along where it is one of that.
fn for_project(template: &Template, directory: &Path) -> Result<Planned, Failure> {
    let mut planned = Planned::default();
    let without_sample = || {
        ["name", "scripts"].iter().try_fold(template.manifest.to_owned(), |text, key| {
            manifest::remove_key(&text, key).map_err(|error| Failure::said(code::MANIFEST, error.to_string(), None))
        })
    };
    let own = template.project.map_or_else(without_sample, |text| Ok(text.to_owned()))?;
    let has_python = own.contains(PYTHON);
    let found = if has_python { Python::of(directory) } else { Python::default() };
    let text = with_python(&own, &found, &mut planned.notes);
    let parsed = manifest::parse(manifest::FILE_NAMES[0], &text).map_err(Box::new)?;
    let named = parsed.python.into_iter().flat_map(|python| python.requirements).map(|file| file.path);
    let lacking: Vec<String> = named.filter(|path| !directory.join(path).exists()).collect();
    planned.files.push((manifest::FILE_NAMES[0], text.clone()));
    if lacking.iter().any(|path| path == REQUIREMENTS) {
        let list = found.conda.as_ref().filter(|(environment, _)| !environment.requirements.is_empty());
        let of_template = || template.sample.iter().find(|(path, _)| *path == REQUIREMENTS).map(|(_, text)| *text);
        let text = match list {
            Some((environment, file)) => Some(format!("# From {file}.\n{}\n", environment.requirements.join("\n"))),
            None => of_template().map(str::to_owned),
        };
        planned.files.extend(text.map(|text| (REQUIREMENTS, text)));
        if let Some((environment, file)) = list {
            planned.notes.push(format!("{REQUIREMENTS} has the packages of {file}, under their names on PyPI"));
            let left = environment.left.iter().map(|(spec, why)| format!("  without `{spec}`: {why}"));
            planned.notes.extend(left);
        }
    }
    let is_of_template = template.project.is_none() && text == own && found.packages.is_none() && found.conda.is_none();
    if is_of_template {
        planned.files.push((lock::FILE_NAME, template.lock.text()));
    }
    Ok(planned)
}

const REQUIREMENTS: &str = "requirements.txt";

/// How a `python` block begins in a template. None of them has a brace inside.
const PYTHON: &str = "\"python\": {";

/// A template's manifest with what the project's own files say about Python.
fn with_python(text: &str, found: &Python, notes: &mut Vec<String>) -> String {
    let Some(start) = text.find(PYTHON) else { return text.to_owned() };
    let end = text[start..].find('}').map_or(text.len(), |end| start + end);
    let has_packages = text[start..end].contains("requirements") || found.packages.is_some() || found.conda.is_some();
    let version = match &found.version {
        Some((version, file)) => {
            notes.push(format!("pinned Python {version}, from {file}"));
            format!("\"version\": \"{version}\"")
        }
        None => "\"version\": \">=3.10\",\n    \"from\": \"host\"".to_owned(),
    };
    let file = found.packages.unwrap_or(REQUIREMENTS);
    let packages = if has_packages { format!(",\n    \"requirements\": [\"{file}\"]") } else { String::new() };
    if found.version.is_none() && found.packages.is_none() && found.conda.is_none() {
        return text.to_owned();
    }
    format!("{}{PYTHON}\n    {version}{packages}\n  {}", &text[..start], &text[end..])
}

fn is_hidden(name: &std::ffi::OsStr) -> bool {
    name.as_encoded_bytes().starts_with(b".")
}
