//! The dev shell of Nix that an environment begins with, as a step of the road.

use std::path::{Path, PathBuf};

use super::state::nix_directory;
use super::{Road, RoadError, Stale};
use crate::digest;
use crate::evaluation::{self, Evaluate, Evaluated, NixError, Request};
use crate::manifest::{Layer, Manifest, Nix};
use crate::project::Project;

impl Road<'_> {
    /// The dev shell that an environment begins with, if it does.
    pub(super) fn nix(
        self,
        project: &Project,
        layer: &Layer,
        (evaluate, refresh): (Evaluate, bool),
    ) -> Result<Option<Evaluated>, RoadError> {
        let Some(nix) = &layer.nix else { return Ok(None) };
        let place = nix_directory(self.host, project);
        let say = |text: &str| self.audience.note(text);
        let request = Request {
            host: self.host,
            project,
            nix,
            place: &place,
            is_offline: self.http.is_offline(),
            refresh,
            evaluate,
            say: &say,
        };
        Ok(Some(evaluation::evaluate(&request)?))
    }

    /// Where a dev shell will be once it is evaluated, and the file that has it; `None` if it is evaluated, or if there is
    /// none. Nothing is evaluated for it.
    pub fn nix_to_come(self, project: &Project, layer: &Layer) -> Result<Option<(PathBuf, String)>, RoadError> {
        let Some(nix) = &layer.nix else { return Ok(None) };
        let directory = nix_directory(self.host, project);
        let request = self.quietly(project, nix, &directory);
        match evaluation::evaluate(&request) {
            Err(NixError::NotEvaluated(_)) => {
                let (place, main) = evaluation::place(&request)?;
                Ok(Some((place, main.name)))
            }
            outcome => Ok(outcome.map(|_| None)?),
        }
    }

    /// A hash of the files that decide about the dev shell of the default environment.
    pub(super) fn digest_of_nix(self, project: &Project, manifest: &Manifest) -> Result<String, RoadError> {
        let Some(nix) = &manifest.default.nix else { return Ok(String::new()) };
        let found = project.nix_files(self.host, nix)?;
        let files = found.iter().flat_map(|found| &found.files);
        let parts = files.flat_map(|(name, content)| {
            let bytes = content.as_ref().map_or(&[][..], |content| content.bytes.as_slice());
            [name.as_bytes(), bytes]
        });
        Ok(digest::key(&parts.collect::<Vec<_>>()))
    }

    fn quietly<'r>(self, project: &'r Project, nix: &'r Nix, place: &'r Path) -> Request<'r>
    where
        Self: 'r,
    {
        let (host, evaluate) = (self.host, Evaluate::Never);
        Request { host, project, nix, place, is_offline: true, refresh: false, evaluate, say: &|_| {} }
    }
}

impl Stale {
    /// What may be done for a dev shell of Nix, where a lock may be written or not.
    pub(super) const fn evaluate(self) -> Evaluate {
        match self {
            Self::Refuse => Evaluate::Locked,
            Self::Update => Evaluate::Locking,
        }
    }
}
