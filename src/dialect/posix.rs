//! Any other shell, taken for a plain POSIX one. An interactive one reads the file that `ENV`
//! names; dash and busybox ash have no other rc file, so there is nothing to win against.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use super::{Dialect, Launch, quote};

pub struct Posix;

impl Dialect for Posix {
    fn name(&self) -> &'static str {
        "sh"
    }

    fn interactive(&self, _start: &Path) -> Option<Launch> {
        None
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
