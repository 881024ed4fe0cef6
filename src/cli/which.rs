//! `devshell which`: what a command is in the environment, and where it comes from.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::{Serialize, Serializer};

use super::failure::{Failure, code};
use super::run::way_to;
use super::table::table;
use super::{Context, Environments, Level, shell_hook};
use crate::env::{self, Origin};
use crate::road::{Ready, Stale};

/// Print the path that a command runs in the environment
///
/// This is the path that `devshell run -- COMMAND` runs; with `--verbose` you also see where it comes
/// from. The exit code is 1 if a command does not exist.
#[derive(Args)]
#[command(after_help = "\
Examples:
  devshell which node
  devshell which -v node sed")]
pub struct Arguments {
    #[command(flatten)]
    chosen: Environments,
    #[command(flatten)]
    level: Level,
    /// A command, as you would type it
    #[arg(value_name = "COMMAND", required = true)]
    commands: Vec<String>,
    /// Show all matches on PATH; the first one is the one that runs
    #[arg(short, long)]
    all: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Found {
    command: String,
    #[serde(serialize_with = "shown")]
    path: PathBuf,
    /// What put its directory on PATH: a tool and its version, or a part of the host.
    origin: String,
    /// Where it leads, when it is a link.
    target: Option<String>,
}

pub fn run(cx: &Context, arguments: &Arguments) -> Result<(), Failure> {
    let mut project = cx.project()?;
    let selection = arguments.chosen.selection(cx, &project, &arguments.level, false);
    let ready = cx.road().prepare(&mut project, &selection, Stale::Refuse)?;
    let applied = cx.road().apply_partly(&project, &ready)?;
    cx.note_missing(&applied);
    let composed = applied.variables.get(OsStr::new("PATH")).cloned().unwrap_or_default();
    let applied = shell_hook::run_untyped(cx, &project, &ready, applied)?;
    let mut found = Vec::new();
    let mut absent = Vec::new();
    for command in &arguments.commands {
        let paths = find(cx, applied.variables.get(OsStr::new("PATH")), command).take(if arguments.all {
            usize::MAX
        } else {
            1
        });
        let before = found.len();
        found.extend(paths.map(|path| described(&ready, &composed, command, path)));
        if found.len() == before {
            let text = format!("`{command}` is not in this dev shell");
            absent.push(Failure::said(code::NO, text, way_to(cx, &project, &ready, command)));
        }
        if ready.scripts.iter().any(|(script, _)| script == command) {
            cx.ui.note(&format!("`devshell run {command}` runs the manifest's script of that name"));
        }
    }
    if arguments.json {
        cx.ui.json(&found)?;
    } else if cx.ui.verbose {
        cx.ui.text(&table(&found.iter().map(row).collect::<Vec<_>>()))?;
    } else {
        let line = |found: &Found| [found.path.as_os_str().as_bytes(), b"\n"].concat();
        cx.ui.data(&found.iter().flat_map(line).collect::<Vec<u8>>())?;
    }
    if absent.is_empty() {
        return Ok(());
    }
    Err(Failure { code: code::NO, reports: absent.into_iter().flat_map(|failure| failure.reports).collect() })
}

/// The executables of that name, in the order of PATH.
pub fn find(cx: &Context, path: Option<&OsString>, command: &str) -> impl Iterator<Item = PathBuf> {
    which::which_in_all(command, path, &cx.host.directory).into_iter().flatten()
}

/// A command, and what put it on PATH: what was composed, or the `shellHook` of a dev shell of Nix.
fn described(ready: &Ready, composed: &OsStr, command: &str, path: PathBuf) -> Found {
    let directory = path.parent().unwrap_or(&path);
    let shown = directory.to_string_lossy();
    let entry = env::path_entries(&ready.environment).into_iter().find(|entry| entry.entry == shown);
    let hook = ready.shell_hook().filter(|_| std::env::split_paths(composed).all(|entry| entry != directory));
    let further = || hook.map_or_else(|| "host".to_owned(), |hook| Origin::NixHook(hook.name.clone()).to_string());
    Found {
        command: command.to_owned(),
        origin: entry.map_or_else(further, |entry| entry.origin),
        target: fs_err::read_link(&path).ok().map(|target| target.to_string_lossy().into_owned()),
        path,
    }
}

fn row(found: &Found) -> [String; 3] {
    let target = found.target.as_ref().map(|target| format!("-> {target}")).unwrap_or_default();
    [found.path.display().to_string(), found.origin.clone(), target]
}

/// A path in JSON.
pub fn shown<S: Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&path.display())
}
