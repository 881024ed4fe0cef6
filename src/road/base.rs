//! The base utilities of an environment that has nothing of the host: a tool of the lock, last on PATH.

use super::RoadError;
use crate::env::{Op, PythonPaths, ToolPaths};
use crate::lock::{Chosen, Form};
use crate::manifest::{Manifest, PythonOrigin, base_utilities};
use crate::store::LaidOut;

/// Expects that no tool of an environment is the host's, and neither its Python.
pub fn check(manifest: &Manifest, chosen: &[Chosen]) -> Result<(), RoadError> {
    let of_host = chosen.iter().find(|one| one.locked.form() == Form::Asserted).map(|one| one.wish.name.to_string());
    let python = manifest.python.as_ref().filter(|python| python.origin == PythonOrigin::Host);
    let of_host = of_host.or_else(|| python.map(|_| "python".to_owned()));
    of_host.map_or(Ok(()), |tool| Err(RoadError::OfHost(tool)))
}

/// What says where certificates and locales are, on hosts that have them elsewhere or not at all. Where the system is of
/// Debian packages, they are where Debian's programs look by themselves.
const ELSEWHERE: [&str; 2] = ["SSL_CERT_FILE", "LOCPATH"];

/// Takes the base utilities out of the tools, and what depends on the host out of all variables.
pub fn take(laid_out: &mut LaidOut, python: Option<&mut PythonPaths>) -> Option<ToolPaths> {
    let tools = &mut laid_out.tools;
    let is_elsewhere = |op: &Op| matches!(op, Op::Default(name, _) if ELSEWHERE.contains(&name.as_str()));
    let all = tools.iter_mut().map(|tool| &mut tool.variables).chain(python.map(|python| &mut python.variables));
    all.for_each(|variables| variables.retain(|op| !is_elsewhere(op)));
    let base = base_utilities();
    let place = tools.iter().position(|tool| tool.name == base)?;
    let base = tools.remove(place);
    // The environment relies on it as on the tools.
    laid_out.contents.insert(base.directory.clone());
    Some(base)
}
