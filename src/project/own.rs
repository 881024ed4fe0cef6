//! What a project itself is, as Python packages that are used from their sources.

use super::{Project, ProjectError};
use crate::files::most;
use crate::host::Host;
use crate::manifest::{Choice, Kind, Manifest, OwnProject, members_of_lock};

impl Project {
    /// The project's own package, and the members of the workspace whose lock the manifest names.
    pub fn own_projects(&self, host: &Host, manifest: &Manifest) -> Result<Vec<OwnProject>, ProjectError> {
        let mut directories = vec![String::new()];
        if let Some(python) = &manifest.python {
            let choice = Choice { extras: &python.extras, groups: &python.groups };
            // The members are named from the directory of the lock.
            let locks = python.requirements.iter().map(|file| &file.path).filter(|path| !path.contains('/'));
            let locks = locks.filter(|path| Kind::of(path) == Kind::UvLock).filter_map(|path| python.texts.get(path));
            directories.extend(locks.flat_map(|text| members_of_lock(text, choice)));
        }
        let mut found = Vec::new();
        for directory in &directories {
            found.extend(self.own_project(host, directory)?);
        }
        Ok(found)
    }

    /// The project in one directory, if its files make it one.
    fn own_project(&self, host: &Host, directory: &str) -> Result<Option<OwnProject>, ProjectError> {
        OwnProject::of(directory, |file| {
            let name = if directory.is_empty() { file.to_owned() } else { format!("{directory}/{file}") };
            let content = self.content(host, &name, most::REQUIREMENTS)?;
            // One that is no text says nothing.
            Ok(content.and_then(|content| std::str::from_utf8(&content.bytes).ok().map(str::to_owned)))
        })
    }
}
