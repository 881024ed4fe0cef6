//! Which files an expression of Nix names, found without evaluating it: its path literals, and what is joined to them or
//! to `self` as plain text. It is a lexer, so it finds more than is used and less than is computed.

/// A file or directory that an expression names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Literal {
    pub path: String,
    /// Whether it begins in the flake's directory, and not in that of the expression.
    pub is_from_root: bool,
}

/// What an expression names.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Named {
    pub literals: Vec<Literal>,
    /// Whether it may ask what is in a directory.
    pub reads_directories: bool,
}

/// What a piece of text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Within {
    /// An expression, and how many of its braces are open.
    Code(usize),
    /// A string in `"`.
    Text,
    /// A string in `''`.
    Block,
}

/// The paths in an expression, each once.
pub fn named(text: &str) -> Named {
    let mut lexer = Lexer { text, place: 0, within: vec![Within::Code(0)], named: Named::default() };
    while lexer.place < text.len() {
        lexer.step();
    }
    let mut named = lexer.named;
    named.literals.sort();
    named.literals.dedup();
    named
}

struct Lexer<'t> {
    text: &'t str,
    place: usize,
    within: Vec<Within>,
    named: Named,
}

const fn is_of_path(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-' | b'+' | b'/')
}

const fn is_of_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'\'')
}

impl<'t> Lexer<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.place..]
    }

    fn begins(&self, with: &str) -> bool {
        self.text.as_bytes()[self.place..].starts_with(with.as_bytes())
    }

    /// Goes on by some bytes, and to the beginning of the next character.
    fn skip(&mut self, bytes: usize) {
        self.place = (self.place + bytes).min(self.text.len());
        while !self.text.is_char_boundary(self.place) {
            self.place += 1;
        }
    }

    /// Takes the bytes that are of a kind.
    fn take(&mut self, is_of: fn(u8) -> bool) -> &'t str {
        let rest = self.rest();
        let length = rest.bytes().position(|byte| !is_of(byte)).unwrap_or(rest.len());
        self.place += length;
        &rest[..length]
    }

    fn step(&mut self) {
        match self.within.last().copied() {
            Some(Within::Code(open)) => self.code(open),
            Some(Within::Text) => self.string("\"", "\\"),
            Some(Within::Block) => self.string("''", "''"),
            None => self.place = self.text.len(),
        }
    }

    fn code(&mut self, open: usize) {
        let first = self.text.as_bytes()[self.place];
        match first {
            b'#' => self.until("\n"),
            b'/' if self.begins("/*") => self.until("*/"),
            b'"' => self.enter(Within::Text, 1),
            b'\'' if self.begins("''") => self.enter(Within::Block, 2),
            b'{' => {
                self.set(Within::Code(open + 1));
                self.skip(1);
            }
            b'}' => {
                match open.checked_sub(1) {
                    Some(open) => self.set(Within::Code(open)),
                    None if self.within.len() > 1 => drop(self.within.pop()),
                    None => {}
                }
                self.skip(1);
            }
            b'.' if self.begins("./") || self.begins("../") => {
                let path = self.take(is_of_path).to_owned();
                self.path(path, false);
            }
            _ if is_of_path(first) => self.word(),
            _ => self.skip(1),
        }
    }

    /// A word or a number, a path that begins with neither dot, or a mark.
    fn word(&mut self) {
        let word = self.take(|byte| is_of_word(byte) || byte == b'.');
        if word.is_empty() {
            return self.skip(1);
        }
        self.named.reads_directories |= word.ends_with("readDir") || word.contains("filesystem.");
        if matches!(word, "self" | "inputs.self") {
            self.path(String::new(), true);
        }
    }

    /// A path, and the plain text that `+` adds to it. If something is filled in, only its directory is known.
    fn path(&mut self, path: String, is_from_root: bool) {
        if self.begins("${") {
            return;
        }
        let rest = self.rest().trim_start().strip_prefix('+').map(str::trim_start);
        let added = rest.and_then(|text| text.strip_prefix('"')?.split('"').next());
        let added = added.filter(|text| text.starts_with('/') && text.bytes().all(is_of_path)).unwrap_or_default();
        let path = path + added;
        if !path.is_empty() {
            self.named.literals.push(Literal { path, is_from_root });
        }
    }

    /// One step in a string that ends with `end`, in which `escape` takes the meaning of the next character.
    fn string(&mut self, end: &str, escape: &str) {
        // A `''` ends a block, unless one of these follows.
        let is_escape = self.begins(escape) && (end == "\"" || self.rest()[2..].starts_with(['$', '\'', '\\']));
        if is_escape {
            self.skip(escape.len() + 1);
        } else if self.begins(end) {
            self.within.pop();
            self.skip(end.len());
        } else if self.begins("$$") {
            self.skip(2);
        } else if self.begins("${") {
            self.enter(Within::Code(0), 2);
            for root in ["self}/", "inputs.self}/", "./.}/"] {
                if self.begins(root) {
                    let path = &self.rest()[root.len() - 1..];
                    let length = path.bytes().position(|byte| !is_of_path(byte)).unwrap_or(path.len());
                    let (path, is_from_root) = (path[..length].to_owned(), root != "./.}/");
                    let path = if is_from_root { path } else { format!(".{path}") };
                    self.named.literals.push(Literal { path, is_from_root });
                }
            }
        } else {
            self.skip(1);
        }
    }

    fn enter(&mut self, within: Within, bytes: usize) {
        self.within.push(within);
        self.skip(bytes);
    }

    fn set(&mut self, within: Within) {
        self.within.pop();
        self.within.push(within);
    }

    fn until(&mut self, end: &str) {
        let rest = self.rest();
        self.place += rest.find(end).map_or(rest.len(), |place| place + end.len());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The paths; those that begin in the flake's directory begin with `/`.
    fn paths(text: &str) -> Vec<String> {
        named(text).literals.into_iter().map(|literal| literal.path).collect()
    }

    #[test]
    fn paths_are_found_where_they_are_code() {
        for (text, expected) in [
            ("import ./nix/more.nix", vec!["./nix/more.nix"]),
            ("[ ../a ./b-1.2/c_d.nix ];", vec!["../a", "./b-1.2/c_d.nix"]),
            ("x = ./a; # ./not\n/* ./nor */ y = ./b;", vec!["./a", "./b"]),
            ("\"./not ${./a} ./nor\"", vec!["./a"]),
            ("''./not ${ { x = ./a; }.x } ''${./nor} '' + ./b", vec!["./a", "./b"]),
            ("\"\\${./not} \\\" $${./nor}\" ./a", vec!["./a"]),
            ("''a ''' ./not '' ./a", vec!["./a"]),
            ("./. + \"/a.txt\"", vec!["././a.txt"]),
            ("builtins.readFile (./. + \"/${x}\")", vec!["./."]),
            ("./x/${name}.nix ./y", vec!["./y"]),
            ("\"${self}/a/b.txt\" \"${inputs.self}/c\" \"${./.}/d\"", vec!["./.", "./d", "/a/b.txt", "/c"]),
            ("self + \"/a.txt\"", vec!["/a.txt"]),
            ("self.packages.x inherit self;", vec![]),
            ("1.5 a.b 3/2 a/b", vec![]),
            ("\"unfinished ${ ./a", vec!["./a"]),
            ("é ./ä ./b", vec!["./", "./b"]),
            ("}}} ./a", vec!["./a"]),
        ] {
            assert_eq!(paths(text), expected, "{text}");
        }
    }

    #[test]
    fn asking_for_what_is_in_a_directory_is_noticed() {
        assert!(named("builtins.attrNames (builtins.readDir ./x)").reads_directories);
        assert!(named("lib.filesystem.listFilesRecursive ./x").reads_directories);
        assert!(!named("builtins.readFile ./x").reads_directories);
    }
}
