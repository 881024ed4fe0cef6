//! Files that say which Python packages a project wants: what of them counts, which further files
//! they refer to, and where they name a package. What they mean is uv's affair.

use std::collections::{BTreeMap, BTreeSet};

use super::requirement_line::{Line, lines, package};
use crate::name::normalized;

/// The kinds of files that uv resolves from, by their names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// "Requirements file format" of pip.
    Requirements,
    /// `pyproject.toml` ("pyproject.toml specification", with dependency groups).
    Pyproject,
    /// uv's own lock.
    UvLock,
    /// `pylock.toml` or `pylock.NAME.toml` (PEP 751).
    Pylock,
}

impl Kind {
    pub fn of(path: &str) -> Self {
        let name = path.rsplit('/').next().unwrap_or(path);
        match name {
            "pyproject.toml" => Self::Pyproject,
            "uv.lock" => Self::UvLock,
            _ if name.strip_prefix("pylock.").and_then(|name| name.strip_suffix("toml")).is_some() => Self::Pylock,
            _ => Self::Requirements,
        }
    }

    /// Whether it is a lock itself, which then rules.
    pub const fn is_lock(self) -> bool {
        matches!(self, Self::UvLock | Self::Pylock)
    }
}

/// The further files that a file refers to, by their paths from the same directory as its own.
pub fn references(path: &str, text: &str) -> Vec<String> {
    if Kind::of(path) != Kind::Requirements {
        // uv resolves a lock of its own against the project beside it.
        return Vec::new();
    }
    let named = lines(text).into_iter().filter_map(|placed| match placed.line {
        Line::Reference { path: named, .. } => Some(referred(path, &named)),
        _ => None,
    });
    named.collect()
}

/// The path of a file that another one refers to, from the same directory as that one's.
pub fn referred(from: &str, path: &str) -> String {
    joined(from.rsplit_once('/').map_or("", |(directory, _)| directory), path)
}

/// The lines that say something, without comments, each with its number counted from 1.
fn physical_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let without_comment = |line: &'_ str| -> usize {
        let is_comment = |at: &usize| *at == 0 || line.as_bytes()[at - 1].is_ascii_whitespace();
        line.match_indices('#').map(|(at, _)| at).find(is_comment).unwrap_or(line.len())
    };
    text.lines()
        .enumerate()
        .map(move |(index, line)| (index + 1, line[..without_comment(line)].trim()))
        .filter(|(_, line)| !line.is_empty())
}

/// A path from a directory, without the steps that lead back.
fn joined(directory: &str, path: &str) -> String {
    let mut parts: Vec<&str> = directory.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// What of a file decides which packages are wanted. A comment or the version of the project does
/// not, so a lock outlives their changes.
pub fn substance(path: &str, text: &str) -> String {
    match Kind::of(path) {
        Kind::Requirements => physical_lines(text).map(|(_, line)| format!("{line}\n")).collect(),
        Kind::Pyproject => pyproject_substance(text).unwrap_or_else(|| text.to_owned()),
        Kind::UvLock | Kind::Pylock => text.to_owned(),
    }
}

fn pyproject_substance(text: &str) -> Option<String> {
    let table: toml::Table = toml::from_str(text).ok()?;
    let at = |path: &[&str]| {
        path.iter().try_fold(None, |found: Option<&toml::Value>, key| {
            Some(Some(match found {
                None => table.get(*key)?,
                Some(value) => value.get(key)?,
            }))
        })
    };
    let counts: [&[&str]; 6] = [
        &["project", "dependencies"],
        &["project", "optional-dependencies"],
        &["project", "requires-python"],
        &["project", "name"],
        &["dependency-groups"],
        &["tool", "uv"],
    ];
    let parts =
        counts.iter().filter_map(|path| Some((path.join("."), serde_json::to_string(at(path).flatten()?).ok()?)));
    Some(parts.map(|(path, value)| format!("{path} {value}\n")).collect())
}

/// The SHA-256 and SHA-512 hashes, in hexadecimal digits, that files give for packages, by
/// normalised names, each with the place of the package.
pub fn hashes(texts: &BTreeMap<String, String>) -> BTreeMap<String, (String, BTreeSet<String>)> {
    let mut found: BTreeMap<String, (String, BTreeSet<String>)> = BTreeMap::new();
    for (path, text) in texts.iter().filter(|(path, _)| Kind::of(path) == Kind::Requirements) {
        for placed in lines(text) {
            let Line::Requirement { text, hashes } = placed.line else { continue };
            let (name, place) = (normalized(package(&text)), format!("{path}:{}", placed.number));
            for hash in hashes {
                if let Some(digits) = hash.strip_prefix("sha256:").or_else(|| hash.strip_prefix("sha512:")) {
                    let entry = found.entry(name.clone()).or_insert_with(|| (place.clone(), BTreeSet::new()));
                    entry.1.insert(digits.to_lowercase());
                }
            }
        }
    }
    found
}

/// The places, as `FILE:LINE`, where files name one of the packages that a text mentions.
pub fn places(texts: &BTreeMap<String, String>, said: &str) -> Vec<String> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    let words: BTreeSet<String> = said
        .split(|c: char| !is_part(c))
        .map(|word| word.trim_matches(['.', '-', '_']))
        .filter(|word| word.starts_with(|c: char| c.is_ascii_alphabetic()))
        .map(normalized)
        .collect();
    let mut found = Vec::new();
    for (path, text) in texts.iter().filter(|(path, _)| !Kind::of(path).is_lock()) {
        for (number, line) in physical_lines(text) {
            let line = line.trim_start_matches(['"', '\'', '[', ' ']);
            let name = &line[..line.find(|c: char| !is_part(c)).unwrap_or(line.len())];
            let in_list = Kind::of(path) == Kind::Pyproject;
            let is_named = if in_list {
                line.split(['"', '\'']).any(|text| is_about(text, &words, is_part))
            } else {
                !name.is_empty() && !name.starts_with('-') && words.contains(&normalized(name))
            };
            if is_named {
                found.push(format!("{path}:{number}"));
            }
        }
    }
    found
}

/// Whether a requirement in quotes is about one of these packages.
fn is_about(text: &str, words: &BTreeSet<String>, is_part: impl Fn(char) -> bool) -> bool {
    let name = &text[..text.find(|c: char| !is_part(c)).unwrap_or(text.len())];
    let rest = text[name.len()..].trim_start();
    let is_requirement = rest.is_empty() || rest.starts_with(['<', '>', '=', '!', '~', ';', '[', '@', '(']);
    is_requirement && !name.is_empty() && words.contains(&normalized(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requirements_refer_to_files() {
        let text =
            "-r base.txt\n--constraint=../c.txt # why\n  -c\tlow.txt\n--requirement https://a.example/r.txt\n-rx\n";
        assert_eq!(references("req/dev.txt", text), ["req/base.txt", "c.txt", "req/low.txt"]);
        assert_eq!(references("pyproject.toml", text), [""; 0]);
    }

    #[test]
    fn comments_do_not_count() {
        let a = "# head\nDjango>=5 # web\n\n  a @ https://a.example/#sha256=x\n";
        assert_eq!(substance("r.txt", a), "Django>=5\na @ https://a.example/#sha256=x\n");
        let project = |rest: &str| {
            let text = format!("[project]\nname = 'x'\ndependencies = ['a', 'b']\n{rest}");
            substance("pyproject.toml", &text)
        };
        assert_eq!(project("version = '1' # new\n[tool.black]\nx = 1\n"), project("version = '2'\n"));
        assert_ne!(project("[tool.uv]\nsources = {}\n"), project(""));
        assert_ne!(project("[dependency-groups]\ndev = ['c']\n"), project(""));
    }

    #[test]
    fn packages_are_found_where_they_are_named() {
        let texts = BTreeMap::from([
            ("r.txt".to_owned(), "# numpy\npandas>=2\n-c c.txt\nNum_Py == 1\n".to_owned()),
            (
                "pyproject.toml".to_owned(),
                "[project]\nname = 'numpy-user'\ndependencies = ['a', 'numpy>=1']\n".to_owned(),
            ),
            ("uv.lock".to_owned(), "numpy\n".to_owned()),
        ]);
        let said = "Because only num-py==1 is available and numpy<2 depends on six, ...";
        assert_eq!(places(&texts, said), ["pyproject.toml:3", "r.txt:4"]);
        assert_eq!(places(&texts, "nothing"), [""; 0]);
    }

    #[test]
    fn hashes_belong_to_the_package_above_them() {
        let text =
            "-r x\na==1 --hash=sha256:AA \\\n    --hash=sha512:bb\n# c\nb==2 \\\n  --hash=sha256:cc --hash=md5:dd\nc\n";
        let found = hashes(&BTreeMap::from([("r.txt".to_owned(), text.to_owned())]));
        let shown: Vec<String> =
            found.iter().map(|(name, (place, hashes))| format!("{name} {place} {hashes:?}")).collect();
        assert_eq!(shown, ["a r.txt:2 {\"aa\", \"bb\"}", "b r.txt:5 {\"cc\"}"]);
    }

    #[test]
    fn kinds_are_told_by_name() {
        for (path, expected) in [
            ("requirements.txt", Kind::Requirements),
            ("a/pyproject.toml", Kind::Pyproject),
            ("uv.lock", Kind::UvLock),
            ("pylock.toml", Kind::Pylock),
            ("pylock.dev.toml", Kind::Pylock),
            ("dev.in", Kind::Requirements),
        ] {
            assert_eq!(Kind::of(path), expected, "{path}");
        }
    }
}
