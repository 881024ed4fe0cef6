//! What a hook is told, in its shell's language.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use serde_json::{Map, Value, json};

use crate::dialect::{self, Dialect, quote};
use crate::env::assignable;

/// The language of a hook.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Notation {
    Bash,
    Zsh,
    Fish,
    Nu,
}

/// What a hook has to do and to remember.
pub struct Answer<'a> {
    /// Variables to export, and those to take away.
    pub changes: Vec<(&'a OsStr, Option<&'a OsStr>)>,
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
            Self::Nu => format!("const __devshell_cd_program = {}\n", json!(path.to_string_lossy())).into_bytes(),
            _ => self.assign("program", path),
        }
    }

    /// An answer for the shell to evaluate, or nushell's to parse.
    pub fn answer(self, answer: &Answer) -> Vec<u8> {
        // Some names no shell can assign: those of exported bash functions.
        let changes = answer.changes.iter().filter(|(name, _)| assignable(name));
        if self == Self::Nu {
            let text = |text: &OsStr| Value::from(text.to_string_lossy());
            let set =
                changes.clone().filter_map(|(name, value)| Some((name.to_string_lossy().into(), text((*value)?))));
            let unset = changes.clone().filter(|(_, value)| value.is_none());
            let paths = |paths: &[PathBuf]| paths.iter().map(|path| text(path.as_os_str())).collect::<Value>();
            let json = json!({
                "set": set.collect::<Map<String, Value>>(),
                "unset": unset.map(|(name, _)| text(name)).collect::<Value>(),
                "there": paths(answer.there),
                "absent": paths(answer.absent),
                "stamp": text(answer.stamp.as_os_str()),
            });
            return json.to_string().into_bytes();
        }
        let dialect = self.dialect();
        let mut lines = Vec::new();
        for (name, value) in changes {
            let name = name.to_string_lossy();
            let line = value.map_or_else(|| dialect.unset(&name), |value| dialect.set(&name, value));
            lines.extend_from_slice(line.as_bytes());
        }
        lines.extend(self.assign_list("there", answer.there));
        lines.extend(self.assign_list("absent", answer.absent));
        lines.extend(self.assign("stamp", answer.stamp.as_os_str()));
        lines
    }

    fn dialect(self) -> &'static dyn Dialect {
        match self {
            Self::Zsh => &dialect::Zsh,
            Self::Fish => &dialect::Fish,
            Self::Bash | Self::Nu => &dialect::Bash,
        }
    }

    /// A line that sets a variable of the hook's own, which no child sees.
    fn assign(self, name: &str, value: &OsStr) -> Vec<u8> {
        let line = match self {
            Self::Fish => quote::line(&format!("set -g __devshell_cd_{name} "), quote::fish(value)),
            _ => quote::line(&format!("__devshell_cd_{name}="), quote::posix(value)),
        };
        line.as_bytes().to_vec()
    }

    /// The same for a list of paths.
    fn assign_list(self, name: &str, paths: &[PathBuf]) -> Vec<u8> {
        let quoted = if self == Self::Fish { quote::fish } else { quote::posix };
        let words: Vec<OsString> = paths.iter().map(|path| quoted(path.as_os_str())).collect();
        let words = words.join(OsStr::new(" "));
        let (before, after) = match self {
            Self::Fish => (format!("set -g __devshell_cd_{name} "), "\n"),
            _ => (format!("__devshell_cd_{name}=("), ")\n"),
        };
        [before.as_bytes(), words.as_bytes(), after.as_bytes()].concat()
    }
}
