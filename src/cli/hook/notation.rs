//! What a hook is told, in its shell's language.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;

use clap::ValueEnum;

use crate::dialect::{self, Dialect, quote};
use crate::env::assignable;

/// The language of a hook.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Notation {
    Bash,
    Zsh,
    Fish,
}

impl Notation {
    fn dialect(self) -> &'static dyn Dialect {
        match self {
            Self::Bash => &dialect::Bash,
            Self::Zsh => &dialect::Zsh,
            Self::Fish => &dialect::Fish,
        }
    }

    /// A line that sets a variable of the hook's own, which no child sees.
    pub fn assign(self, name: &str, value: &OsStr) -> Vec<u8> {
        let line = match self {
            Self::Bash | Self::Zsh => quote::line(&format!("{name}="), quote::posix(value)),
            Self::Fish => quote::line(&format!("set -g {name} "), quote::fish(value)),
        };
        line.as_bytes().to_vec()
    }

    /// The same for a list of paths.
    pub fn assign_list(self, name: &str, paths: &[PathBuf]) -> Vec<u8> {
        let words = |quoted: fn(&OsStr) -> OsString| {
            let words: Vec<OsString> = paths.iter().map(|path| quoted(path.as_os_str())).collect();
            words.join(OsStr::new(" "))
        };
        let (before, words, after) = match self {
            Self::Bash | Self::Zsh => (format!("{name}=("), words(quote::posix), ")\n"),
            Self::Fish => (format!("set -g {name} "), words(quote::fish), "\n"),
        };
        [before.as_bytes(), words.as_bytes(), after.as_bytes()].concat()
    }

    /// A line that exports a variable, or takes it away.
    pub fn change(self, name: &OsStr, value: Option<&OsStr>) -> Vec<u8> {
        let Some(name) = name.to_str().filter(|name| assignable(OsStr::new(name))) else { return Vec::new() };
        let dialect = self.dialect();
        let line = value.map_or_else(|| dialect.unset(name), |value| dialect.set(name, value));
        line.as_bytes().to_vec()
    }
}
