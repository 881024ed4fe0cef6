//! `uv pip compile`: which packages some packages need, for our systems and the Pythons asked for.

use std::fmt::Write as _;

use url::Url;

use super::{Uv, checked};
use crate::files::{Scratch, bounded, most};
use crate::lock::Artifact;
use crate::name::normalized;
use crate::source::{Pylock, PythonError, WantedPackages, lowest};
use crate::version::Scheme;

/// The formats uv writes, which are also the names it wants for the files.
const PYLOCK: &str = "pylock.toml";
const REQUIREMENTS: &str = "requirements.txt";

/// What one resolution gets besides what is wanted.
struct Round {
    /// Only the Pythons below this one count.
    below: Option<String>,
    /// The names that are asked of an index of their own.
    bound: Vec<(String, Url)>,
}

impl Uv<'_> {
    /// Everything that is needed.
    pub(super) fn compile(&self, wanted: &WantedPackages) -> Result<Pylock, PythonError> {
        let mut round = Round { below: None, bound: wanted.index.bound().to_vec() };
        loop {
            match self.compiled(wanted, &round, PYLOCK) {
                Ok(text) => {
                    let idle = self.idle(wanted, &round)?;
                    if idle.is_empty() {
                        let below = round.below.map(|below| below.parse()).transpose()?;
                        return Ok(Pylock { text, below });
                    }
                    round.bound.retain(|(name, _)| !idle.contains(name));
                }
                Err(PythonError::Uv { text, hint }) => {
                    // Of the newest Pythons, packages may have no wheels yet. Then the lock is for
                    // the others, as long as the interpreter is one of them.
                    let next = split_above(&text);
                    let next = next.filter(|next| self.is_of_use_below(next, wanted, round.below.as_deref()));
                    let Some(next) = next else { return Err(PythonError::Uv { text: abridged(&text), hint }) };
                    round.below = Some(next);
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// The bound names that nothing needs. To be asked of its own index, a name must be wanted by
    /// us too, also where only another package needs it; so all of them are, at first.
    fn idle(&self, wanted: &WantedPackages, round: &Round) -> Result<Vec<String>, PythonError> {
        if round.bound.is_empty() {
            return Ok(Vec::new());
        }
        let text = self.compiled(wanted, round, REQUIREMENTS)?;
        let idle = text.lines().filter_map(wanted_by_us_alone);
        Ok(idle.filter(|name| round.bound.iter().any(|(bound, _)| bound == name)).collect())
    }

    /// One resolution, into a file of this name, which is also its format.
    fn compiled(&self, wanted: &WantedPackages, round: &Round, format: &str) -> Result<String, PythonError> {
        let scratch = Scratch::new(&self.host.directories.cache, "uv")?;
        // Addresses in it may have logins.
        scratch.write("pyproject.toml", project(wanted, round))?;
        scratch.write("wanted.txt", wanted.requirements.join("\n"))?;
        let copies = self.copies(&scratch, wanted)?;
        if !wanted.previous.is_empty() {
            scratch.write(PYLOCK, preferences(wanted.previous))?;
        }
        let mut command = self.command(&scratch)?;
        command.args(["pip", "compile", "--quiet", "--universal", "--no-header", "--annotation-style=line"]);
        command.arg(format!("--format={format}")).arg(format!("--output-file={format}"));
        if format != PYLOCK {
            // It was all asked a moment ago.
            command.arg("--offline");
        }
        if let Some(lowest) = lowest(&wanted.python.version) {
            command.arg(format!("--python-version={lowest}"));
        }
        // Any Python will do to start from; uv would rather fetch the very one that is named.
        if self.host.find("python3").is_some() {
            command.env("UV_PYTHON_DOWNLOADS", "never");
        }
        if let Some(index) = wanted.index.others() {
            // All users see a command line, and the address may have a login.
            command.env("UV_DEFAULT_INDEX", index.as_str());
        }
        command.arg("--fork-strategy").arg(if wanted.fewest { "fewest" } else { "requires-python" });
        command.arg("--only-binary=:all:");
        for name in &wanted.python.allow_build {
            command.arg(format!("--no-binary={name}"));
        }
        if let Some(date) = &wanted.python.exclude_newer {
            command.arg(format!("--exclude-newer={date}"));
        }
        for extra in &wanted.python.extras {
            command.arg(format!("--extra={extra}"));
        }
        for group in &wanted.python.groups {
            command.args(copies.projects().map(|project| format!("--group={project}:{group}")));
        }
        command.args(["pyproject.toml", "wanted.txt"]).args(copies.named());
        checked(command.output()?).map_err(|error| copies.in_own_names(error))?;
        Ok(bounded::read_text(&scratch.path().join(format), most::PACKAGE_LOCK)?)
    }

    /// Whether a lock for the Pythons below a version would serve the interpreter at hand, and
    /// is for fewer than the one that was just tried.
    fn is_of_use_below(&self, version: &str, wanted: &WantedPackages, tried: Option<&str>) -> bool {
        let is_less = tried.is_none_or(|tried| Scheme::Pep440.compare(version, tried).is_lt());
        let at_hand = match wanted.interpreter {
            Some(version) => Some(version.to_owned()),
            None => self.host_interpreter(&wanted.python.version).ok().map(|found| found.version),
        };
        is_less && at_hand.is_some_and(|at_hand| Scheme::Pep440.compare(&at_hand, version).is_lt())
    }
}

/// The package of a line of requirements, if the comment says that only our own project wants it.
fn wanted_by_us_alone(line: &str) -> Option<String> {
    let (package, wanted_by) = line.split_once("# via ")?;
    let mut others = wanted_by.split(',').map(str::trim).filter(|by| !by.starts_with("manifest"));
    others.next().is_none().then(|| normalized(package.split(['=', ' ']).next().unwrap_or_default()))
}

/// The Python from which on there is no solution, if uv names one: it tells for which part of all
/// Pythons it failed.
fn split_above(text: &str) -> Option<String> {
    let markers = text.split_once("for split (markers: ")?.1;
    let lowest = markers.split_once("python_full_version >= '")?.1;
    let (version, rest) = lowest.split_once('\'')?;
    // Bounded above as well, it says nothing about the newest.
    let is_open = !rest.split(')').next().unwrap_or_default().contains("python_full_version <");
    is_open.then(|| version.to_owned())
}

/// How long a message may get.
const LONGEST: usize = 700;

/// A long chain of reasons without its middle: where it starts, and what it comes to.
fn abridged(text: &str) -> String {
    if text.len() <= LONGEST {
        return text.to_owned();
    }
    let sentences: Vec<&str> = text.split_inclusive(". ").collect();
    let (mut start, mut end) = (String::new(), String::new());
    for sentence in &sentences {
        if start.len() + sentence.len() > LONGEST / 2 {
            break;
        }
        start.push_str(sentence);
    }
    for sentence in sentences.iter().rev() {
        if end.len() + sentence.len() > LONGEST / 2 && !end.is_empty() {
            break;
        }
        end.insert_str(0, sentence);
    }
    format!("{start}… {end}")
}

/// A project that says what command-line options cannot: that only our systems count, and which
/// names are asked of which index.
fn project(wanted: &WantedPackages, round: &Round) -> String {
    let mut text = String::from("[project]\nname = \"manifest\"\nversion = \"0\"\n");
    // uv heeds an index for direct dependencies alone.
    let names: Vec<String> = round.bound.iter().map(|(name, _)| format!("\"{name}\"")).collect();
    let _ = writeln!(text, "dependencies = [{}]", names.join(", "));
    let lowest = lowest(&wanted.python.version).unwrap_or_else(|| "3.8".to_owned());
    let _ = writeln!(text, "requires-python = \">={lowest}\"");
    let above = round.below.as_ref().map(|version| format!(" and python_full_version < '{version}'"));
    let above = above.unwrap_or_default();
    let systems = ["linux", "darwin"].map(|system| format!("\"sys_platform == '{system}'{above}\""));
    // A workspace of its own, so that uv looks for none further up.
    let _ = writeln!(text, "[tool.uv]\nenvironments = [{}]\n[tool.uv.workspace]", systems.join(", "));
    for (index, (_, url)) in round.bound.iter().enumerate() {
        let _ = writeln!(text, "[[tool.uv.index]]\nname = \"bound-{index}\"\nurl = \"{url}\"\nexplicit = true");
    }
    let _ = writeln!(text, "[tool.uv.sources]");
    for (index, (name, _)) in round.bound.iter().enumerate() {
        let _ = writeln!(text, "{name} = {{ index = \"bound-{index}\" }}");
    }
    text
}

/// A `pylock.toml` from which uv takes the versions to keep.
fn preferences(previous: &[Artifact]) -> String {
    let mut text = String::from("lock-version = \"1.0\"\ncreated-by = \"devshell\"\n");
    let mut packages: Vec<(&str, &str, Option<&str>)> =
        previous.iter().map(|one| (one.package.as_str(), one.version.as_str(), one.marker.as_deref())).collect();
    packages.sort_unstable();
    packages.dedup();
    for (name, version, marker) in packages {
        let _ = writeln!(text, "[[packages]]\nname = \"{name}\"\nversion = \"{version}\"");
        if let Some(marker) = marker {
            let _ = writeln!(text, "marker = \"{marker}\"");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pythons_without_a_solution_are_named() {
        for (text, expected) in [
            (
                "No solution found for split (markers: python_full_version >= '3.15' and sys_platform == 'linux') Because",
                Some("3.15"),
            ),
            (
                "No solution for split (markers: python_full_version >= '3.11' and python_full_version < '3.13') x < y",
                None,
            ),
            ("No solution found when resolving dependencies", None),
        ] {
            assert_eq!(split_above(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn long_reasons_lose_their_middle() {
        let text = format!("Because a. {}And because manifest depends on b, it ends.", "And because c. ".repeat(200));
        let short = abridged(&text);
        assert!(
            short.len() < 800 && short.starts_with("Because a. And") && short.ends_with("depends on b, it ends."),
            "{short}"
        );
        assert_eq!(abridged("short"), "short");
    }

    #[test]
    fn what_nobody_needs_is_told_from_what_somebody_does() {
        for (line, expected) in [
            ("acme-dep==1.0  # via manifest (pyproject.toml)", Some("acme-dep")),
            ("acme_dep==1.0 ; python_full_version < '3.11'  # via manifest", Some("acme-dep")),
            ("acme-dep==1.0  # via acme-lib, manifest (pyproject.toml)", None),
            ("acme-lib==1.0  # via -r /x/requirements.txt", None),
            ("# a comment", None),
        ] {
            assert_eq!(wanted_by_us_alone(line).as_deref(), expected, "{line}");
        }
    }
}
