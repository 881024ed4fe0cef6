//! The form `Sysroot`: the components of a Rust toolchain merged into one directory, since a compiler finds its standard
//! library beside itself. The files are hard links into the objects, so that toolchains share what they have in common.

use std::io;
use std::path::{Path, PathBuf};

use super::{Laid, Layout, LayoutError, Site, There, check_platform, wanted_commands};
use crate::catalog::Entry;
use crate::digest;
use crate::env::{Op, Value};
use crate::files::{self, Beneath, bounded, most};
use crate::lock::{Chosen, LockedTool};
use crate::name::{CommandName, InsidePath};
use crate::platform::Platform;
use crate::store::{Link, Store, entries, is_executable, object_key};

/// The format of components ("rust-installer").
const INSTALLER: &str = "3";

pub struct Sysroot;

impl Layout for Sysroot {
    fn build(&self, store: &Store, chosen: &Chosen, platform: Platform) -> Result<(), LayoutError> {
        store.sysroot(chosen.locked, platform).map(drop).map_err(LayoutError::Build)
    }

    fn built(&self, store: &Store, locked: &LockedTool, platform: Platform) -> Option<PathBuf> {
        Some(store.sysroot_directory(locked, platform))
    }

    /// Until it is merged, those that the catalog knows of.
    fn commands(&self, chosen: &Chosen, there: &There) -> Vec<CommandName> {
        let bin = there.store.sysroot_directory(chosen.locked, there.host.platform).join("bin");
        match commands_in(&bin) {
            Ok(found) if !found.is_empty() => found,
            _ => chosen.locked.entry().into_iter().flat_map(|entry| entry.commands().into_iter().cloned()).collect(),
        }
    }

    fn lay(&self, chosen: &Chosen, site: &mut Site) -> Result<Laid, LayoutError> {
        let platform = site.host.platform;
        check_platform(chosen.locked, platform)?;
        let sysroot = site.store.sysroot(chosen.locked, platform).map_err(LayoutError::Build)?;
        let sysroot = site.store.as_used(sysroot);
        site.contents.insert(sysroot.clone());
        let bin = sysroot.join("bin");
        let has = commands_in(&bin).map_err(LayoutError::Build)?;
        let wanted = wanted_commands(chosen.wish, has.iter())?;
        let directory = (chosen.wish.commands.is_none()).then(|| bin.clone());
        let links = wanted.into_iter().map(|name| (name.clone(), Link::To(bin.join(name.as_str())))).collect();
        // Rust links with the host's linker, unless another tool has one.
        let companions = chosen.locked.entry().into_iter().flat_map(Entry::companions);
        let found = companions.filter_map(|name| Some((name.clone(), Link::To(site.host.find(name.as_str())?))));
        site.companions.extend(found);
        // cargo looks for a subcommand in its home before it does on PATH. A proxy of rustup that it finds there starts
        // the toolchain that this variable names.
        let name = "RUSTUP_TOOLCHAIN".parse().expect("it is the name of a variable");
        let variables = vec![Op::Set(name, Value::Literal(sysroot.clone().into()))];
        Ok(Laid { directory, variables, ..Laid::of(links).within(sysroot) })
    }
}

/// The commands in a directory.
fn commands_in(bin: &Path) -> io::Result<Vec<CommandName>> {
    let programs = entries(bin)?.into_iter().filter(|path| is_executable(path));
    Ok(programs.filter_map(|path| path.file_name()?.to_str()?.parse().ok()).collect())
}

impl Store {
    fn sysroot_directory(&self, tool: &LockedTool, platform: Platform) -> PathBuf {
        let mut keys: Vec<String> = tool.artifacts_on(platform).map(object_key).collect();
        keys.sort();
        let key = digest::key(&keys.iter().map(String::as_bytes).collect::<Vec<_>>());
        self.builds().join(format!("{key}-rust"))
    }

    /// The directory of a toolchain whose components are in the store; made if it is not there.
    fn sysroot(&self, tool: &LockedTool, platform: Platform) -> io::Result<PathBuf> {
        let directory = self.sysroot_directory(tool, platform);
        log::debug!("{} is merged in {}", tool.tool, directory.display());
        files::publish(&directory, |staging| {
            tool.artifacts_on(platform).try_for_each(|artifact| merge(&self.object(artifact), staging))
        })?;
        Ok(directory)
    }
}

/// Puts what an unpacked archive lists into a toolchain, as its own `install.sh` does.
fn merge(object: &Path, into: &Beneath) -> io::Result<()> {
    let [top] = &entries(object)?[..] else { return Err(no_component(object, "it has no single directory")) };
    let text = |name: &Path| bounded::read_text(&top.join(name), most::DESCRIPTION);
    if text(Path::new("rust-installer-version"))?.trim() != INSTALLER {
        return Err(no_component(object, "it has another format"));
    }
    for component in text(Path::new("components"))?.lines() {
        let component = inside(object, component)?;
        for line in text(&component.join("manifest.in"))?.lines() {
            let (kind, path) = line.split_once(':').unwrap_or_default();
            let path = inside(object, path)?;
            let from = top.join(&component).join(&path);
            into.make_directories(path.parent().unwrap_or(Path::new("")))?;
            match kind {
                "file" => link_file(object, &from, into, &path)?,
                "dir" => {
                    into.make_directory(&path)?;
                    link_directory(object, &from, into, &path)?;
                }
                _ => return Err(no_component(object, "its list of files has another format")),
            }
        }
    }
    Ok(())
}

fn link_directory(object: &Path, from: &Path, into: &Beneath, place: &Path) -> io::Result<()> {
    for entry in fs_err::read_dir(from)? {
        let entry = entry?;
        let place = place.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            into.make_directory(&place)?;
            link_directory(object, &entry.path(), into, &place)?;
        } else {
            link_file(object, &entry.path(), into, &place)?;
        }
    }
    Ok(())
}

/// Of a link, the file that it leads to within its archive.
fn link_file(object: &Path, from: &Path, into: &Beneath, place: &Path) -> io::Result<()> {
    let file = fs_err::canonicalize(from)?;
    if !file.starts_with(fs_err::canonicalize(object)?) || !file.is_file() {
        return Err(no_component(object, &format!("`{}` is no file of it", place.display())));
    }
    into.adopt(&file, place)
}

fn inside(object: &Path, path: &str) -> io::Result<PathBuf> {
    let path = path.parse::<InsidePath>();
    path.map(|path| PathBuf::from(path.as_str())).map_err(|error| no_component(object, &error.to_string()))
}

fn no_component(object: &Path, text: &str) -> io::Error {
    io::Error::other(format!("`{}` is not a component of Rust: {text}", object.display()))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt as _;

    use super::*;

    /// What is merged of an archive with these files.
    fn merged(files: &[(&str, &str)]) -> (tempfile::TempDir, io::Result<()>) {
        let place = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = place.path().join("object/top").join(path);
            fs_err::create_dir_all(path.parent().unwrap()).unwrap();
            match text.strip_prefix("-> ") {
                Some(target) => fs_err::os::unix::fs::symlink(target, path).unwrap(),
                None => fs_err::write(path, text).unwrap(),
            }
        }
        fs_err::write(place.path().join("victim"), "mine").unwrap();
        fs_err::create_dir(place.path().join("into")).unwrap();
        let into = Beneath::open(&place.path().join("into")).unwrap();
        let outcome = merge(&place.path().join("object"), &into);
        (place, outcome)
    }

    const BEGINNING: [(&str, &str); 2] = [("rust-installer-version", "3\n"), ("components", "c\n")];

    #[test]
    fn what_is_listed_is_linked() {
        let files = [
            ("c/manifest.in", "file:bin/a\nfile:lib/link\ndir:share/doc\n"),
            ("c/bin/a", "a"),
            ("c/lib/real", "r"),
            ("c/lib/link", "-> real"),
            ("c/share/doc/x/y", "y"),
            ("c/share/doc/z", "-> x/y"),
            ("README", "no"),
        ];
        let (place, outcome) = merged(&[&BEGINNING[..], &files].concat());
        outcome.unwrap();
        let at = |path: &str| place.path().join("into").join(path);
        for (path, text) in [("bin/a", "a"), ("lib/link", "r"), ("share/doc/x/y", "y"), ("share/doc/z", "y")] {
            assert_eq!(fs_err::read_to_string(at(path)).unwrap(), text, "{path}");
            assert!(!at(path).is_symlink() && at(path).metadata().unwrap().nlink() > 1, "{path}");
        }
        assert!(!at("README").exists() && !at("lib/real").exists());
    }

    #[test]
    fn what_is_no_component_is_refused() {
        for (files, expected) in [
            (vec![("c/manifest.in", "file:../../victim\n")], "leads out of the package"),
            (vec![("c/manifest.in", "file:bin/a\n"), ("c/bin/a", "-> ../../../../victim")], "is no file of it"),
            (vec![("c/manifest.in", "bin/a\n"), ("c/bin/a", "a")], "is not a component of Rust"),
            (vec![("c/manifest.in", "pipe:bin/a\n"), ("c/bin/a", "a")], "its list of files has another format"),
            (vec![("c/manifest.in", "file:bin/a\nfile:bin/a\n"), ("c/bin/a", "a")], "exists"),
        ] {
            let (_place, outcome) = merged(&[&BEGINNING[..], &files].concat());
            let error = outcome.unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
        let (_place, outcome) = merged(&[("rust-installer-version", "4\n"), ("components", "c\n")]);
        assert!(outcome.unwrap_err().to_string().contains("another format"));
    }
}
