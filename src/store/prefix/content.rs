//! What a prefix consists of, and where it is: its key is over all of it.

use std::path::PathBuf;

use super::places::vouches;
use crate::catalog::recipe::{self, Found};
use crate::digest;
use crate::lock::Artifact;
use crate::name::Suite;
use crate::platform::Platform;
use crate::store::{Store, object_key};

/// The first part of a prefix's key: another number for another way of making them.
const MADE: &[u8] = b"prefix 4";

/// The same for one whose packages were configured.
const CONFIGURED: &[u8] = b"configured 2";

/// What a prefix consists of, sorted.
#[derive(Clone)]
pub struct Content<'a> {
    pub suite: &'a Suite,
    pub artifacts: Vec<&'a Artifact>,
    /// What configures the others. None of its commands is a tool's.
    pub configuring: Vec<&'a Artifact>,
    pub platform: Platform,
}

impl<'a> Content<'a> {
    pub fn new(suite: &'a Suite, artifacts: &[&'a Artifact], configuring: &[&'a Artifact], platform: Platform) -> Self {
        Self { suite, artifacts: sorted(artifacts), configuring: sorted(configuring), platform }
    }

    /// The same without what configures it.
    pub fn plain(&self) -> Self {
        Self { configuring: Vec::new(), ..self.clone() }
    }

    /// Whether one of these packages is only there to configure others.
    pub fn is_configuring(&self, packages: &[&str]) -> bool {
        self.configuring.iter().any(|artifact| packages.contains(&artifact.package.as_str()))
    }

    /// All packages, those that configure the others last.
    pub fn all(&self) -> impl Iterator<Item = &'a Artifact> {
        self.artifacts.iter().chain(&self.configuring).copied()
    }
}

impl Store {
    /// Where the prefix is, or will be.
    pub(super) fn place_of_content(&self, content: &Content) -> PathBuf {
        let Content { suite, artifacts, configuring, platform } = content;
        let (builds, recipes) = (self.builds(), recipes(artifacts));
        // Recipes may name the architecture where no package is of one.
        let mut parts = vec![MADE.to_vec(), builds.as_os_str().as_encoded_bytes().to_vec()];
        parts.push(platform.arch().as_bytes().to_vec());
        parts.extend(artifacts.iter().map(|artifact| object_key(artifact).into_bytes()));
        if !configuring.is_empty() {
            parts.push(CONFIGURED.to_vec());
            parts.extend(configuring.iter().map(|artifact| object_key(artifact).into_bytes()));
        }
        // What its own programs would have made is not in one for another machine.
        let lacks_some = !platform.runs_here() && recipes.iter().any(|(_, found)| found.runs());
        parts.extend(lacks_some.then(|| b"foreign".to_vec()));
        let steps = recipes.iter().map(|(_, found)| serde_json::to_vec(&found.recipe.make));
        parts.extend(steps.map(|steps| steps.expect("steps were read from JSON")));
        // What else a recipe says about the files of its package.
        let found = artifacts.iter().filter_map(|artifact| Some((artifact, recipe::find(&artifact.package)?.recipe)));
        parts.extend(found.map(|(artifact, recipe)| {
            let is_vouched_for = vouches(recipe);
            format!("{} {is_vouched_for} {}", artifact.package, recipe.unpatched.join("\n")).into_bytes()
        }));
        let key = digest::key(&parts.iter().map(Vec::as_slice).collect::<Vec<_>>());
        builds.join(format!("{key}-deb-{suite}"))
    }
}

fn sorted<'l>(artifacts: &[&'l Artifact]) -> Vec<&'l Artifact> {
    let mut artifacts = artifacts.to_vec();
    artifacts.sort_by(|a, b| a.package.cmp(&b.package));
    artifacts
}

/// The recipes of packages for which something is made.
pub fn recipes<'l>(artifacts: &[&'l Artifact]) -> Vec<(&'l str, Found)> {
    let found =
        artifacts.iter().filter_map(|artifact| Some((artifact.package.as_str(), recipe::find(&artifact.package)?)));
    found.filter(|(_, found)| !found.recipe.make.is_empty()).collect()
}
