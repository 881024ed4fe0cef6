//! The files of a project that decide about a dev shell of Nix: the one that has it, flake.lock, and what they name, found
//! without evaluating anything.

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use super::{Content, Project, ProjectError};
use crate::files::most;
use crate::host::Host;
use crate::manifest::{NIX_FILES, Nix, NixPlace};
use crate::nix::{Literal, named};

/// So many files are followed. nixpkgs has 30,000 in all.
const MOST: usize = 4000;

/// The files that decide about a dev shell.
#[derive(Debug)]
pub struct NixFiles {
    /// The file that has the dev shell.
    pub main: NixMain,
    /// The files by their names from the manifest's directory, and what is in them; `None` for one that is not there.
    pub files: Vec<(String, Option<Arc<Content>>)>,
    /// Directories, of which the names in them count.
    pub directories: Vec<PathBuf>,
    /// Files that are too large to be read, of which the stamp counts.
    pub large: Vec<PathBuf>,
}

/// The file that has a dev shell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NixMain {
    /// From the manifest's directory.
    pub name: String,
    pub is_flake: bool,
}

impl NixMain {
    /// Its directory, from the manifest's; empty for that one.
    pub fn directory(&self) -> &str {
        self.name.rsplit_once('/').map_or("", |(directory, _)| directory)
    }
}

impl Project {
    /// The file that has a dev shell; `None` if there is none.
    pub fn nix_main(&self, nix: &Nix) -> Option<NixMain> {
        let name = match &nix.place {
            NixPlace::Usual => (*NIX_FILES.iter().find(|name| self.root.join(name).is_file())?).to_owned(),
            NixPlace::Flake(directory) if directory.is_empty() => NIX_FILES[0].to_owned(),
            NixPlace::Flake(directory) => format!("{directory}/{}", NIX_FILES[0]),
            NixPlace::File(file) => file.clone(),
        };
        let is_flake = !matches!(nix.place, NixPlace::File(_)) && name.ends_with(NIX_FILES[0]);
        self.root.join(&name).is_file().then_some(NixMain { name, is_flake })
    }

    /// All files that decide about it; `None` if there is none that has it.
    pub fn nix_files(&self, host: &Host, nix: &Nix) -> Result<Option<NixFiles>, ProjectError> {
        let Some(main) = self.nix_main(nix) else { return Ok(None) };
        let files = NixFiles { main: main.clone(), files: Vec::new(), directories: Vec::new(), large: Vec::new() };
        let mut follower = Follower { project: self, host, files, seen: BTreeSet::new() };
        follower.file(&main.name, true)?;
        if main.is_flake {
            follower.file(&joined(main.directory(), "flake.lock"), false)?;
        }
        for name in &nix.watch {
            follower.place(name, true)?;
        }
        Ok(Some(follower.files))
    }
}

struct Follower<'a> {
    project: &'a Project,
    host: &'a Host,
    files: NixFiles,
    seen: BTreeSet<String>,
}

impl Follower<'_> {
    /// A file or a directory.
    fn place(&mut self, name: &str, counts_names: bool) -> Result<(), ProjectError> {
        if !self.project.has_directory(name) {
            return self.file(name, Path::new(name).extension().is_some_and(|extension| extension == "nix"));
        }
        let main = joined(name, "default.nix");
        if self.project.root.join(&main).is_file() {
            return self.file(&main, true);
        }
        if counts_names && self.seen.insert(format!("{name}/")) {
            self.files.directories.push(self.project.root.join(name));
        }
        Ok(())
    }

    /// A file, and if it is an expression, all that it names.
    fn file(&mut self, name: &str, is_expression: bool) -> Result<(), ProjectError> {
        if self.seen.len() >= MOST || !self.seen.insert(name.to_owned()) {
            return Ok(());
        }
        let content = match self.project.content(self.host, name, most::REQUIREMENTS) {
            Err(ProjectError::File(error)) if error.kind() == ErrorKind::FileTooLarge => {
                self.files.large.push(self.project.root.join(name));
                return Ok(());
            }
            Err(ProjectError::NotPlain(_)) => return Ok(()),
            content => content?,
        };
        self.files.files.push((name.to_owned(), content.clone()));
        let Some(content) = content.filter(|_| is_expression) else { return Ok(()) };
        let text = String::from_utf8_lossy(&content.bytes);
        let found = named(&text);
        let directory = name.rsplit_once('/').map_or("", |(directory, _)| directory);
        for Literal { path, is_from_root } in found.literals {
            let base = if is_from_root { self.files.main.directory().to_owned() } else { directory.to_owned() };
            // A whole project or repository is named as the source of a package.
            if let Some(name) = self.inside(&base, path.trim_start_matches('/')) {
                self.place(&name, found.reads_directories)?;
            }
        }
        Ok(())
    }

    /// The name of a path, from the manifest's directory if it is below that. `None` for a directory that the project is
    /// in.
    fn inside(&self, base: &str, path: &str) -> Option<String> {
        let mut whole = PathBuf::new();
        for component in self.project.root.join(base).join(path).components() {
            match component {
                Component::ParentDir => drop(whole.pop()),
                Component::CurDir => {}
                other => whole.push(other),
            }
        }
        if self.project.root.starts_with(&whole) {
            return None;
        }
        let name = whole.strip_prefix(&self.project.root).unwrap_or(&whole);
        name.to_str().map(str::to_owned)
    }
}

fn joined(directory: &str, name: &str) -> String {
    if directory.is_empty() { name.to_owned() } else { Path::new(directory).join(name).to_string_lossy().into_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest;

    #[test]
    fn what_an_expression_names_is_followed() {
        let place = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = place.path().join("p").join(name);
            fs_err::create_dir_all(path.parent().unwrap()).unwrap();
            fs_err::write(path, text).unwrap();
        };
        write("devshell.json", r#"{ "nix": { "watch": ["pin.txt", "list"] } }"#);
        write("flake.nix", "{ outputs = x: import ./nix { src = ./.; t = builtins.readFile ./toolchain.txt; }; }");
        write("nix/default.nix", "x: [ ./a.nix ../../shared.nix \"${self}/b.txt\" ./names ./gone ]");
        write("nix/a.nix", "builtins.readDir ./names");
        write("nix/names/one", "");
        write("../shared.nix", "./deeper.nix");
        write("b.txt", "");
        write("toolchain.txt", "");
        write("list/x", "");
        let host = Host::snapshot(Some(place.path())).unwrap();
        let project = Project::of(&host, &place.path().join("p/devshell.json")).unwrap();
        let manifest = manifest::parse("devshell.json", &project.manifest_text).unwrap();
        let found = project.nix_files(&host, manifest.default.nix.as_ref().unwrap()).unwrap().unwrap();
        assert_eq!(found.main, NixMain { name: "flake.nix".into(), is_flake: true });
        let shown = |(name, content): &(String, Option<Arc<Content>>)| {
            let name = name.replace(&*place.path().canonicalize().unwrap().to_string_lossy(), "..");
            format!("{name}{}", if content.is_some() { "" } else { " is not there" })
        };
        let mut files: Vec<String> = found.files.iter().map(shown).collect();
        files.sort();
        let expected = [
            "../deeper.nix is not there",
            "../shared.nix",
            "b.txt",
            "flake.lock is not there",
            "flake.nix",
            "nix/a.nix",
            "nix/default.nix",
            "nix/gone is not there",
            "pin.txt is not there",
            "toolchain.txt",
        ];
        assert_eq!(files, expected);
        let directories = found.directories.iter().map(|path| path.strip_prefix(&project.root).unwrap().to_owned());
        assert_eq!(directories.collect::<Vec<_>>(), [PathBuf::from("nix/names"), PathBuf::from("list")]);
    }
}
