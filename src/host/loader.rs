//! The loader that executables made for the GNU C library name: its ABI says where it is. On NixOS there is none, or a
//! program that says how to get one.

use std::path::{Path, PathBuf};

use super::Host;
use crate::platform::Platform;

/// A loader that is not where programs expect it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingLoader {
    pub path: PathBuf,
    /// What is there instead, and starts no program.
    pub stub: Option<PathBuf>,
}

impl Host {
    /// The loader that most programs for this machine name, if it is not there.
    pub fn missing_loader(&self) -> Option<MissingLoader> {
        let platform = self.platform;
        let is_for_gnu = platform.runs_here() && platform.libc() == Some("gnu");
        MissingLoader::at(Path::new(platform.loader().filter(|_| is_for_gnu)?))
    }

    /// The place of that loader, if it is missing or of Nix: a setting of the system decides what is there.
    pub fn unsettled_loader(&self) -> Option<PathBuf> {
        let path = Path::new(self.platform.loader()?);
        let is_of_nix = || fs_err::canonicalize(path).is_ok_and(|real| real.starts_with("/nix"));
        (self.missing_loader().is_some() || is_of_nix()).then(|| path.to_owned())
    }

    /// The platform whose uv starts on this machine: that for musl needs no loader.
    pub fn platform_of_uv(&self) -> Platform {
        let machine = self.machine;
        let lacks_loader = machine.loader().is_some_and(|loader| MissingLoader::at(Path::new(loader)).is_some());
        machine.with_musl().filter(|_| lacks_loader).unwrap_or(machine)
    }
}

impl MissingLoader {
    fn at(path: &Path) -> Option<Self> {
        let missing = |stub| Some(Self { path: path.to_owned(), stub });
        match fs_err::canonicalize(path) {
            Err(_) => missing(None),
            Ok(real) if is_stub(&real) => missing(Some(real)),
            Ok(_) => None,
        }
    }

    /// What is wrong, for a message.
    pub fn fault(&self) -> String {
        let path = self.path.display();
        match &self.stub {
            None => format!("{path} does not exist"),
            Some(stub) => format!("{path} is only a stub, {}", stub.display()),
        }
    }
}

/// Whether it is the program of NixOS that starts nothing (`environment.stub-ld`).
fn is_stub(real: &Path) -> bool {
    real.components().any(|part| part.as_os_str().to_string_lossy().contains("stub-ld"))
}

#[cfg(test)]
mod tests {
    use fs_err::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_loader_is_missing_if_nothing_is_there_or_a_stub() {
        let directory = tempfile::tempdir().unwrap();
        let root = fs_err::canonicalize(directory.path()).unwrap();
        let loader = root.join("ld-linux-x86-64.so.2");
        let missing = || MissingLoader::at(&loader);
        assert_eq!(missing().unwrap().fault(), format!("{} does not exist", loader.display()));
        let stub = root.join("abc-stub-ld-x86_64-unknown-linux-musl");
        symlink(&stub, &loader).unwrap();
        assert_eq!(missing().unwrap().stub, None, "the link leads nowhere");
        fs_err::write(&stub, "").unwrap();
        assert_eq!(missing().unwrap().stub, Some(stub.clone()));
        assert!(missing().unwrap().fault().ends_with(&format!("is only a stub, {}", stub.display())));
        for other in ["abc-nix-ld-2.0.4/libexec/nix-ld", "glibc/ld-linux-x86-64.so.2"] {
            let real = root.join(other);
            fs_err::create_dir_all(real.parent().unwrap()).unwrap();
            fs_err::write(&real, "").unwrap();
            fs_err::remove_file(&loader).unwrap();
            symlink(&real, &loader).unwrap();
            assert_eq!(missing(), None, "{other}");
        }
    }
}
