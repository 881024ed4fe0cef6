//! The one way in which files are laid into a directory of devshell's own: by handles, so that
//! nothing is written through a link or outside of the directory, whatever the names say. What is
//! there already is never opened for writing, and a hard link never becomes a copy onto something.

use std::cell::RefCell;
use std::ffi::OsStr;
use std::io;
use std::os::fd::{AsFd as _, OwnedFd};
use std::path::{Component, Path, PathBuf};
use std::rc::Rc;

use fs_err::File;
use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags};
use rustix::io::Errno;

/// A directory that is written below. Paths are relative to it, and have names in them alone.
#[derive(Debug)]
pub struct Beneath {
    /// Where it is, for messages.
    place: PathBuf,
    root: Rc<OwnedFd>,
    /// The directory that was used last: files come one directory at a time.
    last: RefCell<(PathBuf, Rc<OwnedFd>)>,
}

impl Beneath {
    /// A directory that is there. The path to it may lead through links, since it is not from
    /// somewhere else.
    pub fn open(place: &Path) -> io::Result<Self> {
        let opened = rustix::fs::open(place, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty());
        let root = opened.map_err(|error| failed("open", place, error))?;
        let root = Rc::new(root);
        Ok(Self { place: place.to_owned(), last: RefCell::new((PathBuf::new(), Rc::clone(&root))), root })
    }

    /// Where it is.
    pub fn place(&self) -> &Path {
        &self.place
    }

    /// Makes a directory in one that is there. That there is one already is fine, as long as it is
    /// no link.
    pub fn make_directory(&self, inside: &Path) -> io::Result<()> {
        self.at(inside, "make the directory", |parent, name| {
            match rustix::fs::mkdirat(parent, name, Mode::from_raw_mode(0o755)) {
                Err(Errno::EXIST) if kind(parent, name)? == FileType::Directory => Ok(()),
                Err(Errno::EXIST) => Err(Errno::NOTDIR),
                outcome => outcome,
            }
        })
    }

    /// Makes a directory and those above it.
    pub fn make_directories(&self, inside: &Path) -> io::Result<()> {
        let mut above: Vec<&Path> = inside.ancestors().filter(|path| !path.as_os_str().is_empty()).collect();
        above.reverse();
        above.into_iter().try_for_each(|path| self.make_directory(path))
    }

    /// A new file, for its owner alone until its mode is set. An error when there is something.
    pub fn create(&self, inside: &Path) -> io::Result<File> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = self
            .at(inside, "create", |parent, name| rustix::fs::openat(parent, name, flags, Mode::from_raw_mode(0o600)))?;
        Ok(File::from_parts(file.into(), self.place.join(inside)))
    }

    /// A new file with a content and a mode.
    pub fn write(&self, inside: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
        use io::Write as _;
        use std::os::unix::fs::PermissionsExt as _;
        let mut file = self.create(inside)?;
        file.write_all(bytes)?;
        file.set_permissions(std::fs::Permissions::from_mode(mode))
    }

    /// The same, with the directories above it.
    pub fn lay(&self, inside: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
        self.make_directories(inside.parent().unwrap_or(Path::new("")))?;
        self.write(inside, bytes, mode)
    }

    /// A new file in the place of whatever file or link is there.
    pub fn replace(&self, inside: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
        self.remove_file(inside)?;
        self.write(inside, bytes, mode)
    }

    /// A new symbolic link. Where it leads is the caller's to judge.
    pub fn symlink(&self, target: &Path, inside: &Path) -> io::Result<()> {
        self.at(inside, "make the link", |parent, name| rustix::fs::symlinkat(target, parent, name))
    }

    /// Gives a file that is below the directory a further name.
    pub fn hard_link(&self, existing: &Path, inside: &Path) -> io::Result<()> {
        self.at(existing, "link", |from, old| {
            let (parent, name) = self.parent(inside)?;
            rustix::fs::linkat(from, old, &*parent, name, AtFlags::empty())
        })
    }

    /// Gives a file from elsewhere a name here: another one for the same file, or a copy where the
    /// file system has no hard links or no more of them. A link is made again as it is.
    pub fn adopt(&self, from: &Path, inside: &Path) -> io::Result<()> {
        let linked = self.at(inside, "link", |parent, name| {
            match rustix::fs::linkat(CWD, from, parent, name, AtFlags::empty()) {
                Err(Errno::XDEV | Errno::MLINK | Errno::PERM | Errno::NOTSUP | Errno::NOSYS) => Ok(false),
                outcome => outcome.map(|()| true),
            }
        })?;
        if linked {
            return Ok(());
        }
        let metadata = fs_err::symlink_metadata(from)?;
        if metadata.is_symlink() {
            return self.symlink(&fs_err::read_link(from)?, inside);
        }
        let mut copy = self.create(inside)?;
        io::copy(&mut File::open(from)?, &mut copy)?;
        copy.set_permissions(metadata.permissions())
    }

    /// Removes a file or a link; `false` when there was nothing.
    pub fn remove_file(&self, inside: &Path) -> io::Result<bool> {
        self.at(inside, "remove", |parent, name| match rustix::fs::unlinkat(parent, name, AtFlags::empty()) {
            Err(Errno::NOENT) => Ok(false),
            outcome => outcome.map(|()| true),
        })
    }

    /// What is at a path, without following a link there; `None` when there is nothing.
    pub fn kind(&self, inside: &Path) -> io::Result<Option<FileType>> {
        match self.parent(inside).and_then(|(parent, name)| kind(&parent, name)) {
            Err(Errno::NOENT) => Ok(None),
            Err(error) => Err(failed("look at", &self.place.join(inside), error)),
            Ok(found) => Ok(Some(found)),
        }
    }

    /// Whether there is anything at a path.
    pub fn exists(&self, inside: &Path) -> io::Result<bool> {
        self.kind(inside).map(|kind| kind.is_some())
    }

    /// Does something at a path, whose parent is opened for it.
    fn at<T>(
        &self,
        inside: &Path,
        verb: &str,
        work: impl FnOnce(&OwnedFd, &OsStr) -> Result<T, Errno>,
    ) -> io::Result<T> {
        let done = self.parent(inside).and_then(|(parent, name)| work(&parent, name));
        done.map_err(|error| failed(verb, &self.place.join(inside), error))
    }

    /// The directory that a path is in, and its last component.
    fn parent<'p>(&self, inside: &'p Path) -> Result<(Rc<OwnedFd>, &'p OsStr), Errno> {
        let is_name = |component: Component| matches!(component, Component::Normal(_));
        let (Some(parent), Some(name), true) = (inside.parent(), inside.file_name(), inside.components().all(is_name))
        else {
            return Err(Errno::INVAL);
        };
        let mut last = self.last.borrow_mut();
        if last.0 != parent {
            let opened = if parent.as_os_str().is_empty() {
                Rc::clone(&self.root)
            } else {
                Rc::new(descend(&self.root, parent)?)
            };
            *last = (parent.to_owned(), opened);
        }
        Ok((Rc::clone(&last.1), name))
    }
}

fn failed(verb: &str, place: &Path, error: Errno) -> io::Error {
    let error = io::Error::from(error);
    io::Error::new(error.kind(), format!("failed to {verb} `{}`: {error}", place.display()))
}

fn kind(parent: &OwnedFd, name: &OsStr) -> Result<FileType, Errno> {
    let stat = rustix::fs::statat(parent, name, AtFlags::SYMLINK_NOFOLLOW)?;
    Ok(FileType::from_raw_mode(stat.st_mode))
}

/// Opens a directory below another, through no link.
#[cfg(target_os = "linux")]
fn descend(root: &OwnedFd, inside: &Path) -> Result<OwnedFd, Errno> {
    use rustix::fs::ResolveFlags;
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
    match rustix::fs::openat2(root, inside, DIRECTORY, Mode::empty(), resolve) {
        // Linux before 5.6, and containers whose list of system calls is from before that.
        Err(Errno::NOSYS | Errno::PERM) => descend_by_hand(root, inside),
        outcome => outcome,
    }
}

#[cfg(not(target_os = "linux"))]
fn descend(root: &OwnedFd, inside: &Path) -> Result<OwnedFd, Errno> {
    descend_by_hand(root, inside)
}

#[cfg(target_os = "linux")]
const DIRECTORY: OFlags = OFlags::PATH.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

#[cfg(not(target_os = "linux"))]
const DIRECTORY: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// The same, one component after the other.
fn descend_by_hand(root: &OwnedFd, inside: &Path) -> Result<OwnedFd, Errno> {
    let mut at: Option<OwnedFd> = None;
    for component in inside {
        let parent = at.as_ref().unwrap_or(root);
        at = Some(rustix::fs::openat(parent.as_fd(), component, DIRECTORY, Mode::empty())?);
    }
    at.ok_or(Errno::INVAL)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn beneath() -> (tempfile::TempDir, Beneath) {
        let place = tempfile::tempdir().unwrap();
        fs_err::create_dir(place.path().join("root")).unwrap();
        fs_err::write(place.path().join("victim"), "mine").unwrap();
        let beneath = Beneath::open(&place.path().join("root")).unwrap();
        (place, beneath)
    }

    #[test]
    fn names_alone_make_a_path() {
        let (place, beneath) = beneath();
        for bad in ["", "..", "../x", "a/../../x", "/x", "./x"] {
            // Rust drops `.` from the middle of a path, and not from its start.
            assert!(beneath.create(Path::new(bad)).is_err(), "{bad}");
            assert!(beneath.make_directory(Path::new(bad)).is_err(), "{bad}");
            assert!(beneath.symlink(Path::new("a"), Path::new(bad)).is_err(), "{bad}");
            assert!(beneath.adopt(&place.path().join("victim"), Path::new(bad)).is_err(), "{bad}");
        }
        assert_eq!(fs_err::read_dir(place.path()).unwrap().count(), 2);
    }

    #[test]
    fn nothing_goes_through_a_link() {
        let (place, beneath) = beneath();
        beneath.symlink(place.path(), Path::new("out")).unwrap();
        beneath.symlink(Path::new("../victim"), Path::new("file")).unwrap();
        for path in ["out/new", "out/victim", "out/a/b"] {
            assert!(beneath.create(Path::new(path)).is_err(), "{path}");
            assert!(beneath.make_directories(Path::new(path)).is_err(), "{path}");
            assert!(beneath.adopt(&place.path().join("victim"), Path::new(path)).is_err(), "{path}");
            assert!(beneath.remove_file(Path::new(path)).is_err(), "{path}");
        }
        assert!(beneath.make_directory(Path::new("out")).is_err());
        assert_eq!(
            beneath.write(Path::new("file"), b"theirs", 0o644).unwrap_err().kind(),
            io::ErrorKind::AlreadyExists
        );
        assert_eq!(fs_err::read_to_string(place.path().join("victim")).unwrap(), "mine");
        let by_hand = |path: &str| descend_by_hand(&beneath.root, Path::new(path));
        beneath.make_directories(Path::new("a/b")).unwrap();
        assert!(by_hand("a/b").is_ok());
        assert!(by_hand("out").is_err() && by_hand("out/root").is_err());
    }

    #[test]
    fn what_is_there_is_not_written() {
        let (place, beneath) = beneath();
        let object = place.path().join("victim");
        beneath.adopt(&object, Path::new("a")).unwrap();
        let other = place.path().join("other");
        fs_err::write(&other, "other").unwrap();
        assert_eq!(beneath.adopt(&other, Path::new("a")).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert!(beneath.create(Path::new("a")).is_err());
        assert_eq!(fs_err::read_to_string(&object).unwrap(), "mine");
        assert!(beneath.remove_file(Path::new("a")).unwrap() && !beneath.remove_file(Path::new("a")).unwrap());
        beneath.adopt(&other, Path::new("a")).unwrap();
        assert_eq!(fs_err::read_to_string(place.path().join("root/a")).unwrap(), "other");
    }

    #[test]
    fn a_directory_that_became_a_link_is_noticed() {
        let (place, beneath) = beneath();
        beneath.make_directories(Path::new("a/b")).unwrap();
        beneath.write(Path::new("a/b/c"), b"x", 0o644).unwrap();
        assert_eq!(beneath.kind(Path::new("a/b")).unwrap(), Some(FileType::Directory));
        assert_eq!(beneath.kind(Path::new("a/x")).unwrap(), None);
        fs_err::rename(place.path().join("root/a"), place.path().join("root/z")).unwrap();
        beneath.symlink(place.path(), Path::new("a")).unwrap();
        assert!(beneath.create(Path::new("a/d")).is_err());
    }
}
