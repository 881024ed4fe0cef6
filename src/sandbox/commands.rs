//! What the dev shell's commands need of the host, ready for walls: in the place of each of the host's directories of
//! commands, a directory with links to the commands that the dev shell has.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::Needed;
use super::installed::installed;
use crate::name::CommandName;

/// The host's directories of commands, as far as they are directories and not links to others.
const LINKED: [&str; 5] = ["/usr/bin", "/usr/sbin", "/bin", "/sbin", "/usr/games"];

/// One with directories of commands in it.
pub const LOCAL: &str = "/usr/local";

/// Where the system's files are once more, for the links from those directories.
pub const HOST: &str = "/.host";

/// What they are for a wall.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commands {
    /// Directories of the host, each with the directory that takes its place.
    pub replaced: Vec<(PathBuf, PathBuf)>,
    /// Links in the place of further directories of the host.
    pub loose: BTreeMap<PathBuf, PathBuf>,
    /// What is in none of these directories.
    pub elsewhere: Needed,
}

impl Commands {
    /// `make` makes a directory of links, each to a path as it is called inside. `home` is the user's directory.
    pub fn of<E>(
        needed: Needed,
        home: Option<&Path>,
        mut make: impl FnMut(&BTreeMap<CommandName, PathBuf>) -> Result<PathBuf, E>,
    ) -> Result<Self, E> {
        let is_directory = |path: &&&str| fs_err::symlink_metadata(path).is_ok_and(|metadata| metadata.is_dir());
        let mut directories: BTreeMap<PathBuf, BTreeMap<CommandName, PathBuf>> =
            LINKED.iter().filter(is_directory).map(|path| (PathBuf::from(path), BTreeMap::new())).collect();
        let (links, elsewhere) = divide(needed, home);
        for (path, to) in links {
            let name = path.file_name().and_then(|name| name.to_str()?.parse().ok());
            if let Some((directory, name)) = path.parent().zip(name) {
                directories.entry(directory.to_owned()).or_default().insert(name, to);
            }
        }
        let replaced = directories.into_iter().map(|(directory, links)| Ok((directory, make(&links)?)));
        Ok(Self { replaced: replaced.collect::<Result<_, E>>()?, loose: BTreeMap::new(), elsewhere })
    }

    /// Adds what else is needed.
    pub fn include(&mut self, further: Needed, home: Option<&Path>) {
        let (links, elsewhere) = divide(further, home);
        for (path, to) in links.into_iter().filter(|(path, _)| !self.has(path)).collect::<Vec<_>>() {
            self.loosen(path.parent().unwrap_or(Path::new("/")));
            self.loose.insert(path, to);
        }
        self.elsewhere.links.extend(elsewhere.links);
        self.elsewhere.files.extend(elsewhere.files);
    }

    fn has(&self, path: &Path) -> bool {
        let there = path.file_name().zip(self.taker(path.parent())).map(|(name, taker)| taker.join(name));
        self.loose.contains_key(path) || there.is_some_and(|path| fs_err::symlink_metadata(path).is_ok())
    }

    fn taker(&self, directory: Option<&Path>) -> Option<&Path> {
        let (_, taker) = self.replaced.iter().find(|(replaced, _)| Some(replaced.as_path()) == directory)?;
        Some(taker)
    }

    /// Takes the links out of the directory that has them.
    fn loosen(&mut self, directory: &Path) {
        let Some(place) = self.replaced.iter().position(|(replaced, _)| replaced == directory) else { return };
        let (_, taker) = self.replaced.remove(place);
        for entry in fs_err::read_dir(taker).into_iter().flatten().flatten() {
            if let Ok(to) = fs_err::read_link(entry.path()) {
                self.loose.insert(directory.join(entry.file_name()), to);
            }
        }
    }
}

/// What has to be a link in one of those directories, and the rest.
fn divide(needed: Needed, home: Option<&Path>) -> (BTreeMap<PathBuf, PathBuf>, Needed) {
    let (mut all, links): (BTreeMap<_, _>, BTreeMap<_, _>) =
        needed.links.into_iter().partition(|(path, _)| is_command(path));
    let (commands, files): (BTreeSet<_>, BTreeSet<_>) = needed.files.into_iter().partition(|path| is_command(path));
    all.extend(commands.into_iter().map(|path| {
        let to = Path::new(HOST).join(path.strip_prefix("/").unwrap_or(&path));
        (path, to)
    }));
    (all, Needed { links, files: installed(&files, home) })
}

fn is_command(path: &Path) -> bool {
    LINKED.iter().chain([&LOCAL]).any(|directory| path.starts_with(directory))
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use fs_err::os::unix::fs::symlink;

    use super::*;

    fn pairs<'p>(pairs: impl IntoIterator<Item = (&'p str, &'p str)>) -> BTreeMap<PathBuf, PathBuf> {
        pairs.into_iter().map(|(path, to)| (path.into(), to.into())).collect()
    }

    #[test]
    fn each_directory_of_the_host_has_one_in_its_place() {
        let links = pairs([("/usr/bin/awk", "/etc/alternatives/awk"), ("/home/ann/bin/other", "tool")]);
        let files = ["/usr/bin/mawk", "/usr/local/go/bin/go", "/home/ann/bin/tool"].map(PathBuf::from);
        let needed = Needed { links, files: files.into() };
        let stores = tempfile::tempdir().unwrap();
        let mut count = 0;
        let make = |links: &BTreeMap<CommandName, PathBuf>| {
            count += 1;
            let made = stores.path().join(count.to_string());
            fs_err::create_dir(&made).unwrap();
            for (name, to) in links {
                symlink(to, made.join(name.as_str())).unwrap();
            }
            Ok::<_, Infallible>(made)
        };
        let mut commands = Commands::of(needed, None, make).unwrap();
        assert_eq!(commands.elsewhere.files, [PathBuf::from("/home/ann/bin/tool")].into());
        assert_eq!(commands.elsewhere.links, [("/home/ann/bin/other".into(), "tool".into())].into());
        assert!(commands.has(Path::new("/usr/bin/awk")) && commands.has(Path::new("/usr/local/go/bin/go")));
        assert!(!commands.has(Path::new("/usr/bin/zsh")));

        // What is there already changes nothing.
        let before = commands.clone();
        commands.include(Needed { links: [].into(), files: ["/usr/bin/mawk".into()].into() }, None);
        assert_eq!(commands, before);
        commands.include(Needed { links: [].into(), files: ["/usr/bin/zsh".into(), "/opt/xonsh".into()].into() }, None);
        let loose = [
            ("/usr/bin/awk", "/etc/alternatives/awk"),
            ("/usr/bin/mawk", "/.host/usr/bin/mawk"),
            ("/usr/bin/zsh", "/.host/usr/bin/zsh"),
        ];
        assert_eq!(commands.loose, pairs(loose));
        assert!(commands.elsewhere.files.contains(Path::new("/opt/xonsh")));
        assert_eq!(commands.replaced.len(), before.replaced.len() - 1);
    }
}
