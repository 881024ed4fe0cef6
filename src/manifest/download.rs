//! What the manifest says about a tool of the source `url`, worked out for each platform: where
//! its file is, what kind of file it is, and what verifies its bytes.

use std::collections::BTreeMap;

use url::{Host, Url};

use crate::archive::Format;
use crate::digest::Integrity;
use crate::name::{CommandName, InsidePath};
use crate::platform::Platform;

/// A tool that is published as files at addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Download {
    /// The platforms it may be published for.
    pub files: BTreeMap<Platform, Published>,
    /// Whether the manifest names these platforms itself. Then each file must be there;
    /// otherwise all platforms are tried, and those without a file are lacking.
    pub is_named: bool,
    /// How many directories to step into before looking for commands; when absent one, if the
    /// archive holds nothing beside it.
    pub strip: Option<usize>,
}

/// One platform's file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    pub url: Url,
    pub format: Format,
    pub voucher: Voucher,
    /// Command -> path inside; empty to look for them.
    pub commands: BTreeMap<CommandName, InsidePath>,
}

/// Who says what the right bytes are when a tool is locked. Afterwards the lock does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Voucher {
    /// The manifest.
    Manifest(Integrity),
    /// The publisher, in a file of checksums at this address.
    Checksums(Url),
    /// Nothing: whatever comes the first time.
    Nobody,
}

impl Published {
    /// The last component of the address's path.
    pub fn file_name(&self) -> &str {
        file_name(&self.url)
    }
}

impl Download {
    /// Whether the hash of any file can only be learnt by fetching it.
    pub fn trusts_first_use(&self) -> bool {
        self.files.values().any(|file| file.voucher == Voucher::Nobody)
    }
}

pub(super) fn file_name(url: &Url) -> &str {
    url.path_segments().and_then(|mut segments| segments.next_back()).unwrap_or_default()
}

/// Whether no one on the way can change what comes from there.
pub(super) fn is_tamper_proof(url: &Url) -> bool {
    url.scheme() == "https"
        || match url.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        }
}

/// What is wrong with a template.
#[derive(Debug, PartialEq, Eq)]
pub enum BadTemplate<'t> {
    /// `{` without its `}`.
    Open,
    /// `{…}` with a word that has no meaning here.
    Unknown(&'t str),
    /// Longer than any address or path, when it is filled.
    Long,
}

/// The longest text that a template may become, in bytes.
pub(super) const LONGEST: usize = 8 << 10;

/// Replaces each `{word}` of a template.
pub fn fill(template: &str, meaning: impl Fn(&str) -> Option<String>) -> Result<String, BadTemplate<'_>> {
    let mut filled = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let (word, behind) = after.split_once('}').ok_or(BadTemplate::Open)?;
        filled.push_str(before);
        filled.push_str(&meaning(word).ok_or(BadTemplate::Unknown(word))?);
        rest = behind;
        if filled.len() > LONGEST {
            return Err(BadTemplate::Long);
        }
    }
    filled.push_str(rest);
    if filled.len() > LONGEST { Err(BadTemplate::Long) } else { Ok(filled) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_are_filled() {
        let meaning = |word: &str| (word == "version").then(|| "1.4.0".to_owned());
        for (template, expected) in [
            ("https://x/v{version}/tool-{version}.zip", Ok("https://x/v1.4.0/tool-1.4.0.zip")),
            ("plain", Ok("plain")),
            ("a}b", Ok("a}b")),
            ("{version", Err(BadTemplate::Open)),
            ("{verison}", Err(BadTemplate::Unknown("verison"))),
            ("{}", Err(BadTemplate::Unknown(""))),
            (&"{version}".repeat(LONGEST), Err(BadTemplate::Long)),
            (&"x".repeat(LONGEST + 1), Err(BadTemplate::Long)),
        ] {
            assert_eq!(fill(template, meaning), expected.map(str::to_owned), "{template}");
        }
    }

    #[test]
    fn only_https_and_this_machine_are_tamper_proof() {
        for (url, expected) in [
            ("https://example.org/x", true),
            ("http://example.org/x", false),
            ("http://127.0.0.1:80/x", true),
            ("http://[::1]/x", true),
            ("http://localhost/x", true),
            ("http://localhost.example.org/x", false),
        ] {
            assert_eq!(is_tamper_proof(&Url::parse(url).unwrap()), expected, "{url}");
        }
    }
}
