//! The rule that no two tools of an environment provide one command: the order of a JSON object is a poor way to choose
//! between them. The composer checks it, and so does what knows the commands before.

use std::collections::BTreeMap;
use std::fmt;

use crate::hint::Hint;
use crate::manifest::Layer;
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
}

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "`{}`", self.tool)?;
        self.line.map_or(Ok(()), |line| write!(f, " (line {line})"))
    }
}

impl Hint for Clash {
    fn hint(&self) -> Option<String> {
        let (first, second) = (&self.first.tool, &self.second.tool);
        Some(format!(
            "take one out, such as with `devshell remove {first}`, or say which commands you want: \"{second}\": {{ \
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
        let line = layer.tools.iter().find(|tool| tool.name == *name).map(|tool| tool.line);
        Provider { tool: name.clone(), line }
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
