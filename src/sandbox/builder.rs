//! The plan of a builder's wall. What builds a package sees the system with its commands, the commands that PATH has
//! elsewhere, and what it is given. It has no network, and none of the user's files.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use devshell_wall::{Access, Mount, Network, Users, Wall};

use super::installed::installed;
use super::needed::needed;
use super::system::{is_of_system, system};

/// Where some systems have all of their packages.
const STORES: [&str; 2] = ["/nix/store", "/gnu/store"];

/// What a wall for a build is planned for.
pub struct Build<'b> {
    /// The user's home directory, which is empty inside.
    pub home: Option<&'b Path>,
    /// Where commands are looked for.
    pub path: Vec<PathBuf>,
    pub read: &'b [PathBuf],
    pub write: &'b [PathBuf],
    /// Where it starts.
    pub directory: &'b Path,
}

/// The wall for a program that builds.
pub fn builder(build: &Build) -> Wall {
    let mut mounts: Vec<Mount> = system(build.directory).collect();
    mounts.extend(STORES.map(|path| Mount::bound(path, Access::ReadOnly)));
    let home = build.home.filter(|home| home.parent().is_some() && !is_of_system(home));
    mounts.extend(home.map(|home| Mount::Memory { target: home.to_owned(), mode: 0o700 }));
    commands(build, &mut mounts);
    mounts.extend(build.read.iter().map(|path| Mount::bound(path, Access::ReadOnly)));
    mounts.extend(build.write.iter().map(|path| Mount::bound(path, Access::ReadWrite)));
    Wall { mounts, network: Network::None, directory: build.directory.to_owned(), users: Users::Same }
}

/// Whether a path is on a drive of Windows, as WSL has them: their many programs are of no use here, and slow to look at.
fn is_of_windows(path: &Path) -> bool {
    let drive = path.strip_prefix("/mnt").ok().and_then(|path| path.iter().next());
    drive.is_some_and(|drive| drive.len() == 1)
}

/// The directories of commands that are not the system's, with what was installed with them and what links in them lead to.
fn commands(build: &Build, mounts: &mut Vec<Mount>) {
    let is_of_all = |path: &Path| path.parent().is_none() || build.home.is_some_and(|home| home.starts_with(path));
    let is_other = |path: &&PathBuf| is_of_all(path) || is_of_system(path) || is_of_windows(path);
    let directories: Vec<PathBuf> = build.path.iter().filter(|path| !is_other(path)).cloned().collect();
    let found = needed(&directories, &[], &directories);
    let links = found.links.iter().filter(|(path, _)| !is_of_system(path));
    mounts.extend(links.map(|(path, to)| Mount::Link { target: path.clone(), to: to.clone() }));
    // A program of that directory has beside it what all of them have.
    let programs = directories.iter().map(|directory| directory.join("*"));
    let files: BTreeSet<PathBuf> = found.files.into_iter().chain(programs).collect();
    let files = installed(&files, build.home).into_iter().filter(|path| !is_of_system(path));
    mounts.extend(directories.iter().cloned().chain(files).map(|path| Mount::bound(path, Access::ReadOnly)));
}

#[cfg(test)]
mod tests {
    use fs_err::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn commands_from_elsewhere_come_with_what_they_need() {
        let place = tempfile::tempdir().unwrap();
        let root = fs_err::canonicalize(place.path()).unwrap();
        let at = |path: &str| root.join(path);
        for path in ["home/bin", "home/.ssh", "home/gcc/bin", "home/gcc/lib", "cargo/bin", "scratch/source"] {
            fs_err::create_dir_all(at(path)).unwrap();
        }
        fs_err::write(at("home/gcc/bin/gcc"), "").unwrap();
        symlink("../gcc/bin/gcc", at("home/bin/cc")).unwrap();
        let home = at("home");
        let build = Build {
            home: Some(&home),
            path: ["cargo/bin", "home", "home/bin"]
                .map(at)
                .into_iter()
                .chain(["/usr/bin".into(), "/mnt/c/Windows".into(), "/".into()])
                .collect(),
            read: &[at("scratch/environment")],
            write: &[at("scratch/source")],
            directory: &root,
        };
        let wall = builder(&build);
        assert_eq!(wall.network, Network::None);
        let place = |mount: &Mount| {
            let found = wall.mounts.iter().position(|one| one == mount);
            found.unwrap_or_else(|| panic!("{mount:?}: {wall:#?}"))
        };
        let read = |path: &str| Mount::bound(at(path), Access::ReadOnly);
        let empty = place(&Mount::Memory { target: home.clone(), mode: 0o700 });
        for path in ["cargo/bin", "home/bin", "home/gcc/bin", "home/gcc/lib", "scratch/environment"] {
            assert!(place(&read(path)) > empty, "{path}");
        }
        assert!(place(&Mount::bound(at("scratch/source"), Access::ReadWrite)) > place(&read("scratch/environment")));
        let shown =
            |path: &Path| wall.mounts.iter().any(|mount| matches!(mount, Mount::Bind { target, .. } if target == path));
        assert!(!shown(Path::new("/mnt/c/Windows")));
        assert!(!shown(&home) && !shown(Path::new("/")) && !shown(&at("home/.ssh")) && !shown(Path::new("/usr/bin")));
    }
}
