//! fish, 3.6 and later. `-C` runs a command after the user's configuration.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use super::{Dialect, Launch, Places, StartFile, quote};

pub struct Fish;

impl Dialect for Fish {
    fn name(&self) -> &'static str {
        "fish"
    }

    fn start_files(&self) -> &'static [StartFile] {
        &[
            ("not_there.fish", include_str!("start/not_there.fish")),
            ("start.fish", include_str!("start/start.fish")),
            ("share/fish/vendor_conf.d/devshell.fish", include_str!("start/share/fish/vendor_conf.d/devshell.fish")),
        ]
    }

    fn interactive(&self, _start: &Path) -> Option<Launch> {
        Some(Launch::with_arguments(&["-i", "-C", "source \"$__DEVSHELL_START/start.fish\""]))
    }

    fn without_rc_files(&self, start: &Path) -> Option<Launch> {
        let mut launch = self.interactive(start)?;
        launch.arguments.insert(0, "--no-config".into());
        Some(launch)
    }

    fn notices_changes(&self) -> bool {
        true
    }

    fn rc_files(&self, places: &Places) -> Vec<PathBuf> {
        let directory = places.config.join("fish");
        vec![directory.join("conf.d"), directory.join("config.fish")]
    }

    fn script(&self) -> Launch {
        Launch::with_arguments(&["--no-config"])
    }

    fn set(&self, name: &str, value: &OsStr) -> OsString {
        // A variable whose name ends in PATH is a list in fish, split at `:` on import, so the
        // plain assignment of the joined text is what fish itself does at its start.
        quote::line(&format!("set -gx {name} "), quote::fish(value))
    }

    fn unset(&self, name: &str) -> OsString {
        format!("set -e {name}\n").into()
    }
}
