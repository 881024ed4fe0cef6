//! Configuring: the packages of a prefix run their own scripts, as on a system where they are installed, before their programs
//! are patched. They run inside a wall whose root directory is the prefix; what they change is taken over when all have ended,
//! so that no file of the store is ever within their reach.

mod changes;
mod database;
mod dropped;
mod report;

use std::collections::BTreeSet;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};

pub use self::report::{Failure, is_configured, kept};

use self::report::Report;
use super::Site;
use super::merge::Merged;
use crate::builder::{CHANGING, Configured, Configurer};
use crate::files::{Beneath, bounded, most, remove_tree};
use crate::store::unpack::is_program;

/// What is worth a line about it.
pub enum Event<'e> {
    Begins {
        packages: usize,
        suite: &'e str,
    },
    Failed(&'e Failure),
    /// Further packages whose scripts did not run, because those of another one stopped or broke what runs them.
    Left(&'e [String]),
    /// Nothing could be configured. The packages are used as they are.
    Refused(&'e str),
}

/// Prints it.
type Say = Box<dyn Fn(&Event) + Send + Sync>;

static SAY: OnceLock<Say> = OnceLock::new();

/// Has it printed. It is asked for once, where words are printed: prefixes are made in several places.
pub fn on_configuring(say: impl Fn(&Event) + Send + Sync + 'static) {
    let _ = SAY.set(Box::new(say));
}

pub fn tell(event: &Event) {
    if let Some(say) = SAY.get() {
        say(event);
    }
}

/// The prefixes that could not be configured by this process, which does not try it again.
static REFUSED: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

/// Notes that a prefix could not be configured, and tells why.
pub fn refuse(place: &Path, error: &io::Error) {
    tell(&Event::Refused(&error.to_string()));
    REFUSED.lock().unwrap_or_else(PoisonError::into_inner).insert(place.to_owned());
}

pub fn was_refused(place: &Path) -> bool {
    REFUSED.lock().unwrap_or_else(PoisonError::into_inner).contains(place)
}

/// What takes part.
pub struct Packages<'a> {
    /// Those of the prefix, and their objects.
    pub own: &'a [(&'a str, PathBuf)],
    /// Those that configure them.
    pub configuring: &'a [(&'a str, PathBuf)],
}

/// Configures the packages, which are merged at a site, and takes over what their scripts changed. Works in a directory beside
/// the site, and has it printed what failed.
pub fn configure(
    site: &Site,
    staging: &Path,
    packages: &Packages,
    merged: &mut Merged,
    configurer: &Configurer,
) -> io::Result<()> {
    database::write(site, packages.own, packages.configuring)?;
    let directory = Beneath::open(&site.root)?;
    let changes = staging.join("changes");
    let names = || packages.own.iter().chain(packages.configuring).map(|(package, _)| *package);
    let mut report = Report::of(names());
    let taken = at(&site.root, staging, |place| {
        let status = configurer.run(place, |line| report.hear(line))?;
        match report.last().pop() {
            _ if report.has_begun => changes::take(site, &changes),
            last => Err(io::Error::other(last.unwrap_or_else(|| status.to_string()))),
        }
    });
    // Scripts may have made some of it without any permissions.
    remove_tree(&changes)?;
    let files = taken?;
    let (failures, further) = report.end(&database::unconfigured(site, names()));
    for failure in &failures {
        tell(&Event::Failed(failure));
    }
    if !further.is_empty() {
        tell(&Event::Left(&further));
    }
    for path in dropped::dropped() {
        let there = site.root.join(path);
        match fs_err::symlink_metadata(&there) {
            Ok(metadata) if metadata.is_dir() => remove_tree(&there)?,
            Ok(_) => drop(directory.remove_file(path)?),
            Err(_) => {}
        }
    }
    settle(site, files, merged)?;
    let further = further.into_iter().map(|package| Failure { package, lines: Vec::new() });
    report::keep(&failures.into_iter().chain(further).collect::<Vec<_>>(), &directory)
}

/// Why packages can't be configured below a directory, if that is so.
pub fn refusal<'c>(configurer: &'c Configurer, below: &Path) -> Option<&'c str> {
    configurer.refusal(|configurer| {
        let staging = tempfile::Builder::new().prefix(".staging-").tempdir_in(below)?;
        let place = fs_err::canonicalize(staging.path())?;
        at(&place.join("root"), &place, |place| configurer.try_at(place))
    })
}

/// Has something done with a directory whose changes go into another one, `changes` at a place beside it.
fn at<T>(root: &Path, staging: &Path, work_on: impl FnOnce(Configured) -> io::Result<T>) -> io::Result<T> {
    let (changes, work) = (staging.join("changes"), staging.join("work"));
    for directory in [root, &changes, &work] {
        let parent = Beneath::open(directory.parent().unwrap_or(directory))?;
        let own = Path::new(directory.file_name().unwrap_or_default());
        CHANGING.iter().try_for_each(|name| parent.make_directories(&own.join(name)))?;
    }
    let outcome = work_on(Configured { root, changes: &changes, work: &work });
    // The kernel's own directory in it has no permissions at all.
    remove_tree(&work)?;
    outcome
}

/// Notes which programs there are now.
fn settle(site: &Site, files: Vec<PathBuf>, merged: &mut Merged) -> io::Result<()> {
    for path in files {
        let there = site.root.join(&path);
        let Ok(metadata) = fs_err::symlink_metadata(&there) else { continue };
        merged.files.remove(&path);
        let can_run = metadata.permissions().mode() & 0o111 != 0 && metadata.len() <= most::PROGRAM;
        let is_new = can_run && is_program(&bounded::head(&there, 4)?);
        if is_new && !merged.programs.contains(&path) {
            merged.programs.push(path);
        }
    }
    let is_there = |path: &Path| site.root.join(path).symlink_metadata();
    merged.programs.retain(|path| is_there(path).is_ok_and(|metadata| metadata.is_file()));
    merged.modules.retain(|path| is_there(path).is_ok_and(|metadata| metadata.is_dir()));
    Ok(())
}
