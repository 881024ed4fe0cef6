//! The downloads of vendors, as rows of data (`vendors.json`): how a vendor lists its versions, what its files are
//! called, and where their hashes are. What the rows mean is for the source `vendor`; where the servers are is for
//! `registry`.
//!
//! A *place* in an index is a JSON Pointer (RFC 6901) in which `*` is each element of a list or of an object; the place
//! `key` is the key that a value has in its object. *Templates* have placeholders: `{version}`, `{file}` and, as the
//! vendor's words for devshell's, `{os}`, `{arch}`, `{libc}`, `{target}` and `{platform}`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use crate::name::{CommandName, VarName};
use crate::platform::Platform;

/// What a row is for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VendorEntry {
    /// The row's name, which is the package in a lock.
    #[serde(skip)]
    pub name: String,
    pub about: String,
    pub publisher: String,
    /// The most important ones; all of them are found in the files.
    pub commands: Vec<CommandName>,
    pub versions: VersionList,
    pub file: FileRule,
    /// The vendor's words, by placeholder: for a platform, or else for devshell's own word.
    #[serde(default)]
    pub words: BTreeMap<String, BTreeMap<String, String>>,
    #[serde(default)]
    pub libc: Libc,
    /// How many directories to step into before looking for commands, by system, where they are not found otherwise.
    #[serde(default)]
    pub strip: BTreeMap<String, usize>,
    /// Variables of the host that would bend it (patterns).
    #[serde(default)]
    pub unset: Vec<String>,
    /// Variables that it gets unless the manifest says otherwise.
    #[serde(default)]
    pub defaults: BTreeMap<VarName, String>,
    #[serde(default)]
    pub licence: Option<Licence>,
}

/// How a vendor lists its versions.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum VersionList {
    Json(JsonList),
    Lines(LineList),
    /// By the releases of a repository, whose tags are the template.
    Github {
        repository: String,
        tag: String,
        /// The address below the vendor's of a text that is the tag of the newest stable version.
        #[serde(default)]
        newest: Option<String>,
    },
}

/// An index in JSON, or several.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JsonList {
    /// Its address below the vendor's; `{channel}` is one of the channels, and `{page}` counts from 0.
    pub path: String,
    /// The place of each version, or of each release of some.
    pub at: String,
    /// The place of each version in a release.
    #[serde(default)]
    pub each: String,
    /// The place of its text in there.
    #[serde(default = "key")]
    pub version: String,
    /// The text for a version: other texts are not versions.
    #[serde(default = "plain")]
    pub form: String,
    /// The place of what is false for a pre-release, if there is such a thing.
    #[serde(default)]
    pub stable: Option<String>,
    /// The place of the time or day of its publication, in the version or else in its release.
    #[serde(default)]
    pub published: Option<String>,
    /// A version with this text in it is another product.
    #[serde(default)]
    pub without: Option<String>,
    /// Where the channels are, of which each has an index of its own.
    #[serde(default)]
    pub channels: Option<Channels>,
    /// How many pages an index has at most.
    #[serde(default = "one")]
    pub pages: usize,
}

/// The series of versions that have an index each, such as `9.0`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Channels {
    pub path: String,
    pub at: String,
}

/// A text with a line for each version.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LineList {
    pub path: String,
    /// The words of a line: `{version}`, `{published}` and others are fields of the version, `{}` is any text.
    pub pattern: String,
}

/// What the files of a version are.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileRule {
    /// Its name, as a template; absent if the index has it.
    #[serde(default)]
    pub name: Option<String>,
    /// Its address below the vendor's, as a template.
    pub path: String,
    /// Where the index lists the files of a version; absent if it does not.
    #[serde(default)]
    pub listed: Option<Listed>,
    /// The address of the checksums of all files, or of one `{file}`, as a template.
    #[serde(default)]
    pub checksums: Option<String>,
}

/// The files of a version in the index.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listed {
    /// The place of each, from the version's.
    #[serde(default)]
    pub at: String,
    /// What the right one has at places in there, as templates.
    #[serde(default, rename = "where")]
    pub wanted: BTreeMap<String, String>,
    /// The place of its name, or of an address that ends in it.
    #[serde(default)]
    pub name: Option<String>,
    /// The place of its hash, in hexadecimal digits.
    #[serde(default)]
    pub hash: Option<String>,
}

/// Which C libraries a vendor's programs for Linux run with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Libc {
    #[default]
    Gnu,
    /// They need none.
    Any,
    /// There are other files for musl.
    Both,
}

/// A licence that is not open source, from a version on.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Licence {
    pub name: String,
    pub from: String,
}

fn key() -> String {
    "key".to_owned()
}

fn plain() -> String {
    "{version}".to_owned()
}

const fn one() -> usize {
    1
}

impl VendorEntry {
    /// The platforms that there may be files for.
    pub fn platforms(&self) -> impl Iterator<Item = Platform> {
        let for_musl = self.libc != Libc::Gnu;
        Platform::ALL.into_iter().filter(move |platform| for_musl || platform.with_glibc().is_none())
    }

    /// The platform by which the file for a platform is named.
    pub fn named_as(&self, platform: Platform) -> Platform {
        platform.with_glibc().filter(|_| self.libc != Libc::Both).unwrap_or(platform)
    }

    /// Whether its vendor publishes a hash for each file.
    pub fn has_hashes(&self) -> bool {
        self.file.checksums.is_some() || self.file.listed.as_ref().is_some_and(|listed| listed.hash.is_some())
    }

    /// How many directories to step into before looking for commands, if that is known.
    pub fn strip(&self, platform: Platform) -> Option<usize> {
        self.strip.get(platform.os()).copied()
    }
}

static ROWS: LazyLock<BTreeMap<String, VendorEntry>> = LazyLock::new(|| {
    let mut rows: BTreeMap<String, VendorEntry> =
        serde_json::from_str(include_str!("vendors.json")).expect("a unit test parses vendors.json");
    for (name, row) in &mut rows {
        row.name.clone_from(name);
    }
    rows
});

/// Every row.
pub fn rows() -> impl Iterator<Item = &'static VendorEntry> {
    ROWS.values()
}

/// The row that a provider in the catalog names.
pub fn named<'de, D: Deserializer<'de>>(deserializer: D) -> Result<&'static VendorEntry, D::Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Reference {
        row: String,
    }
    let Reference { row } = Reference::deserialize(deserializer)?;
    ROWS.get(&row).ok_or_else(|| D::Error::custom(format!("no vendor is called `{row}`")))
}

#[cfg(test)]
mod tests {
    use super::super::Entry;

    #[test]
    fn a_provider_names_a_row() {
        let entry: Entry = serde_json::from_str(r#"{ "source": "vendor", "row": "go" }"#).unwrap();
        assert_eq!((entry.package("golang"), entry.vendor().unwrap().name.as_str()), ("go", "go"));
        assert!(serde_json::from_str::<Entry>(r#"{ "source": "vendor", "row": "gone" }"#).is_err());
        assert!(serde_json::from_str::<Entry>(r#"{ "source": "vendor", "row": "go", "x": 1 }"#).is_err());
    }
}
