//! The project: finds the manifest by walking up from the user's directory, and reads it, the
//! lock and what else consent covers. Refuses files that another user could have written.

mod files;
mod find;
mod guard;
mod inputs;
mod nix;
mod own;
mod written;

use std::collections::BTreeMap;
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use files::{Accepts, Files, lock_of_user};
pub use files::{Content, Known};
use find::{implied, locate, manifest_in, named, search};
use fs_err::os::unix::fs::OpenOptionsExt as _;
pub use guard::Unsafe;
use guard::{check, check_directory};
pub use inputs::{Input, Inputs, Role};
pub use nix::{NixFiles, NixMain};

use crate::files::{Time, bounded, most, time};
use crate::hint::Hint;
use crate::host::Host;
use crate::manifest::config;
use crate::{lock, manifest};

/// What says which package the project itself is.
pub const PYPROJECT: &str = "pyproject.toml";

/// A project's files, as bytes; parsing them is not always necessary.
#[derive(Clone, Debug)]
pub struct Project {
    /// The directory of the manifest.
    pub root: PathBuf,
    pub manifest_path: PathBuf,
    pub manifest_text: String,
    pub lock_path: PathBuf,
    /// What the lock says, once that was asked for; `None` when there is no lock. To know whether
    /// it changed, its hash is enough.
    lock: OnceLock<Option<String>>,
    /// When the manifest or the lock was last changed.
    pub changed: Time,
    /// Whether these are the user's own settings, which have tools and a lock as a project has.
    pub is_personal: bool,
    /// The file with a dev shell of Nix, if there is no manifest and that file is all there is.
    pub implied: Option<&'static str>,
    files: Files,
}

/// Why there is no project here.
#[derive(Debug, thiserror::Error)]
pub enum ProjectError {
    #[error("no devshell.json in `{}` or above it", .0.display())]
    NotFound(PathBuf),
    #[error("there is no file `{}`, which DEVSHELL_MANIFEST names", .0.display())]
    NotNamed(PathBuf),
    #[error("both devshell.json and devshell.jsonc are in `{}`", .0.display())]
    Two(PathBuf),
    #[error("{} to another user", .0.with_verb("belongs", "belong"))]
    Foreign(Unsafe),
    #[error("{} be written by other users", .0.with_verb("can", "can"))]
    Writable(Unsafe),
    #[error("`{}` is not a plain file", .0.display())]
    NotPlain(PathBuf),
    #[error("`{}` is not UTF-8", .0.display())]
    NotText(PathBuf),
    #[error("there is no file `{}`", .0.display())]
    Absent(PathBuf),
    #[error("the files that consent covers are larger than {} MiB together", .0 >> 20)]
    TooMuch(u64),
    #[error(transparent)]
    File(#[from] std::io::Error),
}

impl Hint for ProjectError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::NotFound(_) => Some("`devshell init` creates one; `-C DIR` looks elsewhere".to_owned()),
            Self::NotNamed(_) => Some("unset it, or name a manifest".to_owned()),
            Self::Two(_) => Some("keep one of them".to_owned()),
            Self::Foreign(them) => Some(them.how_to_trust()),
            Self::Writable(them) => Some(them.how_to_mend()),
            Self::NotPlain(_) | Self::NotText(_) | Self::Absent(_) | Self::TooMuch(_) | Self::File(_) => None,
        }
    }
}

impl ProjectError {
    /// The files that it is about, as far as it names any.
    pub fn paths(&self) -> &[PathBuf] {
        match self {
            Self::NotPlain(path) | Self::NotText(path) | Self::Absent(path) => std::slice::from_ref(path),
            Self::Foreign(them) | Self::Writable(them) => them.paths(),
            _ => &[],
        }
    }

    /// Whether it says that there is no such file.
    fn is_absence(&self) -> bool {
        let absence = [ErrorKind::NotFound, ErrorKind::NotADirectory, ErrorKind::InvalidFilename];
        matches!(self, Self::File(error) if absence.contains(&error.kind()))
    }
}

impl Project {
    /// Finds and reads the project that the user is in, or that `DEVSHELL_MANIFEST` names
    /// unless `-C` names a directory.
    pub fn find(host: &Host) -> Result<Self, ProjectError> {
        let path = match host.variable("DEVSHELL_MANIFEST").filter(|path| !path.is_empty()) {
            Some(path) if !host.chosen => named(&host.directory.join(path))?,
            _ => locate(&host.directory, host.home.as_deref())?,
        };
        Self::read(host, path)
    }

    /// The next project above a directory.
    pub fn above(host: &Host, directory: &Path) -> Result<Self, ProjectError> {
        let found = search(directory, directory.ancestors().skip(1), host.home.as_deref(), manifest_in);
        Self::read(host, found?.ok_or_else(|| ProjectError::NotFound(directory.to_owned()))?)
    }

    /// Reads the project of a manifest.
    pub fn of(host: &Host, manifest: &Path) -> Result<Self, ProjectError> {
        Self::read(host, named(manifest)?)
    }

    fn read(host: &Host, manifest_path: PathBuf) -> Result<Self, ProjectError> {
        let root = manifest_path.parent().unwrap_or(Path::new("/")).to_owned();
        Self::read_in(host, &root, manifest_path).map_err(|error| guard::with_all(error, host, &root, guard::usual()))
    }

    fn read_in(host: &Host, root: &Path, manifest_path: PathBuf) -> Result<Self, ProjectError> {
        check_directory(host, root)?;
        let read = files::read(host, &manifest_path, most::MANIFEST, Accepts::Plain);
        let is_absent = read.as_ref().is_err_and(ProjectError::is_absence);
        let implied = if is_absent { implied(&manifest_path) } else { None };
        let (mut changed, manifest_text) = match implied {
            Some(file) => (check_file(host, &root.join(file))?, manifest::IMPLIED.to_owned()),
            None => {
                let manifest = read?;
                (manifest.time(), text(manifest.bytes, &manifest_path)?)
            }
        };
        let lock_path = root.join(lock::FILE_NAME);
        match check_file(host, &lock_path) {
            Err(error) if error.is_absence() => {}
            checked => changed = changed.max(checked?),
        }
        let (root, lock, files) = (root.to_owned(), OnceLock::new(), Files::default());
        Ok(Self { root, manifest_path, manifest_text, lock_path, lock, changed, is_personal: false, implied, files })
    }

    /// The user's own settings, with an empty text when there are none. `None` when there is no
    /// place for them.
    pub fn of_user(host: &Host) -> Result<Option<Self>, ProjectError> {
        let Some(root) = host.config_directory() else { return Ok(None) };
        let manifest_path = root.join(config::FILE_NAME);
        let manifest_text = match bounded::read(&manifest_path, most::CONFIG) {
            Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
            bytes => text(bytes?, &manifest_path)?,
        };
        let (lock_path, lock, files) = (lock_of_user(host, &root), OnceLock::new(), Files::default());
        let changed = Time::default();
        let (is_personal, implied) = (true, None);
        Ok(Some(Self { root, manifest_path, manifest_text, lock_path, lock, changed, is_personal, implied, files }))
    }

    /// The same project with texts that are not written yet.
    #[must_use]
    pub fn edited(&self, manifest: String, lock: String) -> Self {
        Self { manifest_text: manifest, lock: OnceLock::from(Some(lock)), ..self.clone() }
    }

    /// Refuses settings that another user could have written, of those that `of_user` has read.
    pub fn check_user_files(&self, host: &Host) -> Result<(), ProjectError> {
        for path in [&self.root, &self.manifest_path, &self.lock_path] {
            match fs_err::metadata(path) {
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                metadata => check(host, path, &metadata?)?,
            }
        }
        Ok(())
    }

    /// The lock's text; `None` when there is no lock. It is read when it is first asked for.
    pub fn lock_text(&self) -> Result<Option<&str>, ProjectError> {
        if let Some(text) = self.lock.get() {
            return Ok(text.as_deref());
        }
        let read = match bounded::read(&self.lock_path, most::LOCK) {
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            bytes => Some(text(bytes?, &self.lock_path)?),
        };
        Ok(self.lock.get_or_init(|| read).as_deref())
    }

    /// The same, of a lock that no other user could have written, and when it was last changed.
    fn checked_lock(&self, host: &Host) -> Result<(Option<&str>, Time), ProjectError> {
        if let Some(text) = self.lock.get() {
            return Ok((text.as_deref(), self.changed));
        }
        let content = self.files.content(host, &self.lock_path, most::LOCK, Accepts::Plain)?;
        let time = content.as_ref().map_or_else(Time::default, |content| content.time());
        let text = content.map(|content| content.text(&self.lock_path).map(str::to_owned)).transpose()?;
        Ok((self.lock.get_or_init(|| text).as_deref(), time))
    }

    /// The lock's bytes in pieces: the warm road hashes them and keeps none, which for a large
    /// lock saves the page faults of its size.
    pub fn each_lock_piece(&self, mut take: impl FnMut(&[u8])) {
        if let Some(text) = self.lock.get() {
            return take(text.as_deref().unwrap_or_default().as_bytes());
        }
        let flags = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
        let file = fs_err::OpenOptions::new().read(true).custom_flags(flags).open(&self.lock_path);
        let Ok(mut file) = file else { return };
        let (mut piece, mut left) = (vec![0; 8 << 10], most::LOCK);
        // Of a longer one the long road says that it is too long.
        while let Ok(read @ 1..) = file.read(&mut piece) {
            take(&piece[..read]);
            let Some(rest) = left.checked_sub(read as u64) else { return };
            left = rest;
        }
    }

    /// All files that decide what the project does to a shell, of which the manifest names some.
    /// From then on each of them is what it was.
    pub fn inputs(&self, host: &Host, manifest: &manifest::Manifest) -> Result<Inputs, ProjectError> {
        inputs::of(self, host, manifest)
    }

    /// A file by its path from the project's directory, as it was when it was first asked for;
    /// `None` when there is none.
    pub fn content(
        &self,
        host: &Host,
        name: impl AsRef<Path>,
        most: u64,
    ) -> Result<Option<Arc<Content>>, ProjectError> {
        self.files
            .content(host, &self.root.join(name), most, Accepts::Plain)
            .map_err(|error| self.with_all(host, error))
    }

    /// An env file by its path from the project's directory, in the same way. It may also be a pipe.
    pub fn env_file(&self, host: &Host, name: impl AsRef<Path>) -> Result<Option<Arc<Content>>, ProjectError> {
        let content = self.files.content(host, &self.root.join(name), most::ENV_FILE, Accepts::Pipe);
        content.map_err(|error| self.with_all(host, error))
    }

    /// What is known of a file already.
    pub fn known(&self, path: &Path) -> Known {
        self.files.known(path)
    }

    /// Whether a file has the content still that was read of it.
    pub fn is_as_it_was(&self, host: &Host, path: &Path) -> bool {
        self.files.is_as_it_was(host, path)
    }

    /// Whether the project has a directory of that name, or had one when that was first asked.
    pub fn has_directory(&self, name: &str) -> bool {
        self.files.is_directory(&self.root.join(name))
    }

    /// Reads a file of requirements of Python packages, and those it refers to, into a map by
    /// their paths from the manifest's directory.
    pub fn read_requirements(
        &self,
        host: &Host,
        file: &str,
        texts: &mut BTreeMap<String, String>,
    ) -> Result<(), ProjectError> {
        if texts.contains_key(file) {
            return Ok(());
        }
        let path = self.root.join(file);
        let most = if manifest::Kind::of(file).is_lock() { most::PACKAGE_LOCK } else { most::REQUIREMENTS };
        // It decides what is installed as much as the manifest does.
        let Some(content) = self.content(host, file, most)? else {
            return Err(ProjectError::Absent(path));
        };
        let text = content.text(&path)?.to_owned();
        let further = manifest::references(file, &text);
        texts.insert(file.to_owned(), text);
        further.iter().try_for_each(|file| self.read_requirements(host, file, texts))
    }

    /// How messages call the manifest.
    pub fn manifest_name(&self) -> String {
        self.manifest_path.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    /// How messages call the lock.
    pub const fn lock_name(&self) -> &'static str {
        if self.is_personal { config::LOCK_NAME } else { lock::FILE_NAME }
    }
}

fn text(bytes: Vec<u8>, path: &Path) -> Result<String, ProjectError> {
    String::from_utf8(bounded::utf8(bytes)).map_err(|_| ProjectError::NotText(path.to_owned()))
}

/// Refuses a file that another user could have written, or that is not a plain one: a pipe or a
/// device, which a link may lead to, could keep us reading for ever. When it was last changed.
fn check_file(host: &Host, path: &Path) -> Result<Time, ProjectError> {
    let metadata = fs_err::metadata(path)?;
    check(host, path, &metadata)?;
    if metadata.is_file() { Ok(time(&metadata)) } else { Err(ProjectError::NotPlain(path.to_owned())) }
}
