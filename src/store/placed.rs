//! A link that starts a program of a prefix in its place: a script whose first line names devshell, and whose second says
//! what to start.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::Assignment;
use super::assignment::quoted;
use crate::files::{bounded, most};
use crate::name::VarName;

/// The hidden verb that starts such a program.
pub const VERB: &str = "in-place";

/// Where packages have their commands.
pub const BIN: [&str; 3] = ["usr/bin", "usr/sbin", "usr/games"];

/// The longest first line that Linux reads (`BINPRM_BUF_SIZE`, less the byte after it).
pub const LONGEST: usize = 255;

/// What to start, in which place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Placed {
    pub prefix: PathBuf,
    pub program: PathBuf,
    /// Whether the host's files count in directories of libraries, since its C library is newer: its programs may need that.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub hosts_libraries: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub arguments: Vec<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    set: BTreeMap<VarName, String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    default: BTreeMap<VarName, String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    append: BTreeMap<VarName, String>,
}

impl Placed {
    pub fn new(prefix: PathBuf, program: PathBuf, arguments: Vec<String>, variables: &[Assignment]) -> Self {
        let (mut set, mut default, mut append) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        for variable in variables {
            let (kind, name, value) = match variable {
                Assignment::Set(name, value) => (&mut set, name, value),
                Assignment::Default(name, value) => (&mut default, name, value),
                Assignment::Append(name, value) => (&mut append, name, value),
            };
            kind.insert(name.clone(), value.clone());
        }
        Self { prefix, program, hosts_libraries: false, arguments, set, default, append }
    }

    /// The directories of its prefix that have commands.
    pub fn bin(&self) -> impl Iterator<Item = PathBuf> {
        BIN.iter().map(|bin| self.prefix.join(bin)).filter(|directory| directory.is_dir())
    }

    pub fn variables(&self) -> impl Iterator<Item = Assignment> {
        let pair = |(name, value): (&VarName, &String)| (name.clone(), value.clone());
        let set = self.set.iter().map(pair).map(|(name, value)| Assignment::Set(name, value));
        let default = self.default.iter().map(pair).map(|(name, value)| Assignment::Default(name, value));
        let append = self.append.iter().map(pair).map(|(name, value)| Assignment::Append(name, value));
        set.chain(default).chain(append)
    }

    /// The text of the link, for devshell at this path.
    pub(super) fn text(&self, launcher: &Path) -> String {
        // Line breaks are written out in it.
        let json = serde_json::to_string(self).unwrap_or_default();
        let launcher = launcher.to_string_lossy();
        let first = format!("#!{launcher} {VERB}");
        if first.len() <= LONGEST && !launcher.contains(char::is_whitespace) {
            return format!("{first}\n{json}\n");
        }
        // A first line cannot say that.
        format!("#!/bin/sh\n# {json}\nexec {} {VERB} \"$0\" \"$@\"\n", quoted(&launcher))
    }

    /// Where devshell is according to such a text, and what it says. `None` for any other text.
    pub(super) fn of(text: &str) -> Option<(PathBuf, Self)> {
        let mut lines = text.lines();
        let first = lines.next()?.strip_prefix("#!")?;
        let second = lines.next()?;
        let placed: Self = serde_json::from_str(second.strip_prefix("# ").unwrap_or(second)).ok()?;
        let launcher = match first.strip_suffix(VERB) {
            Some(launcher) => launcher.trim_end().to_owned(),
            None => shell_words::split(lines.next()?).ok()?.get(1)?.clone(),
        };
        let launcher = PathBuf::from(launcher);
        (placed.text(&launcher) == text).then_some((launcher, placed))
    }

    /// What such a file says. `None` for any other file.
    pub fn read(file: &Path) -> io::Result<Option<Self>> {
        let bytes = bounded::read(file, most::RECORD)?;
        let second = bytes.split(|byte| *byte == b'\n').nth(1).unwrap_or_default();
        Ok(serde_json::from_slice(second.strip_prefix(b"# ").unwrap_or(second)).ok())
    }

    /// What a link that was found on PATH says, if it is such a one.
    pub fn at(link: &Path) -> Option<Self> {
        let start = bounded::head(link, 2).ok()?;
        if start != b"#!" || fs_err::symlink_metadata(link).ok()?.is_symlink() {
            return None;
        }
        Self::of(&bounded::read_text(link, most::RECORD).ok()?).map(|(_, placed)| placed)
    }
}

/// Whether a link of a prefix, which leads out of it by what it says, is the one that says which prefix it is.
pub fn is_mark(prefix: &Path, inside: &Path, target: &Path) -> bool {
    inside == Path::new(devshell_wall::PLACE) && target == prefix
}
