//! `devshell man`: the manual pages, written from the same definitions as the help.

use std::path::PathBuf;

use clap::{Args, Command};
use clap_mangen::Man;

use super::failure::Failure;
use super::{Context, command};
use crate::files::write_whole;

/// Print the manual page, or write the pages of all commands
///
/// With DIR, devshell writes one page for each command there, so that `man devshell-run` finds it.
#[derive(Args)]
#[command(after_help = "\
Examples:
  devshell man | man -l -
  devshell man ~/.local/share/man/man1")]
pub struct Arguments {
    /// Where to write the pages; created if it does not exist
    // Not `directory`, which is what `-C` is called among the arguments.
    #[arg(value_name = "DIR")]
    pages: Option<PathBuf>,
}

pub fn run(cx: &Context, arguments: &Arguments) -> Result<(), Failure> {
    let whole = command();
    let Some(directory) = &arguments.pages else {
        return cx.ui.data(&page(&Man::new(whole))?);
    };
    let directory = cx.host.directory.join(directory);
    fs_err::create_dir_all(&directory)?;
    let mut written = 0;
    for command in all(whole) {
        let man = Man::new(command);
        write_whole(&directory.join(man.get_filename()), &page(&man)?)?;
        written += 1;
    }
    cx.ui.note(&format!("wrote {written} pages to {}", directory.display()));
    Ok(())
}

/// A command and those below it, without what is not for people.
fn all(command: Command) -> Vec<Command> {
    let below = command.get_subcommands().filter(|command| !command.is_hide_set()).cloned().flat_map(all);
    let below: Vec<Command> = below.collect();
    std::iter::once(command).chain(below).collect()
}

fn page(man: &Man) -> Result<Vec<u8>, Failure> {
    let mut page = Vec::new();
    man.render(&mut page)?;
    // What follows the options are the examples. clap_mangen calls any such text "extra".
    Ok(String::from_utf8_lossy(&page).replace(".SH EXTRA\nExamples:\n", ".SH EXAMPLES\n").into_bytes())
}
