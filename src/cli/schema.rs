//! `devshell schema`: the JSON schema of a file that people write, for their editor.

use clap::{Args, ValueEnum};

use super::Context;
use super::failure::Failure;
use crate::manifest::{self, config};

/// Print the JSON schema of devshell.json, or of config.json
///
/// An editor with schema support completes keys, shows what they mean and marks mistakes. The schema is the one of this
/// devshell, and no network is needed.
#[derive(Args)]
#[command(after_help = "Examples:
  devshell schema >.devshell.schema.json   # where an editor finds it
  devshell schema settings                 # that of your own config.json")]
pub struct Arguments {
    /// Which file it is about
    #[arg(value_enum, default_value_t = File::Manifest)]
    file: File,
}

#[derive(Clone, Copy, ValueEnum)]
enum File {
    /// devshell.json
    Manifest,
    /// config.json, your own settings
    Settings,
}

pub fn run(cx: &Context, arguments: &Arguments) -> Result<(), Failure> {
    cx.ui.json(&match arguments.file {
        File::Manifest => manifest::json_schema(),
        File::Settings => config::json_schema(),
    })
}
