//! The packages that a manifest installs beside a tool.

use super::ResolveError;
use crate::manifest::{Addition, Detail, Manifest};
use crate::name::{SourceLabel, ToolName};
use crate::version::Requirement;

/// The packages that a manifest installs beside a tool, which are of the tool's own source.
pub fn additions<'m>(
    manifest: &'m Manifest,
    name: &ToolName,
    requirement: &Requirement,
    own: SourceLabel,
) -> Result<&'m [Addition], ResolveError> {
    let Some(tool) = manifest.tool_or_other(name, requirement) else { return Ok(&[]) };
    match &tool.detail {
        Detail::With(Some(found), _) if *found != own => {
            Err(ResolveError::OtherSource { tool: name.clone(), own, found: *found, line: Some(tool.line) })
        }
        _ => Ok(tool.additions()),
    }
}

/// Expects that nothing is to be installed beside a tool that is an executable by itself.
pub fn alone(manifest: &Manifest, name: &ToolName, requirement: &Requirement) -> Result<(), ResolveError> {
    let tool = manifest.tool(name, requirement).filter(|tool| !tool.additions().is_empty());
    tool.map_or(Ok(()), |tool| Err(ResolveError::Alone { tool: name.clone(), line: Some(tool.line) }))
}
