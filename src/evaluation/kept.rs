//! Dev shells that were evaluated, in the state: `nix-1/<project>/<what was asked>/<what it was asked of>/`, each with the
//! link that keeps it from Nix's garbage collector, the JSON that Nix printed, and the files that it was made of besides
//! those that its name counts.

use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::NixError;
use crate::digest;
use crate::files::{bounded, most, time_of, touch, write_private};
use crate::host::Host;
use crate::nix::DevEnv;
use crate::project::{NixFiles, Project};

/// The link to the dev shell in Nix's store. Nix calls it a profile.
const PROFILE: &str = "env";
const JSON: &str = "env.json";
const BESIDE: &str = "beside.json";

/// So many are kept for one wish: to check out a branch and go back evaluates nothing.
const MOST: usize = 8;

/// Where one dev shell is kept, or will be.
#[derive(Clone, Debug)]
pub struct Kept {
    pub directory: PathBuf,
}

/// A file that the evaluation read and no one could foresee, and a digest of what was in it.
#[derive(Debug, Serialize, Deserialize)]
struct Beside {
    path: PathBuf,
    digest: Option<String>,
}

impl Kept {
    /// The place for what is evaluated of these files as they are.
    pub fn place(wish: &Path, found: &NixFiles) -> Self {
        let mut parts: Vec<Vec<u8>> = Vec::new();
        for (name, content) in &found.files {
            parts.push(name.clone().into_bytes());
            parts.push(content.as_ref().map(|content| content.bytes.clone()).unwrap_or_default());
            parts.push(vec![u8::from(content.is_some())]);
        }
        for directory in &found.directories {
            parts.push(names(directory).join("\0").into_bytes());
        }
        for path in &found.large {
            parts.push(format!("{:?}", time_of(path)).into_bytes());
        }
        let key = digest::key(&parts.iter().map(Vec::as_slice).collect::<Vec<_>>());
        Self { directory: wish.join(&key[..16]) }
    }

    /// The link that keeps it, which leads into Nix's store.
    pub fn profile(&self) -> PathBuf {
        self.directory.join(PROFILE)
    }

    /// The file of the JSON.
    pub fn json(&self) -> PathBuf {
        self.directory.join(JSON)
    }

    /// What it has in Nix's store; `None` if that is gone.
    pub fn in_store(&self) -> Option<PathBuf> {
        fs_err::canonicalize(self.profile()).ok()
    }

    /// The dev shell, if it is kept whole, and what else it was made of is as it was.
    pub fn load(&self, project: &Project, host: &Host) -> Option<DevEnv> {
        self.in_store()?;
        let is_as_it_was = |beside: Beside| digest_of(project, host, &beside.path) == beside.digest;
        if !self.read_beside()?.into_iter().all(is_as_it_was) {
            return None;
        }
        let env = DevEnv::parse(&bounded::read(&self.json(), most::CACHE).ok()?).ok()?;
        let _ = touch(&self.json());
        Some(env)
    }

    /// The dev shell, whatever it was made of.
    pub fn load_as_it_is(&self) -> Option<DevEnv> {
        self.in_store()?;
        DevEnv::parse(&bounded::read(&self.json(), most::CACHE).ok()?).ok()
    }

    /// The files that it was made of besides.
    pub fn beside(&self) -> Vec<PathBuf> {
        self.read_beside().into_iter().flatten().map(|beside| beside.path).collect()
    }

    fn read_beside(&self) -> Option<Vec<Beside>> {
        serde_json::from_slice(&bounded::read(&self.directory.join(BESIDE), most::RECORD).ok()?).ok()
    }

    /// Keeps what Nix printed, and notes what it read besides.
    pub fn write(&self, project: &Project, host: &Host, json: &[u8], beside: Vec<PathBuf>) -> io::Result<()> {
        let beside = beside.into_iter().map(|path| Beside { digest: digest_of(project, host, &path), path });
        let beside = serde_json::to_vec(&beside.collect::<Vec<_>>())?;
        write_private(&self.directory.join(BESIDE), &[&beside])?;
        write_private(&self.json(), &[json])?;
        self.drop_earlier()
    }

    /// Writes a file that belongs to it, unless it is there.
    pub fn add(&self, name: &str, text: &str) -> io::Result<PathBuf> {
        let path = self.directory.join(name);
        if bounded::read(&path, most::CACHE).ok().is_none_or(|there| there != text.as_bytes()) {
            write_private(&path, &[text.as_bytes()])?;
        }
        Ok(path)
    }

    /// Takes the earlier generations of its link away, each of which keeps a dev shell in Nix's store, and the kept ones
    /// that were not used for longest.
    fn drop_earlier(&self) -> io::Result<()> {
        let current = fs_err::read_link(self.profile()).ok();
        for entry in fs_err::read_dir(&self.directory)?.flatten() {
            let name = PathBuf::from(entry.file_name());
            let is_generation = name.to_string_lossy().starts_with("env-") && entry.path().is_symlink();
            if is_generation && current.as_ref() != Some(&name) {
                fs_err::remove_file(entry.path())?;
            }
        }
        for kept in kept(self.directory.parent().unwrap_or(Path::new("/"))).iter().skip(MOST) {
            // The link goes first: a process that finds the rest finds nothing.
            let _ = fs_err::remove_file(kept.profile());
            fs_err::remove_dir_all(&kept.directory)?;
        }
        Ok(())
    }
}

/// All that are kept for a wish, the last used one first.
pub fn kept(wish: &Path) -> Vec<Kept> {
    let entries = fs_err::read_dir(wish).into_iter().flatten().flatten();
    let mut all: Vec<_> = entries
        .map(|entry| Kept { directory: entry.path() })
        .filter_map(|kept| Some((time_of(&kept.json())?, kept)))
        .collect();
    all.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.directory.cmp(&b.1.directory)));
    all.into_iter().map(|(_, kept)| kept).collect()
}

/// The names in a directory, in order.
fn names(directory: &Path) -> Vec<String> {
    let entries = fs_err::read_dir(directory).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries
        .map(|entry| {
            let kind = entry.file_type().map(|kind| if kind.is_dir() { "/" } else { "" }).unwrap_or_default();
            format!("{}{kind}", entry.file_name().to_string_lossy())
        })
        .collect();
    names.sort();
    names
}

fn digest_of(project: &Project, host: &Host, path: &Path) -> Option<String> {
    let content = project.content(host, path, most::REQUIREMENTS).ok().flatten()?;
    Some(digest::key(&[&content.bytes]))
}

/// Makes the directory of a kept dev shell.
pub fn make(kept: &Kept, state: &Path) -> Result<(), NixError> {
    let below = kept.directory.strip_prefix(state).unwrap_or(&kept.directory);
    crate::files::own::make_directory(state, below, crate::files::own::PRIVATE)?;
    Ok(())
}
