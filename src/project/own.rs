//! What a project itself is, as Python packages that are used from their sources.

use std::cell::RefCell;

use super::{Project, ProjectError};
use crate::files::most;
use crate::host::Host;
use crate::manifest::{Choice, Kind, Manifest, OwnProject, members_of_lock};

/// The project's own packages.
#[derive(Debug, Default)]
pub struct OwnProjects {
    pub projects: Vec<OwnProject>,
    /// The files that were asked for to find them, from the project's directory: those that are there, and those that would
    /// count if they were. As long as all of them stay as they are, so do the packages.
    pub asked: Vec<String>,
}

impl Project {
    /// The project's own package, and the members of the workspace whose lock the manifest names; none without a Python.
    pub fn own_projects(&self, host: &Host, manifest: &Manifest) -> Result<OwnProjects, ProjectError> {
        let Some(python) = &manifest.python else { return Ok(OwnProjects::default()) };
        let choice = Choice { extras: &python.extras, groups: &python.groups };
        // The members are named from the directory of the lock.
        let locks = python.requirements.iter().map(|file| &file.path).filter(|path| !path.contains('/'));
        let locks = locks.filter(|path| Kind::of(path) == Kind::UvLock).filter_map(|path| python.texts.get(path));
        let members = locks.flat_map(|text| members_of_lock(text, choice));
        let (mut projects, asked) = (Vec::new(), RefCell::default());
        for directory in std::iter::once(String::new()).chain(members) {
            projects.extend(self.own_project(host, &directory, &asked)?);
        }
        Ok(OwnProjects { projects, asked: asked.into_inner() })
    }

    /// The project in one directory, if its files make it one.
    fn own_project(
        &self,
        host: &Host,
        directory: &str,
        asked: &RefCell<Vec<String>>,
    ) -> Result<Option<OwnProject>, ProjectError> {
        OwnProject::of(directory, |file| {
            let name = OwnProject::path_in(directory, file);
            let content = self.content(host, &name, most::REQUIREMENTS)?;
            asked.borrow_mut().push(name);
            // One that is no text says nothing.
            Ok(content.and_then(|content| std::str::from_utf8(&content.bytes).ok().map(str::to_owned)))
        })
    }
}
