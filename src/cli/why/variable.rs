//! What became of a variable, step by step.

use std::ffi::{OsStr, OsString};

use serde::Serialize;

use super::super::failure::Failure;
use super::super::shell_hook;
use super::provider::Provider;
use super::{Question, Row, row};
use crate::env::{Action, Effect, Origin, Trace};
use crate::name::VarName;

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
    #[serde(rename = "deed")]
    action: &'static str,
    #[serde(flatten)]
    provider: Provider,
    /// What it brings.
    value: Option<String>,
    /// The value before.
    before: Option<String>,
    /// Whether it changes nothing, because the value before wins.
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

    /// What the `shellHook` of a dev shell of Nix does to the variable. It runs for that.
    pub fn after_hook(&self) -> Result<Option<Effect>, Failure> {
        let (cx, ready, name) = (self.cx, self.ready, OsStr::new(self.name));
        let Some(hook) = ready.shell_hook().filter(|_| VarName::assignable(name).is_some()) else { return Ok(None) };
        let applied = cx.road().apply_partly(self.project, ready)?;
        let before = applied.variables.get(name).cloned();
        let left = shell_hook::run_untyped(cx, self.project, ready, applied)?;
        let given = left.variables.get(name).cloned();
        let action = if given.is_some() { Action::Set } else { Action::Unset };
        let origin = Origin::NixHook(hook.name.clone());
        Ok((given != before).then_some(Effect { action, origin, given, before }))
    }

    /// The way of the variable that is asked about, with what is known of its end.
    pub fn variable(&self, end: Option<Effect>) -> Option<Variable> {
        let name = OsStr::new(self.name);
        let mut trace = self.trace(name);
        if let Some(end) = end {
            trace.value.clone_from(&end.given);
            trace.effects.push(end);
        }
        let shown = |value: &OsString| self.secrets.shown(name, value);
        if trace.caller.is_none() && trace.effects.is_empty() {
            return None;
        }
        let step = |effect: &Effect| {
            let value = effect.given.as_ref().map(shown);
            let before = effect.before.as_ref().map(shown);
            Step {
                action: action(effect),
                provider: self.provider(&effect.origin, None),
                passed_over: effect.is_passed_over(),
                words: words(effect, value.as_deref().unwrap_or_default(), before.as_deref(), trace.caller.as_ref()),
                who: effect.origin.to_string(),
                value,
                before,
            }
        };
        Some(Variable {
            value: trace.value.as_ref().map(shown),
            caller: trace.caller.as_ref().map(shown),
            steps: trace.effects.iter().map(step).collect(),
        })
    }
}

const fn action(effect: &Effect) -> &'static str {
    match effect.action {
        Action::Set => "set",
        Action::Default => "default",
        Action::Prepend => "prepend",
        Action::Append => "append",
        Action::Unset => "unset",
        Action::Require => "require",
    }
}

/// A step for a person to read.
fn words(effect: &Effect, value: &str, before: Option<&str>, caller: Option<&OsString>) -> String {
    let value = plain(value);
    match (effect.action, before) {
        (Action::Set, Some(_)) if effect.before.as_ref() == caller => {
            format!("sets it to {value}, in place of the caller's")
        }
        (Action::Set | Action::Default, None) => format!("sets it to {value}"),
        (Action::Set, Some(before)) => format!("sets it to {value}, in place of {}", plain(before)),
        (Action::Default, Some(_)) if effect.before == effect.given => format!("would set it to {value}, which it has"),
        (Action::Default, Some(_)) => format!("would set it to {value}, but it has another value"),
        (Action::Prepend, _) => format!("puts {value} at the start"),
        (Action::Append, _) => format!("puts {value} at the end"),
        (Action::Unset, _) => "removes it".to_owned(),
        (Action::Require, _) if effect.before.as_ref().is_none_or(|value| value.is_empty()) => {
            "requires it, but it is not set".to_owned()
        }
        (Action::Require, _) => "requires it".to_owned(),
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
