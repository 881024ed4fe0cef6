//! What recipes have made beside the files of packages: what maintainer scripts would have left
//! that programs need.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use super::keystore;
use super::{PrefixError, Site};
use crate::catalog::recipe::{Found, Place, Step};
use crate::child::{self, Child};
use crate::files::{bounded, most, relative};

/// How much of a program's output goes into a message, in lines.
const MOST_SAID: usize = 5;

/// Makes the files.
pub fn files(site: &Site, package: &str, found: &Found) -> Result<(), PrefixError> {
    let making = Making::of(site, found);
    found.recipe.make.iter().try_for_each(|step| making.file(step)).map_err(|error| failed(package, &error))
}

/// Runs the programs, when the prefix is in its place.
pub fn run(site: &Site, package: &str, found: &Found) -> Result<(), PrefixError> {
    let making = Making::of(site, found);
    found.recipe.make.iter().try_for_each(|step| making.run(step)).map_err(|error| failed(package, &error))
}

fn failed(package: &str, error: &io::Error) -> PrefixError {
    PrefixError::Make { package: package.to_owned(), why: error.to_string() }
}

struct Making<'a> {
    site: &'a Site,
    found: &'a Found,
    prefix: String,
}

impl<'a> Making<'a> {
    fn of(site: &'a Site, found: &'a Found) -> Self {
        Self { site, found, prefix: site.place.to_string_lossy().into_owned() }
    }

    fn file(&self, step: &Step) -> io::Result<()> {
        match step {
            Step::Concatenate { concatenate, into } => {
                let parts = self.all(concatenate);
                if parts.is_empty() {
                    return Ok(());
                }
                let mut whole = Vec::new();
                for part in parts {
                    whole.extend(bounded::read(&part, most::DESCRIPTION.saturating_sub(whole.len() as u64))?);
                    if whole.last().is_some_and(|byte| *byte != b'\n') {
                        whole.push(b'\n');
                    }
                }
                self.write(into, &whole)
            }
            Step::Keystore { keystore, into } => {
                let certificates = self.all(keystore);
                if certificates.is_empty() { Ok(()) } else { self.write(into, &keystore::of(&certificates)?) }
            }
            Step::Link { link, to } => {
                let Some(target) = self.all(to).pop() else { return Ok(()) };
                if self.site.root.join(self.fill(link)).symlink_metadata().is_ok() {
                    return Ok(());
                }
                let target = target.strip_prefix(&self.site.root).map_err(io::Error::other)?;
                let (directory, inside) = self.site.claim(Path::new(&self.fill(link)))?;
                directory.symlink(&relative(&inside, target), &inside)
            }
            Step::Write { write, text } => self.write(write, self.fill(text).as_bytes()),
            Step::Edit { edit, replace } => {
                let files = self.all(edit);
                files.iter().try_for_each(|file| self.edit(file, replace))
            }
            Step::Run { .. } => Ok(()),
        }
    }

    fn run(&self, step: &Step) -> io::Result<()> {
        let Step::Run { run, set } = step else { return Ok(()) };
        let [program, arguments @ ..] = run.as_slice() else { return Ok(()) };
        let Some(program) = self.all(program).pop() else { return Ok(()) };
        let mut command = Child::new(&program, child::Place::Prefix(&self.site.root))?;
        for argument in arguments {
            let argument = self.fill(argument);
            // As a shell has it, a pattern of files becomes these files.
            match argument.strip_prefix(&format!("{}/", self.prefix)).filter(|inside| inside.contains('*')) {
                Some(pattern) => command.args(self.all(pattern)),
                None => command.arg(argument),
            };
        }
        // Nothing of the host bends what is made, and no one's home is written to.
        command.env("PATH", self.site.place.join("usr/bin")).env("HOME", "/nonexistent");
        for (name, value) in set {
            command.env(name.as_str(), self.fill(value));
        }
        let output = command.output()?;
        if output.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let said: Vec<&str> = said.lines().rev().take(MOST_SAID).collect();
        let said: Vec<&str> = said.into_iter().rev().collect();
        Err(io::Error::other(format!("`{}` ended with {}: {}", program.display(), output.status, said.join(" / "))))
    }

    /// The files that a pattern matches, sorted. A recipe is for many versions of its package,
    /// and what one of them does not have is made into nothing.
    fn all(&self, pattern: &str) -> Vec<PathBuf> {
        let root = glob::Pattern::escape(&self.site.root.to_string_lossy());
        let found = glob::glob(&format!("{root}/{}", self.fill(pattern)));
        found.into_iter().flatten().filter_map(Result::ok).collect()
    }

    fn edit(&self, file: &Path, texts: &BTreeMap<String, String>) -> io::Result<()> {
        // What a link leads to is edited where it is.
        if !fs_err::symlink_metadata(file)?.is_file() {
            return Ok(());
        }
        let before = bounded::read(file, most::PROGRAM)?;
        // In a program, what follows a text has to stay where it is; a path may end in slashes.
        let is_program = before.starts_with(b"\x7fELF");
        let pair = |(from, to): (&String, &String)| {
            let (from, to) = (self.fill(from), self.fill(to));
            let width = if is_program { from.len() } else { 0 };
            (from.into_bytes(), format!("{to:/<width$}"))
        };
        let texts: Vec<(Vec<u8>, String)> = texts.iter().map(pair).filter(|(from, _)| !from.is_empty()).collect();
        if is_program && texts.iter().any(|(from, to)| to.len() > from.len()) {
            return Err(io::Error::other(format!("`{}` has no room for it", file.display())));
        }
        let after = replaced(&before, &texts);
        if after == before { Ok(()) } else { self.site.replace(file, &after) }
    }

    fn write(&self, inside: &str, bytes: &[u8]) -> io::Result<()> {
        let (directory, inside) = self.site.claim(Path::new(&self.fill(inside)))?;
        directory.write(&inside, bytes, if bytes.starts_with(b"#!") { 0o555 } else { 0o444 })
    }

    fn fill(&self, text: &str) -> String {
        self.found.fill(text, Place { prefix: &self.prefix, certificates: None, platform: self.site.platform })
    }
}

/// A text in which others are replaced, the longest first, in one pass: what was put in is not
/// looked at again.
fn replaced(text: &[u8], texts: &[(Vec<u8>, String)]) -> Vec<u8> {
    let mut result = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, behind)) = rest.split_first() {
        let fitting =
            texts.iter().filter(|(from, _)| rest.starts_with(from.as_slice())).max_by_key(|(from, _)| from.len());
        match fitting {
            Some((from, to)) => {
                result.extend_from_slice(to.as_bytes());
                rest = &rest[from.len()..];
            }
            None => {
                result.push(*first);
                rest = behind;
            }
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_put_in_is_not_looked_at_again() {
        let texts = [(b"/usr/lib".to_vec(), "/p/usr/lib".to_owned()), (b"/usr".to_vec(), "/q".to_owned())];
        assert_eq!(replaced(b"x=/usr/lib:/usr/bin\xff", &texts), b"x=/p/usr/lib:/q/bin\xff");
    }
}
