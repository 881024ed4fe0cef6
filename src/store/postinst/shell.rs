//! The commands of a shell script with their words, as far as these can be known without running it: variables that
//! the script sets, and loops over words that it names. Of conditions all branches count.

use std::collections::BTreeMap;

/// More commands than any real script has, with its loops.
const MOST: usize = 10_000;

/// Longer than any value, and deeper than any loop, of a real script.
const LONGEST: usize = 64 << 10;
const DEEPEST: usize = 16;

/// Words that come before a command.
const BEFORE: [&str; 11] = ["if", "then", "elif", "else", "do", "while", "until", "!", "{", "export", "local"];

/// The commands of a script. A word is `None` where running the script would decide what it is.
pub fn commands(script: &str) -> Vec<Vec<Option<String>>> {
    let mut reader = Reader { variables: BTreeMap::new(), commands: Vec::new(), steps: MOST, depth: 0 };
    reader.run(&tokens(script));
    reader.commands
}

enum Token {
    Word(Vec<Piece>),
    /// What ends a command.
    End,
}

enum Piece {
    Text(String),
    Variable { name: String, is_quoted: bool },
    Unknown,
}

impl Token {
    /// A word that is what the script has for it.
    fn plain(&self) -> Option<&str> {
        match self {
            Self::Word(pieces) => match pieces.as_slice() {
                [Piece::Text(text)] => Some(text),
                _ => None,
            },
            Self::End => None,
        }
    }
}

struct Reader {
    variables: BTreeMap<String, String>,
    commands: Vec<Vec<Option<String>>>,
    /// How many commands and rounds of loops it still reads.
    steps: usize,
    /// In how many loops it is.
    depth: usize,
}

impl Reader {
    fn run(&mut self, tokens: &[Token]) {
        let mut rest = tokens;
        while !rest.is_empty() && self.steps > 0 {
            self.steps -= 1;
            let length = rest.iter().position(|token| matches!(token, Token::End)).unwrap_or(rest.len());
            let (mut command, after) = rest.split_at(length);
            rest = after.get(1..).unwrap_or_default();
            while command.first().and_then(Token::plain).is_some_and(|word| BEFORE.contains(&word)) {
                command = &command[1..];
            }
            match command {
                [first, name, middle, words @ ..] if first.plain() == Some("for") && middle.plain() == Some("in") => {
                    let (body, after) = rest.split_at(end_of_loop(rest));
                    let items: Vec<Option<String>> = words.iter().flat_map(|word| self.expand(word)).collect();
                    self.depth += 1;
                    let is_fine = self.depth <= DEEPEST;
                    for item in items.into_iter().flatten().filter(|_| is_fine) {
                        if self.steps == 0 {
                            break;
                        }
                        self.steps -= 1;
                        self.variables.insert(name.plain().unwrap_or_default().to_owned(), item);
                        self.run(body);
                    }
                    self.depth -= 1;
                    rest = after.get(1..).unwrap_or_default();
                }
                _ => self.command(command),
            }
        }
    }

    fn command(&mut self, mut command: &[Token]) {
        while let Some((name, value)) = command.first().and_then(|word| self.assignment(word)) {
            // Of two branches, the one whose value is known counts.
            if let Some(value) = value.filter(|value| value.len() <= LONGEST) {
                self.variables.insert(name, value);
            }
            command = &command[1..];
        }
        let words: Vec<Option<String>> = command.iter().flat_map(|word| self.expand(word)).collect();
        if !words.is_empty() {
            self.commands.push(words);
        }
    }

    /// The name and the value of `NAME=VALUE`.
    fn assignment(&self, word: &Token) -> Option<(String, Option<String>)> {
        let Token::Word(pieces) = word else { return None };
        let Some(Piece::Text(start)) = pieces.first() else { return None };
        let (name, value) = start.split_once('=')?;
        let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        let rest = pieces[1..].iter().try_fold(value.to_owned(), |text, piece| Some(text + self.value(piece)?));
        is_name.then(|| (name.to_owned(), rest))
    }

    fn value<'p>(&'p self, piece: &'p Piece) -> Option<&'p str> {
        match piece {
            Piece::Text(text) => Some(text),
            Piece::Variable { name, .. } => self.variables.get(name).map(String::as_str),
            Piece::Unknown => None,
        }
    }

    /// What becomes of a word: a variable without quotes may be several, or none.
    fn expand(&self, word: &Token) -> Vec<Option<String>> {
        let Token::Word(pieces) = word else { return Vec::new() };
        if let [Piece::Variable { name, is_quoted: false }] = pieces.as_slice() {
            let value = self.variables.get(name).map(String::as_str).unwrap_or_default();
            return value.split_whitespace().map(|word| Some(word.to_owned())).collect();
        }
        vec![pieces.iter().try_fold(String::new(), |text, piece| Some(text + self.value(piece)?))]
    }
}

/// Where the `done` is that belongs to a loop whose words come before these.
fn end_of_loop(tokens: &[Token]) -> usize {
    let (mut depth, mut is_start) = (0_usize, true);
    for (index, token) in tokens.iter().enumerate() {
        let word = token.plain().filter(|_| is_start).unwrap_or_default();
        match word {
            "for" | "while" | "until" => depth += 1,
            "done" if depth == 0 => return index,
            "done" => depth -= 1,
            _ => {}
        }
        is_start = matches!(token, Token::End) || BEFORE.contains(&word);
    }
    tokens.len()
}

fn tokens(script: &str) -> Vec<Token> {
    let mut lexer = Lexer { rest: script, tokens: Vec::new(), word: None };
    while let Some(character) = lexer.next() {
        lexer.step(character);
    }
    lexer.end_word();
    lexer.tokens
}

struct Lexer<'s> {
    rest: &'s str,
    tokens: Vec<Token>,
    word: Option<Vec<Piece>>,
}

impl Lexer<'_> {
    fn next(&mut self) -> Option<char> {
        let character = self.rest.chars().next()?;
        self.rest = &self.rest[character.len_utf8()..];
        Some(character)
    }

    fn step(&mut self, character: char) {
        match character {
            '\\' if self.rest.starts_with('\n') => drop(self.next()),
            '\\' => {
                let literal = self.next().unwrap_or('\\');
                self.push(literal);
            }
            ' ' | '\t' => self.end_word(),
            '\n' | ';' | '&' | '|' | '(' | ')' | '<' | '>' => {
                self.end_word();
                self.tokens.push(Token::End);
            }
            '#' if self.word.is_none() => {
                self.rest = self.rest.find('\n').map_or("", |end| &self.rest[end..]);
            }
            '\'' => {
                let (text, rest) = self.rest.split_once('\'').unwrap_or((self.rest, ""));
                self.rest = rest;
                self.add(Piece::Text(text.to_owned()));
            }
            '"' => self.quoted(),
            '$' => self.variable(false),
            '`' => self.substituted(),
            other => self.push(other),
        }
    }

    fn quoted(&mut self) {
        self.add(Piece::Text(String::new()));
        while let Some(character) = self.next() {
            match character {
                '"' => return,
                '\\' if self.rest.starts_with('\n') => drop(self.next()),
                '\\' if self.rest.starts_with(['$', '`', '"', '\\']) => {
                    let literal = self.next().unwrap_or('\\');
                    self.push(literal);
                }
                '$' => self.variable(true),
                '`' => self.substituted(),
                other => self.push(other),
            }
        }
    }

    /// What follows a `$`.
    fn variable(&mut self, is_quoted: bool) {
        let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let piece = if let Some(rest) = self.rest.strip_prefix('{') {
            let (inside, rest) = rest.split_once('}').unwrap_or((rest, ""));
            self.rest = rest;
            let is_plain = inside.chars().all(is_part);
            if is_plain { Piece::Variable { name: inside.to_owned(), is_quoted } } else { Piece::Unknown }
        } else if self.rest.starts_with('(') {
            let mut depth = 0_usize;
            let end = self.rest.find(|c| {
                depth = if c == '(' { depth + 1 } else { depth - usize::from(c == ')') };
                depth == 0
            });
            self.rest = end.map_or("", |end| &self.rest[end + 1..]);
            Piece::Unknown
        } else if self.rest.starts_with(|c: char| is_part(c) && !c.is_ascii_digit()) {
            let end = self.rest.find(|c| !is_part(c)).unwrap_or(self.rest.len());
            let (name, rest) = self.rest.split_at(end);
            self.rest = rest;
            Piece::Variable { name: name.to_owned(), is_quoted }
        } else {
            // The script's own arguments and the like.
            self.next();
            Piece::Unknown
        };
        self.add(piece);
    }

    fn substituted(&mut self) {
        self.rest = self.rest.split_once('`').map_or("", |(_, rest)| rest);
        self.add(Piece::Unknown);
    }

    fn push(&mut self, character: char) {
        self.add(Piece::Text(character.to_string()));
    }

    /// Adds to the word, and makes one text of two.
    fn add(&mut self, piece: Piece) {
        let word = self.word.get_or_insert_default();
        match (word.last_mut(), piece) {
            (Some(Piece::Text(last)), Piece::Text(text)) => last.push_str(&text),
            (_, piece) => word.push(piece),
        }
    }

    fn end_word(&mut self) {
        self.tokens.extend(self.word.take().map(Token::Word));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(script: &str, expected: &[&str]) {
        let shown = |words: Vec<Option<String>>| {
            words.into_iter().map(|word| word.unwrap_or_else(|| "?".to_owned())).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(commands(script).into_iter().map(shown).collect::<Vec<_>>(), expected, "{script}");
    }

    #[test]
    fn words_are_those_of_the_shell() {
        check("a b\\\n  c 'd e' \"f $x\" # g\nh", &["a b c d e ?", "h"]);
        check("x=1 y=\"2 3\"; a $x \"$y\" $y ${x}z ${x%a} $z", &["a 1 2 3 2 3 1z ?"]);
        check("a $(b (c) d) `e` $1 \"$@\" x$", &["a ? ? ? ? ?"]);
        check("a \\\n #--slave x\nb", &["a", "b"]);
        check("if [ a ]; then b; else c; fi", &["[ a ]", "b", "c", "fi"]);
    }

    #[test]
    fn what_may_not_be_known_changes_nothing_that_is() {
        check("p=1\nif a; then p=$(b); fi\nc $p", &["a", "fi", "c 1"]);
    }

    #[test]
    fn loops_are_walked_through() {
        check(
            "for i in a b; do x $i; for j in 1 2; do y $i$j; done; done; z",
            &["x a", "y a1", "y a2", "x b", "y b1", "y b2", "z"],
        );
        check("l='a b'\nfor i in $l\ndo\nx $i\ndone", &["x a", "x b"]);
        check("for i in $(ls); do x $i; done; y", &["y"]);
        // The end may be missing, and so may much else.
        for script in ["for i in a", "for", "for i in a; do x", "\"", "'", "`", "${", "$(", "\\", "$"] {
            commands(script);
        }
    }

    #[test]
    fn loops_within_loops_come_to_an_end() {
        let many = "1 2 3 4 5 6 7 8 9 10";
        let script = (0..9).fold("x".to_owned(), |inner, i| format!("for v{i} in {many}; do {inner}; done"));
        assert!(commands(&script).len() <= MOST);
    }

    #[test]
    fn nothing_in_a_script_makes_reading_it_long() {
        let many = (0..1000).map(|n| n.to_string()).collect::<Vec<_>>().join(" ");
        let rounds = |body: &str| format!("for v in {many}; do {body}; done");
        for script in [
            // A value that doubles, rounds that emit nothing, and loops that are deep.
            rounds("a=$a$a"),
            (0..5).fold("a=1".to_owned(), |inner, _| rounds(&inner)),
            (0..20_000).fold("x".to_owned(), |inner, _| format!("for v in 1; do {inner}; done")),
        ] {
            let reader = commands(&format!("a=xx; {script}; end $a"));
            assert!(reader.len() <= MOST);
        }
    }
}
