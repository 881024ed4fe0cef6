//! nushell, 0.108 and later. `--execute` runs a command after the user's configuration.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use super::{Dialect, Launch, StartFile, quote};

pub struct Nu;

impl Dialect for Nu {
    fn name(&self) -> &'static str {
        "nu"
    }

    fn start_files(&self) -> &'static [StartFile] {
        &[("start.nu", include_str!("start/start.nu"))]
    }

    fn interactive(&self, start: &Path) -> Option<Launch> {
        // What `source` names has to be known when the line is parsed: no variable will do.
        let mut source = OsString::from("source ");
        source.push(quote::nu(start.join("start.nu").as_os_str()));
        Some(Launch { arguments: vec!["--execute".into(), source], variables: Vec::new() })
    }

    fn without_rc_files(&self, start: &Path) -> Option<Launch> {
        let mut launch = self.interactive(start)?;
        launch.arguments.insert(0, "--no-config-file".into());
        Some(launch)
    }

    fn notices_changes(&self) -> bool {
        true
    }

    fn script(&self) -> Launch {
        // Left to itself, nushell takes standard input for data.
        Launch::with_arguments(&["--no-config-file", "/dev/stdin"])
    }

    fn set(&self, name: &str, value: &OsStr) -> OsString {
        let value = quote::nu(value);
        if name != "PATH" {
            return quote::line(&format!("$env.{name} = "), value);
        }
        let mut list = OsString::from("(");
        list.push(value);
        list.push(" | split row (char esep))");
        quote::line("$env.PATH = ", list)
    }

    fn unset(&self, name: &str) -> OsString {
        format!("hide-env --ignore-errors {name}\n").into()
    }
}
