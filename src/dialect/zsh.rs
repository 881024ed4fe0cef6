//! zsh, 5.0 and later. It looks for its rc files in `ZDOTDIR`; ours are there, read the user's
//! from where they are, and give `ZDOTDIR` back.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use super::{Dialect, Launch, Places, Posix, StartFile};

pub struct Zsh;

impl Dialect for Zsh {
    fn name(&self) -> &'static str {
        "zsh"
    }

    fn start_files(&self) -> &'static [StartFile] {
        &[
            ("zsh/.zshenv", include_str!("start/zsh/.zshenv")),
            ("zsh/.zprofile", include_str!("start/zsh/.zprofile")),
            ("zsh/.zshrc", include_str!("start/zsh/.zshrc")),
            ("zsh/lib.zsh", include_str!("start/zsh/lib.zsh")),
            ("zsh/prompt.zsh", include_str!("start/zsh/prompt.zsh")),
        ]
    }

    fn interactive(&self, start: &Path) -> Option<Launch> {
        let mut launch = Launch::with_arguments(&["-i"]);
        launch.variables.push(("ZDOTDIR".into(), start.join("zsh").into()));
        Some(launch)
    }

    fn without_rc_files(&self, start: &Path) -> Option<Launch> {
        self.interactive(start).map(Launch::without_rc_files)
    }

    fn notices_changes(&self) -> bool {
        true
    }

    fn rc_files(&self, places: &Places) -> Vec<PathBuf> {
        let directory = places.zdotdir.unwrap_or(places.home);
        // A .zshenv at home often leads to the directory of the others.
        vec![places.home.join(".zshenv"), directory.join(".zshenv"), directory.join(".zshrc")]
    }

    fn script(&self) -> Launch {
        Launch::with_arguments(&["--no-rcs", "-s"])
    }

    fn set(&self, name: &str, value: &OsStr) -> OsString {
        Posix.set(name, value)
    }

    fn unset(&self, name: &str) -> OsString {
        Posix.unset(name)
    }
}
