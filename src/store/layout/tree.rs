//! The form `Tree`: a tool in JavaScript with its dependencies, each package where npm would put it. The files are
//! hard links into the objects, so they take no space.

use std::io;
use std::path::{Path, PathBuf};

use super::{Laid, Layout, LayoutError, Site, check_platform, named_links};
use crate::digest;
use crate::files::{self, Beneath, bounded, most};
use crate::lock::{Artifact, Chosen, LockedTool};
use crate::platform::Platform;
use crate::source::commands_of;
use crate::store::{Store, object_key};

/// What node is started with where packages are beside a tool, and the file's name in the tree.
const FINDER: &str = include_str!("with.mjs");
pub const FINDS: &str = "with.mjs";

pub struct Tree;

impl Layout for Tree {
    fn build(&self, store: &Store, chosen: &Chosen, platform: Platform) -> Result<(), LayoutError> {
        store.tree(chosen.locked, platform).map(drop).map_err(LayoutError::Build)
    }

    fn built(&self, store: &Store, locked: &LockedTool, platform: Platform) -> Option<PathBuf> {
        Some(store.builds().join(name(locked, &parts(locked, platform))))
    }

    fn lay(&self, chosen: &Chosen, site: &mut Site) -> Result<Laid, LayoutError> {
        check_platform(chosen.locked, site.host.platform)?;
        let tree = site.store.tree(chosen.locked, site.host.platform).map_err(LayoutError::Build)?;
        named_links(chosen, site.store.as_used(tree), site)
    }
}

impl Store {
    /// The directory of a tool that is a tree, whose artifacts are in the store; made if it is
    /// not there.
    fn tree(&self, tool: &LockedTool, platform: Platform) -> io::Result<PathBuf> {
        let mut artifacts = parts(tool, platform);
        let directory = self.builds().join(name(tool, &artifacts));
        log::debug!("{} is built in {}", tool.tool, directory.display());
        artifacts.sort_by_key(|(_, path)| *path);
        files::publish(&directory, |staging| {
            // What a package brings where another one belongs gives way to it, so the outer ones come first.
            for (artifact, path) in &artifacts {
                let inside = Path::new(*path);
                if staging.exists(inside)? {
                    if artifacts.iter().any(|(other, twin)| twin == path && !std::ptr::eq(*other, *artifact)) {
                        return Err(io::Error::other(format!("two packages are to be at `{path}`")));
                    }
                    files::remove_tree(&staging.place().join(inside))?;
                }
                staging.make_directories(inside)?;
                link_tree(&self.object(artifact), staging, inside)?;
            }
            artifacts.iter().try_for_each(|(_, path)| link_commands(staging, Path::new(path)))?;
            if tool.with.is_empty() { Ok(()) } else { staging.write(Path::new(FINDS), FINDER.as_bytes(), 0o444) }
        })?;
        Ok(directory)
    }
}

/// The artifacts of a tree, and where each belongs in it.
fn parts(tool: &LockedTool, platform: Platform) -> Vec<(&Artifact, &str)> {
    let artifacts = tool.artifacts_on(platform);
    artifacts.filter_map(|artifact| Some((artifact, artifact.path.as_ref()?.as_str()))).collect()
}

/// The name of a tree's directory: a key over its parts, and the package for people.
fn name(tool: &LockedTool, parts: &[(&Artifact, &str)]) -> String {
    let parts: Vec<String> = parts.iter().map(|(artifact, path)| format!("{path}\0{}", object_key(artifact))).collect();
    let finder = (!tool.with.is_empty()).then_some(FINDER);
    let key = digest::key(&parts.iter().map(String::as_str).chain(finder).map(str::as_bytes).collect::<Vec<_>>());
    format!("{key}-{}", tool.tool.package().replace('/', "+"))
}

/// Links every file below a directory to the same place below another. Links are passed over, as npm
/// does.
fn link_tree(from: &Path, into: &Beneath, inside: &Path) -> io::Result<()> {
    for entry in fs_err::read_dir(from)? {
        let entry = entry?;
        let (kind, place) = (entry.file_type()?, inside.join(entry.file_name()));
        if kind.is_dir() {
            into.make_directory(&place)?;
            link_tree(&entry.path(), into, &place)?;
        } else if kind.is_file() {
            into.adopt(&entry.path(), &place)?;
        }
    }
    Ok(())
}

/// Links a package's commands into the `.bin` of the `node_modules` it is in, as npm does.
fn link_commands(staging: &Beneath, package: &Path) -> io::Result<()> {
    let description = staging.place().join(package).join("package.json");
    let Ok(description) = bounded::read_text(&description, most::DESCRIPTION) else { return Ok(()) };
    let modules = package.ancestors().find(|directory| directory.ends_with("node_modules"));
    let Some((modules, inside)) = modules.and_then(|modules| Some((modules, package.strip_prefix(modules).ok()?)))
    else {
        return Ok(());
    };
    let bin = modules.join(".bin");
    for (command, program) in commands_of(&description) {
        let link = bin.join(command.as_str());
        staging.make_directory(&bin)?;
        // The first one to have it keeps it.
        if !staging.exists(&link)? {
            staging.symlink(&Path::new("..").join(inside).join(program.as_str()), &link)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;
    use crate::archive::Format;
    use crate::digest::{Hasher, Integrity};
    use crate::name::SourceLabel;
    use crate::store::Progress;

    struct Silent;

    impl Progress for Silent {
        fn start(&self, _id: usize, _name: &str, _bytes: Option<u64>) {}
        fn advance(&self, _id: usize, _bytes: u64) {}
        fn finish(&self, _id: usize) {}
    }

    /// An entry of an archive: a file's content, or where a link leads.
    enum Entry<'e> {
        File(&'e str),
        Link(&'e str),
    }

    fn archive(entries: &[(&str, Entry)]) -> Vec<u8> {
        let mut builder = tar::Builder::new(Vec::new());
        for (path, entry) in entries {
            let mut header = tar::Header::new_gnu();
            header.set_mode(0o755);
            match entry {
                Entry::File(text) => {
                    header.set_size(text.len() as u64);
                    builder.append_data(&mut header, path, text.as_bytes()).unwrap();
                }
                Entry::Link(target) => {
                    header.set_entry_type(tar::EntryType::Symlink);
                    header.set_size(0);
                    builder.append_link(&mut header, path, target).unwrap();
                }
            }
        }
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(&builder.into_inner().unwrap()).unwrap();
        gzip.finish().unwrap()
    }

    /// A tree whose packages, with links and all, are in the store.
    fn tree(store: &Store, parts: &[(&str, &[(&str, Entry)])]) -> LockedTool {
        let mut tool = LockedTool::new("npm:t".parse().unwrap(), "1".parse().unwrap());
        for (path, entries) in parts {
            let bytes = archive(entries);
            let mut hasher = Hasher::like(&Integrity::Sha256([0; 32]));
            hasher.update(&bytes);
            let artifact =
                Artifact::new(SourceLabel::Npm, "t".parse().unwrap(), "1.0.0".parse().unwrap(), hasher.finish());
            let artifact = Artifact { path: Some(path.parse().unwrap()), unpack: Some(Format::TarGz), ..artifact };
            let mut file = tempfile::NamedTempFile::new().unwrap();
            file.write_all(&bytes).unwrap();
            store.adopt(&artifact, file.path(), &Silent).unwrap();
            tool.artifacts.push(artifact);
        }
        tool
    }

    #[test]
    fn keys_are_those_of_stores_that_are_there() {
        let artifact = |package: &str, path: &str| {
            let integrity = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=".parse().unwrap();
            let artifact =
                Artifact::new(SourceLabel::Npm, package.parse().unwrap(), "1.0.0".parse().unwrap(), integrity);
            Artifact { path: Some(path.parse().unwrap()), ..artifact }
        };
        let artifacts = vec![artifact("@a/b", "node_modules/@a/b"), artifact("c", "node_modules/c")];
        let tool = LockedTool::new("npm:@a/b".parse().unwrap(), "1".parse().unwrap());
        let tool = LockedTool { artifacts, ..tool };
        assert_eq!(name(&tool, &parts(&tool, Platform::X8664Linux)), "70a4ee3c995d95edcc116c0e41ac7543-@a+b");
    }

    #[test]
    fn no_package_of_a_tree_writes_where_another_is() {
        use Entry::{File, Link};
        let place = tempfile::tempdir().unwrap();
        let store = Store::new(&place.path().join("data"));
        fs_err::create_dir(place.path().join("victim")).unwrap();
        let platform = Platform::X8664Linux;
        // Links go up to wherever a tree is, and the next package has a file below that name.
        let links: &[(&str, Entry)] = &[("a/l", Link("..")), ("l", Link(".")), ("a/b/l", Link("../.."))];
        let through: &[(&str, Entry)] = &[("a/l/x", File("theirs")), ("l/x", File("theirs"))];
        for parts in [
            &[("node_modules/t", links), ("node_modules/t", through)][..],
            &[("node_modules/t", &[("f", File("one"))]), ("node_modules/t", &[("f", File("two"))])],
        ] {
            let error = store.tree(&tree(&store, parts), platform).unwrap_err();
            assert!(error.to_string().contains("two packages are to be at `node_modules/t`"), "{error}");
        }
        // What one brings at the place of another gives way to that one.
        let outer: &[(&str, Entry)] = &[("node_modules/u/f", File("outer")), ("node_modules/l", Link(".."))];
        let inner: &[(&str, Entry)] = &[("f", File("inner"))];
        let parts = [("node_modules/t/node_modules/u", inner), ("node_modules/t", outer)];
        let directory = store.tree(&tree(&store, &parts), platform).unwrap();
        let text = |path: &str| fs_err::read_to_string(directory.join("node_modules/t/node_modules").join(path));
        assert_eq!(text("u/f").unwrap(), "inner");
        assert!(text("l").is_err(), "links are passed over");
        assert_eq!(fs_err::read_dir(place.path().join("victim")).unwrap().count(), 0);
        assert_eq!(fs_err::read_dir(place.path()).unwrap().count(), 2);
        // The objects are as they were put there.
        assert_eq!(store.verify().unwrap().broken.len(), 0);
    }
}
