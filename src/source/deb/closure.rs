//! A package with all it needs, out of one suite: of alternatives the first that fits, as apt
//! takes them; what only maintainer scripts need is left out.

use std::collections::{BTreeMap, VecDeque};

use super::packages::{Package, Packages};
use super::relation::Relation;

/// What is known of packages beside their dependencies.
pub trait Knowledge {
    /// Whether a package can do without one that it depends on: by itself, or since nothing but
    /// maintainer scripts needs that one.
    fn needless(&self, package: &str) -> Box<dyn Fn(&str) -> bool>;
    /// What a package needs beside its dependencies.
    fn beside(&self, package: &str) -> Vec<String>;
}

/// A dependency that nothing in the suite fulfils.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClosureError {
    #[error("`{package}` needs `{wanted}`, which the suite does not have")]
    Lacking { package: String, wanted: String },
    #[error("`{package}` needs `{wanted}`, and another package needs {version} of it")]
    Conflict { package: String, wanted: String, version: String },
}

/// The packages and all they need, by name.
pub fn closure<'t>(
    roots: impl IntoIterator<Item = Package<'t>>,
    packages: &'t Packages,
    knowledge: &dyn Knowledge,
) -> Result<BTreeMap<&'t str, Package<'t>>, ClosureError> {
    let mut search = Search { packages, chosen: BTreeMap::new(), waiting: VecDeque::new() };
    roots.into_iter().for_each(|root| search.choose(root));
    while let Some(package) = search.waiting.pop_front() {
        // A recipe is for several suites, and may name what only some of them have.
        for name in knowledge.beside(package.name) {
            if let Some(beside) = packages.best(&Relation::any(&name)) {
                search.choose(beside);
            }
        }
        let is_needless = knowledge.needless(package.name);
        for alternatives in package.dependencies() {
            search.fulfil(package, &alternatives, &is_needless)?;
        }
    }
    Ok(search.chosen)
}

struct Search<'t> {
    packages: &'t Packages,
    chosen: BTreeMap<&'t str, Package<'t>>,
    /// Those whose dependencies have not been looked at.
    waiting: VecDeque<Package<'t>>,
}

impl<'t> Search<'t> {
    fn choose(&mut self, package: Package<'t>) {
        if !self.chosen.contains_key(package.name) {
            self.chosen.insert(package.name, package);
            self.waiting.push_back(package);
        }
    }

    fn fulfil(
        &mut self,
        package: Package<'t>,
        alternatives: &[Relation<'t>],
        is_needless: &dyn Fn(&str) -> bool,
    ) -> Result<(), ClosureError> {
        if alternatives.iter().any(|wanted| self.has(wanted)) {
            return Ok(());
        }
        for wanted in alternatives {
            if is_needless(wanted.name) {
                return Ok(());
            }
            let found = self.packages.best(wanted).filter(|found| !self.chosen.contains_key(found.name));
            let found = found.or_else(|| {
                let free = |provider: &Package| !self.chosen.contains_key(provider.name);
                self.packages.providers(wanted).into_iter().find(free)
            });
            if let Some(found) = found {
                if !is_needless(found.name) {
                    self.choose(found);
                }
                return Ok(());
            }
        }
        let wanted = alternatives.iter().map(ToString::to_string).collect::<Vec<_>>().join(" | ");
        let taken = alternatives.iter().find_map(|wanted| self.chosen.get(wanted.name));
        let package = package.name.to_owned();
        Err(match taken {
            Some(taken) => ClosureError::Conflict { package, wanted, version: taken.version.to_owned() },
            None => ClosureError::Lacking { package, wanted },
        })
    }

    fn has(&self, wanted: &Relation) -> bool {
        self.chosen.get(wanted.name).is_some_and(|package| wanted.accepts(package.version))
            || self.chosen.values().any(|package| package.provides(wanted))
    }
}

#[cfg(test)]
mod tests {
    use super::super::packages::reduced;
    use super::*;

    struct Known;

    impl Knowledge for Known {
        fn needless(&self, package: &str) -> Box<dyn Fn(&str) -> bool> {
            let is_git = package == "git";
            Box::new(move |dependency| dependency == "debconf" || is_git && dependency == "perl")
        }

        fn beside(&self, package: &str) -> Vec<String> {
            if package == "gcc" { ["libc6-dev", "not-in-this-suite"].map(str::to_owned).to_vec() } else { Vec::new() }
        }
    }

    /// Packages as `name version: depends [; provides [; priority]]`, a line each.
    fn index(lines: &str) -> String {
        let stanza = |line: &str| {
            let (head, rest) = line.trim().split_once(": ").unwrap_or((line.trim().trim_end_matches(':'), ""));
            let (name, version) = head.split_once(' ').unwrap();
            let mut fields = rest.split(';').map(str::trim);
            let mut field = |name: &str| format!("{name}: {}\n", fields.next().unwrap_or_default());
            let (depends, provides, priority) = (field("Depends"), field("Provides"), field("Priority"));
            format!(
                "Package: {name}\nVersion: {version}\n{depends}{provides}{priority}Description: x\n more\nFilename: f\nSHA256: s\n\n"
            )
        };
        reduced(&lines.lines().filter(|line| !line.trim().is_empty()).map(stanza).collect::<String>())
    }

    fn check(lines: &[&str], root: &str, expected: Result<&str, &str>) {
        let indexes: Vec<String> = lines.iter().map(|lines| index(lines)).collect();
        let packages = Packages::read(indexes);
        let root = packages.best(&Relation::any(root)).unwrap();
        let found = closure([root], &packages, &Known).map_err(|error| error.to_string());
        let found = found.map(|found| found.values().map(|p| format!("{} {}", p.name, p.version)).collect::<Vec<_>>());
        match (found, expected) {
            (Ok(found), Ok(expected)) => assert_eq!(found.join(", "), expected),
            (Err(found), Err(expected)) => assert_eq!(found, expected),
            (found, expected) => panic!("{found:?} {expected:?}"),
        }
    }

    #[test]
    fn everything_that_is_needed_is_there() {
        check(
            &["jq 1.6: libjq1 (= 1.6), libc6 (>= 2)\nlibjq1 1.6: libonig5\nlibonig5 6:\nlibc6 2.36:\nother 1:"],
            "jq",
            Ok("jq 1.6, libc6 2.36, libjq1 1.6, libonig5 6"),
        );
        // A circle.
        check(&["a 1: b\nb 1: a"], "a", Ok("a 1, b 1"));
        check(&["a 1: b (>= 2)\nb 1:"], "a", Err("`a` needs `b (>= 2)`, which the suite does not have"));
        check(&["a 1: b | c\n"], "a", Err("`a` needs `b | c`, which the suite does not have"));
    }

    #[test]
    fn the_newest_of_all_distributions_is_taken() {
        let lines = ["a 1: b\nb 1:", "b 1+deb12u1:", "b 0.9:"];
        check(&lines, "a", Ok("a 1, b 1+deb12u1"));
        check(&["a 1: b (= 1)\nb 1:", "b 2:"], "a", Ok("a 1, b 1"));
        check(
            &["a 1: b, c\nb 1:\nc 1: b (= 1)", "b 2:"],
            "a",
            Err("`c` needs `b (= 1)`, and another package needs 2 of it"),
        );
    }

    #[test]
    fn of_alternatives_the_first_that_fits_is_taken() {
        check(&["a 1: b | c\nb 1:\nc 1:"], "a", Ok("a 1, b 1"));
        check(&["a 1: b (>= 2) | c\nb 1:\nc 1:"], "a", Ok("a 1, c 1"));
        // What is there already does.
        check(&["a 1: c, b | c\nb 1:\nc 1:"], "a", Ok("a 1, c 1"));
        check(&["a 1: x, b | c\nx 1: ; c\nb 1:\nc 1:"], "a", Ok("a 1, x 1"));
    }

    #[test]
    fn what_is_virtual_is_provided_by_the_likeliest() {
        check(&["a 1: awk\ngawk 1: ; awk; optional\nmawk 1: ; awk; required"], "a", Ok("a 1, mawk 1"));
        check(&["a 1: v (>= 2)\nx 1: ; v\ny 1: ; v (= 1)\nz 1: ; v (= 2)"], "a", Ok("a 1, z 1"));
        check(&["a 1: v\ny 1: ; v\nx 1: ; v"], "a", Ok("a 1, x 1"));
    }

    #[test]
    fn what_only_scripts_need_is_left_out() {
        check(&["a 1: debconf (>= 0.5) | debconf-2.0, b\ndebconf 2:\nb 1:"], "a", Ok("a 1, b 1"));
        check(&["git 1: perl, b\nperl 5:\nb 1: "], "git", Ok("b 1, git 1"));
        check(&["git 1: perl, b\nperl 5:\nb 1: perl"], "git", Ok("b 1, git 1, perl 5"));
        check(&["gcc 1:\nlibc6-dev 2:"], "gcc", Ok("gcc 1, libc6-dev 2"));
    }
}
