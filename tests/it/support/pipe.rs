//! A named pipe in the place of a file, as password managers make one.

use std::path::Path;
use std::thread::JoinHandle;

use rustix::fs::{CWD, Mode, mkfifoat};

pub fn make_pipe(path: &Path) {
    let _ = fs_err::remove_file(path);
    mkfifoat(CWD, path, Mode::RUSR | Mode::WUSR).unwrap();
}

/// Writes a text for the next reader, and nothing for any other one.
pub fn serve_once(path: &Path, text: impl Into<String>) -> JoinHandle<()> {
    let (path, text) = (path.to_owned(), text.into());
    // Opening it waits until there is a reader.
    std::thread::spawn(move || fs_err::write(path, text).unwrap())
}
