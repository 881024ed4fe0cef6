//! Directories made of several objects: a tool in JavaScript with its dependencies, each package
//! where npm would put it. The files are hard links into the objects, so they cost no room.

use std::io;
use std::path::{Path, PathBuf};

use super::{Access, LayoutError, Store, object_key, object_lock};
use crate::digest;
use crate::files::{self, bounded, most};
use crate::lock::{Artifact, Lock, LockedTool};
use crate::manifest::Layer;
use crate::platform::Platform;
use crate::source::commands_of;

impl Store {
    /// Makes whatever the layer's tools need that is more than an artifact, all of which are in
    /// the store.
    pub fn build(&self, lock: &Lock, layer: &Layer, platform: Platform) -> Result<(), LayoutError> {
        for tool in &layer.tools {
            if let Some(locked) = lock.find(&tool.name, &tool.requirement).filter(|locked| locked.is_tree()) {
                self.tree(locked, platform).map_err(LayoutError::Build)?;
            }
        }
        self.prefixes(lock, layer, platform).map(drop)
    }

    /// Where an environment of Python packages lies, or will lie.
    pub fn environment(&self, key: &str, name: &str) -> PathBuf {
        self.builds().join(format!("{key}-{name}"))
    }

    /// A turn at making one directory, which its maker has alone.
    pub fn lock_build(&self, directory: &Path) -> io::Result<Access> {
        let name = directory.file_name().unwrap_or_default().to_string_lossy();
        Self::lock_file_in(&self.builds(), &object_lock(&name))
    }

    /// Makes an environment beside its place and moves it there when it is whole. It is not
    /// sealed: Python keeps the bytecode of a module beside it.
    pub fn publish_environment<E: From<io::Error>>(
        &self,
        directory: &Path,
        fill: impl FnOnce(&Path) -> Result<(), E>,
    ) -> Result<(), E> {
        let staging = tempfile::Builder::new().prefix(".staging-").tempdir_in(self.builds())?;
        let place = staging.path().join("environment");
        fill(&place)?;
        fs_err::rename(place, directory)?;
        Ok(())
    }

    /// The directory of a tool that is a tree, whose artifacts are in the store; made if it is
    /// not there.
    pub(super) fn tree(&self, tool: &LockedTool, platform: Platform) -> io::Result<PathBuf> {
        let artifacts: Vec<(&Artifact, &str)> = tool
            .artifacts_on(platform)
            .filter_map(|artifact| Some((artifact, artifact.path.as_ref()?.as_str())))
            .collect();
        let parts = artifacts.iter().map(|(artifact, path)| format!("{path}\0{}", object_key(artifact)));
        let parts: Vec<String> = parts.collect();
        let key = digest::key(&parts.iter().map(String::as_bytes).collect::<Vec<_>>());
        let name = tool.tool.package().replace('/', "+");
        let directory = self.builds().join(format!("{key}-{name}"));
        files::publish(&directory, |staging| {
            for (artifact, path) in &artifacts {
                link_tree(&self.object(artifact), &staging.join(path))?;
            }
            artifacts.iter().try_for_each(|(_, path)| link_commands(&staging.join(path)))
        })?;
        Ok(directory)
    }
}

/// Links every file below a directory to the same place below another.
fn link_tree(from: &Path, to: &Path) -> io::Result<()> {
    fs_err::create_dir_all(to)?;
    for entry in fs_err::read_dir(from)? {
        let entry = entry?;
        let place = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            link_tree(&entry.path(), &place)?;
        } else {
            link_file(&entry.path(), &place)?;
        }
    }
    Ok(())
}

/// Gives a file, or what a link leads to, another name.
pub(super) fn link_file(from: &Path, to: &Path) -> io::Result<()> {
    if fs_err::hard_link(from, to).is_err() {
        // Some file systems know no hard links, or only so many of one file.
        fs_err::copy(from, to)?;
    }
    Ok(())
}

/// Links a package's commands into the `.bin` of the `node_modules` it lies in, as npm does.
fn link_commands(package: &Path) -> io::Result<()> {
    let Ok(description) = bounded::read_text(&package.join("package.json"), most::DESCRIPTION) else { return Ok(()) };
    let modules = package.ancestors().find(|directory| directory.ends_with("node_modules"));
    let Some((modules, inside)) = modules.and_then(|modules| Some((modules, package.strip_prefix(modules).ok()?)))
    else {
        return Ok(());
    };
    for (command, program) in commands_of(&description) {
        let link = modules.join(".bin").join(command.as_str());
        let target = Path::new("..").join(inside).join(program.as_str());
        fs_err::create_dir_all(modules.join(".bin"))?;
        match fs_err::os::unix::fs::symlink(target, link) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
    }
    Ok(())
}
