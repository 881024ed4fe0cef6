//! Who set what: the environment with the origin of each variable and each PATH entry, and what
//! the caller lost.

use std::ffi::OsStr;
use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use super::{Applied, Environment, Origin, Secrets};
use crate::text::word;

/// An environment explained. Texts that are not UTF-8 are shown with U+FFFD.
#[derive(Debug, Serialize)]
pub struct Explanation {
    pub path: Vec<PathEntry>,
    pub variables: Vec<ExplainedVariable>,
    pub dropped: Vec<DroppedVariable>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
pub fn explain(environment: &Environment, applied: &Applied, secrets: &Secrets) -> Explanation {
    let variables =
        applied.origins.iter().filter(|(name, _)| *name != "PATH").map(|(name, origins)| ExplainedVariable {
            name: shown(name),
            value: applied.variables.get(name).map(|value| secrets.shown(name, value)).unwrap_or_default(),
            origins: origins.iter().map(Origin::to_string).collect(),
        });
    let dropped = applied
        .dropped
        .iter()
        .filter(|(name, _)| !applied.variables.contains_key(*name))
        .map(|(name, origin)| DroppedVariable { name: shown(name), origin: origin.to_string() });
    Explanation { path: path_entries(environment), variables: variables.collect(), dropped: dropped.collect() }
}

/// What is on PATH, and what put it there.
pub fn path_entries(environment: &Environment) -> Vec<PathEntry> {
    environment.path().map(|(entry, origin)| PathEntry { entry: shown(entry), origin: origin.to_string() }).collect()
}

fn shown(text: &OsStr) -> String {
    text.to_string_lossy().into_owned()
}

impl Explanation {
    /// The explanation for a person to read.
    pub fn to_text(&self) -> String {
        let mut text = String::from("PATH\n");
        let width = self.path.iter().map(|entry| entry.entry.chars().count()).max().unwrap_or(0).min(80);
        for entry in &self.path {
            let _ = writeln!(text, "  {:width$}  {}", word(&entry.entry), word(&entry.origin));
        }
        text.push_str("\nvariables\n");
        for variable in &self.variables {
            let ExplainedVariable { name, value, origins } = variable;
            let _ = writeln!(text, "  {}", word(&format!("{name}={value}  ({})", origins.join("; "))));
        }
        let _ = writeln!(text, "\ntaken from the caller: {}", self.dropped.len());
        for dropped in &self.dropped {
            let _ = writeln!(text, "  {}", word(&format!("{}  ({})", dropped.name, dropped.origin)));
        }
        text
    }
}
