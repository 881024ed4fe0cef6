//! elvish, 0.19 and later. `-rc` names a file to read in place of the user's; ours reads that first.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use super::{Dialect, Launch, StartFile, quote};

pub struct Elvish;

impl Dialect for Elvish {
    fn name(&self) -> &'static str {
        "elvish"
    }

    fn start_files(&self) -> &'static [StartFile] {
        &[("start.elv", include_str!("start/start.elv"))]
    }

    fn interactive(&self, start: &Path) -> Option<Launch> {
        let mut launch = Launch::with_arguments(&["-rc"]);
        launch.arguments.push(start.join("start.elv").into());
        Some(launch)
    }

    fn without_rc_files(&self, start: &Path) -> Option<Launch> {
        self.interactive(start).map(Launch::without_rc_files)
    }

    fn script(&self) -> Launch {
        // Left to itself, elvish shows prompts for what it reads from standard input.
        Launch::with_arguments(&["-norc", "/dev/stdin"])
    }

    fn set(&self, name: &str, value: &OsStr) -> OsString {
        quote::line(&format!("set-env {name} "), quote::elvish(value))
    }

    fn unset(&self, name: &str) -> OsString {
        format!("unset-env {name}\n").into()
    }
}
