//! `devshell deny`: a project changes no shell by itself, and nothing more is printed about it.

use clap::Args;

use super::failure::Failure;
use super::{Context, allow};
use crate::consent::{self, Decision};

/// Never load this project on `cd`, and print no more notes about it
#[derive(Args)]
#[command(after_help = "\
Examples:
  devshell deny")]
pub struct Arguments {}

pub fn run(cx: &Context, _: &Arguments) -> Result<(), Failure> {
    let (project, subject) = allow::subject(cx)?;
    consent::record(&cx.host, &subject, Decision::Denied)?;
    cx.ui.note(&format!("`{}` is denied; `devshell allow` allows it", project.root.display()));
    Ok(())
}
