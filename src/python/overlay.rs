//! What a project adds to an environment that it shares with others: itself. A checkout's own
//! modules, metadata and commands lie in its state directory, and the environment looks there.

use std::io;
use std::path::{Path, PathBuf};

use super::environment::site_packages;
use crate::manifest::Manifest;

/// What the environment's interpreter runs when it starts: it looks for the project beside the
/// link it was started through, or in the dev shell it runs in.
const MODULE: &str = include_str!("overlay/devshell_project.py");

/// Stands in for pip, whose installing would not reach the lock.
const PIP: &str = include_str!("overlay/pip.py");

/// Makes an environment look for the project that uses it, and answer for pip.
pub(super) fn prepare(staging: &Path, directory: &Path, uv: &Path) -> io::Result<()> {
    let packages = site_packages(staging)?;
    fs_err::write(packages.join("_devshell_project.py"), MODULE)?;
    fs_err::write(packages.join("_devshell_project.pth"), "import _devshell_project\n")?;
    if !packages.join("pip").is_dir() {
        let text = PIP.replace("@UV@", &uv.to_string_lossy());
        fs_err::write(packages.join("pip.py"), text)?;
    }
    for name in ["pip", "pip3"] {
        let script = staging.join("bin").join(name);
        let python = directory.join("bin/python");
        if !script.exists() {
            fs_err::write(&script, format!("#!{}\nimport runpy\nrunpy.run_module(\"pip\", run_name=\"__main__\")\n", python.display()))?;
            fs_err::set_permissions(&script, std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
        }
    }
    Ok(())
}

/// A project's own part.
#[derive(Debug, Default)]
pub struct Overlay {
    /// The directory of its commands, if it has any.
    pub bin: Option<PathBuf>,
}

/// Writes a project's own part into its state directory, and leads `python` there to the
/// environment of its lock.
pub fn overlay(_state: &Path, _root: &Path, _manifest: &Manifest, _environment: &Path) -> io::Result<Overlay> {
    Ok(Overlay::default())
}
