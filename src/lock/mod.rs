//! The lock, `devshell.lock`: exactly which artifacts a manifest's wishes became, by hash, for
//! every platform. Plain data: the same content is the same bytes wherever it is written.
//! No registry's host appears in it; an artifact is found through the active registry.

mod chosen;
mod configuring;
mod conflict;
mod contradiction;
mod deb;
mod form;
mod format;
mod mend;
mod place;
mod provenance;
mod python;
mod requirements;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

pub use chosen::{Chosen, NotLocked};
pub use configuring::configurer;
pub use conflict::has_conflict;
pub use deb::{BadIndex, DebIndex, Disagreement, disagreement, keep_indexes};
pub use form::{Commands, Form};
pub use format::{LockError, is_same, parse, sort, write};
pub use mend::mend;
pub use place::{Entry, line_of};
pub use provenance::{Provenance, ProvenanceKind};
pub use python::{LockedPython, PythonWish};
pub use requirements::requirements;

use crate::archive::Format;
use crate::catalog::PRIVATE_NODE;
use crate::digest::Integrity;
use crate::manifest::{Addition, Layer, Manifest, PythonOrigin, ToolchainParts, debian_python};
use crate::name::{
    CommandName, InsidePath, Marker, PackageFile, PackageName, PackageVersion, SourceLabel, Suite, Tag, ToolName,
    TreePath,
};
use crate::platform::{Platform, Platforms};
use crate::version::Requirement;

/// The lock's name beside the manifest.
pub const FILE_NAME: &str = "devshell.lock";

/// Everything a manifest's wishes were resolved to, the tools sorted by name and requirement.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lock {
    pub tools: Vec<LockedTool>,
    pub python: Option<LockedPython>,
    /// For each Debian release that tools are of, the packages that configure theirs.
    pub configuring: Vec<LockedTool>,
    /// The platforms that it was made for.
    pub platforms: Platforms,
}

/// One requirement and what satisfied it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LockedTool {
    pub tool: ToolName,
    pub requirement: Requirement,
    /// Absent for a tool of the host, which is asserted at entry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<PackageVersion>,
    /// The release that a Debian package is of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suite: Option<Suite>,
    /// The tool that runs it (`node` for a tool in JavaScript).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runtime: Option<ToolName>,
    /// The Pythons that its packages are locked for, of one in Python.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub python: Option<Requirement>,
    /// From this Python on some of them have nothing that could be installed.
    #[serde(default, skip_serializing_if = "Option::is_none", rename = "python-below")]
    pub python_below: Option<PackageVersion>,
    /// The packages that the manifest installs beside it, as it asks for them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub with: Vec<Addition>,
    /// What the manifest asks for besides a release, of a Rust toolchain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub toolchain: Option<ToolchainParts>,
    /// Who made its files, if that is attested.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provenance: Option<Provenance>,
    /// Command -> path inside the artifact, or inside the tree.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub commands: BTreeMap<CommandName, InsidePath>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub artifacts: Vec<Artifact>,
}

/// Something to fetch: which registry's, its name and version there, and its hash.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Artifact {
    /// Where it is in the tool's tree; absent when the tool is this one artifact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<TreePath>,
    /// The platforms it is for; every one when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub platforms: Vec<Platform>,
    pub registry: SourceLabel,
    pub package: PackageName,
    pub version: PackageVersion,
    /// Its file on a Python package index: a wheel, or a source distribution; in an archive of
    /// Debian packages or on a server of Rust's releases, its path there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<PackageFile>,
    /// The tag of the release that has the file, of a repository.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<Tag>,
    pub integrity: Integrity,
    /// Where the hash of a release's file came from when it was locked.
    #[serde(default, skip_serializing_if = "Option::is_none", rename = "hash-from")]
    pub hash_from: Option<HashFrom>,
    /// The index that a Debian package was found in: its distribution and date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index: Option<DebIndex>,
    /// When the package is needed, for one in a Python environment: an environment marker
    /// ("Dependency specifiers" of the Python Packaging User Guide). Always, when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub marker: Option<Marker>,
    /// Whether it would run a script of its own when npm installed it. devshell runs none.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub install_script: bool,
    /// How it is unpacked; absent for npm's form, a gzipped tar whose first component is dropped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unpack: Option<Format>,
}

/// Where the hash of a file came from when it was locked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HashFrom {
    /// The forge, which computes one for each file that is uploaded.
    Forge,
    /// A file of checksums of the same release.
    Checksums,
    /// The first download.
    Download,
}

impl Artifact {
    /// A package that is the whole tool, on every platform.
    pub const fn new(
        registry: SourceLabel,
        package: PackageName,
        version: PackageVersion,
        integrity: Integrity,
    ) -> Self {
        Self {
            path: None,
            platforms: Vec::new(),
            registry,
            package,
            version,
            file: None,
            tag: None,
            integrity,
            hash_from: None,
            index: None,
            marker: None,
            install_script: false,
            unpack: None,
        }
    }

    fn is_for(&self, platform: Platform) -> bool {
        self.platforms.is_empty() || self.platforms.contains(&platform)
    }

    /// Takes it away from all other platforms. Says whether it is for any of these.
    fn keep_for(&mut self, platforms: Platforms) -> bool {
        let is_everywhere = self.platforms.is_empty();
        self.platforms.retain(|platform| platforms.contains(*platform));
        is_everywhere || !self.platforms.is_empty()
    }
}

impl LockedTool {
    /// A requirement that nothing satisfies yet.
    pub const fn new(tool: ToolName, requirement: Requirement) -> Self {
        Self {
            tool,
            requirement,
            version: None,
            suite: None,
            runtime: None,
            python: None,
            python_below: None,
            with: Vec::new(),
            toolchain: None,
            provenance: None,
            commands: BTreeMap::new(),
            artifacts: Vec::new(),
        }
    }

    /// What the tool consists of on a platform: one artifact, those of its tree, or none if it
    /// does not exist there.
    pub fn artifacts_on(&self, platform: Platform) -> impl Iterator<Item = &Artifact> {
        self.artifacts.iter().filter(move |artifact| artifact.is_for(platform))
    }

    /// Has one platform take the artifacts of another one.
    pub fn exchange(&mut self, platform: Platform, other: Platform) {
        for artifact in self.artifacts.iter_mut().filter(|artifact| !artifact.platforms.is_empty()) {
            let is_taken = artifact.platforms.contains(&other);
            artifact.platforms.retain(|one| *one != platform);
            artifact.platforms.extend(is_taken.then_some(platform));
        }
        self.artifacts.retain(|artifact| !artifact.platforms.is_empty());
    }

    /// The platforms that it has artifacts for. One of the host is everywhere.
    pub fn platforms(&self) -> Platforms {
        let is_asserted = self.form() == Form::Asserted;
        let has = |platform: &Platform| is_asserted || self.artifacts_on(*platform).next().is_some();
        Platform::ALL.into_iter().filter(has).collect()
    }

    /// Takes out what is for other platforms alone.
    pub fn keep_for(&mut self, platforms: Platforms) {
        self.artifacts.retain_mut(|artifact| artifact.keep_for(platforms));
    }
}

/// A requirement a lock has to satisfy.
pub type Wish = (ToolName, Requirement);

impl Lock {
    /// The entry that satisfied exactly this requirement.
    pub fn find(&self, tool: &ToolName, requirement: &Requirement) -> Option<&LockedTool> {
        self.tools.iter().find(|locked| locked.tool == *tool && locked.requirement == *requirement)
    }

    /// Every artifact, for every platform.
    pub fn artifacts(&self) -> impl Iterator<Item = &Artifact> {
        let python = self.python.iter().flat_map(|python| &python.artifacts);
        self.tools.iter().chain(&self.configuring).flat_map(|tool| &tool.artifacts).chain(python)
    }

    /// The requirements that this lock lacks for the manifest, and those it has in vain.
    /// A lock is stale exactly when either is not empty. An entry that contradicts the manifest
    /// is as good as none.
    pub fn differences(&self, manifest: &Manifest) -> Differences {
        let wished = wishes(manifest, self);
        let fitting = self.tools.iter().filter(|locked| !locked.contradicts(manifest, self.platforms));
        let have: BTreeSet<Wish> = fitting.map(|t| (t.tool.clone(), t.requirement.clone())).collect();
        Differences {
            missing: wished.difference(&have).cloned().collect(),
            surplus: have.difference(&wished).cloned().collect(),
            is_python_stale: !self.has_python(manifest),
            other_platforms: (!self.is_empty() && self.platforms != manifest.platforms).then_some(self.platforms),
        }
    }

    const fn is_empty(&self) -> bool {
        self.tools.is_empty() && self.python.is_none()
    }

    /// Takes out what is for other platforms alone, and the tools that nothing is left of.
    pub fn keep_for(&mut self, platforms: Platforms) {
        self.platforms = platforms;
        self.tools.iter_mut().for_each(|tool| tool.keep_for(platforms));
        self.tools.retain(|tool| tool.version.is_none() || !tool.artifacts.is_empty());
        self.configuring.iter_mut().for_each(|tool| tool.keep_for(platforms));
        self.configuring.retain(|tool| !tool.artifacts.is_empty());
        self.python.iter_mut().for_each(|python| python.keep_for(platforms));
    }
}

/// How a lock and a manifest differ.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Differences {
    pub missing: Vec<Wish>,
    pub surplus: Vec<Wish>,
    /// Whether something else is asked of Python than what is locked.
    pub is_python_stale: bool,
    /// The platforms that the lock is for, when the manifest wants others.
    pub other_platforms: Option<Platforms>,
}

impl Differences {
    pub const fn is_empty(&self) -> bool {
        self.missing.is_empty() && self.surplus.is_empty() && !self.is_python_stale && self.other_platforms.is_none()
    }
}

/// The requirement of the node that runs tools in environments without one.
pub fn private_requirement() -> Requirement {
    PRIVATE_NODE.parse().expect("the constant is a requirement")
}

/// Everything a lock of this manifest must hold. What runs a tool is known only once that tool
/// is locked, hence the second argument.
pub fn wishes(manifest: &Manifest, lock: &Lock) -> BTreeSet<Wish> {
    let mut wished: BTreeSet<Wish> =
        manifest.all_tools().map(|tool| (tool.name.clone(), tool.requirement.clone())).collect();
    if let Some(python) = manifest.python.as_ref().filter(|python| python.origin == PythonOrigin::Deb) {
        wished.insert((debian_python(), python.version.clone()));
    }
    let locked: BTreeMap<(&ToolName, &Requirement), &LockedTool> =
        lock.tools.iter().rev().map(|locked| ((&locked.tool, &locked.requirement), locked)).collect();
    let names = |layer: &Layer| layer.tools.iter().map(|tool| tool.name.clone()).collect::<BTreeSet<_>>();
    let shared = names(&manifest.default);
    // Another environment has the tools of the default one too. What those lack they lack by themselves.
    for layer in manifest.layers() {
        let own = names(layer);
        for tool in &layer.tools {
            let runtime = locked.get(&(&tool.name, &tool.requirement)).and_then(|locked| locked.runtime.as_ref());
            if let Some(runtime) = runtime.filter(|runtime| !own.contains(runtime) && !shared.contains(runtime)) {
                wished.insert((runtime.clone(), private_requirement()));
            }
        }
    }
    wished
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest;

    fn tool(name: &str, requirement: &str, runtime: Option<&str>) -> LockedTool {
        LockedTool {
            version: Some("1.0.0".parse().unwrap()),
            runtime: runtime.map(|r| r.parse().unwrap()),
            ..LockedTool::new(name.parse().unwrap(), requirement.parse().unwrap())
        }
    }

    fn differences(manifest: &str, tools: Vec<LockedTool>) -> (Vec<String>, Vec<String>) {
        let manifest = manifest::parse("devshell.json", manifest).unwrap();
        let found = Lock { tools, ..Lock::default() }.differences(&manifest);
        let show =
            |list: Vec<Wish>| list.into_iter().map(|(tool, requirement)| format!("{tool} {requirement}")).collect();
        (show(found.missing), show(found.surplus))
    }

    #[test]
    fn a_lock_is_stale_exactly_when_a_requirement_differs() {
        let manifest = r#"{"tools": {"node": "22", "prettier": "3"}}"#;
        let locked = || vec![tool("node", "22", None), tool("prettier", "3", Some("node"))];
        assert_eq!(differences(manifest, locked()), (vec![], vec![]));
        let changed = r#"{"tools": {"node": "24", "prettier": "3"}}"#;
        assert_eq!(differences(changed, locked()), (vec!["node 24".to_owned()], vec!["node 22".to_owned()]));
    }

    #[test]
    fn a_lock_is_stale_when_it_is_for_other_platforms() {
        let manifest = |platforms: &str| {
            let text = format!(r#"{{ "tools": {{ "node": "22" }}{platforms} }}"#);
            manifest::parse("devshell.json", &text).unwrap()
        };
        let mut lock = Lock { tools: vec![tool("node", "22", None)], ..Lock::default() };
        let linux = manifest(r#", "platforms": ["x86_64-linux"]"#);
        assert!(lock.differences(&manifest("")).is_empty());
        assert_eq!(lock.differences(&linux).other_platforms, Some(Platforms::ALL));
        lock.platforms = linux.platforms;
        assert!(lock.differences(&linux).is_empty() && !lock.differences(&manifest("")).is_empty());
        let nothing = Lock::default()
            .differences(&manifest::parse("devshell.json", r#"{ "platforms": ["x86_64-linux"] }"#).unwrap());
        assert!(nothing.is_empty(), "what holds nothing is for every platform");
    }

    #[test]
    fn a_tool_without_its_runtime_in_the_project_wants_the_private_one() {
        let manifest = r#"{"tools": {"prettier": "3"}, "environments": {"js": {"tools": {"node": "20"}}}}"#;
        let locked = vec![tool("node", "20", None), tool("prettier", "3", Some("node"))];
        assert_eq!(differences(manifest, locked), (vec![format!("node {PRIVATE_NODE}")], vec![]));
    }
}
