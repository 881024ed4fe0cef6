//! Builds the root directory of a wall from its plan, and moves this process into it. Bubblewrap's order: first an
//! empty root, with the host's in a directory of it, so that whatever is mounted comes from there.

use std::path::Path;

use rustix::fs::{CWD, Mode, OFlags, openat};
use rustix::mount::{MountPropagationFlags, UnmountFlags, mount_bind, mount_change, unmount};
use rustix::process::{chdir, fchdir, pivot_root, umask};

use super::at::At as _;
use super::builder::Builder;
use super::devices;
use super::memory::Memory;
use super::place::{self, HOST, NEW, Place, step};
use super::probe::MAKE_PRIVATE;
use crate::fault::Fault;
use crate::plan::{Mount, Wall};

/// Where the new root is built: a directory that every system has, and that nothing outside sees.
const SCAFFOLD: &str = "/tmp";

/// Replaces the root directory of this process, in its own namespace of mounts, and goes to the wall's directory.
pub fn enter(wall: &Wall) -> Result<(), Fault> {
    let terminal = devices::terminal();
    let private = MountPropagationFlags::PRIVATE | MountPropagationFlags::REC;
    mount_change("/", private).at(|| MAKE_PRIVATE.to_owned())?;
    let mask = umask(Mode::empty());
    let memory = Memory::over(Path::new(SCAFFOLD))?;
    chdir(SCAFFOLD).at(|| step("go to", Path::new(SCAFFOLD)))?;
    for name in [NEW, HOST] {
        rustix::fs::mkdir(&name[1..], Mode::from_raw_mode(0o755)).at(|| step("make", Path::new(name)))?;
    }
    pivot_root(".", &HOST[1..]).at(|| "change the root directory".to_owned())?;
    mount_bind(NEW, NEW).at(|| "mount the new root".to_owned())?;

    let open = |path| openat(CWD, path, OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty());
    let new = open(NEW).at(|| "open the new root".to_owned())?;
    let host = open(HOST).at(|| "open the host's root".to_owned())?;
    let place = Place::new(new, memory.device()?);
    let mut builder = Builder::new(place, memory, host);
    for mount in &wall.mounts {
        apply(&mut builder, mount, terminal.as_deref())?;
    }
    builder.seal()?;
    umask(mask);
    leave(&builder, &wall.directory)
}

fn apply(builder: &mut Builder, mount: &Mount, terminal: Option<&Path>) -> Result<(), Fault> {
    match mount {
        Mount::Bind { source, target, access } => builder.bind(source, target, *access),
        Mount::Same { target } => builder.same(target),
        Mount::Pinned { target } => builder.pin(target),
        Mount::Replaced { target } => builder.replace(target),
        Mount::Hidden { target } => builder.hide(target),
        Mount::Protected { target } => builder.protect(target),
        Mount::Memory { target, mode } => builder.memory(target, *mode).map(drop),
        Mount::Overlay { lower, upper, work, target } => builder.overlay(lower, [upper, work], target),
        Mount::Link { target, .. } if place::link(builder.place.root(), target).is_some() => Ok(()),
        Mount::Link { target, to } => builder.place.link(target, to),
        Mount::File { target, content } => builder.file(target, content),
        Mount::Devices { target } => devices::make(builder, target, terminal),
        Mount::Device { target } => builder.bind_device(target, target),
        Mount::Processes { target } => builder.processes(target),
    }
}

/// Makes the new root the only one: nothing leads to the host's any more.
fn leave(builder: &Builder, directory: &Path) -> Result<(), Fault> {
    fchdir(builder.place.root()).at(|| "go to the new root".to_owned())?;
    // The old root comes to be over the new one, and is taken away.
    pivot_root(".", ".").at(|| "change the root directory".to_owned())?;
    unmount(".", UnmountFlags::DETACH).at(|| "leave the host's root".to_owned())?;
    chdir(directory).at(|| step("go to", directory))
}
