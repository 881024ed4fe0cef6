//! tcsh, 6.20 and later. It has no option for an rc file, and looks for its own in `HOME`; ours
//! is where that leads at first, gives `HOME` back, and reads the user's.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use super::{Dialect, Launch, StartFile, quote};

pub struct Tcsh;

impl Dialect for Tcsh {
    fn name(&self) -> &'static str {
        "tcsh"
    }

    fn start_files(&self) -> &'static [StartFile] {
        &[
            ("tcsh/.cshrc", include_str!("start/tcsh/.cshrc")),
            ("tcsh/apply.csh", include_str!("start/tcsh/apply.csh")),
            ("tcsh/finish.csh", include_str!("start/tcsh/finish.csh")),
            ("tcsh/precmd.csh", include_str!("start/tcsh/precmd.csh")),
        ]
    }

    fn interactive(&self, start: &Path) -> Option<Launch> {
        let mut launch = Launch::with_arguments(&["-i"]);
        launch.variables.push(("HOME".into(), start.join("tcsh").into()));
        Some(launch)
    }

    fn without_rc_files(&self, start: &Path) -> Option<Launch> {
        self.interactive(start).map(Launch::without_rc_files)
    }

    fn script(&self) -> Launch {
        Launch::with_arguments(&["-f"])
    }

    fn set(&self, name: &str, value: &OsStr) -> OsString {
        let mut value = quote::csh(value);
        value.push(";");
        quote::line(&format!("setenv {name} "), value)
    }

    fn unset(&self, name: &str) -> OsString {
        format!("unsetenv {name};\n").into()
    }
}
