//! Names of files, tags and paths with placeholders, and the publisher's words for devshell's. They are checked when
//! the manifest is read, so that filling them in later does not fail.

use std::collections::BTreeMap;

use super::download::{BadTemplate, fill};
use crate::platform::Platform;

/// The publisher's words for devshell's, by kind: `os`, `arch` and `libc`.
pub type PublisherWords = BTreeMap<String, BTreeMap<String, String>>;

/// What the placeholders mean.
#[derive(Clone, Copy, Debug)]
pub struct Meanings<'m> {
    pub version: &'m str,
    pub platform: Platform,
    pub words: &'m PublisherWords,
}

impl Meanings<'_> {
    /// The meaning of one placeholder.
    pub fn of(&self, word: &str) -> Option<String> {
        let own = match word {
            "version" => return Some(self.version.to_owned()),
            "target" => return Some(self.platform.target()),
            "os" => self.platform.os(),
            "arch" => self.platform.arch(),
            "libc" => self.platform.libc().unwrap_or_default(),
            _ => return None,
        };
        Some(self.words.get(word).and_then(|map| map.get(own)).map_or(own, String::as_str).to_owned())
    }
}

/// A text with placeholders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern(String);

impl Pattern {
    /// A pattern that has no placeholders but known ones, and `own`.
    pub fn new<'t>(text: &'t str, own: Option<&str>) -> Result<Self, BadTemplate<'t>> {
        let words = PublisherWords::new();
        let meanings = Meanings { version: "1", platform: Platform::ALL[0], words: &words };
        fill(text, |word| if Some(word) == own { Some("own".to_owned()) } else { meanings.of(word) })?;
        Ok(Self(text.to_owned()))
    }

    /// The text with its placeholders filled in; `own` is one more, with its meaning.
    pub fn fill(&self, meanings: Meanings, own: Option<(&str, &str)>) -> String {
        let own = |word: &str| own.filter(|(name, _)| *name == word).map(|(_, meaning)| meaning.to_owned());
        let meaning = |word: &str| own(word).or_else(|| meanings.of(word));
        // Too long is all that it can be by now; then it is no file's name anyway.
        fill(&self.0, meaning).unwrap_or_default()
    }

    /// The text for some version and platform, to see whether it can be what it is for.
    pub fn sample(&self) -> String {
        let words = PublisherWords::new();
        self.fill(Meanings { version: "1", platform: Platform::ALL[0], words: &words }, None)
    }

    /// What is before `{version}` and after it, where it occurs once and is the only placeholder.
    pub fn around_version(&self) -> Option<(&str, &str)> {
        let around = self.0.split_once("{version}")?;
        (!around.0.contains('{') && !around.1.contains('{')).then_some(around)
    }
}
