//! The source `host`: a tool the machine already has. Only the requirement is locked; entering
//! asserts it. The one source that is not reproducible.

use super::fit::{self, Traits, Unfit};
use super::{Asked, Location, ResolveError, Source, Words};
use crate::lock::{Artifact, LockedTool};

pub struct HostSource;

/// What messages about the machine say.
const WORDS: Words = Words { asks: "the host", kind: "host", unknown: "install it on this machine", credentials: "" };

impl Source for HostSource {
    fn words(&self) -> &'static Words {
        &WORDS
    }

    fn resolve(&self, asked: &Asked) -> Result<LockedTool, ResolveError> {
        Ok(asked.unlocked())
    }

    fn fits(&self, locked: &LockedTool) -> Result<(), Unfit> {
        fit::traits(locked, Traits::default())?;
        if locked.version.is_none() && locked.artifacts.is_empty() && locked.commands.is_empty() {
            return Ok(());
        }
        Err(Unfit::new("is the host's, so that only its requirement is locked"))
    }

    fn locate(&self, _artifact: &Artifact, _attempt: usize) -> Result<Option<Location>, ResolveError> {
        Ok(None)
    }
}
