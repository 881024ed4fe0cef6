//! Reading JSON values with a claim about their shape: each reader returns the value, or says
//! what is wrong with it and where. Mistakes are collected, so that all are reported at once.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use jsonc_parser::ast::{Object, Value};
use jsonc_parser::common::Ranged;

use super::problem::{Lines, MOST_SHOWN, Problem, Problems};
use crate::hint::nearest;
use crate::name::ToolName;

pub(super) struct Decoder<'t> {
    text: &'t str,
    lines: Lines,
    pub(super) problems: Vec<Problem>,
    /// The tools whose directories the values that were read so far refer to, each with its place.
    pub(super) directories: Vec<(ToolName, Range<usize>)>,
    /// What the scripts and services that were read so far need, each name with its place.
    pub(super) needed: Vec<(String, Range<usize>)>,
    /// The places and helps of those that are reported once.
    told: HashSet<(Range<usize>, String)>,
}

impl<'t> Decoder<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self {
            text,
            lines: Lines::of(text),
            problems: Vec::new(),
            directories: Vec::new(),
            needed: Vec::new(),
            told: HashSet::new(),
        }
    }

    /// What was read of the text, or every mistake in it.
    pub(super) fn finish<T>(self, file: &str, content: T) -> Result<T, Problems> {
        if self.problems.is_empty() { Ok(content) } else { Err(Problems::new(file, self.text, self.problems)) }
    }
}

impl Decoder<'_> {
    pub(super) fn problem(&mut self, range: Range<usize>, message: impl Into<String>, help: Option<String>) {
        self.problems.push(Problem::new(range, message, help));
    }

    /// A mistake that is found several times in one place is reported once.
    pub(super) fn once(&mut self, place: &Value, message: impl Into<String>, help: &str) {
        if self.told.insert((place.start()..place.end(), help.to_owned())) {
            self.at(place, message, help.to_owned());
        }
    }

    /// Whether another mistake would be shown, so that looking for a better word is worth its time.
    pub(super) const fn is_heard(&self) -> bool {
        self.problems.len() < MOST_SHOWN
    }

    pub(super) fn at(&mut self, place: &impl Ranged, message: impl Into<String>, help: impl Into<Option<String>>) {
        self.problem(place.start()..place.end(), message, help.into());
    }

    /// The text of a line, counted from 1, without the white space before it.
    pub(super) fn line_range(&self, line: usize) -> Range<usize> {
        let (start, end) = self.lines.bounds(line, self.text.len());
        let indent = self.text[start..end].len() - self.text[start..end].trim_start().len();
        start + indent..end
    }

    pub(super) fn line(&self, place: &impl Ranged) -> usize {
        self.lines.number(place.start())
    }

    pub(super) fn strings(&mut self, value: &Value, what: &str) -> Vec<String> {
        let Some(elements) = self.array(value, "a list") else { return Vec::new() };
        elements.iter().filter_map(|element| self.string(element, what)).collect()
    }

    /// A word out of a few, parsed into its type.
    pub(super) fn word<T: std::str::FromStr>(&mut self, value: &Value, words: &[&str]) -> Option<T> {
        let text = self.string(value, "a word")?;
        if let Ok(parsed) = text.parse() {
            return Some(parsed);
        }
        let list = words.iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(", ");
        self.at(value, format!("`{text}` is not one of {list}"), did_you_mean(&text, words.iter().copied()));
        None
    }

    pub(super) fn boolean(&mut self, value: &Value) -> Option<bool> {
        if let Value::BooleanLit(literal) = value {
            return Some(literal.value);
        }
        self.at(value, format!("expected true or false, found {}", kind(value)), None);
        None
    }

    pub(super) fn string(&mut self, value: &Value, what: &str) -> Option<String> {
        if let Value::StringLit(literal) = value {
            return Some(literal.value.to_string());
        }
        self.at(value, format!("expected {what} in quotes, found {}", kind(value)), None);
        None
    }

    pub(super) fn array<'v, 'a>(&mut self, value: &'v Value<'a>, what: &str) -> Option<&'v [Value<'a>]> {
        if let Value::Array(array) = value {
            return Some(&array.elements);
        }
        self.at(value, format!("expected {what} in `[` and `]`, found {}", kind(value)), None);
        None
    }

    /// An object with keys of the user's choice; each may appear once.
    pub(super) fn map<'v, 'a>(&mut self, value: &'v Value<'a>, what: &str) -> Option<&'v Object<'a>> {
        let Value::Object(object) = value else {
            self.at(value, format!("{what} is an object in `{{` and `}}`, found {}", kind(value)), None);
            return None;
        };
        let mut seen = HashMap::new();
        for property in &object.properties {
            let name = property.name.as_str();
            let first: &_ = *seen.entry(name).or_insert(&property.name);
            if first.start() != property.name.start() {
                let line = self.line(first);
                self.at(&property.name, format!("`{name}` appears twice"), format!("the first one is at line {line}"));
            }
        }
        Some(object)
    }

    /// An object with fixed keys; others are mistakes.
    pub(super) fn object<'v, 'a>(&mut self, value: &'v Value<'a>, what: &str, keys: &[&str]) -> Option<&'v Object<'a>> {
        let object = self.map(value, what)?;
        for property in &object.properties {
            let key = property.name.as_str();
            if !keys.contains(&key) {
                let near = if self.is_heard() { did_you_mean(key, keys.iter().copied()) } else { None };
                let help = near.or_else(|| {
                    Some(format!("{what} has {}", keys.iter().map(|k| format!("`{k}`")).collect::<Vec<_>>().join(", ")))
                });
                self.at(&property.name, format!("unknown key `{key}`"), help);
            }
        }
        Some(object)
    }
}

/// The bytes of something in the text.
pub(super) fn range(place: &impl Ranged) -> Range<usize> {
    place.start()..place.end()
}

pub(super) fn did_you_mean<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> Option<String> {
    nearest(word, candidates).map(|candidate| format!("did you mean `{candidate}`?"))
}

pub(super) fn kind(value: &Value) -> &'static str {
    match value {
        Value::StringLit(_) => "a text",
        Value::NumberLit(_) => "a number",
        Value::BooleanLit(_) => "true or false",
        Value::Object(_) => "an object",
        Value::Array(_) => "a list",
        Value::NullKeyword(_) => "null",
    }
}
