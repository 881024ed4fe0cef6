//! `sandbox` in the manifest: what a project gets beyond its own directory at isolation `sandbox`.

use std::str::FromStr;

use jsonc_parser::ast::Value;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::shape::Decoder;

pub(super) const SANDBOX_KEYS: &[&str] = &["read", "write", "deny", "net", "protect", "or"];

/// Paths are absolute, below the home directory (`~/`), or else below the project's directory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sandbox {
    /// Files and directories of the host that can be read.
    pub read: Vec<String>,
    /// Others that can be written too.
    pub write: Vec<String>,
    /// Those that can neither be read nor written, although they are in one of the others or in the project.
    pub deny: Vec<String>,
    /// Whether there is a network besides `localhost`.
    pub net: bool,
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
        Self { read: Vec::new(), write: Vec::new(), deny: Vec::new(), net: true, protect: None, or: None }
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
                "net" => sandbox.net = self.boolean(value).unwrap_or(sandbox.net),
                "protect" => sandbox.protect = self.boolean(value),
                "or" => sandbox.or = self.word(value, &["landlock"]),
                _ => {}
            }
        }
        sandbox
    }

    /// Each is the path that it looks like: nothing in it goes up.
    fn places(&mut self, value: &Value) -> Vec<String> {
        let paths = self.strings(value, "a path");
        let goes_up = |path: &&String| path.is_empty() || path.split('/').any(|part| part == "..");
        if let Some(path) = paths.iter().find(goes_up) {
            let help = "write a path below the project, below `~/`, or an absolute one".to_owned();
            self.at(value, format!("`{path}` is not a path without `..`"), help);
        }
        paths
    }
}
