//! What became of a variable, step by step.

use std::ffi::{OsStr, OsString};

use serde::Serialize;

use super::provider::Provider;
use super::{Question, Row, row};
use crate::env::{Deed, Touch, Trace};

#[derive(Serialize)]
pub struct Variable {
    /// Null when the dev shell does not have it.
    value: Option<String>,
    /// Null when the caller does not have it.
    caller: Option<String>,
    steps: Vec<Step>,
}

#[derive(Serialize)]
struct Step {
    deed: &'static str,
    #[serde(flatten)]
    provider: Provider,
    /// What it brings.
    value: Option<String>,
    /// What stood there before.
    before: Option<String>,
    /// Whether it changes nothing, because what stood there goes first.
    passed_over: bool,
    /// Both for people.
    #[serde(skip)]
    who: String,
    #[serde(skip)]
    words: String,
}

impl Question<'_> {
    /// The way of a variable into the dev shell.
    pub fn trace(&self, name: &OsStr) -> Trace {
        self.ready.environment.trace(name, &self.cx.host.variables, self.files)
    }

    pub fn variable(&self) -> Option<Variable> {
        let name = OsStr::new(self.name);
        let trace = self.trace(name);
        let shown = |value: &OsString| self.secrets.shown(name, value);
        if trace.caller.is_none() && trace.touches.is_empty() {
            return None;
        }
        let step = |touch: &Touch| {
            let value = touch.given.as_ref().map(shown);
            let before = touch.before.as_ref().map(shown);
            Step {
                deed: deed(touch),
                provider: self.provider(&touch.origin, None),
                passed_over: touch.is_passed_over(),
                words: words(touch, value.as_deref().unwrap_or_default(), before.as_deref(), trace.caller.as_ref()),
                who: touch.origin.to_string(),
                value,
                before,
            }
        };
        Some(Variable {
            value: trace.value.as_ref().map(shown),
            caller: trace.caller.as_ref().map(shown),
            steps: trace.touches.iter().map(step).collect(),
        })
    }
}

const fn deed(touch: &Touch) -> &'static str {
    match touch.deed {
        Deed::Set => "set",
        Deed::Default => "default",
        Deed::Prepend => "prepend",
        Deed::Append => "append",
        Deed::Unset => "unset",
        Deed::Require => "require",
    }
}

/// A step for a person to read.
fn words(touch: &Touch, value: &str, before: Option<&str>, caller: Option<&OsString>) -> String {
    let value = plain(value);
    match (touch.deed, before) {
        (Deed::Set, Some(_)) if touch.before.as_ref() == caller => {
            format!("sets it to {value}, in place of the caller's")
        }
        (Deed::Set | Deed::Default, None) => format!("sets it to {value}"),
        (Deed::Set, Some(before)) => format!("sets it to {value}, in place of {}", plain(before)),
        (Deed::Default, Some(_)) if touch.before == touch.given => format!("would set it to {value}, which it has"),
        (Deed::Default, Some(_)) => format!("would set it to {value}, but it has another value"),
        (Deed::Prepend, _) => format!("puts {value} at the start"),
        (Deed::Append, _) => format!("puts {value} at the end"),
        (Deed::Unset, _) => "removes it".to_owned(),
        (Deed::Require, _) if touch.before.as_ref().is_none_or(|value| value.is_empty()) => {
            "requires it, but it is not set".to_owned()
        }
        (Deed::Require, _) => "requires it".to_owned(),
    }
}

/// A value in a sentence.
const fn plain(value: &str) -> &str {
    if value.is_empty() { "nothing" } else { value }
}

impl Variable {
    pub fn rows(&self) -> Vec<Row> {
        let value = self.value.as_deref().map_or("none: it is not in the dev shell", plain);
        let mut rows = vec![row("value", value)];
        rows.extend(self.caller.iter().map(|value| row("caller", format!("has {}", plain(value)))));
        if self.steps.is_empty() {
            rows.push(row("", "passes unchanged"));
        }
        rows.extend(self.steps.iter().map(|step| {
            let who = step.provider.place.as_ref().map_or_else(|| step.who.clone(), ToString::to_string);
            let tool = step.provider.tool.as_ref().map(|tool| format!("{}: ", tool.name)).unwrap_or_default();
            row(who, format!("{tool}{}", step.words))
        }));
        rows
    }
}
