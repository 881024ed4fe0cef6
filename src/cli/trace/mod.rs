//! `devshell trace`: what a command uses of the host that the manifest does not name.

mod report;
mod surroundings;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Args;
use fs_err::File;

use self::report::Report;
use self::surroundings::Surroundings;
use super::failure::{Failure, code};
use super::options::Chosen;
use super::run::{Prepared, failed, prepare};
use super::{Context, walls};
use crate::session::{self, Ending};

/// Run a command, then list what it used of the host that the manifest does not name
///
/// The command runs as with `devshell run`, and its exit status is kept. The list goes to standard error. Needs Linux.
#[derive(Args, Debug)]
#[command(
    override_usage = "devshell trace [OPTIONS] NAME [ARGUMENT]...\n       devshell trace [OPTIONS] -- COMMAND [ARGUMENT]...",
    disable_help_subcommand = true,
    after_help = "\
Examples:
  devshell trace -- make
  devshell trace --json --output trace.json test"
)]
pub struct Arguments {
    #[command(flatten)]
    chosen: Chosen,
    /// Print everything as JSON, in one line
    #[arg(long)]
    json: bool,
    /// Write the list to FILE instead of standard error
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// The name of a script, or else a command, and its arguments
    #[arg(value_name = "NAME", required = true, trailing_var_arg = true, allow_hyphen_values = true)]
    words: Vec<OsString>,
}

pub fn run(cx: &Context, arguments: &Arguments) -> Result<Ending, Failure> {
    let Prepared { project, ready, command, variables, directory, wall } =
        prepare(cx, &arguments.chosen, &arguments.words)?;
    // What cannot be written should not be known only after the command.
    let output = arguments.output.as_ref().map(|path| File::create(cx.host.directory.join(path))).transpose();
    let output = output.map_err(|error| Failure::said(code::BEFORE_START, error.to_string(), None))?;
    let surroundings = Surroundings::of(cx, &project, &variables);
    let ignored = surroundings.ignored();
    let (ending, trace) = session::trace_command(&command, &variables, &directory, wall.as_ref(), ignored)
        .map_err(|error| failed(cx, &project, &ready, error))?;
    let leaks = surroundings.sort(&trace, wall.is_some());
    let report =
        Report { command: &arguments.words, ending, leaks: &leaks, lost: trace.lost, home: surroundings.home() };
    let text = if arguments.json { report.to_json() } else { report.to_text() };
    cx.ui.beside(&text, output)?;
    walls::tell(cx, wall.as_ref());
    Ok(ending)
}
