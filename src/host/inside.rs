//! The weaker wall of isolation `sandbox`, from inside: the home directory is a private one, and links beside it say what is
//! outside.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// The name of the link to the user's own home directory.
pub const OUTSIDE: &str = ".devshell-home";

/// What a link beside the home directory says. It counts only in a directory that is closed to all other users, so that
/// none of them can have made it.
pub fn beside(home: &Path, name: &str) -> Option<PathBuf> {
    let directory = home.parent()?;
    let target = fs_err::read_link(directory.join(name)).ok()?;
    let found = fs_err::metadata(directory).ok()?;
    let is_closed = found.uid() == rustix::process::geteuid().as_raw() && found.mode() & 0o777 == 0o700;
    is_closed.then_some(target)
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_link_that_others_can_have_made_says_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let home = directory.path().join("home");
        assert_eq!(beside(&home, OUTSIDE), None);
        fs_err::os::unix::fs::symlink("/home/ann", directory.path().join(OUTSIDE)).unwrap();
        for (mode, expected) in [(0o700, Some("/home/ann")), (0o770, None), (0o701, None), (0o777, None)] {
            fs_err::set_permissions(directory.path(), Permissions::from_mode(mode)).unwrap();
            assert_eq!(beside(&home, OUTSIDE).as_deref(), expected.map(Path::new), "{mode:o}");
        }
        assert_eq!(beside(Path::new("/"), OUTSIDE), None);
    }
}
