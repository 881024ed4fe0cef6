//! A plan as rules of Landlock. They only allow: what is allowed below a directory cannot be taken away again further
//! down. So around something that is to be less, the other entries of the directories on the way to it are allowed one by
//! one, and nothing new can be made in those directories.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use rustix::io::Errno;

use super::rights::Right;
use super::spread::spread;
use crate::fault::Fault;
use crate::plan::{Access, Mount, Wall};

/// What is allowed at each path and below it. The paths lead through no links.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Rules {
    pub allowed: BTreeMap<PathBuf, Right>,
    /// Directories that can be written, but for new entries.
    pub frozen: Vec<PathBuf>,
}

impl Rules {
    /// Looks at the host's files as they are now.
    pub fn of(wall: &Wall) -> Result<Self, Fault> {
        let mut grants = Grants(Vec::new());
        let wall = &Wall { mounts: spread(&wall.mounts), ..wall.clone() };
        for mount in &wall.mounts {
            if let Some((path, right)) = grants.add(mount, wall)? {
                grants.0.push((path, right));
            }
        }
        let mut rules = Self::default();
        for (path, _) in &grants.0 {
            rules.allow(&grants, path);
        }
        Ok(rules)
    }

    fn allow(&mut self, grants: &Grants, path: &Path) {
        let (right, below) = (grants.at(path), grants.below(path));
        let least = below.iter().map(|path| grants.at(path)).min();
        let Some(least) = least.filter(|least| *least < right) else {
            self.put(path, right);
            return;
        };
        if right == Right::Write && !self.frozen.iter().any(|known| known == path) {
            self.frozen.push(path.to_owned());
        }
        self.put(path, least.max(Right::List));
        for entry in fs::read_dir(path).into_iter().flatten().flatten() {
            let (child, is_link) = (entry.path(), entry.file_type().is_ok_and(|kind| kind.is_symlink()));
            if is_link || below.contains(&child.as_path()) {
                // What a link leads to has rules of its own, and so has each grant.
            } else if below.iter().any(|path| path.starts_with(&child)) {
                self.allow(grants, &child);
            } else {
                self.put(&child, right);
            }
        }
    }

    fn put(&mut self, path: &Path, right: Right) {
        if right > Right::Nothing {
            self.allowed.insert(path.to_owned(), right);
        }
    }
}

/// What the mounts of a plan give, in their order: a later one covers an earlier one.
struct Grants(Vec<(PathBuf, Right)>);

impl Grants {
    fn at(&self, path: &Path) -> Right {
        let covering = self.0.iter().rev().find(|(above, _)| path.starts_with(above));
        covering.map_or(Right::Nothing, |(_, right)| *right)
    }

    /// The mounts below a path.
    fn below(&self, path: &Path) -> Vec<&Path> {
        let paths = self.0.iter().map(|(other, _)| other.as_path());
        paths.filter(|other| *other != path && other.starts_with(path)).collect()
    }

    /// What one mount gives. Where it would show something else than the host has there, nothing is given; if the host
    /// has something else there, that is an error.
    fn add(&self, mount: &Mount, wall: &Wall) -> Result<Option<(PathBuf, Right)>, Fault> {
        let other = |path: &Path| Fault::new(format!("put something else at `{}`", path.display()), Errno::OPNOTSUPP);
        let given = |path: &Path, right| Ok(real(path).map(|path| (path, right)));
        match mount {
            Mount::Bind { source, target, access } => match (real(source), real(target)) {
                (Some(source), Some(target)) if source != target => Err(other(&target)),
                (Some(source), Some(_)) => Ok(Some((source, right(*access)))),
                _ => Ok(None),
            },
            Mount::Same { target } | Mount::Replaced { target } if target.is_symlink() => Ok(None),
            Mount::Same { target } | Mount::Processes { target } => given(target, Right::Read),
            Mount::Replaced { target } | Mount::Hidden { target } | Mount::Memory { target, .. } => {
                given(target, Right::Nothing)
            }
            Mount::Device { target } => given(target, Right::Device),
            Mount::Protected { target } => given(target, Right::Read).map(|given| {
                let (path, right) = given?;
                Some((path.clone(), self.at(&path).min(right)))
            }),
            // A link to the same file elsewhere, where the plan has it too, is that file.
            Mount::Link { target, to } if !target.is_symlink() && real(target).is_some() => {
                if wall.source(to).and_then(|path| real(&path)) == real(target) {
                    given(target, Right::Read)
                } else {
                    Err(other(target))
                }
            }
            Mount::File { target, .. } | Mount::Overlay { target, .. } => Err(other(target)),
            Mount::Pinned { .. } | Mount::Link { .. } | Mount::Devices { .. } => Ok(None),
        }
    }
}

fn right(access: Access) -> Right {
    match access {
        Access::ReadOnly => Right::Read,
        Access::ReadWrite => Right::Write,
    }
}

fn real(path: &Path) -> Option<PathBuf> {
    fs::canonicalize(path).ok()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;
    use crate::plan::{Network, Users};

    fn rules(root: &Path, mounts: &[Mount]) -> Result<Vec<(String, Right)>, Fault> {
        let wall = Wall { mounts: mounts.to_vec(), network: Network::None, directory: "/".into(), users: Users::Same };
        let name = |path: &Path| path.strip_prefix(root).unwrap().display().to_string();
        Ok(Rules::of(&wall)?.allowed.iter().map(|(path, right)| (name(path), *right)).collect())
    }

    #[test]
    fn around_what_is_less_the_others_are_allowed_one_by_one() {
        let directory = tempfile::tempdir().unwrap();
        let root = fs::canonicalize(directory.path()).unwrap();
        for name in ["home/shop/.git/hooks", "home/shop/src", "home/.ssh", "usr/bin", "usr/lib"] {
            fs::create_dir_all(root.join(name)).unwrap();
        }
        for name in ["home/shop/.env", "home/shop/.git/index", "home/.bashrc", "usr/bin/make", "usr/bin/curl"] {
            fs::write(root.join(name), "").unwrap();
        }
        symlink(root.join("home/.ssh"), root.join("home/shop/link")).unwrap();
        let bind = |name: &str, access| Mount::bound(root.join(name), access);
        let mounts = [
            Mount::Same { target: root.join("usr") },
            Mount::Bind { source: root.join("usr"), target: "/no/such/place".into(), access: Access::ReadOnly },
            Mount::Replaced { target: root.join("usr/bin") },
            Mount::Link { target: root.join("usr/bin/make"), to: "/no/such/place/bin/make".into() },
            Mount::Memory { target: root.join("home"), mode: 0o700 },
            bind("home/.bashrc", Access::ReadOnly),
            bind("home/shop", Access::ReadWrite),
            Mount::Protected { target: root.join("home/shop/.git/hooks") },
            Mount::Protected { target: root.join("home/.ssh") },
            Mount::Hidden { target: root.join("home/shop/.env") },
            Mount::Hidden { target: root.join("home/shop/missing") },
        ];
        let expected = [
            ("home/.bashrc", Right::Read),
            ("home/shop", Right::List),
            ("home/shop/.git", Right::Read),
            ("home/shop/.git/hooks", Right::Read),
            ("home/shop/.git/index", Right::Write),
            ("home/shop/src", Right::Write),
            ("usr", Right::List),
            ("usr/bin/make", Right::Read),
            ("usr/lib", Right::Read),
        ];
        assert_eq!(rules(&root, &mounts).unwrap(), expected.map(|(name, right)| (name.to_owned(), right)));
        // Nothing to hold back, so one rule is enough.
        let all = rules(&root, &mounts[6..7]).unwrap();
        assert_eq!(all, [("home/shop".to_owned(), Right::Write)]);
    }

    #[test]
    fn something_else_in_a_place_that_the_host_has_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let root = fs::canonicalize(directory.path()).unwrap();
        let (one, two) = (root.join("one"), root.join("two"));
        fs::write(&one, "").unwrap();
        fs::write(&two, "").unwrap();
        for mount in [
            Mount::Bind { source: one.clone(), target: two.clone(), access: Access::ReadOnly },
            Mount::Link { target: two.clone(), to: one.clone() },
            Mount::File { target: two.clone(), content: Vec::new() },
        ] {
            let fault = rules(&root, &[mount]).unwrap_err();
            assert_eq!(fault.step, format!("put something else at `{}`", two.display()));
        }
    }
}
