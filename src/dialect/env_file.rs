//! The POSIX shells that read the file `ENV` names when they are interactive (POSIX.1-2017, sh, under
//! Environment Variables): ours is that file, and reads the user's first. yash does so in its POSIX
//! mode only and has an option instead.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use super::{Dialect, Launch, Posix, StartFile};

pub enum EnvFile {
    Sh,
    Dash,
    Ash,
    /// The executable with many names, called by its own.
    Busybox,
    Ksh,
    Mksh,
    Yash,
}

impl EnvFile {
    /// The shell's arguments, after what makes busybox a shell.
    fn launch(&self, arguments: &[&str]) -> Launch {
        let applet: &[&str] = if matches!(self, Self::Busybox) { &["ash"] } else { &[] };
        Launch::with_arguments(&[applet, arguments].concat())
    }
}

impl Dialect for EnvFile {
    fn name(&self) -> &'static str {
        match self {
            Self::Sh => "sh",
            Self::Dash => "dash",
            Self::Ash => "ash",
            Self::Busybox => "busybox",
            Self::Ksh => "ksh",
            Self::Mksh => "mksh",
            Self::Yash => "yash",
        }
    }

    fn start_files(&self) -> &'static [StartFile] {
        &[("start.sh", include_str!("start/start.sh"))]
    }

    fn interactive(&self, start: &Path) -> Option<Launch> {
        let file = start.join("start.sh");
        let mut launch = self.launch(&["-i"]);
        if matches!(self, Self::Yash) {
            launch.arguments.extend(["--rcfile".into(), file.into()]);
        } else {
            launch.variables.push(("ENV".into(), file.into()));
        }
        Some(launch)
    }

    fn without_rc_files(&self, start: &Path) -> Option<Launch> {
        self.interactive(start).map(Launch::without_rc_files)
    }

    fn script(&self) -> Launch {
        self.launch(&["-s"])
    }

    fn set(&self, name: &str, value: &OsStr) -> OsString {
        Posix.set(name, value)
    }

    fn unset(&self, name: &str) -> OsString {
        Posix.unset(name)
    }
}
