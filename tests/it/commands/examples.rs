//! Every command shows how it is typed, in `--help` and in the pages, as it really can be.

use std::path::Path;

use super::calls::{calls, mistake};
use super::{commands, root};
use crate::support::sources::files;

#[test]
fn the_help_of_every_command_has_examples_that_parse() {
    let mut faults = Vec::new();
    for (name, command) in commands() {
        let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        let Some(examples) = help.strip_prefix("Examples:\n") else {
            faults.push(format!("`devshell {name} --help` ends in no `Examples:`"));
            continue;
        };
        for line in examples.lines() {
            let found = calls(line.trim());
            if !found.iter().any(|words| words.join(" ").starts_with(&name)) {
                faults.push(format!("`devshell {name} --help`: no call of it: {line}"));
            }
            faults.extend(found.iter().filter_map(|words| mistake(words)).map(|why| format!("{name}: {line}: {why}")));
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

/// The pages, by their names.
fn pages() -> Vec<(String, String)> {
    let mut pages: Vec<_> = ["docs", "shells"].iter().flat_map(|part| files(&root().join(part), "md")).collect();
    pages.extend(["README.md", "CONTRIBUTING.md"].map(|page| root().join(page)));
    let name = |path: &Path| path.strip_prefix(root()).unwrap().display().to_string();
    pages.into_iter().map(|path| (name(&path), fs_err::read_to_string(&path).unwrap())).collect()
}

/// The lines of code blocks, with their numbers: what is typed into a shell.
fn shell_lines(page: &str) -> Vec<(usize, String)> {
    let (mut language, mut found) = (None, Vec::new());
    for (number, line) in (1..).zip(page.lines()) {
        let text = line.trim_start();
        if let Some(fence) = text.strip_prefix("```") {
            language = if language.is_some() { None } else { Some(fence.trim()) };
        } else if language == Some("sh") {
            found.push((number, text.to_owned()));
        } else if language == Some("console")
            && let Some((_, command)) = text.split_once("$ ")
        {
            found.push((number, command.to_owned()));
        }
    }
    found
}

#[test]
fn what_the_pages_type_parses() {
    let (mut count, mut faults) = (0, Vec::new());
    for (path, page) in pages() {
        for (number, line) in shell_lines(&page) {
            for words in calls(&line) {
                count += 1;
                faults.extend(mistake(&words).map(|why| format!("{path}:{number}: {line}: {why}")));
            }
        }
    }
    assert!(count > 100, "{count} calls");
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

/// A page without its code blocks.
fn prose(page: &str) -> String {
    let parts = page.split("\n```").step_by(2);
    parts.map(|part| part.split_once('\n').map_or("", |(_, rest)| rest)).collect::<Vec<_>>().join("\n")
}

/// The options before the words that belong to another command.
fn options(words: &[&str]) -> Vec<String> {
    let own = words.iter().take_while(|word| !matches!(**word, "--" | "|" | "\\|" | "<" | ">"));
    let name = |word: &&str| word.split('=').next().unwrap_or_default().trim_matches(['[', ']']).to_owned();
    own.map(name).filter(|word| word.starts_with("--")).collect()
}

/// `devshell VERB --option` in prose names a command that exists, and options of it.
#[test]
fn the_pages_name_no_other_commands_and_options() {
    let whole = devshell::cli::command();
    let (mut count, mut faults) = (0, Vec::new());
    for (path, page) in pages() {
        let prose = prose(&page);
        for code in super::code(&prose).filter_map(|code| code.strip_prefix("devshell ")) {
            let words: Vec<&str> = code.split([' ', '\n']).filter(|word| !word.is_empty()).collect();
            let is_verb = |word: &&&str| word.starts_with(|c: char| c.is_ascii_lowercase());
            let Some(place) = words.iter().position(|word| is_verb(&word)) else { continue };
            let verb = words[place].trim_end_matches(|c: char| !c.is_alphanumeric());
            count += 1;
            let Some(mut command) = whole.find_subcommand(verb) else {
                faults.push(format!("{path}: `devshell {code}`: no such command"));
                continue;
            };
            if let Some(inner) = words.get(place + 1).and_then(|word| command.find_subcommand(word)) {
                command = inner;
            }
            let rest = if verb == "run" { &words[..place] } else { &words[place + 1..] };
            let known: Vec<String> = command.get_arguments().flat_map(super::longs).collect();
            let unknown = options(rest).into_iter().filter(|option| !known.contains(option));
            faults.extend(unknown.map(|option| format!("{path}: `devshell {code}`: no option {option}")));
        }
    }
    assert!(count > 200, "{count} commands");
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}
