//! Where a shell is: in which allowed project, which notes to print about those that are not, and
//! which files decide it.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use super::super::Context;
use super::super::failure::{Failure, code};
use crate::consent::{self, Difference, Subject, Verdict};
use crate::digest;
use crate::files::{Time, time_of};
use crate::host::is_same;
use crate::manifest::{self, FILE_NAMES, Manifest};
use crate::project::{Project, ProjectError};

/// How many changes are shown one by one.
const SHOWN: usize = 10;

/// Where a shell is.
#[derive(Default)]
pub struct Here {
    /// The nearest project that may change the shell.
    pub project: Option<Allowed>,
    /// The directory of the project whose environment the shell has.
    active: Option<PathBuf>,
    /// The active project is not as it was allowed, or cannot be read: what was allowed stays active.
    pub is_kept: bool,
    pub notes: Vec<String>,
    pub failures: Vec<Failure>,
    /// The files that must stay as they are, and those that must stay away, for all this to hold.
    pub there: Vec<PathBuf>,
    pub absent: Vec<PathBuf>,
    /// When the youngest of them was changed.
    pub changed: Time,
    /// What was decided about which content.
    decided: Vec<String>,
}

/// A project as it was allowed, with its files as they were then.
pub struct Allowed {
    pub project: Project,
    pub manifest: Manifest,
    pub subject: Subject,
}

/// Walks up to the nearest project that is allowed. One that is not does not take away what is
/// around it.
pub fn of(cx: &Context) -> Here {
    let active = cx.host.shell.as_ref().and_then(|shell| shell.get(OsStr::new("DEVSHELL_ROOT"))).map(PathBuf::from);
    let mut here = Here { active, ..Here::default() };
    let files = FILE_NAMES.map(|name| cx.host.directory.join(name));
    here.absent.extend(files.into_iter().filter(|path| !path.exists()));
    let mut found = Project::find(&cx.host);
    loop {
        match found {
            Ok(project) => {
                let root = project.root.clone();
                if let Some((manifest, subject)) = here.judge(cx, &project) {
                    here.project = Some(Allowed { project, manifest, subject });
                    return here;
                }
                if here.is_kept {
                    return here;
                }
                found = Project::above(&cx.host, &root);
            }
            Err(ProjectError::NotFound(_)) => return here,
            Err(error) => {
                here.is_kept = cx.host.directory.ancestors().any(|directory| here.is_active(directory));
                here.watch_what_cannot_be_read(&cx.host.directory);
                here.watch(error.paths());
                here.failures.push(Failure::new(code::MANIFEST, &error));
                return here;
            }
        }
    }
}

impl Here {
    /// The manifest of a project that is allowed, and what it is allowed as.
    fn judge(&mut self, cx: &Context, project: &Project) -> Option<(Manifest, Subject)> {
        // A repository with a flake did not ask for devshell, and may be large.
        if project.implied.is_some() && !consent::is_decided(&cx.host, &project.root) {
            self.absent.extend(consent::decisions(&cx.host, &project.root));
            self.absent.extend(FILE_NAMES.map(|name| project.root.join(name)));
            return None;
        }
        self.changed = self.changed.max(project.changed);
        let Ok(manifest) = cx.road().read_manifest(project) else {
            // Its own words are not for the screen of a user who only passes by.
            self.there.push(project.manifest_path.clone());
            self.watch_requirements(project);
            let path = project.manifest_path.display();
            let stays = if self.keep(&project.root) { "; what you allowed stays active" } else { "" };
            self.notes.push(format!("`{path}` has mistakes{stays}; `devshell list` shows them"));
            self.decided.push(digest::key(&[project.manifest_text.as_bytes()]));
            return None;
        };
        let subject = match Subject::of(&cx.host, project, &manifest) {
            Ok(subject) => subject,
            Err(error) => {
                self.there.push(project.manifest_path.clone());
                self.watch(error.paths());
                self.keep(&project.root);
                self.failures.push(Failure::new(code::MANIFEST, &error));
                return None;
            }
        };
        for decision in subject.decisions(&cx.host) {
            match time_of(&decision) {
                Some(time) => {
                    self.changed = self.changed.max(time);
                    self.there.push(decision);
                }
                None => self.absent.push(decision),
            }
        }
        let (there, absent) = subject.paths();
        self.there.extend(there);
        self.absent.extend(absent);
        self.changed = self.changed.max(subject.changed);
        let verdict = subject.verdict(&cx.host);
        self.decided.push(format!("{} {}", subject.digest, verdict.name()));
        let root = project.root.display();
        match verdict {
            Verdict::Allowed => return Some((manifest, subject)),
            Verdict::Denied => {}
            Verdict::New if project.implied.is_some() => {}
            Verdict::New => {
                self.notes.push(is_new(project));
            }
            Verdict::Changed(_) => {
                let stays = if self.keep(&project.root) { ", which stays active" } else { "" };
                let text = format!("`{root}` is not what you allowed{stays}; `devshell allow` allows it as it is now");
                self.notes.push(text);
                self.notes.extend(shown(&subject.differences(&verdict)));
            }
        }
        None
    }

    /// Any of these files may be the one that cannot be read.
    fn watch_what_cannot_be_read(&mut self, directory: &Path) {
        let files = directory.ancestors().flat_map(|directory| FILE_NAMES.map(|name| directory.join(name)));
        self.watch(&files.collect::<Vec<_>>());
    }

    /// A mistake may be in a file of requirements, or be that there is none.
    fn watch_requirements(&mut self, project: &Project) {
        let Ok(manifest) = manifest::parse(&project.manifest_name(), &project.manifest_text) else { return };
        let files = manifest.python.iter().flat_map(|python| &python.requirements);
        let paths: Vec<PathBuf> = files.map(|file| project.root.join(&file.path)).collect();
        self.watch(&paths);
        self.absent.extend(paths.into_iter().filter(|path| !path.exists()));
    }

    /// Watches those of these files that are there.
    fn watch(&mut self, paths: &[PathBuf]) {
        for path in paths {
            if let Some(time) = time_of(path) {
                self.changed = self.changed.max(time);
                self.there.push(path.clone());
            }
        }
    }

    /// Whether the shell has the environment of the project in this directory.
    pub fn is_active(&self, root: &Path) -> bool {
        self.active.as_ref().is_some_and(|active| is_same(active, root))
    }

    /// Keeps the environment of the project in this directory, if it is active.
    fn keep(&mut self, root: &Path) -> bool {
        self.is_kept = self.is_active(root);
        self.is_kept
    }

    /// Identifies this state.
    pub fn key(&self) -> String {
        let paths = self.there.iter().map(|path| path.to_string_lossy()).chain(["".into()]);
        let paths = paths.chain(self.absent.iter().map(|path| path.to_string_lossy()));
        let failures = self.failures.iter().flat_map(Failure::texts);
        let texts =
            self.decided.iter().chain(&self.notes).map(|text| text.as_str().into()).chain(failures.map(Into::into));
        let parts: Vec<_> = paths.chain(texts).collect();
        digest::key(&parts.iter().map(|part| part.as_bytes()).collect::<Vec<_>>())
    }
}

/// The note about a project without a decision.
pub fn is_new(project: &Project) -> String {
    let (root, manifest) = (project.root.display(), project.manifest_name());
    format!("`{root}` is not allowed yet; read its {manifest}, then type `devshell allow`")
}

/// Changes as lines; of many, the first.
pub fn shown(differences: &[Difference]) -> Vec<String> {
    let mut lines: Vec<String> = differences.iter().take(SHOWN).map(|difference| format!("  {difference}")).collect();
    if let Some(more) = differences.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        lines.push(format!("  and {more} more; `devshell allow --diff` shows all"));
    }
    lines
}
