//! The packages of a distribution for one architecture: a `Packages` index (Debian Repository
//! Format, "Packages" indices), reduced to what resolving needs, and looked up by name.

use std::ops::Range;

use memchr::memmem;

use super::relation::{Relation, dependencies, provided};
use crate::version::debian;

/// The fields that are kept, in the order in which they are written.
const FIELDS: [&str; 8] =
    ["Package", "Version", "Priority", "Provides", "Pre-Depends", "Depends", "Filename", "SHA256"];

/// An index without the fields that are not read here. What it is made of is looked up often, so
/// it is kept in this form.
pub fn reduced(index: &str) -> String {
    let mut kept = String::with_capacity(index.len() / 2);
    for stanza in stanzas(index).filter(|stanza| !stanza.trim().is_empty()) {
        let mut values: [String; FIELDS.len()] = Default::default();
        let mut field = None;
        for line in stanza.lines() {
            let value = if line.starts_with([' ', '\t']) {
                line
            } else {
                let Some((name, value)) = line.split_once(':') else { continue };
                field = FIELDS.iter().position(|field| field.eq_ignore_ascii_case(name));
                value
            };
            // A value may go on over several lines (Debian Policy Manual, section 5.1).
            if let Some(place) = field {
                values[place].extend([" ", value.trim()]);
            }
        }
        for (field, value) in FIELDS.iter().zip(&values).filter(|(_, value)| !value.trim().is_empty()) {
            kept.extend([field, ": ", value.trim(), "\n"]);
        }
        kept.push('\n');
    }
    kept
}

/// The stanzas of an index, which has some ten megabytes: `str::split` takes several times as long.
fn stanzas(index: &str) -> impl Iterator<Item = &str> {
    let ends = memmem::find_iter(index.as_bytes(), "\n\n").chain([index.len()]);
    ends.scan(0, |start, end| {
        let stanza = &index[*start..end];
        *start = end + 2;
        Some(stanza)
    })
}

/// A package of an index.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Package<'t> {
    pub name: &'t str,
    pub version: &'t str,
    priority: &'t str,
    provides: &'t str,
    pre_depends: &'t str,
    depends: &'t str,
    pub file: &'t str,
    pub sha256: &'t str,
    /// Which of the distributions it is in.
    pub distribution: usize,
}

impl<'t> Package<'t> {
    fn parse(stanza: &'t str, distribution: usize) -> Option<Self> {
        let mut package = Self { distribution, ..Self::default() };
        for line in stanza.lines() {
            let Some((name, value)) = line.split_once(": ") else { continue };
            let field = match name {
                "Package" => &mut package.name,
                "Version" => &mut package.version,
                "Priority" => &mut package.priority,
                "Provides" => &mut package.provides,
                "Pre-Depends" => &mut package.pre_depends,
                "Depends" => &mut package.depends,
                "Filename" => &mut package.file,
                "SHA256" => &mut package.sha256,
                _ => continue,
            };
            *field = value;
        }
        let is_whole = ![package.name, package.version, package.file, package.sha256].contains(&"");
        is_whole.then_some(package)
    }

    /// The alternatives of each package it needs.
    pub fn dependencies(&self) -> impl Iterator<Item = Vec<Relation<'t>>> + use<'t> {
        dependencies(self.pre_depends).chain(dependencies(self.depends))
    }

    /// Whether it provides what is asked for.
    pub fn provides(&self, wanted: &Relation) -> bool {
        provided(self.provides).any(|given| wanted.accepts_provided(&given))
    }

    /// How much a system wants to have it (Debian Policy Manual, section 2.5); the least is most.
    fn rank(&self) -> usize {
        let ranks = ["required", "important", "standard", "optional"];
        ranks.iter().position(|rank| *rank == self.priority).unwrap_or(ranks.len())
    }
}

/// The packages of a suite's distributions for one architecture.
#[derive(Debug, Default)]
pub struct Packages {
    /// Reduced indexes, one for each distribution.
    texts: Vec<String>,
    /// Stanzas by the names of their packages, sorted.
    by_name: Vec<Entry>,
    /// Stanzas by the names that their packages provide, sorted.
    by_provided: Vec<Entry>,
}

/// A name in a text, and the stanza that it leads to.
#[derive(Clone, Debug)]
struct Entry {
    distribution: usize,
    name: Range<usize>,
    stanza: Range<usize>,
}

impl Packages {
    /// Reads reduced indexes.
    pub fn read(texts: Vec<String>) -> Self {
        let (mut by_name, mut by_provided) = (Vec::new(), Vec::new());
        let provides = memmem::Finder::new("\nProvides: ");
        for (distribution, text) in texts.iter().enumerate() {
            let place = |part: &str| {
                let start = part.as_ptr().addr() - text.as_ptr().addr();
                start..start + part.len()
            };
            for stanza in stanzas(text) {
                let Some(name) = stanza.strip_prefix("Package: ").and_then(|rest| rest.lines().next()) else {
                    continue;
                };
                let entry = |name: &str| Entry { distribution, name: place(name), stanza: place(stanza) };
                by_name.push(entry(name));
                if let Some(at) = provides.find(stanza.as_bytes()) {
                    let rest = &stanza[at + provides.needle().len()..];
                    let given = provided(rest.lines().next().unwrap_or_default());
                    by_provided.extend(given.map(|given| entry(given.name)));
                }
            }
        }
        for list in [&mut by_name, &mut by_provided] {
            list.sort_by(|a, b| {
                let name = |entry: &Entry| &texts[entry.distribution][entry.name.clone()];
                name(a).cmp(name(b)).then(a.distribution.cmp(&b.distribution))
            });
        }
        Self { texts, by_name, by_provided }
    }

    /// The packages that a sorted list has for a name.
    fn find(&self, list: &[Entry], name: &str) -> Vec<Package<'_>> {
        let of = |entry: &Entry| &self.texts[entry.distribution][entry.name.clone()];
        let start = list.partition_point(|entry| of(entry) < name);
        let entries = list[start..].iter().take_while(|entry| of(entry) == name);
        let stanza = |entry: &Entry| &self.texts[entry.distribution][entry.stanza.clone()];
        entries.filter_map(|entry| Package::parse(stanza(entry), entry.distribution)).collect()
    }

    /// The versions of a package, the highest first, and of one version that of the earlier
    /// distribution.
    pub fn versions(&self, name: &str) -> Vec<Package<'_>> {
        let mut versions = self.find(&self.by_name, name);
        versions.sort_by(|a, b| debian::compare(b.version, a.version));
        versions
    }

    /// The highest version that will do.
    pub fn best(&self, wanted: &Relation) -> Option<Package<'_>> {
        self.versions(wanted.name).into_iter().find(|package| wanted.accepts(package.version))
    }

    /// The packages that provide what is asked for, the likeliest first: those that more systems
    /// have, then by name; of each the highest version.
    pub fn providers(&self, wanted: &Relation) -> Vec<Package<'_>> {
        let mut given = self.find(&self.by_provided, wanted.name);
        given.retain(|package| package.provides(wanted));
        given.sort_by(|a, b| {
            let places = (a.rank(), a.name).cmp(&(b.rank(), b.name));
            places.then_with(|| debian::compare(b.version, a.version))
        });
        given.dedup_by_key(|package| package.name);
        given
    }

    /// All names, for suggestions.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.by_name.iter().map(|entry| &self.texts[entry.distribution][entry.name.clone()])
    }
}
