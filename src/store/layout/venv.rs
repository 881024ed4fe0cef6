//! The form `Venv`: a tool in a Python environment of its own, which `python` has made.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::{Laid, Layout, LayoutError, Site, There, wanted_commands};
use crate::lock::{Artifact, Chosen, NotLocked};
use crate::name::CommandName;
use crate::platform::Platform;
use crate::store::Link;

/// The commands of a tool in an environment of its own.
#[derive(Clone, Debug, Default)]
pub struct Programs {
    /// The tool's own.
    pub own: BTreeMap<CommandName, PathBuf>,
    /// Those, and the ones of the packages it needs.
    pub all: BTreeMap<CommandName, PathBuf>,
}

impl Programs {
    /// The environment's directory, which has the programs in its `bin`.
    fn directory(&self) -> Option<&Path> {
        self.all.values().next()?.parent()?.parent()
    }
}

pub struct Venv;

impl Layout for Venv {
    /// uv fetches the packages.
    fn needs<'l>(&self, _: &Chosen<'l>, _: Platform) -> Result<Vec<&'l Artifact>, LayoutError> {
        Ok(Vec::new())
    }

    fn commands(&self, chosen: &Chosen, there: &There) -> Vec<CommandName> {
        let programs = there.environments.get(&chosen.wish.name);
        programs.map(|programs| programs.own.keys().cloned().collect()).unwrap_or_default()
    }

    fn is_there(&self, chosen: &Chosen, there: &There) -> Option<bool> {
        Some(there.environments.contains_key(&chosen.wish.name))
    }

    /// Links to its own commands, or to those that the manifest names.
    fn lay(&self, chosen: &Chosen, site: &mut Site) -> Result<Laid, LayoutError> {
        let tool = chosen.wish;
        let programs = site.environments.get(&tool.name).ok_or_else(|| NotLocked(tool.name.clone()))?;
        let has = if tool.commands.is_some() { &programs.all } else { &programs.own };
        if has.is_empty() {
            let has = programs.all.keys().filter(|name| is_of_a_package(name)).cloned().collect();
            return Err(LayoutError::NoOwnCommand { tool: tool.name.clone(), line: tool.line, has });
        }
        let wanted = wanted_commands(tool, has.keys())?.into_iter();
        let content = programs.directory().map(Path::to_owned);
        Ok(Laid { content, ..Laid::of(wanted.map(|name| (name.clone(), Link::To(has[&name].clone()))).collect()) })
    }
}

/// Whether a command of an environment is not one that every environment has.
fn is_of_a_package(name: &CommandName) -> bool {
    !["python", "activate", "deactivate", "pydoc"].iter().any(|start| name.as_str().starts_with(start))
}
