//! The blocks of one page that have one fixture, typed one after the other into a shell on a terminal.

use std::ops::Range;

use super::fixture::Fixture;
use super::page::{Block, Entry};
use super::world::World;
use crate::support::not_run;
use crate::support::pty::Terminal;

pub struct Story {
    world: World,
    fixture: Fixture,
}

/// A command that printed something else than the page has.
pub struct Difference {
    pub line: usize,
    pub command: String,
    pub expected: Vec<String>,
    pub found: Vec<String>,
    /// Where the page has the output.
    pub lines: Range<usize>,
}

impl Story {
    #[track_caller]
    pub fn begin(fixture: &str) -> Self {
        let mut story = Self { world: World::new(), fixture: Fixture::named(fixture) };
        story.step("");
        story
    }

    #[track_caller]
    pub fn step(&mut self, name: &str) {
        for deed in self.fixture.step(name) {
            self.world.perform(deed);
            if self.world.needs_root && !rustix::process::geteuid().is_root() {
                break;
            }
        }
    }

    /// What a command prints as JSON.
    #[track_caller]
    pub fn document(&self, command: &str) -> serde_json::Value {
        self.world.bash(command).json()
    }

    /// Types the commands of a block into a shell of its own.
    pub fn run(&mut self, block: &Block) -> Vec<Difference> {
        if self.world.needs_root && !rustix::process::geteuid().is_root() {
            not_run("a block of a page", "only root can make the files of other users");
            return Vec::new();
        }
        let first = &block.entries[0].prompt;
        let directory = if first.directory.is_empty() { &self.world.directory } else { &first.directory };
        let mut terminal = self.world.terminal(directory);
        let mut shown = terminal.prompt();
        if !first.mark.is_empty() {
            terminal.send_line("devshell enter");
            shown = terminal.prompt();
        }
        let mut differences = Vec::new();
        let is_silent = block.entries.iter().all(|entry| entry.output.is_empty());
        for entry in &block.entries {
            if !entry.prompt.directory.is_empty() && entry.prompt.mark.is_empty() && !entry.prompt.is_shown_as(&shown) {
                terminal.send_line(&format!("cd {}", entry.prompt.directory));
                shown = terminal.prompt();
            }
            if !entry.prompt.is_shown_as(&shown) {
                differences.push(difference(
                    entry,
                    format!("the prompt is {shown}, not {:?}", entry.prompt),
                    Vec::new(),
                ));
                break;
            }
            if let Some(command) = &entry.command {
                let mut found = self.printed(&mut terminal, command);
                // Where a page has no output at all, it says how something is typed: that has to succeed.
                if is_silent && self.printed(&mut terminal, "echo $?") == ["0"] {
                    found.clear();
                }
                if !self.world.names().agree(&entry.output, &found) {
                    differences.push(difference(entry, command.clone(), found));
                }
                shown = terminal.prompt();
            }
        }
        differences
    }

    /// Types a command, and gives what is printed before the next prompt, as a page writes it.
    fn printed(&mut self, terminal: &mut Terminal, command: &str) -> Vec<String> {
        let before = terminal.lines().len();
        terminal.send_line(&self.world.typed(command));
        for (question, reply) in std::mem::take(&mut self.world.answers) {
            terminal.wait_for(&question);
            terminal.send_line(&self.world.typed(&reply));
        }
        terminal.prompt();
        let (lines, names) = (terminal.lines(), self.world.names());
        let printed = lines.get(before..lines.len() - 1).unwrap_or_default();
        let mut printed: Vec<String> = printed.iter().map(|line| names.page(line)).collect();
        // bash says this when it ends, and other shells don't.
        if command == "exit" && printed.first().is_some_and(|line| line == "exit") {
            printed.remove(0);
        }
        printed
    }
}

fn difference(entry: &Entry, command: String, found: Vec<String>) -> Difference {
    let expected = entry.output.clone();
    Difference { line: entry.lines.start, command, expected, found, lines: entry.lines.clone() }
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (expected, found) = (self.expected.join("\n"), self.found.join("\n"));
        write!(f, "{}: {}\n-- the page\n{expected}\n-- devshell\n{found}\n--", self.line, self.command)
    }
}
