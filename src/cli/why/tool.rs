//! What a tool is: the version that is locked, and what asks for it.

use serde::Serialize;

use super::provider::{LockedVersion, Place, from};
use super::{Question, Row, row};
use crate::manifest::Tool;

#[derive(Serialize)]
pub struct ToolAnswer {
    #[serde(flatten)]
    tool: LockedVersion,
    /// Where the manifest asks for it; null when it is locked only to run others.
    place: Option<Place>,
    /// The tools that it runs.
    runs: Vec<String>,
    /// The packages that the manifest installs beside it; absent without any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    with: Vec<String>,
}

impl Question<'_> {
    pub fn tool(&self) -> Option<ToolAnswer> {
        let asked = |tool: &&Tool| tool.name.as_str() == self.name || tool.name.package() == self.name;
        if let Some(tool) = self.layer.tools.iter().find(asked) {
            let locked = self.lock.find(&tool.name, &tool.requirement);
            return Some(ToolAnswer {
                tool: LockedVersion::new(
                    &tool.name,
                    &tool.requirement,
                    locked.and_then(|locked| locked.version.as_deref()),
                    self.lock,
                ),
                place: Some(self.in_manifest(tool.line)),
                runs: self.run_by(tool.name.as_str()),
                with: tool.additions().iter().map(ToString::to_string).collect(),
            });
        }
        let runs = self.run_by(self.name);
        let locked = self.lock.tools.iter().find(|locked| locked.tool.as_str() == self.name && !runs.is_empty())?;
        let tool = LockedVersion::new(&locked.tool, &locked.requirement, locked.version.as_deref(), self.lock);
        Some(ToolAnswer { tool, place: None, runs, with: Vec::new() })
    }

    /// The tools of the environment that a tool runs.
    fn run_by(&self, name: &str) -> Vec<String> {
        let locked = self.lock.chosen(self.layer).map(|chosen| chosen.locked);
        let run = locked.filter(|locked| locked.runtime.as_ref().is_some_and(|runtime| runtime.as_str() == name));
        run.map(|locked| locked.tool.to_string()).collect()
    }
}

impl ToolAnswer {
    pub fn rows(&self) -> Vec<Row> {
        let LockedVersion { name, requirement, version, source } = &self.tool;
        let version = version.as_ref().map(|version| format!(" {version}")).unwrap_or_default();
        let requirement = requirement.as_deref().unwrap_or_default();
        let asked = match &self.place {
            Some(place) => format!("{place}, `{name}` `{requirement}`"),
            None => format!("by no line in the manifest; the lock has `{requirement}` for the tools it runs"),
        };
        let mut rows = vec![row("is", format!("{name}{version}, {}", from(source))), row("asked for", asked)];
        if !self.runs.is_empty() {
            rows.push(row("runs", self.runs.join(", ")));
        }
        if !self.with.is_empty() {
            rows.push(row("with", self.with.join(", ")));
        }
        rows
    }
}
