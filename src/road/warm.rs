//! The warm road: composed environments, kept in the cache under a key of everything that could
//! change them. Entering a known environment then costs a look-up, not a composition.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use xxhash_rust::xxh3::{Xxh3, xxh3_128};

use super::{Ready, Selection};
use crate::files::{Stamp, Time, bounded, most, time, touch, write_cache};
use crate::host::{Host, now};
use crate::manifest::Isolation;
use crate::project::Project;
use crate::store::{Hold, NOTED_FOR, Store};

/// The directory of the cache with all environments.
const ENVIRONMENTS: &str = "environments-1";

/// What the personal layer adds to an environment's key.
#[derive(Clone, Copy, Debug)]
pub struct PersonalKey<'a> {
    pub files: &'a Project,
    /// Whether their tools are there: without, the next entry shall look for them again.
    pub has_tools: bool,
}

/// The key of an environment. A 128-bit XXH3 is enough: it tells inputs apart, it does not
/// defend against those who write the project's files, who could write anything into them.
pub fn key(host: &Host, project: &Project, selection: &Selection, personal: Option<PersonalKey>) -> String {
    let lock_digest = |project: &Project| {
        let mut lock = Xxh3::new();
        project.each_lock_piece(|piece| lock.update(piece));
        lock.digest128().to_le_bytes()
    };
    let mut hasher = Xxh3::new();
    // The names are for the log: two runs that differ in a part show which.
    let mut part = |name: &str, bytes: &[u8]| {
        log::debug!("key: {name} {:032x}", xxh3_128(bytes));
        hasher.update(&(bytes.len() as u64).to_le_bytes());
        hasher.update(bytes);
    };
    part("lock", &lock_digest(project));
    // The executable covers devshell's version, its catalog and its formats.
    part("devshell", host.executable.as_os_str().as_bytes());
    part("devshell's stamp", &Stamp::of(&host.executable).map(|stamp| stamp.to_bytes()).unwrap_or_default());
    part("manifest's path", project.manifest_path.as_os_str().as_bytes());
    part("manifest", project.manifest_text.as_bytes());
    part("environments", &selection.environments.len().to_le_bytes());
    for name in &selection.environments {
        part("environment", name.as_bytes());
    }
    part("isolation", selection.isolation.map_or("", Isolation::name).as_bytes());
    let ci = u8::from(host.is_under_ci()) + u8::from(host.has_bash_env_of_ci());
    part("terminal and CI", &[u8::from(selection.interactive), ci]);
    part("platform", host.platform.name().as_bytes());
    part("PATH", host.path().as_bytes());
    // `<nixpkgs>` of a shell.nix leads where it says.
    part("NIX_PATH", host.variable("NIX_PATH").unwrap_or_default().as_bytes());
    part("home", host.home.as_deref().map_or(OsStr::new(""), Path::as_os_str).as_bytes());
    part("store", host.directories.data.as_os_str().as_bytes());
    part("state", host.directories.state.as_os_str().as_bytes());
    if let Some(PersonalKey { files, has_tools }) = personal {
        part("config.json", files.manifest_text.as_bytes());
        part("config.lock", &lock_digest(files));
        part("personal tools", &[u8::from(has_tools)]);
    }
    format!("{:032x}", hasher.digest128())
}

/// Why an environment has to be composed again.
#[derive(Debug, thiserror::Error)]
pub enum Miss {
    #[error("it is new: a part of its key has not been met before, be it the manifest, the lock or PATH")]
    New,
    #[error("the cache has lost it")]
    Lost,
    #[error("another user could have written `{}`", .0.display())]
    Untrusted(PathBuf),
    #[error("`{}` cannot be read", .0.display())]
    Unreadable(PathBuf),
    #[error("it has no root in the store any more")]
    NoRoot,
    #[error("`devshell gc` has begun to delete what it uses")]
    Taken,
    #[error("`{}` has changed", .0.display())]
    Changed(PathBuf),
    #[error("the directory `{}` is gone, or belongs to another user", .0.display())]
    Gone(PathBuf),
}

/// Looks an environment up. It is a miss when it is not known, and when what it used has changed.
///
/// The age of the file says when a use was last noted. That is noted again once a day, by
/// `Store::note_use`, which says whether the environment may still be relied on; and when `since` is
/// later, so that running shells can compare the project's files with the root.
///
/// For paths that are declared safe, the stamps do not count.
///
/// The root is held before anything is looked at that a sweep could delete.
pub fn look_up(
    host: &Host,
    store: &Store,
    key: &str,
    since: Time,
    is_vouched_for: impl Fn(&Ready, &Path) -> bool,
) -> Result<(Ready, Hold), Miss> {
    let place = place(host, key);
    let is_known = || store.time_of_root(key).is_some();
    let file = bounded::open(&place).map_err(|_| if is_known() { Miss::Lost } else { Miss::New })?;
    // A user who can write it decides what runs.
    if !host.trusts(&place, file.metadata()) {
        return Err(Miss::Untrusted(place));
    }
    let bytes = file.read_finished(most::CACHE).ok();
    let ready: Option<Ready> = bytes.and_then(|bytes| postcard::from_bytes(&bytes).ok());
    let Some(ready) = ready else { return Err(Miss::Unreadable(place)) };
    let hold = store.hold_root(key).ok_or(Miss::Taken)?;
    if time(file.metadata()) < since.max((now() - NOTED_FOR, 0)) {
        if !store.note_use(key) {
            return Err(Miss::NoRoot);
        }
        let _ = touch(&place);
    }
    let is_changed =
        |(path, stamp): &&(PathBuf, Option<Stamp>)| !is_vouched_for(&ready, path) && Stamp::of(path) != *stamp;
    if let Some((path, _)) = ready.stamps.iter().find(is_changed) {
        return Err(Miss::Changed(path.clone()));
    }
    // One that another process has put in the place of ours is none of ours.
    let is_there =
        |path: &PathBuf| fs_err::metadata(path).is_ok_and(|metadata| metadata.is_dir() && host.trusts(path, &metadata));
    match ready.directories.iter().find(|path| !is_there(path)) {
        Some(path) => Err(Miss::Gone(path.clone())),
        None => Ok((ready, hold)),
    }
}

/// Keeps an environment.
pub fn keep(host: &Host, key: &str, ready: &Ready) {
    if let Ok(bytes) = postcard::to_stdvec(ready)
        && host.make_cache(ENVIRONMENTS).is_ok()
    {
        write_cache(&place(host, key), &[&bytes]);
    }
}

/// Where an environment is kept, or will be.
pub fn place(host: &Host, key: &str) -> PathBuf {
    host.directories.cache.join(ENVIRONMENTS).join(key)
}
