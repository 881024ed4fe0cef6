//! The schema of `nix`.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

/// The dev shell of a flake or a shell.nix.
pub struct NixEntry;

impl JsonSchema for NixEntry {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "NixEntry".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "anyOf": [
                { "description": "The flake.nix beside the manifest, or else its shell.nix or default.nix.", "const": true },
                { "description": "A flake of the project, and which of its dev shells: \".#ci\".", "type": "string" },
                generator.subschema_for::<NixObject>(),
            ]
        })
    }
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[allow(dead_code, reason = "the fields are read by the derive macro alone")]
struct NixObject {
    /// The directory of the flake: "." or "./DIRECTORY".
    flake: Option<String>,
    /// Which dev shell of the flake, or which attribute of the file; by default, the usual one.
    attr: Option<String>,
    /// A file such as "shell.nix" instead of a flake.
    file: Option<String>,
    /// Whether evaluating may look at the machine, as `nix develop --impure` does; false by default.
    impure: Option<bool>,
    /// Whether its shellHook runs; true by default.
    hook: Option<bool>,
    /// More files whose change makes devshell evaluate it again.
    watch: Option<Vec<String>>,
}
