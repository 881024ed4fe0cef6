//! What npm writes about a tree of packages: `package-lock.json`, lockfile version 3 (npm docs,
//! "package-lock.json"). Only what decides which bytes are where is read.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::digest::Integrity;
use crate::lock::Artifact;
use crate::name::{BadName, SourceLabel, TreePath};
use crate::platform::Platform;

/// Why a tree cannot be locked.
#[derive(Debug, thiserror::Error)]
pub enum TreeError {
    #[error("a package of its tree cannot be locked")]
    Name(#[from] BadName),
    #[error("npm's package-lock makes no sense")]
    Syntax(#[from] serde_json::Error),
    #[error("`{package}` is wanted from `{from}`, not from the registry, so nothing guarantees its bytes")]
    Foreign { package: String, from: String },
    #[error("the registry gives no hash for `{package}` that could be trusted")]
    NoHash { package: String },
    #[error("npm would put a package at `{0}`, outside of the tree")]
    Place(String),
}

#[derive(Deserialize)]
struct PackageLock {
    packages: BTreeMap<String, Package>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Package {
    /// The package's own name where the tree calls it otherwise (an alias).
    name: Option<String>,
    #[serde(default)]
    version: String,
    /// Absent for what the registry has, since npm's settings leave addresses out.
    resolved: Option<String>,
    integrity: Option<String>,
    #[serde(default)]
    os: Words,
    #[serde(default)]
    cpu: Words,
    #[serde(default)]
    libc: Words,
    #[serde(default)]
    optional: bool,
    /// Comes inside of the package above it.
    #[serde(default)]
    in_bundle: bool,
    #[serde(default)]
    link: bool,
    #[serde(default)]
    has_install_script: bool,
}

/// `os`, `cpu` and `libc` are lists of words that may be negated, or one such word.
#[derive(Default, Deserialize)]
#[serde(untagged)]
enum Words {
    One(String),
    Several(Vec<String>),
    #[default]
    None,
}

/// The tree's packages, each with its place. A package that must be there and is not made for a
/// platform keeps the whole tree from that platform.
pub fn artifacts(text: &str) -> Result<Vec<Artifact>, TreeError> {
    let lock: PackageLock = serde_json::from_str(text)?;
    let mut everywhere: Vec<Platform> = Platform::ALL.to_vec();
    let mut found = Vec::new();
    // The entry with the empty path is the project that npm was asked about.
    for (place, package) in lock.packages.iter().filter(|(place, _)| !place.is_empty()) {
        let name = || package.name.clone().unwrap_or_else(|| name_at(place).to_owned());
        let from = package.resolved.as_ref().filter(|_| !package.in_bundle);
        if package.link || from.is_some() {
            let from = from.cloned().unwrap_or_else(|| place.clone());
            return Err(TreeError::Foreign { package: name(), from });
        }
        if package.in_bundle {
            continue;
        }
        let platforms = package.platforms();
        if !package.optional {
            everywhere.retain(|platform| platforms.contains(platform));
        }
        let integrity = package.integrity.as_deref().and_then(Integrity::strongest);
        let integrity = integrity.ok_or_else(|| TreeError::NoHash { package: name() })?;
        found.push(Artifact {
            path: Some(place.parse::<TreePath>().map_err(|_| TreeError::Place(place.clone()))?),
            platforms,
            install_script: package.has_install_script,
            ..Artifact::new(SourceLabel::Npm, name().parse()?, package.version.parse()?, integrity)
        });
    }
    for artifact in &mut found {
        artifact.platforms.retain(|platform| everywhere.contains(platform));
    }
    found.retain(|artifact| !artifact.platforms.is_empty());
    for artifact in found.iter_mut().filter(|artifact| artifact.platforms.len() == Platform::ALL.len()) {
        artifact.platforms.clear();
    }
    Ok(found)
}

/// The name that a place in the tree implies: what follows the last `node_modules/`.
fn name_at(place: &str) -> &str {
    place.rsplit_once("node_modules/").map_or(place, |(_, name)| name)
}

impl Package {
    fn platforms(&self) -> Vec<Platform> {
        let fits = |platform: &Platform| {
            let (os, cpu, libc) = words(*platform);
            self.os.accept(os) && self.cpu.accept(cpu) && libc.is_none_or(|libc| self.libc.accept(libc))
        };
        Platform::ALL.into_iter().filter(fits).collect()
    }
}

impl Words {
    /// Whether a word is wanted, and not unwanted.
    fn accept(&self, word: &str) -> bool {
        let list = match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Several(list) => list,
            Self::None => return true,
        };
        let unwanted = list.iter().any(|entry| entry.strip_prefix('!') == Some(word));
        let mut wanted = list.iter().filter(|entry| !entry.starts_with('!')).peekable();
        !unwanted && (wanted.peek().is_none() || wanted.any(|entry| entry == word || entry == "any"))
    }
}

/// A platform in node's words: `process.platform`, `process.arch`, and the C library on Linux.
const fn words(platform: Platform) -> (&'static str, &'static str, Option<&'static str>) {
    match platform {
        Platform::Aarch64Darwin => ("darwin", "arm64", None),
        Platform::Aarch64Linux => ("linux", "arm64", Some("glibc")),
        Platform::Aarch64LinuxMusl => ("linux", "arm64", Some("musl")),
        Platform::X8664Darwin => ("darwin", "x64", None),
        Platform::X8664Linux => ("linux", "x64", Some("glibc")),
        Platform::X8664LinuxMusl => ("linux", "x64", Some("musl")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HASH: &str = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";

    fn locked(packages: &str) -> Result<Vec<String>, TreeError> {
        let text = format!(r#"{{"packages": {{"": {{}}, {}}}}}"#, packages.replace("HASH", HASH));
        let shown = |artifact: Artifact| {
            let platforms: Vec<&str> = artifact.platforms.iter().map(|platform| platform.name()).collect();
            let script = if artifact.install_script { " script" } else { "" };
            let path = artifact.path.unwrap();
            format!("{path} {} {} {}{script}", artifact.package, artifact.version, platforms.join(","))
        };
        Ok(artifacts(&text)?.into_iter().map(shown).collect())
    }

    #[test]
    fn a_tree_is_read() {
        let packages = r#"
            "node_modules/a": {"version": "1.0.0", "integrity": "sha1-x HASH", "hasInstallScript": true},
            "node_modules/a/node_modules/@s/b": {"version": "2.0.0", "integrity": "HASH"},
            "node_modules/alias": {"name": "real", "version": "3.0.0", "integrity": "HASH"},
            "node_modules/a/node_modules/bundled": {"version": "1.0.0", "inBundle": true},
            "node_modules/mac": {"version": "1.0.0", "integrity": "HASH", "optional": true, "os": ["darwin"], "cpu": "arm64"},
            "node_modules/musl": {"version": "1.0.0", "integrity": "HASH", "optional": true, "libc": ["musl"], "cpu": ["x64"], "os": ["!darwin"]},
            "node_modules/windows": {"version": "1.0.0", "integrity": "HASH", "optional": true, "os": ["win32"]}"#;
        assert_eq!(
            locked(packages).unwrap(),
            [
                "node_modules/a a 1.0.0  script",
                "node_modules/a/node_modules/@s/b @s/b 2.0.0 ",
                "node_modules/alias real 3.0.0 ",
                "node_modules/mac mac 1.0.0 aarch64-darwin",
                "node_modules/musl musl 1.0.0 x86_64-linux-musl",
            ]
        );
    }

    #[test]
    fn what_must_be_there_limits_the_tree() {
        let packages = r#"
            "node_modules/a": {"version": "1.0.0", "integrity": "HASH"},
            "node_modules/b": {"version": "1.0.0", "integrity": "HASH", "os": ["darwin"]},
            "node_modules/c": {"version": "1.0.0", "integrity": "HASH", "optional": true, "os": ["linux"]}"#;
        let on_macs = "aarch64-darwin,x86_64-darwin";
        assert_eq!(
            locked(packages).unwrap(),
            [format!("node_modules/a a 1.0.0 {on_macs}"), format!("node_modules/b b 1.0.0 {on_macs}")]
        );
    }

    #[test]
    fn what_no_registry_vouches_for_is_refused() {
        for (package, said) in [
            (
                r#"{"version": "1.0.0", "resolved": "git+ssh://git@host.example/a.git#0f", "integrity": "HASH"}"#,
                "`a` is wanted from `git+ssh:",
            ),
            (
                r#"{"version": "1.0.0", "resolved": "https://host.example/a.tgz", "integrity": "HASH"}"#,
                "`a` is wanted from `https:",
            ),
            (r#"{"resolved": "../a", "link": true}"#, "`a` is wanted from `../a`"),
            (r#"{"version": "1.0.0", "integrity": "sha1-x"}"#, "no hash for `a`"),
            (r#"{"version": "1.0.0"}"#, "no hash for `a`"),
        ] {
            let error = locked(&format!(r#""node_modules/a": {package}"#)).unwrap_err().to_string();
            assert!(error.contains(said), "{error}");
        }
        let outside = locked(r#""../a": {"version": "1.0.0", "integrity": "HASH"}"#);
        assert!(matches!(outside, Err(TreeError::Place(_))));
    }
}
