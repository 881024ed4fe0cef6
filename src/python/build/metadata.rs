//! What a source says about its package ("Core metadata specifications" of the Python Packaging User Guide), and the same
//! for uv, which then builds nothing to find it out.

use serde_json::{Value, json};

/// The fields that decide which packages go together.
const DECIDE: [&str; 3] = ["requires-dist", "requires-python", "provides-extra"];

/// What decides about other packages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metadata {
    requires: Vec<String>,
    python: Option<String>,
    extras: Vec<String>,
}

impl Metadata {
    /// Of the text of METADATA or PKG-INFO.
    pub fn parse(text: &str) -> Self {
        let mut found = Self::default();
        for (field, value) in fields(text) {
            match field.as_str() {
                "requires-dist" => found.requires.push(value),
                "requires-python" => found.python = Some(value),
                "provides-extra" => found.extras.push(value),
                _ => {}
            }
        }
        found
    }

    /// Of the PKG-INFO of a source, if a build would say the same (PEP 643).
    pub fn of_source(text: &str) -> Option<Self> {
        let version = fields(text).find(|(field, _)| field == "metadata-version")?.1;
        let (major, minor) = version.split_once('.')?;
        let is_reliable = (major.parse::<u32>().ok()?, minor.parse::<u32>().ok()?) >= (2, 2);
        let is_open =
            |(field, value): (String, String)| field == "dynamic" && DECIDE.contains(&value.to_lowercase().as_str());
        (is_reliable && !fields(text).any(is_open)).then(|| Self::parse(text))
    }

    /// As an entry of uv's `dependency-metadata`.
    pub fn entry(&self, name: &str, version: &str) -> String {
        let list = |texts: &[String]| Value::from(texts).to_string();
        let python = self.python.as_ref().map(|python| format!(", requires-python = {}", json!(python)));
        format!(
            "{{ name = {}, version = {}, requires-dist = {}, provides-extra = {}{} }}",
            json!(name),
            json!(version),
            list(&self.requires),
            list(&self.extras),
            python.unwrap_or_default()
        )
    }
}

/// The fields before the description, with names in small letters. A value may go on in lines that are indented.
fn fields(text: &str) -> impl Iterator<Item = (String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    for line in text.lines().take_while(|line| !line.trim().is_empty()) {
        if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = found.last_mut() {
                value.push(' ');
                value.push_str(line.trim());
            }
        } else if let Some((field, value)) = line.split_once(':') {
            found.push((field.trim().to_lowercase(), value.trim().to_owned()));
        }
    }
    found.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    const INFO: &str = "Metadata-Version: 2.2\nName: a\nVersion: 1\nRequires-Dist: b>=1;\n  python_version < '4'\n\
                        Requires-Python: >=3.9\nProvides-Extra: x\n\nRequires-Dist: not-this\n";

    #[test]
    fn metadata_are_what_is_before_the_description() {
        let found = Metadata::parse(INFO);
        assert_eq!(
            found.entry("a", "1"),
            r#"{ name = "a", version = "1", requires-dist = ["b>=1; python_version < '4'"], provides-extra = ["x"], requires-python = ">=3.9" }"#
        );
        assert_eq!(
            Metadata::default().entry("a", "1"),
            r#"{ name = "a", version = "1", requires-dist = [], provides-extra = [] }"#
        );
    }

    #[test]
    fn a_source_is_believed_if_a_build_changes_nothing() {
        assert_eq!(Metadata::of_source(INFO), Some(Metadata::parse(INFO)));
        for (from, to, is_believed) in [
            ("2.2", "2.1", false),
            ("2.2", "2.10", true),
            ("2.2", "x", false),
            ("Name: a", "Dynamic: Requires-Dist", false),
            ("Name: a", "Dynamic: requires-python", false),
            ("Name: a", "Dynamic: Summary", true),
        ] {
            assert_eq!(Metadata::of_source(&INFO.replace(from, to)).is_some(), is_believed, "{to}");
        }
        assert_eq!(Metadata::of_source(""), None);
    }
}
