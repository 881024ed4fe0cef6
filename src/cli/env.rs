//! `devshell env`: the environment as data, for other programs and for the curious.

mod diff;

use std::io::Write as _;
use std::path::Path;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use super::failure::{Failure, code};
use super::{Context, Environments, Level, shell_hook};
use crate::dialect::{self, Dialect};
use crate::env::{self, Applied, Snapshot};
use crate::road::{self, Stale};

/// Print what entering would change in your environment
#[derive(Args)]
#[command(after_help = "\
Examples:
  devshell env --explain
  eval \"$(devshell env --format bash)\"")]
pub struct Arguments {
    #[command(flatten)]
    chosen: Environments,
    #[command(flatten)]
    level: Level,
    /// The output format; `github` appends to the files that GITHUB_ENV and GITHUB_PATH name
    #[arg(long, value_parser = notations(), default_value = "dotenv")]
    format: Notation,
    /// Explain where each variable and PATH entry comes from, and what is removed
    #[arg(long)]
    explain: bool,
    /// Show how the environment B differs from A, and end with exit code 1 if it does. Each is the
    /// name of an environment (`default` is the one without -e), a file written by `devshell env
    /// --json`, or (both) a devshell.lock [default for B: the current environment]
    #[arg(long, num_args = 1..=2, value_names = ["A", "B"], conflicts_with_all = ["format", "explain"])]
    diff: Vec<String>,
    /// The same as --format json
    #[arg(long, conflicts_with = "format")]
    json: bool,
}

/// How the environment is written.
#[derive(Clone, Copy)]
enum Notation {
    Json,
    Dotenv,
    Github,
    Shell(&'static dyn Dialect),
}

/// Reads a notation: one of ours, or a shell's name.
fn notations() -> impl TypedValueParser<Value = Notation> {
    let shells = dialect::ALL.iter().filter(|known| known.is_format).map(|known| known.dialect.name());
    let names = ["json", "dotenv"].into_iter().chain(shells).chain(["github"]);
    PossibleValuesParser::new(names).map(|name| match name.as_str() {
        "json" => Notation::Json,
        "dotenv" => Notation::Dotenv,
        "github" => Notation::Github,
        shell => Notation::Shell(dialect::of(Path::new(shell))),
    })
}

pub fn run(cx: &Context, arguments: &Arguments) -> Result<(), Failure> {
    if let [before, after @ ..] = arguments.diff.as_slice() {
        return diff::run(cx, arguments, before, after.first().map(String::as_str));
    }
    let mut project = cx.project()?;
    let selection = arguments.chosen.selection(cx, &project, &arguments.level, false);
    let ready = cx.road().prepare(&mut project, &selection, Stale::Refuse)?;
    let (applied, secrets) = cx.road().apply_with_secrets(&project, &ready)?;
    let applied = shell_hook::run_untyped(cx, &project, &ready, applied)?;
    if arguments.explain {
        cx.note_missing(&applied);
        let explanation = env::explain(&ready.environment, &applied, &secrets);
        return if arguments.json { cx.ui.json(&explanation) } else { cx.ui.text(&explanation.to_text()) };
    }
    let applied = road::complete(applied)?;
    let caller = &cx.host.variables;
    let handed_on = |applied: Applied| applied.handed_on(caller, &ready.environment, selection.options(), None);
    let notation = if arguments.json { Notation::Json } else { arguments.format };
    match notation {
        Notation::Json => cx.ui.json(&Snapshot::of(&ready.environment, &applied, caller, &secrets)),
        Notation::Dotenv => cx.ui.data(&env::render_dotenv(&applied, caller)),
        Notation::Shell(dialect) => {
            // The shell that evaluates it may be in a dev shell.
            cx.ui.data(&env::render(&handed_on(applied), cx.host.variables_here(), dialect))
        }
        Notation::Github => {
            let (variables, path) = env::render_github(&ready.environment, &handed_on(applied), caller);
            append(cx, "GITHUB_ENV", &variables)?;
            append(cx, "GITHUB_PATH", &path)
        }
    }
}

/// Appends to the file that a variable of the runner names.
fn append(cx: &Context, variable: &str, bytes: &[u8]) -> Result<(), Failure> {
    let Some(path) = cx.host.variable(variable).filter(|path| !path.is_empty()) else {
        let hint = "this format is for a step in GitHub Actions, whose runner sets the variable".to_owned();
        return Err(Failure::said(code::USAGE, format!("{variable} is not set"), hint));
    };
    let mut file = fs_err::OpenOptions::new().append(true).create(true).open(Path::new(path))?;
    Ok(file.write_all(bytes)?)
}
