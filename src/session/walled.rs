//! A wall for a command, and what may take its place.

use std::path::PathBuf;

use devshell_wall::{Refusal, Wall};

pub struct Walled<'a> {
    pub wall: Wall,
    /// Hears of a weaker wall each time that one takes the place of this one, if it may.
    pub weaker: Option<Hear<'a>>,
}

pub type Hear<'a> = Box<dyn Fn(&Weaker) + 'a>;

/// A wall of Landlock alone.
pub struct Weaker<'a> {
    /// Why there is no other one.
    pub refusal: &'a Refusal,
    /// Directories that take no new entries in it.
    pub frozen: &'a [PathBuf],
}
