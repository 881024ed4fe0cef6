//! The env files that are pipes, as they were read: the program at the other end may write only once, so a process that
//! takes the place of another one gets what that has read. It goes through a variable and is never on disk.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::carried;

/// The texts of pipes, by path.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pipes(Vec<(OsString, String)>);

/// Linux takes 128 KiB for a variable with its name (execve(2)).
const LONGEST: usize = 126 << 10;

impl Pipes {
    /// The variable that carries them.
    pub const VARIABLE: &'static str = "__DEVSHELL_PIPES";

    pub fn new(read: impl Iterator<Item = (PathBuf, String)>) -> Self {
        Self(read.map(|(path, text)| (path.into_os_string(), text)).collect())
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The text of the pipe at this path, if it was read.
    pub fn text(&self, path: &Path) -> Option<&str> {
        self.0.iter().find(|(read, _)| read == path.as_os_str()).map(|(_, text)| text.as_str())
    }

    /// As the value of the variable; `None` when it would be too long for one.
    pub fn to_text(&self) -> Option<String> {
        Some(carried::to_text(self)).filter(|text| text.len() <= LONGEST)
    }

    /// Reads what `to_text` wrote; no pipes when it is something else.
    pub fn parse(text: &OsStr) -> Self {
        carried::of_text(text).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::ffi::OsStringExt as _;

    use super::*;

    #[test]
    fn they_are_read_as_they_were_written() {
        let path = PathBuf::from(OsString::from_vec(b"/shop/\xff.env".to_vec()));
        let pipes = |text: &str| Pipes::new(std::iter::once((path.clone(), text.to_owned())));
        let read = Pipes::parse(pipes("A='1'\n").to_text().unwrap().as_ref());
        assert_eq!((read.text(&path), read.text(Path::new("/shop/.env"))), (Some("A='1'\n"), None));
        assert_eq!(pipes(&"x".repeat(95 << 10)).to_text(), None);
        for text in ["", "nonsense"] {
            assert!(Pipes::parse(text.as_ref()).is_empty(), "{text}");
        }
    }
}
