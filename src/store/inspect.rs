//! Looks into an artifact that is about to be locked: whether its commands run on every Linux. For that it is put into
//! the store, where it is found again when it is installed.

use std::path::PathBuf;

use super::layout::found;
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
        let object = store.object(artifact);
        let commands = found::find(&found::roots(&object, None), tool.short());
        let is_free = |path: &PathBuf| {
            let head = bounded::head(path, HEAD).unwrap_or_default();
            head.starts_with(b"#!") || prefix::names_loader(&head) == Some(false)
        };
        Ok(!commands.is_empty() && commands.values().all(is_free))
    }
}
