//! The shape of the file, as documented types from which the JSON Schema (draft 2020-12) of
//! `docs/devshell.schema.json` is generated. The texts are what an editor shows.

mod nix;
pub(super) mod sandbox;
mod services;
mod toolchain;
pub(super) mod variables;
mod words;

use std::borrow::Cow;
use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema, schema_for};

use self::nix::NixEntry;
use self::sandbox::SandboxEntry;
use self::services::{ScriptEntry, Services};
use self::toolchain::ToolchainEntry;
use self::variables::{Pattern, Variables};
use self::words::{ArchWords, ByPlatform, FormatEntry, LibcName, LibcWords, OriginEntry, OsWords, PlatformEntry};
use super::Isolation;

/// The environment of a repository, entered with `devshell enter`.
#[derive(JsonSchema)]
#[schemars(rename = "devshell.json", deny_unknown_fields)]
#[allow(dead_code, reason = "the fields are read by the derive macro alone")]
struct ManifestFile {
    /// Where an editor finds this schema.
    #[schemars(rename = "$schema")]
    schema: Option<String>,
    /// What the prompt shows; by default, the directory's name.
    #[schemars(length(min = 1, max = 64))]
    name: Option<String>,
    /// The versions of devshell this file needs, such as ">=0.1".
    devshell: Option<String>,
    /// The tools on PATH. A key is a name in the catalog ("node"), a package from a source
    /// ("npm:prettier", "pypi:black"), a repository with releases ("github:cli/cli"), a vendor's download ("vendor:go"),
    /// one of the host's commands ("host:docker") or a download ("url:mytool").
    tools: Option<Tools>,
    /// The project's Python: its interpreter, and its packages.
    python: Option<PythonEntry>,
    /// The dev shell of a flake, a shell.nix or a default.nix, as `nix develop` would make it.
    nix: Option<NixEntry>,
    /// Environment variables. A value may use HOME, DEVSHELL_ROOT, DEVSHELL_STATE, DEVSHELL_NAME
    /// and the variables above it as ${NAME}; $$ is a dollar sign.
    env: Option<Variables<VariableEntry>>,
    /// Files of NAME=value lines, such as ".env"; files that do not exist are ignored.
    env_files: Option<Vec<String>>,
    /// Scripts for `devshell run NAME`, run with `sh -c` in the manifest's directory.
    scripts: Option<BTreeMap<String, ScriptEntry>>,
    /// Programs that run beside your work, such as a database, for `devshell up` and for scripts that need them.
    services: Option<Services>,
    /// What devshell runs when you enter.
    hooks: Option<HooksEntry>,
    /// How much of the host the dev shell hides.
    isolation: Option<IsolationEntry>,
    /// What the project gets beyond its own directory at isolation "sandbox" or "hermetic".
    sandbox: Option<SandboxEntry>,
    /// The caller's variables that isolation lets through; a `*` at the end matches the rest.
    keep: Option<Vec<Pattern>>,
    /// Environments by name; each adds to the default one with `-e NAME`.
    environments: Option<BTreeMap<String, LayerEntry>>,
    /// Registry base URLs instead of the ecosystem's own settings: "npm" for all packages,
    /// "npm:@scope/*" or "npm:NAME" for some, which are then never requested from another registry;
    /// likewise "pypi" and "pypi:NAME". "deb" is the archive of Debian packages. "github", "gitlab" and "codeberg"
    /// are forges, for repositories of "github:OWNER/*" or one of them. "vendor:NAME" is a mirror of a vendor's server,
    /// and "vendor" one that has each vendor below its name. "rust" is
    /// a mirror of Rust's releases, the directory that holds "dist".
    registries: Option<Registries>,
    /// The platforms that the lock is for; by default, all six.
    #[schemars(length(min = 1))]
    platforms: Option<Vec<PlatformEntry>>,
    /// How long ago a version has to have been published before it is locked: "3 days", "12 hours", "1 week".
    #[schemars(rename = "min-age")]
    min_age: Option<String>,
    /// The tools that are only locked if a signed attestation says where their files were made.
    #[schemars(rename = "require-provenance")]
    require_provenance: Option<Vec<String>>,
}

/// What an environment adds to the default one.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[allow(dead_code, reason = "the fields are read by the derive macro alone")]
struct LayerEntry {
    /// More tools; one that the default environment also has is replaced.
    tools: Option<Tools>,
    /// Another dev shell of Nix.
    nix: Option<NixEntry>,
    /// More variables.
    env: Option<Variables<VariableEntry>>,
    /// More files of NAME=value lines.
    env_files: Option<Vec<String>>,
    /// More scripts.
    scripts: Option<BTreeMap<String, ScriptEntry>>,
    /// More services.
    services: Option<Services>,
    /// More of the caller's variables to let through.
    keep: Option<Vec<Pattern>>,
    /// In place of the default environment's.
    isolation: Option<IsolationEntry>,
}

/// Which Python a project uses, and with which packages.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, rename_all = "kebab-case")]
#[allow(dead_code, reason = "the fields are read by the derive macro alone")]
struct PythonEntry {
    /// The accepted versions, such as ">=3.10" or "3.13".
    version: String,
    /// Where the interpreter comes from.
    from: Option<OriginEntry>,
    /// The Debian release, such as "trixie", with "from": "deb".
    suite: Option<String>,
    /// The files that name the packages: requirements.txt, pyproject.toml, uv.lock or pylock.toml.
    requirements: Option<Vec<String>>,
    /// Which of the project's extras to include.
    extras: Option<Vec<String>>,
    /// Which dependency groups of pyproject.toml to include.
    groups: Option<Vec<String>>,
    /// The packages that may be built from source; all others are installed from wheels.
    allow_build: Option<Vec<String>>,
    /// Ignore everything uploaded after this: a date ("2026-01-31") or a duration ("3 days").
    exclude_newer: Option<String>,
    /// How long ago the packages have to have been published, instead of what the manifest says for all tools: "0" for
    /// no time at all.
    min_age: Option<String>,
}

/// Tools by name; the value's form depends on the source.
pub(super) struct Tools;

impl JsonSchema for Tools {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Tools".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "patternProperties": {
                "^url:": generator.subschema_for::<UrlToolObject>(),
                "^(codeberg|github|gitlab):": generator.subschema_for::<ReleaseToolEntry>(),
                "^rust(:toolchain)?$": generator.subschema_for::<ToolchainEntry>(),
            },
            "additionalProperties": generator.subschema_for::<ToolEntry>(),
        })
    }
}

/// Registries by the names that are requested from them.
pub(super) struct Registries;

impl JsonSchema for Registries {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Registries".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "properties": { "deb": generator.subschema_for::<DebEntry>(), "rust": { "type": "string" } },
            "patternProperties": { "^(npm|pypi|codeberg|github|gitlab)(:.+)?$": { "type": "string" } },
            "additionalProperties": false,
        })
    }
}

/// The base URL of a mirror, or an object with more keys.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[allow(dead_code, reason = "the fields are read by the derive macro alone")]
enum DebEntry {
    /// The base URL of a mirror: the directory that holds "dists" and "pool".
    Url(String),
    Detailed(DebObject),
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, rename_all = "kebab-case")]
#[allow(dead_code, reason = "the fields are read by the derive macro alone")]
struct DebObject {
    /// The base URL of a mirror: the directory that holds "dists" and "pool".
    url: Option<String>,
    /// The base URL of a mirror for security updates.
    security: Option<String>,
    /// The base URL of a service that keeps what mirrors drop, and has "archive/debian/DATE/".
    snapshot: Option<String>,
    /// The release for packages that don't name one, by its codename.
    suite: Option<String>,
    /// A file with the OpenPGP keys that sign the archive, instead of Debian's own.
    keys: Option<String>,
    /// Whether to refuse an index that has expired; true by default.
    check_valid_until: Option<bool>,
}

/// A version requirement, or an object with more keys.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[allow(dead_code, reason = "the fields are read by the derive macro alone")]
enum ToolEntry {
    /// "22", "22.4", "=22.4.1", ">=3.10,<3.13", "^3.3", "~3.3" or "*" for any version.
    Requirement(String),
    Detailed(ToolObject),
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[allow(dead_code, reason = "the fields are read by the derive macro alone")]
struct ToolObject {
    /// The version requirement; by default, any version.
    version: Option<String>,
    /// Only these commands of the tool go on PATH.
    commands: Option<Vec<String>>,
    /// The Debian release of a `deb:` package, by its codename: "trixie".
    suite: Option<String>,
    /// Packages to install beside an `npm:` or `pypi:` tool, such as its plugins: "npm:@eslint/js@^9", "pip".
    with: Option<Vec<String>>,
    /// How long ago its versions have to have been published, instead of what the manifest says for all tools: "0" for
    /// no time at all.
    #[schemars(rename = "min-age")]
    min_age: Option<String>,
}

/// A tool that is published as files at URLs. In URLs and paths, {version}, {os}
/// (linux, darwin), {arch} (x86_64, aarch64), {libc} (gnu, musl; nothing on macOS) and {target}
/// (x86_64-unknown-linux-gnu) are replaced.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, extend("anyOf" = [{ "required": ["url"] }, { "properties": { "platforms": { "type": "object" } }, "required": ["platforms"] }]))]
#[allow(dead_code, reason = "the fields are read by the derive macro alone")]
struct UrlToolObject {
    /// The version itself, such as "1.4.0".
    version: String,
    /// The URL, with placeholders.
    url: Option<String>,
    /// The platforms it is published for, as a list; or a URL for each, instead of "url".
    /// By default, devshell tries all platforms.
    platforms: Option<PlatformsEntry>,
    /// The publisher's words for {os}, such as { "darwin": "macos" }.
    os: Option<OsWords>,
    /// The publisher's words for {arch}, such as { "x86_64": "amd64" }.
    arch: Option<ArchWords>,
    /// The publisher's words for {libc}.
    libc: Option<LibcWords>,
    /// The kind of file, if its name does not show it.
    format: Option<FormatEntry>,
    /// The SHA-256 of the file, or of each platform's file.
    sha256: Option<HashesEntry>,
    /// The URL of the publisher's checksums; {url} is the URL of the file itself.
    checksums: Option<String>,
    /// How many directories to step into before looking for commands.
    #[schemars(range(max = 9))]
    strip: Option<u8>,
    /// Only these commands of the tool go on PATH, as a list; or a path in the archive for each.
    commands: Option<CommandsEntry>,
    /// How long ago its versions have to have been published, instead of what the manifest says for all tools: "0" for
    /// no time at all.
    #[schemars(rename = "min-age")]
    min_age: Option<String>,
}

/// A version requirement, or an object with more keys.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[allow(dead_code, reason = "the fields are read by the derive macro alone")]
enum ReleaseToolEntry {
    /// "2", "2.83", "=2.83.0", ">=2,<3", "^2.80", "~2.83" or "*" for any version.
    Requirement(String),
    Detailed(ReleaseToolObject),
}

/// A tool from the releases of a repository. In names and paths, {version}, {os} (linux, darwin), {arch} (x86_64,
/// aarch64), {libc} (gnu, musl; nothing on macOS) and {target} (x86_64-unknown-linux-gnu) are replaced.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[allow(dead_code, reason = "the fields are read by the derive macro alone")]
struct ReleaseToolObject {
    /// The version requirement; by default, any version.
    version: Option<String>,
    /// The name of the file for a platform, with placeholders; {tag} is the release's tag.
    asset: Option<String>,
    /// The tag of a version, such as "cli-v{version}".
    tag: Option<String>,
    /// The name of the file with checksums in the same release; {asset} is the name of the file itself.
    checksums: Option<String>,
    /// The platforms you want; by default, all that the release has files for.
    platforms: Option<Vec<PlatformEntry>>,
    /// The publisher's words for {os}, such as { "darwin": "macos" }.
    os: Option<OsWords>,
    /// The publisher's words for {arch}, such as { "x86_64": "amd64" }.
    arch: Option<ArchWords>,
    /// The C library to prefer on Linux if there are files for both, "gnu" or "musl"; or the publisher's words for {libc}.
    libc: Option<LibcEntry>,
    /// The kind of file, if its name does not show it.
    format: Option<FormatEntry>,
    /// How many directories to step into before looking for commands.
    #[schemars(range(max = 9))]
    strip: Option<u8>,
    /// Only these commands of the tool go on PATH, as a list; or a path in the archive for each.
    commands: Option<CommandsEntry>,
    /// How long ago its versions have to have been published, instead of what the manifest says for all tools: "0" for
    /// no time at all.
    #[schemars(rename = "min-age")]
    min_age: Option<String>,
}

#[derive(JsonSchema)]
#[schemars(untagged)]
#[allow(dead_code, reason = "the fields are read by the derive macro alone")]
enum LibcEntry {
    Preferred(LibcName),
    Words(LibcWords),
}

#[derive(JsonSchema)]
#[schemars(untagged)]
#[allow(dead_code, reason = "the fields are read by the derive macro alone")]
enum PlatformsEntry {
    Names(Vec<PlatformEntry>),
    Addresses(ByPlatform),
}

#[derive(JsonSchema)]
#[schemars(untagged)]
#[allow(dead_code, reason = "the fields are read by the derive macro alone")]
enum HashesEntry {
    One(String),
    Each(ByPlatform),
}

#[derive(JsonSchema)]
#[schemars(untagged)]
#[allow(dead_code, reason = "the fields are read by the derive macro alone")]
enum CommandsEntry {
    Names(Vec<String>),
    Paths(BTreeMap<String, String>),
}

/// A value to set, or an object with one rule.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[allow(dead_code, reason = "the fields are read by the derive macro alone")]
enum VariableEntry {
    /// The value, whatever the caller has.
    Value(String),
    Rule(RuleObject),
}

/// Exactly one rule.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, extend("minProperties" = 1, "maxProperties" = 1))]
#[allow(dead_code, reason = "the fields are read by the derive macro alone")]
struct RuleObject {
    /// The value, whatever the caller has.
    set: Option<String>,
    /// The value, unless the caller or an env file has one.
    default: Option<String>,
    /// Put this before the caller's value, separated by ":".
    prepend: Option<String>,
    /// Put this after the caller's value, separated by ":".
    append: Option<String>,
    /// Remove the variable.
    #[schemars(extend("const" = true))]
    unset: Option<bool>,
    /// The caller or an env file must set it; the text says how to get it.
    required: Option<String>,
}

/// What devshell runs when you enter.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[allow(dead_code, reason = "the fields are read by the derive macro alone")]
struct HooksEntry {
    /// A command line for `sh -c`, run before the first interactive prompt.
    enter: Option<String>,
}

/// The levels of isolation, each with what it means.
struct IsolationEntry;

impl JsonSchema for IsolationEntry {
    fn schema_name() -> Cow<'static, str> {
        "IsolationEntry".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let level = |level: Isolation| serde_json::json!({ "description": level.meaning(), "type": "string", "const": level.name() });
        json_schema!({
            "description": "How much of the host the dev shell hides.",
            "oneOf": Isolation::ALL.map(level),
        })
    }
}

/// The JSON Schema of the manifest.
pub fn json_schema() -> Schema {
    finished(schema_for!(ManifestFile))
}

/// A schema as it is published.
pub(super) fn finished(mut schema: Schema) -> Schema {
    schemars::transform::transform_subschemas(&mut without_null, &mut schema);
    without_null(&mut schema);
    schema
}

/// schemars lets an optional value be null; in a manifest, what is not there is left out.
fn without_null(schema: &mut Schema) {
    schemars::transform::transform_subschemas(&mut without_null, schema);
    let Some(object) = schema.as_object_mut() else { return };
    if let Some(serde_json::Value::Array(types)) = object.get_mut("type") {
        types.retain(|one| one != "null");
        if let [one] = types.as_slice() {
            let one = one.clone();
            object.insert("type".to_owned(), one);
        }
    }
    if let Some(serde_json::Value::Array(choices)) = object.get_mut("anyOf") {
        choices.retain(|choice| choice.get("type").is_none_or(|one| one != "null"));
        if let [serde_json::Value::Object(only)] = choices.as_slice() {
            let only = only.clone();
            object.remove("anyOf");
            object.extend(only);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Isolation;
    use super::super::deb_archive::DEB_KEYS;
    use super::super::decode::{HOOK_KEYS, LAYER_KEYS, MANIFEST_KEYS};
    use super::super::python::PYTHON_KEYS;
    use super::super::sandbox::SANDBOX_KEYS;
    use super::super::script::SCRIPT_KEYS;
    use super::super::service::{READY_KEYS, SERVICE_KEYS};
    use super::super::tool::TOOL_KEYS;
    use super::super::toolchain::TOOLCHAIN_KEYS;
    use super::super::url_tool::URL_TOOL_KEYS;
    use super::super::variables::VARIABLE_KEYS;
    use super::json_schema;

    #[test]
    fn the_decoder_and_the_schema_know_the_same_keys() {
        let schema = json_schema();
        let keys = |pointer: &str| {
            let mut keys: Vec<_> = schema.pointer(pointer).unwrap().as_object().unwrap().keys().cloned().collect();
            keys.sort();
            keys
        };
        for (pointer, known) in [
            ("/properties", MANIFEST_KEYS),
            ("/$defs/LayerEntry/properties", LAYER_KEYS),
            ("/$defs/ToolObject/properties", TOOL_KEYS),
            ("/$defs/UrlToolObject/properties", URL_TOOL_KEYS),
            ("/$defs/DebObject/properties", DEB_KEYS),
            ("/$defs/ToolchainObject/properties", TOOLCHAIN_KEYS),
            ("/$defs/RuleObject/properties", VARIABLE_KEYS),
            ("/$defs/HooksEntry/properties", HOOK_KEYS),
            ("/$defs/SandboxEntry/properties", SANDBOX_KEYS),
            ("/$defs/ScriptObject/properties", SCRIPT_KEYS),
            ("/$defs/ServiceObject/properties", SERVICE_KEYS),
            ("/$defs/ReadyObject/properties", READY_KEYS),
            ("/$defs/PythonEntry/properties", PYTHON_KEYS),
        ] {
            let mut known = known.to_vec();
            known.sort_unstable();
            assert_eq!(keys(pointer), known, "{pointer}");
        }
    }

    #[test]
    fn the_parser_takes_each_level_of_the_schema() {
        let schema = json_schema();
        let levels = schema.pointer("/$defs/IsolationEntry/oneOf").unwrap().as_array().unwrap();
        let levels: Vec<_> = levels.iter().map(|level| level["const"].as_str().unwrap()).collect();
        assert_eq!(levels, Isolation::ALL.map(Isolation::name));
        for level in levels {
            let text = format!(r#"{{ "isolation": "{level}" }}"#);
            let manifest = super::super::parse("devshell.json", &text).unwrap();
            assert_eq!(manifest.default.isolation.unwrap().name(), level);
        }
    }
}
