//! Variables that a program is started with, as lines of a script and as values.

use std::ffi::OsString;

use crate::name::VarName;

/// A variable that a program is started with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Assignment {
    Set(VarName, String),
    /// Where the caller has no value.
    Default(VarName, String),
    /// After the caller's value, separated by `:`.
    Append(VarName, String),
}

impl Assignment {
    /// Its line in a script of `sh`. No two kinds begin alike, whatever the value is.
    pub(super) fn line(&self) -> String {
        match self {
            Self::Set(name, value) => format!("export {name}={}\n", quoted(value)),
            Self::Default(name, value) => format!("[ \"${{{name}:-}}\" ] || export {name}={}\n", quoted(value)),
            Self::Append(name, value) => format!("export {name}; {name}=\"${{{name}:+${name}:}}\"{}\n", quoted(value)),
        }
    }

    /// The assignment that the words of a script begin with, if they do, and the words after it.
    pub(super) fn read(words: &[String]) -> Option<(Self, &[String])> {
        match words {
            [test, _, end, or, export, definition, rest @ ..]
                if [test, end, or, export] == ["[", "]", "||", "export"] =>
            {
                let (name, value) = definition.split_once('=')?;
                Some((Self::Default(name.parse().ok()?, value.to_owned()), rest))
            }
            [export, exported, definition, rest @ ..] if export == "export" && !exported.contains('=') => {
                let name = exported.strip_suffix(';')?;
                let value = definition.strip_prefix(&format!("{name}=${{{name}:+${name}:}}"))?;
                Some((Self::Append(name.parse().ok()?, value.to_owned()), rest))
            }
            [export, definition, rest @ ..] if export == "export" => {
                let (name, value) = definition.split_once('=')?;
                Some((Self::Set(name.parse().ok()?, value.to_owned()), rest))
            }
            _ => None,
        }
    }

    /// Its name, and the value that it gives to a variable which has this one.
    pub fn applied(&self, before: impl FnOnce(&VarName) -> Option<OsString>) -> Option<(&VarName, OsString)> {
        let filled = |name| before(name).filter(|value| !value.is_empty());
        match self {
            Self::Set(name, value) => Some((name, value.into())),
            Self::Default(name, value) => filled(name).is_none().then(|| (name, value.into())),
            Self::Append(name, value) => {
                let mut whole = filled(name).unwrap_or_default();
                if !whole.is_empty() {
                    whole.push(":");
                }
                whole.push(value);
                Some((name, whole))
            }
        }
    }
}

pub(super) fn quoted(word: &str) -> String {
    shell_words::quote(word).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As the lines of a script do, which `links.rs` tests.
    #[test]
    fn what_the_caller_has_counts_as_the_assignment_says() {
        let name = || "A".parse().unwrap();
        for (assignment, before, expected) in [
            (Assignment::Set(name(), "new".into()), Some("old"), Some("new")),
            (Assignment::Default(name(), "new".into()), None, Some("new")),
            (Assignment::Default(name(), "new".into()), Some(""), Some("new")),
            (Assignment::Default(name(), "new".into()), Some("old"), None),
            (Assignment::Append(name(), "new".into()), None, Some("new")),
            (Assignment::Append(name(), "new".into()), Some(""), Some("new")),
            (Assignment::Append(name(), "new".into()), Some("old"), Some("old:new")),
        ] {
            let found = assignment.applied(|_| before.map(OsString::from)).map(|(_, value)| value);
            assert_eq!(found, expected.map(OsString::from), "{assignment:?} {before:?}");
        }
    }
}
