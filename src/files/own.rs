//! Directories of devshell's own: made with a mode of their own, whatever the caller's umask is, and
//! trusted only where no other user can change them. What is let in all the same is the caller's to
//! decide.

use std::ffi::OsString;
use std::fs::{Metadata, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Component, Path, PathBuf};
use std::sync::OnceLock;

use rustix::fs::Mode;

use super::{bounded, most};

/// The mode of directories that other users may read: the store, which one user can share.
pub const SHARED: u32 = 0o755;

/// The mode of private directories: the cache and the state.
pub const PRIVATE: u32 = 0o700;

/// More links than this in one path are a loop, as the kernel sees it.
const MOST_LINKS: usize = 40;

/// Makes a directory below `base`, and all between the two, with a mode. `base` itself, if it is
/// missing, gets that mode too.
pub fn make_directory(base: &Path, below: impl AsRef<Path>, mode: u32) -> io::Result<PathBuf> {
    // An empty path would leave a slash.
    let directory: PathBuf = base.components().chain(below.as_ref().components()).collect();
    if directory.is_dir() {
        return Ok(directory);
    }
    make_base(base, mode)?;
    let mut place = base.to_owned();
    for component in below.as_ref().components() {
        place.push(component);
        make(&place, mode)?;
    }
    Ok(directory)
}

/// Makes one of devshell's three directories, and what is missing above it.
fn make_base(base: &Path, mode: u32) -> io::Result<()> {
    if base.is_dir() {
        return Ok(());
    }
    let missing: Vec<&Path> = base.ancestors().skip(1).take_while(|parent| !parent.is_dir()).collect();
    for (height, parent) in missing.iter().enumerate().rev() {
        // `~/.cache` belongs to many programs, and the XDG Base Directory Specification wants it
        // private. The directory that `DEVSHELL_HOME` names has the store in it as well.
        make(parent, if height == 0 && base.ends_with("devshell") { mode } else { SHARED })?;
    }
    make(base, mode)
}

/// Makes one directory. That another process has just made it is fine, and that another user has
/// is not.
fn make(place: &Path, mode: u32) -> io::Result<()> {
    let named = |error: io::Error| {
        io::Error::new(error.kind(), format!("failed to create directory `{}`: {error}", place.display()))
    };
    // The bits of a mode fit into the smaller type that macOS has for it.
    #[allow(clippy::cast_possible_truncation)]
    let bits = Mode::from_raw_mode(mode as _);
    match rustix::fs::mkdir(place, bits).map_err(io::Error::from) {
        // The umask has taken away what the mode has.
        Ok(()) => fs_err::set_permissions(place, Permissions::from_mode(mode)),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let metadata = fs_err::metadata(place)?;
            let is_ours = metadata.is_dir() && Trusted::of_process().fault(&metadata).is_none();
            if is_ours { Ok(()) } else { Err(named(error)) }
        }
        Err(error) => Err(named(error)),
    }
}

/// Why a file or directory is not trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It belongs to this other user.
    Owner(u32),
    /// Others can write it.
    Writable,
}

/// Who may own what this process relies on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trusted {
    pub user: u32,
    /// root's number. In a user namespace that does not know root, `/` belongs to another one.
    root: u32,
}

impl Trusted {
    pub fn of_process() -> Self {
        Self::of_user(rustix::process::geteuid().as_raw())
    }

    pub fn of_user(user: u32) -> Self {
        let root = fs_err::metadata("/").map_or(0, |metadata| metadata.uid());
        Self { user, root }
    }

    /// What is wrong with a file or directory. A group is trusted when it is its owner's private one, or root's.
    pub fn fault(self, metadata: &Metadata) -> Option<Fault> {
        let owner = metadata.uid();
        if ![0, self.user, self.root].contains(&owner) {
            return Some(Fault::Owner(owner));
        }
        let is_writable = is_writable(metadata.mode(), owner, metadata.gid());
        // The mode of a link means nothing.
        (is_writable && !metadata.is_symlink()).then_some(Fault::Writable)
    }

    /// The first component of an absolute path that lets another user change what the path leads
    /// to, from the top. Links are followed one by one, so that each directory on the way counts.
    /// What is not there yet is fine: this process will make it.
    pub fn first_fault(self, path: &Path) -> Option<(PathBuf, Fault)> {
        let reversed = |path: &Path| path.components().rev().map(|part| part.as_os_str().to_owned()).collect();
        let mut waiting: Vec<OsString> = reversed(path);
        let (mut place, mut links) = (PathBuf::from("/"), 0);
        while let Some(component) = waiting.pop() {
            match Path::new(&component).components().next() {
                Some(Component::RootDir) => place = PathBuf::from("/"),
                Some(Component::ParentDir) => drop(place.pop()),
                Some(Component::Normal(name)) => {
                    let next = place.join(name);
                    let metadata = fs_err::symlink_metadata(&next).ok()?;
                    let is_on_the_way = metadata.is_symlink() || !waiting.is_empty();
                    match self.fault(&metadata) {
                        // In such a directory everyone can only change what is their own.
                        Some(Fault::Writable) if is_on_the_way && metadata.mode() & 0o1000 != 0 => {}
                        Some(fault) => return Some((next, fault)),
                        None => {}
                    }
                    if metadata.is_symlink() && links < MOST_LINKS {
                        links += 1;
                        let target: Vec<OsString> = reversed(&fs_err::read_link(&next).ok()?);
                        waiting.extend(target);
                    } else {
                        place = next;
                    }
                }
                _ => {}
            }
        }
        None
    }
}

/// Whether users besides the owner can write a file of this mode.
pub fn is_writable(mode: u32, owner: u32, group: u32) -> bool {
    is_writable_where(mode, owner, group, is_private)
}

fn is_writable_where(mode: u32, owner: u32, group: u32, is_private: impl Fn(u32) -> bool) -> bool {
    let is_owners = || group == 0 || group == owner && is_private(group);
    mode & 0o002 != 0 || mode & 0o020 != 0 && !is_owners()
}

/// Whether the group with a user's number is that user's alone. The C library is not asked: see `host::account`.
fn is_private(number: u32) -> bool {
    static FIRST: OnceLock<(u32, bool)> = OnceLock::new();
    let look = || {
        let read = |path: &str| bounded::read(Path::new(path), most::MACHINE).unwrap_or_default();
        let [users, groups] = ["/etc/passwd", "/etc/group"].map(read);
        is_private_in(&String::from_utf8_lossy(&users), &String::from_utf8_lossy(&groups), number)
    };
    // Nearly always, one number is all that is asked for.
    let first = FIRST.get_or_init(|| (number, look()));
    if first.0 == number { first.1 } else { look() }
}

/// The fields of each line.
fn lines(text: &str) -> Vec<Vec<&str>> {
    text.lines().map(|line| line.split(':').collect()).collect()
}

/// The same, as far as the files say (passwd(5), group(5)): its name is the user's, and no one else is in it. Of a
/// group that they do not have, the number says it.
fn is_private_in(users: &str, groups: &str, number: u32) -> bool {
    let is_it = |field: Option<&&str>| field.is_some_and(|field| field.parse() == Ok(number));
    let (users, groups) = (lines(users), lines(groups));
    let owner = users.iter().find(|user| is_it(user.get(2))).map(|user| user[0]);
    let is_alone = users.iter().all(|user| !is_it(user.get(3)) || is_it(user.get(2)));
    let is_own = |group: &Vec<&str>| {
        let mut members =
            group.get(3).into_iter().flat_map(|members| members.split(',')).filter(|name| !name.is_empty());
        owner.is_some_and(|owner| owner == group[0] && members.all(|member| member == owner))
    };
    is_alone && groups.iter().filter(|group| is_it(group.get(2))).all(is_own)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs_err::metadata(path).unwrap().mode() & 0o7777
    }

    #[test]
    fn what_is_missing_is_made_with_its_own_mode() {
        let home = tempfile::tempdir().unwrap();
        let place = |below: &str| home.path().join(below);
        make_directory(&place(".cache/devshell"), "a/b", PRIVATE).unwrap();
        make_directory(&place(".local/state/devshell"), "", PRIVATE).unwrap();
        make_directory(&place(".local/share/devshell"), "objects-1", SHARED).unwrap();
        make_directory(&place("elsewhere/state"), "", PRIVATE).unwrap();
        for (below, expected) in [
            (".cache", 0o700),
            (".cache/devshell", 0o700),
            (".cache/devshell/a/b", 0o700),
            (".local", 0o755),
            (".local/state", 0o700),
            (".local/share", 0o755),
            (".local/share/devshell/objects-1", 0o755),
            ("elsewhere", 0o755),
            ("elsewhere/state", 0o700),
        ] {
            assert_eq!(mode(&place(below)), expected, "{below}");
        }
        fs_err::write(place("file"), "").unwrap();
        let error = make_directory(&place("file"), "x", SHARED).unwrap_err();
        assert!(error.to_string().starts_with("failed to create directory `"), "{error}");
    }

    #[test]
    fn a_group_is_trusted_where_it_is_the_owners_own() {
        for (mode, owner, group, expected) in [
            (0o755, 7, 8, false),
            (0o775, 7, 7, false),
            (0o775, 7, 0, false),
            (0o775, 7, 8, true),
            (0o757, 7, 7, true),
            (0o777, 0, 0, true),
        ] {
            assert_eq!(is_writable_where(mode, owner, group, |_| true), expected, "{mode:o} {owner} {group}");
        }
        assert!(is_writable_where(0o775, 7, 7, |_| false));
    }

    /// That a group has its owner's number may be chance.
    #[test]
    fn a_private_group_has_one_member() {
        let users = "root:x:0:0::/root:/bin/sh\nalice:x:7:7::/:/bin/sh\nbob:x:8:8::/:/bin/sh\ncut:x\n";
        for (more, groups, expected) in [
            ("", "alice:x:7:\nbob:x:8:alice\n", true),
            ("", "alice:x:7:alice\n", true),
            ("", "devs:x:7:\n", false),
            ("", "alice:x:7:alice,bob\n", false),
            ("", "alice:x:7:\nsame:x:7:bob\n", false),
            ("carol:x:9:7::/:/bin/sh\n", "alice:x:7:\n", false),
            // Those of another directory, such as LDAP, are not in the files.
            ("", "", true),
            ("", "# a comment\n\nalice:x\n", true),
        ] {
            assert_eq!(is_private_in(&format!("{users}{more}"), groups, 7), expected, "{more}{groups}");
        }
        assert!(is_private_in("", "", 7));
    }

    #[test]
    fn every_component_of_a_path_counts() {
        let root = fs_err::canonicalize(std::env::temp_dir()).unwrap();
        let home = tempfile::tempdir_in(root).unwrap();
        let place = |below: &str| home.path().join(below);
        let set = |below: &str, mode: u32| {
            fs_err::create_dir_all(place(below)).unwrap();
            fs_err::set_permissions(place(below), Permissions::from_mode(mode)).unwrap();
        };
        let trusted = Trusted::of_process();
        set("good/data", 0o755);
        set("open", 0o777);
        set("open/data", 0o755);
        set("sticky", 0o1777);
        set("sticky/data", 0o755);
        for (link, target) in [("link", "good"), ("other", "open/data"), ("loop", "loop")] {
            fs_err::os::unix::fs::symlink(target, place(link)).unwrap();
        }
        fs_err::os::unix::fs::symlink(place("open/data"), place("absolute")).unwrap();
        for (below, fault) in [
            ("good/data", None),
            ("good/data/not/there", None),
            ("link/data", None),
            ("link/../good/data", None),
            ("sticky/data", None),
            ("sticky/not-there", None),
            ("loop", None),
            // Everyone can put something into it.
            ("sticky", Some("sticky")),
            ("open", Some("open")),
            ("open/data", Some("open")),
            ("open/not-there", Some("open")),
            ("other", Some("open")),
            ("absolute", Some("open")),
            ("good/../open/data", Some("open")),
        ] {
            let found = trusted.first_fault(&place(below));
            assert_eq!(found, fault.map(|below| (place(below), Fault::Writable)), "{below}");
        }
        // The one who made all this is another user to a user with another number.
        if trusted.user != 0 {
            let other = Trusted { user: trusted.user + 1, ..trusted };
            assert_eq!(other.fault(&fs_err::metadata(place("good")).unwrap()), Some(Fault::Owner(trusted.user)));
        }
    }
}
