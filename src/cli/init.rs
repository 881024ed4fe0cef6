//! `devshell init`: a first manifest.

use std::path::{Path, PathBuf};

use clap::Args;

use super::Context;
use super::failure::{Failure, code};
use super::table::table;
use crate::files::write_whole;
use crate::hint::nearest;
use crate::templates::{TEMPLATES, Template};
use crate::{lock, manifest};

/// Write a devshell.json: a minimal one, or one from a template
///
/// devshell never overwrites a file. In an empty directory, a template adds its sample project; in
/// any other, only its tools, without the sample's scripts.
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
    let files = match template {
        None => vec![(manifest::FILE_NAMES[0], MINIMAL.to_owned())],
        Some(template) if is_empty => whole(template),
        Some(template) => without_sample(template, &directory)?,
    };
    let files: Vec<(PathBuf, String)> = files.into_iter().map(|(name, text)| (directory.join(name), text)).collect();
    let in_the_way = manifest::FILE_NAMES.map(|name| directory.join(name)).into_iter();
    let in_the_way =
        in_the_way.chain(files.iter().map(|(path, _)| path.clone())).find(|path| path.symlink_metadata().is_ok());
    if let Some(path) = in_the_way {
        let text = format!("`{}` is there already", path.display());
        return Err(Failure::said(
            code::NO,
            text,
            "`devshell init` never overwrites; `devshell add` changes it".to_owned(),
        ));
    }
    for (path, text) in &files {
        fs_err::create_dir_all(path.parent().unwrap_or(&directory))?;
        write_whole(path, text.as_bytes())?;
        cx.ui.note(&format!("wrote {}", path.strip_prefix(&directory).unwrap_or(path).display()));
    }
    cx.ui.note(match template {
        None => "`devshell add TOOL` adds a tool; `devshell enter` enters",
        Some(_) => "`devshell enter` enters",
    });
    Ok(())
}

fn find(name: &str) -> Result<&'static Template, Failure> {
    TEMPLATES.iter().find(|template| template.name == name).ok_or_else(|| {
        let meant = nearest(name, TEMPLATES.iter().map(|template| template.name));
        let hint =
            meant.map_or("`devshell init --list` lists them".to_owned(), |near| format!("did you mean `{near}`?"));
        Failure::said(code::USAGE, format!("there is no template `{name}`"), hint)
    })
}

fn whole(template: &Template) -> Vec<(&'static str, String)> {
    let own = [(manifest::FILE_NAMES[0], template.manifest), (lock::FILE_NAME, template.lock)];
    own.into_iter().chain(template.sample.iter().copied()).map(|(name, text)| (name, text.to_owned())).collect()
}

/// What a project that is there already takes of a template: its manifest, the files that this
/// names, and the lock. A file of the project's own stays; the lock would not be one of that.
fn without_sample(template: &Template, directory: &Path) -> Result<Vec<(&'static str, String)>, Failure> {
    let text = ["name", "scripts"].iter().try_fold(template.manifest.to_owned(), |text, key| {
        manifest::remove_key(&text, key).map_err(|error| Failure::said(code::MANIFEST, error.to_string(), None))
    })?;
    let parsed = manifest::parse(manifest::FILE_NAMES[0], &text).map_err(Box::new)?;
    let named = parsed.python.into_iter().flat_map(|python| python.requirements).map(|file| file.path);
    let (there, lacking): (Vec<String>, Vec<String>) = named.partition(|path| directory.join(path).exists());
    let mut files = vec![(manifest::FILE_NAMES[0], text)];
    let is_lacking = |path: &str| lacking.iter().any(|name| name == path);
    let brought = template.sample.iter().filter(|(path, _)| is_lacking(path));
    files.extend(brought.map(|(path, text)| (*path, (*text).to_owned())));
    if there.is_empty() {
        files.push((lock::FILE_NAME, template.lock.to_owned()));
    }
    Ok(files)
}

fn is_hidden(name: &std::ffi::OsStr) -> bool {
    name.as_encoded_bytes().starts_with(b".")
}
