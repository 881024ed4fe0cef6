//! Names, parsed once at the edge: of tools, of the sources they come from, of variables and
//! of commands. A value of one of these types is known to be well-formed.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::ffi::OsStr;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::path::Path;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

pub use self::bound::{BoundNames, Names};
pub use self::host::is_host_name;
pub use self::package::{Build, Marker, PackageFile, PackageName, PackageVersion, RustPart, Tag, TreePath, Workflow};
pub use self::source::{SourceLabel, with_servers};
use crate::text::is_plain;

/// Why a word is not the name it should be. The text fits "`{word}` {reason}".
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{}` {reason}", .word.escape_debug())]
pub struct BadName {
    pub word: String,
    pub reason: String,
}

impl BadName {
    fn new(word: &str, reason: impl Into<String>) -> Self {
        Self { word: word.to_owned(), reason: reason.into() }
    }
}

/// A name is written and read as its text.
macro_rules! as_name {
    ($name:ty) => {
        as_text!($name);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

mod bound;
mod host;
mod package;
mod source;

/// How the reason begins why a tool's name is none, where its source is one that this devshell does not know.
pub const UNKNOWN_SOURCE: &str = "names the source";

/// The one package of the source `rust`.
pub const TOOLCHAIN: &str = "toolchain";

/// A tool as the manifest names it: `node` (the catalog says what that is) or `npm:prettier`. It stays as it was
/// written, but forges make no difference between capitals and small letters, so two such names are the same if that is
/// all that tells them apart.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ToolName {
    text: String,
    source: Option<SourceLabel>,
}

impl ToolName {
    /// The text by which names are compared.
    fn compared(&self) -> Cow<'_, str> {
        match self.source {
            Some(source) if source.is_forge() => Cow::Owned(self.text.to_ascii_lowercase()),
            _ => Cow::Borrowed(&self.text),
        }
    }
}

impl PartialEq for ToolName {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for ToolName {}

impl PartialOrd for ToolName {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for ToolName {
    fn cmp(&self, other: &Self) -> Ordering {
        self.compared().cmp(&other.compared())
    }
}

impl Hash for ToolName {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.compared().hash(state);
    }
}

impl ToolName {
    /// The whole name, as written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The source before the colon; `None` leaves it to the catalog.
    pub const fn source(&self) -> Option<SourceLabel> {
        self.source
    }

    /// The package after the colon, or the whole name.
    pub fn package(&self) -> &str {
        match self.source {
            Some(source) => &self.text[source.name().len() + 1..],
            None => &self.text,
        }
    }

    /// Whether it is the Rust toolchain, by its friendly name or by its full one.
    pub fn is_toolchain(&self) -> bool {
        self.source == Some(SourceLabel::Rust) || self.text == SourceLabel::Rust.name()
    }

    /// The last part of the package: what its command is probably called.
    pub fn short(&self) -> &str {
        last_part(self.package())
    }
}

impl FromStr for ToolName {
    type Err = BadName;

    fn from_str(text: &str) -> Result<Self, BadName> {
        let (source, package) = match text.split_once(':') {
            None => (None, text),
            Some((label, package)) => {
                let source = SourceLabel::ALL.into_iter().find(|s| s.name() == label).ok_or_else(|| {
                    let known = SourceLabel::listed();
                    BadName::new(text, format!("{UNKNOWN_SOURCE} `{label}`, and devshell knows {known}"))
                })?;
                (Some(source), package)
            }
        };
        if package.is_empty() {
            return Err(BadName::new(text, "names no package"));
        }
        let scoped = source == Some(SourceLabel::Npm) && package.starts_with('@');
        let segments: Vec<&str> = package.split('/').collect();
        let plain = |segment: &str| {
            segment.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
                && segment.chars().all(|c| c.is_ascii_alphanumeric() || "._+-".contains(c))
        };
        let good = match (source.filter(|source| source.is_forge()), segments.as_slice()) {
            // GitLab has groups in groups.
            (Some(forge), parts @ [_, .., _]) => {
                parts.iter().copied().all(plain) && (parts.len() == 2 || forge == SourceLabel::Gitlab)
            }
            (None, [scope, name]) if scoped => plain(&scope[1..]) && plain(name),
            (None, [name]) => plain(name),
            _ => false,
        };
        if source == Some(SourceLabel::Rust) && package != TOOLCHAIN {
            let reason = "is not a tool: write `rust`, and what is to be in the toolchain into its `components`";
            return Err(BadName::new(text, reason));
        }
        if !good {
            let reason = match source {
                Some(forge) if forge.is_forge() => format!("is not a repository: write `{forge}:OWNER/NAME`"),
                _ => "is not a tool name: letters, digits and `._+-`, or `npm:@scope/name`".to_owned(),
            };
            return Err(BadName::new(text, reason));
        }
        Ok(Self { text: text.to_owned(), source })
    }
}

as_name!(ToolName);

/// The part of a package's name after the last slash.
pub fn last_part(package: &str) -> &str {
    package.rsplit('/').next().unwrap_or(package)
}

/// The one spelling of a Python package's name ("Names and normalization" of the Python Packaging
/// User Guide, formerly PEP 503): lower case, and each run of `-`, `_` and `.` is one `-`.
pub fn normalized(package: &str) -> String {
    let mut words = package.split(['-', '_', '.']).filter(|word| !word.is_empty());
    let first = words.next().unwrap_or_default().to_lowercase();
    words.fold(first, |name, word| format!("{name}-{}", word.to_lowercase()))
}

/// Whether a text is the name of a Python package.
pub fn is_python_package(text: &str) -> bool {
    format!("{}:{text}", SourceLabel::Pypi).parse::<ToolName>().is_ok()
}

/// A release of Debian or of what is made from it, by its codename: `trixie`. Words that mean
/// another release next year (`stable`) are no suites here.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Suite(String);

impl Suite {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Suite {
    type Err = BadName;

    fn from_str(text: &str) -> Result<Self, BadName> {
        if ["stable", "oldstable", "oldoldstable", "testing", "unstable", "experimental"].contains(&text) {
            return Err(BadName::new(text, "means another release next year: write the codename, such as `trixie`"));
        }
        if let Some(release) = ["-updates", "-security"].iter().find_map(|part| text.strip_suffix(part)) {
            return Err(BadName::new(text, format!("is part of a release, and searched with it: write `{release}`")));
        }
        let good = text.starts_with(|c: char| c.is_ascii_lowercase())
            && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || ".-".contains(c));
        if good { Ok(Self(text.to_owned())) } else { Err(BadName::new(text, "is not the codename of a release")) }
    }
}

as_name!(Suite);

/// How long a project's name may be, in characters.
const LONGEST_PROJECT_NAME: usize = 64;

/// Whether a text can be what a project is called, in the prompt and in `DEVSHELL_NAME`.
pub fn is_project_name(text: &str) -> bool {
    !text.is_empty() && text.chars().count() <= LONGEST_PROJECT_NAME && text.chars().all(is_plain)
}

/// What a project in this directory is called when it has no name of its own. What its name could
/// not hold is replaced or cut off.
pub fn project_name_of(directory: &Path) -> String {
    let name = directory.file_name().unwrap_or(OsStr::new("/")).to_string_lossy();
    let shown = name.chars().map(|c| if is_plain(c) { c } else { char::REPLACEMENT_CHARACTER });
    shown.take(LONGEST_PROJECT_NAME).collect()
}

/// The name of an environment variable: a letter or `_`, then letters, digits and `_`
/// (POSIX.1-2017, section 8.1), so that every shell can assign it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct VarName(String);

impl VarName {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether no file may give this variable a value, nor let it through: devshell sets those that
    /// begin with `DEVSHELL_`, hands values to start files as `__DEVSHELL_…`, and its start files
    /// and hooks keep theirs as `__devshell_…`. Of a pattern, the beginning counts.
    pub fn is_reserved(text: &str) -> bool {
        let begins = |prefix: &str| text.get(..prefix.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(prefix));
        text.starts_with("DEVSHELL_") || begins("__DEVSHELL_")
    }

    /// A name that a shell can assign, as text.
    pub fn assignable(name: &OsStr) -> Option<&str> {
        name.to_str().filter(|name| Self::is_valid(name))
    }

    /// Whether a text is such a name.
    pub fn is_valid(text: &str) -> bool {
        text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    }
}

impl FromStr for VarName {
    type Err = BadName;

    fn from_str(text: &str) -> Result<Self, BadName> {
        if Self::is_valid(text) {
            Ok(Self(text.to_owned()))
        } else {
            Err(BadName::new(text, "is not a variable name: a letter or `_`, then letters, digits and `_`"))
        }
    }
}

as_name!(VarName);

/// The name of a command: one file name that needs no quoting in any shell.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CommandName(String);

impl CommandName {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for CommandName {
    type Err = BadName;

    fn from_str(text: &str) -> Result<Self, BadName> {
        let good = text.starts_with(|c: char| c.is_ascii_alphanumeric() || "_[".contains(c))
            && text.chars().all(|c| c.is_ascii_alphanumeric() || "._+-@[".contains(c));
        if good {
            Ok(Self(text.to_owned()))
        } else {
            Err(BadName::new(text, "is not a command name: letters, digits and `._+-@`"))
        }
    }
}

as_name!(CommandName);

/// The path of a file inside an artifact: relative, and going nowhere else.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct InsidePath(String);

impl InsidePath {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for InsidePath {
    type Err = BadName;

    fn from_str(text: &str) -> Result<Self, BadName> {
        let path = text.trim_start_matches("./");
        if path.contains(char::is_control) {
            return Err(BadName::new(text, "contains a control character"));
        }
        let is_inside = !path.is_empty() && path.split('/').all(|part| !matches!(part, "" | "." | ".."));
        if is_inside { Ok(Self(path.to_owned())) } else { Err(BadName::new(text, "leads out of the package")) }
    }
}

as_name!(InsidePath);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tool_names() {
        let good = [
            "node",
            "npm:prettier",
            "npm:@biomejs/biome",
            "host:g++",
            "docker-compose",
            "npm:JSONStream",
            "pypi:ruff",
            "rust",
            "rust:toolchain",
        ];
        for text in good {
            let name: ToolName = text.parse().unwrap();
            assert_eq!(name.as_str(), text);
            assert_eq!(name.package(), text.rsplit_once(':').map_or(text, |(_, package)| package));
        }
        for text in [
            "",
            "npm:",
            "a b",
            "../x",
            "npm:@a",
            "@a/b",
            "npm:a/b",
            "brew:jq",
            "npm:-x",
            "host:a;b",
            "a:b:c",
            "rust:clippy",
        ] {
            assert!(text.parse::<ToolName>().is_err(), "{text}");
        }
        assert_eq!("npm:x".parse::<ToolName>().unwrap().source(), Some(SourceLabel::Npm));
    }

    #[test]
    fn python_packages_have_one_spelling() {
        for (text, expected) in [("Django", "django"), ("ruamel.yaml", "ruamel-yaml"), ("a__b-.c", "a-b-c")] {
            assert_eq!(normalized(text), expected);
        }
    }

    #[test]
    fn paths_inside_of_packages() {
        for (text, good) in [
            ("bin/a", true),
            ("./bin/a", true),
            ("a", true),
            ("../a", false),
            ("/a", false),
            ("a/../b", false),
            ("a//b", false),
            ("a\nb", false),
            ("a\0", false),
            ("", false),
        ] {
            assert_eq!(text.parse::<InsidePath>().is_ok(), good, "{text}");
        }
    }

    #[test]
    fn what_devshell_sets_is_no_files_to_set() {
        for (name, expected) in [
            ("DEVSHELL_ROOT", true),
            ("DEVSHELL_", true),
            ("DEVSHELL_*", true),
            ("__DEVSHELL_ALIASES", true),
            ("__DEVSHELL_*", true),
            ("__devshell_cd_program", true),
            ("__DevShell_x", true),
            ("DEVSHELL", false),
            ("devshell_x", false),
            ("_DEVSHELL_X", false),
            ("MY_DEVSHELL_X", false),
            ("__DEVSHELL", false),
            ("__ä_DEVSHELL_", false),
        ] {
            assert_eq!(VarName::is_reserved(name), expected, "{name}");
        }
    }

    #[test]
    fn a_directory_lends_its_name_as_far_as_a_terminal_may_see_it() {
        use std::os::unix::ffi::OsStrExt as _;
        let long = format!("/x/{}", "ä".repeat(65));
        for (directory, expected) in [
            (b"/home/ada/shop".as_slice(), "shop"),
            (b"/", "/"),
            (b"/x/a b", "a b"),
            (b"/x/\x1b]0;T\x07\xc2\x9b1m\xe2\x80\xae\n", "\u{fffd}]0;T\u{fffd}\u{fffd}1m\u{fffd}\u{fffd}"),
            (b"/x/a\xff", "a\u{fffd}"),
            (long.as_bytes(), &long[3..long.len() - 2]),
        ] {
            let name = project_name_of(Path::new(OsStr::from_bytes(directory)));
            assert_eq!(name, expected);
            assert!(is_project_name(&name), "{name}");
        }
        for text in ["", "a\u{202e}b", "a\n", &"a".repeat(65)] {
            assert!(!is_project_name(text), "{text}");
        }
    }

    #[test]
    fn variable_and_command_names() {
        for (text, good) in [("A", true), ("_a1", true), ("1A", false), ("A-B", false), ("", false), ("Ä", false)] {
            assert_eq!(text.parse::<VarName>().is_ok(), good, "{text}");
        }
        for (text, good) in [
            ("g++", true),
            ("[", true),
            ("python3.11", true),
            ("-x", false),
            ("a/b", false),
            ("a b", false),
            ("", false),
        ] {
            assert_eq!(text.parse::<CommandName>().is_ok(), good, "{text}");
        }
    }
}
