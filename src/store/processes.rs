//! What running processes use of the store, as far as the system shows it: Linux does, in
//! `/proc`, for the processes of the same user (and to root for all).

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::KINDS;
use crate::files::{bounded, most};

/// What was found named.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Named {
    /// Directories of the store or the cache, as `objects-1/KEY`.
    pub directories: BTreeSet<String>,
    /// Keys of environments.
    pub environments: BTreeSet<String>,
    /// Whether an environment is held by processes that the system does not show.
    pub has_hidden: bool,
}

/// Everything that running processes name: in the variables and the command line they were
/// started with, as executable, directory or mapped file. Only names below one of the places count.
pub fn named(places: &[&Path]) -> Named {
    // What the system says of itself has no links in it.
    let real = places.iter().filter_map(|place| fs_err::canonicalize(place).ok());
    let places: Vec<PathBuf> = places.iter().map(|place| place.to_path_buf()).chain(real).collect();
    let mut named = Named::default();
    let processes = fs_err::read_dir("/proc").into_iter().flatten().flatten().map(|entry| entry.path());
    let is_process = |path: &Path| path.file_name().is_some_and(|name| name.as_encoded_bytes()[0].is_ascii_digit());
    for process in processes.filter(|path| is_process(path)) {
        for file in ["environ", "cmdline", "maps"] {
            // A process can make its variables as long as it likes.
            if let Ok(bytes) = bounded::head(&process.join(file), most::MACHINE) {
                named.scan(&bytes, &places);
            }
        }
        for link in ["exe", "cwd"] {
            if let Ok(target) = fs_err::read_link(process.join(link)) {
                named.scan(target.as_os_str().as_encoded_bytes(), &places);
            }
        }
    }
    named
}

/// Whether the system shows running processes. Where Linux does not, as in a container without
/// `/proc`, those that hold no lock (`hold_root`) cannot be known.
pub fn processes_are_visible() -> bool {
    cfg!(not(target_os = "linux")) || Path::new("/proc/self/environ").exists()
}

impl Named {
    /// Adds what a text names below one of the places, or anywhere if there is none.
    pub fn scan(&mut self, text: &[u8], places: &[PathBuf]) {
        let is_below = |before: &[u8]| {
            places.is_empty() || places.iter().any(|place| before.ends_with(place.as_os_str().as_encoded_bytes()))
        };
        for (index, byte) in text.iter().enumerate() {
            let (before, behind) = (&text[..index], &text[index + 1..]);
            match byte {
                b'/' => {
                    let kinds = KINDS.into_iter().chain(["start-1"]);
                    let mut kinds = kinds.filter_map(|kind| Some((kind, before.strip_suffix(kind.as_bytes())?)));
                    if let Some((kind, before)) = kinds.next()
                        && before.strip_suffix(b"/").is_some_and(is_below)
                    {
                        self.directories.extend(name(behind).map(|name| format!("{kind}/{name}")));
                    }
                }
                b'=' if before.ends_with(b"DEVSHELL_KEY") => {
                    self.environments.extend(name(behind).map(str::to_owned));
                }
                _ => {}
            }
        }
    }
}

/// The name that a text begins with, if it does.
fn name(text: &[u8]) -> Option<&str> {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || b"._+@-".contains(byte);
    let end = text.iter().position(|byte| !is_part(byte)).unwrap_or(text.len());
    std::str::from_utf8(&text[..end]).ok().filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::Named;

    #[test]
    fn names_are_found_wherever_they_stand() {
        let mut named = Named::default();
        named.scan(b"PATH=/d/links-1/ab/bin:/d/links-1/cd/bin:/usr/bin\0__DEVSHELL_V_DEVSHELL_KEY=ef\0A=links-1/", &[]);
        named.scan(b"7f00-7f01 r-xp 00 fe:00 1  /d/builds-1/12-a+b@1.0/lib.so\n/d/objects-1/34 (deleted)", &[]);
        let directories = ["builds-1/12-a+b@1.0", "links-1/ab", "links-1/cd", "objects-1/34"];
        assert_eq!(named.directories, directories.map(str::to_owned).into());
        assert_eq!(named.environments, ["ef".to_owned()].into());
        let mut named = Named::default();
        named.scan(b"/d/links-1/ab:/e/links-1/cd:/x/d/links-1/ef", &["/e".into(), "/x/d".into()]);
        assert_eq!(named.directories, ["links-1/cd", "links-1/ef"].map(str::to_owned).into());
    }
}
