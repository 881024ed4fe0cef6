//! The toolchain that these tests are built with, as its publisher's archives: made again from the installed files, and
//! kept for the next run.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::super::host::place;
use super::{ELSEWHERE, gzipped, packed, sha256, xz};

/// What is served of it; the rest of what its manifest names is not there.
const COMPONENTS: [&str; 5] = ["rustc", "cargo", "rust-std", "rustfmt-preview", "clippy-preview"];

const WASM: &str = "wasm32-unknown-unknown";

/// An installed toolchain.
pub struct Installed {
    pub version: String,
    /// The text of its channel's manifest, with the hashes of the archives that were made.
    pub manifest: String,
    /// The archives by their paths below `dist`.
    pub files: BTreeMap<String, PathBuf>,
    /// Whether the standard library for WebAssembly is a real one.
    pub has_wasm: bool,
}

impl Installed {
    /// A test that is about it fails where there is none.
    #[track_caller]
    pub fn find() -> Self {
        let output = Command::new("rustc").args(["--print", "sysroot"]).output();
        let output = output.expect("`rustc` is not installed, and this test is about it; install Rust with rustup");
        let sysroot = PathBuf::from(String::from_utf8(output.stdout).unwrap().trim());
        let rustlib = sysroot.join("lib/rustlib");
        let text = fs_err::read_to_string(rustlib.join("multirust-channel-manifest.toml"));
        let text = text.expect("this test is about a toolchain that rustup installed; install Rust with rustup");
        let mut manifest: toml::Table = toml::from_str(&text).unwrap();
        let version = manifest["pkg"]["rustc"]["version"].as_str().unwrap().split(' ').next().unwrap().to_owned();
        let host = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
        let has_wasm = rustlib.join(format!("manifest-rust-std-{WASM}")).is_file();
        let directory = place().join(format!("rust-{version}-{}", manifest["date"].as_str().unwrap()));
        fs_err::create_dir_all(&directory).unwrap();
        let mut files = BTreeMap::new();
        let targets = COMPONENTS.into_iter().map(|component| (component, host.as_str())).chain([("rust-std", WASM)]);
        for (component, target) in targets {
            let entry = &mut manifest["pkg"][component]["target"][target];
            let path = entry["url"].as_str().unwrap().split_once("/dist/").unwrap().1.to_owned();
            let stem = path.rsplit('/').next().unwrap().strip_suffix(".tar.gz").unwrap();
            // One of them as they are published; compressing the others so would take minutes.
            let ending = if component == "rustfmt-preview" { "xz" } else { "gz" };
            let archive = kept(&directory.join(format!("{stem}.tar.{ending}")), || {
                let is_made_up = target == WASM && !has_wasm;
                let name = if component == "rust-std" { format!("rust-std-{target}") } else { component.to_owned() };
                let files = if is_made_up { made_up() } else { installed(&sysroot, component, target) };
                let tar = packed(stem, &name, &files);
                if ending == "xz" { xz(&tar) } else { gzipped(&tar) }
            });
            let hash = sha256(fs_err::read(&archive).unwrap());
            let entry = entry.as_table_mut().unwrap();
            entry.retain(|key, _| key == "available");
            let (url, hash_key) = if ending == "xz" { ("xz_url", "xz_hash") } else { ("url", "hash") };
            let path = format!("{}.{ending}", path.strip_suffix(".gz").unwrap());
            entry.insert(url.to_owned(), format!("{ELSEWHERE}{path}").into());
            entry.insert(hash_key.to_owned(), hash.into());
            files.insert(path, archive);
        }
        Self { version, manifest: toml::to_string(&manifest).unwrap(), files, has_wasm }
    }
}

/// A file that an earlier run may have left.
fn kept(path: &Path, make: impl FnOnce() -> Vec<u8>) -> PathBuf {
    if !path.is_file() {
        let staging = tempfile::NamedTempFile::new_in(path.parent().unwrap()).unwrap();
        fs_err::write(staging.path(), make()).unwrap();
        staging.persist(path).unwrap();
    }
    path.to_owned()
}

/// The files of an installed component, as its list names them.
fn installed(sysroot: &Path, component: &str, target: &str) -> Vec<(String, u32, Vec<u8>)> {
    let list = fs_err::read_to_string(sysroot.join(format!("lib/rustlib/manifest-{component}-{target}")));
    let list = list.unwrap_or_else(|_| panic!("this test needs `rustup component add {component}`"));
    let file = |line: &str| {
        let path = line.strip_prefix("file:").unwrap_or_else(|| panic!("{component} has a directory: {line}"));
        let full = sysroot.join(path);
        let mode = full.metadata().unwrap().permissions().mode() & 0o777;
        (path.to_owned(), mode, fs_err::read(full).unwrap())
    };
    list.lines().map(file).collect()
}

/// A standard library that only shows where it is.
fn made_up() -> Vec<(String, u32, Vec<u8>)> {
    vec![(format!("lib/rustlib/{WASM}/lib/libcore-0.rlib"), 0o644, b"made up".to_vec())]
}
