//! Directories of commands: what a dev shell puts on PATH. Each is immutable and named by what
//! is in it, so a virtual environment or an editor may point into one.

use std::collections::BTreeMap;
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use super::{Store, entries};
use crate::digest;
use crate::files;
use crate::name::CommandName;

/// What a command of a link directory is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Link {
    /// A link to an executable.
    To(PathBuf),
    /// A program run by another: `exec RUNTIME PROGRAM "$@"`, so that the runtime is the locked
    /// one wherever the command is started from.
    Run { runtime: PathBuf, program: PathBuf },
}

impl Store {
    /// The directory with these commands, made if it is not there.
    pub fn link_directory(&self, commands: &BTreeMap<CommandName, Link>) -> io::Result<PathBuf> {
        let directory = self.links().join(key_of(commands));
        let bin = directory.join("bin");
        files::publish(&directory, |staging| {
            let bin = staging.join("bin");
            fs_err::create_dir(&bin)?;
            commands.iter().try_for_each(|(name, link)| link.make(&bin.join(name.as_str())))
        })?;
        Ok(bin)
    }
}

/// The key that a link directory should be named by, from what is in it. `None` when that is not
/// what devshell puts there.
pub fn link_key(directory: &Path) -> Option<String> {
    let bin = directory.join("bin");
    let commands = entries(&bin).ok()?.into_iter().map(|path| {
        let name = path.file_name()?.to_str()?.parse().ok()?;
        Some((name, Link::read(&path)?))
    });
    let is_alone = entries(directory).ok()? == [bin.clone()];
    Some(key_of(&commands.collect::<Option<_>>()?)).filter(|_| is_alone)
}

fn key_of(commands: &BTreeMap<CommandName, Link>) -> String {
    let parts: Vec<Vec<u8>> = commands.iter().map(|(name, link)| link.describe(name)).collect();
    digest::key(&parts.iter().map(Vec::as_slice).collect::<Vec<_>>())
}

impl Link {
    fn describe(&self, name: &CommandName) -> Vec<u8> {
        let mut text = name.as_str().as_bytes().to_vec();
        let (mark, paths): (&[u8], Vec<&Path>) = match self {
            Self::To(target) => (b"\0to\0", vec![target]),
            Self::Run { runtime, program } => (b"\0run\0", vec![runtime, program]),
        };
        text.extend_from_slice(mark);
        for path in paths {
            text.extend_from_slice(path.as_os_str().as_bytes());
            text.push(0);
        }
        text
    }

    fn make(&self, place: &Path) -> io::Result<()> {
        match self {
            Self::To(target) => fs_err::os::unix::fs::symlink(target, place),
            Self::Run { .. } => {
                fs_err::write(place, self.script().unwrap_or_default())?;
                fs_err::set_permissions(place, std::fs::Permissions::from_mode(0o555))
            }
        }
    }

    /// What `make` made.
    fn read(place: &Path) -> Option<Self> {
        if let Ok(target) = fs_err::read_link(place) {
            return Some(Self::To(target));
        }
        let text = fs_err::read_to_string(place).ok()?;
        let words = shell_words::split(text.strip_prefix("#!/bin/sh\n")?).ok()?;
        let [exec, runtime, program, arguments] = words.as_slice() else { return None };
        let link = Self::Run { runtime: runtime.into(), program: program.into() };
        (exec == "exec" && arguments == "$@" && text == link.script()?).then_some(link)
    }

    /// The text of a program that is run by another.
    fn script(&self) -> Option<String> {
        let Self::Run { runtime, program } = self else { return None };
        // Both lie in the store, whose path has no white space; they are quoted all the same,
        // since it may hold other characters of the shell's.
        let quoted = |path: &Path| shell_words::quote(&path.to_string_lossy()).into_owned();
        Some(format!("#!/bin/sh\nexec {} {} \"$@\"\n", quoted(runtime), quoted(program)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_commands_are_the_same_directory() {
        let data = tempfile::tempdir().unwrap();
        let store = Store::new(data.path());
        let commands = |target: &str| BTreeMap::from([("sh".parse().unwrap(), Link::To(target.into()))]);
        let first = store.link_directory(&commands("/bin/sh")).unwrap();
        assert_eq!(first, store.link_directory(&commands("/bin/sh")).unwrap());
        assert_ne!(first, store.link_directory(&commands("/bin/dash")).unwrap());
        assert_eq!(fs_err::read_link(first.join("sh")).unwrap(), Path::new("/bin/sh"));
        assert_eq!(fs_err::read_dir(store.links()).unwrap().count(), 2);
    }

    #[test]
    fn a_directory_knows_its_own_name() {
        let data = tempfile::tempdir().unwrap();
        let store = Store::new(data.path());
        let run = Link::Run { runtime: "/o/bin/node".into(), program: "/o/it's $1.js".into() };
        let commands = BTreeMap::from([("a".parse().unwrap(), run), ("b".parse().unwrap(), Link::To("/bin/b".into()))]);
        let directory = store.link_directory(&commands).unwrap().parent().unwrap().to_owned();
        assert_eq!(link_key(&directory), Some(key_of(&commands)));
        fs_err::set_permissions(directory.join("bin"), std::fs::Permissions::from_mode(0o755)).unwrap();
        fs_err::remove_file(directory.join("bin/b")).unwrap();
        assert_ne!(link_key(&directory), Some(key_of(&commands)));
    }
}
