//! What a hook gets, in its shell's language.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use serde_json::{Map, Value, json};

use crate::dialect::quote;
use crate::name::VarName;

/// The language of a hook.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Notation {
    Bash,
    Zsh,
    Fish,
    Nu,
}

/// Variables to export, and those to take away.
pub type Changes<'a> = Vec<(&'a OsStr, Option<&'a OsStr>)>;

/// What a hook has to do and to remember.
pub struct Answer<'a> {
    pub changes: Changes<'a>,
    /// The way out of what is entered, for a shell that finds no devshell any more.
    pub back: Changes<'a>,
    /// Whether a project is entered: then all of the changes can be made, or none is.
    pub is_entry: bool,
    /// What to print once the changes are made.
    pub said: Option<String>,
    /// Whether `devshell on-entered` has something to run then.
    pub has_hook: bool,
    /// The directory that all this is about.
    pub here: &'a Path,
    /// Files that will be there, and not be younger than the stamp.
    pub there: &'a [PathBuf],
    /// Files that will not be there.
    pub absent: &'a [PathBuf],
    pub stamp: &'a Path,
}

impl Notation {
    /// A line that tells a hook where devshell is.
    pub fn program(self, path: &OsStr) -> Vec<u8> {
        match self {
            Self::Nu => quote::line("const __devshell_cd_program = ", quote::nu(path)).as_bytes().to_vec(),
            _ => self.assign("program", path),
        }
    }

    /// An answer for the shell to evaluate, or nushell's to parse.
    pub fn answer(self, answer: &Answer) -> Vec<u8> {
        if self == Self::Nu {
            return nu(answer);
        }
        let flag = |is_set: bool| OsStr::new(if is_set { "1" } else { "" });
        [
            self.function("set", &answer.changes),
            self.function("back", &answer.back),
            self.assign("entry", flag(answer.is_entry)),
            self.assign("said", OsStr::new(answer.said.as_deref().unwrap_or_default())),
            self.assign("hook", flag(answer.has_hook)),
            self.assign("here", answer.here.as_os_str()),
            self.assign_list("there", answer.there),
            self.assign_list("absent", answer.absent),
            self.assign("stamp", answer.stamp.as_os_str()),
        ]
        .concat()
    }

    /// One word of the language.
    fn word(self, text: &OsStr) -> OsString {
        if self == Self::Fish { quote::fish(text) } else { quote::posix(text) }
    }

    /// A line that sets a variable of the hook's own, which no child sees.
    fn assign(self, name: &str, value: &OsStr) -> Vec<u8> {
        let before = match self {
            Self::Fish => format!("set -g __devshell_cd_{name} "),
            _ => format!("__devshell_cd_{name}="),
        };
        quote::line(&before, self.word(value)).as_bytes().to_vec()
    }

    /// The same for a list of paths.
    fn assign_list(self, name: &str, paths: &[PathBuf]) -> Vec<u8> {
        let words: Vec<OsString> = paths.iter().map(|path| self.word(path.as_os_str())).collect();
        let words = words.join(OsStr::new(" "));
        let (before, after) = match self {
            Self::Fish => (format!("set -g __devshell_cd_{name} "), "\n"),
            _ => (format!("__devshell_cd_{name}=("), ")\n"),
        };
        [before.as_bytes(), words.as_bytes(), after.as_bytes()].concat()
    }

    /// A function that hands each change to the hook's own functions for one. A name that no shell can
    /// assign (exported bash functions) cannot be written down for it.
    fn function(self, name: &str, changes: &[(&OsStr, Option<&OsStr>)]) -> Vec<u8> {
        let (begin, end) = match self {
            Self::Fish => (format!("function __devshell_cd_{name}\n"), "end\n"),
            _ => (format!("__devshell_cd_{name}() {{\n:\n"), "}\n"),
        };
        let mut lines = begin.into_bytes();
        for (name, value) in changes {
            let Some(name) = VarName::assignable(name) else { continue };
            let line = match value {
                Some(value) => quote::line(&format!("__devshell_cd_put {name} "), self.word(value)),
                None => format!("__devshell_cd_take {name}\n").into(),
            };
            lines.extend_from_slice(line.as_bytes());
        }
        lines.extend_from_slice(end.as_bytes());
        lines
    }
}

/// An answer in JSON.
fn nu(answer: &Answer) -> Vec<u8> {
    let text = |text: &OsStr| Value::from(text.to_string_lossy());
    let paths = |paths: &[PathBuf]| paths.iter().map(|path| text(path.as_os_str())).collect::<Value>();
    let changes = |changes: &Changes| {
        let changes = changes.iter().filter(|(name, _)| VarName::assignable(name).is_some());
        let (unset, set): (Vec<_>, Vec<_>) = changes.partition(|(_, value)| value.is_none());
        let set = set.into_iter().filter_map(|(name, value)| Some((name.to_string_lossy().into(), text(value?))));
        json!({
            "set": set.collect::<Map<String, Value>>(),
            "unset": unset.into_iter().map(|(name, _)| text(name)).collect::<Value>(),
        })
    };
    let json = json!({
        "changes": changes(&answer.changes),
        "back": changes(&answer.back),
        "is_entry": answer.is_entry,
        "said": answer.said,
        "has_hook": answer.has_hook,
        "there": paths(answer.there),
        "absent": paths(answer.absent),
        "stamp": text(answer.stamp.as_os_str()),
    });
    json.to_string().into_bytes()
}
