//! What of the store stays, and for whom: what running processes use, what virtual environments of people need, and what
//! was used lately.

use std::collections::BTreeSet;
use std::io;
use std::path::Path;

use super::garbage::{is_younger, text};
use super::keep::Keep;
use super::processes::{self, Named};
use super::roots::Root;
use super::usage::Usage;
use super::{KINDS, LINKS, Store, entries, venvs};
use crate::files::{bounded, most};
use crate::host::{Directories, project_key};

/// What stays. Directories are written as `objects-1/KEY`.
#[derive(Debug, Default)]
pub struct Kept {
    pub(super) directories: BTreeSet<String>,
    /// Those of them that the project needs which everything else goes for.
    needed: BTreeSet<String>,
    /// Those of them that virtual environments need.
    homes: BTreeSet<String>,
    /// The projects whose environments running processes use.
    projects: BTreeSet<String>,
    /// What stays in the state for the projects of all roots that stay, by the names of directories.
    pub(super) states: BTreeSet<String>,
    /// The environments whose records keep nothing any more.
    pub(super) idle: Vec<String>,
}

/// What stays although everything was to go.
#[derive(Debug, Default)]
pub struct InUse {
    /// What the project needs which everything else goes for, in bytes.
    pub needed: u64,
    /// What running processes use, in bytes.
    pub processes: u64,
    /// The projects of the dev shells among them.
    pub projects: Vec<String>,
    /// What virtual environments of people need, in bytes.
    pub homes: u64,
}

impl Store {
    /// What stays, and why, if nothing stays for its age.
    pub fn in_use(&self, directories: &Directories, keep: &Keep) -> io::Result<InUse> {
        let mut named = processes::named(&[&self.data, &directories.cache]);
        let kept = self.kept(&mut named, &directories.state, keep, None)?;
        let (mut usage, mut found) = (Usage::default(), InUse::default());
        for directory in &kept.directories {
            let bytes = usage.freed_by(&self.data.join(directory))?;
            let sum = match directory {
                _ if kept.needed.contains(directory) => &mut found.needed,
                _ if kept.homes.contains(directory) => &mut found.homes,
                _ => &mut found.processes,
            };
            *sum += bytes;
        }
        found.projects = kept.projects.into_iter().collect();
        Ok(found)
    }

    /// What stays. Roots that keep nothing any more are garbage, and those that are held name their environments.
    /// `going` is what a sweep is about to delete: it takes the roots of it, so that no process starts to use it.
    pub(super) fn kept(
        &self,
        named: &mut Named,
        states: &Path,
        keep: &Keep,
        going: Option<&BTreeSet<&Path>>,
    ) -> io::Result<Kept> {
        let (oldest, mut found) = (keep.oldest_in_store(), Kept::default());
        found.needed.extend(keep.directories().cloned());
        let mut kept = Named { directories: named.directories.clone(), ..Named::default() };
        let places = [self.data.clone()];
        let mut all_homes = Named::default();
        for home in venvs::of_states(states) {
            all_homes.scan(&home, &places);
        }
        for root in self.read_roots()? {
            let mut homes = Named::default();
            for home in venvs::of_project(Path::new(&root.project)) {
                homes.scan(&home, &places);
            }
            // The root of a project with environments of its own is how they are found, so it stays,
            // and with it no more than they need.
            let has_homes = !homes.directories.is_empty();
            all_homes.directories.extend(homes.directories);
            let is_old = !keep.is_kept(&root);
            let is_taken = is_old && going.is_some_and(|going| self.is_going(&root, going));
            let is_hidden = !named.environments.contains(&root.key) && self.is_held(&root, is_taken);
            if is_hidden {
                named.environments.insert(root.key.clone());
                named.has_hidden = true;
            }
            let is_running = named.environments.contains(&root.key);
            if is_running || !is_old {
                found.states.insert(project_key(Path::new(&root.project)));
            }
            if is_running {
                found.projects.insert(root.project);
            }
            if !is_old && keep.here.is_some() {
                found.needed.extend(root.uses);
            } else if is_running || !is_old {
                kept.directories.extend(root.uses);
            } else if !has_homes {
                found.idle.push(root.key);
            }
        }
        kept.directories.extend(found.needed.iter().cloned());
        found.homes = all_homes.directories.difference(&kept.directories).cloned().collect();
        kept.directories.extend(all_homes.directories);
        for kind in KINDS {
            let young = entries(&self.data.join(kind))?.into_iter().filter(|path| is_younger(path, oldest));
            kept.directories.extend(young.map(|path| format!("{kind}/{}", text(&path))));
        }
        self.follow_links(&mut kept);
        found.directories = kept.directories;
        Ok(found)
    }

    /// Adds what the link directories lead to, which stays with them.
    fn follow_links(&self, kept: &mut Named) {
        for directory in kept.directories.clone().iter().filter(|directory| directory.starts_with(LINKS)) {
            for link in entries(&self.data.join(directory).join("bin")).unwrap_or_default() {
                match fs_err::read_link(&link) {
                    Ok(target) => kept.scan(target.as_os_str().as_encoded_bytes(), &[]),
                    Err(_) => kept.scan(&bounded::read(&link, most::RECORD).unwrap_or_default(), &[]),
                }
            }
        }
    }

    /// Whether a root is to be deleted, or something that it uses.
    fn is_going(&self, root: &Root, going: &BTreeSet<&Path>) -> bool {
        let mut paths = root.uses.iter().map(|directory| self.data.join(directory));
        going.contains(self.root(&root.key).as_path()) || paths.any(|path| going.contains(path.as_path()))
    }
}
