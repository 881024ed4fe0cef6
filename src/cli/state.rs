//! `devshell state`: the project's own directory for what its services keep.

use std::os::unix::ffi::OsStrExt as _;

use clap::{Args, Subcommand};
use serde_json::json;

use super::Context;
use super::failure::Failure;
use crate::road;

/// Show the project's state directory, DEVSHELL_STATE
#[derive(Args)]
#[command(after_help = "\
Examples:
  ls \"$(devshell state path)\"")]
pub struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Print its path, and create it if it does not exist
    #[command(after_help = "\
Examples:
  devshell state path
  devshell state path --json")]
    Path {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

pub fn run(cx: &Context, arguments: &Arguments) -> Result<(), Failure> {
    let Action::Path { json } = arguments.action;
    // As entering does, so that what is put there finds it.
    let directory = road::make_state_directory(&cx.host, &cx.project()?)?;
    if json {
        cx.ui.json(&json!({ "path": directory.to_string_lossy() }))
    } else {
        cx.ui.data(&[directory.as_os_str().as_bytes(), b"\n"].concat())
    }
}
