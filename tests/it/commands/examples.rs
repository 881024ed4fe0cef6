//! Every command shows how it is typed, in `--help` and in the pages, as it really can be.

use super::calls::{calls, mistake};
use super::{commands, read, root};
use crate::tidy::files;

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
    let mut pages: Vec<_> = ["docs", "shells"].iter().flat_map(|part| files(&root().join(part), "md")).collect();
    pages.extend(["README.md", "CONTRIBUTING.md"].map(|page| root().join(page)));
    let (mut count, mut faults) = (0, Vec::new());
    for path in pages {
        let page = fs_err::read_to_string(&path).unwrap();
        for (number, line) in shell_lines(&page) {
            for words in calls(&line) {
                count += 1;
                faults.extend(mistake(&words).map(|why| format!("{}:{number}: {line}: {why}", path.display())));
            }
        }
    }
    assert!(count > 100, "{count} calls");
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

/// `devshell VERB …` in the prose of the reference names a command that exists.
#[test]
fn the_reference_names_no_other_commands() {
    let names: Vec<String> = commands().into_iter().map(|(name, _)| name).collect();
    for page in super::PAGES {
        for code in super::code(&read(page)).filter_map(|code| code.strip_prefix("devshell ")) {
            let verb = code.split_whitespace().find(|word| !word.starts_with('-')).unwrap_or_default();
            let verb = verb.trim_end_matches(|c: char| !c.is_alphanumeric());
            let is_name = verb.starts_with(|c: char| c.is_ascii_lowercase());
            assert!(!is_name || names.iter().any(|name| name == verb), "{page} names `devshell {code}`");
        }
    }
}
