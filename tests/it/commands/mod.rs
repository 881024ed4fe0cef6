//! The commands as they are, and what texts say about them: the options and summaries in the pages, the examples in
//! `--help`, the exit codes and the variables.

mod calls;
mod examples;
mod options;
mod sources;

use std::path::Path;

use clap::{Arg, Command};

/// The pages that describe commands: most, and those of the hook.
const PAGES: [&str; 2] = ["docs/cli.md", "docs/cd.md"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[track_caller]
fn read(path: &str) -> String {
    fs_err::read_to_string(root().join(path)).unwrap()
}

/// Every command that is not hidden, with its words after `devshell`: `state`, `state path`.
fn commands() -> Vec<(String, Command)> {
    fn below(before: &str, command: &Command, found: &mut Vec<(String, Command)>) {
        for inner in command.get_subcommands().filter(|inner| !inner.is_hide_set()) {
            let words = format!("{before} {}", inner.get_name()).trim_start().to_owned();
            found.push((words.clone(), inner.clone()));
            below(&words, inner, found);
        }
    }
    let mut found = Vec::new();
    below("", &devshell::cli::command(), &mut found);
    found
}

/// The long names of an option, with `--`.
fn longs(arg: &Arg) -> Vec<String> {
    let names = arg.get_long_and_visible_aliases().unwrap_or_default();
    names.into_iter().map(|name| format!("--{name}")).collect()
}

/// The part of a page below a heading, down to the next one of the same level.
fn section<'p>(page: &'p str, heading: &str) -> &'p str {
    let (_, part) = page.split_once(&format!("\n## {heading}\n")).unwrap_or_else(|| panic!("no heading `{heading}`"));
    part.split("\n## ").next().unwrap_or_default()
}

/// What is in backticks.
fn code(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}
