//! The environment as `devshell env --json` writes it, for this machine or another one, and how
//! two of these differ.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;

use serde::{Deserialize, Serialize};

use super::{Applied, Environment, Outer, PathEntry, Secrets, Variables, path_entries, policy};
use crate::text::cell;

/// What an environment changes about its caller's variables. Texts that are not UTF-8 are shown
/// with U+FFFD.
#[derive(Debug, Serialize, Deserialize)]
pub struct Snapshot {
    pub set: BTreeMap<String, String>,
    pub unset: BTreeSet<String>,
    /// Its PATH, if that was written down.
    #[serde(default)]
    pub path: Option<Vec<PathEntry>>,
    /// The variables whose values people are not shown.
    #[serde(default)]
    pub secrets: BTreeSet<String>,
    /// What is known of one that was made here and not read from a file.
    #[serde(skip)]
    here: Option<Here>,
}

#[derive(Debug)]
struct Here {
    variables: BTreeMap<String, String>,
    /// Those that the steps set, also to what the caller has.
    set: BTreeSet<String>,
}

/// Where the objects of the store are, once the store has its name.
const OBJECTS: &str = "${store}/objects-1/";

/// How two environments differ.
#[derive(Debug, Serialize)]
pub struct Difference {
    /// False when one of them does not list its PATH.
    #[serde(skip)]
    pub is_path_known: bool,
    pub path: Vec<PathChange>,
    /// What both have on PATH, when the order is another one.
    pub order: Option<Change<Vec<String>>>,
    pub variables: Vec<VariableChange>,
}

#[derive(Debug, Serialize)]
pub struct Change<T> {
    pub before: T,
    pub after: T,
}

/// An entry of PATH that came, went, or is another version's.
type PathChange = Change<Option<PathEntry>>;

#[derive(Debug, Serialize)]
pub struct VariableChange {
    pub name: String,
    #[serde(flatten)]
    pub change: Change<Option<String>>,
}

/// Variables that say where something is, or which environment it is: they differ between two
/// machines whatever the environments are. PATH is compared entry by entry.
const PLACES: [&str; 6] =
    ["PATH", "DEVSHELL_KEY", "DEVSHELL_HOST_PATH", "DEVSHELL_ROOT", "DEVSHELL_STATE", Outer::VARIABLE];

/// Where the store is below the home directory, unless DEVSHELL_HOME says otherwise.
const STORE_IN_HOME: &str = "/.local/share/devshell";

impl Snapshot {
    pub fn of(environment: &Environment, applied: &Applied, caller: &Variables, secrets: &Secrets) -> Self {
        let text = |text: &OsStr| text.to_string_lossy().into_owned();
        let all = || applied.variables.iter();
        let pair = |(name, value): (&_, &_)| (text(OsStr::new(name)), text(OsStr::new(value)));
        Self {
            set: all().filter(|(name, value)| caller.get(*name) != Some(*value)).map(pair).collect(),
            unset: caller.keys().filter(|name| !applied.variables.contains_key(*name)).map(|n| text(n)).collect(),
            path: Some(path_entries(environment)),
            secrets: all().filter(|(name, value)| secrets.hide(name, value)).map(|(name, _)| text(name)).collect(),
            here: Some(Here {
                variables: all().map(pair).collect(),
                set: applied.origins.keys().map(|name| text(name)).collect(),
            }),
        }
    }

    fn get(&self, name: &str) -> Option<&String> {
        self.here.as_ref().map_or(&self.set, |here| &here.variables).get(name)
    }

    /// The variables that it has something to say about.
    fn names(&self) -> impl Iterator<Item = &String> {
        self.set.keys().chain(&self.unset).chain(self.here.iter().flat_map(|here| &here.set))
    }

    /// The directories that are elsewhere on another machine, and what is read in their place.
    fn places(&self) -> Vec<(String, &'static str)> {
        let store = self.path.iter().flatten().find_map(|entry| Some(entry.entry.split_once("/links-")?.0.to_owned()));
        let home = store.as_deref().and_then(|store| store.strip_suffix(STORE_IN_HOME)).map(str::to_owned);
        let named = |name: &str| self.get(name).cloned();
        let places = [
            (named("DEVSHELL_ROOT"), "${DEVSHELL_ROOT}"),
            (named("DEVSHELL_STATE"), "${DEVSHELL_STATE}"),
            (store, "${store}"),
            (named("HOME").or(home), "${HOME}"),
        ];
        let places = places.into_iter().filter_map(|(place, name)| Some((place?, name)));
        let mut places: Vec<_> = places.filter(|(place, _)| place.len() > 1).collect();
        // What is in another one is replaced before that.
        places.sort_by_key(|(place, _)| std::cmp::Reverse(place.len()));
        places
    }
}

/// How `after` differs from `before`.
pub fn diff(before: &Snapshot, after: &Snapshot) -> Difference {
    let is_one_machine = before.here.is_some() && after.here.is_some();
    let paths = before.path.as_deref().zip(after.path.as_deref());
    let (path, order) = paths.map(|(old, new)| diff_paths(old, new, is_one_machine)).unwrap_or_default();
    let names: BTreeSet<&String> = before.names().chain(after.names()).collect();
    let (old_places, new_places) = (before.places(), after.places());
    let variables = names.into_iter().filter(|name| !PLACES.contains(&name.as_str())).filter_map(|name| {
        let old = before.get(name).map(|value| without_keys(&placed(value, &old_places)));
        let new = after.get(name).map(|value| without_keys(&placed(value, &new_places)));
        if old == new {
            return None;
        }
        let is_secret = |value: &String| policy::is_secret(OsStr::new(name), OsStr::new(value));
        let hide =
            [before, after].iter().any(|side| side.secrets.contains(name)) || old.iter().chain(&new).any(is_secret);
        let shown = |value: String| if hide { policy::NOT_SHOWN.to_owned() } else { value };
        Some(VariableChange { name: name.clone(), change: Change { before: old.map(shown), after: new.map(shown) } })
    });
    Difference { is_path_known: paths.is_some(), path, order, variables: variables.collect() }
}

/// What put an entry on PATH, without a version: `node` of `node 22.3.0`.
fn subject(entry: &PathEntry) -> &str {
    entry.origin.split(' ').next().unwrap_or_default()
}

fn diff_paths(
    before: &[PathEntry],
    after: &[PathEntry],
    is_one_machine: bool,
) -> (Vec<PathChange>, Option<Change<Vec<String>>>) {
    let mut new: Vec<&PathEntry> = after.iter().collect();
    let mut changes = Vec::new();
    for old in before {
        let found = new.iter().position(|new| subject(new) == subject(old)).map(|index| new.remove(index));
        // The directories of another machine have other names whatever is in them.
        if found.is_none_or(|found| found.origin != old.origin || (is_one_machine && found.entry != old.entry)) {
            changes.push(Change { before: Some(old.clone()), after: found.cloned() });
        }
    }
    changes.extend(new.into_iter().map(|new| Change { before: None, after: Some(new.clone()) }));
    let common = |these: &[PathEntry], those: &[PathEntry]| -> Vec<String> {
        let is_there = |entry: &&PathEntry| those.iter().any(|other| subject(other) == subject(entry));
        these.iter().filter(is_there).map(|entry| subject(entry).to_owned()).collect()
    };
    let order = Change { before: common(before, after), after: common(after, before) };
    (changes, (order.before != order.after).then_some(order))
}

/// The text with names for the places in it.
fn placed(text: &str, places: &[(String, &str)]) -> String {
    let mut text = text.to_owned();
    for (place, name) in places {
        let mut rest = text.as_str();
        let mut whole = String::new();
        while let Some((before, after)) = rest.split_once(place.as_str()) {
            whole.push_str(before);
            // `/home/ann` is no part of `/home/anna`.
            let is_whole = !after.starts_with(|c: char| c.is_alphanumeric() || "-_.".contains(c));
            whole.push_str(if is_whole { name } else { place });
            rest = after;
        }
        text = whole + rest;
    }
    text
}

/// The text with a star for the names of objects in the store. Such a name follows from the version of a tool, which
/// PATH shows, and from its platform.
fn without_keys(text: &str) -> String {
    let mut parts = text.split(OBJECTS);
    let mut whole = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(|c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c))).unwrap_or(part.len());
        whole = whole + OBJECTS + "*" + &part[end..];
    }
    whole
}

impl Difference {
    pub const fn is_empty(&self) -> bool {
        self.path.is_empty() && self.order.is_none() && self.variables.is_empty()
    }

    /// The difference for a person to read: `-` is gone, `+` is new, `~` is another one.
    pub fn to_text(&self) -> String {
        let path = self.path.iter().map(|Change { before, after }| match (before, after) {
            (Some(old), Some(new)) if old.origin == new.origin => format!("~ {}, with other contents", old.origin),
            (Some(old), Some(new)) => {
                let version = new.origin.strip_prefix(subject(new)).unwrap_or_default();
                format!("~ {} ->{version}", old.origin)
            }
            (Some(old), None) => format!("- {}", old.origin),
            (None, new) => format!("+ {}", new.as_ref().map_or("", |new| new.origin.as_str())),
        });
        let order = self.order.iter().map(|Change { before, after }| {
            let (before, after) = (before.join(", "), after.join(", "));
            format!("~ PATH: {before} -> {after}")
        });
        let variables =
            self.variables.iter().map(|VariableChange { name, change }| match (&change.before, &change.after) {
                (Some(old), Some(new)) => format!("~ {name}={old} -> {new}"),
                (Some(old), None) => format!("- {name}={old}"),
                (None, new) => format!("+ {name}={}", new.as_deref().unwrap_or_default()),
            });
        path.chain(order).chain(variables).map(|line| cell(&line) + "\n").collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn snapshot(home: &str, path: &[&str], set: &[(&str, &str)]) -> Snapshot {
        let entry = |(index, origin): (usize, &&str)| PathEntry {
            entry: format!("{home}{STORE_IN_HOME}/links-1/{index}/bin"),
            origin: (*origin).to_owned(),
        };
        let root = [("DEVSHELL_ROOT".to_owned(), format!("{home}/shop")), ("DEVSHELL_KEY".to_owned(), home.to_owned())];
        Snapshot {
            set: set.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).chain(root).collect(),
            unset: BTreeSet::new(),
            path: Some(path.iter().enumerate().map(entry).collect()),
            secrets: BTreeSet::from(["FILE".to_owned()]),
            here: None,
        }
    }

    #[test]
    fn places_of_two_machines_are_no_difference() {
        let path = &["node 22.3.0", "devshell", "base utilities"];
        let ci = snapshot("/builds", path, &[("A", "/builds/shop/src:/builds/x"), ("B", "/builds2")]);
        let here = snapshot("/home/ann", path, &[("A", "/home/ann/shop/src:/home/ann/x"), ("B", "/builds2")]);
        let difference = diff(&ci, &here);
        assert!(difference.is_empty(), "{}", difference.to_text());
    }

    #[test]
    fn names_of_objects_are_no_difference() {
        let at = |home: &str, key: &str| {
            let directory = format!("{home}{STORE_IN_HOME}/objects-1/{key}");
            snapshot(home, &["node 22.3.0"], &[("D", &directory), ("L", &format!("-I{directory}/include:/x"))])
        };
        let difference = diff(&at("/builds", "0a"), &at("/home/ann", "1b"));
        assert!(difference.is_empty(), "{}", difference.to_text());
        let other = snapshot("/builds", &["node 22.3.0"], &[("D", "/x"), ("L", "/x")]);
        let text = diff(&at("/builds", "0a"), &other).to_text();
        assert_eq!(text, "~ D=${store}/objects-1/* -> /x\n~ L=-I${store}/objects-1/*/include:/x -> /x\n");
    }

    #[test]
    fn what_differs_is_told_and_secrets_are_not() {
        let before = snapshot(
            "/a",
            &["node 22.3.0", "ruff 0.1.0", "npm 10.0.0", "esbuild 1.0"],
            &[("A", "1"), ("B", "x"), ("FILE", "s3cret"), ("MY_TOKEN", "s3cret"), ("URL", "http://x")],
        );
        let after = snapshot(
            "/a",
            &["npm 10.0.0", "node 22.4.0", "ruff 0.1.0", "git 2.40"],
            &[("A", "2"), ("C", "y"), ("FILE", "s3crets"), ("MY_TOKEN", "s3crets"), ("URL", "http://u:s3cret@x")],
        );
        assert_eq!(
            diff(&before, &after).to_text(),
            "~ node 22.3.0 -> 22.4.0\n- esbuild 1.0\n+ git 2.40\n~ PATH: node, ruff, npm -> npm, node, ruff\n\
             ~ A=1 -> 2\n- B=x\n+ C=y\n~ FILE=(not shown) -> (not shown)\n~ MY_TOKEN=(not shown) -> (not shown)\n\
             ~ URL=(not shown) -> (not shown)\n"
        );
    }
}
