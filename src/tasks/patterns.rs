//! The patterns of `inputs` and `outputs`: `*`, `?` and `[…]` within a name, `**` for any number of directories. One that
//! names a directory means everything in it. A pattern is compared name by name, so that a walk knows where it has to
//! look. Pure.

use std::ffi::{OsStr, OsString};
use std::path::{Component, Path};

use glob::{MatchOptions, Pattern};

/// Within a name, a leading dot is a character like any other: a file that is missed would not be noticed.
const OPTIONS: MatchOptions =
    MatchOptions { case_sensitive: true, require_literal_separator: true, require_literal_leading_dot: false };

#[derive(Debug)]
pub(super) struct Patterns {
    list: Vec<Split>,
}

/// A pattern, name by name.
#[derive(Debug)]
struct Split {
    parts: Vec<Part>,
    /// Whether a directory that it matches counts with everything in it.
    takes_directories: bool,
    /// Whether it can only mean a directory: it ends with a slash.
    needs_directory: bool,
}

#[derive(Debug)]
enum Part {
    Name(OsString),
    Wild(Pattern),
    /// `**`
    Any,
}

/// A pattern, and how many of its parts are matched. When all are, everything below matches.
pub(super) type State = (usize, usize);

/// Which parts of patterns are compared with a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Which {
    /// Those that are the name itself.
    Named,
    Wild,
}

/// What follows from one more name.
#[derive(Debug, Default)]
pub(super) struct Step {
    /// The patterns that match it, if it is a file.
    pub matched: Vec<usize>,
    /// What to look for in it, if it is a directory.
    pub below: Vec<State>,
}

impl Split {
    fn of(text: &str) -> Self {
        let part = |component: Component| {
            let name = component.as_os_str();
            match name.to_str() {
                Some("**") => Part::Any,
                // What is no pattern is a name. A manifest has none of those.
                Some(text) if text.contains(['*', '?', '[']) => {
                    Pattern::new(text).map_or_else(|_| Part::Name(name.to_owned()), Part::Wild)
                }
                _ => Part::Name(name.to_owned()),
            }
        };
        // Without doubled slashes and dots between two.
        let components = Path::new(text).components().filter(|component| *component != Component::CurDir);
        let parts: Vec<Part> = components.map(part).collect();
        let needs_directory = text.ends_with('/');
        let takes_directories = needs_directory || !matches!(parts.last(), Some(Part::Wild(_)));
        Self { parts, takes_directories, needs_directory }
    }
}

impl Patterns {
    pub fn of(texts: &[String]) -> Self {
        Self { list: texts.iter().map(|text| Split::of(text)).collect() }
    }

    /// Where the directory is that the patterns are relative to.
    pub fn start(&self) -> Vec<State> {
        let mut states = Vec::new();
        for pattern in 0..self.list.len() {
            self.enter((pattern, 0), &mut states);
        }
        states
    }

    /// Adds a state, and what it includes: `**` may be no directory at all.
    fn enter(&self, (pattern, matched): State, states: &mut Vec<State>) {
        let parts = &self.list[pattern].parts;
        for matched in matched..=parts.len() {
            if !states.contains(&(pattern, matched)) {
                states.push((pattern, matched));
            }
            if !matches!(parts.get(matched), Some(Part::Any)) || matched + 1 == parts.len() {
                break;
            }
        }
    }

    /// The names that are looked for as they are.
    pub fn names(&self, states: &[State]) -> Vec<&OsStr> {
        let name = |(pattern, matched): &State| match self.list[*pattern].parts.get(*matched) {
            Some(Part::Name(name)) => Some(name.as_os_str()),
            _ => None,
        };
        let mut names: Vec<&OsStr> = states.iter().filter_map(name).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Whether any other name could match.
    pub fn has_wild(&self, states: &[State]) -> bool {
        let is_wild =
            |(pattern, matched): &State| !matches!(self.list[*pattern].parts.get(*matched), Some(Part::Name(_)));
        states.iter().any(is_wild)
    }

    pub fn step(&self, states: &[State], name: &OsStr, which: Which) -> Step {
        let mut step = Step::default();
        let lossy = name.to_string_lossy();
        for (pattern, matched) in states.iter().copied() {
            let Split { parts, takes_directories, needs_directory } = &self.list[pattern];
            let (is_last, part) = (matched + 1 == parts.len(), parts.get(matched));
            let is_match = match (part, which) {
                (Some(Part::Name(own)), Which::Named) => own == name,
                (Some(Part::Wild(wild)), Which::Wild) => wild.matches_with(&lossy, OPTIONS),
                (None | Some(Part::Any), Which::Wild) => true,
                _ => false,
            };
            if !is_match {
                continue;
            }
            match part {
                None | Some(Part::Any) => {
                    if is_last || part.is_none() {
                        step.matched.push(pattern);
                    }
                    self.enter((pattern, matched), &mut step.below);
                }
                Some(_) if is_last => {
                    if !needs_directory {
                        step.matched.push(pattern);
                    }
                    if *takes_directories {
                        self.enter((pattern, matched + 1), &mut step.below);
                    }
                }
                Some(_) => self.enter((pattern, matched + 1), &mut step.below),
            }
        }
        step
    }

    /// Both kinds of parts.
    fn step_any(&self, states: &[State], name: &OsStr) -> Step {
        let Step { mut matched, mut below } = self.step(states, name, Which::Named);
        let wild = self.step(states, name, Which::Wild);
        matched.extend(wild.matched);
        below.extend(wild.below);
        below.sort_unstable();
        below.dedup();
        Step { matched, below }
    }

    /// Whether a file of this path, relative as the patterns are, matches any of them.
    pub fn matches(&self, path: &Path) -> bool {
        let mut states = self.start();
        let mut names = path.iter().peekable();
        while let Some(name) = names.next() {
            let step = self.step_any(&states, name);
            if names.peek().is_none() {
                return !step.matched.is_empty();
            }
            states = step.below;
        }
        false
    }

    /// Whether every file in a directory does.
    pub fn cover(&self, directory: &Path) -> bool {
        let states = directory.iter().fold(self.start(), |states, name| self.step_any(&states, name).below);
        let is_all = |(pattern, matched): &State| matches!(&self.list[*pattern].parts[*matched..], [] | [Part::Any]);
        states.iter().any(is_all)
    }

    pub const fn len(&self) -> usize {
        self.list.len()
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::ffi::OsStrExt as _;

    use rand::rngs::StdRng;
    use rand::{Rng as _, SeedableRng as _};

    use super::*;

    fn patterns(texts: &[&str]) -> Patterns {
        Patterns::of(&texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn paths_match_or_do_not() {
        for (pattern, matching, others) in [
            ("a", &["a", "a/b", "a/b/c"][..], &["b", "b/a", "ab"][..]),
            ("a/", &["a/b", "a/b/c"], &["a", "b/a"]),
            ("./a//b/.", &["a/b"], &["a", "b"]),
            ("a/*.ts", &["a/b.ts", "a/.ts"], &["a/b.js", "a/b/c.ts", "b.ts"]),
            ("*", &["a", ".a"], &["a/b"]),
            ("*/", &["a/b", "a/b/c"], &["a"]),
            ("a/*/b", &["a/x/b", "a/x/b/c"], &["a/b", "a/x/y/b"]),
            ("**", &["a", "a/b"], &[]),
            ("a/**", &["a/b", "a/b/c"], &["a", "b/c"]),
            ("**/b", &["b", "a/b", "a/a/b", "a/b/c"], &["a"]),
            ("a/**/b", &["a/b", "a/x/b", "a/x/y/b"], &["a", "b"]),
            ("**/**/b?", &["bx", "a/bx"], &["b", "a/b"]),
            ("[ab]/[!c]", &["a/b", "b/x"], &["a/c", "c/a"]),
            ("../a", &["../a"], &["a"]),
            (".", &["a", "a/b"], &[]),
            // These are no patterns.
            ("a**", &["a**"], &["a", "ab"]),
            ("[", &["["], &["a"]),
        ] {
            let patterns = patterns(&[pattern]);
            for path in matching {
                assert!(patterns.matches(Path::new(path)), "{pattern} {path}");
            }
            for path in others {
                assert!(!patterns.matches(Path::new(path)), "{pattern} {path}");
            }
        }
        let odd = Path::new(OsStr::from_bytes(b"a/\xff\n.ts"));
        assert!(patterns(&["a/*.ts"]).matches(odd) && patterns(&["x", "**/*.ts"]).matches(odd));
        assert!(!patterns(&[]).matches(odd));
    }

    #[test]
    fn directories_are_covered_or_not() {
        for (pattern, covered, others) in [
            ("a", &["a", "a/b"][..], &["b"][..]),
            ("a/**", &["a", "a/b"], &["b"]),
            ("**", &["a"], &[]),
            ("a/**/b", &["a/b", "a/x/b/c"], &["a", "a/x"]),
            ("a/*", &[], &["a", "a/b"]),
            ("a/*/", &["a/b"], &["a"]),
        ] {
            let patterns = patterns(&[pattern]);
            assert!(covered.iter().all(|path| patterns.cover(Path::new(path))), "{pattern}");
            assert!(others.iter().all(|path| !patterns.cover(Path::new(path))), "{pattern}");
        }
    }

    /// What the crate `glob` makes of a whole path, and of the directories above it.
    #[test]
    fn names_compared_one_by_one_match_as_paths_do() {
        let mut random = StdRng::seed_from_u64(7);
        let mut pick = |from: &[&str], most: usize| {
            let count = random.gen_range(1..=most);
            (0..count).map(|_| from[random.gen_range(0..from.len())].to_owned()).collect::<Vec<_>>()
        };
        let mut matching = 0;
        for _ in 0..30_000 {
            let pattern = pick(&["a", "b", "*", "**", "?b", "a*", "[ab]", ".a"], 4).join("/");
            let path = pick(&["a", "b", "ab", ".a"], 4).join("/");
            let whole = Pattern::new(&pattern).unwrap();
            let takes_directories = !whole.as_str().rsplit('/').next().unwrap().contains(['?', '[', '*']);
            let above = Path::new(&path).ancestors().skip(1).filter_map(Path::to_str).filter(|path| !path.is_empty());
            let expected = whole.matches_with(&path, OPTIONS)
                || takes_directories && above.into_iter().any(|above| whole.matches_with(above, OPTIONS));
            assert_eq!(patterns(&[&pattern]).matches(Path::new(&path)), expected, "{pattern} {path}");
            matching += usize::from(expected);
        }
        assert!((3_000..27_000).contains(&matching), "{matching}");
    }
}
