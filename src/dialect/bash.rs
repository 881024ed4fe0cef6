//! bash, 3.2 (macOS) and later. An interactive shell reads the file of `--rcfile` in place of
//! `~/.bashrc`; ours reads the user's first.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use super::{Dialect, Launch, Places, Posix, StartFile};

pub struct Bash;

impl Dialect for Bash {
    fn name(&self) -> &'static str {
        "bash"
    }

    fn start_files(&self) -> &'static [StartFile] {
        &[
            ("bashrc", include_str!("start/bashrc")),
            ("finish.bash", include_str!("start/finish.bash")),
            ("rare.bash", include_str!("start/rare.bash")),
        ]
    }

    fn interactive(&self, start: &Path) -> Option<Launch> {
        let mut launch = Launch::with_arguments(&["--noprofile", "--rcfile"]);
        launch.arguments.extend([start.join("bashrc").into(), "-i".into()]);
        Some(launch)
    }

    fn without_rc_files(&self, start: &Path) -> Option<Launch> {
        self.interactive(start).map(Launch::without_rc_files)
    }

    fn notices_changes(&self) -> bool {
        true
    }

    fn rc_files(&self, places: &Places) -> Vec<PathBuf> {
        // On macOS, where Terminal starts login shells, many have only the other.
        let profile = cfg!(target_os = "macos").then(|| places.home.join(".bash_profile"));
        profile.into_iter().chain([places.home.join(".bashrc")]).collect()
    }

    fn script(&self) -> Launch {
        Launch::with_arguments(&["--noprofile", "--norc", "-s"])
    }

    fn set(&self, name: &str, value: &OsStr) -> OsString {
        Posix.set(name, value)
    }

    fn unset(&self, name: &str) -> OsString {
        Posix.unset(name)
    }
}
