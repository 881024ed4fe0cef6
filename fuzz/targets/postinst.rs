//! The scripts of Debian packages: reading any text comes to an end, and of a script whose words can all be known, the
//! commands are those that dash runs, with the same words.
#![no_main]

use std::path::Path;
use std::process::{Command, Stdio};

use arbitrary::{Arbitrary, Unstructured};
use devshell::store::script_commands;
use libfuzzer_sys::fuzz_target;

/// More than a script of these steps has, and few enough for a shell.
const MOST: usize = 1000;

/// The variables. A word of those has no white space, a list of those may have; each is set from those before it.
const WORDS: [&str; 3] = ["w0", "w1", "w2"];
const LISTS: [&str; 3] = ["l0", "l1", "l2"];
/// Those of loops, by their depth.
const LOOPS: [&str; 3] = ["i0", "i1", "i2"];

const PLAIN: [&str; 18] = [
    "a",
    "b-1",
    "/usr/bin/x",
    "0.5",
    "x_y",
    "é",
    "a=b",
    "done",
    "for",
    "if",
    "then",
    "a#b",
    "--install",
    "!",
    "{",
    "}",
    "in",
    "fi",
];
const SINGLE: [&str; 9] = ["", "a b", "$w0", "a\"b", "a\\b", "\n", ";", "# no", " x\ty "];
const DOUBLE: [&str; 13] = ["", "a b", "it's", "\\\"", "\\\\", "\\$w0", "\\`", "\\n", "\n", "#", ";", ")", "a\\\nb"];
const ESCAPED: [&str; 7] = [" ", "\"", "$", "\\", "#", ";", "n"];
const BETWEEN: [&str; 7] = ["\n", "; ", " && ", "\n# it's\n", " \\\n; ", " # done\n", "\n\n\t"];

#[derive(Arbitrary, Debug)]
enum Step {
    Call(Vec<Word>, u8),
    SetWord { which: u8, first: u8, more: Vec<(u8, bool)>, is_exported: bool, between: u8 },
    SetList { which: u8, word: Word, between: u8 },
    Loop { items: Vec<Word>, body: Vec<Step>, between: u8 },
    If { body: Vec<Step>, between: u8 },
}

/// A word: pieces of it, or a variable without quotes.
#[derive(Arbitrary, Debug)]
enum Word {
    Pieces(Vec<Piece>),
    Bare(u8),
}

#[derive(Arbitrary, Debug)]
enum Piece {
    Plain(u8),
    Single(u8),
    Double(Vec<(u8, bool)>),
    Escaped(u8),
    /// A variable that is a word.
    Bare(u8),
}

fn of<'t>(list: &[&'t str], number: u8) -> &'t str {
    list[usize::from(number) % list.len()]
}

/// A script in the making, and which variables its next word may have.
struct Script {
    text: String,
    depth: usize,
}

impl Script {
    fn variables(&self, lists: usize) -> Vec<&'static str> {
        WORDS.into_iter().chain(LISTS.into_iter().take(lists)).chain(LOOPS.into_iter().take(self.depth)).collect()
    }

    fn word(&mut self, word: &Word, known: &[&str]) {
        match word {
            Word::Bare(number) => self.text += &format!("${}", of(known, *number)),
            Word::Pieces(pieces) if pieces.is_empty() => self.text += "''",
            Word::Pieces(pieces) => pieces.iter().for_each(|piece| self.piece(piece, known)),
        }
    }

    fn piece(&mut self, piece: &Piece, known: &[&str]) {
        match piece {
            Piece::Plain(number) => self.text += of(&PLAIN, *number),
            Piece::Single(number) => self.text += &format!("'{}'", of(&SINGLE, *number)),
            Piece::Escaped(number) => self.text += &format!("\\{}", of(&ESCAPED, *number)),
            Piece::Bare(number) => self.text += &format!("${{{}}}", of(&WORDS, *number)),
            Piece::Double(parts) => {
                self.text.push('"');
                for (number, is_variable) in parts {
                    let variable = || format!("${{{}}}", of(known, *number));
                    self.text += &if *is_variable { variable() } else { of(&DOUBLE, *number).to_owned() };
                }
                self.text.push('"');
            }
        }
    }

    fn steps(&mut self, steps: &[Step]) {
        for step in steps {
            let between = self.step(step);
            self.text += of(&BETWEEN, between);
        }
    }

    fn step(&mut self, step: &Step) -> u8 {
        match step {
            Step::Call(words, between) => {
                self.text += "printf '<%s>' -";
                let known = self.variables(LISTS.len());
                for word in words {
                    self.text.push(' ');
                    self.word(word, &known);
                }
                *between
            }
            Step::SetWord { which, first, more, is_exported, between } => {
                let which = usize::from(*which) % WORDS.len();
                let export = if *is_exported { "export " } else { "" };
                self.text += &format!("{export}{}={}", WORDS[which], of(&PLAIN, *first));
                for (number, is_variable) in more {
                    let variable = || format!("\"${}\"", of(&WORDS[..which], *number));
                    let is_variable = *is_variable && which > 0;
                    self.text += &if is_variable { variable() } else { of(&PLAIN, *number).to_owned() };
                }
                *between
            }
            Step::SetList { which, word, between } => {
                let which = usize::from(*which) % LISTS.len();
                self.text += &format!("{}=", LISTS[which]);
                let depth = std::mem::take(&mut self.depth);
                let known = self.variables(which);
                self.word(word, &known);
                self.depth = depth;
                *between
            }
            Step::Loop { items, body, between } if self.depth < LOOPS.len() => {
                let known = self.variables(LISTS.len());
                self.text += &format!("for {} in", LOOPS[self.depth]);
                for word in items.iter().take(4) {
                    self.text.push(' ');
                    self.word(word, &known);
                }
                self.depth += 1;
                self.text += "; do :\n";
                self.steps(body);
                self.text += "\n:; done";
                self.depth -= 1;
                *between
            }
            Step::If { body, between } | Step::Loop { body, between, .. } => {
                self.text += "if true; then :\n";
                self.steps(body);
                self.text += "\n:; fi";
                *between
            }
        }
    }
}

fn check(script: &str) {
    let commands = script_commands(script);
    if commands.len() > MOST {
        return;
    }
    let dash =
        Command::new("dash").args(["-c", script]).env_clear().current_dir(Path::new("/")).stdin(Stdio::null()).output();
    let output = dash.unwrap();
    // A script that is none, such as an empty list between two `&&`.
    if !output.status.success() {
        return;
    }
    let mut expected = String::new();
    for command in commands {
        let words: Vec<String> = command.into_iter().map(|word| word.expect("all words are known")).collect();
        if words.first().is_some_and(|name| name == "printf") {
            expected.extend(words[2..].iter().map(|word| format!("<{word}>")));
        }
    }
    assert_eq!(String::from_utf8_lossy(&output.stdout), expected, "{script}");
}

fuzz_target!(|bytes: &[u8]| {
    let Some((how, rest)) = bytes.split_first() else { return };
    if how % 4 == 0 {
        script_commands(&String::from_utf8_lossy(rest));
    } else if let Ok(steps) = Vec::<Step>::arbitrary_take_rest(Unstructured::new(rest)) {
        let text = WORDS.iter().chain(&LISTS).map(|name| format!("{name}=a\n")).collect();
        let mut script = Script { text, depth: 0 };
        script.steps(&steps);
        script.text += "\n:\n";
        check(&script.text);
    }
});
