//! What is new inside every wall: devices, processes, directories in memory, and the mark of the project.

use std::path::Path;

use devshell_wall::Mount;

/// A link that says which project's wall this is.
pub(super) const MARK: &str = "/.devshell-wall";

/// What is empty at first, and gone at the end.
const MEMORY: [(&str, u32); 4] = [("/run", 0o755), ("/var", 0o755), ("/var/tmp", 0o1777), ("/tmp", 0o1777)];

pub fn fresh(project: &Path) -> impl Iterator<Item = Mount> {
    let first = [
        Mount::Devices { target: "/dev".into() },
        Mount::Processes { target: "/proc".into() },
        Mount::Link { target: MARK.into(), to: project.to_owned() },
    ];
    first.into_iter().chain(MEMORY.iter().map(|(path, mode)| Mount::Memory { target: path.into(), mode: *mode }))
}
