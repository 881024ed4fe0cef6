//! Whether the commands of a package can start and find their own files, as far as that can be seen without starting
//! them: the loader and the libraries of a program, and what runs a script. The modules of Perl, Python and Ruby are not
//! seen.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use super::interpreter;
use super::libraries::{Libraries, Object};
use super::programs::Prefix;
use crate::catalog::recipe::{Found, Recipe};
use crate::files::{bounded, most};
use crate::lock::{Artifact, LockedTool};
use crate::name::{CommandName, ToolName};
use crate::store::unpack::deb::{field, is_library};
use crate::store::{Link, Store};

/// How many packages a message names.
const MOST_NAMED: usize = 3;

/// What runs scripts on every host.
const SHELLS: [&str; 5] = ["/bin/sh", "/usr/bin/sh", "/bin/bash", "/usr/bin/bash", "/usr/bin/env"];

/// What is known about a tool's commands before any was started.
pub struct Tried {
    pub tool: ToolName,
    pub faults: BTreeMap<CommandName, Fault>,
    /// The commands that start in their place, and what each looks for there.
    pub places: BTreeMap<CommandName, String>,
    /// Packages it needs that have commands, with one command each, where it has none or not the one of its name.
    pub instead: Option<Vec<(String, String)>>,
    pub has_commands: bool,
    /// What its recipe says does not work.
    pub known: Option<&'static str>,
    /// What its recipe says does not work without a place.
    pub unplaced: Option<&'static str>,
}

/// Why a command does not work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    Loader(PathBuf),
    Library(String),
    Interpreter(PathBuf),
    /// It looks for its own files where only an installed system has them, and cannot start in its place.
    Place(String),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Loader(path) => write!(f, "needs the loader {}, which none of its packages has", path.display()),
            Self::Library(name) => write!(f, "needs the library {name}, which none of its packages has"),
            Self::Interpreter(path) => write!(f, "is run by {}, which none of its packages has", path.display()),
            Self::Place(path) => write!(f, "looks for {path}, which only an installed Debian has"),
        }
    }
}

impl Store {
    /// Tries what a package in a prefix brings as a tool. The libraries of the prefix that were read are kept for the
    /// next one.
    pub fn try_package(&self, prefix: &Prefix, locked: &LockedTool, libraries: &mut Libraries) -> Tried {
        let own = self.own_packages(locked, prefix.platform);
        let links = self.package(prefix, locked).links;
        let place = |link: &Link| prefix.looked_for(link.program()?).map(str::to_owned);
        let places: BTreeMap<CommandName, String> =
            links.iter().filter_map(|(name, link)| Some((name.clone(), place(link)?))).collect();
        let is_whole = || prefix.is_configured() || !places.is_empty() && self.is_nothing_missing(prefix);
        let of_recipes = |what: fn(&'static Recipe) -> Option<&'static str>| {
            own.iter().find_map(|(_, found)| what(found.as_ref()?.recipe))
        };
        let unplaced = of_recipes(|recipe| recipe.unplaced.as_deref());
        let known = of_recipes(|recipe| recipe.fault.as_deref()).or(unplaced.filter(|_| !is_whole()));
        let mut trial = Trial::of(prefix, libraries);
        let commands: Vec<&CommandName> = links.keys().collect();
        let faults = links.iter().filter_map(|(name, link)| Some((name.clone(), trial.fault(link, &commands)?)));
        let faults = if known.is_none() { faults.collect() } else { BTreeMap::new() };
        let instead = self.instead(prefix, &own, locked, &links);
        Tried { tool: locked.tool.clone(), faults, places, instead, has_commands: !links.is_empty(), known, unplaced }
    }

    /// Whether no package has a script that would have done something.
    fn is_nothing_missing(&self, prefix: &Prefix) -> bool {
        self.unconfigured(prefix.packages.values().copied()).is_empty()
    }

    /// The packages that a package needs and that have commands: where it has none itself, and is no library, or if
    /// one of them has the command of its name.
    fn instead(
        &self,
        prefix: &Prefix,
        own: &[(&Artifact, Option<Found>)],
        locked: &LockedTool,
        links: &BTreeMap<CommandName, Link>,
    ) -> Option<Vec<(String, String)>> {
        let package = locked.tool.package();
        let own = self.object(own.first()?.0);
        if is_library(&own) || links.keys().any(|name| name.as_str() == package) {
            return None;
        }
        let wanted = field(&own, "Depends");
        let direct =
            |name: &str| wanted.split([',', '|']).position(|relation| relation.split_whitespace().next() == Some(name));
        let mut found: Vec<(usize, String, String)> = Vec::new();
        for (name, artifact) in prefix.packages.iter().filter(|(name, _)| **name != package) {
            let tool = LockedTool { tool: format!("deb:{name}").parse().ok()?, ..locked.clone() };
            let commands = self.package_commands(&tool, prefix.platform);
            // The one that is named most like what was asked for.
            let likest = commands.iter().find(|command| command.as_str() == package);
            let likest = likest.or_else(|| commands.iter().find(|command| package.contains(command.as_str())));
            let likest = likest.or_else(|| commands.first());
            let place = direct(name).filter(|_| !is_library(&self.object(artifact)));
            found.extend(place.zip(likest).map(|(place, command)| (place, (*name).to_owned(), command.to_string())));
        }
        if !links.is_empty() {
            found.retain(|(_, _, command)| command == package);
            if found.is_empty() {
                return None;
            }
        }
        found.sort();
        Some(found.into_iter().take(MOST_NAMED).map(|(_, package, command)| (package, command)).collect())
    }
}

/// Tries the commands of one tool.
struct Trial<'a> {
    prefix: &'a Prefix<'a>,
    /// Where its files are, without links.
    root: PathBuf,
    libraries: &'a mut Libraries,
    /// The programs that were tried: many commands may lead to one.
    programs: BTreeMap<PathBuf, Option<Fault>>,
}

impl<'a> Trial<'a> {
    fn of(prefix: &'a Prefix<'a>, libraries: &'a mut Libraries) -> Self {
        let root = fs_err::canonicalize(&prefix.directory).unwrap_or_else(|_| prefix.directory.clone());
        Self { prefix, root, libraries, programs: BTreeMap::new() }
    }

    fn fault(&mut self, link: &Link, commands: &[&CommandName]) -> Option<Fault> {
        let program = fs_err::canonicalize(link.program()?).ok()?;
        if !self.programs.contains_key(&program) {
            let fault = self.fault_of(&program, commands);
            self.programs.insert(program.clone(), fault);
        }
        self.programs[&program].clone()
    }

    fn fault_of(&mut self, program: &Path, commands: &[&CommandName]) -> Option<Fault> {
        let bytes = bounded::read(program, most::PROGRAM).ok()?;
        if bytes.starts_with(b"#!") {
            return self.script(&bytes, commands);
        }
        let object = Object::read(&bytes)?;
        if let Some(loader) = object.loader.clone().filter(|loader| !loader.exists() || !self.has(loader)) {
            return Some(Fault::Loader(loader));
        }
        self.libraries.load(program, object).missing.map(Fault::Library)
    }

    /// What a script is run by.
    fn script(&self, bytes: &[u8], commands: &[&CommandName]) -> Option<Fault> {
        let (interpreter, rest) = interpreter(bytes)?;
        let is_there = if SHELLS.iter().any(|shell| interpreter == Path::new(shell)) {
            interpreter.exists()
        } else {
            interpreter.exists() && self.has(interpreter)
        };
        if !is_there {
            return Some(Fault::Interpreter(interpreter.to_owned()));
        }
        let line = rest.split(|byte| *byte == b'\n').next().map(String::from_utf8_lossy).unwrap_or_default();
        let name = line.split_whitespace().find(|word| !word.starts_with('-') && !word.contains('='));
        let name = name.filter(|_| interpreter.ends_with("env"))?;
        let is_there = ["sh", "bash"].contains(&name) || commands.iter().any(|command| command.as_str() == name);
        (!is_there).then(|| Fault::Interpreter(PathBuf::from(name)))
    }

    fn has(&self, path: &Path) -> bool {
        path.starts_with(&self.prefix.directory) || path.starts_with(&self.root)
    }
}
