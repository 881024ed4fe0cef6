//! No import circles inside a folder of `src`: its files and folders import one another in one direction. The face of a
//! folder (`mod.rs`) is left out, since it shows what its parts have and its parts use what it says for all of them.

use std::collections::{BTreeMap, BTreeSet};

use crate::support::sources::sources;

/// Files whose imports of their neighbours do not count, and why.
const EXCEPTIONS: &[(&str, &str)] =
    &[("source::error", "it is the sum of the errors of all sources, and each source returns it")];

/// The text of each module, by its path.
type Modules = BTreeMap<Vec<String>, String>;

fn words(path: &str) -> Vec<String> {
    path.split("::").map(str::to_owned).collect()
}

fn without_comments(text: &str) -> String {
    text.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

/// All paths that begin with `crate`, `super` or `self`, those in braces one by one.
fn paths(text: &str) -> Vec<Vec<String>> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut found = Vec::new();
    for start in ["crate::", "super::", "self::"] {
        for (index, _) in text.match_indices(start) {
            if !text[..index].ends_with(|c: char| is_word(c) || c == ':') {
                tree(&text[index..], &mut Vec::new(), &mut found);
            }
        }
    }
    found
}

/// Reads one tree of `use`, or one path; returns what is behind it.
fn tree<'t>(text: &'t str, before: &mut Vec<String>, found: &mut Vec<Vec<String>>) -> &'t str {
    let text = text.trim_start();
    if let Some(mut rest) = text.strip_prefix('{') {
        loop {
            rest = rest.trim_start();
            if let Some(rest) = rest.strip_prefix('}') {
                return rest;
            }
            let length = rest.len();
            rest = tree(rest, before, found).trim_start_matches(|c: char| c != ',' && c != '}').trim_start_matches(',');
            assert!(rest.len() < length, "no end of braces: {rest}");
        }
    }
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    if end == 0 {
        found.push(before.clone());
        return text;
    }
    before.push(text[..end].to_owned());
    let rest = match text[end..].strip_prefix("::") {
        Some(rest) => tree(rest, before, found),
        None => {
            found.push(before.clone());
            &text[end..]
        }
    };
    before.pop();
    rest
}

/// The path from the root that a path in a module means.
fn absolute(module: &[String], path: &[String]) -> Vec<String> {
    if path[0] == "crate" {
        return path[1..].to_vec();
    }
    let up = path.iter().take_while(|word| *word == "super").count();
    let rest = path.iter().skip_while(|word| *word == "super" || *word == "self");
    module[..module.len().saturating_sub(up)].iter().chain(rest).cloned().collect()
}

/// The module that a path leads to: as far as there are modules, and on through what faces show of their parts.
fn target(modules: &Modules, shown: &BTreeMap<Vec<String>, Vec<String>>, path: &[String]) -> Option<Vec<String>> {
    let length = (1..=path.len()).rev().find(|length| modules.contains_key(&path[..*length]))?;
    match path.get(..=length).and_then(|named| shown.get(named)) {
        Some(part) => Some(part.clone()),
        None => Some(path[..length].to_vec()),
    }
}

/// The trees of the statements that import, without what other statements begin with.
fn uses(text: &str) -> impl Iterator<Item = &str> {
    let starts = text.match_indices("use ").filter(|(start, _)| {
        let line = text[..*start].rsplit('\n').next().unwrap_or_default();
        line.is_empty() || line == "pub " || (line.starts_with("pub(") && line.ends_with(") "))
    });
    starts.filter_map(|(start, word)| text[start + word.len()..].split(';').next())
}

/// Each name that a face has from one of its parts, with that part.
fn shown(modules: &Modules) -> BTreeMap<Vec<String>, Vec<String>> {
    let mut shown = BTreeMap::new();
    for (face, text) in modules {
        for statement in uses(text) {
            let mut found = Vec::new();
            tree(statement.trim_start_matches("self::"), &mut face.clone(), &mut found);
            for path in found.into_iter().filter(|path| path.len() > face.len() + 1) {
                let part = path[..=face.len()].to_vec();
                if modules.contains_key(&part) {
                    let name = [face.as_slice(), &path[path.len() - 1..]].concat();
                    shown.entry(name).or_insert(part);
                }
            }
        }
    }
    shown
}

/// Which neighbour imports which, for each folder.
fn neighbours(modules: &Modules) -> BTreeMap<Vec<String>, BTreeMap<String, BTreeSet<String>>> {
    let shown = shown(modules);
    let mut graphs: BTreeMap<_, BTreeMap<String, BTreeSet<String>>> = BTreeMap::new();
    for (module, text) in modules {
        if EXCEPTIONS.iter().any(|(exception, _)| *module == words(exception)) {
            continue;
        }
        for path in paths(text) {
            let Some(target) = target(modules, &shown, &absolute(module, &path)) else { continue };
            let common = module.iter().zip(&target).take_while(|(one, other)| one == other).count();
            if let (Some(from), Some(to)) = (module.get(common), target.get(common)) {
                let graph = graphs.entry(module[..common].to_vec()).or_default();
                graph.entry(from.clone()).or_default().insert(to.clone());
            }
        }
    }
    graphs
}

/// What is left when everything that imports nothing of the rest is taken away, again and again.
fn circle(mut graph: BTreeMap<String, BTreeSet<String>>) -> BTreeMap<String, BTreeSet<String>> {
    loop {
        let left: BTreeSet<String> = graph.keys().cloned().collect();
        let before = graph.len();
        for imported in graph.values_mut() {
            imported.retain(|name| left.contains(name));
        }
        graph.retain(|_, imported| !imported.is_empty());
        if graph.len() == before {
            return graph;
        }
    }
}

#[test]
fn files_of_one_folder_import_one_another_in_one_direction() {
    let module = |place: &str| words(&place.trim_end_matches("/mod").replace('/', "::"));
    let modules: Modules =
        sources().into_iter().map(|source| (module(&source.place), without_comments(&source.text))).collect();
    assert!(modules.contains_key(&words("store::prefix::patch")));
    let graphs = neighbours(&modules);
    assert!(graphs.len() > 10, "{:?}", graphs.keys());
    for (folder, graph) in graphs {
        if folder.is_empty() {
            // The table of `tidy` holds the modules themselves.
            continue;
        }
        let circle = circle(graph);
        assert!(circle.is_empty(), "src/{}: {circle:?}", folder.join("/"));
    }
}

#[test]
fn circles_are_found_however_they_are_written() {
    for (face, one, other, expected) in [
        ("", "use super::b::B;", "use crate::m::a::{A, X as Y};", true),
        ("", "fn f() { super::b::f() }", "use super::{S, a::A};", true),
        ("pub use b::{self, B};\npub use self::a::A;", "use super::B;", "use crate::m::{C, A};", true),
        ("pub struct S;\npub use a::A;", "use super::S;", "use super::{A, S};", false),
        ("fn f() { g(\"use {\") }\npub(super) use a::A;", "use super::b::B;", "use super::A;", true),
        ("", "use super::b::B; // and of `super::c`", "// use super::a::A;", false),
        ("", "use super::b::{B, c::{D, E}};", "use self::c::D;", false),
        ("", "use super::b::B;", "use super::super::m::a;", true),
    ] {
        let texts = [("m", face), ("m::a", one), ("m::b", other), ("m::b::c", "use super::B;")];
        let modules: Modules = texts.into_iter().map(|(path, text)| (words(path), without_comments(text))).collect();
        let found = neighbours(&modules).remove(&words("m")).map(circle).unwrap_or_default();
        assert_eq!(!found.is_empty(), expected, "{face} | {one} | {other}: {found:?}");
    }
}
