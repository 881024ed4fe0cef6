//! The shape of `config.json`, as documented types from which `docs/config.schema.json` is
//! generated. What it shares with the manifest is described there.

use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, schema_for};

use super::super::schema::sandbox::NetEntry;
use super::super::schema::variables::Variables;
use super::super::schema::{Registries, Tools, finished};

/// Your personal settings for the dev shells you enter.
#[derive(JsonSchema)]
#[schemars(rename = "config.json", deny_unknown_fields)]
#[allow(dead_code, reason = "the fields are read by the derive macro alone")]
struct ConfigFile {
    /// Where an editor finds this schema.
    #[schemars(rename = "$schema")]
    schema: Option<String>,
    /// Registry base URLs instead of the ecosystem's own settings, as in the manifest.
    registries: Option<Registries>,
    /// How long ago a version has to have been published before it is locked, such as "3 days": in all projects, unless
    /// a project asks for longer, or for something else for one of its tools.
    #[schemars(rename = "min-age")]
    min_age: Option<String>,
    /// What isolation "sandbox" keeps from every project, whatever its manifest asks for.
    sandbox: Option<LimitsEntry>,
    /// Tools, after the project's on PATH, locked in config.lock.
    tools: Option<Tools>,
    /// Aliases, as your shell writes them.
    aliases: Option<BTreeMap<String, String>>,
    /// Environment variables, as if you had exported them before entering. A value
    /// may use HOME, DEVSHELL_ROOT, DEVSHELL_STATE, DEVSHELL_NAME and the variables above it as
    /// ${NAME}; $$ is a dollar sign.
    env: Option<Variables<OwnVariable>>,
    /// What the prompt begins with, instead of "({name}) "; false for nothing.
    prompt: Option<Prompt>,
    /// Commands with your own arguments and variables.
    wrap: Option<BTreeMap<String, WrapEntry>>,
    /// Which of the host's commands an interactive shell has.
    session: Option<SessionEntry>,
    /// The same for some projects only: a key is a path, or a glob of paths, and begins with "/"
    /// or "~/". A later one wins.
    #[schemars(extend("propertyNames" = { "pattern": "^(/|~$|~/)" }))]
    projects: Option<BTreeMap<String, ProjectsEntry>>,
}

/// Limits for every project.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[allow(dead_code, reason = "the fields are read by the derive macro alone")]
struct LimitsEntry {
    /// Files and directories that can be neither read nor written, as in a manifest.
    deny: Option<Vec<String>>,
    /// What of the network can be reached at most, as in a manifest.
    net: Option<NetEntry>,
    /// Whether what other programs run or obey later, such as .git/hooks, is read-only also while you type.
    protect: Option<bool>,
}

/// Settings for some projects only.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[allow(dead_code, reason = "the fields are read by the derive macro alone")]
struct ProjectsEntry {
    /// More tools; one that you have everywhere is replaced.
    tools: Option<Tools>,
    /// More aliases.
    aliases: Option<BTreeMap<String, String>>,
    /// More variables.
    env: Option<Variables<OwnVariable>>,
    /// What the prompt begins with.
    prompt: Option<Prompt>,
    /// More commands with your own settings.
    wrap: Option<BTreeMap<String, WrapEntry>>,
    /// More of the host's commands.
    session: Option<SessionEntry>,
}

/// A value to set, or an object with one rule.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[allow(dead_code, reason = "the fields are read by the derive macro alone")]
enum OwnVariable {
    /// The value, whatever you have outside.
    Value(String),
    Rule(OwnRule),
}

/// Exactly one rule.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, extend("minProperties" = 1, "maxProperties" = 1))]
#[allow(dead_code, reason = "the fields are read by the derive macro alone")]
struct OwnRule {
    /// The value, whatever you have outside.
    set: Option<String>,
    /// The value, unless you have one outside.
    default: Option<String>,
    /// Put this before your own value, separated by ":".
    prepend: Option<String>,
    /// Put this after your own value, separated by ":".
    append: Option<String>,
    /// Remove the variable.
    #[schemars(extend("const" = true))]
    unset: Option<bool>,
}

/// What the prompt begins with; {name} is the project's name.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[allow(dead_code, reason = "the variants are read by the derive macro alone")]
enum Prompt {
    Text(String),
    /// Nothing.
    None(#[schemars(extend("const" = false))] bool),
}

/// What a command always starts with.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[allow(dead_code, reason = "the fields are read by the derive macro alone")]
struct WrapEntry {
    /// Arguments before those that you type. ${HOME} and the like are replaced.
    arguments: Option<Vec<String>>,
    /// Variables for this command only.
    env: Option<Variables<String>>,
}

/// Changes to the list of the host's commands that an interactive shell has.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[allow(dead_code, reason = "the fields are read by the derive macro alone")]
struct SessionEntry {
    /// Commands to add to the list.
    add: Option<Vec<String>>,
    /// Commands to remove from the list.
    remove: Option<Vec<String>>,
}

/// The JSON Schema of `config.json`.
pub fn json_schema() -> Schema {
    finished(schema_for!(ConfigFile))
}

#[cfg(test)]
mod tests {
    use super::super::decode::{CONFIG_KEYS, PROJECT_KEYS, SESSION_KEYS, WRAP_KEYS};
    use super::json_schema;

    #[test]
    fn the_decoder_and_the_schema_know_the_same_keys() {
        let schema = json_schema();
        for (pointer, known) in [
            ("/properties", CONFIG_KEYS),
            ("/$defs/ProjectsEntry/properties", PROJECT_KEYS),
            ("/$defs/WrapEntry/properties", WRAP_KEYS),
            ("/$defs/SessionEntry/properties", SESSION_KEYS),
        ] {
            let mut keys: Vec<_> = schema.pointer(pointer).unwrap().as_object().unwrap().keys().cloned().collect();
            let mut known = known.to_vec();
            keys.sort();
            known.sort_unstable();
            assert_eq!(keys, known, "{pointer}");
        }
    }
}
