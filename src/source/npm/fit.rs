//! What an entry of a lock for a tool of npm may be.

use std::collections::BTreeSet;

use super::meaning;
use crate::catalog::NpmEntry;
use crate::lock::{Artifact, Form, LockedTool};
use crate::name::{SourceLabel, TreePath};
use crate::source::fit::{self, Keys, Traits, Unfit};
use crate::version::Scheme;

/// The tool that runs what is written in JavaScript.
pub const RUNTIME: &str = "node";

/// Expects that an entry is what `resolve` could have written.
pub fn check(locked: &LockedTool) -> Result<(), Unfit> {
    let (entry, package) = meaning(&locked.tool).map_err(|error| Unfit::new(error.to_string()))?;
    let version = fit::version(locked, Scheme::Semver)?;
    fit::traits(locked, Traits { runtime: true, with: true, provenance: true, ..Traits::default() })?;
    for (place, artifact) in locked.artifacts.iter().enumerate() {
        fit::keys(place, artifact, SourceLabel::Npm, Keys { path: true, ..Keys::default() })?;
        if artifact.unpack.is_some() {
            return Err(Unfit::of(place, "is from npm, whose packages are unpacked in one way"));
        }
    }
    let parts: Vec<&str> = entry.iter().flat_map(|entry| entry.platforms.values()).map(String::as_str).collect();
    if locked.form() != Form::Tree && !locked.with.is_empty() {
        return Err(Unfit::new("is one package, and the lock has others beside it"));
    }
    fit::additions(locked, Scheme::Semver, |addition, artifact| {
        artifact.path.as_ref().is_some_and(|path| path.as_str() == TreePath::of(&addition.package))
            && artifact.package == addition.package
    })?;
    if locked.form() == Form::Tree {
        return tree(locked, package, version);
    }
    match entry.filter(|_| locked.artifacts.iter().any(|artifact| parts.contains(&artifact.package.as_str()))) {
        Some(entry) => native(locked, entry, version),
        None => {
            fit::one_for_each_platform(&locked.artifacts)?;
            let mut artifacts = locked.artifacts.iter().enumerate();
            artifacts.try_for_each(|(place, artifact)| fit::same(place, artifact, package, version))?;
            runs_in_node(locked)
        }
    }
}

/// A tool that comes as one package for each platform.
fn native(locked: &LockedTool, entry: &NpmEntry, version: &str) -> Result<(), Unfit> {
    fit::one_for_each_platform(&locked.artifacts)?;
    for (place, artifact) in locked.artifacts.iter().enumerate() {
        let is_for = |platform| entry.platforms.get(platform).is_some_and(|package| **package == *artifact.package);
        if artifact.platforms.is_empty() || !artifact.platforms.iter().all(is_for) {
            let platforms: Vec<&str> = artifact.platforms.iter().map(|platform| platform.name()).collect();
            return Err(Unfit::of(place, format!("is not `{}` on {}", artifact.package, platforms.join(", "))));
        }
        fit::same(place, artifact, &artifact.package, version)?;
    }
    if locked.runtime.is_some() {
        return Err(Unfit::new("needs no runtime"));
    }
    match locked.commands.keys().find(|command| !entry.commands.contains_key(*command)) {
        Some(command) => Err(Unfit::new(format!("has no command `{command}`"))),
        None => fit::has_commands(locked),
    }
}

/// A tool with its dependencies: one of the packages is the tool itself.
fn tree(locked: &LockedTool, package: &str, version: &str) -> Result<(), Unfit> {
    let own = TreePath::of(package);
    let mut places = BTreeSet::new();
    for (place, artifact) in locked.artifacts.iter().enumerate() {
        let path =
            artifact.path.as_ref().ok_or_else(|| Unfit::of(place, "is a tree, and this artifact has no `path`"))?;
        if !places.insert(path) {
            return Err(Unfit::of(place, format!("has two packages at `{path}`")));
        }
    }
    let is_own = |(_, artifact): &(usize, &Artifact)| artifact.path.as_ref().is_some_and(|path| path.as_str() == own);
    let (place, artifact) = locked
        .artifacts
        .iter()
        .enumerate()
        .find(is_own)
        .ok_or_else(|| Unfit::new(format!("has no package at `{own}`")))?;
    fit::same(place, artifact, package, version)?;
    let is_inside = |path: &str| path.strip_prefix(own.as_str()).is_some_and(|rest| rest.starts_with('/'));
    if let Some((command, _)) = locked.commands.iter().find(|(_, path)| !is_inside(path.as_str())) {
        return Err(Unfit::new(format!("has its command `{command}` outside of `{own}`")));
    }
    runs_in_node(locked)
}

/// Expects that nothing but node runs it. Without a runtime it runs by itself.
fn runs_in_node(locked: &LockedTool) -> Result<(), Unfit> {
    match &locked.runtime {
        Some(runtime) if runtime.as_str() != RUNTIME => {
            Err(Unfit::new(format!("is run by `{RUNTIME}`, and the lock says otherwise")))
        }
        _ => fit::has_commands(locked),
    }
}
