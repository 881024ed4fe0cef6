//! `devshell state`: the project's own directory for what its services keep.

use std::os::unix::ffi::OsStrExt as _;

use clap::{Args, Subcommand};
use serde_json::json;

use super::failure::Failure;
use super::{Context, road};

/// Tell about the project's state directory, DEVSHELL_STATE
#[derive(Args)]
pub struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Print where it lies
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
