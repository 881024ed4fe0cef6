//! What a hook gets, in its shell's language.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use serde_json::{Map, Value, json};

use crate::dialect::{self, Dialect, quote};
use crate::env;
use crate::name::VarName;

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
            Self::Nu => quote::line("const __devshell_cd_program = ", quote::nu(path)).as_bytes().to_vec(),
            _ => self.assign("program", path),
        }
    }

    /// An answer for the shell to evaluate, or nushell's to parse.
    pub fn answer(self, answer: &Answer) -> Vec<u8> {
        let changes = answer.changes.iter().copied();
        if self == Self::Nu {
            let changes = changes.filter(|(name, _)| VarName::assignable(name).is_some());
            let text = |text: &OsStr| Value::from(text.to_string_lossy());
            let (unset, set): (Vec<_>, Vec<_>) = changes.partition(|(_, value)| value.is_none());
            let set = set.into_iter().filter_map(|(name, value)| Some((name.to_string_lossy().into(), text(value?))));
            let paths = |paths: &[PathBuf]| paths.iter().map(|path| text(path.as_os_str())).collect::<Value>();
            let json = json!({
                "set": set.collect::<Map<String, Value>>(),
                "unset": unset.into_iter().map(|(name, _)| text(name)).collect::<Value>(),
                "there": paths(answer.there),
                "absent": paths(answer.absent),
                "stamp": text(answer.stamp.as_os_str()),
            });
            return json.to_string().into_bytes();
        }
        let mut lines = env::lines(self.dialect(), changes);
        lines.extend(self.assign_list("there", answer.there));
        lines.extend(self.assign_list("absent", answer.absent));
        lines.extend(self.assign("stamp", answer.stamp.as_os_str()));
        lines
    }

    fn dialect(self) -> &'static dyn Dialect {
        match self {
            Self::Zsh => &dialect::Zsh,
            Self::Fish => &dialect::Fish,
            Self::Bash => &dialect::Bash,
            Self::Nu => &dialect::Nu,
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
