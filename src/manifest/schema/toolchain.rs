//! The schema of the tool `rust`.

use schemars::JsonSchema;

use super::words::ProfileEntry;

/// A release of Rust, or an object with more keys.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[allow(dead_code, reason = "the fields are read by the derive macro alone")]
pub enum ToolchainEntry {
    /// "1.95" for the newest 1.95.x, "1.95.0", "stable", "beta", "nightly", "nightly-2026-04-16", or a requirement such
    /// as "^1.95".
    Requirement(String),
    Detailed(ToolchainObject),
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[allow(dead_code, reason = "the fields are read by the derive macro alone")]
pub struct ToolchainObject {
    /// The release; by default, the newest stable one.
    version: Option<String>,
    /// The "rust-toolchain.toml" or "rust-toolchain" that says which release, and what belongs to it.
    from: Option<String>,
    /// Which components to begin with; "default" by default.
    profile: Option<ProfileEntry>,
    /// More components, such as "rust-src".
    components: Option<Vec<String>>,
    /// More targets to compile for, such as "wasm32-unknown-unknown".
    targets: Option<Vec<String>>,
    /// Only these commands of the tool go on PATH.
    commands: Option<Vec<String>>,
    /// How long ago a release has to have been published, instead of what the manifest says for all tools: "0" for no
    /// time at all.
    #[schemars(rename = "min-age")]
    min_age: Option<String>,
}
