//! Programs and libraries (ELF, "System V Application Binary Interface"): which loader a program
//! names, and where it looks for libraries.
//!
//! A program gets the prefix's own loader and a `DT_RPATH` of the prefix's directories. It is that
//! rather than `DT_RUNPATH` since what a program's `DT_RPATH` says holds for the libraries of its
//! libraries too, and for those it loads later (ld.so(8)); and it is no variable, so programs that
//! are started by this one do not see it.

use std::ffi::{CStr, CString};
use std::io::Cursor;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use elb::{DynamicTag, Elf, ElfPatcher, Machine};

use super::{Site, elf_check};
use crate::catalog::recipe::Place;
use crate::files::{bounded, most};
use crate::store::entries;
use crate::store::unpack::MOST_BYTES;

/// The size that programs are laid out for, whatever the machine's pages are.
pub(super) const PAGE: u64 = 4096;

/// From this size on, in bytes, one program is patched at a time.
const LARGE: u64 = 64 << 20;

#[derive(Debug, thiserror::Error)]
pub enum PatchError {
    #[error(transparent)]
    Elf(#[from] elb::Error),
    #[error("it has a path with a NUL in it")]
    Nul(#[from] std::ffi::NulError),
    #[error("what was written cannot be read again")]
    Other,
    #[error("all patched programs together would become {} GiB larger", MOST_BYTES >> 30)]
    TooMuch,
}

/// The loader that a program names, as far as devshell understands the program.
pub fn loader(program: &[u8]) -> Option<PathBuf> {
    if !elf_check::is_sound(program) {
        return None;
    }
    let mut file = Cursor::new(program);
    let loader = Elf::read(&mut file, PAGE).ok()?.read_interpreter(&mut file).ok()??;
    Some(as_path(&loader).to_owned())
}

/// What is the same for all programs of a prefix.
pub struct Linkage {
    machine: Machine,
    /// The directories of libraries, as they will be.
    libraries: Vec<Vec<u8>>,
    /// By how many bytes the programs have grown.
    grown: AtomicU64,
    /// Held while a large program is in memory.
    turn: Mutex<()>,
}

impl Linkage {
    pub fn of(site: &Site) -> std::io::Result<Self> {
        let triplet = Place { prefix: "", certificates: None, platform: site.platform }.triplet();
        let mut directories = vec![PathBuf::from("usr/lib").join(triplet), PathBuf::from("usr/lib")];
        for file in entries(&site.root.join("etc/ld.so.conf.d"))? {
            let text = bounded::read_text(&file, most::DESCRIPTION)?;
            let lines = text.lines().map(str::trim).filter(|line| line.starts_with('/'));
            directories.extend(lines.filter_map(|line| site.find(Path::new(line))));
        }
        let mut libraries: Vec<Vec<u8>> = Vec::new();
        for directory in directories.into_iter().filter(|directory| site.root.join(directory).is_dir()) {
            let path = site.place.join(directory).as_os_str().as_bytes().to_vec();
            if !libraries.contains(&path) {
                libraries.push(path);
            }
        }
        let machine = if site.platform.arch() == "aarch64" { Machine::Aarch64 } else { Machine::X86_64 };
        Ok(Self { machine, libraries, grown: AtomicU64::new(0), turn: Mutex::new(()) })
    }

    /// Waits until no other large program is in memory, if this one is large.
    pub fn turn(&self, bytes: u64) -> Option<MutexGuard<'_, ()>> {
        (bytes > LARGE).then(|| self.turn.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// A program or library that works in the prefix; `None` when it is good as it is.
    pub fn adapted(&self, site: &Site, bytes: &[u8]) -> Result<Option<Vec<u8>>, PatchError> {
        self.adapted_with(site, bytes, &[])
    }

    /// The same. A library that needs one of these looks in the prefix's own directories too.
    pub fn adapted_with(&self, site: &Site, bytes: &[u8], shared: &[&str]) -> Result<Option<Vec<u8>>, PatchError> {
        let mut file = Cursor::new(bytes);
        // What is no program or library as this machine runs them (kernel modules, code for
        // other processors, what only begins like one) is data to whatever reads it.
        if !elf_check::is_sound(bytes) {
            return Ok(None);
        }
        let Ok(elf) = Elf::read(&mut file, PAGE) else { return Ok(None) };
        if elf.header.machine != self.machine {
            return Ok(None);
        }
        let Some(found) = Links::read(&elf, &mut file)? else { return Ok(None) };
        let interpreter = found.interpreter.as_deref().filter(|_| !found.is_library);
        let loader = interpreter.and_then(|interpreter| site.find(as_path(interpreter)));
        let needs_shared = found.needed.iter().any(|name| shared.iter().any(|one| name.to_bytes() == one.as_bytes()));
        let entries = self.search_path(site, &found, loader.is_some() || needs_shared);
        let search = entries.map(|entries| c_string(&entries.join(&b':'))).transpose()?;
        // It may have been adapted before.
        let is_so = needs_shared && loader.is_none() && !found.has_runpath && found.search == search;
        let wanted = Links {
            interpreter: loader.map(|loader| c_string(site.place.join(loader).as_os_str().as_bytes())).transpose()?,
            search: search.filter(|_| !is_so),
            ..Links::default()
        };
        if wanted.interpreter.is_none() && wanted.search.is_none() {
            return Ok(None);
        }
        let patched = write(elf, bytes.to_vec(), &wanted)?;
        check(&patched, &wanted)?;
        let growth = patched.len().saturating_sub(bytes.len()) as u64;
        if self.grown.fetch_add(growth, Ordering::Relaxed) + growth > MOST_BYTES {
            return Err(PatchError::TooMuch);
        }
        Ok(Some(patched))
    }

    /// Where libraries are looked for: where the file names them, as that is in the prefix; a program
    /// looks in the prefix's own directories too. `None` where nothing has to be changed.
    fn search_path(&self, site: &Site, found: &Links, uses_own: bool) -> Option<Vec<Vec<u8>>> {
        let said = found.search.as_deref().map(CStr::to_bytes).unwrap_or_default();
        let mut entries: Vec<Vec<u8>> = Vec::new();
        for entry in said.split(|byte| *byte == b':').filter(|entry| !entry.is_empty()) {
            if entry.starts_with(b"/") {
                let inside = site.find(Path::new(std::ffi::OsStr::from_bytes(entry)));
                entries.extend(inside.map(|inside| site.place.join(inside).as_os_str().as_bytes().to_vec()));
            } else {
                entries.push(entry.to_vec());
            }
        }
        if uses_own {
            entries.extend(
                self.libraries.iter().filter(|library| !entries.contains(library)).cloned().collect::<Vec<_>>(),
            );
            return Some(entries);
        }
        // A library with a `DT_RUNPATH` would not look where the program does.
        let is_bound = found.has_runpath || said.starts_with(b"/") || said.windows(2).any(|pair| pair == b":/");
        is_bound.then_some(entries)
    }
}

/// What a file says of its loader and libraries.
#[derive(Default)]
struct Links {
    interpreter: Option<CString>,
    search: Option<CString>,
    needed: Vec<CString>,
    has_runpath: bool,
    /// Libraries have names of their own. Some can be run, and say how, but the C library's own
    /// parts are loaded by the loader that is theirs.
    is_library: bool,
}

impl Links {
    /// `None` for what is linked to nothing.
    fn read(elf: &Elf, file: &mut Cursor<&[u8]>) -> Result<Option<Self>, PatchError> {
        let Some(table) = elf.read_dynamic_table(file)? else { return Ok(None) };
        let strings = elf.read_dynamic_string_table(file)?;
        let text = |tag: DynamicTag| {
            let offset = usize::try_from(table.get(tag)?).ok()?;
            strings.as_ref()?.get_string(offset).map(CStr::to_owned)
        };
        let runpath = text(DynamicTag::Runpath);
        let found = Self {
            interpreter: elf.read_interpreter(file)?,
            has_runpath: runpath.is_some(),
            search: runpath.or_else(|| text(DynamicTag::Rpath)),
            is_library: table.get(DynamicTag::SharedObjectName).is_some(),
            needed: Vec::new(),
        };
        let needed = table.into_inner().into_iter().filter(|(tag, _)| *tag == DynamicTag::Needed);
        let name = |offset| Some(strings.as_ref()?.get_string(usize::try_from(offset).ok()?)?.to_owned());
        Ok(Some(Self { needed: needed.filter_map(|(_, offset)| name(offset)).collect(), ..found }))
    }
}

fn write(elf: Elf, bytes: Vec<u8>, wanted: &Links) -> Result<Vec<u8>, PatchError> {
    let mut patcher = ElfPatcher::new(elf, Cursor::new(bytes));
    patcher.set_page_size(PAGE);
    if let Some(interpreter) = &wanted.interpreter {
        patcher.set_interpreter(interpreter)?;
    }
    match &wanted.search {
        None => {}
        // An empty path would be the current directory.
        Some(search) if search.is_empty() => {
            patcher.remove_dynamic_tag(DynamicTag::Runpath)?;
            patcher.remove_dynamic_tag(DynamicTag::Rpath)?;
        }
        Some(search) => patcher.set_dynamic_tag(DynamicTag::Rpath, search.as_c_str())?,
    }
    Ok(patcher.finish()?.into_inner())
}

/// Reads again what was written: a program that lost its loader looks like one that is
/// broken in another way.
fn check(bytes: &[u8], wanted: &Links) -> Result<(), PatchError> {
    let mut file = Cursor::new(bytes);
    let elf = Elf::read(&mut file, PAGE)?;
    let found = Links::read(&elf, &mut file)?.ok_or(PatchError::Other)?;
    let is_so = (wanted.interpreter.is_none() || found.interpreter == wanted.interpreter)
        && wanted
            .search
            .as_ref()
            .is_none_or(|search| found.search.unwrap_or_default() == *search && !found.has_runpath);
    if is_so { Ok(()) } else { Err(PatchError::Other) }
}

fn c_string(bytes: &[u8]) -> Result<CString, PatchError> {
    Ok(CString::new(bytes)?)
}

pub(super) fn as_path(text: &CStr) -> &Path {
    Path::new(std::ffi::OsStr::from_bytes(text.to_bytes()))
}

#[cfg(test)]
mod tests;
