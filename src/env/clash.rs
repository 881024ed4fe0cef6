//! The rule that no two tools of an environment provide one command: the order of a JSON object is a poor way to choose
//! between them. The composer checks it, and so does what knows the commands before.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use crate::hint::Hint;
use crate::manifest::{Layer, Manifest};
use crate::name::{CommandName, ToolName};

/// Two tools provide one command.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{first} and {second} both provide the command `{command}`")]
pub struct Clash {
    pub first: Provider,
    pub second: Provider,
    pub command: CommandName,
}

/// A tool that provides a command, and its line in the manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provider {
    pub tool: ToolName,
    pub line: Option<usize>,
    /// Where its name is in the manifest, in bytes; empty if it is in none.
    range: Range<usize>,
    /// What `devshell remove` takes to find it, each with a blank before it.
    options: String,
}

impl Provider {
    /// The command that takes it out.
    pub fn removal(&self) -> String {
        format!("devshell remove{} {}", self.options, self.tool)
    }
}

impl Clash {
    /// With the part of the manifest that each of the two is in.
    #[must_use]
    pub fn within(mut self, manifest: &Manifest, is_personal: bool) -> Self {
        for Provider { range, options, .. } in [&mut self.first, &mut self.second] {
            let environment = manifest.environment_of(range).map(|name| format!(" -e {name}"));
            *options = if is_personal { " --personal".to_owned() } else { environment.unwrap_or_default() };
        }
        self
    }
}

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "`{}`", self.tool)?;
        self.line.map_or(Ok(()), |line| write!(f, " (line {line})"))
    }
}

impl Hint for Clash {
    fn hint(&self) -> Option<String> {
        let (removal, second) = (self.first.removal(), &self.second.tool);
        Some(format!(
            "take one out, such as with `{removal}`, or say which commands you want: \"{second}\": {{ \
             \"version\": …, \"commands\": [ … ] }}"
        ))
    }
}

/// Expects that no two tools of a layer have the same command.
pub fn check_commands<'t>(
    layer: &Layer,
    tools: impl IntoIterator<Item = (&'t ToolName, impl IntoIterator<Item = &'t CommandName>)>,
) -> Result<(), Clash> {
    let provider = |name: &ToolName| {
        let tool = layer.tools.iter().find(|tool| tool.name == *name);
        let (line, range) = (tool.map(|tool| tool.line), tool.map(|tool| tool.range.clone()).unwrap_or_default());
        Provider { tool: name.clone(), line, range, options: String::new() }
    };
    let mut providers: BTreeMap<&CommandName, &ToolName> = BTreeMap::new();
    for (name, commands) in tools {
        for command in commands {
            if let Some(first) = providers.insert(command, name) {
                return Err(Clash { first: provider(first), second: provider(name), command: command.clone() });
            }
        }
    }
    Ok(())
}
