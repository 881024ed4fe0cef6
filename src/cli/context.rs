//! What every verb works with.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::Path;
use std::sync::{Mutex, OnceLock};

use super::failure::{Failure, code};
use super::ui::Ui;
use crate::dialect;
use crate::env::Applied;
use crate::host::Host;
use crate::lock::Lock;
use crate::manifest::Manifest;
use crate::net::Http;
use crate::project::Project;
use crate::road::{RoadError, Selection, Stale};

/// What every verb works with.
pub struct Context {
    /// The command line, with the program's name.
    pub line: Vec<OsString>,
    pub host: Host,
    pub http: Http,
    pub ui: Ui,
    /// The lines that are printed once in a run, and were.
    pub noted: Mutex<BTreeSet<String>>,
    /// The project as it was when it was asked whether it is allowed: what a verb then makes of it,
    /// it makes of that.
    pub judged: OnceLock<Project>,
}

impl Context {
    pub fn project(&self) -> Result<Project, Failure> {
        if let Some(project) = self.judged.get() {
            return Ok(project.clone());
        }
        Ok(Project::find(&self.host)?)
    }

    /// The project, and its lock, which is current and for this platform.
    pub fn locked(&self) -> Result<(Project, Manifest, Lock), Failure> {
        let mut project = self.project()?;
        let manifest = self.road().read_manifest(&project)?;
        self.road().check_platform(&project, &manifest)?;
        let sources = self.road().sources(&project, &manifest);
        let lock = self.road().current_lock(&mut project, &manifest, &sources, Stale::Refuse)?;
        drop(sources);
        Ok((project, manifest, lock))
    }

    /// Prints a line for those who are in the project's dev shell.
    pub fn note_inside(&self, project: &Project, text: &str) {
        let inside = self.host.dev_shell("DEVSHELL_ROOT");
        // One's own tools are in every dev shell.
        if inside == Some(project.root.as_os_str()) || (project.is_personal && inside.is_some()) {
            self.ui.note(text);
        }
    }

    /// What the dev shell around us was selected with, if it is this project's.
    pub fn selected(&self, project: &Project) -> Selection {
        let is_its_own = self.host.dev_shell("DEVSHELL_ROOT") == Some(project.root.as_os_str());
        let entered = self.host.entered.as_ref().filter(|_| is_its_own);
        Selection::of_options(entered.map_or("", |entered| &entered.options), false)
    }

    /// Prints the required variables that have no value, where that keeps nothing from going on.
    pub fn note_missing(&self, applied: &Applied) {
        applied.missing.iter().for_each(|missing| self.ui.note(&missing.to_string()));
    }

    /// Says what applies a change to the dev shell around us, where its prompt does not.
    pub fn note_reload(&self, project: &Project) {
        let shell = self.host.variable("SHELL").map(Path::new);
        let has_prompt = shell.is_some_and(|shell| dialect::of(shell).notices_changes());
        // The prompt watches the files of the project, and not your own.
        if project.is_personal || !has_prompt || !self.ui.terminal {
            self.note_inside(project, "the lock has changed; `devshell reload` applies it");
        }
    }

    /// Refuses to start something of an environment that is for another kind of machine.
    pub fn check_platform(&self) -> Result<(), Failure> {
        self.host.check_platform().map_err(|error| Failure::new(code::BEFORE_START, &error))
    }

    /// Refuses to use directories of devshell's own that another user could have changed.
    pub fn check_own(&self) -> Result<(), Failure> {
        Ok(self.host.check_own().map_err(RoadError::from)?)
    }
}
