//! `devshell generate`: files that a repository commits, for people and machines without devshell.

pub mod launcher;
mod sums;

use clap::{Args, Subcommand};

use super::Context;
use super::failure::Failure;

/// Write a file that a repository commits
#[derive(Args)]
#[command(after_help = "\
Examples:
  devshell generate launcher --sums SHA256SUMS   # writes ./devshell")]
pub struct Arguments {
    #[command(subcommand)]
    file: File,
}

#[derive(Subcommand)]
enum File {
    Launcher(launcher::Arguments),
}

pub fn run(cx: &Context, arguments: &Arguments) -> Result<(), Failure> {
    match &arguments.file {
        File::Launcher(arguments) => launcher::run(cx, arguments),
    }
}
