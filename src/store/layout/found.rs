//! Finds the commands in what was unpacked as it was published: in `bin`, else at the root,
//! below the one directory that most archives hold.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::files::bounded;
use crate::name::{CommandName, InsidePath};
use crate::store::is_executable;
use crate::store::unpack::is_program;

/// How many executables a message names.
const MOST_NAMED: usize = 6;

/// How deep they are looked for.
const DEEPEST: usize = 5;

/// The directories that count as the root of an object: those `strip` levels down. Without it,
/// the only directory if there is nothing beside it, else the object itself.
pub fn roots(object: &Path, strip: Option<usize>) -> Vec<PathBuf> {
    let directories = |path: &Path| entries(path).into_iter().filter(|path| is_directory(path)).collect::<Vec<_>>();
    match strip {
        None => match entries(object).as_slice() {
            [only] if is_directory(only) => vec![only.clone()],
            _ => vec![object.to_owned()],
        },
        Some(levels) => (0..levels)
            .fold(vec![object.to_owned()], |roots, _| roots.iter().flat_map(|root| directories(root)).collect()),
    }
}

/// The commands below the roots: the executables of `bin`, or if it has none, those beside it.
/// One alone that is named after the tool and its platform is given the tool's name.
pub fn find(roots: &[PathBuf], tool: &str) -> BTreeMap<CommandName, PathBuf> {
    let bins: Vec<PathBuf> = roots.iter().map(|root| root.join("bin")).collect();
    let found = [bins.as_slice(), roots].into_iter().map(executables).find(|found| !found.is_empty());
    let mut found = found.unwrap_or_default();
    if let Some((name, _)) = found.first_key_value().filter(|_| found.len() == 1)
        && let Some(rest) = name.as_str().strip_prefix(tool)
        && rest.starts_with(['-', '_', '.'])
        && let Ok(plain) = tool.parse()
    {
        found = found.into_values().map(|path| (CommandName::clone(&plain), path)).collect();
    }
    found
}

/// The executable at a path that the manifest gives: below a root, or as the archive has it.
pub fn at(object: &Path, roots: &[PathBuf], path: &InsidePath) -> Option<PathBuf> {
    let places = roots.iter().map(PathBuf::as_path).chain([object]).map(|root| root.join(path.as_str()));
    places.into_iter().find(|place| is_executable(place))
}

/// Some executables in other places, for a message: as paths below the roots.
pub fn elsewhere(roots: &[PathBuf]) -> Vec<String> {
    let mut found = Vec::new();
    let mut level: Vec<(&PathBuf, PathBuf)> = roots.iter().map(|root| (root, root.clone())).collect();
    for _ in 0..DEEPEST {
        let mut below = Vec::new();
        for (root, path) in level.iter().flat_map(|(root, path)| entries(path).into_iter().map(move |e| (*root, e))) {
            if is_directory(&path) {
                below.push((root, path));
            } else if is_command(&path)
                && let Some(inside) = path.strip_prefix(root).ok().and_then(Path::to_str)
            {
                found.push(inside.to_owned());
            }
        }
        level = below;
    }
    found.truncate(MOST_NAMED);
    found
}

fn executables(directories: &[PathBuf]) -> BTreeMap<CommandName, PathBuf> {
    let paths = directories.iter().flat_map(|directory| entries(directory)).filter(|path| is_command(path));
    let named = paths.filter_map(|path| Some((path.file_name()?.to_str()?.parse().ok()?, path)));
    named.collect()
}

/// What a directory holds, sorted, less what macOS leaves in archives.
fn entries(directory: &Path) -> Vec<PathBuf> {
    let entries = fs_err::read_dir(directory).into_iter().flatten().flatten().map(|entry| entry.path());
    let is_litter = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name == "__MACOSX" || name.starts_with("._") || name == ".DS_Store"
    };
    let mut entries: Vec<PathBuf> = entries.filter(|path| !is_litter(path)).collect();
    entries.sort();
    entries
}

fn is_directory(path: &Path) -> bool {
    path.symlink_metadata().is_ok_and(|metadata| metadata.is_dir())
}

/// Whether a file is something to call by its name: it begins as a program, and is no library.
fn is_command(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let is_library =
        name.contains(".so.") || [".so", ".dylib", ".node", ".bundle"].iter().any(|end| name.ends_with(end));
    !is_library && is_executable(path) && bounded::head(path, 4).is_ok_and(|start| is_program(&start))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn object(files: &[&str]) -> tempfile::TempDir {
        let object = tempfile::tempdir().unwrap();
        for file in files {
            let (path, text) = file.strip_suffix('*').map_or((*file, "text"), |path| (path, "#!/bin/sh\n"));
            let path = object.path().join(path);
            fs_err::create_dir_all(path.parent().unwrap()).unwrap();
            fs_err::write(&path, text).unwrap();
            fs_err::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        }
        object
    }

    /// Files with a `*` are programs; all are executable, as archives from some systems have it.
    fn check(files: &[&str], strip: Option<usize>, expected: &[(&str, &str)]) {
        let object = object(files);
        let found = find(&roots(object.path(), strip), "tool");
        let found: Vec<(&str, &str)> = found
            .iter()
            .map(|(name, path)| (name.as_str(), path.strip_prefix(object.path()).unwrap().to_str().unwrap()))
            .collect();
        assert_eq!(found, expected, "{files:?} {strip:?}");
    }

    #[test]
    fn commands_are_found_where_publishers_put_them() {
        check(&["tool*"], None, &[("tool", "tool")]);
        check(&["tool*", "README.md", "LICENSE"], None, &[("tool", "tool")]);
        check(&["tool-1.4/tool*", "tool-1.4/README"], None, &[("tool", "tool-1.4/tool")]);
        check(
            &["tool-1.4/bin/a*", "tool-1.4/bin/b*", "tool-1.4/configure*"],
            None,
            &[("a", "tool-1.4/bin/a"), ("b", "tool-1.4/bin/b")],
        );
        check(&["bin/a*", "lib/liba.so*"], None, &[("a", "bin/a")]);
        check(&["bin/a*"], None, &[("a", "bin/a")]);
        check(&["tool-linux-amd64*", "LICENSE"], None, &[("tool", "tool-linux-amd64")]);
        check(&["toolbox*"], None, &[("toolbox", "toolbox")]);
        check(&["tool-a*", "tool-b*"], None, &[("tool-a", "tool-a"), ("tool-b", "tool-b")]);
        check(&["tool*", "libx.so.1*", "libx.dylib*"], None, &[("tool", "tool")]);
        check(&["__MACOSX/x", "tool-1/tool*"], None, &[("tool", "tool-1/tool")]);
        check(&["a/b/c/tool*", "a/x"], None, &[]);
        check(&["a/b/c/tool*", "a/x"], Some(3), &[("tool", "a/b/c/tool")]);
        check(&["a/bin/x*", "b/bin/y*"], Some(1), &[("x", "a/bin/x"), ("y", "b/bin/y")]);
        check(&["tool-1.4/tool*"], Some(0), &[]);
        check(&["README"], None, &[]);
    }

    #[test]
    fn a_path_is_one_below_the_root_or_of_the_archive() {
        let object = object(&["tool-1/libexec/tool*", "tool-1/data"]);
        let roots = roots(object.path(), None);
        for path in ["libexec/tool", "tool-1/libexec/tool"] {
            assert_eq!(
                at(object.path(), &roots, &path.parse().unwrap()).unwrap(),
                object.path().join("tool-1/libexec/tool")
            );
        }
        assert_eq!(at(object.path(), &roots, &"bin/tool".parse().unwrap()), None);
        assert_eq!(elsewhere(&roots), ["libexec/tool"]);
    }
}
