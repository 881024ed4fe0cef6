//! The programs of a prefix that look for files where only an installed system has them, each with the first such place.
//! They are found once, when the prefix is made, and are a file of it. Programs of a package whose recipe makes them work
//! without a place are not among them.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};

use memchr::memmem;

use super::libraries::{Libraries, Object};
use super::merge::Merged;
use super::{Site, compiled_in, interpreter};
use crate::catalog::recipe::{self, Place, Recipe};
use crate::files::{Beneath, bounded, most};
use crate::parallel;
use crate::store::entries;
use crate::store::placed::{BIN, Placed};

/// The file of a prefix that has them: a line for each, with the program's path in the prefix and the place.
const LIST: &str = ".devshell/places";

/// Where Debian has the descriptions of gems.
const GEMS: &str = "usr/share/rubygems-integration";

/// Those of a prefix, by their paths in it without links.
pub type Places = BTreeMap<PathBuf, String>;

/// Reads the file; nothing is in it if it is not there.
pub fn read(prefix: &Path) -> Places {
    let text = bounded::read_text(&prefix.join(LIST), most::LIST).unwrap_or_default();
    text.lines().filter_map(|line| line.split_once('\t')).map(|(path, place)| (path.into(), place.to_owned())).collect()
}

/// What a program of a prefix, whose path has no links, looks for if it is one of them.
pub fn looked_for<'p>(places: &'p Places, root: &Path, program: &Path) -> Option<&'p str> {
    if places.is_empty() {
        return None;
    }
    let program = fs_err::canonicalize(program).ok()?;
    places.get(program.strip_prefix(root).ok()?).map(String::as_str)
}

/// What a program looks for in its place.
pub fn looks_for(placed: &Placed) -> Option<String> {
    let root = fs_err::canonicalize(&placed.prefix).ok()?;
    looked_for(&read(&placed.prefix), &root, &placed.program).map(str::to_owned)
}

/// Finds them, and makes what a place needs of the prefix: the list, the link that says which prefix is in its place,
/// and an empty directory.
pub fn make(site: &Site, objects: &[(&str, PathBuf)], merged: &Merged) -> io::Result<()> {
    let root = fs_err::canonicalize(&site.root)?;
    let site = &Site { root, place: site.place.clone(), platform: site.platform };
    let mut text = String::new();
    for (path, place) in find(site, objects, merged)? {
        // What has such a name is no command.
        if let Some(path) = path.to_str().filter(|path| !path.contains(['\t', '\n'])) {
            let _ = writeln!(text, "{path}\t{place}");
        }
    }
    let (directory, inside) = site.claim(Path::new(LIST))?;
    directory.write(&inside, text.as_bytes(), 0o444)?;
    Beneath::open(&site.root)?.make_directories(Path::new(devshell_wall::SCAFFOLD))?;
    let (directory, inside) = site.claim(Path::new(devshell_wall::PLACE))?;
    directory.symlink(&site.place, &inside)
}

/// Whether the programs of a package with this recipe find their files without a place.
pub fn vouches(recipe: &Recipe) -> bool {
    recipe.fault.is_none() && recipe.unplaced.is_none()
}

/// What is known about a program, a script or a library.
struct Scanned {
    places: BTreeSet<String>,
    object: Option<Object>,
    is_script: bool,
    /// The prefix's program that runs a script.
    interpreter: Option<PathBuf>,
}

fn find(site: &Site, objects: &[(&str, PathBuf)], merged: &Merged) -> io::Result<Places> {
    let triplet = Place { prefix: "", certificates: None, platform: site.platform }.triplet();
    let recipe_of = |inside: &Path| {
        let owner = merged.files.get(inside).and_then(|owner| objects.get(*owner));
        owner.and_then(|(package, _)| recipe::find(package))
    };
    let needs_place = |inside: &Path| recipe_of(inside).is_some_and(|found| found.recipe.unplaced.is_some());
    let is_vouched_for = |inside: &Path| recipe_of(inside).is_some_and(|found| vouches(found.recipe));
    let mut programs = BTreeSet::new();
    for bin in BIN {
        let names = entries(&site.root.join(bin))?;
        programs.extend(names.iter().filter_map(|path| site.find(path.strip_prefix(&site.root).ok()?)));
    }
    let is_library = |path: &Path| path.file_name().is_some_and(|name| name.to_string_lossy().contains(".so"));
    let read = programs.iter().chain(merged.programs.iter().filter(|path| is_library(path)));
    let read: BTreeSet<&PathBuf> = read.collect();
    let scan = |inside: &PathBuf| scanned(site, inside, is_vouched_for(inside), &triplet);
    let scans = parallel::map(read.iter().copied(), parallel::processors(), scan);
    let mut known: BTreeMap<PathBuf, Scanned> =
        read.into_iter().zip(scans).filter_map(|(path, scan)| Some((path.clone(), scan?))).collect();
    let mut libraries = Libraries::default();
    for (path, scan) in known.iter_mut().filter(|(path, _)| !programs.contains(*path)) {
        libraries.add(site.root.join(path), scan.object.take());
    }
    let mut found: BTreeMap<&Path, BTreeSet<String>> = BTreeMap::new();
    for path in programs.iter().filter(|path| !is_vouched_for(path)) {
        let Some(scan) = known.get_mut(path) else { continue };
        let object = scan.object.take();
        let mut places = scan.places.clone();
        let loaded = object.map(|object| libraries.load(&site.root.join(path), object).libraries).unwrap_or_default();
        let inside = loaded.iter().filter_map(|library| library.strip_prefix(&site.root).ok());
        places.extend(inside.filter_map(|library| known.get(library)).flat_map(|scan| scan.places.iter().cloned()));
        found.insert(path, places);
    }
    for (path, places) in found.iter_mut().filter(|(path, places)| places.is_empty() && needs_place(path)) {
        places.extend(path.parent().map(|around| format!("/{}", around.display())));
    }
    // A script that a link leads to is among files of its own, and starts what is beside it.
    for (path, places) in found.iter_mut().filter(|(path, _)| BIN.iter().all(|bin| !path.starts_with(bin))) {
        let is_script = known.get(*path).is_some_and(|scan| scan.is_script);
        places.extend(path.parent().filter(|_| is_script).map(|around| format!("/{}", around.display())));
    }
    let by_interpreter: Vec<(&Path, BTreeSet<String>)> = found
        .keys()
        .filter_map(|path| {
            let runs = known.get(*path)?.interpreter.as_deref()?;
            Some((*path, found.get(runs)?.clone()))
        })
        .collect();
    for (path, places) in by_interpreter {
        found.entry(path).or_default().extend(places);
    }
    Ok(found.into_iter().filter_map(|(path, places)| Some((path.to_owned(), first(places)?))).collect())
}

/// Reads a file of the prefix once. Nothing is known about one that cannot be read.
fn scanned(site: &Site, inside: &Path, is_vouched_for: bool, triplet: &str) -> Option<Scanned> {
    let bytes = bounded::read(&site.root.join(inside), most::PROGRAM).ok()?;
    let mut places = BTreeSet::new();
    if !is_vouched_for {
        places = compiled_in::places(&bytes, &site.root, triplet);
        places.extend(
            by_language(&bytes, triplet)
                .filter(|place| site.root.join(place).exists())
                .map(|place| format!("/{place}")),
        );
    }
    let runs = interpreter(&bytes).map(|(path, _)| path).filter(|path| path.file_name() != Some(OsStr::new("env")));
    let interpreter = runs.and_then(|path| site.find(path.strip_prefix(&site.place).ok()?));
    Some(Scanned { places, object: Object::read(&bytes), is_script: bytes.starts_with(b"#!"), interpreter })
}

/// Where a script's language looks, although no path in the script says so and no variable could.
fn by_language(script: &[u8], triplet: &str) -> Option<String> {
    // Ruby's wrappers ask for a gem, whose description is not where Ruby looks.
    if memmem::find(script, b"Gem.activate_bin_path").is_some() {
        return Some(GEMS.to_owned());
    }
    let (runs, rest) = interpreter(script)?;
    let name = runs.file_name()?.to_str()?;
    let line = rest.split(|byte| *byte == b'\n').next().map(String::from_utf8_lossy).unwrap_or_default();
    // `-T`, or `-t`, alone or with other switches of a letter (perlrun).
    let is_taint = |word: &str| {
        word.strip_prefix('-')
            .is_some_and(|switches| switches.chars().take_while(|c| "wWnpsTt".contains(*c)).any(|c| "Tt".contains(c)))
    };
    if name.starts_with("perl") && line.split_whitespace().any(is_taint) {
        // It takes no directories of modules from variables (perlsec, "Taint mode").
        return Some(format!("usr/lib/{triplet}/perl-base"));
    }
    // PyGObject loads the libraries that typelibs name. Those are not seen.
    name.starts_with("python").then(|| format!("usr/lib/{triplet}/girepository-1.0"))
}

/// The one to name: files say more than programs, which a host may have as well.
fn first(places: BTreeSet<String>) -> Option<String> {
    places.into_iter().min_by_key(|place| (place.starts_with("/usr/bin"), place.starts_with("/etc"), place.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_languages_have_places_that_no_path_of_a_script_names() {
        for (script, expected) in [
            ("#!/p/usr/bin/perl -wT\nuse x;\n", Some("usr/lib/aarch64-linux-gnu/perl-base")),
            ("#!/p/usr/bin/perl -w -t\n", Some("usr/lib/aarch64-linux-gnu/perl-base")),
            ("#!/p/usr/bin/perl -w\n# -T\n", None),
            ("#!/p/usr/bin/perl -Mstrict\n", None),
            ("#!/p/usr/bin/python3\nimport gi\n", Some("usr/lib/aarch64-linux-gnu/girepository-1.0")),
            ("#!/p/usr/bin/ruby\nGem.activate_bin_path('a', 'b')\n", Some(GEMS)),
            ("#!/p/usr/bin/ruby\nputs 1\n", None),
            ("#!/bin/sh\nexec perl -T x\n", None),
            ("\x7fELF perl -T", None),
        ] {
            assert_eq!(by_language(script.as_bytes(), "aarch64-linux-gnu").as_deref(), expected, "{script}");
        }
    }
}
