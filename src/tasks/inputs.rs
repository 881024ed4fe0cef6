//! What the inputs of a task are at one moment: each file with a digest of its content. A file whose stamp is the one of
//! the last time is not read again.

use std::fs::Metadata;
use std::io;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use serde::{Deserialize, Serialize};

use super::Task;
use super::patterns::Patterns;
use super::walk::{Found, Walk};
use crate::digest::{Hasher, Integrity};
use crate::files::{Stamp, bounded};
use crate::{host, parallel};

/// A file that was changed so many seconds ago, or less, may change once more without a new stamp: file systems count
/// time in steps, of up to two seconds.
const UNSETTLED: i64 = 2;

/// The beginning of a SHA-256.
type Digest = [u8; 16];

/// All inputs of a task, sorted by path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    pub(super) inputs: Vec<Input>,
    /// The first pattern that no file matches.
    pub(super) unmatched: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Input {
    /// Relative to the task's root, as bytes.
    path: Vec<u8>,
    pub content: Content,
    /// With which it had this content; without, the content has to be looked at again.
    pub stamp: Option<Stamp>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Content {
    File {
        digest: Digest,
        is_executable: bool,
    },
    /// A link that leads to a directory or to nothing: where it says that it leads.
    Link(Digest),
    /// A pipe, a socket or a device. What one reads from it is not its content.
    Special,
    Unreadable,
}

impl Input {
    pub fn path(&self) -> PathBuf {
        std::ffi::OsString::from_vec(self.path.clone()).into()
    }

    pub fn path_bytes(&self) -> &[u8] {
        &self.path
    }
}

impl Snapshot {
    /// Looks at the inputs of a task. What is known of last time must be sorted by path. `None` once it is stopped.
    pub(super) fn take(task: &Task, state: &Path, known: &[Input], is_stopped: &AtomicBool) -> Option<Self> {
        if task.inputs.is_empty() {
            return Some(Self::default());
        }
        let now = host::now();
        let (patterns, without) = (Patterns::of(&task.inputs), Patterns::of(&task.outputs));
        let root = &task.root;
        let walk = Walk { root, state, patterns: &patterns, without: &without, is_brief: false, is_stopped };
        let Found { files, unreadable, unmatched } = walk.run();
        let mut inputs: Vec<Input> = files.into_iter().filter_map(|path| look(root, path, known)).collect();
        let unread = inputs.iter_mut().filter(|input| input.content == UNREAD);
        parallel::map(unread, parallel::processors(), |input| read(root, input, now, is_stopped));
        if is_stopped.load(Ordering::Relaxed) {
            return None;
        }
        let lost = |path: PathBuf| Input { path: bytes(path), content: Content::Unreadable, stamp: None };
        inputs.extend(unreadable.into_iter().map(lost));
        inputs.sort_by(|a, b| a.path.cmp(&b.path));
        Some(Self { inputs, unmatched: unmatched.map(|pattern| task.inputs[pattern].clone()) })
    }

    /// The first one that cannot be read.
    pub(super) fn unreadable(&self) -> Option<&Input> {
        self.inputs.iter().find(|input| input.content == Content::Unreadable)
    }
}

fn bytes(path: PathBuf) -> Vec<u8> {
    path.into_os_string().into_vec()
}

/// A plain file until it is read.
const UNREAD: Content = Content::File { digest: [0; 16], is_executable: false };

/// What a path is, without reading it; `None` when it is gone.
fn look(root: &Path, path: PathBuf, known: &[Input]) -> Option<Input> {
    let there = root.join(&path);
    let path = bytes(path);
    let with = |path, content| Some(Input { path, content, stamp: None });
    match fs_err::metadata(&there) {
        Ok(metadata) if metadata.is_file() => {
            let stamp = Stamp::of_opened(&metadata);
            let last = known.binary_search_by(|input| input.path.as_slice().cmp(&path)).ok().map(|index| &known[index]);
            match last.filter(|last| last.stamp.as_ref() == Some(&stamp)) {
                Some(last) => Some(last.clone()),
                None => with(path, UNREAD),
            }
        }
        Ok(metadata) if !metadata.is_dir() => with(path, Content::Special),
        // A link to a directory, or one that leads nowhere.
        _ => match fs_err::read_link(&there) {
            Ok(target) => with(path, Content::Link(digest(target.as_os_str().as_bytes()))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(_) => with(path, Content::Unreadable),
        },
    }
}

fn digest(bytes: &[u8]) -> Digest {
    let mut hasher = Hasher::sha256();
    hasher.update(bytes);
    shortened(hasher)
}

fn shortened(hasher: Hasher) -> Digest {
    let mut digest = [0; 16];
    if let Integrity::Sha256(all) = hasher.finish() {
        digest.copy_from_slice(&all[..16]);
    }
    digest
}

/// Reads a file. It may have become something else since it was looked at.
fn read(root: &Path, input: &mut Input, now: i64, is_stopped: &AtomicBool) {
    let there = root.join(input.path());
    match hash(&there, is_stopped) {
        Ok((content, metadata)) => {
            input.content = content;
            // A clock that was set back makes this false, which costs time and nothing else.
            let is_settled = metadata.ctime().saturating_add(UNSETTLED) < now;
            input.stamp = is_settled.then(|| Stamp::of_opened(&metadata));
        }
        Err(_) => input.content = Content::Unreadable,
    }
}

fn hash(path: &Path, is_stopped: &AtomicBool) -> io::Result<(Content, Metadata)> {
    let opened = bounded::open(path)?;
    let mut hasher = Hasher::sha256();
    opened.each_piece(|piece| {
        hasher.update(piece);
        if is_stopped.load(Ordering::Relaxed) { Err(io::ErrorKind::Other.into()) } else { Ok(()) }
    })?;
    let metadata = opened.metadata().clone();
    let is_executable = metadata.permissions().mode() & 0o111 != 0;
    Ok((Content::File { digest: shortened(hasher), is_executable }, metadata))
}
