//! A wish of the manifest and what the lock has for it, joined once. What comes after the lock gets both together and
//! looks nothing up.

use super::{Lock, LockedTool, private_requirement};
use crate::hint::Hint;
use crate::manifest::{Layer, Tool};
use crate::name::{CommandName, ToolName};

/// A tool of an environment: what the manifest asks for, and what it was locked to.
#[derive(Clone, Copy, Debug)]
pub struct Chosen<'l> {
    pub wish: &'l Tool,
    pub locked: &'l LockedTool,
    /// The tool that runs it, if one does.
    pub runtime: Option<&'l LockedTool>,
    /// What configures its packages, if it consists of Debian's.
    pub configuring: Option<&'l LockedTool>,
}

/// The lock has nothing for a tool.
#[derive(Debug, thiserror::Error)]
#[error("the lock has no `{0}`")]
pub struct NotLocked(pub ToolName);

impl Hint for NotLocked {
    fn hint(&self) -> Option<String> {
        Some("`devshell lock`".to_owned())
    }
}

impl<'l> Chosen<'l> {
    /// The tool, and what runs it.
    pub fn tools(&self) -> impl Iterator<Item = &'l LockedTool> + use<'l> {
        std::iter::once(self.locked).chain(self.runtime)
    }

    /// Its commands, as far as the manifest and the lock name them.
    pub fn named_commands(&self) -> Vec<&'l CommandName> {
        let wish = self.wish.commands.as_ref();
        wish.map_or_else(|| self.locked.commands.keys().collect(), |commands| commands.iter().collect())
    }
}

impl Lock {
    /// The tools of an environment, all of which are locked.
    ///
    /// # Errors
    /// The first tool that is not, or whose runtime is not.
    pub fn choose<'l>(&'l self, layer: &'l Layer) -> Result<Vec<Chosen<'l>>, NotLocked> {
        layer.tools.iter().map(|wish| self.choose_one(layer, wish)).collect()
    }

    /// The tools of an environment that are locked.
    pub fn chosen<'l>(&'l self, layer: &'l Layer) -> impl Iterator<Item = Chosen<'l>> {
        layer.tools.iter().filter_map(|wish| self.choose_one(layer, wish).ok())
    }

    /// What is locked for one tool of an environment.
    pub fn choose_one<'l>(&'l self, layer: &'l Layer, wish: &'l Tool) -> Result<Chosen<'l>, NotLocked> {
        let locked = self.find(&wish.name, &wish.requirement).ok_or_else(|| NotLocked(wish.name.clone()))?;
        let runtime = locked.runtime.as_ref();
        let runtime = runtime.map(|name| self.runtime(name, layer).ok_or_else(|| NotLocked(name.clone())));
        Ok(Chosen { wish, locked, runtime: runtime.transpose()?, configuring: self.configuring_of(locked) })
    }

    /// What runs tools in an environment: the environment's own tool of that name, else the private one.
    fn runtime(&self, name: &ToolName, layer: &Layer) -> Option<&LockedTool> {
        match layer.tools.iter().find(|own| own.name == *name) {
            Some(own) => self.find(&own.name, &own.requirement),
            None => self.find(name, &private_requirement()),
        }
    }
}
