//! Looks into an artifact that is about to be locked: whether its commands run on every Linux. For that it is put into
//! the store, where it is found again when it is installed.

use std::path::Path;

use super::{Progress, Store, prefix};
use crate::files::bounded;
use crate::hint::{Hint, causes};
use crate::host::Host;
use crate::lock::Artifact;
use crate::name::ToolName;
use crate::net::Http;
use crate::source::{Inspector, Sources, Unseen};

/// How much of a program has the table of its segments.
const HEAD: u64 = 64 << 10;

/// Looks into artifacts with the help of the store.
pub struct Inspection<'a> {
    pub host: &'a Host,
    pub http: &'a Http,
    /// Where the artifacts come from.
    pub sources: Sources<'a>,
    pub progress: Box<dyn Progress>,
}

impl Inspector for Inspection<'_> {
    fn runs_on_every_linux(&self, tool: &ToolName, artifact: &Artifact) -> Result<bool, Unseen> {
        let store = Store::new(&self.host.directories.data);
        let _access = store.share();
        if !store.has(artifact) {
            self.progress.plan(vec![format!("{tool} {}, to look into it", artifact.version)]);
            store.install(&[artifact], &self.sources, self.http, self.progress.as_ref()).map_err(|errors| {
                let first = errors.first().expect("it failed");
                Unseen { text: [vec![first.to_string()], causes(first)].concat().join(": "), hint: first.hint() }
            })?;
        }
        Ok(every_program_is_free(&store.object(artifact)))
    }
}

impl Store {
    /// Whether an artifact is in the store, and none of its programs needs a C library.
    pub fn is_static(&self, artifact: &Artifact) -> bool {
        self.has(artifact) && every_program_is_free(&self.object(artifact))
    }
}

/// Whether no program below a directory needs a C library: scripts may start any of them. A packed program does not
/// show what it needs.
fn every_program_is_free(object: &Path) -> bool {
    let mut left = vec![object.to_owned()];
    while let Some(directory) = left.pop() {
        for entry in fs_err::read_dir(&directory).into_iter().flatten().flatten() {
            let path = entry.path();
            let Ok(metadata) = path.symlink_metadata() else { return false };
            if metadata.is_dir() {
                left.push(path);
            } else if metadata.is_file() {
                let head = bounded::head(&path, HEAD).unwrap_or_default();
                let is_packed = head.windows(PACKED.len()).any(|part| part == PACKED);
                if head.starts_with(b"\x7fELF") && (is_packed || prefix::names_loader(&head) != Some(false)) {
                    return false;
                }
            }
        }
    }
    true
}

/// What UPX leaves in the programs that it packs.
const PACKED: &[u8] = b"UPX!";
