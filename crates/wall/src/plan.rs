//! What a wall lets through, as a value. The order of the mounts counts: a later one covers an earlier one.

use std::path::{Path, PathBuf};

/// Everything that a process inside gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wall {
    /// What is in its root directory, which is empty otherwise. All paths are absolute.
    pub mounts: Vec<Mount>,
    pub network: Network,
    /// Where it starts, as it is called inside.
    pub directory: PathBuf,
    pub users: Users,
}

/// As which user a process runs inside.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Users {
    /// As outside.
    #[default]
    Same,
    /// As outside, but root is shown as `nobody`, to whom root's files belong then: some programs refuse to be root's.
    RootAsNobody,
    /// As root, so it seems: the user outside is the only user inside. Changing owners, making devices and becoming another
    /// user appear to work, and have no effect.
    ImitatedRoot,
}

impl Wall {
    /// Where the host has what is bound at a path inside, or around it.
    pub fn source(&self, path: &Path) -> Option<PathBuf> {
        self.mounts.iter().rev().find_map(|mount| match mount {
            Mount::Bind { source, target, .. } if path == target => Some(source.clone()),
            Mount::Bind { source, target, .. } => Some(source.join(path.strip_prefix(target).ok()?)),
            _ => None,
        })
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    ReadOnly,
    ReadWrite,
}

/// One thing in the root directory. Directories on the way to it are made if they are missing, but only in what the
/// wall itself made: nothing is created on the host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mount {
    /// A file or a directory of the host with all that is mounted in it. If either side does not exist, nothing happens.
    Bind { source: PathBuf, target: PathBuf, access: Access },
    /// What the host has at this path: a directory, read-only, or a symbolic link as it is.
    Same { target: PathBuf },
    /// A directory that is there already, on itself, so that it cannot be moved away.
    Pinned { target: PathBuf },
    /// An empty directory in the place of one that is there already. What is put into it is read-only. If the target does
    /// not exist, or is a symbolic link, nothing happens.
    Replaced { target: PathBuf },
    /// Something else in the place of a file or a directory: empty, and not to be read, written or replaced.
    /// If the target does not exist, nothing happens.
    Hidden { target: PathBuf },
    /// A file or a directory that is there already, as it is, but no longer writable. If it does not exist, nothing
    /// happens.
    Protected { target: PathBuf },
    /// An empty directory in memory, with this mode.
    Memory { target: PathBuf, mode: u32 },
    /// A directory of the host, in which all changes go into another one. Both, and an empty directory beside the latter for
    /// the kernel, are on one file system. No part of their paths is a symbolic link.
    Overlay { lower: PathBuf, upper: PathBuf, work: PathBuf, target: PathBuf },
    /// A symbolic link, unless one is there already.
    Link { target: PathBuf, to: PathBuf },
    /// A file in memory that is only to be read. If there is one already, it is covered.
    File { target: PathBuf, content: Vec<u8> },
    /// A directory of devices: the harmless ones, a set of pseudo-terminals of its own, and the caller's terminal.
    Devices { target: PathBuf },
    /// A device of the host, or a directory of some, as it is. If it does not exist, nothing happens.
    Device { target: PathBuf },
    /// The host's processes, without the switches of the kernel in it.
    Processes { target: PathBuf },
}

impl Mount {
    /// A file or a directory of the host, where the host has it.
    pub fn bound(path: impl Into<PathBuf>, access: Access) -> Self {
        let path = path.into();
        Self::Bind { source: path.clone(), target: path, access }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Network {
    /// That of the host.
    Host,
    /// None but `localhost`, which is the wall's own.
    None,
    /// Its own, with what a [`Gate`](crate::Gate) lets through. These ports inside can be reached at the host's
    /// `localhost`.
    Gated { published: Vec<u16> },
}
