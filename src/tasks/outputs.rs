//! What a task has made: its files with their sizes and the times of their last change, and whether they are still so.

use std::fs::Metadata;
use std::os::unix::ffi::OsStringExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use serde::{Deserialize, Serialize};

use super::patterns::Patterns;
use super::walk::{Found, Walk};
use super::{Reason, Task};
use crate::files::{Time, time};

/// The files that were there when a task had succeeded.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Made {
    files: Vec<File>,
    /// Whether each pattern matched one.
    is_complete: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct File {
    /// Relative to the task's root, as bytes.
    path: Vec<u8>,
    size: u64,
    changed: Time,
}

impl Made {
    /// Without inputs, that there is something is all that counts.
    pub fn by(task: &Task, state: &Path) -> Self {
        if task.outputs.is_empty() || task.inputs.is_empty() {
            return Self::default();
        }
        let Found { files, unmatched, .. } = find(task, state, false);
        let file = |path: PathBuf| {
            let metadata = fs_err::symlink_metadata(task.root.join(&path)).ok()?;
            let (size, changed) = stamp(&metadata);
            Some(File { path: path.into_os_string().into_vec(), size, changed })
        };
        Self { files: files.into_iter().filter_map(file).collect(), is_complete: unmatched.is_none() }
    }

    /// Why this is no longer what the task made.
    pub fn difference(&self, task: &Task, state: &Path) -> Option<Reason> {
        for File { path, size, changed } in &self.files {
            let path = PathBuf::from(std::ffi::OsString::from_vec(path.clone()));
            match fs_err::symlink_metadata(task.root.join(&path)) {
                Ok(metadata) if stamp(&metadata) == (*size, *changed) => {}
                Ok(_) => return Some(Reason::OutputChanged(path)),
                Err(_) => return Some(Reason::OutputMissing(path)),
            }
        }
        if self.is_complete || task.outputs.is_empty() {
            return None;
        }
        let unmatched = find(task, state, true).unmatched?;
        Some(Reason::NoOutput(task.outputs[unmatched].clone()))
    }
}

fn stamp(metadata: &Metadata) -> (u64, Time) {
    (metadata.len(), time(metadata))
}

fn find(task: &Task, state: &Path, is_brief: bool) -> Found {
    let (patterns, without) = (Patterns::of(&task.outputs), Patterns::of(&[]));
    let is_stopped = &AtomicBool::new(false);
    Walk { root: &task.root, state, patterns: &patterns, without: &without, is_brief, is_stopped }.run()
}
