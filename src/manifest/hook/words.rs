//! A line for `sh -c` as commands and their words ("Shell Command Language" of POSIX.1-2017). Nothing is expanded
//! but the project's directory and the current one; of a word that holds more it is only known that it does.

use std::ops::Range;

/// Where a word's path begins, if it is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Base {
    /// Where the command runs.
    Here,
    /// The project's directory.
    Root,
    /// The word is unknown.
    Unknown,
}

/// A word without its quotes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    pub text: String,
    pub base: Base,
    /// The lines of command substitutions in it.
    pub inner: Vec<String>,
    /// Where it is, in bytes.
    pub range: Range<usize>,
    /// Whether nothing of it was quoted.
    pub is_plain: bool,
}

/// A simple command.
#[derive(Debug, Default)]
pub struct Command {
    pub words: Vec<Word>,
    /// What is read by `<`.
    pub reads: Vec<Word>,
    /// What is in a here-document.
    pub document: Option<String>,
    /// Substitutions outside of its words: what is redirected to.
    pub inner: Vec<String>,
}

/// What a line consists of.
#[derive(Debug)]
pub enum Item {
    Command(Command),
    /// A subshell begins.
    Open,
    /// A subshell ends, or a pattern of `case`.
    Close,
}

/// The commands of a line.
pub fn items(line: &str) -> Vec<Item> {
    let mut lexer = Lexer { line, at: 0, items: Vec::new(), command: Command::default(), documents: Vec::new() };
    lexer.run();
    lexer.items
}

struct Lexer<'l> {
    line: &'l str,
    at: usize,
    items: Vec<Item>,
    command: Command,
    /// The ends of here-documents that begin on the next line.
    documents: Vec<String>,
}

/// What ends a word.
const META: &[char] = &[' ', '\t', '\r', '\n', ';', '&', '|', '(', ')', '<', '>'];

impl Lexer<'_> {
    fn rest(&self) -> &str {
        &self.line[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn run(&mut self) {
        while let Some(c) = self.peek() {
            match c {
                _ if self.rest().starts_with("\\\n") => self.at += 2,
                ' ' | '\t' | '\r' => self.at += 1,
                '#' => self.at += self.rest().find('\n').unwrap_or(self.rest().len()),
                '\n' => {
                    self.at += 1;
                    self.skip_documents();
                    self.end();
                }
                '&' if self.rest().starts_with("&>") => self.redirection(),
                ';' | '&' | '|' => {
                    self.at += 1;
                    self.end();
                }
                '(' | ')' => {
                    self.at += 1;
                    self.end();
                    self.items.push(if c == '(' { Item::Open } else { Item::Close });
                }
                '<' | '>' => self.redirection(),
                _ => {
                    let word = self.word();
                    // The number of what is redirected is no word of the command.
                    let is_number =
                        word.is_plain && !word.text.is_empty() && word.text.chars().all(|c| c.is_ascii_digit());
                    if !(is_number && self.rest().starts_with(['<', '>'])) {
                        self.command.words.push(word);
                    }
                }
            }
        }
        self.end();
    }

    fn end(&mut self) {
        let command = std::mem::take(&mut self.command);
        if !(command.words.is_empty() && command.reads.is_empty() && command.inner.is_empty()) {
            self.items.push(Item::Command(command));
        }
    }

    fn redirection(&mut self) {
        let operators = ["<<<", "<<-", "<<", "<&", "<>", "&>>", "&>", ">>", ">&", ">|", "<", ">"];
        let operator = operators.into_iter().find(|operator| self.rest().starts_with(operator)).unwrap_or("<");
        self.at += operator.len();
        // What bash calls process substitution.
        if self.rest().starts_with('(') && matches!(operator, "<" | ">") {
            self.at += 1;
            let inner = self.balanced();
            self.command.inner.push(inner);
            return;
        }
        self.at += self.rest().len() - self.rest().trim_start_matches([' ', '\t']).len();
        if self.peek().is_none_or(|c| META.contains(&c)) {
            return;
        }
        let target = self.word();
        match operator {
            "<<" | "<<-" => self.documents.push(target.text),
            "<" | "<>" => self.command.reads.push(target),
            _ => self.command.inner.extend(target.inner),
        }
    }

    /// Takes the here-documents that were begun on the line before.
    fn skip_documents(&mut self) {
        for end in std::mem::take(&mut self.documents) {
            let mut document = String::new();
            while self.at < self.line.len() {
                let line = self.rest().split_inclusive('\n').next().unwrap_or_default();
                let (text, length) = (line.trim_end_matches('\n').trim_start_matches('\t') == end, line.len());
                if !text {
                    document.push_str(line);
                }
                self.at += length;
                if text {
                    break;
                }
            }
            self.command.document = Some(document);
        }
    }

    fn word(&mut self) -> Word {
        let start = self.at;
        let mut word =
            Word { text: String::new(), base: Base::Here, inner: Vec::new(), range: start..start, is_plain: true };
        while let Some(c) = self.peek() {
            if META.contains(&c) {
                break;
            }
            self.at += c.len_utf8();
            match c {
                '\\' => self.escaped(&mut word),
                '\'' => {
                    word.is_plain = false;
                    let length = self.rest().find('\'').unwrap_or(self.rest().len());
                    word.text.push_str(&self.line[self.at..self.at + length]);
                    self.at = (self.at + length + 1).min(self.line.len());
                }
                '"' => {
                    word.is_plain = false;
                    self.quoted(&mut word);
                }
                '$' => self.expansion(&mut word),
                '`' => self.backquoted(&mut word),
                '*' | '?' => word.unknown(c),
                '[' if !word.text.is_empty() => word.unknown(c),
                '~' if word.text.is_empty() => word.unknown(c),
                c => word.text.push(c),
            }
        }
        word.range.end = self.at;
        word
    }

    fn escaped(&mut self, word: &mut Word) {
        word.is_plain = false;
        if let Some(c) = self.peek() {
            self.at += c.len_utf8();
            if c != '\n' {
                word.text.push(c);
            }
        }
    }

    /// What follows a double quote, to the one that closes it.
    fn quoted(&mut self, word: &mut Word) {
        while let Some(c) = self.peek() {
            self.at += c.len_utf8();
            match c {
                '"' => return,
                '\\' if self.rest().starts_with(['$', '`', '"', '\\', '\n']) => self.escaped(word),
                '$' => self.expansion(word),
                '`' => self.backquoted(word),
                c => word.text.push(c),
            }
        }
    }

    /// What follows a `$`.
    fn expansion(&mut self, word: &mut Word) {
        match self.peek() {
            Some('(') => {
                self.at += 1;
                // `$((` is arithmetic, which runs nothing by itself.
                let is_arithmetic = self.rest().starts_with('(');
                let inner = self.balanced();
                word.unknown('$');
                word.text.push_str("(…)");
                word.inner.extend((!is_arithmetic).then_some(inner));
            }
            Some('{') => {
                self.at += 1;
                let length = self.rest().find('}').unwrap_or(self.rest().len());
                let name = self.line[self.at..self.at + length].to_owned();
                self.at = (self.at + length + 1).min(self.line.len());
                word.variable(&name);
            }
            Some(c) if c.is_ascii_alphanumeric() || "_@*#?-$!".contains(c) => {
                let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
                let length = self.rest().find(|c: char| !is_name(c)).unwrap_or(self.rest().len()).max(1);
                let name = self.line[self.at..self.at + length].to_owned();
                self.at += length;
                word.variable(&name);
            }
            // Of some shells: `$'…'`.
            Some('\'' | '"') => word.unknown('$'),
            _ => word.text.push('$'),
        }
    }

    fn backquoted(&mut self, word: &mut Word) {
        let mut inner = String::new();
        while let Some(c) = self.peek() {
            self.at += c.len_utf8();
            match c {
                '`' => break,
                '\\' => inner.extend(self.peek().inspect(|c| self.at += c.len_utf8())),
                c => inner.push(c),
            }
        }
        word.unknown('`');
        word.inner.push(inner);
    }

    /// The text up to the parenthesis that closes what was just opened.
    fn balanced(&mut self) -> String {
        let (start, mut depth, mut quote) = (self.at, 1, None);
        while let Some(c) = self.peek() {
            self.at += c.len_utf8();
            match (quote, c) {
                (Some(open), c) if open == c => quote = None,
                (None | Some('"'), '\\') => self.at += self.peek().map_or(0, char::len_utf8),
                (None, '\'' | '"') => quote = Some(c),
                (None, '(') => depth += 1,
                (None, ')') => {
                    depth -= 1;
                    if depth == 0 {
                        return self.line[start..self.at - 1].to_owned();
                    }
                }
                _ => {}
            }
        }
        self.line[start..].to_owned()
    }
}

impl Word {
    fn unknown(&mut self, c: char) {
        self.base = Base::Unknown;
        self.text.push(c);
    }

    fn variable(&mut self, name: &str) {
        // At the beginning, or after a `NAME=` or `--option=`.
        let begins = self.base == Base::Here && (self.text.is_empty() || self.text.ends_with('='));
        match name {
            "DEVSHELL_ROOT" if begins => self.base = Base::Root,
            "PWD" if begins => self.text.push('.'),
            _ => {
                self.base = Base::Unknown;
                self.text.push('$');
                self.text.push_str(name);
                // `${NAME:-$(…)}`: a line that runs nothing but what is substituted in it.
                self.inner.extend(name.contains(['(', '`']).then(|| format!(": {name}")));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Commands separated by ` | `, words by a blank; `^` before what begins at the root, `?` before what is not known.
    fn shown(line: &str) -> String {
        let word = |word: &Word| {
            let mark = match word.base {
                Base::Here => "",
                Base::Root => "^",
                Base::Unknown => "?",
            };
            let inner: String = word.inner.iter().map(|inner| format!("{{{inner}}}")).collect();
            format!("{mark}{}{inner}", word.text)
        };
        let item = |item: Item| match item {
            Item::Open => "(".to_owned(),
            Item::Close => ")".to_owned(),
            Item::Command(Command { words, reads, document, inner }) => {
                let mut parts: Vec<String> = words.iter().map(word).collect();
                parts.extend(reads.iter().map(|read| format!("<{}", word(read))));
                parts.extend(document.map(|text| format!("<<{}", text.replace('\n', "/"))));
                parts.extend(inner.iter().map(|inner| format!("{{{inner}}}")));
                parts.join(" ")
            }
        };
        items(line).into_iter().map(item).collect::<Vec<_>>().join(" | ")
    }

    #[test]
    fn lines_are_split_as_a_shell_splits_them() {
        for (line, expected) in [
            ("./a.sh; ./b.sh&&./c.sh||d\ne & f | g", "./a.sh | ./b.sh | ./c.sh | d | e | f | g"),
            ("a 'b c' \"d e\" f\\ g h'i'\"j\"", "a b c d e f g hij"),
            ("./a.sh>/dev/null 2>&1 </in >>x", "./a.sh </in"),
            ("(cd a && b); c", "( | cd a | b | ) | c"),
            (
                "\"$DEVSHELL_ROOT/a.sh\" ${DEVSHELL_ROOT}/b $PWD/c $X x$DEVSHELL_ROOT",
                "^/a.sh ^/b ./c ?$X ?x$DEVSHELL_ROOT",
            ),
            ("a $(b \"$(c)\" ')') `d \\`e\\``", "a ?$(…){b \"$(c)\" ')'} ?`{d `e`}"),
            ("a # b; c\nd#e", "a | d#e"),
            ("a *.sh ~/b [ c ] 'd*'", "a ?*.sh ?~/b [ c ] d*"),
            ("sh <<E\nfoo\nE\nb", "sh <<foo/ | b"),
            ("a <(b c) d", "a d {b c}"),
            ("if a; then b; fi", "if a | then b | fi"),
            ("a\\\nb", "ab"),
            ("'a", "a"),
            ("$(a", "?$(…){a}"),
            ("\"$(", "?$(…){}"),
            ("${", "?$"),
        ] {
            assert_eq!(shown(line), expected, "{line}");
        }
    }

    #[test]
    fn ranges_are_where_the_words_stand() {
        let line = "x 'é b' \"$DEVSHELL_ROOT\"/c;d";
        let words = items(line).into_iter().flat_map(|item| match item {
            Item::Command(command) => command.words,
            _ => Vec::new(),
        });
        let texts: Vec<&str> = words.map(|word| &line[word.range]).collect();
        assert_eq!(texts, ["x", "'é b'", "\"$DEVSHELL_ROOT\"/c", "d"]);
    }
}
