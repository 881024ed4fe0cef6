//! The `.npmrc` of a project, as far as the user has a say: its variables count once the project is allowed, and
//! what does not count is printed once.

use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;
use std::sync::OnceLock;

use super::Road;
use crate::consent::{Subject, Verdict};
use crate::files::most;
use crate::project::Project;
use crate::registry::{NPMRC, ProjectNpmrc, Sending};

/// The file beside a project's manifest.
pub struct OfProject<'a> {
    road: Road<'a>,
    /// With its files as they were when they were judged, if they were.
    project: Project,
    text: OnceLock<Option<String>>,
    is_allowed: OnceLock<bool>,
}

impl<'a> OfProject<'a> {
    /// Nothing is read yet.
    pub fn new(road: Road<'a>, project: &Project) -> Self {
        Self { road, project: project.clone(), text: OnceLock::new(), is_allowed: OnceLock::new() }
    }

    fn place(&self) -> PathBuf {
        self.project.root.join(NPMRC)
    }

    /// Whether a link, or a project in the home directory, makes it the user's own file, which counts anyway.
    fn is_users_own(&self) -> bool {
        let identity = |path: PathBuf| fs_err::metadata(path).ok().map(|metadata| (metadata.dev(), metadata.ino()));
        let own = self.road.host.home.as_ref().and_then(|home| identity(home.join(NPMRC)));
        own.is_some() && own == identity(self.place())
    }

    fn read(&self) -> io::Result<Option<String>> {
        if self.is_users_own() {
            return Ok(None);
        }
        let content = self.project.content(self.road.host, NPMRC, most::SETTINGS).map_err(io::Error::other)?;
        let text = content.map(|content| content.text(&self.place()).map(str::to_owned));
        text.transpose().map_err(io::Error::other)
    }

    /// Whether the user has allowed the project as it is, with just the text that is going to be used.
    fn has_consent(&self) -> bool {
        let Ok(manifest) = self.road.read_manifest(&self.project) else { return false };
        let Ok(subject) = Subject::of(self.road.host, &self.project, &manifest) else { return false };
        let is_same = subject.npmrc() == self.text.get().and_then(Option::as_deref);
        is_same && matches!(subject.verdict(self.road.host), Verdict::Allowed)
    }
}

impl ProjectNpmrc for OfProject<'_> {
    fn text(&self) -> io::Result<Option<String>> {
        if let Some(text) = self.text.get() {
            return Ok(text.clone());
        }
        let text = self.read()?;
        Ok(self.text.get_or_init(|| text).clone())
    }

    fn may_send(&self, sendings: &[Sending]) -> bool {
        *self.is_allowed.get_or_init(|| {
            let is_allowed = self.project.is_personal || self.has_consent();
            if !is_allowed {
                let shown: Vec<String> = sendings.iter().map(ToString::to_string).collect();
                let shown = shown.join(", ");
                let text =
                    format!("the project's `{NPMRC}` would send {shown}; such lines count after `devshell allow`");
                self.road.audience.note_once(&text);
            }
            is_allowed
        })
    }
}
