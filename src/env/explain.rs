//! Who set what: the environment with the origin of each variable and each PATH entry, and what
//! the caller lost.

use std::ffi::{OsStr, OsString};
use std::fmt::Write as _;

use serde::Serialize;

use super::{Applied, Environment, Op, Origin, Value};

/// An environment explained. Texts that are not UTF-8 are shown with U+FFFD.
#[derive(Debug, Serialize)]
pub struct Explanation {
    pub path: Vec<PathEntry>,
    pub variables: Vec<ExplainedVariable>,
    pub dropped: Vec<DroppedVariable>,
}

#[derive(Debug, Serialize)]
pub struct PathEntry {
    pub entry: String,
    pub origin: String,
}

#[derive(Debug, Serialize)]
pub struct ExplainedVariable {
    pub name: String,
    pub value: String,
    pub origins: Vec<String>,
}

#[derive(Debug, Serialize)]
pub struct DroppedVariable {
    pub name: String,
    pub origin: String,
}

/// Explains an environment and its application to one caller.
pub fn explain(environment: &Environment, applied: &Applied) -> Explanation {
    let path = environment.steps.iter().filter_map(|step| match &step.op {
        Op::Set(name, Value::Literal(entry)) | Op::Append(name, Value::Literal(entry)) if name.as_str() == "PATH" => {
            Some(PathEntry { entry: shown(entry), origin: step.origin.to_string() })
        }
        _ => None,
    });
    let variables =
        applied.origins.iter().filter(|(name, _)| *name != "PATH").map(|(name, origins)| ExplainedVariable {
            name: shown(name),
            value: match applied.variables.get(name) {
                // What env files hold are secrets as often as not.
                Some(_) if origins.iter().any(|origin| matches!(origin, Origin::EnvFile(_))) => {
                    "(not shown)".to_owned()
                }
                Some(value) => shown(value),
                None => String::new(),
            },
            origins: origins.iter().map(Origin::to_string).collect(),
        });
    let dropped = applied
        .dropped
        .iter()
        .filter(|(name, _)| !applied.variables.contains_key(*name))
        .map(|(name, origin)| DroppedVariable { name: shown(name), origin: origin.to_string() });
    Explanation { path: path.collect(), variables: variables.collect(), dropped: dropped.collect() }
}

fn shown(text: &OsStr) -> String {
    OsString::from(text).to_string_lossy().into_owned()
}

impl Explanation {
    /// The explanation for a person to read.
    pub fn to_text(&self) -> String {
        let mut text = String::from("PATH\n");
        let width = self.path.iter().map(|entry| entry.entry.chars().count()).max().unwrap_or(0).min(80);
        for entry in &self.path {
            let _ = writeln!(text, "  {:width$}  {}", entry.entry, entry.origin);
        }
        text.push_str("\nvariables\n");
        for variable in &self.variables {
            let value = variable.value.replace('\n', "\\n");
            let _ = writeln!(text, "  {}={value}  ({})", variable.name, variable.origins.join("; "));
        }
        let _ = writeln!(text, "\ntaken from the caller: {}", self.dropped.len());
        for dropped in &self.dropped {
            let _ = writeln!(text, "  {}  ({})", dropped.name, dropped.origin);
        }
        text
    }
}
