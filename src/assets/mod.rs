//! Which of a release's files is for which platform, as far as their names say it; and which of its tags are versions
//! (`tag`). Nothing is guessed: a lock would keep a wrong guess for all platforms and for everyone.

mod file;
pub mod tag;
mod template;
#[cfg(test)]
mod tests;
mod words;

use std::collections::{BTreeMap, BTreeSet};

use self::file::{File, Machine, plain};
pub use self::template::{Template, template};
pub use self::words::Libc;
use crate::archive::Format;
use crate::platform::Platform;

/// What is known about a release before its files are looked at.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// The last part of the repository's name.
    pub repository: &'a str,
    /// The commands that are wanted, if known.
    pub commands: &'a [&'a str],
    pub version: &'a str,
    pub tag: &'a str,
    /// Whether the programs for Linux need no C library, even if their names don't say so.
    pub is_static: bool,
}

impl Subject<'_> {
    /// What the tool may be called in the names of its files; the commands first.
    fn names(&self) -> impl Iterator<Item = &str> {
        self.commands.iter().copied().chain([self.repository]).filter(|name| !name.is_empty())
    }
}

/// Which file is taken for a Linux with glibc if there are several.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Preference {
    /// One that runs on every Linux: linked statically or with musl.
    #[default]
    Any,
    /// One for glibc. This also suits releases whose files for musl need a musl that is installed.
    Gnu,
}

/// The file for one platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pick<'a> {
    pub file: &'a str,
    pub format: Format,
    /// The C library that its name says; `None` if it says none, and on a Mac.
    pub libc: Option<Libc>,
}

/// Why no file was chosen.
#[derive(Debug, PartialEq, Eq)]
pub enum Undecided {
    /// Files that could all be meant for a platform.
    Several { platform: Platform, files: Vec<String> },
    /// Several products, none of which has files for all the platforms that the others have.
    Apart { files: Vec<String> },
    /// No file names one of devshell's platforms.
    Nothing { files: Vec<String> },
}

impl Undecided {
    /// The files that came into question; all of the release's if none did.
    pub fn files(&self) -> &[String] {
        match self {
            Self::Several { files, .. } | Self::Apart { files } | Self::Nothing { files } => files,
        }
    }
}

/// Formats, the one to take first if a release has a file in several.
const FORMATS: [Format; 11] = [
    Format::TarZst,
    Format::TarXz,
    Format::TarGz,
    Format::Zip,
    Format::TarBz2,
    Format::Tar,
    Format::Zst,
    Format::Xz,
    Format::Gz,
    Format::Bz2,
    Format::File,
];

/// Chooses a file for every platform that the release has one for.
pub fn choose<'a>(
    names: &[&'a str],
    subject: &Subject,
    preference: Preference,
) -> Result<BTreeMap<Platform, Pick<'a>>, Undecided> {
    let files: Vec<File> = names.iter().filter_map(|name| File::read(name, subject)).collect();
    let Some(product) = product(&files, subject)? else {
        return Err(Undecided::Nothing { files: names.iter().map(|name| (*name).to_owned()).collect() });
    };
    let mut picks = BTreeMap::new();
    for platform in Platform::ALL {
        let serving = product.iter().copied().filter(|file| file.serves(platform, subject.is_static));
        let best = best(serving.collect(), |file| rank(file, platform, preference));
        match best.as_slice() {
            [] => {}
            [file] => {
                picks.insert(platform, Pick { file: file.name, format: file.format, libc: file.libc });
            }
            several => {
                let files = several.iter().map(|file| file.name.to_owned()).collect();
                return Err(Undecided::Several { platform, files });
            }
        }
    }
    Ok(picks)
}

/// What is to be taken first, among files that say the same otherwise. What says its C library and what says none are
/// on a par if both need glibc: nothing tells them apart.
fn rank(file: &File, platform: Platform, preference: Preference) -> (usize, usize, usize) {
    let runs_anywhere = matches!(file.libc, Some(Libc::Musl | Libc::Static));
    let libc = match preference {
        Preference::Gnu if platform.libc() == Some("gnu") => match file.libc {
            Some(Libc::Gnu) => 0,
            None => 1,
            Some(Libc::Static) => 2,
            Some(Libc::Musl) => 3,
        },
        // A Mac has one C library, which no program carries in itself.
        _ if platform.libc().is_none() => usize::from(file.libc.is_some()),
        _ => usize::from(!runs_anywhere),
    };
    let format = FORMATS.iter().position(|format| *format == file.format).unwrap_or(FORMATS.len());
    (file.machines.len(), libc, format)
}

/// Those that come first.
fn best<T, K: Ord>(all: Vec<T>, key: impl Fn(&T) -> K) -> Vec<T> {
    let Some(least) = all.iter().map(&key).min() else { return all };
    all.into_iter().filter(|one| key(one) == least).collect()
}

/// The files of the product that is wanted, which are those of one stem; `None` if there are no files.
fn product<'f, 'a>(files: &'f [File<'a>], subject: &Subject) -> Result<Option<Vec<&'f File<'a>>>, Undecided> {
    let mut stems = Stems::new();
    for file in files {
        stems.entry(&file.stem).or_default().extend(&file.machines);
    }
    if stems.is_empty() {
        return Ok(None);
    }
    let stem = stem(&stems, subject).ok_or_else(|| apart(files))?;
    Ok(Some(files.iter().filter(|file| file.stem == stem).collect()))
}

type Stems<'f> = BTreeMap<&'f str, BTreeSet<Machine>>;

/// The stem that is a wanted command. Else the one with files for all the machines that any other has, and for more of
/// them than each other, or for as many if it is the repository's name. A stem that has a wanted command in it, or is
/// the repository's name, makes those doubtful that are not.
fn stem<'f>(stems: &Stems<'f>, subject: &Subject) -> Option<&'f str> {
    let commands: Vec<String> = subject.commands.iter().map(|command| plain(command)).collect();
    if let Some(stem) = commands.iter().find_map(|command| stems.keys().find(|stem| *stem == command)) {
        return Some(stem);
    }
    let repository = plain(subject.repository);
    let most = stems.values().map(BTreeSet::len).max()?;
    let largest: Vec<&str> = stems.iter().filter(|(_, has)| has.len() == most).map(|(stem, _)| *stem).collect();
    let chosen = match largest.as_slice() {
        [only] => *only,
        several => several.iter().copied().find(|stem| *stem == repository)?,
    };
    let has_command = |stem: &str| commands.iter().any(|command| words::find(stem, command).is_some());
    let any_has = stems.keys().any(|stem| has_command(stem));
    let is_meant = |stem: &str| if any_has { has_command(stem) } else { stem == repository };
    let is_better = |(stem, has): (&&str, &BTreeSet<Machine>)| {
        *stem == chosen || (has.is_subset(&stems[chosen]) && (is_meant(chosen) || !is_meant(stem)))
    };
    stems.iter().all(is_better).then_some(chosen)
}

/// The products, by the files of the first machine that several have, else by one file of each.
fn apart(files: &[File]) -> Undecided {
    for platform in Platform::ALL {
        let here = files.iter().filter(|file| file.machines.contains(&Machine::of(platform)));
        let stems: BTreeSet<&str> = here.clone().map(|file| file.stem.as_str()).collect();
        if stems.len() > 1 {
            return Undecided::Several { platform, files: here.map(|file| file.name.to_owned()).collect() };
        }
    }
    let mut seen = BTreeSet::new();
    let first = files.iter().filter(|file| seen.insert(file.stem.as_str()));
    Undecided::Apart { files: first.map(|file| file.name.to_owned()).collect() }
}
