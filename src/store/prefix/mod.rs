//! Prefixes: Debian packages of one suite as one tree with the layout of a system, that works
//! wherever it is and on any Linux. Its programs name the prefix's own loader and libraries, so
//! nothing of the host's C library is used. Its packages may be configured by their own scripts.
//!
//! Absolute paths are written into programs and scripts, so a prefix works only in its place, and
//! its key is over that too. What recipes have made is made there, by programs that run: so it is
//! whole when the list of its hashes is beside it, and not before.

mod alternatives;
mod compiled_in;
mod configure;
mod content;
mod elf_check;
mod keystore;
mod libraries;
mod list;
mod make;
mod merge;
mod patch;
mod places;
mod programs;
mod relinked;
mod scripts;
mod surroundings;
mod tried;

pub(super) use self::configure::kept as failures;
pub use self::configure::{Event, Failure, on_configuring};
pub use self::content::Content;
pub(super) use self::elf_check::names_loader;
pub use self::libraries::Libraries;
pub(super) use self::patch::loader;
pub use self::places::looks_for;
pub use self::programs::{Packages, Prefix};
pub use self::relinked::CLibrary;
pub(super) use self::relinked::wants_loader;
pub(super) use self::scripts::interpreter;
pub use self::surroundings::surroundings;
pub use self::tried::{Fault, Tried};

use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Component, Path, PathBuf};

use self::content::recipes;
use super::bytecode::bytecode_of;
use super::{BUILDS, Store, object_sums};
use crate::builder::Configurer;
use crate::files::own::{SHARED, make_directory};
use crate::files::{Beneath, bounded, most, remove_tree, seal, way_to_write};
use crate::hint::Hint;
use crate::lock::Artifact;
use crate::name::Suite;
use crate::parallel;
use crate::platform::Platform;
use crate::store::unpack::deb::identity;

/// Why packages cannot be made into a prefix.
#[derive(Debug, thiserror::Error)]
pub enum PrefixError {
    #[error("`{expected}` in the lock is the package `{found}` by its own metadata")]
    Identity { found: String, expected: String },
    #[error("the Debian packages `{first}` and `{second}` both have `{}`, with different content", .path.display())]
    Clash { path: PathBuf, first: String, second: String },
    #[error("the program `{}` of a Debian package cannot be patched", .path.display())]
    Patch { path: PathBuf, source: patch::PatchError },
    #[error("what the Debian package `{package}` needs besides its files cannot be made: {why}")]
    Make { package: String, why: String },
    #[error("the Debian packages cannot be configured")]
    Configure(#[source] io::Error),
    #[error("the Debian packages cannot be put together")]
    Files(#[from] io::Error),
}

impl Hint for PrefixError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Clash { .. } => {
                "they cannot be used together: move one of the tools to another environment".to_owned()
            }
            Self::Identity { .. } => {
                "the lock or the archive names another package; find out which of them changed before you continue"
                    .to_owned()
            }
            Self::Patch { .. } | Self::Make { .. } => "try another version of the tool, and report it".to_owned(),
            Self::Files(error) | Self::Configure(error) => way_to_write(error),
        })
    }
}

/// A prefix that is being made.
struct Site {
    /// Where its files are now.
    root: PathBuf,
    /// Where they will be, which is what is written into them.
    place: PathBuf,
    platform: Platform,
}

impl Site {
    /// What a path of a system means in the prefix: without links, and below its root. `None` when
    /// it has no such file.
    fn find(&self, path: &Path) -> Option<PathBuf> {
        let inside = path.strip_prefix("/").unwrap_or(path);
        let found = fs_err::canonicalize(self.root.join(inside)).ok()?;
        found.strip_prefix(&self.root).ok().map(Path::to_owned)
    }

    /// Where a file of the prefix is to be written: the directory that its path leads to, which is
    /// below the root, and its name there. Packages have links to directories of their own.
    fn directory(&self, file: &Path) -> io::Result<(Beneath, PathBuf)> {
        let inside = file.strip_prefix(&self.root).map_err(io::Error::other)?;
        let above = self.find(inside.parent().unwrap_or(Path::new("")));
        let above = above.ok_or_else(|| io::Error::other(format!("`{}` leads out of the prefix", file.display())))?;
        Ok((Beneath::open(&self.root)?, above.join(inside.file_name().unwrap_or_default())))
    }

    /// The place of a new file, with the directories above it and nothing there.
    fn claim(&self, inside: &Path) -> io::Result<(Beneath, PathBuf)> {
        if !inside.components().all(|component| matches!(component, Component::Normal(_))) {
            return Err(io::Error::other(format!("`{}` is not a path in a prefix", inside.display())));
        }
        let directory = Beneath::open(&self.root)?;
        // A directory of it may be a link of a package's to another one.
        let mut above = inside.ancestors().skip(1).filter(|path| !path.as_os_str().is_empty());
        let real = above.find_map(|path| Some((path, self.find(path)?)));
        let real = real.and_then(|(path, real)| Some(real.join(inside.strip_prefix(path).ok()?)));
        let inside = real.unwrap_or_else(|| inside.to_owned());
        directory.make_directories(inside.parent().unwrap_or(Path::new("")))?;
        directory.remove_file(&inside)?;
        Ok((directory, inside))
    }

    /// Puts another file in the place of one that is shared with an object.
    fn replace(&self, file: &Path, bytes: &[u8]) -> io::Result<()> {
        let mode = fs_err::symlink_metadata(file)?.permissions().mode() & 0o7777;
        let (directory, inside) = self.directory(file)?;
        directory.replace(&inside, bytes, mode)
    }
}

impl Store {
    /// The prefix of these packages, which are in the store, and all that is needed by any of them
    /// among them; made if it is not there.
    pub fn prefix(&self, suite: &Suite, artifacts: &[&Artifact], platform: Platform) -> Result<PathBuf, PrefixError> {
        let plain = Content::new(suite, artifacts, &[], platform);
        self.make_whole(&plain, None)
    }

    /// The same with packages that are configured by their own scripts, if they need that and it can be done here, or was done
    /// before. What configures them is in the store, if it can be done here.
    pub fn configured_prefix(&self, content: &Content) -> Result<PathBuf, PrefixError> {
        let place = self.place_of_content(content);
        if self.is_configured(content) {
            return Ok(place);
        }
        let unconfigured = || self.make_whole(&content.plain(), None);
        if content.configuring.is_empty() || self.unconfigured(content.artifacts.iter().copied()).is_empty() {
            return unconfigured();
        }
        let configurer = self.configurer_for(content.platform).filter(|_| !configure::was_refused(&place));
        let Some(configurer) = configurer else {
            return unconfigured();
        };
        match self.make_whole(content, Some(configurer)) {
            Err(PrefixError::Configure(error)) => {
                configure::refuse(&place, &error);
                unconfigured()
            }
            made => made,
        }
    }

    /// Where the prefix of these packages is, or will be: configured, if it was made so.
    pub fn place_of_configured(&self, content: &Content) -> PathBuf {
        if self.configures(content) {
            return self.place_of_content(content);
        }
        self.place_of_content(&content.plain())
    }

    /// Whether the prefix of these packages, as far as they are in the store, was configured, or will be.
    pub fn configures(&self, content: &Content) -> bool {
        let is_wanted = || !self.unconfigured(content.artifacts.iter().copied()).is_empty();
        self.is_configured(content)
            || !content.configuring.is_empty() && is_wanted() && self.configurer_for(content.platform).is_some()
    }

    /// Whether the prefix of these packages is there, and was configured.
    pub fn is_configured(&self, content: &Content) -> bool {
        !content.configuring.is_empty() && is_whole(&self.place_of_content(content))
    }

    /// What configures packages for a platform here, if anything does.
    fn configurer_for(&self, platform: Platform) -> Option<&Configurer> {
        let configurer = self.configurer.as_ref().filter(|_| platform.runs_here())?;
        self.refuses_to_configure(configurer).is_none().then_some(configurer)
    }

    /// Why nothing can configure packages on this machine, if that is so.
    pub fn refuses_to_configure<'c>(&self, configurer: &'c Configurer) -> Option<&'c str> {
        match make_directory(&self.data, BUILDS, SHARED) {
            Ok(builds) => configure::refusal(configurer, &builds),
            Err(error) => {
                log::debug!("no place for builds: {error}");
                Some("the store cannot be written")
            }
        }
    }

    fn make_whole(&self, content: &Content, configurer: Option<&Configurer>) -> Result<PathBuf, PrefixError> {
        content.all().try_for_each(|artifact| self.check_identity(artifact))?;
        let place = self.place_of_content(content);
        log::debug!("{} packages of {} are the prefix {}", content.artifacts.len(), content.suite, place.display());
        if is_whole(&place) {
            return Ok(place);
        }
        let _turn = self.lock_build(&place)?;
        if is_whole(&place) {
            return Ok(place);
        }
        // What is there was left by a killed process.
        remove_tree(&place)?;
        let outcome = self.make_prefix(&place, content, configurer);
        if outcome.is_err() {
            let _ = remove_tree(&place);
        }
        outcome.map(|()| place)
    }

    /// Expects that a package is the one that the lock has. A signed index says of a file only its name and its hash,
    /// and what is in the store may have come under another name.
    fn check_identity(&self, artifact: &Artifact) -> Result<(), PrefixError> {
        let (package, version) = identity(&self.object(artifact))?;
        if *package == *artifact.package && *version == *artifact.version {
            return Ok(());
        }
        let expected = format!("{} {}", artifact.package, artifact.version);
        Err(PrefixError::Identity { found: format!("{package} {version}"), expected })
    }

    /// Where the prefix of these packages is, or will be.
    pub fn place_of_prefix(&self, suite: &Suite, artifacts: &[&Artifact], platform: Platform) -> PathBuf {
        self.place_of_content(&Content::new(suite, artifacts, &[], platform))
    }

    fn make_prefix(&self, place: &Path, content: &Content, configurer: Option<&Configurer>) -> Result<(), PrefixError> {
        let (recipes, platform) = (recipes(&content.artifacts), content.platform);
        let staging = tempfile::Builder::new().prefix(".staging-").tempdir_in(self.builds())?;
        let root = fs_err::canonicalize(staging.path())?.join("prefix");
        let mut site = Site { root, place: place.to_owned(), platform };
        let objects: Vec<(&str, PathBuf)> =
            content.all().map(|artifact| (artifact.package.as_str(), self.object(artifact))).collect();
        let mut merged = merge::merge(&objects, &site.root).map_err(|error| match error {
            // The tools are of more use without being configured than not at all.
            PrefixError::Clash { first, second, .. } if content.is_configuring(&[&first, &second]) => {
                PrefixError::Configure(io::Error::other(format!("`{first}` and `{second}` have the same files")))
            }
            error => error,
        })?;
        alternatives::link(&site, &objects)?;
        if let Some(configurer) = configurer {
            let (own, configuring) = objects.split_at(content.artifacts.len());
            configure::tell(&Event::Begins { packages: objects.len(), suite: content.suite.as_str() });
            let packages = configure::Packages { own, configuring };
            let outcome = configure::configure(&site, staging.path(), &packages, &mut merged, configurer);
            outcome.map_err(PrefixError::Configure)?;
        }
        let linkage = patch::Linkage::of(&site)?;
        let unpatched = programs::unpatched(&site.root, content.artifacts.iter().map(|artifact| &*artifact.package));
        let patched: Vec<&PathBuf> = merged.programs.iter().filter(|path| !unpatched.contains(*path)).collect();
        let outcomes = parallel::map(patched, parallel::processors(), |path| match adapt(&site, &linkage, path) {
            // What a script made may only look like a program.
            Err(PrefixError::Patch { .. }) if !merged.files.contains_key(path) => Ok(()),
            outcome => outcome,
        });
        outcomes.into_iter().collect::<Result<(), PrefixError>>()?;
        for (package, found) in &recipes {
            make::files(&site, package, found)?;
        }
        fs_err::rename(&site.root, place)?;
        place.clone_into(&mut site.root);
        for (package, found) in recipes.iter().filter(|_| platform.runs_here()) {
            make::run(&site, package, found)?;
        }
        places::make(&site, &objects, &merged)?;
        seal(place)?;
        // Python keeps the bytecode of a module beside it. It is made when the module is first
        // used, as in environments; to make it here for all would take longer than all the rest.
        for directory in &merged.modules {
            let module = place.join(directory);
            fs_err::set_permissions(&module, std::fs::Permissions::from_mode(0o755))?;
            bytecode_of(&module)?;
        }
        let sums = list::of(place, &objects, &merged)?;
        let list = staging.path().join("list");
        fs_err::write(&list, sums)?;
        fs_err::rename(list, list_of(place))?;
        Ok(())
    }
}

/// Makes a program work in its prefix: a copy of the package's file takes its place, unless that
/// is good as it is.
fn adapt(site: &Site, linkage: &patch::Linkage, path: &Path) -> Result<(), PrefixError> {
    let file = site.root.join(path);
    let opened = bounded::open(&file)?;
    let _turn = linkage.turn(opened.metadata().len());
    let bytes = opened.read(most::PROGRAM)?;
    let adapted = match bytes.as_slice() {
        [b'#', b'!', ..] => scripts::adapted(site, &bytes),
        [0x7f, b'E', b'L', b'F', ..] => {
            linkage.adapted(site, &bytes).map_err(|source| PrefixError::Patch { path: path.to_owned(), source })?
        }
        _ => None,
    };
    adapted.map_or(Ok(()), |bytes| Ok(site.replace(&file, &bytes)?))
}

fn is_whole(place: &Path) -> bool {
    list_of(place).exists() && place.is_dir()
}

/// The list of a prefix's hashes.
fn list_of(place: &Path) -> PathBuf {
    place.with_file_name(object_sums(&place.file_name().unwrap_or_default().to_string_lossy()))
}

#[cfg(test)]
mod tests;
