//! Becomes a program of a prefix, in the place that its compiled-in paths are for. Where there can be no such place, it
//! starts all the same.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

use crate::files::bounded;

/// Returns only if it did not start. The variables are added to those of this process, which must have a single thread.
pub fn become_placed(
    (prefix, hosts_libraries): (&Path, bool),
    program: &Path,
    called: &OsStr,
    arguments: impl IntoIterator<Item = OsString>,
    variables: impl IntoIterator<Item = (String, OsString)>,
) -> io::Error {
    // The kernel may not let it, and another sandbox may not. The program then finds what it finds.
    let is_placed = devshell_wall::in_place(prefix, hosts_libraries).is_ok();
    let inside = program.strip_prefix(prefix).ok().filter(|_| is_placed);
    let Some(inside) = inside else { return Command::new(program).arg0(called).args(arguments).envs(variables).exec() };
    // There, it is called by the path that a system would have started it by: some programs find their files from that. But of
    // what is no script it is the file of the prefix that starts, since libraries may be looked for from where that is.
    let path = Path::new("/").join(inside);
    let usual = path.with_file_name(called);
    let called =
        [usual, path].into_iter().find(|path| is_one_file(path, program)).unwrap_or_else(|| program.to_owned());
    let is_script = bounded::head(program, 2).is_ok_and(|start| start == b"#!");
    let started = if is_script { called.as_path() } else { program };
    Command::new(started).arg0(&called).args(arguments).envs(variables).exec()
}

fn is_one_file(one: &Path, other: &Path) -> bool {
    // What is laid over the host may have other numbers there.
    let identity =
        |path: &Path| fs_err::metadata(path).ok().map(|found| (found.len(), found.mtime(), found.mtime_nsec()));
    identity(one).is_some_and(|one| identity(other) == Some(one))
}
