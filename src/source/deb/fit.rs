//! What an entry of a lock for a Debian package may be.

use crate::archive::Format;
use crate::lock::{Artifact, LockedTool};
use crate::name::SourceLabel;
use crate::source::fit::{self, Keys, Traits, Unfit};
use crate::version::Scheme;

/// Expects that an entry is what `resolve` could have written.
pub fn check(locked: &LockedTool) -> Result<(), Unfit> {
    let version = fit::version(locked, Scheme::Debian)?;
    fit::traits(locked, Traits { suite: true, ..Traits::default() })?;
    if locked.suite.is_none() {
        return Err(Unfit::new("has no suite"));
    }
    if !locked.commands.is_empty() {
        return Err(Unfit::new("gets its commands from its packages, but the lock names some"));
    }
    for (place, artifact) in locked.artifacts.iter().enumerate() {
        fit::keys(place, artifact, SourceLabel::Deb, Keys { file: true, index: true, ..Keys::default() })?;
        if artifact.unpack != Some(Format::Deb) || artifact.file.is_none() {
            return Err(Unfit::of(place, format!("has `{}`, which is not a Debian package", artifact.package)));
        }
    }
    // A tool may be named by what its package provides.
    let is_there = locked.artifacts.iter().any(|artifact| *artifact.package == *locked.tool.package());
    let is_own = |artifact: &Artifact| {
        (!is_there || *artifact.package == *locked.tool.package()) && *artifact.version == *version
    };
    if locked.artifacts.iter().any(is_own) {
        return Ok(());
    }
    Err(Unfit::new(format!("has no package `{}` {version}", locked.tool.package())))
}
