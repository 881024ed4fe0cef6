//! The templates of a row, filled in for a version and a platform.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::catalog::VendorEntry;
use crate::manifest::fill;
use crate::platform::Platform;

/// What may be in a part of a path as it is (RFC 3986, section 2.3).
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// What the placeholders of a row mean.
#[derive(Clone, Copy)]
pub struct Meanings<'m> {
    pub row: &'m VendorEntry,
    pub version: &'m str,
    pub platform: Platform,
    /// The name of the file, where it is known.
    pub file: &'m str,
}

impl Meanings<'_> {
    /// A template as a text; empty if it has a placeholder without a meaning, which a test of the rows excludes.
    pub fn text(&self, template: &str) -> String {
        fill(template, |word| self.of(word)).unwrap_or_default()
    }

    /// A template as an address below the vendor's.
    pub fn address(&self, template: &str) -> String {
        fill(template, |word| Some(utf8_percent_encode(&self.of(word)?, PLAIN).to_string())).unwrap_or_default()
    }

    fn of(&self, word: &str) -> Option<String> {
        let platform = self.row.named_as(self.platform);
        let target = platform.target();
        let own = match word {
            "version" => return Some(self.version.to_owned()),
            "file" => return Some(self.file.to_owned()),
            "arch" => platform.arch(),
            "libc" => platform.libc().unwrap_or_default(),
            "os" => platform.os(),
            "platform" => platform.name(),
            "target" => &target,
            _ => return None,
        };
        let words = self.row.words.get(word);
        let theirs = words.and_then(|words| words.get(platform.name()).or_else(|| words.get(own)));
        Some(theirs.map_or(own, String::as_str).to_owned())
    }
}

/// The address of an index, of a channel and a page.
pub fn index(template: &str, channel: &str, page: usize) -> String {
    let meaning = |word: &str| match word {
        "channel" => Some(utf8_percent_encode(channel, PLAIN).to_string()),
        "page" => Some(page.to_string()),
        _ => None,
    };
    fill(template, meaning).unwrap_or_default()
}
