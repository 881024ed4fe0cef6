//! The files that say which Rust a repository wants, as a part of its manifest.

use std::collections::BTreeMap;

use super::Road;
use crate::files::most;
use crate::hint::Hint as _;
use crate::manifest::{
    Detail, Manifest, Problem, Tool, Toolchain, ToolchainFile, ToolchainParts, parse_toolchain_file,
};
use crate::project::Project;

impl Road<'_> {
    /// Fills in what the files say; the mistakes in them, each at the tool that names the file.
    pub(super) fn fill_toolchains(self, project: &Project, manifest: &mut Manifest) -> Vec<Problem> {
        let mut list = Vec::new();
        for tool in manifest.all_tools_mut() {
            let Detail::Toolchain(toolchain) = &mut tool.detail else { continue };
            if toolchain.file.is_none() {
                continue;
            }
            match self.toolchain_file(project, toolchain) {
                Ok(file) => {
                    tool.requirement = file.requirement.clone();
                    toolchain.fill(file);
                }
                Err((message, help)) => list.push(Problem::new(tool.range.clone(), message, help)),
            }
        }
        list.extend(described_differently(manifest));
        list
    }

    fn toolchain_file(
        self,
        project: &Project,
        toolchain: &Toolchain,
    ) -> Result<ToolchainFile, (String, Option<String>)> {
        let said = |error: &dyn std::error::Error, hint| (error.to_string(), hint);
        for name in toolchain.files() {
            let read = project.content(self.host, &name, most::REQUIREMENTS);
            let Some(content) = read.map_err(|error| said(&error, error.hint()))? else { continue };
            let text = content.text(&project.root.join(&name)).map_err(|error| said(&error, error.hint()))?;
            return parse_toolchain_file(&name, text).map_err(|error| said(&error, error.hint()));
        }
        let name = toolchain.file.as_deref().unwrap_or_default();
        Err((format!("there is no file `{name}`"), Some("create it, or write `version` in place of `from`".to_owned())))
    }
}

/// One release is locked once: where two environments ask for the same one, they must mean the same parts.
fn described_differently(manifest: &Manifest) -> Vec<Problem> {
    let mut seen: BTreeMap<(&str, &str), (&Tool, ToolchainParts)> = BTreeMap::new();
    let mut list = Vec::new();
    for tool in manifest.all_tools() {
        let Some(toolchain) = tool.toolchain() else { continue };
        let key = (tool.name.as_str(), tool.requirement.as_str());
        let (first, parts) = seen.entry(key).or_insert_with(|| (tool, toolchain.parts()));
        if *parts != toolchain.parts() {
            let (name, requirement, line) = (&tool.name, &tool.requirement, first.line);
            let message = format!("`{name}` {requirement} is described differently at line {line}");
            list.push(Problem::new(tool.range.clone(), message, Some("write the same in both places".to_owned())));
        }
    }
    list
}
