//! `devshell down`: stops services that another process has.

use clap::Args;

use super::Context;
use super::failure::{Failure, code};
use super::services::{client, place, unknown};
use crate::services::{Answer, Request};

/// Stop the project's services
///
/// Without names, all services stop, and the `devshell up` that has them ends. With names, these services stop, after those
/// that need them.
#[derive(Args)]
#[command(after_help = "\
Examples:
  devshell down
  devshell down web")]
pub struct Arguments {
    /// Services by name; all by default
    #[arg(value_name = "NAME")]
    names: Vec<String>,
}

pub fn run(cx: &Context, arguments: &Arguments) -> Result<(), Failure> {
    let Some(mut manager) = client(&place(cx)?) else {
        cx.ui.note("no service of this project is running");
        return Ok(());
    };
    match manager.ask(&Request::Stop(arguments.names.clone()))? {
        Answer::Unknown(names) => {
            let known = match manager.ask(&Request::Status)? {
                Answer::Status(all) => all.into_iter().map(|status| status.service).collect(),
                _ => Vec::new(),
            };
            Err(unknown(names.first().map_or("", String::as_str), known.iter().map(String::as_str)))
        }
        Answer::Failed(_) => Err(Failure { code: code::NO, reports: Vec::new() }),
        _ => {
            cx.ui.note(if arguments.names.is_empty() { "all services have stopped" } else { "they have stopped" });
            Ok(())
        }
    }
}
