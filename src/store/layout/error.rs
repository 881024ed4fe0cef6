//! Why a tool cannot be laid out, and what to do about it.

use std::io;

use crate::catalog::{self, Entry};
use crate::files::way_to_write;
use crate::hint::Hint;
use crate::lock::NotLocked;
use crate::manifest::Takes;
use crate::name::{CommandName, InsidePath, ToolName};
use crate::platform::Platform;
use crate::probe::ProbeError;
use crate::store::PrefixError;

/// Why a tool cannot be laid out.
#[derive(Debug, thiserror::Error)]
pub enum LayoutError {
    #[error("`{tool}` {version} is not published for {platform}")]
    NotHere { tool: ToolName, version: String, platform: Platform },
    #[error("`{tool}` has no command `{command}`, which line {line} of the manifest names")]
    NoCommand { tool: ToolName, command: CommandName, line: usize, has: Vec<CommandName> },
    #[error("`{tool}`, at line {line} of the manifest, has no command of its own")]
    NoOwnCommand { tool: ToolName, line: usize, has: Vec<CommandName> },
    #[error("`{tool}` {version} is there, but its command `{command}` is not")]
    Hollow { tool: ToolName, version: String, command: CommandName },
    #[error("`{command}` of `{tool}` is run by `{interpreter}`, which is neither in the manifest nor on this machine")]
    NoInterpreter { tool: ToolName, command: CommandName, interpreter: String },
    #[error("`{tool}` {version} has no executable where one is looked for: in its `bin` or at its root")]
    NotFound { tool: ToolName, version: String, elsewhere: Vec<String> },
    #[error("`{tool}` {version} has no executable `{}`, which the manifest names", .path.as_str())]
    NotAt { tool: ToolName, version: String, path: InsidePath, elsewhere: Vec<String> },
    #[error("`{first}` and `{second}` want two versions of `{package}`: {} and {}", .versions[0], .versions[1])]
    Apart { first: ToolName, second: ToolName, package: String, versions: [String; 2] },
    #[error(transparent)]
    NotLocked(#[from] NotLocked),
    #[error(transparent)]
    Probe(#[from] ProbeError),
    #[error("the links of the tools cannot be made")]
    Links(#[source] io::Error),
    #[error("the directory of a tool with dependencies cannot be made")]
    Build(#[source] io::Error),
    #[error(transparent)]
    Prefix(#[from] PrefixError),
}

/// Whether no version of a tool can be for a platform: the catalog knows of no package for it.
fn is_never_for(tool: &ToolName, platform: Platform) -> bool {
    catalog::npm_entry(tool).is_some_and(|entry| {
        platform.with_glibc().is_some() && !entry.platforms.is_empty() && !entry.platforms.contains_key(&platform)
    })
}

impl Hint for LayoutError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NotHere { tool, platform, .. } if Takes::of(tool) == Takes::Suite && platform.loader().is_none() => {
                format!("Debian packages are for Linux; keep `{tool}` in an environment of its own, for `-e`")
            }
            Self::NotHere { tool, platform, .. } if is_never_for(tool, *platform) => {
                let host = tool.package();
                format!(
                    "no version of it is; install glibc on this machine, or use its own: `devshell add host:{host}`"
                )
            }
            Self::NotHere { .. } => "another version may be; the lock holds it for the other platforms".to_owned(),
            Self::NoCommand { has, .. } => {
                format!("it has {}", has.iter().map(|c| format!("`{c}`")).collect::<Vec<_>>().join(", "))
            }
            Self::NoOwnCommand { tool, has, .. } => {
                let list = has.iter().map(|c| format!("\"{c}\"")).collect::<Vec<_>>().join(", ");
                format!(
                    "say which commands of the packages it needs you want: \"{tool}\": {{ \"commands\": [{list}] }}"
                )
            }
            Self::Hollow { .. } => "this version keeps it elsewhere; try another one and report it".to_owned(),
            Self::NoInterpreter { interpreter, .. } => match catalog::provider(interpreter) {
                Some((tool, entry)) if !matches!(entry, Entry::Host(_)) => format!("`devshell add {tool}`"),
                _ => format!(
                    "install `{interpreter}` on this machine, or add a tool that has it, such as `deb:{interpreter}`"
                ),
            },
            Self::NotFound { tool, elsewhere, .. } => {
                let path = elsewhere.first().map_or("path/inside", String::as_str);
                format!("say in the manifest where it is: \"commands\": {{ \"{}\": \"{path}\" }}", tool.short())
            }
            Self::NotAt { elsewhere, .. } if elsewhere.is_empty() => "there is no executable in it".to_owned(),
            Self::NotAt { elsewhere, .. } => {
                format!("it has {}", elsewhere.iter().map(|path| format!("`{path}`")).collect::<Vec<_>>().join(", "))
            }
            Self::Apart { first, second, .. } => format!("`devshell update {first} {second}`"),
            Self::Prefix(error) => return error.hint(),
            Self::NotLocked(error) => return error.hint(),
            Self::Probe(error) => return error.hint(),
            Self::Links(error) | Self::Build(error) => way_to_write(error),
        })
    }
}
