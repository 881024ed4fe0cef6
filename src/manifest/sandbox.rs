//! `sandbox` in the manifest: what a project gets beyond its own directory at isolation `sandbox`.

use std::str::FromStr;

use jsonc_parser::ast::Value;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::network::Network;
use super::shape::Decoder;

/// The socket that the caller's `SSH_AUTH_SOCK` names.
pub const SSH_AGENT: &str = "ssh-agent";

/// The devices for graphics and computing that the host has.
pub const GPU: &str = "gpu";

pub(super) const SANDBOX_KEYS: &[&str] =
    &["read", "write", "deny", "net", "publish", "sockets", "devices", "protect", "or"];

/// Paths are absolute, below the home directory (`~/`), or else below the project's directory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sandbox {
    /// Files and directories of the host that can be read.
    pub read: Vec<String>,
    /// Others that can be written too.
    pub write: Vec<String>,
    /// Those that can neither be read nor written, although they are in one of the others or in the project.
    pub deny: Vec<String>,
    /// What of the network can be reached.
    pub net: Network,
    /// Ports inside that can be reached at the host's `localhost`, where the network is not the host's.
    pub publish: Vec<u16>,
    /// Sockets of the host: `ssh-agent`, or paths.
    pub sockets: Vec<String>,
    /// Devices of the host: `gpu`, or paths below `/dev/`.
    pub devices: Vec<String>,
    /// Whether files of the project that other programs run or obey later are read-only. If the manifest does not say,
    /// they are where no person types.
    pub protect: Option<bool>,
    /// What may take the place of a wall that cannot be built, although it holds less.
    pub or: Option<WeakerWall>,
}

/// A wall that holds less than namespaces do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub enum WeakerWall {
    Landlock,
}

impl FromStr for WeakerWall {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        if text == "landlock" { Ok(Self::Landlock) } else { Err(()) }
    }
}

impl Default for Sandbox {
    fn default() -> Self {
        Self {
            read: Vec::new(),
            write: Vec::new(),
            deny: Vec::new(),
            net: Network::All,
            publish: Vec::new(),
            sockets: Vec::new(),
            devices: Vec::new(),
            protect: None,
            or: None,
        }
    }
}

impl Decoder<'_> {
    pub(super) fn sandbox(&mut self, value: &Value) -> Sandbox {
        let mut sandbox = Sandbox::default();
        let Some(object) = self.object(value, "`sandbox`", SANDBOX_KEYS) else { return sandbox };
        for property in &object.properties {
            let value = &property.value;
            match property.name.as_str() {
                "read" => sandbox.read = self.places(value),
                "write" => sandbox.write = self.places(value),
                "deny" => sandbox.deny = self.places(value),
                "net" => sandbox.net = self.network(value).unwrap_or(Network::NOTHING),
                "publish" => sandbox.publish = self.ports(value),
                "sockets" => sandbox.sockets = self.things(value, SSH_AGENT, "/"),
                "devices" => sandbox.devices = self.things(value, GPU, "/dev/"),
                "protect" => sandbox.protect = self.boolean(value),
                "or" => sandbox.or = self.word(value, &["landlock"]),
                _ => {}
            }
        }
        sandbox
    }

    fn ports(&mut self, value: &Value) -> Vec<u16> {
        let Some(elements) = self.array(value, "a list") else { return Vec::new() };
        elements.iter().filter_map(|element| self.port(element)).collect()
    }

    pub(super) fn port(&mut self, value: &Value) -> Option<u16> {
        if let Value::NumberLit(number) = value
            && let Ok(port) = number.value.parse::<u16>()
            && port > 0
        {
            return Some(port);
        }
        self.at(value, "expected a port, a number from 1 to 65535", None);
        None
    }

    /// A word for some of them, or paths that begin in this way, or are below the home directory.
    fn things(&mut self, value: &Value, word: &str, beginning: &str) -> Vec<String> {
        let things = self.places(value);
        let is_known = |thing: &&String| **thing == word || thing.starts_with(beginning) || thing.starts_with("~/");
        if let Some(thing) = things.iter().find(|thing| !is_known(thing)) {
            let help = format!("write `{word}`, or a path that begins with `{beginning}`");
            self.at(value, format!("`{thing}` is no path"), help);
        }
        things
    }

    /// Each is the path that it looks like: nothing in it goes up.
    pub(super) fn places(&mut self, value: &Value) -> Vec<String> {
        let paths = self.strings(value, "a path");
        let goes_up = |path: &&String| path.is_empty() || path.split('/').any(|part| part == "..");
        if let Some(path) = paths.iter().find(goes_up) {
            let help = "write a path below the project, below `~/`, or an absolute one".to_owned();
            self.at(value, format!("`{path}` is not a path without `..`"), help);
        }
        paths
    }
}
