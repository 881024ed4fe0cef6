//! The system's files, which anyone can read anyway, and what is new beside them.

use std::path::Path;

use devshell_wall::Mount;

use super::fresh::fresh;

/// Directories of the system that can be read. Some are links to others.
const SYSTEM: [&str; 10] = ["/usr", "/etc", "/opt", "/sys", "/lib", "/lib32", "/lib64", "/libx32", "/bin", "/sbin"];

/// What only root can read, and nothing in a dev shell needs.
const SECRETS: [&str; 5] = ["/etc/shadow", "/etc/shadow-", "/etc/gshadow", "/etc/gshadow-", "/etc/sudoers"];

/// With all of the system's commands. The mark is that of a project.
pub fn system(project: &Path) -> impl Iterator<Item = Mount> {
    let readable = SYSTEM.iter().map(|path| Mount::Same { target: path.into() });
    let secrets = SECRETS.iter().map(|path| Mount::Hidden { target: path.into() });
    readable.chain(fresh(project)).chain(secrets)
}

/// Whether a path is in a directory of the system, which is there as a whole.
pub fn is_of_system(path: &Path) -> bool {
    SYSTEM.iter().any(|system| path.starts_with(system))
}
