//! Reading JSON values with a claim about their shape: each reader returns the value, or says
//! what is wrong with it and where. Mistakes are collected, so that all are told at once.

use jsonc_parser::ast::{Object, ObjectProp, Value};
use jsonc_parser::common::Ranged;

use super::problem::{Problem, position};
use crate::hint::nearest;

pub(super) struct Decoder<'t> {
    pub(super) text: &'t str,
    pub(super) problems: Vec<Problem>,
}

impl Decoder<'_> {
    pub(super) fn problem(&mut self, range: std::ops::Range<usize>, message: impl Into<String>, help: Option<String>) {
        self.problems.push(Problem { range, message: message.into(), help });
    }

    pub(super) fn at(&mut self, place: &impl Ranged, message: impl Into<String>, help: impl Into<Option<String>>) {
        self.problem(place.start()..place.end(), message, help.into());
    }

    pub(super) fn line(&self, place: &impl Ranged) -> usize {
        position(self.text, place.start()).0
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

    /// An object with keys of the user's choice; each may stand once.
    pub(super) fn map<'v, 'a>(&mut self, value: &'v Value<'a>, what: &str) -> Option<&'v Object<'a>> {
        let Value::Object(object) = value else {
            self.at(value, format!("{what} is an object in `{{` and `}}`, found {}", kind(value)), None);
            return None;
        };
        for (index, property) in object.properties.iter().enumerate() {
            let same = |other: &&ObjectProp| other.name.as_str() == property.name.as_str();
            if let Some(first) = object.properties[..index].iter().find(same) {
                let line = self.line(&first.name);
                let message = format!("`{}` stands twice", property.name.as_str());
                self.at(&property.name, message, format!("the first one is at line {line}"));
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
                let help = did_you_mean(key, keys.iter().copied()).or_else(|| {
                    Some(format!("{what} has {}", keys.iter().map(|k| format!("`{k}`")).collect::<Vec<_>>().join(", ")))
                });
                self.at(&property.name, format!("unknown key `{key}`"), help);
            }
        }
        Some(object)
    }
}

fn did_you_mean<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> Option<String> {
    nearest(word, candidates).map(|candidate| format!("did you mean `{candidate}`?"))
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::StringLit(_) => "a text",
        Value::NumberLit(_) => "a number",
        Value::BooleanLit(_) => "true or false",
        Value::Object(_) => "an object",
        Value::Array(_) => "a list",
        Value::NullKeyword(_) => "null",
    }
}
