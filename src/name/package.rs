//! What locks and indexes call a package, its version and its file. None of these types lets a text
//! through that would be more than one component of a path, or more than one word of a command, a
//! marker or a line; which of them a registry would accept is its source's to know.

use std::fmt;
use std::ops::Deref;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{BadName, InsidePath};
use crate::text::is_plain;

/// The longest name or version, in bytes. npm allows 214, Debian's index has none of 100.
const LONGEST: usize = 256;

/// A text with a rule of its own, which is otherwise read as the text that it is.
macro_rules! checked_text {
    ($(#[$about:meta])* $name:ident, $rule:expr, $reason:literal) => {
        $(#[$about])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = BadName;

            fn from_str(text: &str) -> Result<Self, BadName> {
                let rule: fn(&str) -> bool = $rule;
                if text.len() <= LONGEST && rule(text) {
                    Ok(Self(text.to_owned()))
                } else {
                    Err(BadName::new(&shortened(text), $reason))
                }
            }
        }

        impl Deref for $name {
            type Target = str;

            fn deref(&self) -> &str {
                &self.0
            }
        }

        as_name!($name);
    };
}

checked_text! {
    /// A package of a registry: `prettier`, `@biomejs/biome`, `libstdc++6`; or a repository of a forge: `cli/cli`.
    PackageName,
    |text| is_package_name(text) || text.split('/').all(is_word_of_a_name),
    "is not the name of a package"
}

checked_text! {
    /// A tag of a repository: `v1.4.0`, `kustomize/v5.6.0`, `@yarnpkg/cli/4.1.0`.
    Tag,
    |text| text.split('/').all(|part| is_word(part, |c| c.is_ascii_alphanumeric() || "_@".contains(c), "._+~@-")),
    "is not a tag"
}

checked_text! {
    /// A version as its registry spells it: `1.2.0-rc.1`, `2!1.0+cpu`, `1:7.88.1-10+deb12u5`.
    PackageVersion,
    |text| is_word(text, |c| c.is_ascii_alphanumeric(), ".+~:!_-"),
    "is not a version"
}

checked_text! {
    /// The file that describes a build, with its repository: `cli/cli/.github/workflows/deployment.yml`.
    Workflow,
    |text| !text.is_empty() && text.chars().all(is_plain),
    "is not the path of a workflow"
}

checked_text! {
    /// Which build of an interpreter: the day it was made, as eight digits, or nothing.
    Build,
    |text| text.is_empty() || text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit()),
    "is not the date of a build, such as `20261110`"
}

checked_text! {
    /// A component of a Rust toolchain, or a target of one: `rust-src`, `wasm32-unknown-unknown`.
    RustPart,
    |text| is_word(text, |c| c.is_ascii_alphanumeric(), "._-"),
    "is not the name of a component or of a target"
}

impl PackageName {
    /// Whether it is a repository of a forge, and no package of a registry.
    pub fn is_repository(&self) -> bool {
        self.0.contains('/') && !self.0.starts_with('@')
    }
}

/// Where a package is in a tool's tree: packages only, and each below the `node_modules` of the tree or
/// of another package.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TreePath(String);

impl TreePath {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The place of a package that a tree is made for.
    pub fn of(package: &str) -> String {
        format!("{MODULES}{package}")
    }
}

/// What comes before each name in a tree's path.
const MODULES: &str = "node_modules/";

impl FromStr for TreePath {
    type Err = BadName;

    fn from_str(text: &str) -> Result<Self, BadName> {
        let names = text.strip_prefix(MODULES).map(|names| names.split("/node_modules/"));
        if names.is_some_and(|mut names| names.all(is_package_name)) {
            Ok(Self(text.to_owned()))
        } else {
            Err(BadName::new(&shortened(text), "is not the place of a package in a tree, such as `node_modules/NAME`"))
        }
    }
}

as_name!(TreePath);

/// The name of a file on a Python package index, or a file's path in an archive of Debian packages.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PackageFile(InsidePath);

impl PackageFile {
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The last component.
    pub fn name(&self) -> &str {
        self.as_str().rsplit('/').next().unwrap_or_default()
    }
}

impl FromStr for PackageFile {
    type Err = BadName;

    fn from_str(text: &str) -> Result<Self, BadName> {
        let is_part = |part: &str| is_word(part, |c| c.is_ascii_alphanumeric() || c == '_', "._+~!-:");
        let path: InsidePath = text.parse()?;
        // As it is written, so that it is the same file wherever it is looked up.
        if path.as_str() == text && text.split('/').all(is_part) {
            Ok(Self(path))
        } else {
            Err(BadName::new(&shortened(text), "is not the name of a file of a package"))
        }
    }
}

impl Deref for PackageFile {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

as_name!(PackageFile);

/// An environment marker ("Dependency specifiers" of the Python Packaging User Guide), as far as it
/// cannot end the line or the text that it is written into. What it means is for uv to judge.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Marker(String);

impl Marker {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Marker {
    type Err = BadName;

    fn from_str(text: &str) -> Result<Self, BadName> {
        let good = !text.trim().is_empty() && text.chars().all(|c| (' '..='~').contains(&c) && !";#\\".contains(c));
        if good { Ok(Self(text.to_owned())) } else { Err(BadName::new(&shortened(text), "is not a marker")) }
    }
}

impl Deref for Marker {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

as_name!(Marker);

/// A word, or npm's `@scope/name`.
fn is_package_name(text: &str) -> bool {
    let is_name = is_word_of_a_name;
    match text.strip_prefix('@') {
        Some(scoped) => scoped.split_once('/').is_some_and(|(scope, name)| is_name(scope) && is_name(name)),
        None => is_name(text),
    }
}

/// Some packages of npm begin with a `-` or a `_`.
fn is_word_of_a_name(name: &str) -> bool {
    is_word(name, |c| c.is_ascii_alphanumeric() || "_-~".contains(c), "._+~-")
}

/// Whether a text begins as it should, and goes on with letters, digits and some further characters.
fn is_word(text: &str, begins: impl Fn(char) -> bool, further: &str) -> bool {
    text.starts_with(begins) && text.chars().all(|c| c.is_ascii_alphanumeric() || further.contains(c))
}

/// The beginning of a text that is too long to be shown.
fn shortened(text: &str) -> String {
    let mut shown: String = text.chars().take(60).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check<T: FromStr>(cases: &[(&str, bool)]) {
        for (text, good) in cases {
            assert_eq!(text.parse::<T>().is_ok(), *good, "{text:?}");
        }
    }

    #[test]
    fn tags() {
        check::<Tag>(&[
            ("v1.4.0", true),
            ("1.7.1", true),
            ("kustomize/v5.6.0", true),
            ("@yarnpkg/cli/4.1.0", true),
            ("b6123", true),
            ("", false),
            ("../v1", false),
            ("v1/../..", false),
            ("-v1", false),
            ("v1?x", false),
            ("v1 2", false),
        ]);
    }

    #[test]
    fn packages() {
        check::<PackageName>(&[
            ("prettier", true),
            ("JSONStream", true),
            ("@biomejs/biome", true),
            ("@-xun/js", true),
            ("libstdc++6", true),
            ("ruamel.yaml", true),
            ("_x", true),
            ("-", true),
            ("", false),
            (".", false),
            ("..", false),
            (".bashrc", false),
            ("/home/me/.bashrc", false),
            ("../x", false),
            ("cli/cli", true),
            ("group/sub/name", true),
            ("a//b", false),
            ("a/../b", false),
            ("a/", false),
            ("@a", false),
            ("@a/b/c", false),
            ("@../b", false),
            ("@a/..", false),
            ("a b", false),
            ("a\nb", false),
            ("a\0", false),
            ("a?x=", false),
            ("a%2fb", false),
            ("a\\b", false),
            ("ä", false),
        ]);
        assert!("a".repeat(256).parse::<PackageName>().is_ok());
        assert!("a".repeat(257).parse::<PackageName>().is_err());
    }

    #[test]
    fn versions() {
        check::<PackageVersion>(&[
            ("1.2.0-rc.1+build", true),
            ("2!1.0.post1+cpu", true),
            ("1:7.88.1-10+deb12u5~bpo", true),
            ("v1", true),
            ("", false),
            ("..", false),
            ("-1", false),
            ("1/../..", false),
            ("1 2", false),
            ("1\u{1b}]0;x\u{7}", false),
            ("1'", false),
        ]);
    }

    #[test]
    fn files() {
        check::<PackageFile>(&[
            ("a-1.0-py3-none-any.whl", true),
            ("pool/main/j/jq/jq_1.6-2.1_amd64.deb", true),
            ("pool/main/g/gcc/g++_4%3a12_amd64.deb", false),
            ("./a", false),
            ("a//b", false),
            ("../a", false),
            ("/a", false),
            ("a/.b", false),
            ("a?b", false),
            ("", false),
        ]);
        assert_eq!("pool/a_1.deb".parse::<PackageFile>().unwrap().name(), "a_1.deb");
    }

    #[test]
    fn places_in_a_tree() {
        check::<TreePath>(&[
            ("node_modules/a", true),
            ("node_modules/@s/b", true),
            ("node_modules/a/node_modules/@s/b/node_modules/c", true),
            ("a", false),
            ("node_modules", false),
            ("node_modules/", false),
            ("node_modules/a/lib", false),
            ("node_modules/a/../b", false),
            ("node_modules/.bin", false),
            ("node_modules/a/node_modules", false),
            ("/node_modules/a", false),
            ("node_modules/a//node_modules/b", false),
        ]);
        assert!(TreePath::of("@s/b").parse::<TreePath>().is_ok());
    }

    #[test]
    fn builds_and_markers() {
        check::<Build>(&[("20261110", true), ("", true), ("2026", false), ("2026111x", false), ("../../ab", false)]);
        check::<Marker>(&[
            ("python_full_version < '3.11' and platform_machine == 'x86_64'", true),
            ("x == \"1\"", true),
            ("", false),
            ("a\nb @ http://x", false),
            ("a ; b", false),
            ("a # b", false),
            ("a \\", false),
        ]);
    }
}
