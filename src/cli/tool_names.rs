//! Tools as the command line names them: by the names the manifest has for them.

use super::failure::{Failure, code};
use crate::hint::mistyped;
use crate::name::{BadName, ToolName};
use crate::version::{BadRequirement, Requirement};

/// The word as a tool's name.
pub fn parse(word: &str) -> Result<ToolName, Failure> {
    word.parse().map_err(|error: BadName| Failure::said(code::USAGE, error.to_string(), None))
}

/// What follows the `@` of a tool.
pub fn requirement_of(name: &ToolName, text: &str) -> Result<Requirement, Failure> {
    if !name.is_toolchain() {
        return requirement(text);
    }
    let parsed = Requirement::of_toolchain(text);
    parsed.map_err(|error| Failure::said(code::USAGE, error.to_string(), None))
}

/// A requirement of a tool that has no other words for it.
pub fn requirement(text: &str) -> Result<Requirement, Failure> {
    text.parse().map_err(|error: BadRequirement| Failure::said(code::USAGE, error.to_string(), None))
}

/// What a word that names none of the known tools was meant to be: a package named without its
/// source, or a slip of the finger.
pub fn did_you_mean<'a>(word: &str, known: impl Iterator<Item = &'a ToolName>) -> Option<String> {
    let known: Vec<&ToolName> = known.collect();
    let package = known.iter().find(|name| name.package() == word).map(|name| name.as_str());
    let near = package.or_else(|| mistyped(word, known.iter().map(|name| name.as_str())))?;
    Some(format!("did you mean `{near}`?"))
}

/// The manifest does not have this tool.
pub fn unknown(name: &ToolName, hint: Option<String>) -> Failure {
    Failure::said(code::USAGE, format!("the manifest has no tool `{name}`"), hint)
}
