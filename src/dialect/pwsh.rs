//! PowerShell 7, which is `pwsh` on Linux and macOS. `-File` runs a script after the profiles, and
//! `-NoExit` stays. Written from its documentation: no test has run it.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use super::{Dialect, Launch, StartFile, quote};

pub struct Pwsh;

impl Dialect for Pwsh {
    fn name(&self) -> &'static str {
        "pwsh"
    }

    fn start_files(&self) -> &'static [StartFile] {
        &[("start.ps1", include_str!("start/start.ps1"))]
    }

    fn interactive(&self, start: &Path) -> Option<Launch> {
        let mut launch = Launch::with_arguments(&["-NoLogo", "-NoExit", "-File"]);
        launch.arguments.push(start.join("start.ps1").into());
        Some(launch)
    }

    fn without_rc_files(&self, start: &Path) -> Option<Launch> {
        let mut launch = self.interactive(start)?;
        launch.arguments.insert(0, "-NoProfile".into());
        Some(launch)
    }

    fn script(&self) -> Launch {
        Launch::with_arguments(&["-NoLogo", "-NoProfile", "-NonInteractive", "-Command", "-"])
    }

    fn set(&self, name: &str, value: &OsStr) -> OsString {
        quote::line(&format!("$env:{name} = "), quote::pwsh(value))
    }

    fn unset(&self, name: &str) -> OsString {
        format!("Remove-Item -LiteralPath Env:{name} -ErrorAction Ignore\n").into()
    }
}
