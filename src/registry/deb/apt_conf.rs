//! apt's configuration (apt.conf(5)), as far as it is values: names are trees, joined by `::` or
//! nested in braces, and a later value takes an earlier one's place.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Values by name, in lower case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AptConf(BTreeMap<String, String>);

/// Where apt keeps its files: the name of a place, the one it is in, and its name by
/// default.
const PLACES: &[(&str, &str, &str)] = &[
    ("dir", "", "/"),
    ("dir::etc", "dir", "etc/apt"),
    ("dir::etc::main", "dir::etc", "apt.conf"),
    ("dir::etc::parts", "dir::etc", "apt.conf.d"),
    ("dir::etc::sourcelist", "dir::etc", "sources.list"),
    ("dir::etc::sourceparts", "dir::etc", "sources.list.d"),
    ("dir::etc::netrc", "dir::etc", "auth.conf"),
    ("dir::etc::netrcparts", "dir::etc", "auth.conf.d"),
];

enum Token {
    Word(String),
    Open,
    Close,
    End,
}

impl AptConf {
    /// Adds what a file says.
    pub fn read(&mut self, text: &str) {
        let (mut scopes, mut words) = (Vec::<String>::new(), Vec::new());
        for token in tokens(text) {
            match token {
                Token::Word(word) => {
                    words.push(word);
                    continue;
                }
                Token::Open => scopes.push(words.join("::")),
                Token::Close => {
                    scopes.pop();
                }
                Token::End => {
                    if let [name, value] = words.as_slice() {
                        let names = scopes.iter().chain([name]).map(String::as_str);
                        let name = names.collect::<Vec<_>>().join("::").to_ascii_lowercase();
                        self.0.insert(name, value.clone());
                    }
                }
            }
            words.clear();
        }
    }

    /// The value of a name in lower case.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Where a file or directory of apt is.
    pub fn place(&self, name: &str) -> PathBuf {
        let Some((_, parent, usual)) = PLACES.iter().find(|(place, _, _)| *place == name) else {
            return PathBuf::new();
        };
        // An absolute path takes the place of what it is joined to.
        let said = self.get(name).filter(|value| !value.is_empty()).unwrap_or(usual);
        self.place(parent).join(Path::new(said))
    }
}

fn tokens(text: &str) -> Vec<Token> {
    let (mut tokens, mut rest) = (Vec::new(), text);
    let after = |text: &'_ str, end: &str| text.find(end).map_or(text.len(), |index| index + end.len());
    while let Some(first) = rest.chars().next() {
        let length = match first {
            // The number sign begins a comment at the beginning of a line; elsewhere it is a directive.
            '/' if rest.starts_with("//") => after(rest, "\n"),
            '#' => after(rest, "\n"),
            '/' if rest.starts_with("/*") => after(rest, "*/"),
            '"' => {
                let end = rest[1..].find('"').map_or(rest.len(), |index| index + 1);
                tokens.push(Token::Word(rest[1..end].to_owned()));
                (end + 1).min(rest.len())
            }
            '{' | '}' | ';' => {
                tokens.push(match first {
                    '{' => Token::Open,
                    '}' => Token::Close,
                    _ => Token::End,
                });
                1
            }
            space if space.is_whitespace() => space.len_utf8(),
            _ => {
                let is_end = |c: char| c.is_whitespace() || "\"{};".contains(c);
                let end = rest.find(is_end).unwrap_or(rest.len());
                tokens.push(Token::Word(rest[..end].to_owned()));
                end
            }
        };
        rest = &rest[length..];
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_trees() {
        let mut conf = AptConf::default();
        conf.read(
            "# one { comment\n// \"another\nAPT { NeverAutoRemove { \"^linux\"; \"x\"; }; };\n\
             Acquire::Check-Valid-Until \"false\"; /* Acquire::Check-Date \"yes\"; */\n\
             acquire { Retries 3; http { Proxy \"http://p.example:1/;{\"; }; Languages \"none\"; }\n\
             Dir::Etc \"/other/apt/\";Dir::Etc::SourceList \"mine\";",
        );
        for (name, expected) in [
            ("acquire::check-valid-until", Some("false")),
            ("acquire::check-date", None),
            ("acquire::retries", Some("3")),
            ("acquire::http::proxy", Some("http://p.example:1/;{")),
            ("acquire::languages", Some("none")),
            ("apt::neverautoremove", None),
        ] {
            assert_eq!(conf.get(name), expected, "{name}");
        }
        assert_eq!(conf.place("dir::etc::sourcelist"), Path::new("/other/apt/mine"));
        conf.read(
            "Acquire::Check-Valid-Until \"true\"; Dir::Etc::sourceparts \"/dev/null\"; Dir \"/root\"; Dir::Etc \"\";",
        );
        assert_eq!(conf.get("acquire::check-valid-until"), Some("true"));
        assert_eq!(conf.place("dir::etc::sourceparts"), Path::new("/dev/null"));
        assert_eq!(conf.place("dir::etc::parts"), Path::new("/root/etc/apt/apt.conf.d"));
        assert_eq!(AptConf::default().place("dir::etc::netrc"), Path::new("/etc/apt/auth.conf"));
        for broken in ["\"", "a \"b", "}}}", "{{{", "/*", "a b c;", ";;", "é \"é\";"] {
            conf.read(broken);
        }
    }
}
