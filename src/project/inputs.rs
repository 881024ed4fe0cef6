//! The files that consent covers: all that decides what a project does to a shell. Each is opened once, and what is
//! read here is what is applied. Refuses to leave one out because it is not there: that counts as well.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::os::unix::fs::FileTypeExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Content, PYPROJECT, Project, ProjectError, check};
use crate::files::{Time, most};
use crate::host::Host;
use crate::manifest::{self, Kind, Manifest, Named, Nix, OwnProject};

/// What a file has a say in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Manifest,
    Lock,
    EnvFile,
    /// Which Python packages are wanted.
    Requirements,
    /// Which Rust is wanted.
    Toolchain,
    /// The project's own package: its commands, and where its modules are.
    Pyproject,
    /// npm's settings of the project: where packages come from.
    Npmrc,
    /// What each start of the project's Python runs.
    Startup,
    /// What `hooks.enter` names.
    Hook,
    /// The dev shell of Nix that the environment begins with.
    Nix,
}

/// A file that consent covers.
#[derive(Clone, Debug)]
pub struct Input {
    /// From the project's directory.
    pub name: String,
    pub path: PathBuf,
    pub role: Role,
    /// `None` when there is no such file.
    pub bytes: Option<Vec<u8>>,
    /// When it was last changed.
    pub time: Time,
    /// Whether a program writes it for each reader, so that its time says nothing.
    pub is_pipe: bool,
    /// What of its bytes counts, when that is not all.
    counts: Option<String>,
}

impl Input {
    /// What of the file counts; `None` when there is no such file.
    pub fn counts(&self) -> Option<Cow<'_, [u8]>> {
        let bytes = self.bytes.as_deref()?;
        Some(self.counts.as_ref().map_or(Cow::Borrowed(bytes), |counts| Cow::Borrowed(counts.as_bytes())))
    }

    /// What of the file counts, when that is not all of it: of `pyproject.toml` a JSON object.
    pub fn substance(&self) -> Option<&str> {
        self.counts.as_deref()
    }
}

/// All files that consent covers.
#[derive(Clone, Debug)]
pub struct Inputs {
    files: Vec<Input>,
    /// Files that are not among them and say what of those counts, with the time of each that is there.
    beside: Vec<(PathBuf, Option<Time>)>,
    /// What runs by itself and cannot be followed, as it would follow “consent does not cover”.
    pub beyond: Vec<String>,
}

impl Inputs {
    pub fn files(&self) -> &[Input] {
        &self.files
    }

    /// The text of the project's `.npmrc`.
    pub fn npmrc(&self) -> Option<&str> {
        let file = self.files.iter().find(|file| file.role == Role::Npmrc)?;
        std::str::from_utf8(file.bytes.as_deref()?).ok()
    }

    /// All files whose change, coming or going can change anything of this, and whether each is there. A pipe has no
    /// change that can be seen.
    pub fn watched(&self) -> impl Iterator<Item = (&Path, bool)> {
        let files =
            self.files.iter().filter(|file| !file.is_pipe).map(|file| (file.path.as_path(), file.bytes.is_some()));
        files.chain(self.beside.iter().map(|(path, time)| (path.as_path(), time.is_some())))
    }

    /// When the youngest of them was changed.
    pub fn changed(&self) -> Time {
        let beside = self.beside.iter().filter_map(|(_, time)| *time);
        self.files.iter().map(|file| file.time).chain(beside).max().unwrap_or_default()
    }
}

/// The project's own settings of npm.
const NPMRC: &str = ".npmrc";
/// What `site` of Python imports from where modules are.
const STARTUP: [&str; 4] =
    ["sitecustomize.py", "usercustomize.py", "sitecustomize/__init__.py", "usercustomize/__init__.py"];

/// What counts of a pipe. No env file has this text.
const PIPE: &str = "\0a pipe";

fn is_pipe(path: &Path) -> bool {
    fs_err::metadata(path).is_ok_and(|metadata| metadata.file_type().is_fifo())
}

struct Collector<'a> {
    project: &'a Project,
    host: &'a Host,
    inputs: Inputs,
    paths: BTreeSet<PathBuf>,
}

/// Reads all files that consent covers, but those that were read before. Nothing in them is run.
pub(super) fn of(project: &Project, host: &Host, manifest: &Manifest) -> Result<Inputs, ProjectError> {
    let inputs = Inputs { files: Vec::new(), beside: Vec::new(), beyond: Vec::new() };
    let mut collector = Collector { project, host, inputs, paths: BTreeSet::new() };
    collector.texts()?;
    for file in &manifest.default.env_files {
        collector.env_file(file)?;
    }
    if let Some(python) = &manifest.python {
        collector.python(manifest)?;
        for file in python.texts.keys() {
            let most = if Kind::of(file).is_lock() { most::PACKAGE_LOCK } else { most::REQUIREMENTS };
            collector.add(file, Role::Requirements, most)?;
        }
    }
    if let Some(nix) = &manifest.default.nix {
        collector.nix(nix)?;
    }
    for file in manifest.toolchain_files() {
        collector.add(&file, Role::Toolchain, most::REQUIREMENTS)?;
    }
    collector.add(NPMRC, Role::Npmrc, most::SETTINGS)?;
    if let Some(line) = &manifest.hooks.enter {
        collector.hook(&manifest::follow(line, &manifest.default))?;
    }
    Ok(collector.inputs)
}

impl Collector<'_> {
    /// The manifest and the lock.
    fn texts(&mut self) -> Result<(), ProjectError> {
        let project = self.project;
        self.paths.insert(project.manifest_path.clone());
        self.inputs.files.push(Input {
            name: project.manifest_name(),
            path: project.manifest_path.clone(),
            role: Role::Manifest,
            bytes: project.implied.is_none().then(|| project.manifest_text.clone().into_bytes()),
            time: project.changed,
            is_pipe: false,
            counts: None,
        });
        let (text, time) = project.checked_lock(self.host)?;
        self.paths.insert(project.lock_path.clone());
        self.inputs.files.push(Input {
            name: project.lock_name().to_owned(),
            path: project.lock_path.clone(),
            role: Role::Lock,
            bytes: text.map(|text| text.as_bytes().to_vec()),
            time,
            is_pipe: false,
            counts: None,
        });
        Ok(())
    }

    /// The project's own package, which a dev shell has as soon as it has a Python.
    fn python(&mut self, manifest: &Manifest) -> Result<(), ProjectError> {
        self.add(PYPROJECT, Role::Pyproject, most::REQUIREMENTS)?;
        let own = self.project.own_projects(self.host, manifest)?;
        for own in &own.projects {
            let is_directory = |path: &str| self.project.has_directory(path);
            // What setuptools' older files say is in it as well.
            let (deciding, modules) = (own.deciding(is_directory).to_string(), own.modules(is_directory));
            let [pyproject, older @ ..] = OwnProject::FILES.map(|name| OwnProject::path_in(&own.directory, name));
            self.add(&pyproject, Role::Pyproject, most::REQUIREMENTS)?;
            let path = self.project.root.join(&pyproject);
            match self.inputs.files.iter_mut().find(|input| input.path == path && input.bytes.is_some()) {
                Some(input) if input.role == Role::Pyproject => input.counts = Some(deciding),
                Some(_) => {}
                None => older.iter().try_for_each(|name| self.add(name, Role::Pyproject, most::REQUIREMENTS))?,
            }
            for directory in &modules.directories {
                for name in STARTUP {
                    let name = if directory.is_empty() { name.to_owned() } else { format!("{directory}/{name}") };
                    self.add(&name, Role::Startup, most::HOOK)?;
                }
            }
        }
        own.asked.iter().try_for_each(|name| self.watch(name))
    }

    /// What decides about a dev shell of Nix. What it computes is not followed, and no prompt evaluates it.
    fn nix(&mut self, nix: &Nix) -> Result<(), ProjectError> {
        let Some(found) = self.project.nix_files(self.host, nix)? else { return Ok(()) };
        for (name, content) in found.files {
            self.put(&name, Role::Nix, content);
        }
        self.inputs.beyond.extend(found.large.iter().map(|path| format!("`{}`, which is too large", path.display())));
        Ok(())
    }

    /// Notes a file that was read already, if it is not one of those that consent covers.
    fn watch(&mut self, name: &str) -> Result<(), ProjectError> {
        let path = self.project.root.join(name);
        if !self.paths.contains(&path) {
            let content = self.project.content(self.host, name, most::REQUIREMENTS)?;
            self.inputs.beside.push((path, content.map(|content| content.time())));
        }
        Ok(())
    }

    /// What a hook names, below the project's directory.
    fn hook(&mut self, followed: &manifest::Followed) -> Result<(), ProjectError> {
        for Named { path, is_code } in &followed.files {
            let full = self.project.root.join(path);
            if !full.starts_with(&self.project.root) {
                continue;
            }
            match self.project.content(self.host, path, most::HOOK) {
                // Of these only one that is there can be meant.
                Ok(None) if !is_code => {}
                Err(ProjectError::NotPlain(path)) if !is_code || path.is_dir() => {}
                Err(ProjectError::File(error)) if !is_code && error.kind() == ErrorKind::FileTooLarge => {
                    self.inputs.beyond.push(format!("`{path}`, which is too large"));
                }
                Err(error) => return Err(error),
                Ok(_) => self.add(path, Role::Hook, most::HOOK)?,
            }
        }
        self.inputs.beyond.extend(followed.beyond.iter().cloned());
        Ok(())
    }

    /// A pipe is not opened before the project is allowed: a program of the user's writes what is in it, so consent
    /// covers that it is one.
    fn env_file(&mut self, name: &str) -> Result<(), ProjectError> {
        let path = self.project.root.join(name);
        if !is_pipe(&path) {
            let content = self.project.env_file(self.host, name)?;
            self.put(name, Role::EnvFile, content);
        } else if self.paths.insert(path.clone()) {
            check(self.host, &path, &fs_err::metadata(&path)?)?;
            let (name, bytes, counts) = (name.to_owned(), Some(Vec::new()), Some(PIPE.to_owned()));
            let time = Time::default();
            self.inputs.files.push(Input { name, path, role: Role::EnvFile, bytes, time, is_pipe: true, counts });
        }
        Ok(())
    }

    fn add(&mut self, name: &str, role: Role, most: u64) -> Result<(), ProjectError> {
        // What was read already is not read again.
        let content = self.project.content(self.host, name, most)?;
        self.put(name, role, content);
        Ok(())
    }

    fn put(&mut self, name: &str, role: Role, content: Option<Arc<Content>>) {
        let path = self.project.root.join(name);
        if !self.paths.insert(path.clone()) {
            // Who runs a file has another eye on it than who reads requirements in it.
            let is_whole = !matches!(role, Role::Requirements | Role::Pyproject);
            self.inputs
                .files
                .iter_mut()
                .filter(|input| is_whole && input.path == path)
                .for_each(|input| input.counts = None);
            return;
        }
        let has_substance = role == Role::Requirements && !Kind::of(name).is_lock();
        let counts = content.as_ref().filter(|_| has_substance).and_then(|content| {
            let text = std::str::from_utf8(&content.bytes).ok()?;
            Some(manifest::substance(name, text))
        });
        self.inputs.files.push(Input {
            name: name.to_owned(),
            path,
            role,
            time: content.as_ref().map_or_else(Time::default, |content| content.time()),
            is_pipe: false,
            bytes: content.map(|content| content.bytes.clone()),
            counts,
        });
    }
}
