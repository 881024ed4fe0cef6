//! The files that name packages, as uv is given them: copies in a scratch place, made from the
//! texts that were hashed, with what decides about packages and nothing else. uv never reads the
//! files of a repository.

use std::collections::{BTreeMap, BTreeSet};

use url::Url;

use super::Uv;
use crate::files::Scratch;
use crate::manifest::{Choice, Kind, Line, Python, Refused, reduced, referred, requirement_lines};
use crate::registry::PypiIndex;
use crate::source::{PackageResolver as _, PythonError, WantedPackages};

/// The copies of one resolution.
pub(super) struct Copies<'w> {
    /// The files, each with the path of its copy from the scratch place.
    files: BTreeMap<&'w str, String>,
    /// Copies of files with groups alone, which are no projects (PEP 735).
    groups_alone: BTreeSet<String>,
    wanted: &'w WantedPackages<'w>,
    scratch: String,
}

impl Uv<'_> {
    /// Writes the copies of all files that the wanted ones refer to.
    pub(super) fn copies<'w>(
        &self,
        scratch: &Scratch,
        wanted: &'w WantedPackages<'w>,
    ) -> Result<Copies<'w>, PythonError> {
        let place = |(number, path): (usize, &'w String)| {
            let name = if Kind::of(path) == Kind::Pyproject { "pyproject.toml" } else { "requirements.txt" };
            (path.as_str(), format!("file-{number}/{name}"))
        };
        let texts: &BTreeMap<String, String> = &wanted.python.texts;
        let files =
            if wanted.files.is_empty() { BTreeMap::new() } else { texts.keys().enumerate().map(place).collect() };
        let mut groups_alone = BTreeSet::new();
        for (path, copy) in &files {
            let text = match Kind::of(path) {
                Kind::Pyproject => self.project_copy(path, wanted.python, wanted.index)?,
                Kind::Requirements => self.requirements_copy(path, &texts[*path], &files, wanted.index)?,
                Kind::UvLock | Kind::Pylock => continue,
            };
            if Kind::of(path) == Kind::Pyproject && !text.lines().any(|line| line.starts_with("[project]")) {
                groups_alone.insert(copy.clone());
            }
            scratch.write(copy, text)?;
        }
        Ok(Copies { files, groups_alone, wanted, scratch: format!("{}/", scratch.path().display()) })
    }

    fn project_copy(&self, path: &str, python: &Python, index: &PypiIndex) -> Result<String, PythonError> {
        let choice = Choice { extras: &python.extras, groups: &python.groups };
        let is_its_index = |package: &str, url: &str| {
            let own = index.of(package).cloned().or_else(|| self.default_index().ok());
            own.is_some_and(|own| is_same(&own, url))
        };
        reduced(&python.texts[path], choice, &is_its_index).map_err(|(line, refused)| refusal(path, line, refused))
    }

    /// Each line is where it was, so that uv's words about one fit.
    fn requirements_copy(
        &self,
        path: &str,
        text: &str,
        files: &BTreeMap<&str, String>,
        index: &PypiIndex,
    ) -> Result<String, PythonError> {
        let mut copy: Vec<String> = Vec::new();
        for placed in requirement_lines(text) {
            copy.resize(copy.len().max(placed.number - 1), String::new());
            let refused = match placed.line {
                Line::Requirement { text, hashes } => {
                    let hashes: String = hashes.iter().map(|hash| format!(" --hash={hash}")).collect();
                    copy.push(format!("{text}{hashes}"));
                    continue;
                }
                Line::Reference { is_constraint, path: named } => {
                    let option = if is_constraint { "-c" } else { "-r" };
                    let copied = files.get(referred(path, &named).as_str());
                    copy.extend(copied.map(|copied| format!("{option} ../{copied}")));
                    continue;
                }
                Line::Index(url) if self.is_known(index, &url) => continue,
                Line::Index(_) => Refused {
                    message: "it names an index that only this file knows".to_owned(),
                    help: Some(
                        "write it in the manifest: \"registries\": { \"pypi:PACKAGE\": \"https://…/simple\" }"
                            .to_owned(),
                    ),
                },
                Line::Idle => continue,
                Line::Refused(refused) => refused,
            };
            return Err(refusal(path, placed.number, refused));
        }
        Ok(copy.join("\n") + "\n")
    }

    /// Whether an index is asked anyway.
    fn is_known(&self, index: &PypiIndex, url: &str) -> bool {
        let others = index.others().cloned().or_else(|| self.default_index().ok());
        index.bound().iter().map(|(_, bound)| bound).chain(&others).any(|known| is_same(known, url))
    }
}

impl Copies<'_> {
    /// The copies of the files that the manifest names.
    pub fn named(&self) -> impl Iterator<Item = &str> {
        self.wanted.files.iter().filter_map(|file| self.files.get(file.path.as_str())).map(String::as_str)
    }

    /// Those that want packages by themselves.
    pub fn sources(&self) -> impl Iterator<Item = &str> {
        self.named().filter(|copy| !self.groups_alone.contains(*copy))
    }

    /// Those of projects, and of groups.
    pub fn projects(&self) -> impl Iterator<Item = &str> {
        self.named().filter(|copy| Kind::of(copy) == Kind::Pyproject)
    }

    /// uv's words, with the files as the manifest names them.
    pub fn in_own_names(&self, error: PythonError) -> PythonError {
        let PythonError::Uv { text, hint } = error else { return error };
        let text = self.files.iter().fold(text, |text, (path, copy)| {
            text.replace(&format!("{}{copy}", self.scratch), path).replace(copy.as_str(), path)
        });
        PythonError::Uv { text, hint }
    }
}

fn refusal(path: &str, line: usize, refused: Refused) -> PythonError {
    PythonError::Refused { place: format!("{path}:{line}"), text: refused.message, hint: refused.help }
}

/// Whether two addresses are one, with any login.
fn is_same(known: &Url, url: &str) -> bool {
    let place = |url: &Url| (url.origin(), url.path().trim_end_matches('/').to_owned());
    Url::parse(url).is_ok_and(|url| place(&url) == place(known))
}
