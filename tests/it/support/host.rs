//! The host as most tests see it: a directory with links to the few commands they use. It is the
//! same wherever the tests run, has no node or compiler by accident, and is small: with a whole
//! host each sandbox would link hundreds of base utilities.

use std::ffi::OsString;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use devshell::files::own::Trusted;

const COMMANDS: &str = "
    echo sh bash zsh fish
    awk basename cat chmod cp cut date dirname env expr factor false find grep gzip head hostname id kill ln ls mkdir
    mktemp mv printenv printf ps pwd readlink rm sed seq sha256sum sleep sort stty tail tar tee test touch tr true tty uname
    uniq wc which xargs
    git tmux";

/// PATH of the small host.
pub fn path() -> OsString {
    static DIRECTORY: LazyLock<PathBuf> = LazyLock::new(make);
    DIRECTORY.clone().into()
}

/// Makes the directory, whose name says what is in it, so that it is there for the next time.
fn make() -> PathBuf {
    let links: Vec<(&str, PathBuf)> =
        COMMANDS.split_whitespace().filter_map(|command| Some((command, which::which(command).ok()?))).collect();
    let mut hasher = DefaultHasher::new();
    links.hash(&mut hasher);
    let directory = place().join(format!("host-{:016x}", hasher.finish()));
    if !directory.is_dir() {
        let staging = tempfile::Builder::new().prefix("host-").tempdir_in(place()).unwrap().keep();
        for (command, target) in links {
            fs_err::os::unix::fs::symlink(target, staging.join(command)).unwrap();
        }
        // Another process may have been faster.
        if fs_err::rename(&staging, &directory).is_err() {
            fs_err::remove_dir_all(&staging).unwrap();
        }
    }
    directory
}

/// Where the tests may write: cargo's directory for the purpose, since `/tmp` may forbid to run
/// what is in it. A path with a space would be refused as the store's.
pub fn place() -> PathBuf {
    let cargos = Path::new(env!("CARGO_TARGET_TMPDIR"));
    // devshell would not use a store below what another user could change.
    let is_good = !cargos.to_string_lossy().contains(' ') && Trusted::of_process().first_fault(cargos).is_none();
    let place = if is_good { cargos.to_owned() } else { std::env::temp_dir() };
    fs_err::canonicalize(place).unwrap()
}
