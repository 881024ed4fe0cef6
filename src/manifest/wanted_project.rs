//! What of a `pyproject.toml` decides which packages are wanted, for uv to resolve: names,
//! extras and dependency groups, and nothing that builds, reaches out or names a place.

use std::collections::{BTreeMap, BTreeSet};

use toml::{Table, Value};

use super::problem::position;
use super::requirement_line::{Refused, foreign, not_from_an_index, package, unfit};
use crate::name::{InsidePath, normalized};

/// What is wanted of a project beside its dependencies.
#[derive(Clone, Copy, Debug)]
pub struct Choice<'a> {
    pub extras: &'a [String],
    pub groups: &'a [String],
}

/// The parts that count, as a text of their own; or what is refused, and in which line.
/// `is_its_index` tells whether the index at an address is the one that a package is asked of
/// anyway.
pub fn reduced(
    text: &str,
    choice: Choice,
    is_its_index: &dyn Fn(&str, &str) -> bool,
) -> Result<String, (usize, Refused)> {
    let table: Table = toml::from_str(text).map_err(|error| {
        let line = error.span().map_or(1, |span| position(text, span.start).0);
        (line, Refused::new(error.message(), "correct the file"))
    })?;
    let project = Project { table: &table };
    let (kept, requirements) = project.kept(choice).map_err(|refused| {
        let part = if refused.message.contains("Poetry") { "[tool.poetry" } else { "dynamic" };
        (line_with(text, part), refused)
    })?;
    for requirement in requirements {
        if let Some(refused) = project.refusal(requirement, is_its_index) {
            return Err((line_with(text, requirement), refused));
        }
    }
    toml::to_string(&kept).map_err(|error| (1, Refused::new(error.to_string(), "correct the file")))
}

/// The project that a `uv.lock` is for, as far as uv needs one to read it.
pub fn project_of_lock(lock: &str) -> String {
    let table: Table = toml::from_str(lock).unwrap_or_default();
    let name = own_of_lock(&table).and_then(|package| package.get("name")?.as_str());
    let project = name.map(|name| format!("[project]\nname = {}\nversion = \"0\"\n", Value::from(name)));
    // Groups of a workspace that is no project itself. What is in them is in the lock.
    let groups = table.get("manifest").and_then(|manifest| manifest.get("dependency-groups")?.as_table());
    let groups: String = groups.into_iter().flatten().map(|(name, _)| format!("{} = []\n", key(name))).collect();
    let groups = if groups.is_empty() { groups } else { format!("[dependency-groups]\n{groups}") };
    // A workspace of its own, so that uv looks for none further up.
    format!("{}{groups}[tool.uv.workspace]\n", project.unwrap_or_default())
}

/// A key as TOML writes it.
fn key(name: &str) -> String {
    Value::from(name).to_string()
}

/// The package of a `uv.lock` that the project beside it is.
fn own_of_lock(lock: &Table) -> Option<&Value> {
    packages_of_lock(lock)
        .find(|package| ["editable", "virtual"].iter().any(|kind| place_of(package, kind) == Some(".")))
}

fn packages_of_lock(lock: &Table) -> impl Iterator<Item = &Value> {
    lock.get("package").and_then(Value::as_array).into_iter().flatten()
}

fn place_of<'v>(package: &'v Value, kind: &str) -> Option<&'v str> {
    package.get("source")?.get(kind)?.as_str()
}

/// The directories of the workspace's members that `uv sync` installs from their sources: those
/// that the project needs, or all of a workspace that is no project itself.
pub fn members_of_lock(lock: &str, choice: Choice) -> Vec<String> {
    let table: Table = toml::from_str(lock).unwrap_or_default();
    let mut reached: BTreeSet<String> = BTreeSet::new();
    if let Some(own) = own_of_lock(&table) {
        let mut wanted: Vec<String> = needed_by(own);
        for (key, chosen) in [("optional-dependencies", choice.extras), ("dev-dependencies", choice.groups)] {
            let tables = own.get(key).and_then(Value::as_table).into_iter().flatten();
            let chosen = tables.filter(|(name, _)| chosen.iter().any(|one| normalized(one) == normalized(name)));
            wanted.extend(chosen.flat_map(|(_, list)| names_in(Some(list))));
        }
        while let Some(name) = wanted.pop() {
            if reached.insert(name.clone()) {
                let same = |package: &&Value| package.get("name").and_then(Value::as_str) == Some(name.as_str());
                wanted.extend(packages_of_lock(&table).filter(same).flat_map(needed_by));
            }
        }
    }
    let is_member = |package: &&Value| {
        let name = package.get("name").and_then(Value::as_str).unwrap_or_default();
        own_of_lock(&table).is_none() || reached.contains(name)
    };
    let places = packages_of_lock(&table).filter(is_member).filter_map(|package| place_of(package, "editable"));
    // A place that leads elsewhere is not the project's.
    let inside = places.filter(|place| *place != ".").filter_map(|place| place.parse::<InsidePath>().ok());
    inside.map(|place| place.as_str().to_owned()).collect()
}

/// The names of the packages that a package of a lock needs, with those of all its extras.
fn needed_by(package: &Value) -> Vec<String> {
    let extras = package.get("optional-dependencies").and_then(Value::as_table).into_iter().flatten();
    // Which of them are wanted is known at its dependents; a member too many is importable, and no more.
    let is_own = place_of(package, "editable") == Some(".") || place_of(package, "virtual") == Some(".");
    let extras = extras.filter(|_| !is_own).flat_map(|(_, list)| names_in(Some(list)));
    names_in(package.get("dependencies")).chain(extras).collect()
}

fn names_in(list: Option<&Value>) -> impl Iterator<Item = String> {
    let entries = list.and_then(Value::as_array).into_iter().flatten();
    entries.filter_map(|entry| entry.get("name")?.as_str().map(str::to_owned))
}

struct Project<'t> {
    table: &'t Table,
}

impl<'t> Project<'t> {
    fn at(&self, path: &[&str]) -> Option<&'t Value> {
        let (first, rest) = path.split_first()?;
        rest.iter().try_fold(self.table.get(*first)?, |value, key| value.get(*key))
    }

    /// The tables that count, and the requirements in them.
    fn kept(&self, choice: Choice) -> Result<(Table, Vec<&'t str>), Refused> {
        let mut requirements = Vec::new();
        let mut kept = Table::new();
        if let Some(project) = self.at(&["project"]).and_then(Value::as_table) {
            self.check_dynamic(choice)?;
            let mut table = Table::new();
            for key in ["name", "requires-python", "dependencies"] {
                table.extend(project.get(key).map(|value| (key.to_owned(), value.clone())));
            }
            table.insert("version".to_owned(), Value::from("0"));
            requirements.extend(texts(project.get("dependencies")));
            let extras = self.extras(choice);
            requirements.extend(extras.values().flat_map(|value| texts(Some(value))));
            let extras: Table = extras.into_iter().map(|(name, value)| (name.to_owned(), value.clone())).collect();
            table.insert("optional-dependencies".to_owned(), Value::Table(extras));
            kept.insert("project".to_owned(), Value::Table(table));
        }
        if let Some(refused) = self.of_poetry_alone() {
            return Err(refused);
        }
        let groups = self.groups(choice);
        requirements.extend(groups.values().flat_map(|value| texts(Some(value))));
        let groups: Table = groups.into_iter().map(|(name, value)| (name.to_owned(), value.clone())).collect();
        kept.insert("dependency-groups".to_owned(), Value::Table(groups));
        // A workspace of its own, so that uv looks for none further up.
        let workspace = Table::from_iter([("workspace".to_owned(), Value::Table(Table::new()))]);
        let uv = Table::from_iter([("uv".to_owned(), Value::Table(workspace))]);
        kept.insert("tool".to_owned(), Value::Table(uv));
        Ok((kept, requirements))
    }

    /// Poetry has a notation of its own, which is no standard.
    fn of_poetry_alone(&self) -> Option<Refused> {
        let is_poetrys = self.at(&["tool", "poetry", "dependencies"]).is_some();
        let has_others = self.at(&["project"]).is_some() || self.at(&["dependency-groups"]).is_some();
        (is_poetrys && !has_others).then(|| {
            let message = "its dependencies are in `[tool.poetry]`, which only Poetry reads";
            Refused::new(message, "move them to `[project]`, which Poetry reads as well since 2.0; `poetry export` writes a requirements file until then")
        })
    }

    /// Only a build knows what is dynamic.
    fn check_dynamic(&self, choice: Choice) -> Result<(), Refused> {
        let dynamic: Vec<&str> = texts(self.at(&["project", "dynamic"])).collect();
        let unknown = [("dependencies", true), ("optional-dependencies", !choice.extras.is_empty())];
        let unknown = unknown.into_iter().find(|(key, counts)| *counts && dynamic.contains(key));
        unknown.map_or(Ok(()), |(key, _)| {
            let message = format!("`{key}` is dynamic: only building the project would tell what is in it");
            let file = self.at(&["tool", "setuptools", "dynamic", key]).and_then(|dynamic| dynamic.get("file"));
            let file = texts(file).chain(file.and_then(Value::as_str)).next();
            let help = file.map(|file| format!("name the file that it is read from: \"requirements\": [\"{file}\"]"));
            let help = help.unwrap_or_else(|| {
                "list them in `pyproject.toml`, or name a requirements file in the manifest".to_owned()
            });
            Err(Refused::new(message, &help))
        })
    }

    /// The extras that are wanted; all of them where the project asks for itself.
    fn extras(&self, choice: Choice) -> BTreeMap<&'t str, &'t Value> {
        let all = self.at(&["project", "optional-dependencies"]).and_then(Value::as_table);
        let own = self.at(&["project", "name"]).and_then(Value::as_str).map(normalized);
        let everything = all.into_iter().flatten().map(|(_, value)| value);
        let everything = everything.chain(self.at(&["project", "dependencies"]));
        let asks_for_itself =
            everything.flat_map(|value| texts(Some(value))).any(|text| Some(normalized(package(text))) == own);
        let wanted: BTreeSet<String> = choice.extras.iter().map(|name| normalized(name)).collect();
        let is_wanted = |name: &str| asks_for_itself || wanted.contains(&normalized(name));
        all.into_iter()
            .flatten()
            .map(|(name, value)| (name.as_str(), value))
            .filter(|(name, _)| is_wanted(name))
            .collect()
    }

    /// The groups that are wanted, and those that they include (PEP 735).
    fn groups(&self, choice: Choice) -> BTreeMap<&'t str, &'t Value> {
        let Some(all) = self.at(&["dependency-groups"]).and_then(Value::as_table) else { return BTreeMap::new() };
        let mut wanted: Vec<String> = choice.groups.iter().map(|name| normalized(name)).collect();
        let mut found = BTreeMap::new();
        while let Some(name) = wanted.pop() {
            for (group, value) in all.iter().filter(|(group, _)| normalized(group) == name) {
                if found.insert(group.as_str(), value).is_none() {
                    let included = value.as_array().into_iter().flatten();
                    let included = included.filter_map(|item| item.get("include-group")?.as_str());
                    wanted.extend(included.map(normalized));
                }
            }
        }
        found
    }

    /// Why a requirement is not taken.
    fn refusal(&self, requirement: &str, is_its_index: &dyn Fn(&str, &str) -> bool) -> Option<Refused> {
        if let Some(refused) = unfit(requirement).or_else(|| not_from_an_index(requirement)) {
            return Some(refused);
        }
        let name = package(requirement);
        let sources = self.at(&["tool", "uv", "sources"]).and_then(Value::as_table)?;
        let source = sources.iter().find(|(package, _)| normalized(package) == normalized(name))?.1;
        let entries = source.as_array().map_or_else(|| vec![source], |list| list.iter().collect());
        entries.into_iter().find_map(|entry| self.source_refusal(name, entry, is_its_index))
    }

    fn source_refusal(&self, name: &str, entry: &Value, is_its_index: &dyn Fn(&str, &str) -> bool) -> Option<Refused> {
        let text = |key: &str| entry.get(key).and_then(Value::as_str);
        if entry.get("workspace").is_some() {
            let message = format!("`{name}` is a member of the workspace, and its own dependencies are in no index");
            let help = "type `uv lock`, and name `uv.lock` in `requirements` of the manifest instead of this file";
            return Some(Refused::new(message, help));
        }
        let Some(index) = text("index") else {
            return Some(match ["path", "git", "url"].into_iter().find_map(text) {
                Some(place) => foreign(place),
                None => foreign(name),
            });
        };
        let indexes = self.at(&["tool", "uv", "index"]).and_then(Value::as_array);
        let named = |one: &&Value| one.get("name").and_then(Value::as_str) == Some(index);
        let url = indexes.into_iter().flatten().find(named).and_then(|one| one.get("url")?.as_str());
        if url.is_some_and(|url| is_its_index(name, url)) {
            return None;
        }
        let message = format!("`{name}` is wanted from the index `{index}`, which only this file names");
        let url = url.filter(|url| !url.contains(['$', '@'])).unwrap_or("https://…/simple");
        let help = format!("write it in the manifest: \"registries\": {{ \"pypi:{}\": \"{url}\" }}", normalized(name));
        Some(Refused::new(message, &help))
    }
}

/// The texts of a list.
fn texts(value: Option<&Value>) -> impl Iterator<Item = &str> {
    value.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

/// The first line with a text in it.
fn line_with(text: &str, part: &str) -> usize {
    text.lines().position(|line| line.contains(part)).map_or(1, |index| index + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROJECT: &str = "[project]\nname = 'Shop'\nversion = '3'\ndescription = 'x'\nrequires-python = '>=3.8'\n\
        dependencies = ['a>=1', 'b']\n[project.optional-dependencies]\nweb = ['c']\nmore = ['d @ file:///d']\n\
        [dependency-groups]\ndev = ['e', { include-group = 'Base' }]\nbase = ['f']\nother = ['./g']\n\
        [build-system]\nrequires = []\nbuild-backend = 'be'\nbackend-path = ['.']\n\
        [tool.uv]\nno-build = false\nfind-links = ['http://a.example/']\ncache-keys = []\n";

    fn reduce(text: &str, extras: &[&str], groups: &[&str]) -> Result<String, (usize, String)> {
        let owned = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
        let (extras, groups) = (owned(extras), owned(groups));
        let is_its_index = |name: &str, url: &str| (name, url) == ("a", "https://a.example/simple");
        reduced(text, Choice { extras: &extras, groups: &groups }, &is_its_index)
            .map_err(|(line, refused)| (line, refused.message))
    }

    #[test]
    fn only_what_decides_about_packages_is_kept() {
        let text = reduce(PROJECT, &["Web"], &["dev"]).unwrap();
        let found: Table = toml::from_str(&text).unwrap();
        let expected = "[project]\nname = 'Shop'\nversion = '0'\nrequires-python = '>=3.8'\ndependencies = ['a>=1', 'b']\n\
            [project.optional-dependencies]\nweb = ['c']\n\
            [dependency-groups]\ndev = ['e', { include-group = 'Base' }]\nbase = ['f']\n[tool.uv.workspace]\n";
        assert_eq!(found, toml::from_str::<Table>(expected).unwrap());
        assert!(!text.contains("example"), "{text}");
        // A group that includes itself ends, too.
        assert!(reduce("[dependency-groups]\na = [{ include-group = 'a' }]\n", &[], &["a"]).is_ok());
    }

    #[test]
    fn what_is_wanted_from_elsewhere_is_refused_with_its_line() {
        for (extras, groups, line) in [(&["more"][..], &[][..], 9), (&[], &["other"], 13)] {
            assert_eq!(reduce(PROJECT, extras, groups).unwrap_err().0, line);
        }
        let with = |more: &str| reduce(&format!("{PROJECT}{more}"), &[], &[]);
        for (source, is_taken) in [
            ("a = { index = 'x' }", true),
            ("a = { index = 'y' }", false),
            ("b = { index = 'x' }", false),
            ("a = [{ index = 'x' }, { path = 'a', marker = 'x' }]", false),
            ("A = { git = 'https://a.example/a' }", false),
            ("a = { workspace = true }", false),
            ("a = { url = 'https://a.example/a.whl' }", false),
            ("c = { path = '../c' }", true),
        ] {
            let text = format!(
                "[tool.uv.sources]\n{source}\n[[tool.uv.index]]\nname = 'x'\nurl = 'https://a.example/simple'\n"
            );
            assert_eq!(with(&text).is_ok(), is_taken, "{source}: {:?}", with(&text));
        }
        let text = "[project]\nname = 'a'\ndependencies = [\n  'b',\n  'c==${SECRET}',\n]\n";
        assert_eq!(reduce(text, &[], &[]).unwrap_err().0, 5);
        let text = "[project]\nname = 'a'\ndynamic = ['dependencies', 'version']\n";
        assert_eq!(reduce(text, &[], &[]).unwrap_err().0, 3);
        assert!(reduce(&text.replace("'dependencies', ", ""), &[], &[]).is_ok());
        assert_eq!(reduce("[project]\nname = \n", &[], &[]).unwrap_err().0, 2);
    }

    #[test]
    fn a_project_that_asks_for_itself_keeps_its_extras() {
        let text =
            "[project]\nname = 'My.Shop'\n[project.optional-dependencies]\nall = ['my-shop[web]']\nweb = ['c']\n";
        assert!(reduce(text, &["all"], &[]).unwrap().contains("web"));
    }

    #[test]
    fn a_lock_names_its_project() {
        let lock = "[[package]]\nname = 'a'\nsource = { registry = 'x' }\n[[package]]\nname = 'shop'\nsource = { virtual = '.' }\n";
        assert_eq!(project_of_lock(lock), "[project]\nname = \"shop\"\nversion = \"0\"\n[tool.uv.workspace]\n");
        assert_eq!(project_of_lock("[[package]]\nname = 'a'\n"), "[tool.uv.workspace]\n");
        assert_eq!(project_of_lock("["), "[tool.uv.workspace]\n");
        let groups = "[manifest.dependency-groups]\ndev = [{ name = 'a' }]\n";
        assert_eq!(project_of_lock(groups), "[dependency-groups]\n\"dev\" = []\n[tool.uv.workspace]\n");
    }

    #[test]
    fn members_are_those_that_uv_would_install() {
        let members = "[[package]]\nname = 'lib'\nsource = { editable = 'libs/lib' }\ndependencies = [{ name = 'base' }]\n\
            [[package]]\nname = 'base'\nsource = { editable = 'base' }\n[[package]]\nname = 'tool'\nsource = { editable = 'tool' }\n\
            [[package]]\nname = 'a'\nsource = { registry = 'x' }\n[[package]]\nname = 'docs'\nsource = { virtual = 'docs' }\n";
        let root = "[[package]]\nname = 'root'\nsource = { virtual = '.' }\ndependencies = [{ name = 'lib' }, { name = 'docs' }]\n\
            [package.dev-dependencies]\ndev = [{ name = 'tool' }]\n";
        let of = |lock: &str, groups: &[&str]| {
            let groups: Vec<String> = groups.iter().map(ToString::to_string).collect();
            members_of_lock(lock, Choice { extras: &[], groups: &groups })
        };
        assert_eq!(of(members, &[]), ["libs/lib", "base", "tool"]);
        assert_eq!(of(&format!("{members}{root}"), &[]), ["libs/lib", "base"]);
        assert_eq!(of(&format!("{members}{root}"), &["Dev"]), ["libs/lib", "base", "tool"]);
    }
}
