//! `devshell overridden`, hidden: what a start file says when the user's rc files had changed
//! variables of the dev shell. It looks into the files for the place, so that no one has to search.

use std::path::{Path, PathBuf};

use clap::Args;

use super::Context;
use super::failure::Failure;
use crate::dialect::{self, Places};
use crate::files::bounded;

/// Say which of the user's files changed these variables
#[derive(Args)]
pub struct Arguments {
    /// The shell that read the files
    #[arg(long, value_name = "SHELL")]
    shell: PathBuf,
    #[arg(value_name = "VARIABLE", required = true)]
    names: Vec<String>,
}

/// No rc file that people write is longer.
const LONGEST: u64 = 1 << 20;

#[expect(clippy::unnecessary_wraps, reason = "every verb can fail")]
pub fn run(cx: &Context, arguments: &Arguments) -> Result<(), Failure> {
    let changed: Vec<String> = arguments
        .names
        .iter()
        .map(|name| match place(cx, &arguments.shell, name) {
            Some(place) => format!("`{name}` ({place})"),
            None => format!("`{name}`"),
        })
        .collect();
    let values = if changed.len() == 1 { "value holds" } else { "values hold" };
    cx.ui.note(&format!("your rc files changed {}; the dev shell's {values}", changed.join(", ")));
    Ok(())
}

/// `FILE:LINE`, with the home directory as `~`.
fn place(cx: &Context, shell: &Path, name: &str) -> Option<String> {
    let home = cx.host.home.as_deref()?;
    let own = cx.host.config_directory()?;
    let zdotdir = cx.host.variable("ZDOTDIR").map(Path::new);
    let files = dialect::of(shell).rc_files(&Places { home, config: own.parent()?, zdotdir });
    let files: Vec<PathBuf> = files.into_iter().flat_map(in_order).collect();
    let (file, line) = dialect::setter(name, &files, home, &read)?;
    let shown = file.strip_prefix(home).map_or_else(|_| file.clone(), |below| Path::new("~").join(below));
    Some(format!("{}:{line}", shown.display()))
}

/// A file, or those in a directory, by their names.
fn in_order(path: PathBuf) -> Vec<PathBuf> {
    let Ok(entries) = fs_err::read_dir(&path) else { return vec![path] };
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    files.sort();
    files
}

fn read(path: &Path) -> Option<String> {
    bounded::read(path, LONGEST).ok().map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}
