//! `rust-toolchain.toml`, and the older `rust-toolchain`: which Rust a repository wants, as rustup reads it ("The
//! toolchain file" of the rustup book).

use std::collections::BTreeSet;
use std::str::FromStr;

use super::profile::Profile;
use crate::hint::Hint;
use crate::name::{BadName, RustPart};
use crate::version::{BadRequirement, Requirement};

/// What such a file says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToolchainFile {
    pub requirement: Requirement,
    pub profile: Option<Profile>,
    pub components: BTreeSet<RustPart>,
    pub targets: BTreeSet<RustPart>,
}

/// Why such a file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BadToolchainFile {
    #[error("`{0}` is not TOML: {1}")]
    Syntax(String, String),
    #[error("`{0}` has no `channel` in `[toolchain]`")]
    NoChannel(String),
    #[error("`{0}` names a toolchain by its `path`, which is on one machine only and cannot be locked")]
    Path(String),
    #[error("`{0}` wants the profile `{1}`, and devshell knows `minimal` and `default`")]
    Profile(String, String),
    #[error("`{file}` has a `channel` that cannot be locked: {source}")]
    Channel { file: String, source: BadRequirement },
    #[error("`{file}` has a `{key}` that is not a list of names")]
    List { file: String, key: &'static str },
    #[error("in `{file}`, {source}")]
    Part { file: String, source: BadName },
}

impl Hint for BadToolchainFile {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NoChannel(_) => "write `channel = \"1.95\"` below `[toolchain]`".to_owned(),
            Self::Path(_) => "replace `path` with `channel`, or take `from` out of the manifest".to_owned(),
            Self::Profile(..) => "name the components that you need in `components`".to_owned(),
            Self::Syntax(..) | Self::Channel { .. } | Self::List { .. } | Self::Part { .. } => return None,
        })
    }
}

/// Its two names. rustup takes the first if both are there.
pub const TOOLCHAIN_FILES: [&str; 2] = ["rust-toolchain", "rust-toolchain.toml"];

/// Whether a path is that of such a file.
pub fn is_one(path: &str) -> bool {
    TOOLCHAIN_FILES.contains(&path.rsplit('/').next().unwrap_or(path))
}

/// The files of the directory that may say it, the one that counts first.
pub fn candidates(path: &str) -> Vec<String> {
    let directory = path.rsplit_once('/').map(|(directory, _)| format!("{directory}/")).unwrap_or_default();
    TOOLCHAIN_FILES.map(|name| format!("{directory}{name}")).into()
}

/// Reads such a file. Its path says which of the two forms it may have.
pub fn parse_toolchain_file(path: &str, text: &str) -> Result<ToolchainFile, BadToolchainFile> {
    let file = || path.to_owned();
    let channel = |text: &str| {
        Requirement::of_toolchain(text).map_err(|source| BadToolchainFile::Channel { file: file(), source })
    };
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let is_older = !path.ends_with(TOOLCHAIN_FILES[1]);
    if let [line] = lines.as_slice()
        && is_older
        && !line.starts_with('[')
    {
        let (components, targets) = (BTreeSet::new(), BTreeSet::new());
        return Ok(ToolchainFile { requirement: channel(line)?, profile: None, components, targets });
    }
    let table = toml::from_str::<toml::Table>(text);
    let table = table.map_err(|error| BadToolchainFile::Syntax(file(), error.message().to_owned()))?;
    let key = |key: &str| table.get("toolchain")?.get(key);
    if key("path").is_some() {
        return Err(BadToolchainFile::Path(file()));
    }
    let requirement =
        key("channel").and_then(toml::Value::as_str).ok_or_else(|| BadToolchainFile::NoChannel(file()))?;
    let profile = key("profile").and_then(toml::Value::as_str);
    let profile =
        profile.map(|name| Profile::from_str(name).map_err(|()| BadToolchainFile::Profile(file(), name.to_owned())));
    let parts = |name: &'static str| match key(name) {
        None => Ok(BTreeSet::new()),
        Some(value) => names(value, path, name),
    };
    Ok(ToolchainFile {
        requirement: channel(requirement)?,
        profile: profile.transpose()?,
        components: parts("components")?,
        targets: parts("targets")?,
    })
}

fn names(value: &toml::Value, path: &str, key: &'static str) -> Result<BTreeSet<RustPart>, BadToolchainFile> {
    let no_list = || BadToolchainFile::List { file: path.to_owned(), key };
    let one = |value: &toml::Value| {
        let name = value.as_str().ok_or_else(no_list)?;
        name.parse().map_err(|source| BadToolchainFile::Part { file: path.to_owned(), source })
    };
    value.as_array().ok_or_else(no_list)?.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_are_read() {
        for (path, text) in [
            ("rust-toolchain", "nightly-2026-04-16\n"),
            ("a/rust-toolchain", "\n  nightly-2026-04-16  "),
            ("rust-toolchain", "[toolchain]\nchannel = 'nightly-2026-04-16'\n"),
            ("rust-toolchain.toml", "[toolchain]\nchannel = 'nightly-2026-04-16'\n"),
        ] {
            let file = parse_toolchain_file(path, text).unwrap();
            assert_eq!((file.requirement.as_str(), file.profile), ("nightly-2026-04-16", None), "{text}");
        }
        let text = "[toolchain]\nchannel = '1.95'\nprofile = 'minimal'\ncomponents = ['clippy']\n\
                    targets = ['wasm32-unknown-unknown']\n";
        let file = parse_toolchain_file("rust-toolchain.toml", text).unwrap();
        assert_eq!((file.requirement.as_str(), file.profile), ("1.95", Some(Profile::Minimal)));
        assert!(file.components.contains(&"clippy".parse().unwrap()));
        assert!(file.targets.contains(&"wasm32-unknown-unknown".parse().unwrap()));
    }

    #[test]
    fn what_cannot_be_locked_is_refused() {
        for (text, expected) in [
            ("channel = '1.95'", "`rust-toolchain.toml` has no `channel` in `[toolchain]`"),
            ("1.95", "`rust-toolchain.toml` is not TOML"),
            ("[toolchain]\npath = '/opt/rust'", "by its `path`, which is on one machine only"),
            ("[toolchain]\nchannel = 'mine'", "`mine` is not a release of Rust"),
            ("[toolchain]\nchannel = '1.95-x86_64-unknown-linux-gnu'\nprofile = 'complete'", "the profile `complete`"),
            ("[toolchain]\nchannel = '1.95'\ncomponents = 'clippy'", "`components` that is not a list of names"),
            ("[toolchain]\nchannel = '1.95'\ntargets = ['../x']", "`../x` is not the name of a component"),
        ] {
            let error = parse_toolchain_file("rust-toolchain.toml", text).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }

    #[test]
    fn the_older_name_counts_first() {
        assert_eq!(candidates("a/rust-toolchain.toml"), ["a/rust-toolchain", "a/rust-toolchain.toml"]);
        assert!(is_one("rust-toolchain") && is_one("a/rust-toolchain.toml") && !is_one("toolchain.toml"));
    }
}
