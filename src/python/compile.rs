//! `uv pip compile`: which packages some packages need, for our systems and the Pythons asked for.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use url::Url;

use super::build::Metadata;
use super::complaint::{abridged, complaint_of, needs, split_above};
use super::{Uv, checked, indexes, toml_text};
use crate::files::{Scratch, bounded, most};
use crate::hint::causes;
use crate::lock::Artifact;
use crate::name::normalized;
use crate::source::{Pylock, PythonError, Pythons, WantedPackages, Wheelless, environments, sdists};
use crate::version::Scheme;

/// The formats uv writes, which are also the names it wants for the files.
const PYLOCK: &str = "pylock.toml";
const REQUIREMENTS: &str = "requirements.txt";

/// What one resolution gets besides what is wanted.
struct Round {
    lowest: Option<String>,
    /// Only the Pythons below this one count.
    above: Option<String>,
    /// The systems that count, as markers.
    systems: Vec<String>,
    /// The names that are asked of an index of their own.
    bound: Vec<(String, Url)>,
    /// Packages that are taken from their source.
    from_source: BTreeSet<String>,
    /// What such a package needs, of those versions that a round has chosen.
    known: BTreeMap<(String, String), Metadata>,
    /// Packages that are left out, since there is nothing to take.
    without: BTreeSet<String>,
}

impl Uv<'_> {
    /// Everything that is needed.
    pub(super) fn compile(&self, wanted: &WantedPackages) -> Result<Pylock, PythonError> {
        let pythons = Pythons::of(&wanted.python.version, None);
        let mut round = Round {
            lowest: pythons.lowest(),
            above: pythons.above(),
            systems: environments(wanted.platforms),
            bound: wanted.index.bound().to_vec(),
            from_source: wanted.from_source.iter().cloned().collect(),
            known: BTreeMap::new(),
            without: BTreeSet::new(),
        };
        let mut below = None;
        let text = loop {
            let error = match self.compiled(wanted, &round, PYLOCK) {
                Ok(text) => {
                    if self.learn(&mut round, &text, wanted)? {
                        continue;
                    }
                    let idle = self.idle(wanted, &round)?;
                    if idle.is_empty() {
                        break text;
                    }
                    round.bound.retain(|(name, _)| !idle.contains(name));
                    continue;
                }
                Err(error) => error,
            };
            let Some((text, packages)) = complaint_of(&error) else { return Err(error) };
            // Of the newest Pythons, packages may have no wheels yet. Then the lock is for
            // the others, as long as the interpreter is one of them.
            let next = split_above(text, round.above.as_deref());
            if let Some(next) = next.filter(|next| self.is_of_use_below(next, wanted, round.above.as_deref())) {
                below = Some(next.clone());
                round.above = Some(next);
                continue;
            }
            let further = round.leave_out(&wanted.python.allow_build, text, packages);
            match error {
                _ if further => {}
                _ if !round.without.is_empty() => break String::new(),
                PythonError::Uv { text, hint } => return Err(PythonError::Uv { text: abridged(&text), hint }),
                error => return Err(error),
            }
        };
        if !round.without.is_empty() {
            let packages = round.without.into_iter().map(Wheelless::new).collect();
            return Err(PythonError::NeedsBuild { packages, pythons: wanted.python.version.clone() });
        }
        Ok(Pylock { text, below: below.map(|below| below.parse()).transpose()? })
    }

    /// Finds out what the sources that a round has chosen need. `false` if all of that is known.
    fn learn(&self, round: &mut Round, pylock: &str, wanted: &WantedPackages) -> Result<bool, PythonError> {
        if round.from_source.is_empty() {
            return Ok(false);
        }
        let mut chosen = sdists(pylock, &round.from_source).map_err(|error| {
            let text = std::iter::once(error.to_string()).chain(causes(&error)).collect::<Vec<_>>().join(", because ");
            PythonError::Uv { text, hint: None }
        })?;
        let key = |sdist: &Artifact| (sdist.package.to_string(), sdist.version.to_string());
        chosen.retain(|sdist| !round.known.contains_key(&key(sdist)));
        chosen.dedup();
        let interpreter = || self.interpreter_for_builds(&wanted.python.version);
        let learnt =
            if chosen.is_empty() { Vec::new() } else { self.metadata(&chosen, interpreter, &self.own_sources())? };
        round.known.extend(chosen.iter().map(key).zip(learnt));
        Ok(!chosen.is_empty())
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
        scratch.write("pyproject.toml", project(round))?;
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
        if let Some(lowest) = &round.lowest {
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
        for name in &round.from_source {
            command.arg(format!("--no-binary={name}"));
        }
        if let Some(date) = &wanted.limit.exclude_newer {
            command.arg(format!("--exclude-newer={date}"));
        }
        for (name, date) in &wanted.limit.locked {
            command.arg(format!("--exclude-newer-package={name}={date}"));
        }
        for extra in &wanted.python.extras {
            command.arg(format!("--extra={extra}"));
        }
        for group in &wanted.python.groups {
            command.args(copies.projects().map(|project| format!("--group={project}:{group}")));
        }
        command.args(["pyproject.toml", "wanted.txt"]).args(copies.sources());
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

impl Round {
    /// Learns that some packages have no wheels: those that may be built are built, and the others
    /// are left out, so that the next round names what else has none. `false` if it learns nothing.
    fn leave_out(&mut self, allow_build: &[String], text: &str, packages: &[Wheelless]) -> bool {
        let named: BTreeSet<&str> = packages.iter().map(|package| package.name.as_str()).collect();
        // uv names those as well that have wheels, and need one without. Older versions of them have none.
        let needs_another = |name: &&str| needs(text).any(|(a, b)| a == *name && a != b && named.contains(b.as_str()));
        let mut guilty: Vec<&str> = named.iter().copied().filter(|name| !needs_another(name)).collect();
        if guilty.is_empty() {
            guilty.extend(&named);
        }
        let allowed: BTreeSet<String> = allow_build.iter().map(|name| normalized(name)).collect();
        let mut learnt = false;
        for name in guilty {
            let list = if allowed.contains(name) { &mut self.from_source } else { &mut self.without };
            learnt |= list.insert(name.to_owned());
        }
        learnt
    }
}

/// A project that says what command-line options cannot: that only our systems count, and which
/// names are asked of which index.
fn project(round: &Round) -> String {
    let mut text = String::from("[project]\nname = \"manifest\"\nversion = \"0\"\n");
    // uv heeds an index for direct dependencies alone.
    let names: Vec<String> = round.bound.iter().map(|(name, _)| format!("\"{name}\"")).collect();
    let _ = writeln!(text, "dependencies = [{}]", names.join(", "));
    let lowest = round.lowest.as_deref().unwrap_or("3.8");
    let _ = writeln!(text, "requires-python = \">={lowest}\"");
    let above = round.above.as_ref().map(|version| format!(" and python_full_version < '{version}'"));
    let above = above.unwrap_or_default();
    let systems = round.systems.iter().map(|system| {
        format!(
            "\"{system} and platform_python_implementation == 'CPython' and \
             implementation_name == 'cpython'{above}\""
        )
    });
    let systems: Vec<String> = systems.collect();
    // A workspace of its own, so that uv looks for none further up.
    let _ = writeln!(text, "[tool.uv]\nenvironments = [{}]", systems.join(", "));
    let without: Vec<String> = round.without.iter().map(|name| format!("\"{name} ; python_version < '0'\"")).collect();
    // Nothing is built to find out what a package needs: what is not known yet needs nothing in this round.
    let unknown = round.from_source.iter().map(|name| format!("{{ name = {} }}", toml_text(name)));
    let known = round.known.iter().map(|((name, version), metadata)| metadata.entry(name, version));
    let metadata: Vec<String> = unknown.chain(known).collect();
    let _ = writeln!(text, "dependency-metadata = [{}]", metadata.join(", "));
    let _ = writeln!(text, "override-dependencies = [{}]\n[tool.uv.workspace]", without.join(", "));
    text.push_str(&indexes::tables(&round.bound));
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
    fn what_has_no_wheel_is_told_from_what_needs_it() {
        let text =
            "Because cairo<=1 has no usable wheels and scene==0.2 depends on cairo>=1 and manifest depends on scene";
        let round = |allowed: &[&str]| {
            let allowed: Vec<String> = allowed.iter().map(|name| (*name).to_owned()).collect();
            let (from_source, without) = (BTreeSet::new(), BTreeSet::new());
            let mut round = Round {
                lowest: None,
                above: None,
                systems: Vec::new(),
                bound: Vec::new(),
                from_source,
                known: BTreeMap::new(),
                without,
            };
            let packages = ["cairo", "scene"].map(|name| Wheelless::new(name.to_owned()));
            assert!(round.leave_out(&allowed, text, &packages));
            assert!(!round.leave_out(&allowed, text, &packages));
            (Vec::from_iter(round.from_source), Vec::from_iter(round.without))
        };
        assert_eq!(round(&[]), (vec![], vec!["cairo".to_owned()]));
        assert_eq!(round(&["Cairo"]), (vec!["cairo".to_owned()], vec![]));
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
