//! Files of the user's, written in one step: the old file or the new one, never half of either. Only a file that
//! cannot be replaced is written in its place: one that is mounted by itself, or whose directory takes no new file.

use std::fs::{Metadata, Permissions};
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, fchown};
use std::path::{Path, PathBuf};

use super::mask;

/// Writes a file of the user's in one step. Its mode is kept, and a link is followed rather than replaced. What root
/// writes keeps its owner, and a new file gets that of its directory, so that root leaves nothing of root's in
/// another user's repository.
pub fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let target = fs_err::canonicalize(path).unwrap_or_else(|_| end_of_link(path));
    let there = fs_err::metadata(&target).ok().filter(Metadata::is_file);
    let replaced = replace(&target, there.as_ref(), bytes);
    let written = if there.is_some() { or_over(replaced, &target, bytes) } else { replaced };
    written.map_err(|error| io::Error::new(error.kind(), format!("cannot write `{}`: {error}", target.display())))
}

fn replace(target: &Path, there: Option<&Metadata>, bytes: &[u8]) -> io::Result<()> {
    let directory = target.parent().unwrap_or(Path::new("/"));
    let permissions = there.map_or_else(|| Permissions::from_mode(0o666 & !mask::of_caller()), Metadata::permissions);
    let mut file = tempfile::Builder::new().prefix(".devshell-").tempfile_in(directory)?;
    file.write_all(bytes)?;
    if rustix::process::geteuid().is_root() {
        let owner = there.cloned().map_or_else(|| fs_err::metadata(directory), Ok)?;
        // A disk may have no owners, and a namespace may not know this one.
        let _ = fchown(file.as_file(), Some(owner.uid()), Some(owner.gid()));
    }
    file.as_file().set_permissions(permissions)?;
    file.as_file().sync_all()?;
    file.persist(target).map_err(|error| error.error)?;
    Ok(())
}

/// Writes a file in its place, if it can perhaps be written although no other one could be put there. A container that
/// mounts a file and not its directory has such files.
fn or_over(replaced: io::Result<()>, target: &Path, bytes: &[u8]) -> io::Result<()> {
    let keeps_its_place = [ErrorKind::ResourceBusy, ErrorKind::PermissionDenied, ErrorKind::ReadOnlyFilesystem];
    match replaced {
        Err(error) if keeps_its_place.contains(&error.kind()) => write_over(target, bytes),
        replaced => replaced,
    }
}

fn write_over(target: &Path, bytes: &[u8]) -> io::Result<()> {
    // `write_whole` names the path.
    let mut file = fs_err::OpenOptions::new().write(true).options().open(target)?;
    file.write_all(bytes)?;
    file.set_len(bytes.len() as u64)?;
    file.sync_all()
}

/// Where a link leads to, when nothing is there yet: the file is to be made there.
fn end_of_link(path: &Path) -> PathBuf {
    let mut end = path.to_owned();
    // As many as Linux follows (path_resolution(7)).
    for _ in 0..40 {
        let Ok(next) = fs_err::read_link(&end) else { break };
        end = end.parent().unwrap_or(Path::new("/")).join(next);
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fails_last_is_the_error() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("file");
        fs_err::write(&file, "longer").unwrap();
        or_over(Err(ErrorKind::ResourceBusy.into()), &file, b"new").unwrap();
        assert_eq!(fs_err::read_to_string(&file).unwrap(), "new");
        // No one can write a directory as a file.
        for (replacing, expected) in [
            (ErrorKind::ResourceBusy, ErrorKind::IsADirectory),
            (ErrorKind::PermissionDenied, ErrorKind::IsADirectory),
            (ErrorKind::ReadOnlyFilesystem, ErrorKind::IsADirectory),
            (ErrorKind::StorageFull, ErrorKind::StorageFull),
        ] {
            let error = or_over(Err(replacing.into()), place.path(), b"new").unwrap_err();
            assert_eq!(error.kind(), expected, "{replacing}");
        }
    }
}
