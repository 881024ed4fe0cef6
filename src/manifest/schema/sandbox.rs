//! `sandbox` of the manifest.

use schemars::JsonSchema;

use super::super::WeakerWall;

/// What a project gets beyond its own directory at isolation "sandbox". Paths are absolute, below the home directory
/// ("~/"), or else below the project's directory.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[allow(dead_code, reason = "the fields are read by the derive macro alone")]
pub struct SandboxEntry {
    /// Files and directories of the host that can be read.
    read: Option<Vec<String>>,
    /// Files and directories of the host that can be read and written.
    write: Option<Vec<String>>,
    /// Files and directories, of the project too, that can be neither read nor written.
    deny: Option<Vec<String>>,
    /// What of the network can be reached besides localhost: everything (true, the default), nothing (false), or the hosts
    /// of a list: "example.org", "example.org:22,443", "*.example.org", "10.0.0.5:5432", "localhost:5432" or
    /// "registry:npm".
    net: Option<NetEntry>,
    /// Ports inside that can be reached at the localhost of this machine, where the network is limited.
    publish: Option<Vec<u16>>,
    /// Sockets of this machine that can be reached: "ssh-agent", or paths.
    sockets: Option<Vec<String>>,
    /// Devices of this machine that can be used: "gpu", or paths below "/dev/".
    devices: Option<Vec<String>>,
    /// Whether what other programs run or obey later, such as .git/hooks, is read-only. By default, it is if no person
    /// types into the dev shell.
    protect: Option<bool>,
    /// What may take the place of a wall that cannot be built on a machine. It holds less. By default, nothing may.
    or: Option<WeakerWall>,
}

#[derive(JsonSchema)]
#[schemars(untagged)]
#[allow(dead_code, reason = "the fields are read by the derive macro alone")]
pub enum NetEntry {
    All(bool),
    Only(Vec<String>),
}
