//! The npm that devshell asks what packages need, replaced by a script: its answers are those of the test, each from
//! the time at which registries would have led to it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Package, Sandbox};

/// What is pinned by the program itself.
const PINNED: &str = include_str!("../../../src/solver/pinned.lock");

/// Stands for node; writes down which time it is given, and answers with the newest tree of before.
const NODE: &str = r#"#!/bin/sh
before=none
for argument do case $argument in --before=*) before=${argument#--before=} ;; esac; done
echo "$before" >>"$HOME/npm/asked"
for tree in "$HOME"/npm/trees/*; do
    if [ "$before" = none ] || ! [ "$before" \< "${tree##*/}" ]; then cp "$tree" package-lock.json; fi
done
"#;

/// An npm that answers as a test says.
pub struct Npm<'s>(&'s Sandbox);

impl<'s> Npm<'s> {
    /// Puts it into the store, where devshell finds it in place of the real one.
    pub fn imitated(sandbox: &'s Sandbox) -> Self {
        let pinned = devshell::lock::parse("pinned.lock", PINNED).unwrap();
        for artifact in pinned.tools.iter().flat_map(|tool| &tool.artifacts) {
            let object = sandbox.data().join("objects-1").join(devshell::store::object_key(artifact));
            sandbox.write_executable(object.join("bin/node"), NODE);
        }
        Self(sandbox)
    }

    /// From this time on (RFC 3339), the tree is this one. Each package is at its place.
    pub fn answers_since(&self, time: &str, packages: &[(&str, &Package)]) {
        let tree: BTreeMap<String, Value> = packages
            .iter()
            .map(|(place, package)| {
                let entry =
                    json!({ "name": package.name, "version": package.version, "integrity": package.integrity() });
                (format!("node_modules/{place}"), entry)
            })
            .collect();
        self.0.write(self.0.home().join("npm/trees").join(time), json!({ "packages": tree }).to_string());
    }

    /// The times that it was given since it was last asked for them, in order; `none` for any time.
    pub fn asked(&self) -> Vec<String> {
        let path = self.0.home().join("npm/asked");
        let asked = if path.is_file() { self.0.read(&path) } else { String::new() };
        self.0.remove(path);
        asked.lines().map(str::to_owned).collect()
    }
}
