//! What a process left behind, and what a test may say about it. Paths and other things that
//! differ from run to run are shown by name, so that whole outputs can be compared.

use std::os::unix::process::ExitStatusExt as _;
use std::process::Output;

/// The end of a process.
#[must_use = "say at least how it should have ended"]
#[derive(Debug)]
pub struct Outcome {
    output: Output,
    shown: String,
    names: Vec<(String, &'static str)>,
}

impl Outcome {
    /// `names` says which texts are shown as what; the earlier ones are replaced first.
    pub fn new(output: Output, shown: String, names: Vec<(String, &'static str)>) -> Self {
        Self { output, shown, names }
    }

    #[track_caller]
    pub fn success(&self) -> &Self {
        self.code(0)
    }

    #[track_caller]
    pub fn code(&self, expected: i32) -> &Self {
        assert_eq!(self.output.status.code(), Some(expected), "exit code of {self}");
        self
    }

    pub fn ended_well(&self) -> bool {
        self.output.status.success()
    }

    #[track_caller]
    pub fn signal(&self, expected: i32) -> &Self {
        assert_eq!(self.output.status.signal(), Some(expected), "signal that ended {self}");
        self
    }

    #[track_caller]
    pub fn stdout(&self, expected: &str) -> &Self {
        self.compare("standard output", &self.output.stdout, expected)
    }

    #[track_caller]
    pub fn stderr(&self, expected: &str) -> &Self {
        self.compare("standard error", &self.output.stderr, expected)
    }

    #[track_caller]
    pub fn stdout_contains(&self, expected: &str) -> &Self {
        assert!(self.text().contains(expected), "standard output lacks `{expected}`: {self}");
        self
    }

    #[track_caller]
    pub fn stderr_contains(&self, expected: &str) -> &Self {
        assert!(self.errors().contains(expected), "standard error lacks `{expected}`: {self}");
        self
    }

    #[track_caller]
    pub fn stderr_lacks(&self, unexpected: &str) -> &Self {
        assert!(!self.errors().contains(unexpected), "standard error has `{unexpected}`: {self}");
        self
    }

    /// Standard output as bytes, with nothing replaced.
    pub fn bytes(&self) -> &[u8] {
        &self.output.stdout
    }

    /// Standard error, likewise.
    pub fn error_bytes(&self) -> &[u8] {
        &self.output.stderr
    }

    /// Standard output, with names for what differs from run to run.
    pub fn text(&self) -> String {
        self.named(&self.output.stdout)
    }

    /// Standard error, likewise.
    pub fn errors(&self) -> String {
        self.named(&self.output.stderr)
    }

    /// Standard output as JSON.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.output.stdout).unwrap_or_else(|error| panic!("{error} in {self}"))
    }

    #[track_caller]
    fn compare(&self, what: &str, found: &[u8], expected: &str) -> &Self {
        let found = self.named(found);
        assert!(found == expected, "{what} should be\n{expected}\nand is\n{found}\n{self}");
        self
    }

    fn named(&self, bytes: &[u8]) -> String {
        let text = String::from_utf8_lossy(bytes).into_owned();
        let text = self.names.iter().fold(text, |text, (value, name)| text.replace(value.as_str(), name));
        without_keys(&text)
    }
}

/// Keys of the store are 32 hexadecimal digits that depend on paths.
fn without_keys(text: &str) -> String {
    let mut shown = String::new();
    let mut digits = String::new();
    for c in text.chars().chain(['\0']) {
        if matches!(c, '0'..='9' | 'a'..='f') {
            digits.push(c);
            continue;
        }
        shown.push_str(if digits.len() == 32 { "[KEY]" } else { &digits });
        digits.clear();
        shown.push(c);
    }
    shown.pop();
    shown
}

impl std::fmt::Display for Outcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (text, errors) = (self.text(), self.errors());
        write!(f, "`{}`, {}\n-- stdout\n{text}\n-- stderr\n{errors}\n--", self.shown, self.output.status)
    }
}
