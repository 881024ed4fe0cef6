//! Nix as a program: where it is, what it is asked, and what it prints meanwhile.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::Request;
use crate::child::{Child, Place};
use crate::files::{Scratch, bounded, most};
use crate::nix::{Asked, Refusal, evaluated, is_detail, is_progress, uncoloured};
use crate::project::NixMain;

use super::NixError;

/// Where installers put it, for a PATH without it.
const PLACES: [&str; 2] = ["/nix/var/nix/profiles/default/bin/nix", "/run/current-system/sw/bin/nix"];

/// Refuses a flake.lock that is missing or stale. `--no-write-lock-file` beside it would take the newest inputs instead.
const LOCKED: &str = "--no-update-lock-file";

/// So many lines of what it prints are kept, for its errors.
const MOST_LINES: usize = 400;

/// What Nix has evaluated.
pub struct Answer {
    pub json: Vec<u8>,
    /// The files that it says it evaluated: absolute, or from the root of the repository.
    pub files: Vec<String>,
}

/// Whether Nix may write flake.lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Locking {
    Refused,
    Allowed,
}

/// The program, on this machine.
pub fn find(request: &Request) -> Option<PathBuf> {
    let of_user = request.host.home.as_ref().map(|home| home.join(".nix-profile/bin/nix"));
    let places = PLACES.iter().map(PathBuf::from).chain(of_user);
    request.host.find("nix").or_else(|| places.into_iter().find(|path| path.is_file()))
}

/// Evaluates a dev shell, and keeps it under a profile.
pub fn print_dev_env(request: &Request, main: &NixMain, profile: &Path, locking: Locking) -> Result<Answer, NixError> {
    let program = find(request).ok_or_else(|| NixError::NoNix(main.name.clone()))?;
    let scratch = Scratch::new(&request.host.directories.cache, "nix")?;
    let mut child = child(request, &program, &scratch)?;
    child.args(["print-dev-env", "--json", "-vv", "--option", "eval-cache", "false", "--profile"]).arg(profile);
    if locking == Locking::Refused {
        child.arg(LOCKED);
    }
    child.args(installable(request, main));
    let place = scratch.path().join("env.json");
    let into = fs_err::OpenOptions::new().write(true).create_new(true).open(&place)?;
    let (mut files, mut errors) = (Vec::new(), Vec::<String>::new());
    let status = child.talk(into.into_file(), |line| {
        let line = uncoloured(String::from_utf8_lossy(line).trim_end());
        if let Some(file) = evaluated(&line) {
            files.push(file.to_owned());
        } else if !is_detail(&line) {
            if is_progress(&line) {
                (request.say)(&line);
            }
            errors.push(line);
            if errors.len() > MOST_LINES {
                errors.remove(0);
            }
        }
    })?;
    if status.success() {
        return Ok(Answer { json: bounded::read(&place, most::CACHE)?, files });
    }
    Err(refused(request, main, &program, errors.join("\n")))
}

/// A child with what every call has.
fn child(request: &Request, program: &Path, scratch: &Scratch) -> Result<Child, NixError> {
    let mut child = Child::new(program, Place::Scratch(scratch))?;
    child.callers(request.host, |name| name.as_encoded_bytes().starts_with(b"DEVSHELL_"));
    child.env("NO_COLOR", "1").env("TERM", "dumb");
    // No one has to edit the settings of Nix for it.
    child.args(["--extra-experimental-features", "nix-command flakes"]);
    if request.is_offline {
        child.arg("--offline");
    }
    Ok(child)
}

/// What is evaluated, as Nix's command line has it.
fn installable(request: &Request, main: &NixMain) -> Vec<OsString> {
    let attribute = request.nix.attribute.as_deref();
    let mut words: Vec<OsString> = Vec::new();
    if request.nix.impure {
        words.push("--impure".into());
    }
    if main.is_flake {
        words.push(flake(request, main, attribute));
    } else {
        words.extend(["--arg".into(), "inNixShell".into(), "true".into(), "-f".into()]);
        words.push(request.project.root.join(&main.name).into());
        words.extend(attribute.map(OsString::from));
    }
    words
}

fn flake(request: &Request, main: &NixMain, attribute: Option<&str>) -> OsString {
    let mut flake = request.project.root.join(main.directory()).into_os_string();
    if let Some(attribute) = attribute {
        flake.push("#");
        flake.push(attribute);
    }
    flake
}

fn refused(request: &Request, main: &NixMain, program: &Path, errors: String) -> NixError {
    let repository = repository(&request.project.root);
    let refusal = Refusal::of(&errors, &|file| repository.join(file).is_file());
    let attributes = if refusal == Refusal::Attribute { attributes(request, main, program) } else { None };
    let (name, file) = (request.nix.to_string(), main.name.clone());
    let asked = Box::new(Asked { name, file, attributes: attributes.unwrap_or_default() });
    NixError::Refused { refusal, errors, asked }
}

/// The dev shells of a flake: their names, of which none is evaluated.
fn attributes(request: &Request, main: &NixMain, program: &Path) -> Option<Vec<String>> {
    let scratch = Scratch::new(&request.host.directories.cache, "nix").ok()?;
    let mut child = child(request, program, &scratch).ok()?;
    let system = format!("devShells.{}", request.system());
    child.args(["eval", "--json", LOCKED]);
    child.arg(flake(request, main, Some(&system))).args(["--apply", "builtins.attrNames"]);
    let output = child.output().ok().filter(|output| output.status.success())?;
    serde_json::from_slice(&output.stdout).ok()
}

/// The root of the repository that a directory is in; the directory itself if it is in none.
pub fn repository(directory: &Path) -> &Path {
    directory.ancestors().find(|directory| directory.join(".git").exists()).unwrap_or(directory)
}
