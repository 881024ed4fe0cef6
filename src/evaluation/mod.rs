//! Dev shells of Nix, each evaluated once: looked up among those that are kept, or made by the program `nix` if that was
//! asked for. It never writes flake.lock, nor git's index, unless it may, and says so before.

mod error;
mod kept;
mod program;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use error::NixError;
use kept::Kept;
use program::{Locking, repository};

use crate::digest;
use crate::env::NixPaths;
use crate::files::{Scratch, Stamp, time_of};
use crate::host::Host;
use crate::manifest::Nix;
use crate::nix::{BASH, DevEnv, Surroundings, transform};
use crate::project::{Content, NixFiles, NixMain, Project};

/// What may be done for a dev shell that is not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evaluate {
    /// Nothing: a prompt waits for no evaluation.
    Never,
    /// Evaluating, with the flake.lock that is there.
    Locked,
    /// The same for a person, who sees what happens: flake.lock may be written.
    Locking,
}

/// A dev shell that is asked for.
pub struct Request<'a> {
    pub host: &'a Host,
    pub project: &'a Project,
    pub nix: &'a Nix,
    /// Where the dev shells of the project are kept, in the state of devshell.
    pub place: &'a Path,
    pub is_offline: bool,
    /// Whether it is evaluated again, whatever is kept.
    pub refresh: bool,
    pub evaluate: Evaluate,
    /// Hears what happens.
    pub say: &'a dyn Fn(&str),
}

/// A dev shell of Nix, evaluated.
#[derive(Debug)]
pub struct Evaluated {
    pub paths: NixPaths,
    /// The bash and the script that run its `shellHook`.
    pub hook: Option<(PathBuf, PathBuf)>,
    /// The store of Nix that all of it is in.
    pub store: Option<PathBuf>,
    /// What must still be there.
    pub directory: PathBuf,
    /// The files of the project that it is made of.
    pub files: Vec<PathBuf>,
    /// What must not have changed.
    pub stamps: Vec<PathBuf>,
    /// Whether it is of files that have changed since, because those cannot be evaluated now.
    pub is_old: bool,
}

/// Where Nix has a user's channels, below the home directory.
const CHANNELS: [&str; 3] =
    [".nix-defexpr/channels", ".nix-defexpr/channels_root", ".local/state/nix/profiles/channels"];

impl Request<'_> {
    /// The system that Nix calls this platform.
    fn system(&self) -> String {
        let platform = self.host.platform;
        format!("{}-{}", platform.arch(), platform.os())
    }

    /// Where the answers to this wish are kept.
    fn wish(&self, main: &NixMain) -> PathBuf {
        let nix_path = self.host.variable("NIX_PATH").filter(|_| self.is_impure(main)).unwrap_or_default();
        let (name, system, is_impure) = (self.nix.to_string(), self.system(), [u8::from(self.nix.impure)]);
        // An update makes a channel lead elsewhere.
        let channels = self.channels(main).map(|channel| fs_err::canonicalize(channel).unwrap_or_default());
        let channels: Vec<PathBuf> = channels.collect();
        let parts = [name.as_bytes(), main.name.as_bytes(), system.as_bytes(), &is_impure, nix_path.as_encoded_bytes()];
        let channels = channels.iter().map(|channel| channel.as_os_str().as_encoded_bytes());
        let key = digest::key(&parts.into_iter().chain(channels).collect::<Vec<_>>());
        self.place.join(&key[..12])
    }

    fn is_impure(&self, main: &NixMain) -> bool {
        self.nix.impure || !main.is_flake
    }

    /// What is there of Nix's channels, which `<nixpkgs>` leads to.
    fn channels(&self, main: &NixMain) -> impl Iterator<Item = PathBuf> {
        let home = self.host.home.as_ref().filter(|_| self.is_impure(main));
        home.into_iter().flat_map(|home| CHANNELS.map(|place| home.join(place)))
    }
}

/// Where the dev shell of this request is kept once it is evaluated, whether it is or not; and the file that has it.
pub fn place(request: &Request) -> Result<(PathBuf, NixMain), NixError> {
    let found = files(request)?;
    Ok((Kept::place(&request.wish(&found.main), &found).directory, found.main))
}

/// The dev shell that is asked for.
pub fn evaluate(request: &Request) -> Result<Evaluated, NixError> {
    let found = files(request)?;
    let wish = request.wish(&found.main);
    let kept = Kept::place(&wish, &found);
    let at_hand = || if request.refresh { None } else { kept.load(request.project, request.host) };
    if let Some(env) = at_hand() {
        return finished(request, &found, &kept, &env, false);
    }
    if request.evaluate == Evaluate::Never {
        return Err(NixError::NotEvaluated(found.main.name));
    }
    kept::make(&kept, &request.host.directories.state)?;
    let turn = turn(&wish)?;
    // Another process may have had its turn before.
    if let Some(env) = at_hand() {
        return finished(request, &found, &kept, &env, false);
    }
    let outcome = make(request, &found, &kept);
    drop(turn);
    match outcome {
        Ok(env) => finished(request, &found, &kept, &env, false),
        Err(error) if error.may_pass() || request.evaluate == Evaluate::Locking => match earlier(&wish) {
            Some((kept, env)) => {
                (request.say)(&format!("{error}; the dev shell is as it was before `{}` changed", found.main.name));
                finished(request, &found, &kept, &env, true)
            }
            None => Err(error),
        },
        Err(error) => Err(error),
    }
}

fn files(request: &Request) -> Result<NixFiles, NixError> {
    let found = request.project.nix_files(request.host, request.nix)?;
    found.ok_or_else(|| NixError::NoFile { name: request.nix.to_string(), line: request.nix.line })
}

/// Waits for other processes that evaluate the same.
fn turn(wish: &Path) -> io::Result<fs_err::File> {
    let file = fs_err::OpenOptions::new().append(true).create(true).open(wish.join(".turn"))?;
    let _ = file.file().lock();
    Ok(file)
}

/// The last used dev shell of a wish.
fn earlier(wish: &Path) -> Option<(Kept, DevEnv)> {
    kept::kept(wish).into_iter().find_map(|kept| Some((kept.clone(), kept.load_as_it_is()?)))
}

/// Evaluates it, and keeps it.
fn make(request: &Request, found: &NixFiles, kept: &Kept) -> Result<DevEnv, NixError> {
    let (main, profile) = (&found.main, kept.profile());
    (request.say)(&format!("evaluating `{}` of {}", request.nix, main.name));
    // As old as the moment before, in the time of the file system.
    let scratch = Scratch::new(&request.host.directories.cache, "nix")?;
    let begun = time_of(&scratch.write("begun", "")?);
    let answer = match program::print_dev_env(request, main, &profile, Locking::Refused) {
        Err(error) if error.is_about_lock() && request.evaluate == Evaluate::Locking => {
            (request.say)("flake.lock is missing or stale; Nix writes it, and adds it to git's index");
            program::print_dev_env(request, main, &profile, Locking::Allowed)?
        }
        answer => answer?,
    };
    let root = repository(&request.project.root);
    let known: Vec<PathBuf> = found.files.iter().map(|(name, _)| request.project.root.join(name)).collect();
    let is_changed = |(name, content): &&(String, Option<Arc<Content>>)| {
        let stamp = content.as_ref().map(|content| Stamp::of_opened(&content.metadata));
        // Nix may just have written it.
        !name.ends_with("flake.lock") && Stamp::of(&request.project.root.join(name)) != stamp
    };
    if let Some((name, _)) = found.files.iter().find(is_changed) {
        return Err(NixError::Changed(name.clone()));
    }
    let mut beside: Vec<PathBuf> = answer.files.iter().map(|file| root.join(file)).collect();
    beside.retain(|path| path.starts_with(root) && !known.contains(path) && path.is_file());
    beside.sort();
    beside.dedup();
    if let Some(path) = beside.iter().find(|path| time_of(path) > begun) {
        return Err(NixError::Changed(path.display().to_string()));
    }
    let env = DevEnv::parse(&answer.json)?;
    kept.write(request.project, request.host, &answer.json, beside)?;
    Ok(env)
}

fn finished(
    request: &Request,
    found: &NixFiles,
    kept: &Kept,
    env: &DevEnv,
    is_old: bool,
) -> Result<Evaluated, NixError> {
    let in_store = kept.in_store();
    let at = Surroundings { root: &request.project.root, files: &kept.directory, kept_by: in_store.as_deref() };
    let shell = transform(env, &at);
    for (name, text) in &shell.files {
        kept.add(name, text)?;
    }
    let script = shell.hook.filter(|_| request.nix.hook);
    let script = script.map(|script| kept.add(&format!("hook-{}", &digest::key(&[script.as_bytes()])[..8]), &script));
    let own = env.text(BASH).map(PathBuf::from).filter(|path| path.is_absolute() && path.is_file());
    let bash = || own.or_else(|| request.host.find("bash"));
    let hook = script.transpose()?.and_then(|script| Some((bash()?, script)));
    if hook.is_none() && env.text("shellHook").is_some_and(|hook| !hook.trim().is_empty()) && request.nix.hook {
        (request.say)(&format!("this machine has no bash, so the shellHook of `{}` does not run", request.nix));
    }
    let files = found.files.iter().map(|(name, _)| request.project.root.join(name));
    let stamps = files.chain(found.directories.iter().cloned()).chain(found.large.iter().cloned());
    let stamps = stamps.chain(kept.beside()).chain(request.channels(&found.main)).chain([kept.profile()]);
    Ok(Evaluated {
        paths: NixPaths { name: request.nix.to_string(), path: shell.path, variables: shell.variables },
        hook,
        store: in_store.and_then(|path| path.parent().map(Path::to_owned)),
        directory: kept.directory.clone(),
        files: found
            .files
            .iter()
            .filter(|(_, content)| content.is_some())
            .map(|(name, _)| request.project.root.join(name))
            .collect(),
        stamps: stamps.collect(),
        is_old,
    })
}
