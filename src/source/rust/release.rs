//! The manifest of a channel: the components of a release of Rust, and the file of each for each machine. A registry's
//! text, read and not asked; it names a host, which does not count.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::archive::Format;
use crate::version::Scheme;

/// The version of the format that is read.
const FORMAT: &str = "2";

/// A release of Rust.
#[derive(Debug, Deserialize)]
pub struct Release {
    #[serde(rename = "manifest-version")]
    format: String,
    /// The day of the release.
    pub date: String,
    pkg: BTreeMap<String, Package>,
    #[serde(default)]
    renames: BTreeMap<String, Rename>,
    #[serde(default)]
    profiles: BTreeMap<String, Vec<String>>,
}

#[derive(Debug, Deserialize)]
struct Package {
    version: String,
    #[serde(default)]
    target: BTreeMap<String, Target>,
}

#[derive(Debug, Deserialize)]
struct Target {
    available: bool,
    url: Option<String>,
    hash: Option<String>,
    xz_url: Option<String>,
    xz_hash: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Rename {
    to: String,
}

/// A file of a component.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct File<'r> {
    /// Below the server's `dist`.
    pub path: &'r str,
    /// The SHA-256, in hexadecimal digits.
    pub hash: &'r str,
    pub format: Format,
}

/// The word for files that serve every machine.
pub const EVERYWHERE: &str = "*";

impl Release {
    /// Reads the text; the error says why it is none.
    pub fn parse(text: &str) -> Result<Self, String> {
        let release: Self = toml::from_str(text).map_err(|error| error.message().to_owned())?;
        if release.format != FORMAT {
            return Err(format!("it has the format {}, and devshell reads {FORMAT}", release.format));
        }
        if !release.pkg.contains_key("rustc") {
            return Err("it has no `rustc`".to_owned());
        }
        Ok(release)
    }

    /// The version of the compiler. That of a nightly is followed by its day, since one version has many.
    pub fn version(&self) -> String {
        let version = self.pkg["rustc"].version.split(' ').next().unwrap_or_default();
        if version.ends_with("-nightly") { format!("{version}.{}", self.date) } else { version.to_owned() }
    }

    /// The name of a component in this release: many have had another one.
    pub fn component<'a>(&'a self, name: &'a str) -> Option<&'a str> {
        let name = self.renames.get(name).map_or(name, |rename| &rename.to);
        self.pkg.contains_key(name).then_some(name)
    }

    /// The names that a component may be asked for by.
    pub fn components(&self) -> impl Iterator<Item = &str> {
        self.renames.keys().chain(self.pkg.keys()).map(String::as_str)
    }

    /// The targets that there is a standard library for.
    pub fn targets(&self) -> impl Iterator<Item = &str> {
        let targets = self.pkg.get("rust-std").into_iter().flat_map(|package| &package.target);
        targets.filter(|(_, target)| target.available).map(|(name, _)| name.as_str())
    }

    /// The components of a profile.
    pub fn profile(&self, name: &str) -> &[String] {
        self.profiles.get(name).map_or(&[], Vec::as_slice)
    }

    /// The file of a component for a machine, or for all of them.
    pub fn file(&self, component: &str, target: &str) -> Option<File<'_>> {
        let target = self.pkg.get(component)?.target.get(target).filter(|target| target.available)?;
        let xz = target.xz_url.as_ref().zip(target.xz_hash.as_ref()).map(|found| (found, Format::TarXz));
        let gz = || target.url.as_ref().zip(target.hash.as_ref()).map(|found| (found, Format::TarGz));
        let ((url, hash), format) = xz.or_else(gz)?;
        let (_, path) = url.split_once("/dist/")?;
        Some(File { path, hash, format })
    }
}

/// What a release's files are called by in place of its version: by the channel, unless it is a stable one.
pub fn file_word(version: &str) -> &str {
    ["nightly", "beta"]
        .into_iter()
        .find(|name| Scheme::Semver.is_prerelease(version) && version.contains(name))
        .unwrap_or(version)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A manifest of these components, each with the machines it is for.
    pub fn manifest(version: &str, date: &str, components: &[(&str, &[&str])]) -> String {
        use std::fmt::Write as _;
        let mut text = format!("manifest-version = \"2\"\ndate = \"{date}\"\n");
        for (component, targets) in components {
            let _ = writeln!(text, "[pkg.{component}]\nversion = \"{version} (abc 2026-04-14)\"");
            for target in *targets {
                let (word, stem) = (file_word(version), component.trim_end_matches("-preview"));
                let end = if *target == EVERYWHERE { String::new() } else { format!("-{target}") };
                let file = format!("https://h.example/dist/{date}/{stem}-{word}{end}.tar");
                let (gz, xz) = ("1".repeat(64), "2".repeat(64));
                let _ = writeln!(
                    text,
                    "[pkg.{component}.target.\"{target}\"]\navailable = true\nurl = \"{file}.gz\"\nhash = \"{gz}\"\n\
                     xz_url = \"{file}.xz\"\nxz_hash = \"{xz}\""
                );
            }
        }
        text + "[renames.clippy]\nto = \"clippy-preview\"\n[profiles]\nminimal = [\"rustc\", \"cargo\", \"rust-std\", \
                \"rust-mingw\"]\ndefault = [\"rustc\", \"cargo\", \"rust-std\", \"rust-mingw\", \"rust-docs\", \
                \"rustfmt-preview\", \"clippy-preview\"]\n"
    }

    #[test]
    fn a_manifest_says_what_there_is() {
        let text =
            manifest("1.95.0", "2026-04-16", &[("rustc", &["a"]), ("clippy-preview", &["a"]), ("rust-src", &["*"])]);
        let release = Release::parse(&text.replace(
            "available = true\nurl = \"https://h.example/dist/2026-04-16/clippy",
            "available = false\nurl = \"x",
        ))
        .unwrap();
        assert_eq!(release.version(), "1.95.0");
        assert_eq!(release.component("clippy"), Some("clippy-preview"));
        assert_eq!((release.component("rustc"), release.component("rls")), (Some("rustc"), None));
        let hash = "2".repeat(64);
        let path = "2026-04-16/rustc-1.95.0-a.tar.xz";
        assert_eq!(release.file("rustc", "a"), Some(File { path, hash: &hash, format: Format::TarXz }));
        assert_eq!(release.file("rust-src", "*").unwrap().path, "2026-04-16/rust-src-1.95.0.tar.xz");
        assert_eq!(release.file("clippy-preview", "a"), None);
        assert_eq!(release.file("rustc", "b"), None);
        let older = Release::parse(&text.replace("xz_hash", "no_hash")).unwrap();
        assert_eq!(older.file("rustc", "a").unwrap().format, Format::TarGz);
    }

    #[test]
    fn a_nightly_has_its_day_in_its_version() {
        let release =
            |version| Release::parse(&manifest(version, "2026-05-20", &[("rustc", &["a"])])).unwrap().version();
        assert_eq!(release("1.97.0-nightly"), "1.97.0-nightly.2026-05-20");
        assert_eq!(release("1.96.0-beta.4"), "1.96.0-beta.4");
        for (version, word) in
            [("1.97.0-nightly.2026-05-20", "nightly"), ("1.96.0-beta.4", "beta"), ("1.95.0", "1.95.0")]
        {
            assert_eq!(file_word(version), word);
        }
    }

    #[test]
    fn other_texts_are_refused() {
        let text = manifest("1.95.0", "2026-04-16", &[("rustc", &["a"])]);
        for (text, expected) in [
            (text.replace("= \"2\"", "= \"3\""), "it has the format 3"),
            (text.replace("pkg.rustc", "pkg.cargo"), "it has no `rustc`"),
            ("<html>".to_owned(), ""),
        ] {
            let error = Release::parse(&text).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
    }
}
