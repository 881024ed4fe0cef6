//! The plan of the wall in which Debian packages are configured: their prefix is the root directory. Nothing of the host is
//! in it but harmless devices, and there is no network.

use std::path::Path;

use devshell_wall::{Mount, Network, Users, Wall};

use super::hermetic::MERGED;

/// The directories of a system that packages change.
pub const CHANGING: [&str; 3] = ["usr", "etc", "var"];

/// Directories that are a system's own, where nothing is kept.
const FLEETING: [&str; 10] = ["boot", "home", "media", "mnt", "opt", "root", "run", "srv", "sys", "tmp"];

/// The wall for the packages below a directory. All that they change goes below another one.
pub fn configurer(root: &Path, changes: &Path, work: &Path, script: (&Path, &str)) -> Wall {
    let at = |name: &str| Path::new("/").join(name);
    let mut mounts: Vec<Mount> = CHANGING
        .iter()
        .map(|name| Mount::Overlay {
            lower: root.join(name),
            upper: changes.join(name),
            work: work.join(name),
            target: at(name),
        })
        .collect();
    let merged = MERGED.iter().filter(|name| root.join("usr").join(name).is_dir());
    mounts.extend(merged.map(|name| Mount::Link { target: at(name), to: Path::new("usr").join(name) }));
    mounts.extend(FLEETING.map(|name| Mount::Memory { target: at(name), mode: 0o1777 }));
    mounts.push(Mount::Devices { target: at("dev") });
    mounts.push(Mount::Processes { target: at("proc") });
    let (path, text) = script;
    mounts.push(Mount::File { target: path.to_owned(), content: text.as_bytes().to_vec() });
    Wall { mounts, network: Network::None, directory: at("run"), users: Users::ImitatedRoot }
}
