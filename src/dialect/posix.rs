//! Any other shell, taken for a plain POSIX one. An interactive one reads the file that `ENV`
//! names; dash and busybox ash have no other rc file, so there is nothing to win against.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use super::{Dialect, Launch, StartFile, quote};

pub struct Posix;

impl Dialect for Posix {
    fn name(&self) -> &'static str {
        "sh"
    }

    fn start_files(&self) -> &'static [StartFile] {
        &[]
    }

    fn interactive(&self, _start: &Path) -> Option<Launch> {
        None
    }

    fn prompt(&self, marker: &str) -> Option<(&'static str, String)> {
        // The prompt is expanded once more, so what the shell would expand is escaped.
        let escape = |c: char| ("\\$`".contains(c).then_some('\\')).into_iter().chain([c]);
        Some(("PS1", format!("{}$ ", marker.chars().flat_map(escape).collect::<String>())))
    }

    fn script(&self) -> Launch {
        Launch::with_arguments(&["-s"])
    }

    fn set(&self, name: &str, value: &OsStr) -> OsString {
        quote::line(&format!("export {name}="), quote::posix(value))
    }

    fn unset(&self, name: &str) -> OsString {
        format!("unset {name}\n").into()
    }
}
