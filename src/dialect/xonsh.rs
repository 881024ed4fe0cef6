//! xonsh, 0.19 and later. `--rc` names the files to read in place of the user's; ours reads those
//! first.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use super::{Dialect, Launch, StartFile, quote};

pub struct Xonsh;

impl Dialect for Xonsh {
    fn name(&self) -> &'static str {
        "xonsh"
    }

    fn start_files(&self) -> &'static [StartFile] {
        &[("start.py", include_str!("start/start.py"))]
    }

    fn interactive(&self, start: &Path) -> Option<Launch> {
        let mut launch = Launch::with_arguments(&["-i", "--rc"]);
        launch.arguments.push(start.join("start.py").into());
        Some(launch)
    }

    fn without_rc_files(&self, start: &Path) -> Option<Launch> {
        self.interactive(start).map(Launch::without_rc_files)
    }

    fn notices_changes(&self) -> bool {
        true
    }

    fn script(&self) -> Launch {
        Launch::with_arguments(&["--no-rc"])
    }

    fn set(&self, name: &str, value: &OsStr) -> OsString {
        quote::line(&format!("${name} = "), quote::python(value))
    }

    fn unset(&self, name: &str) -> OsString {
        format!("${{...}}.pop('{name}', None)\n").into()
    }
}
