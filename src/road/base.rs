//! The base utilities of an environment that has nothing of the host: a tool of the lock, last on PATH.

use super::RoadError;
use crate::env::ToolPaths;
use crate::lock::{Chosen, Form};
use crate::manifest::{Manifest, PythonOrigin, base_utilities};

/// Expects that no tool of an environment is the host's, and neither its Python.
pub fn check(manifest: &Manifest, chosen: &[Chosen]) -> Result<(), RoadError> {
    let of_host = chosen.iter().find(|one| one.locked.form() == Form::Asserted).map(|one| one.wish.name.to_string());
    let python = manifest.python.as_ref().filter(|python| python.origin == PythonOrigin::Host);
    let of_host = of_host.or_else(|| python.map(|_| "python".to_owned()));
    of_host.map_or(Ok(()), |tool| Err(RoadError::OfHost(tool)))
}

/// Takes the base utilities out of the tools.
pub fn take(tools: &mut Vec<ToolPaths>) -> Option<ToolPaths> {
    let base = base_utilities();
    let place = tools.iter().position(|tool| tool.name == base)?;
    Some(tools.remove(place))
}
