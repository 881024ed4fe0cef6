//! The words that devshell's texts do without (docs, `--help`, messages, comments). In all of them the subject is devshell, the command or "you".

use std::collections::BTreeSet;
use std::path::Path;

use crate::support::Sandbox;
use crate::support::literals::literals;
use crate::support::sources::files;

/// What to avoid, and what to write instead.
const HABITS: &[(&str, &str)] = &[
    ("lie", "be"),
    ("lies", "is"),
    ("lying", "being"),
    ("stand", "be"),
    ("stands", "is"),
    ("stood", "was"),
    ("behind", "after"),
    ("in front of", "before"),
    ("in front", "first, at the start"),
    ("in force", "active"),
    ("be had", "available"),
    ("anew", "again"),
    ("nobody", "devshell does not, no one"),
    ("somebody", "a name for who it is"),
    ("whoever", "you, or a name for who it is"),
    ("told", "printed, shown"),
    ("said", "printed, shown"),
    ("vouch", "guarantee, verify"),
    ("vouches", "guarantees, verifies"),
    ("with a say", "that consent covers"),
    ("who types", "in an interactive session"),
];

/// Where a word is meant as English means it: the file, a part of the line, and why.
const MEANT: &[(&str, &str, &str)] = &[
    ("docs/ci.md", "Behind a proxy or a mirror", "a network has a front"),
    ("docs/lock.md", "behind a mirror", "a network has a front"),
    ("docs/reliability.md", "leaves behind", "to leave behind"),
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The habits in a text, each once. Code in backticks and names in braces are not prose.
fn habits(text: &str) -> Vec<&'static (&'static str, &'static str)> {
    let prose: String = text.split('`').step_by(2).collect::<Vec<_>>().join(" ");
    let in_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '\'' | '{' | '}');
    let words: Vec<String> = prose.split(|c| !in_word(c)).filter(|w| !w.is_empty()).map(str::to_lowercase).collect();
    let spaced = format!(" {} ", words.join(" "));
    HABITS.iter().filter(|(habit, _)| spaced.contains(&format!(" {habit} "))).collect()
}

/// The lines of a page that are prose, with their numbers.
fn prose(page: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut is_code = false;
    page.lines().enumerate().filter_map(move |(index, line)| {
        let is_fence = line.trim_start().starts_with("```");
        is_code ^= is_fence;
        (!is_code && !is_fence).then_some((index + 1, line))
    })
}

/// Each line that has a habit, as `FILE:LINE: WORD`, unless it is meant; and which of `MEANT` were met.
#[derive(Default)]
struct Review {
    found: Vec<String>,
    met: BTreeSet<usize>,
}

impl Review {
    fn read(&mut self, file: &str, line: usize, text: &str) {
        for (habit, instead) in habits(text) {
            let meant = MEANT.iter().position(|(place, part, _)| *place == file && text.contains(part));
            match meant {
                Some(meant) => _ = self.met.insert(meant),
                None => self.found.push(format!("{file}:{line}: `{habit}` (write: {instead}): {}", text.trim())),
            }
        }
    }
}

#[test]
fn docs_messages_and_comments_are_plain_english() {
    let mut review = Review::default();
    let name = |path: &Path| path.strip_prefix(root()).unwrap().display().to_string();
    let mut pages = files(&root().join("docs"), "md");
    pages.extend(files(&root().join("shells"), "md"));
    pages.extend(["README.md", "SECURITY.md", "CHANGELOG.md", "CONTRIBUTING.md"].map(|page| root().join(page)));
    for page in pages.iter().filter(|page| page.exists()) {
        let text = fs_err::read_to_string(page).unwrap();
        prose(&text).for_each(|(number, line)| review.read(&name(page), number, line));
    }
    for source in files(&root().join("src"), "rs") {
        let text = fs_err::read_to_string(&source).unwrap();
        if source.ends_with("tests.rs") {
            continue;
        }
        let text = text.split("#[cfg(test)]\nmod ").next().unwrap();
        // A literal of one word is a name, not a message.
        let messages = literals(text).into_iter().filter(|(_, text)| text.contains(' '));
        messages.for_each(|(number, text)| review.read(&name(&source), number, &text));
        let comments = text.lines().enumerate().filter(|(_, line)| line.trim_start().starts_with("//"));
        comments.for_each(|(index, line)| review.read(&name(&source), index + 1, line));
    }
    assert!(review.found.is_empty(), "\n{}", review.found.join("\n"));
    let unmet: Vec<_> = MEANT.iter().enumerate().filter(|(index, _)| !review.met.contains(index)).collect();
    assert!(unmet.is_empty(), "no longer there, take it out of the list: {unmet:?}");
}

#[test]
fn a_habit_is_found_wherever_it_is_prose() {
    let words = |text| habits(text).iter().map(|(habit, _)| *habit).collect::<Vec<_>>();
    assert_eq!(words("What Lies in front of it; it cannot be had."), ["lies", "in front of", "in front", "be had"]);
    assert_eq!(words("`nobody` in code, a stand-in, {said} as a name, handstand"), [""; 0]);
    let page = "told\n```\nsaid\n```\nanew";
    assert_eq!(prose(page).collect::<Vec<_>>(), [(1, "told"), (5, "anew")]);
    let mut review = Review::default();
    review.read("docs/x.md", 3, "It is told so.");
    assert_eq!(review.found, ["docs/x.md:3: `told` (write: printed, shown): It is told so."]);
    let source = "let a = \"one \\\n    two\"; // \"not this\"\nlet c = '\"'; let b = r#\"a \"said\" b\"#;";
    assert_eq!(literals(source), [(1, "one two".to_owned()), (3, "a \"said\" b".to_owned())]);
}

/// The words of the first column of a help text's list.
fn listed(help: &str, heading: &str) -> Vec<String> {
    let lines = help.lines().skip_while(|line| *line != heading).skip(1).take_while(|line| !line.is_empty());
    let entries = lines.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    entries.map(|line| line.split_whitespace().next().unwrap().to_owned()).filter(|word| word != "help").collect()
}

#[test]
fn help_is_plain_english() {
    let sandbox = Sandbox::new();
    let main = sandbox.run(&["--help"]).text();
    for verb in listed(&main, "Commands:") {
        let help = sandbox.run(&[&verb, "--help"]).text();
        assert!(habits(&help).is_empty(), "{verb} --help: {:?}", habits(&help));
    }
    assert!(habits(&main).is_empty(), "{:?}", habits(&main));
}
