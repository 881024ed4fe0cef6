//! What dpkg prints while it configures packages: which of them failed, and what their scripts printed last.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::io;
use std::path::Path;

use crate::files::{Beneath, bounded, most};
use crate::text::cause;

/// So many lines are kept of what a script prints.
const LAST: usize = 5;

/// What becomes of packages while their scripts run. A script prints what it likes, so only lines about these packages count.
#[derive(Debug)]
pub struct Report<'a> {
    packages: BTreeSet<&'a str>,
    /// Whether any package was set up.
    pub has_begun: bool,
    /// The package whose script runs.
    current: Option<String>,
    last: VecDeque<String>,
    failed: BTreeMap<String, Vec<String>>,
    /// Those that failed before they would have been unpacked, whatever becomes of them later.
    unprepared: BTreeMap<String, Vec<String>>,
}

/// A package whose script failed, and the last lines of what it printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    pub package: String,
    pub lines: Vec<String>,
}

impl<'a> Report<'a> {
    pub fn of(packages: impl Iterator<Item = &'a str>) -> Self {
        let (last, failed, unprepared) = (VecDeque::new(), BTreeMap::new(), BTreeMap::new());
        Self { packages: packages.collect(), has_begun: false, current: None, last, failed, unprepared }
    }

    pub fn hear(&mut self, line: &[u8]) {
        let line = String::from_utf8_lossy(line);
        let line = line.trim_end();
        log::debug!("{line}");
        let about = |begin: &str| {
            let name = line.strip_prefix(begin)?.split([' ', ':']).next()?;
            Some(name.to_owned()).filter(|name| self.packages.contains(name.as_str()))
        };
        let begun = ["Setting up ", "Preparing ", "Processing triggers for "].iter().find_map(|begin| about(begin));
        if let Some(package) = begun {
            self.has_begun |= line.starts_with("Setting up ");
            self.last.clear();
            // dpkg tries once more what failed.
            self.failed.remove(&package);
            self.current = Some(package);
        } else if let Some(package) = about("dpkg: error processing package ") {
            self.current = None;
            self.failed.insert(package, self.last.drain(..).collect());
        } else if let Some(package) = about("error preparing package ") {
            self.unprepared.insert(package, self.last.drain(..).collect());
        } else if let Some(package) = line.strip_suffix(" is already installed and configured") {
            // One that another one needed before its turn came.
            let package = package.trim().trim_start_matches("package ");
            self.failed.remove(package.split(':').next().unwrap_or_default());
        } else if !line.trim().is_empty() {
            if self.last.len() == LAST {
                self.last.pop_front();
            }
            self.last.push_back(cause(line));
        }
    }

    /// The last lines of what was printed.
    pub fn last(&self) -> Vec<String> {
        self.last.iter().cloned().collect()
    }

    /// The failures, and the further ones of these packages, which were not configured in the end: that of the package whose
    /// script ran last is a failure too.
    pub fn end(mut self, unconfigured: &BTreeSet<String>) -> (Vec<Failure>, Vec<String>) {
        if let Some(package) = self.current.take().filter(|package| unconfigured.contains(package)) {
            self.failed.insert(package, self.last.drain(..).collect());
        }
        let is_named = |package: &&String| self.failed.contains_key(*package) || self.unprepared.contains_key(*package);
        let further = unconfigured.iter().filter(|package| !is_named(package)).cloned().collect();
        (self.failures(), further)
    }

    fn failures(self) -> Vec<Failure> {
        let mut all = self.unprepared;
        all.extend(self.failed);
        all.into_iter().map(|(package, lines)| Failure { package, lines }).collect()
    }
}

/// Where a prefix lists them.
const LIST: &str = ".devshell/failed";

/// Writes them into a prefix.
pub fn keep(failures: &[Failure], prefix: &Beneath) -> io::Result<()> {
    let list = Path::new(LIST);
    prefix.make_directories(list.parent().unwrap_or(list))?;
    let lines = failures.iter().map(|failure| format!("{}\t{}\n", failure.package, failure.lines.join("\t")));
    prefix.write(list, lines.collect::<String>().as_bytes(), 0o444)
}

/// Whether the packages of a prefix were configured, however that ended. Scripts cannot reach the list.
pub fn is_configured(prefix: &Path) -> bool {
    prefix.join(LIST).is_file()
}

/// Those of a prefix that is there.
pub fn kept(prefix: &Path) -> Vec<Failure> {
    let text = bounded::read_text(&prefix.join(LIST), most::DESCRIPTION).unwrap_or_default();
    let failure = |line: &str| {
        let mut words = line.split('\t').map(str::to_owned);
        Some(Failure { package: words.next()?, lines: words.collect() })
    };
    text.lines().filter_map(failure).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_that_fails_is_named_with_its_last_lines() {
        let text = "Setting up a:amd64 (1) ...\nfine\nSetting up b (2) ...\n1\n2\n3\n4\n5\n\nbad \x1b[31mword\n\
                    dpkg: error processing package b (--configure):\n installed b package post-installation script\n\
                    Setting up c (3) ...\nlater\ndpkg: error processing package c (--configure):\n\
                    Preparing d\nno\nerror preparing package d\nSetting up c (3) ...\nSetting up d (3) ...\n\
                    dpkg: error processing package a (--configure):\n package a:amd64 is already installed and configured\n";
        let mut report = Report::of(["a", "b", "c", "d"].into_iter());
        text.lines().for_each(|line| report.hear(line.as_bytes()));
        assert!(report.has_begun);
        let found = report.failures();
        let names: Vec<_> = found.iter().map(|failure| failure.package.as_str()).collect();
        assert_eq!(names, ["b", "d"]);
        assert_eq!(found[0].lines[..4], ["2", "3", "4", "5"]);
        assert!(!found[0].lines[4].contains('\x1b'), "{:?}", found[0].lines);
        assert_eq!(found[1].lines, ["no"]);
    }

    #[test]
    fn what_was_not_configured_is_named_too() {
        let mut report = Report::of(["a", "b", "c"].into_iter());
        let text =
            "Setting up a (1) ...\ndpkg: error processing package x (--configure):\nSetting up b (1) ...\nlast words\n";
        text.lines().for_each(|line| report.hear(line.as_bytes()));
        report.hear(&vec![b'x'; 100_000]);
        let (failures, further) = report.end(&["b", "c"].map(str::to_owned).into());
        assert_eq!(failures.len(), 1, "{failures:?}");
        assert_eq!((failures[0].package.as_str(), failures[0].lines[0].as_str()), ("b", "last words"));
        assert!(failures[0].lines[1].len() < 1000);
        assert_eq!(further, ["c"]);
    }
}
