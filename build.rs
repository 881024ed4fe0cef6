//! Names the start files of shells by what is in them, so that `devshell enter` need not read them all; packs long texts
//! that are rarely needed; and has the linker lay side by side what a warm run executes: an executable is mapped in
//! pieces of some pages, and each piece that a run touches costs time. docs/performance.md has the figures, and how the
//! list is made.

#![expect(clippy::disallowed_methods, reason = "cargo tells a build script by variables what it needs to know")]

use std::env;
use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};

use miniz_oxide::deflate::compress_to_vec;

/// The symbols, one in a line. What is no longer called so is passed over.
const SYMBOLS: &str = "src/warm.symbols";

/// What `session` writes for shells to read.
const START_FILES: &str = "src/dialect/start";

/// The texts that `src/packed.rs` unpacks. Those that a prompt may need are not among them.
const PACKED: [&str; 8] = [
    "shells/algorithms/devshell.lock",
    "shells/django/devshell.lock",
    "shells/node/devshell.lock",
    "shells/python-data/devshell.lock",
    "shells/web/devshell.lock",
    "src/catalog/aliases.json",
    "src/catalog/recipes.json",
    "src/catalog/releases.json",
];

fn main() {
    println!("cargo::rerun-if-changed={START_FILES}");
    let mut hasher = DefaultHasher::new();
    for file in files(Path::new(START_FILES)) {
        (&file, fs::read(&file).expect("a file that was listed can be read")).hash(&mut hasher);
    }
    println!("cargo::rustc-env=START_FILES_KEY={:016x}", hasher.finish());
    for text in PACKED {
        pack(text);
    }
    println!("cargo::rerun-if-changed={SYMBOLS}");
    if env::var("PROFILE").as_deref() == Ok("release") && is_linked_by_lld() {
        let list = Path::new(&env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default()).join(SYMBOLS);
        println!("cargo::rustc-link-arg-bin=devshell=-Wl,--symbol-ordering-file={}", list.display());
        println!("cargo::rustc-link-arg-bin=devshell=-Wl,--no-warn-symbol-ordering");
    }
}

/// Writes a text's packed form to the same path below the directory of this script's output.
fn pack(text: &str) {
    println!("cargo::rerun-if-changed={text}");
    let packed = Path::new(&env::var_os("OUT_DIR").unwrap_or_default()).join(text);
    let bytes = fs::read(text).expect("a text of the list can be read");
    fs::create_dir_all(packed.parent().unwrap_or(&packed)).expect("the directory of the output can be written");
    fs::write(packed, compress_to_vec(&bytes, 9)).expect("the directory of the output can be written");
}

/// All files below a directory, in the order of their paths.
fn files(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).expect("the directory is there").flatten();
    let below =
        entries.map(|entry| entry.path()).flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] });
    let mut files: Vec<PathBuf> = below.collect();
    files.sort();
    files
}

/// Whether rustc links with the lld it brings, which alone knows the flag: on this target it does,
/// unless it was built without or told otherwise.
fn is_linked_by_lld() -> bool {
    let target = env::var("TARGET").unwrap_or_default();
    let flags = env::var("CARGO_ENCODED_RUSTFLAGS").unwrap_or_default();
    let has_lld = || {
        let rustc = env::var_os("RUSTC").unwrap_or_default();
        let output = std::process::Command::new(rustc).args(["--print", "sysroot"]).output().ok()?;
        let sysroot = String::from_utf8(output.stdout).ok()?;
        let bin = Path::new(sysroot.trim()).join("lib/rustlib").join(&target).join("bin/gcc-ld/ld.lld");
        bin.exists().then_some(())
    };
    target == "x86_64-unknown-linux-gnu"
        && env::var_os("RUSTC_LINKER").is_none()
        && !flags.contains("link")
        && has_lld().is_some()
}
