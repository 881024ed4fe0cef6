//! The programs of a Debian package in a prefix: which commands a tool has of them, and what they are started with.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::alternatives::{self, Chosen};
use super::places::{self, Places};
use super::surroundings::certificates;
use super::{configure, interpreter};
use crate::catalog::recipe::{self, Found, Place, Wrapper};
use crate::env::Op;
use crate::files::bounded;
use crate::host::{c_library_version, numbers};
use crate::lock::{Artifact, LockedTool};
use crate::name::{CommandName, VarName};
use crate::platform::Platform;
use crate::store::placed::BIN;
use crate::store::unpack::deb::{field, successors};
use crate::store::{Assignment, Link, Placed, Store, entries, is_executable, postinst};
use crate::version::debian;

/// Where Debian's programs look for certificates by themselves.
const DEBIAN_CERTIFICATES: &str = "/etc/ssl/certs/ca-certificates.crt";

/// Packages with all they need, by their names.
pub type Packages<'l> = BTreeMap<&'l str, &'l Artifact>;

/// The prefix of one suite's packages.
pub struct Prefix<'l> {
    pub directory: PathBuf,
    pub packages: Packages<'l>,
    pub platform: Platform,
    /// The same directory without links in its path.
    root: PathBuf,
    /// The programs that start in their place.
    places: Places,
    alternatives: OnceCell<Vec<Chosen>>,
}

/// A program of a package, and the package's recipe.
struct Program {
    /// Its path in the prefix, or a pattern of it.
    path: String,
    /// Of an alternative, the link that leads to it if it is the one that was chosen.
    usual: Option<PathBuf>,
    found: Option<Found>,
}

/// What a package brings as a tool.
pub struct Brought {
    pub links: BTreeMap<CommandName, Link>,
    pub unset: Vec<String>,
    pub variables: Vec<Op>,
}

impl Store {
    /// The names of the commands of a Debian package that is in the store.
    pub fn package_commands(&self, locked: &LockedTool, platform: Platform) -> Vec<CommandName> {
        self.programs(locked, Place { prefix: "", certificates: None, platform }).into_keys().collect()
    }

    /// What a Debian package brings as a tool.
    pub fn package(&self, prefix: &Prefix, locked: &LockedTool) -> Brought {
        let place = prefix.directory.to_string_lossy();
        let elsewhere = prefix.certificates().filter(|path| path != Path::new(DEBIAN_CERTIFICATES));
        let certificates = elsewhere.map(|path| path.to_string_lossy().into_owned());
        let place = Place { prefix: &place, certificates: certificates.as_deref(), platform: prefix.platform };
        let mut brought = Brought { links: BTreeMap::new(), unset: Vec::new(), variables: Vec::new() };
        let mut programs = self.programs(locked, place);
        if prefix.is_configured() {
            for (name, program) in self.registered(prefix, locked) {
                programs.entry(name).or_insert(program);
            }
        }
        for (name, program) in programs {
            brought.links.extend(self.link(prefix, place, &name, &program).map(|link| (name, link)));
        }
        for (_, found) in self.own_packages(locked, prefix.platform) {
            let Some(found) = found else { continue };
            brought.unset.extend(found.recipe.unset.iter().cloned());
            let values = found.environment(place);
            brought.variables.extend(values.map(|(name, value)| Op::Set(name.clone(), prefix.resolved(&value).into())));
        }
        brought
    }

    /// The commands that a tool's own packages registered as alternatives when they were configured.
    fn registered(&self, prefix: &Prefix, locked: &LockedTool) -> BTreeMap<CommandName, Program> {
        let own = self.own_packages(locked, prefix.platform);
        let mut found = BTreeMap::new();
        for Chosen { name, link, program } in prefix.alternatives() {
            let owner = own.iter().find(|(artifact, _)| is_executable(&self.object(artifact).join(program)));
            let (Some((_, recipe)), Some(path)) = (owner, program.to_str()) else { continue };
            if !recipe.as_ref().is_some_and(|found| found.hides(name.as_str())) {
                found.entry(name.clone()).or_insert(Program {
                    path: glob::Pattern::escape(path),
                    usual: Some(link.clone()),
                    found: recipe.clone(),
                });
            }
        }
        found
    }

    /// The programs of a tool's own packages, by the names of their commands.
    fn programs(&self, locked: &LockedTool, place: Place) -> BTreeMap<CommandName, Program> {
        let own = self.own_packages(locked, place.platform);
        let hides = |found: &Option<Found>, name: &str| found.as_ref().is_some_and(|found| found.hides(name));
        let tools = own.first().and_then(|(_, found)| found.clone());
        let mut programs = BTreeMap::new();
        for (artifact, found) in &own {
            let object = self.object(artifact);
            let further = found.as_ref().map(|found| found.bin(place)).unwrap_or_default();
            let directories = BIN.iter().map(|bin| object.join(bin));
            let directories = directories.chain(further.iter().flat_map(|bin| all(&object, bin)));
            for path in directories.flat_map(|directory| entries(&directory).unwrap_or_default()) {
                let name = path.file_name().and_then(|name| name.to_str()).and_then(|name| name.parse().ok());
                let Some(name): Option<CommandName> = name else { continue };
                let inside = path.strip_prefix(&object).ok().and_then(Path::to_str);
                let Some(inside) = inside.filter(|_| is_program(&path)) else { continue };
                if !hides(found, name.as_str()) && !hides(&tools, name.as_str()) {
                    let path = glob::Pattern::escape(inside);
                    programs.entry(name).or_insert(Program { path, usual: None, found: found.clone() });
                }
            }
        }
        for (_, found) in &own {
            for (name, path) in found.iter().flat_map(|found| found.links(place)) {
                programs.entry(name.clone()).or_insert(Program { path, usual: None, found: found.clone() });
            }
        }
        let registered = own.iter().flat_map(|(artifact, found)| {
            alternatives(&self.object(artifact)).into_iter().map(move |alternative| (alternative, found))
        });
        let mut registered: Vec<_> = registered.collect();
        registered.sort_by_key(|(alternative, _)| -alternative.priority);
        for (OwnAlternative { name, path, usual, .. }, found) in registered {
            if !hides(found, name.as_str()) && !hides(&tools, name.as_str()) {
                programs.entry(name).or_insert(Program { path, usual: Some(usual), found: found.clone() });
            }
        }
        programs
    }

    /// The package that a tool is named by, and those whose commands are also the tool's: those that
    /// its recipe says, and theirs.
    pub(super) fn own_packages<'l>(
        &self,
        locked: &'l LockedTool,
        platform: Platform,
    ) -> Vec<(&'l Artifact, Option<Found>)> {
        let packages: Packages =
            locked.artifacts_on(platform).map(|artifact| (artifact.package.as_str(), artifact)).collect();
        let named = locked.tool.package();
        let mut waiting: Vec<&str> = packages.get_key_value(named).map(|(name, _)| *name).into_iter().collect();
        if waiting.is_empty() {
            let provides = |artifact: &&&Artifact| is_provided(&self.object(artifact), named);
            waiting.extend(packages.values().find(provides).map(|artifact| artifact.package.as_str()));
        }
        let mut own: Vec<(&Artifact, Option<Found>)> = Vec::new();
        while let Some(package) = waiting.pop() {
            let Some(artifact) =
                packages.get(package).filter(|it| own.iter().all(|(other, _)| other.package != it.package))
            else {
                continue;
            };
            let found = recipe::find(package);
            waiting.extend(packages.keys().filter(|other| found.as_ref().is_some_and(|found| found.has_also(other))));
            let meant = successors(&self.object(artifact));
            waiting
                .extend(meant.iter().filter_map(|name| packages.get_key_value(name.as_str())).map(|(name, _)| *name));
            own.push((artifact, found));
        }
        own
    }

    /// The command for a program; `None` when it is not there, as where a link leads to what only
    /// a maintainer script would have made.
    fn link(&self, prefix: &Prefix, place: Place, name: &CommandName, program: &Program) -> Option<Link> {
        let path = all(&prefix.directory, &program.path).into_iter().rfind(|path| is_executable(path))?;
        let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        // Some programs go by the name that they are started under.
        let usual = program.usual.iter().map(|usual| prefix.directory.join(usual));
        let path = usual.into_iter().find(|usual| is_one_file(usual, &path)).unwrap_or(path);
        let wrapper = program.found.as_ref().and_then(|found| found.wrapper(&[name.as_str(), &file], place));
        // What its interpreter needs, the script has to be started with.
        let under = self.interpreter(prefix, place, &path).or_else(|| {
            let starts = program.found.as_ref()?.recipe.starts.as_deref()?;
            recipe::find(starts)?.wrapper(&[starts], place)
        });
        let launcher = self.launcher.clone().filter(|_| prefix.looked_for(&path).is_some());
        let is_plain = wrapper.is_none() && under.as_ref().is_none_or(|under| *under == Wrapper::default());
        if is_plain && launcher.is_none() {
            return Some(Link::To(path));
        }
        let Wrapper { arguments, set, default, append } = wrapper.unwrap_or_default();
        let under = under.unwrap_or_default();
        let both = |under: BTreeMap<VarName, String>, own: BTreeMap<VarName, String>| {
            let values = under.into_iter().chain(own).collect::<BTreeMap<_, _>>().into_iter();
            values.map(|(name, value)| (name, prefix.resolved(&value))).collect::<Vec<_>>()
        };
        let set = both(under.set, set).into_iter().map(|(name, value)| Assignment::Set(name, value));
        let default = both(under.default, default).into_iter().map(|(name, value)| Assignment::Default(name, value));
        let append = both(under.append, append).into_iter().map(|(name, value)| Assignment::Append(name, value));
        let variables: Vec<Assignment> = set.chain(default).chain(append).collect();
        let arguments: Vec<String> = arguments.iter().map(|argument| prefix.resolved(argument)).collect();
        Some(match launcher {
            Some(launcher) => {
                let mut placed = Placed::new(prefix.directory.clone(), path, arguments, &variables);
                placed.hosts_libraries = prefix.c_library_version() < c_library_version();
                Link::Placed { launcher, placed }
            }
            None => Link::Wrap { program: path, arguments, variables },
        })
    }

    /// What a script's interpreter is started with, when it is a program of the prefix.
    fn interpreter(&self, prefix: &Prefix, place: Place, script: &Path) -> Option<Wrapper> {
        let start = bounded::head(script, 256).ok()?;
        let (interpreter, _) = interpreter(&start)?;
        let inside = interpreter.strip_prefix(&prefix.directory).ok()?;
        let name = inside.file_name()?.to_str()?;
        // What has its usual name as an alternative is a file of another name.
        let real = fs_err::canonicalize(interpreter).ok();
        let real = real.as_deref().and_then(|real| real.strip_prefix(&prefix.root).ok());
        let owner = |inside: &Path| {
            let is_there = |artifact: &&&Artifact| self.object(artifact).join(inside).symlink_metadata().is_ok();
            prefix.packages.values().find(is_there)
        };
        let package = owner(inside).or_else(|| owner(real?))?;
        recipe::find(&package.package)?.wrapper(&[name], place)
    }
}

impl<'l> Prefix<'l> {
    pub fn new(directory: PathBuf, packages: Packages<'l>, platform: Platform) -> Self {
        let root = fs_err::canonicalize(&directory).unwrap_or_else(|_| directory.clone());
        let places = places::read(&directory);
        Self { directory, packages, platform, root, places, alternatives: OnceCell::new() }
    }

    /// Its commands that are alternatives.
    fn alternatives(&self) -> &[Chosen] {
        self.alternatives.get_or_init(|| alternatives::chosen(&self.root))
    }

    fn c_library_version(&self) -> Option<(u32, u32)> {
        numbers(debian::upstream(&self.packages.get("libc6")?.version))
    }

    /// Whether its packages were configured by their own scripts.
    pub fn is_configured(&self) -> bool {
        configure::is_configured(&self.directory)
    }

    /// What a program looks for that starts in its place.
    pub fn looked_for(&self, program: &Path) -> Option<&str> {
        places::looked_for(&self.places, &self.root, program)
    }

    /// Whether a command is the program that the system would have under its name.
    pub fn is_usual(&self, name: &CommandName, link: &Link) -> bool {
        let usual = BIN.iter().map(|bin| self.directory.join(bin).join(name.as_str()));
        link.program().is_some_and(|program| usual.into_iter().any(|usual| is_one_file(&usual, program)))
    }

    fn certificates(&self) -> Option<PathBuf> {
        certificates(&self.directory)
    }

    /// A value whose paths with `*` are those of the prefix that they match. Alternatives are separated by `|`; the first that
    /// matches is used.
    pub(super) fn resolved(&self, value: &str) -> String {
        if !value.contains('*') {
            return value.to_owned();
        }
        let directory = self.directory.to_string_lossy();
        let find = |path: &str| {
            let pattern = path.strip_prefix(directory.as_ref())?.trim_start_matches('/');
            Some(all(&self.directory, pattern).pop_last()?.to_string_lossy().into_owned())
        };
        let resolve = |paths: &str| paths.split('|').find_map(find).unwrap_or_else(|| paths.to_owned());
        value.split(':').map(resolve).collect::<Vec<_>>().join(":")
    }
}

/// Whether an unpacked package provides a name.
fn is_provided(object: &Path, name: &str) -> bool {
    field(object, "Provides").split(',').any(|given| given.split_whitespace().next() == Some(name))
}

/// A command that a package registers as an alternative.
struct OwnAlternative {
    name: CommandName,
    priority: i64,
    /// The pattern of its program.
    path: String,
    /// The link that leads to that.
    usual: PathBuf,
}

/// Those of an unpacked package.
fn alternatives(object: &Path) -> Vec<OwnAlternative> {
    let alternatives = postinst::alternatives(object).into_iter();
    let links: Vec<(i64, PathBuf, PathBuf)> = alternatives
        .flat_map(|one| one.links.into_iter().map(move |(link, target)| (one.priority, link, target)))
        .collect();
    let is_there = |path: &Path| object.join(path).symlink_metadata().is_ok();
    let command = |(priority, link, path): &(i64, PathBuf, PathBuf)| {
        let is_command = BIN.iter().any(|bin| link.parent() == Some(Path::new(bin)));
        let is_own = is_there(path) || links.iter().any(|(_, other, target)| other == path && is_there(target));
        let name = link.file_name()?.to_str()?.parse().ok().filter(|_| is_command && is_own)?;
        let path = glob::Pattern::escape(path.to_str()?);
        Some(OwnAlternative { name, priority: *priority, path, usual: link.clone() })
    };
    links.iter().filter_map(command).collect()
}

/// Whether two paths lead to one file.
pub fn is_one_file(one: &Path, other: &Path) -> bool {
    fs_err::canonicalize(one).is_ok_and(|one| fs_err::canonicalize(other).is_ok_and(|other| one == other))
}

/// Whether a package's file is one to be started, as far as it says by itself: a link may lead to
/// another package.
fn is_program(path: &Path) -> bool {
    path.is_symlink() || is_executable(path)
}

/// What a pattern matches below a directory, sorted.
fn all(directory: &Path, pattern: &str) -> BTreeSet<PathBuf> {
    let directory = glob::Pattern::escape(&directory.to_string_lossy());
    let found = glob::glob(&format!("{directory}/{pattern}"));
    found.into_iter().flatten().filter_map(Result::ok).collect()
}

/// The programs of packages that are left as they are, by their paths in the prefix.
pub fn unpatched<'p>(prefix: &Path, packages: impl Iterator<Item = &'p str>) -> BTreeSet<PathBuf> {
    let recipes = packages.filter_map(recipe::find);
    let patterns = recipes.flat_map(|found| &found.recipe.unpatched);
    let found = patterns.flat_map(|pattern| all(prefix, pattern));
    found.filter_map(|path| path.strip_prefix(prefix).ok().map(Path::to_owned)).collect()
}
