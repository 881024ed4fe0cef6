//! Whether the commands of a package can start and find their own files, as far as that can be seen without starting
//! them: the loader and the libraries of a program, what runs a script, and the paths in both. The modules of Perl,
//! Python and Ruby are not seen.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use memchr::memmem;

use super::libraries::{Libraries, Object};
use super::programs::Prefix;
use super::{compiled_in, interpreter};
use crate::catalog::recipe::{self, Found, Place};
use crate::files::{bounded, most};
use crate::lock::{Artifact, LockedTool};
use crate::name::{CommandName, ToolName};
use crate::store::unpack::deb::{field, is_library};
use crate::store::{Link, Store};

/// How many packages a message names.
const MOST_NAMED: usize = 3;

/// What runs scripts on every host.
const SHELLS: [&str; 5] = ["/bin/sh", "/usr/bin/sh", "/bin/bash", "/usr/bin/bash", "/usr/bin/env"];

/// Where Debian has the descriptions of gems.
const GEMS: &str = "usr/share/rubygems-integration";

/// What is known about a tool's commands before any was started.
pub struct Tried {
    pub tool: ToolName,
    pub faults: BTreeMap<CommandName, Fault>,
    /// Packages it needs that have commands, with one command each, where it has none or not the one of its name.
    pub instead: Option<Vec<(String, String)>>,
    pub has_commands: bool,
    /// What its recipe says does not work.
    pub known: Option<&'static str>,
}

/// Why a command does not work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    Loader(PathBuf),
    Library(String),
    Interpreter(PathBuf),
    /// It looks for its own files where only an installed system has them.
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
        let known = own.iter().find_map(|(_, found)| found.as_ref()?.recipe.fault.as_deref());
        let links = self.package(prefix, locked).links;
        let packages: Vec<&Artifact> = own.iter().map(|(artifact, _)| *artifact).collect();
        let mut trial = Trial::of(self, prefix, &packages, libraries);
        let commands: Vec<&CommandName> = links.keys().collect();
        let faults = links.iter().filter_map(|(name, link)| Some((name.clone(), trial.fault(link, &commands)?)));
        let faults = if known.is_none() { faults.collect() } else { BTreeMap::new() };
        let instead = self.instead(prefix, &own, locked, &links);
        Tried { tool: locked.tool.clone(), faults, instead, has_commands: !links.is_empty(), known }
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
    store: &'a Store,
    prefix: &'a Prefix<'a>,
    /// Where its files are, without links.
    root: PathBuf,
    triplet: String,
    /// The source packages that the tool's own packages are built from.
    sources: Vec<String>,
    libraries: &'a mut Libraries,
    /// The programs that were tried: many commands may lead to one.
    programs: BTreeMap<PathBuf, Option<Fault>>,
}

impl<'a> Trial<'a> {
    fn of(store: &'a Store, prefix: &'a Prefix, own: &[&Artifact], libraries: &'a mut Libraries) -> Self {
        let root = fs_err::canonicalize(&prefix.directory).unwrap_or_else(|_| prefix.directory.clone());
        let triplet = Place { prefix: "", certificates: None, platform: prefix.platform }.triplet();
        let sources = own.iter().map(|artifact| source_of(store, artifact)).collect();
        Self { store, prefix, root, triplet, sources, libraries, programs: BTreeMap::new() }
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
        let owner = self.owner(program);
        // A recipe for the package was tried by people.
        let is_vouched_for = owner.is_some_and(|owner| recipe::find(&owner.package).is_some());
        let mut scanned = vec![bytes.clone()];
        if bytes.starts_with(b"#!") {
            if let Some(fault) = self.script(&bytes, commands) {
                return Some(fault);
            }
        } else {
            let object = Object::read(&bytes)?;
            if let Some(loader) = object.loader.clone().filter(|loader| !loader.exists() || !self.has(loader)) {
                return Some(Fault::Loader(loader));
            }
            let loaded = self.libraries.load(program, object);
            if let Some(missing) = loaded.missing {
                return Some(Fault::Library(missing));
            }
            let own = loaded.libraries.iter().filter(|_| !is_vouched_for).filter(|path| self.is_own(path));
            scanned.extend(own.filter_map(|path| bounded::read(path, most::PROGRAM).ok()));
        }
        if is_vouched_for {
            return None;
        }
        // Ruby's wrappers ask for a gem, whose description is not where Ruby looks.
        if memmem::find(&bytes, b"Gem.activate_bin_path").is_some() && self.root.join(GEMS).exists() {
            return Some(Fault::Place(format!("/{GEMS}")));
        }
        let places = scanned.iter().flat_map(|bytes| compiled_in::places(bytes, &self.root, &self.triplet));
        let mut places: Vec<String> = places.collect();
        // Files say more than programs, which a host may have as well.
        places.sort_by_key(|place| (place.starts_with("/usr/bin"), place.starts_with("/etc"), place.clone()));
        places.into_iter().next().map(Fault::Place)
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

    /// The package of a file of the prefix.
    fn owner(&self, path: &Path) -> Option<&'a Artifact> {
        let inside = path.strip_prefix(&self.root).ok()?;
        let has = |artifact: &&&Artifact| self.store.object(artifact).join(inside).symlink_metadata().is_ok();
        self.prefix.packages.values().find(has).copied()
    }

    /// Whether a library was made together with the tool.
    fn is_own(&self, path: &Path) -> bool {
        self.owner(path).is_some_and(|owner| self.sources.contains(&source_of(self.store, owner)))
    }
}

/// The source package that a package is built from.
fn source_of(store: &Store, artifact: &Artifact) -> String {
    let source = field(&store.object(artifact), "Source");
    source.split_whitespace().next().map_or_else(|| artifact.package.to_string(), str::to_owned)
}
