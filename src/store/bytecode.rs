//! Where Python keeps the bytecode of modules. It makes these directories itself when a module is first
//! used, with the umask of the process that runs it. So they are made before, and no one else can write them.

use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

/// The directory of the bytecode of the modules beside it (PEP 3147).
pub(super) const BYTECODE: &str = "__pycache__";

/// Makes the directories for the bytecode of all modules in a tree.
pub fn prepare_bytecode(tree: &Path) -> io::Result<()> {
    let mut has_modules = false;
    for entry in fs_err::read_dir(tree)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            if entry.file_name() != BYTECODE {
                prepare_bytecode(&entry.path())?;
            }
        } else {
            has_modules |= entry.path().extension().is_some_and(|ending| ending == "py");
        }
    }
    if has_modules { bytecode_of(tree) } else { Ok(()) }
}

/// Makes the directory for the bytecode of the modules in one directory.
pub(super) fn bytecode_of(modules: &Path) -> io::Result<()> {
    let place = modules.join(BYTECODE);
    match fs_err::create_dir(&place) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => fs_err::set_permissions(place, std::fs::Permissions::from_mode(0o755)),
    }
}
