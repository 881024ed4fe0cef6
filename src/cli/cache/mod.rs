//! `devshell cache`: what a CI system that keeps the store between jobs needs to know.

mod key;

use clap::{Args, Subcommand};

use super::Context;
use super::failure::Failure;

/// Help a CI system keep the store between jobs
#[derive(Args)]
#[command(after_help = "\
Examples:
  devshell cache key
  devshell cache key --json   # with the prefix for older caches, and the directories to keep")]
pub struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    Key(key::Arguments),
}

pub fn run(cx: &Context, arguments: &Arguments) -> Result<(), Failure> {
    match &arguments.action {
        Action::Key(arguments) => key::run(cx, arguments),
    }
}
