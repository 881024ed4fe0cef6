//! What to do when the system refuses to write a file or a directory.

use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// The next step, for a directory of devshell's own, or something in it.
pub fn way_to_write(error: &io::Error) -> String {
    advise(error, named(&error.to_string()).as_deref())
}

/// The same, where the path is known.
pub fn way_to_write_in(directory: &Path, error: &io::Error) -> String {
    advise(error, Some(directory))
}

fn advise(error: &io::Error, path: Option<&Path>) -> String {
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            "make room, or set DEVSHELL_HOME to another disk".to_owned()
        }
        ErrorKind::FileTooLarge => "`ulimit -f` limits how large files may become; raise it and try again".to_owned(),
        _ => path
            .and_then(|path| way_to_own_at(path, error))
            .unwrap_or_else(|| "set DEVSHELL_HOME to a directory you can write".to_owned()),
    }
}

/// The next step, if a directory of the user's has something of root's in it, as `sudo` or a container leaves it.
pub fn way_to_own(error: &io::Error) -> Option<String> {
    way_to_own_at(&named(&error.to_string())?, error)
}

fn way_to_own_at(path: &Path, error: &io::Error) -> Option<String> {
    let user = rustix::process::geteuid().as_raw();
    let (place, owner) = of_root(path, user).filter(|_| error.kind() == ErrorKind::PermissionDenied)?;
    let place = place.display().to_string();
    let give = format!("sudo chown -R {user}:{} {}", owner.gid(), shell_words::quote(&place));
    Some(format!("`{place}` belongs to root, perhaps since a command ran with `sudo`; `{give}` gives it back to you"))
}

/// The uppermost of root's files above a path, up to a directory of the user's, and that directory.
fn of_root(path: &Path, user: u32) -> Option<(PathBuf, std::fs::Metadata)> {
    let mut of_root = None;
    for place in path.ancestors() {
        match fs_err::symlink_metadata(place) {
            Ok(metadata) if metadata.uid() == user => return Some((of_root?, metadata)),
            Ok(metadata) if metadata.uid() == 0 => of_root = Some(place.to_owned()),
            Ok(_) => return None,
            // It is missing, or below what is root's alone.
            Err(_) => {}
        }
    }
    None
}

/// The path in the text of an error, as `fs_err`, `tempfile` and devshell quote it.
fn named(text: &str) -> Option<PathBuf> {
    let quoted = |quote: char| text.split_once(&format!("{quote}/")).and_then(|(_, rest)| rest.split_once(quote));
    let (path, _) = quoted('`').or_else(|| quoted('"'))?;
    Some(Path::new("/").join(path))
}

#[cfg(test)]
mod tests {
    use super::named;
    use std::path::Path;

    #[test]
    fn the_path_of_an_error_is_found_in_its_text() {
        for (text, expected) in [
            ("failed to create directory `/home/me/.cache`: Permission denied (os error 13)", Some("/home/me/.cache")),
            ("Permission denied (os error 13) at path \"/home/me/.tmpA\"", Some("/home/me/.tmpA")),
            ("cannot write `/a b/c`: no (os error 13) at path \"/x\"", Some("/a b/c")),
            ("Permission denied (os error 13)", None),
            ("failed to read `relative`", None),
        ] {
            assert_eq!(named(text).as_deref(), expected.map(Path::new), "{text}");
        }
    }
}
