//! `devshell export`: the locked Python packages in the formats of others, so that a build without
//! devshell installs just what was tested.

use clap::{Args, Subcommand};

use super::Context;
use super::failure::{Failure, code};
use crate::lock::{self, LockedPython};
use crate::python;
use crate::road::Stale;

/// Print the locked Python packages in a format that other tools read
#[derive(Args)]
#[command(after_help = "\
Examples:
  devshell export requirements >requirements.lock
  devshell export pylock >pylock.toml")]
pub struct Arguments {
    #[command(subcommand)]
    format: Format,
}

#[derive(Subcommand)]
enum Format {
    /// Print a requirements.txt with hashes, as `pip install --require-hashes -r` reads it
    #[command(after_help = "\
Examples:
  devshell export requirements >requirements.lock")]
    Requirements,
    /// Print a pylock.toml (PEP 751), with URLs on the active index
    #[command(after_help = "\
Examples:
  devshell export pylock >pylock.toml")]
    Pylock,
}

pub fn run(cx: &Context, arguments: &Arguments) -> Result<(), Failure> {
    let mut project = cx.project()?;
    let manifest = cx.road().read_manifest(&project)?;
    let sources = cx.road().sources(&project, &manifest);
    let lock = cx.road().current_lock(&mut project, &manifest, &sources, Stale::Refuse)?;
    let has_packages = |python: &&LockedPython| manifest.python.is_some() && !python.artifacts.is_empty();
    let Some(python) = lock.python.as_ref().filter(has_packages) else {
        let text = "the manifest names no Python packages";
        return Err(Failure::said(
            code::MANIFEST,
            text,
            "name a file: \"python\": { …, \"requirements\": [\"requirements.txt\"] }".to_owned(),
        ));
    };
    let text = match arguments.format {
        Format::Requirements => lock::requirements(python),
        Format::Pylock => python::exported(python, &sources).map_err(|error| Failure::new(code::TOOL, &error))?,
    };
    cx.ui.data(text.as_bytes())
}
