//! The `console` blocks of a page: the mark before each, its commands, and the output below them.

use std::ops::Range;

/// A block with prompts, commands and what they print.
#[derive(Debug, PartialEq)]
pub struct Block {
    /// The line of its opening fence, from 1.
    pub line: usize,
    pub mark: Option<Mark>,
    pub entries: Vec<Entry>,
}

/// The comment on the line before a block.
#[derive(Debug, PartialEq)]
pub enum Mark {
    /// `<!-- run: FIXTURE [STEP]... -->`: run it there, after these steps of the fixture.
    Run { fixture: String, steps: Vec<String> },
    /// `<!-- not run: REASON -->`
    NotRun(String),
}

/// A command at a prompt, and the lines below it. The first entry of a block may be output alone.
#[derive(Debug, PartialEq)]
pub struct Entry {
    pub prompt: Prompt,
    pub command: Option<String>,
    pub output: Vec<String>,
    /// Where the output is on the page: line numbers from 0.
    pub lines: Range<usize>,
}

/// `(shop) ~/shop$`: the mark of a dev shell and a directory, each of which may be missing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Prompt {
    pub mark: String,
    pub directory: String,
}

impl Prompt {
    /// A prompt at the start of a line, and what follows it: a command, or nothing.
    fn read(line: &str) -> Option<(Self, Option<&str>)> {
        let mark = if line.starts_with(['(', '[']) { line.split(' ').next()? } else { "" };
        let rest = line[mark.len()..].trim_start();
        let directory = if rest.starts_with('~') { rest.split(['$', ' ']).next()? } else { "" };
        let rest = rest[directory.len()..].trim_start().strip_prefix('$')?;
        let command = rest.strip_prefix(' ').map(str::trim_end).filter(|command| !command.is_empty());
        let is_prompt = rest.is_empty() || rest.starts_with(' ');
        is_prompt.then(|| (Self { mark: mark.to_owned(), directory: directory.to_owned() }, command))
    }

    /// Whether a terminal shows this prompt: the shell's own ends in `DIRECTORY$`.
    pub fn is_shown_as(&self, shown: &str) -> bool {
        let (found, _) = Self::read(shown).unwrap_or_default();
        found.mark == self.mark && (self.directory.is_empty() || found.directory == self.directory)
    }
}

impl Mark {
    fn read(line: &str) -> Option<Self> {
        let text = line.trim().strip_prefix("<!--")?.strip_suffix("-->")?.trim();
        if let Some(reason) = text.strip_prefix("not run:") {
            return Some(Self::NotRun(reason.trim().to_owned()));
        }
        let mut words = text.strip_prefix("run:")?.split_whitespace().map(str::to_owned);
        Some(Self::Run { fixture: words.next()?, steps: words.collect() })
    }
}

/// The console blocks of a page, in order.
pub fn blocks(page: &str) -> Vec<Block> {
    let lines: Vec<&str> = page.lines().collect();
    let mut blocks = Vec::new();
    let mut index = 0;
    while index < lines.len() {
        let Some(fence) = lines[index].trim_start().strip_prefix("```") else {
            index += 1;
            continue;
        };
        let first = index + 1;
        let length = lines[first..].iter().take_while(|line| line.trim_start() != "```").count();
        if fence.trim() == "console" {
            let mark = index.checked_sub(1).and_then(|before| Mark::read(lines[before]));
            blocks.push(Block { line: first, mark, entries: entries(&lines[first..first + length], first) });
        }
        index = first + length + 1;
    }
    blocks
}

fn entries(lines: &[&str], first: usize) -> Vec<Entry> {
    let indentation = lines.iter().map(|line| line.len() - line.trim_start().len()).min().unwrap_or_default();
    let mut entries: Vec<Entry> = Vec::new();
    for (number, line) in (first..).zip(lines) {
        let line = line.get(indentation..).unwrap_or_default();
        if let Some((prompt, command)) = Prompt::read(line) {
            let command = command.map(str::to_owned);
            entries.push(Entry { prompt, command, output: Vec::new(), lines: number + 1..number + 1 });
            continue;
        }
        if entries.is_empty() {
            let prompt = Prompt::default();
            entries.push(Entry { prompt, command: None, output: Vec::new(), lines: number..number });
        }
        let entry = entries.last_mut().expect("one was pushed");
        entry.output.push(line.to_owned());
        entry.lines.end = number + 1;
    }
    entries
}

/// The page with other lines in some places. The places do not overlap.
pub fn replaced(page: &str, mut places: Vec<(Range<usize>, Vec<String>)>) -> String {
    let mut lines: Vec<String> = page.lines().map(str::to_owned).collect();
    places.sort_by_key(|(range, _)| std::cmp::Reverse(range.start));
    for (range, new) in places {
        lines.splice(range, new);
    }
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::{Entry, Mark, Prompt, blocks, replaced};

    const PAGE: &str = "# A page\n\n```sh\n$ not this\n```\n<!-- run: shop later -->\n```console\n~/shop$ cat a  # b\n\
                        one\n\n$HOME stays\n(shop) ~/shop$ exit\n[x] $\n```\n\n```console\nonly output\n```\n\
                        <!-- not run: needs a network -->\n\n```console\n```\n";

    #[test]
    fn blocks_have_marks_commands_and_output() {
        let blocks = blocks(PAGE);
        let run = Mark::Run { fixture: "shop".to_owned(), steps: vec!["later".to_owned()] };
        assert_eq!(blocks.iter().map(|block| block.line).collect::<Vec<_>>(), [7, 16, 21]);
        assert_eq!(blocks[0].mark, Some(run));
        assert_eq!((&blocks[1].mark, &blocks[2].mark), (&None, &None), "a blank line parts the last from its mark");
        let prompt = |mark: &str, directory: &str| Prompt { mark: mark.to_owned(), directory: directory.to_owned() };
        let entry = |prompt, command: Option<&str>, output: &[&str], lines| Entry {
            prompt,
            command: command.map(str::to_owned),
            output: output.iter().map(|&line| line.to_owned()).collect(),
            lines,
        };
        let expected = [
            entry(prompt("", "~/shop"), Some("cat a  # b"), &["one", "", "$HOME stays"], 8..11),
            entry(prompt("(shop)", "~/shop"), Some("exit"), &[], 12..12),
            entry(prompt("[x]", ""), None, &[], 13..13),
        ];
        assert_eq!(blocks[0].entries, expected);
        assert_eq!(blocks[1].entries, [entry(prompt("", ""), None, &["only output"], 16..17)]);
    }

    #[test]
    fn marks_are_comments_of_two_kinds() {
        assert_eq!(Mark::read("  <!-- not run: takes minutes -->"), Some(Mark::NotRun("takes minutes".to_owned())));
        assert_eq!(Mark::read("<!-- running: x -->"), None);
        assert_eq!(Mark::read("<!-- run: -->"), None);
    }

    #[test]
    fn a_prompt_is_met_by_what_a_terminal_shows() {
        let (prompt, _) = Prompt::read("(shop) ~/shop$ x").unwrap();
        assert!(prompt.is_shown_as("(shop) ~/shop$") && !prompt.is_shown_as("~/shop$"));
        assert!(!prompt.is_shown_as("(shop) ~$") && Prompt::default().is_shown_as("~/shop$"));
        assert_eq!(Prompt::read("$HOME"), None);
        assert_eq!(Prompt::read("(no prompt) at all"), None);
    }

    #[test]
    fn lines_are_replaced_in_place() {
        let new = |line: &str| vec![line.to_owned()];
        assert_eq!(replaced("a\nb\nc\n", vec![(0..1, new("x")), (3..3, new("d")), (1..2, vec![])]), "x\nc\nd\n");
    }
}
