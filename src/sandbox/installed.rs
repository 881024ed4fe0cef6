//! Programs of the host in directories that people install to: an interpreter or a compiler needs what was installed with
//! it, as those of pyenv, rustup and nvm do.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// What is next to a directory of programs, where that is one of an installation and not of someone's own scripts.
const PARTS: &[&str] = &[
    "bin", "conf", "etc", "include", "jmods", "lib", "lib32", "lib64", "libexec", "plugins", "share", "shims", "ssl",
    "version", "versions",
];

/// Those of them that tell an installation.
const SIGNS: &[&str] = &["lib", "libexec", "versions"];

/// These files, and the rest of the installations that they belong to. The home directory and `~/.local` are none: they
/// have what belongs to everything.
pub fn installed(files: &BTreeSet<PathBuf>, home: Option<&Path>) -> BTreeSet<PathBuf> {
    let of_all = |prefix: &Path| home.is_some_and(|home| home.starts_with(prefix) || prefix == home.join(".local"));
    let prefix = |file: &PathBuf| {
        let directory = file.parent()?;
        let prefix = directory.parent().filter(|prefix| prefix.parent().is_some() && !of_all(prefix))?;
        let is_named = directory.ends_with("bin") || directory.ends_with("shims");
        let is_one = is_named && SIGNS.iter().any(|sign| prefix.join(sign).is_dir());
        is_one.then(|| prefix.to_owned())
    };
    let prefixes: BTreeSet<PathBuf> = files.iter().filter_map(prefix).collect();
    let parts = prefixes.iter().flat_map(|prefix| PARTS.iter().map(|part| prefix.join(part)));
    parts.chain(files.iter().cloned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_has_what_was_installed_with_it() {
        let place = tempfile::tempdir().unwrap();
        let at = |path: &str| place.path().join(path);
        for path in
            ["home/.local/lib", "home/lib", "home/bin", "home/node/22/lib", "home/pyenv/versions", "home/own/bin"]
        {
            fs_err::create_dir_all(at(path)).unwrap();
        }
        let home = at("home");
        for (file, prefix) in [
            ("home/node/22/bin/node", Some("home/node/22")),
            ("home/pyenv/shims/python3", Some("home/pyenv")),
            ("home/node/22/tool", None),
            ("home/.local/bin/tool", None),
            ("home/bin/tool", None),
            ("home/own/bin/tool", None),
        ] {
            let parts = prefix.into_iter().flat_map(|prefix| PARTS.iter().map(move |part| at(prefix).join(part)));
            let expected = parts.chain([at(file)]).collect();
            assert_eq!(installed(&[at(file)].into(), Some(&home)), expected, "{file}");
        }
        assert_eq!(installed(&["/bin/sh".into()].into(), None), ["/bin/sh".into()].into());
    }
}
