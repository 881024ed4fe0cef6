//! A script's line for `sh -c`, so that its last command takes the place of `sh` (`exec`) where nothing else comes of
//! that: signals then reach the command itself. dash, the `sh` of Debian, does not do that by itself. Refuses to
//! guess: a line that is more than commands joined by `&&` stays as it is.

use std::borrow::Cow;

/// What would not be the same after `exec`: builtins that act on the shell or have no program, words of the grammar,
/// and those whose builtin differs from the program of that name. As dash, bash, ksh and busybox have them.
const NOT_PROGRAMS: &[&str] = &[
    ".",
    ":",
    "[",
    "[[",
    "alias",
    "bg",
    "bind",
    "break",
    "builtin",
    "caller",
    "case",
    "cd",
    "chdir",
    "command",
    "compgen",
    "complete",
    "compopt",
    "continue",
    "coproc",
    "declare",
    "dirs",
    "disown",
    "do",
    "done",
    "echo",
    "elif",
    "else",
    "enable",
    "esac",
    "eval",
    "exec",
    "exit",
    "export",
    "false",
    "fc",
    "fg",
    "fi",
    "for",
    "function",
    "getopts",
    "hash",
    "help",
    "history",
    "if",
    "in",
    "jobs",
    "kill",
    "let",
    "local",
    "logout",
    "mapfile",
    "popd",
    "print",
    "printf",
    "pushd",
    "pwd",
    "read",
    "readarray",
    "readonly",
    "return",
    "select",
    "set",
    "shift",
    "shopt",
    "source",
    "suspend",
    "test",
    "then",
    "time",
    "times",
    "trap",
    "true",
    "type",
    "typeset",
    "ulimit",
    "umask",
    "unalias",
    "unset",
    "until",
    "wait",
    "whence",
    "while",
    "{",
    "}",
    "!",
];

/// Those of them after which nothing is there that `exec` would lose, such as a trap or a function.
const HARMLESS: &[&str] = &["cd", "chdir", "export", "umask", "ulimit", "test", "[", "true", ":", "echo", "printf"];

/// What may come after the last command and is nothing.
const BLANK: [char; 3] = [' ', '\t', '\n'];

/// The line with `exec` before its last command, or as it is.
pub fn in_place(line: &str) -> Cow<'_, str> {
    match last_command(line) {
        Some(at) => Cow::Owned(format!("{}exec {}", &line[..at], &line[at..])),
        None => Cow::Borrowed(line),
    }
}

/// Where the name of the last command begins, if all are simple commands ("Shell Command Language" of
/// POSIX.1-2017, 2.9.1) that may come before an `exec`, and it may be one's.
fn last_command(line: &str) -> Option<usize> {
    let mut reader = Reader { line, at: 0 };
    loop {
        let name = reader.command()?;
        match reader.rest() {
            "" if !NOT_PROGRAMS.contains(&name.text.as_str()) => return Some(name.at),
            "" => return None,
            _ if NOT_PROGRAMS.contains(&name.text.as_str()) && !HARMLESS.contains(&name.text.as_str()) => return None,
            _ => reader.at += "&&".len(),
        }
    }
}

struct Reader<'l> {
    line: &'l str,
    at: usize,
}

/// A command's name without its quotes, and where it begins.
struct Name {
    at: usize,
    text: String,
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        &self.line[self.at..]
    }

    fn blanks(&mut self) {
        loop {
            let trimmed = self.rest().trim_start_matches([' ', '\t']);
            let trimmed = trimmed.strip_prefix("\\\n").unwrap_or(trimmed);
            if trimmed.len() == self.rest().len() {
                return;
            }
            self.at = self.line.len() - trimmed.len();
        }
    }

    /// Reads a simple command up to `&&` or the end.
    fn command(&mut self) -> Option<Name> {
        let mut name = None;
        loop {
            self.blanks();
            let rest = self.rest();
            let last = rest.trim_end_matches(BLANK);
            if last.is_empty() || rest.starts_with('#') {
                // A comment ends with its line, also after a backslash.
                let is_end = !last.contains('\n');
                self.at = self.line.len();
                return name.filter(|_| is_end);
            }
            if rest.starts_with("&&") {
                return name;
            }
            if rest.starts_with(['<', '>']) {
                self.redirection()?;
                continue;
            }
            let at = self.at;
            let word = self.word()?;
            // Quotes make a difference, and lines that go on make none.
            let written = self.line[at..self.at].replace("\\\n", "");
            let is_number = !written.is_empty() && written.bytes().all(|byte| byte.is_ascii_digit());
            if is_number && self.rest().starts_with(['<', '>']) {
                self.redirection()?;
            } else if name.is_none() && !is_assignment(&written) {
                // A name that is made by an expansion may be anything.
                let is_literal = !word.is_empty() && !written.contains(['$', '`', '*', '?', '[']);
                let is_grammar = word == "[" || is_literal;
                name = Some(Name { at, text: is_grammar.then_some(word)? });
            }
        }
    }

    /// Reads an operator and its target. What makes a pipe, a process or another document is none of those.
    fn redirection(&mut self) -> Option<()> {
        let operator = [">>", ">|", "<>", ">&", "<&", "<", ">"].into_iter().find(|o| self.rest().starts_with(o))?;
        self.at += operator.len();
        if self.rest().starts_with(['<', '>', '(', '&', '|']) {
            return None;
        }
        self.blanks();
        (!self.word()?.is_empty()).then_some(())
    }

    /// Reads a word, and gives it without its quotes. `None` where it ends in what is more than a word.
    fn word(&mut self) -> Option<String> {
        let mut text = String::new();
        loop {
            let mut rest = self.rest().chars();
            let Some(c) = rest.next() else { return Some(text) };
            match c {
                ' ' | '\t' | '<' | '>' => return Some(text),
                '&' if self.rest().starts_with("&&") => return Some(text),
                '\n' if self.rest().trim_end_matches(BLANK).is_empty() => return Some(text),
                '\n' | '\r' | ';' | '&' | '|' | '(' | ')' => return None,
                '\\' => {
                    let next = rest.next()?;
                    if next != '\n' {
                        text.push(next);
                    }
                    self.at += 1 + next.len_utf8();
                }
                '\'' => {
                    let length = self.rest()[1..].find('\'')?;
                    text.push_str(&self.rest()[1..=length]);
                    self.at += length + 2;
                }
                '"' => {
                    self.at += 1;
                    self.until('"', &mut text)?;
                }
                '`' => {
                    self.at += 1;
                    self.until('`', &mut text)?;
                }
                '$' => self.expansion(&mut text)?,
                c => {
                    text.push(c);
                    self.at += c.len_utf8();
                }
            }
        }
    }

    /// Reads to the quote that closes what was opened before.
    fn until(&mut self, quote: char, text: &mut String) -> Option<()> {
        loop {
            let mut rest = self.rest().chars();
            match rest.next()? {
                c if c == quote => {
                    self.at += c.len_utf8();
                    return Some(());
                }
                '\\' => {
                    let next = rest.next()?;
                    if next != '\n' {
                        text.push(next);
                    }
                    self.at += 1 + next.len_utf8();
                }
                '$' if quote == '"' => self.expansion(text)?,
                '`' => {
                    self.at += 1;
                    self.until('`', text)?;
                }
                c => {
                    text.push(c);
                    self.at += c.len_utf8();
                }
            }
        }
    }

    /// Reads a `$` and what belongs to it.
    fn expansion(&mut self, text: &mut String) -> Option<()> {
        text.push('$');
        self.at += 1;
        let close = match self.rest().chars().next() {
            Some('(') => ')',
            Some('{') => '}',
            // Some shells give these a meaning of their own, others do not.
            Some('\'' | '"') => return None,
            _ => return Some(()),
        };
        self.at += 1;
        loop {
            match self.rest().chars().next()? {
                c if c == close => {
                    self.at += 1;
                    return Some(());
                }
                // Comments and `case` would need the whole grammar.
                '#' if close == ')' => return None,
                // Within double quotes it is a character like others, and elsewhere it begins a quote.
                '\'' if close == '}' => return None,
                '\'' => self.at += self.rest()[1..].find('\'')? + 2,
                quote @ ('"' | '`') => {
                    self.at += 1;
                    self.until(quote, text)?;
                }
                '\\' => self.at += 1 + self.rest().chars().nth(1)?.len_utf8(),
                '$' => self.expansion(text)?,
                '(' | ')' if close == ')' => {
                    // Parentheses of arithmetic and subshells pair up.
                    self.at += 1;
                    self.paired()?;
                }
                c => self.at += c.len_utf8(),
            }
        }
    }

    /// Reads to the parenthesis that closes one inside of an expansion.
    fn paired(&mut self) -> Option<()> {
        loop {
            match self.rest().chars().next()? {
                ')' => {
                    self.at += 1;
                    return Some(());
                }
                '(' => {
                    self.at += 1;
                    self.paired()?;
                }
                '\'' | '"' | '`' | '\\' | '#' => return None,
                '$' => self.expansion(&mut String::new())?,
                c => self.at += c.len_utf8(),
            }
        }
    }
}

/// Whether a word sets a variable for the command after it.
fn is_assignment(word: &str) -> bool {
    let is_start = |c: char| c.is_ascii_alphabetic() || c == '_';
    word.split_once('=')
        .is_some_and(|(name, _)| name.starts_with(is_start) && name.chars().all(|c| is_start(c) || c.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_command_that_can_take_the_place_does() {
        for (line, expected) in [
            ("./server", "exec ./server"),
            ("node server.js --port 3000", "exec node server.js --port 3000"),
            ("./server \"$@\"", "exec ./server \"$@\""),
            ("A=1 B='x y' ./server", "A=1 B='x y' exec ./server"),
            ("A=$(cat f) ./server", "A=$(cat f) exec ./server"),
            ("'./my server' x", "exec './my server' x"),
            ("  ./server >log 2>&1 </dev/null  ", "  exec ./server >log 2>&1 </dev/null  "),
            ("2>log >>out ./server", "2>log >>out exec ./server"),
            (
                "./server 'a;b' \"c|d\" e\\&f $((1 + (2))) ${X:-a;b}",
                "exec ./server 'a;b' \"c|d\" e\\&f $((1 + (2))) ${X:-a;b}",
            ),
            ("./server --flag\\\n  --other\n", "exec ./server --flag\\\n  --other\n"),
            ("./server # in the foreground", "exec ./server # in the foreground"),
            ("./server a#b", "exec ./server a#b"),
            ("cd web && npm start", "cd web && exec npm start"),
            ("make && PORT=1 ./server", "make && PORT=1 exec ./server"),
            ("PO\\\nRT=1 ./server", "PO\\\nRT=1 exec ./server"),
            ("'2'>log ./server", "exec '2'>log ./server"),
            ("~/bin/server", "exec ~/bin/server"),
        ] {
            assert_eq!(in_place(line), expected, "{line}");
        }
        for line in [
            "",
            "#x",
            "A=1",
            "A=1 >x",
            "cd x",
            "echo hi",
            "exec ./server",
            "time ./server",
            "! ./server",
            "[ -f x ]",
            "./a; ./b",
            "./a | ./b",
            "./a || ./b",
            "./a &",
            "./a & wait",
            "(./a)",
            "{ ./a; }",
            "./a\n./b",
            "./a &&\n./b",
            "if a; then b; fi",
            "f() { x; }",
            "f () { x; }",
            "$SERVER x",
            "`x` y",
            "\"$X\"/server",
            "*/server",
            "trap 'x' EXIT && ./a",
            ". ./lib.sh && a",
            "eval x && a",
            "set -e && a",
            "a && b | c",
            "a && b &",
            "a &&",
            "cat <<E\nx\nE",
            "cat <<<x",
            "diff <(a) <(b)",
            "./a >&2 &",
            "./a &> log",
            "./a 'b",
            "./a \"b",
            "./a $(b",
            "./a \\",
            "./a $'x'",
            // Within double quotes, a single quote begins nothing.
            "./a \"${x:-it's}\"; ./b \"${y:-it's}\"",
            "./a $(case x in y) z;; esac)",
            "\"\" x",
            "\"\\\n\" x",
            "alias a=b && a",
            "./a # x\n./b",
            "./a # x\\\n./b",
            // To a shell, this is a word.
            "./a\n\r",
            "./a # x\n\r",
        ] {
            assert_eq!(in_place(line), line, "{line}");
        }
    }

    /// Of the commands before the last nothing may be left that `exec` would lose.
    #[test]
    fn harmless_ones_are_no_programs() {
        assert!(HARMLESS.iter().all(|name| NOT_PROGRAMS.contains(name)));
    }
}
