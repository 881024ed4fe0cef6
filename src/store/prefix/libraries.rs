//! Whether a program finds its libraries, as the loader would (ld.so(8)): where the program and the libraries say,
//! and with a `DT_RPATH` also where what loaded them says. The directories of the host do not count.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ffi::CStr;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use elb::{DynamicTag, Elf};

use super::{elf_check, patch};
use crate::files::{bounded, most};

/// What a program or library names.
#[derive(Default)]
pub struct Object {
    pub loader: Option<PathBuf>,
    needed: Vec<String>,
    rpath: Vec<String>,
    runpath: Vec<String>,
}

impl Object {
    /// `None` for what is no program that devshell understands.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        if !elf_check::is_sound(bytes) {
            return None;
        }
        let mut file = Cursor::new(bytes);
        let elf = Elf::read(&mut file, patch::PAGE).ok()?;
        let loader = elf.read_interpreter(&mut file).ok()?.map(|path| patch::as_path(&path).to_owned());
        let Some(table) = elf.read_dynamic_table(&mut file).ok()? else {
            return Some(Self { loader, ..Self::default() });
        };
        let strings = elf.read_dynamic_string_table(&mut file).ok()??;
        let mut object = Self { loader, ..Self::default() };
        for (tag, value) in table.into_inner() {
            let text = || usize::try_from(value).ok().and_then(|offset| strings.get_string(offset)).map(lossy);
            let paths = || text().iter().flat_map(|text| text.split(':')).map(str::to_owned).collect();
            match tag {
                DynamicTag::Needed => object.needed.extend(text()),
                DynamicTag::Rpath => object.rpath = paths(),
                DynamicTag::Runpath => object.runpath = paths(),
                _ => {}
            }
        }
        Some(object)
    }
}

fn lossy(text: &CStr) -> String {
    text.to_string_lossy().into_owned()
}

/// Libraries that were read, by their paths.
#[derive(Default)]
pub struct Libraries(BTreeMap<PathBuf, Option<Rc<Object>>>);

/// The libraries that a program is loaded with, and the first that is not there, if one is not.
pub struct Loaded {
    pub libraries: BTreeSet<PathBuf>,
    pub missing: Option<String>,
}

/// Something that is loaded: its directory, and where it lets its libraries be looked for.
struct Loading {
    object: Rc<Object>,
    directory: PathBuf,
    /// The `DT_RPATH` of those that it was loaded by.
    inherited: Vec<PathBuf>,
}

impl Libraries {
    /// One that was read by others.
    pub fn add(&mut self, path: PathBuf, object: Option<Object>) {
        self.0.insert(path, object.map(Rc::new));
    }

    pub fn load(&mut self, program: &Path, object: Object) -> Loaded {
        let mut loaded = Loaded { libraries: BTreeSet::new(), missing: None };
        let mut names: BTreeSet<String> = BTreeSet::new();
        let directory = program.parent().unwrap_or(Path::new("/")).to_owned();
        let mut waiting: VecDeque<Loading> =
            [Loading { object: Rc::new(object), directory, inherited: Vec::new() }].into();
        while let Some(loading) = waiting.pop_front() {
            let searched = loading.searched();
            for name in &loading.object.needed {
                if !names.insert(name.clone()) {
                    continue;
                }
                let path = if name.contains('/') {
                    Some(PathBuf::from(name)).filter(|path| path.is_file())
                } else {
                    searched.iter().map(|directory| directory.join(name)).find(|path| path.is_file())
                };
                let Some(path) = path.and_then(|path| fs_err::canonicalize(path).ok()) else {
                    loaded.missing.get_or_insert_with(|| name.clone());
                    continue;
                };
                let inherited = if loading.object.runpath.is_empty() { searched.clone() } else { Vec::new() };
                if let Some(object) = self.read(&path) {
                    let directory = path.parent().unwrap_or(Path::new("/")).to_owned();
                    waiting.push_back(Loading { object, directory, inherited });
                }
                loaded.libraries.insert(path);
            }
        }
        loaded
    }

    fn read(&mut self, path: &Path) -> Option<Rc<Object>> {
        if !self.0.contains_key(path) {
            let object = bounded::read(path, most::PROGRAM).ok().and_then(|bytes| Object::read(&bytes));
            self.0.insert(path.to_owned(), object.map(Rc::new));
        }
        self.0.get(path).cloned().flatten()
    }
}

impl Loading {
    fn searched(&self) -> Vec<PathBuf> {
        let own = if self.object.runpath.is_empty() { &self.object.rpath } else { &self.object.runpath };
        let directory = self.directory.to_string_lossy();
        let own = own.iter().map(|entry| entry.replace("${ORIGIN}", "$ORIGIN").replace("$ORIGIN", &directory));
        let mut searched: Vec<PathBuf> = own.map(PathBuf::from).filter(|entry| entry.is_absolute()).collect();
        if self.object.runpath.is_empty() {
            searched.extend(self.inherited.iter().cloned());
        }
        searched
    }
}
