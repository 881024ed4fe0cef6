//! Why no file of a repository's releases can be locked.

use std::collections::BTreeMap;

use crate::archive::UnknownFormat;
use crate::hint::Hint;
use crate::name::ToolName;
use crate::platform::Platform;
use crate::version::Requirement;

/// How many files a message names.
const MOST_NAMED: usize = 8;

/// Why no file of a repository's releases can be locked. `line` is one to paste into the manifest.
#[derive(Debug, thiserror::Error)]
pub enum ReleaseError {
    #[error("`{tool}` has no releases")]
    None { tool: ToolName },
    #[error("the tags of `{tool}` are versions of several things: they begin with {}", listed(.prefixes))]
    Tags { tool: ToolName, prefixes: Vec<String>, line: String },
    #[error("no tag of `{tool}` is a version, such as `v1.4.0`: it has {}", listed(.tags))]
    NoVersions { tool: ToolName, tags: Vec<String>, line: String },
    #[error("no file of `{tool}` {version} is for a platform that devshell knows: {}", listed(.files))]
    NoFile { tool: ToolName, version: String, files: Vec<String>, line: String },
    #[error("several files of `{tool}` {version} could be meant{}: {}", for_platform(*.platform), listed(.files))]
    Several { tool: ToolName, version: String, platform: Option<Platform>, files: Vec<String>, line: String },
    #[error("`{file}` of `{tool}` {version} cannot be unpacked")]
    Format { tool: ToolName, version: String, file: String, source: UnknownFormat },
    #[error("`{tool}` {version} has no `{file}`, which would be the file for {platform}")]
    NoAsset { tool: ToolName, version: String, platform: Platform, file: String, files: Vec<String> },
    #[error("`{tool}` {version} has no file for {platform}, which the manifest names")]
    NoPlatform { tool: ToolName, version: String, platform: Platform, files: Vec<String> },
    #[error("`{file}` of `{tool}` {version} is not listed in `{checksums}`")]
    NoChecksum { tool: ToolName, version: String, file: String, checksums: String },
    #[error("`{file}` of `{tool}` {version} has one hash by the forge, and another one by `{checksums}`")]
    Contradiction { tool: ToolName, version: String, file: String, checksums: String },
}

fn for_platform(platform: Option<Platform>) -> String {
    platform.map(|platform| format!(" for {platform}")).unwrap_or_default()
}

fn listed(names: &[String]) -> String {
    let mut shown: Vec<String> = names.iter().take(MOST_NAMED).map(|name| format!("`{name}`")).collect();
    if names.len() > MOST_NAMED {
        shown.push(format!("and {} more", names.len() - MOST_NAMED));
    }
    if shown.is_empty() { "it has none".to_owned() } else { shown.join(", ") }
}

impl Hint for ReleaseError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::None { tool } => format!(
                "if its files are somewhere else, `devshell add url:{}@VERSION --url ADDRESS` takes them from there",
                tool.short()
            ),
            Self::Tags { line, .. }
            | Self::NoVersions { line, .. }
            | Self::NoFile { line, .. }
            | Self::Several { line, .. } => format!("write in the manifest {line}"),
            Self::Format { .. } => "`asset` in the manifest names another file of the release".to_owned(),
            Self::NoAsset { files, .. } => format!("it has {}; `os` and `arch` rename devshell's words", listed(files)),
            Self::NoPlatform { files, .. } => {
                format!("it has {}; `asset` names a file, or take the platform out of `platforms`", listed(files))
            }
            Self::NoChecksum { .. } => "correct `checksums` in the manifest, or leave it out".to_owned(),
            Self::Contradiction { .. } => {
                "one of the two was replaced; ask the publisher, and lock another version until you know".to_owned()
            }
        })
    }
}

/// The line of the manifest for a tool, with a key that says more: its tags, or its files.
pub fn line(tool: &ToolName, requirement: &Requirement, (key, text): (&str, &str), words: &Words) -> String {
    let text = serde_json::Value::from(text);
    let words = words.iter().map(|(kind, words)| {
        let words: Vec<String> = words.iter().map(|(own, theirs)| format!("\"{own}\": \"{theirs}\"")).collect();
        format!(", \"{kind}\": {{ {} }}", words.join(", "))
    });
    let words: String = words.collect();
    format!("\"{tool}\": {{ \"version\": \"{requirement}\", \"{key}\": {text}{words} }}")
}

/// The publisher's words for devshell's, by kind.
pub type Words = BTreeMap<&'static str, BTreeMap<&'static str, String>>;
