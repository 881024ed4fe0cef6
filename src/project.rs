//! The project: finds the manifest by walking up from where the user stands, and reads it and
//! the lock. Refuses files that somebody else could have written.

use std::collections::BTreeMap;
use std::fs::Metadata;
use std::io::Read as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use crate::files::{Time, time, write_whole};
use crate::hint::Hint;
use crate::host::Host;
use crate::manifest::config;
use crate::{lock, manifest};

/// A project's files, as bytes; parsing them is not always necessary.
#[derive(Clone, Debug)]
pub struct Project {
    /// The directory of the manifest.
    pub root: PathBuf,
    pub manifest_path: PathBuf,
    pub manifest_text: String,
    pub lock_path: PathBuf,
    pub lock: LockText,
    /// When the manifest or the lock was last changed.
    pub changed: Time,
    /// Whether these are the user's own settings, which have tools and a lock as a project has.
    pub is_personal: bool,
}

/// The lock's text, as far as it was needed.
#[derive(Clone, Debug)]
pub enum LockText {
    /// It lies where it lies. To know whether it changed, its hash is enough.
    Unread,
    /// What it says; `None` when there is no lock.
    Read(Option<String>),
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
    #[error("`{}` belongs to another user", .0.display())]
    Foreign(PathBuf),
    #[error("`{}` can be written by other users", .0.display())]
    Writable(PathBuf),
    #[error("`{}` is no plain file", .0.display())]
    NotPlain(PathBuf),
    #[error("`{}` is not UTF-8", .0.display())]
    NotText(PathBuf),
    #[error(transparent)]
    File(#[from] std::io::Error),
}

impl Hint for ProjectError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::NotFound(_) => Some("`devshell init` makes one; `-C DIR` looks elsewhere".to_owned()),
            Self::NotNamed(_) => Some("unset it, or name a manifest".to_owned()),
            Self::Two(_) => Some("keep one of them".to_owned()),
            Self::Foreign(path) => Some(format!(
                "if you trust its owner, `export DEVSHELL_SAFE_DIRECTORY={}`",
                shell_words::quote(&path.to_string_lossy())
            )),
            Self::Writable(path) => {
                Some(format!("`chmod go-w {}` if that is not meant", shell_words::quote(&path.to_string_lossy())))
            }
            Self::NotPlain(_) | Self::NotText(_) | Self::File(_) => None,
        }
    }
}

impl Project {
    /// Finds and reads the project that the user stands in, or that `DEVSHELL_MANIFEST` names
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
        let found = search(directory, directory.ancestors().skip(1), host.home.as_deref());
        Self::read(host, found?.ok_or_else(|| ProjectError::NotFound(directory.to_owned()))?)
    }

    /// Reads the project of a manifest.
    pub fn of(host: &Host, manifest: &Path) -> Result<Self, ProjectError> {
        Self::read(host, named(manifest)?)
    }

    fn read(host: &Host, manifest_path: PathBuf) -> Result<Self, ProjectError> {
        let root = manifest_path.parent().unwrap_or(Path::new("/")).to_owned();
        check_owner(host, &root)?;
        let mut changed = time(&check_file(host, &manifest_path)?);
        let manifest_text = text(&manifest_path)?;
        let lock_path = root.join(lock::FILE_NAME);
        match check_file(host, &lock_path) {
            Err(ProjectError::File(error)) if error.kind() == std::io::ErrorKind::NotFound => {}
            checked => changed = changed.max(time(&checked?)),
        }
        let is_personal = false;
        Ok(Self { root, manifest_path, manifest_text, lock_path, lock: LockText::Unread, changed, is_personal })
    }

    /// The user's own settings, with an empty text when there are none. `None` when there is no
    /// place for them.
    pub fn of_user(host: &Host) -> Result<Option<Self>, ProjectError> {
        let Some(root) = host.config_directory() else { return Ok(None) };
        let manifest_path = root.join(config::FILE_NAME);
        let manifest_text = match text(&manifest_path) {
            Err(ProjectError::File(error)) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            text => text?,
        };
        let (lock_path, lock) = (root.join(config::LOCK_NAME), LockText::Unread);
        let (changed, is_personal) = (Time::default(), true);
        Ok(Some(Self { root, manifest_path, manifest_text, lock_path, lock, changed, is_personal }))
    }

    /// Refuses settings that somebody else could have written, of those that `of_user` has read.
    pub fn check_user_files(&self, host: &Host) -> Result<(), ProjectError> {
        for path in [&self.root, &self.manifest_path, &self.lock_path] {
            if let Err(error) = check_owner(host, path)
                && !matches!(&error, ProjectError::File(error) if error.kind() == std::io::ErrorKind::NotFound)
            {
                return Err(error);
            }
        }
        Ok(())
    }

    /// The lock's text; `None` when there is no lock. It is read when it is first asked for.
    pub fn lock_text(&mut self) -> Result<Option<&str>, ProjectError> {
        if matches!(self.lock, LockText::Unread) {
            self.lock = LockText::Read(match text(&self.lock_path) {
                Ok(text) => Some(text),
                Err(ProjectError::File(error)) if error.kind() == std::io::ErrorKind::NotFound => None,
                Err(error) => return Err(error),
            });
        }
        match &self.lock {
            LockText::Read(text) => Ok(text.as_deref()),
            LockText::Unread => Ok(None),
        }
    }

    /// The lock's bytes in pieces: the warm road hashes them and keeps none, which for a large
    /// lock saves the page faults of its size.
    pub fn each_lock_piece(&self, mut take: impl FnMut(&[u8])) {
        match &self.lock {
            LockText::Read(text) => take(text.as_deref().unwrap_or_default().as_bytes()),
            LockText::Unread => {
                let Ok(mut file) = fs_err::File::open(&self.lock_path) else { return };
                let mut piece = vec![0; 8 << 10];
                while let Ok(read @ 1..) = file.read(&mut piece) {
                    take(&piece[..read]);
                }
            }
        }
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
        // It decides what is installed as much as the manifest does.
        check_file(host, &path)?;
        let text = text(&path)?;
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

    /// Writes the texts of both files. The lock comes first: whoever is killed between the two, or
    /// finds the disk full, does it once more and has both. The other way round, the manifest would
    /// say that it is done already.
    pub fn write_both(&mut self, manifest: String, lock: String) -> std::io::Result<()> {
        self.write_lock(lock)?;
        write_whole(&self.manifest_path, manifest.as_bytes())?;
        self.manifest_text = manifest;
        Ok(())
    }

    /// Writes the lock's text; the old file stays until the new one is whole.
    pub fn write_lock(&mut self, text: String) -> std::io::Result<()> {
        if self.is_personal {
            fs_err::create_dir_all(&self.root)?;
        }
        write_whole(&self.lock_path, text.as_bytes())?;
        self.lock = LockText::Read(Some(text));
        Ok(())
    }
}

/// The manifest that a path names. Its directory is resolved, the file itself is not: a link in a
/// repository makes that repository the project.
fn named(path: &Path) -> Result<PathBuf, ProjectError> {
    let (Some(name), true) = (path.file_name(), path.is_file()) else {
        return Err(ProjectError::NotNamed(path.to_owned()));
    };
    Ok(fs_err::canonicalize(path.parent().unwrap_or(path))?.join(name))
}

fn text(path: &Path) -> Result<String, ProjectError> {
    String::from_utf8(fs_err::read(path)?).map_err(|_| ProjectError::NotText(path.to_owned()))
}

/// Walks up to the first directory with a manifest. The walk ends at a file-system border and
/// below the home directory, unless it starts there: a manifest in the home directory would
/// otherwise rule over every project without one.
fn locate(start: &Path, home: Option<&Path>) -> Result<PathBuf, ProjectError> {
    search(start, start.ancestors(), home)?.ok_or_else(|| ProjectError::NotFound(start.to_owned()))
}

fn search<'a>(
    start: &Path,
    directories: impl Iterator<Item = &'a Path>,
    home: Option<&Path>,
) -> Result<Option<PathBuf>, ProjectError> {
    let device = |path: &Path| fs_err::metadata(path).ok().map(|metadata| metadata.dev());
    let border = device(start);
    for directory in directories {
        if directory != start && (Some(directory) == home || device(directory) != border) {
            break;
        }
        let [json, jsonc] = manifest::FILE_NAMES.map(|name| directory.join(name));
        match (json.is_file(), jsonc.is_file()) {
            (true, true) => return Err(ProjectError::Two(directory.to_owned())),
            (true, false) => return Ok(Some(json)),
            (false, true) => return Ok(Some(jsonc)),
            (false, false) => {}
        }
    }
    Ok(None)
}

/// Refuses a file or directory that another, non-root user owns or can write: entering runs
/// what it says. A group is trusted when it is the user's private one, known by its number.
/// Returns what was seen of the file.
fn check_owner(host: &Host, path: &Path) -> Result<Metadata, ProjectError> {
    let metadata = fs_err::metadata(path)?;
    let trusted = host
        .variable("DEVSHELL_SAFE_DIRECTORY")
        .is_some_and(|list| std::env::split_paths(list).any(|trusted| path.starts_with(trusted)));
    if trusted {
        return Ok(metadata);
    }
    let user = rustix::process::geteuid().as_raw();
    let sudo_user = host.variable("SUDO_UID").and_then(|uid| uid.to_str()?.parse().ok()).filter(|_| user == 0);
    if metadata.uid() != user && metadata.uid() != 0 && Some(metadata.uid()) != sudo_user {
        return Err(ProjectError::Foreign(path.to_owned()));
    }
    let (mode, group) = (metadata.mode(), metadata.gid());
    let is_private_group = group == metadata.uid() || group == 0;
    let sticky = metadata.is_dir() && mode & 0o1000 != 0;
    if !sticky && (mode & 0o002 != 0 || (mode & 0o020 != 0 && !is_private_group)) {
        return Err(ProjectError::Writable(path.to_owned()));
    }
    Ok(metadata)
}
/// The same for a file. A pipe or a device, which a link may lead to, could keep us reading for ever.
pub fn check_file(host: &Host, path: &Path) -> Result<Metadata, ProjectError> {
    let metadata = check_owner(host, path)?;
    if metadata.is_file() { Ok(metadata) } else { Err(ProjectError::NotPlain(path.to_owned())) }
}
