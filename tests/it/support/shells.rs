//! The further shells themselves: those of the host, and the ones that Debian lacks from the real registries.

use std::path::PathBuf;
use std::sync::LazyLock;

use super::fetched::Fetched;
use super::host;

const MANIFEST: &str = r#"{
    "python": { "version": ">=3.10", "from": "host" },
    "tools": { "node": ">=20", "npm:nushell": ">=0.108", "pypi:xonsh": ">=0.19" }
}"#;

/// A shell by the name of its executable. A missing one fails the test that is about it.
#[track_caller]
pub fn shell(name: &str) -> PathBuf {
    match name {
        "nu" | "xonsh" => fetched()[usize::from(name == "xonsh")].clone(),
        "ash" => busybox_as("ash"),
        _ => of_the_host(name),
    }
}

#[track_caller]
fn of_the_host(name: &str) -> PathBuf {
    which::which(name).unwrap_or_else(|_| {
        panic!("`{name}` is not installed, and this test is about it; `tests/run --setup` installs it")
    })
}

/// busybox is the shell that it is called by the name of.
#[track_caller]
fn busybox_as(name: &str) -> PathBuf {
    let busybox = of_the_host("busybox");
    let link = host::place().join("busybox").join(name);
    fs_err::create_dir_all(link.parent().unwrap()).unwrap();
    // Another thread may have been faster.
    let _ = fs_err::os::unix::fs::symlink(busybox, &link);
    link
}

/// nu and xonsh.
#[track_caller]
fn fetched() -> &'static [PathBuf; 2] {
    static SHELLS: LazyLock<Result<[PathBuf; 2], String>> = LazyLock::new(fetch);
    SHELLS.as_ref().unwrap_or_else(|why| panic!("{why}"))
}

fn fetch() -> Result<[PathBuf; 2], String> {
    let fetched = Fetched::project("shells", MANIFEST, None);
    if !fetched.directory.join("devshell.lock").exists() {
        fetched.devshell(&["lock"])?;
    }
    fetched.devshell(&["install"])?;
    // The commands of npm's package are scripts of node around the shell itself.
    let nu = fetched.devshell(&["run", "--", "nu", "--no-config-file", "-c", "$nu.current-exe"])?;
    let xonsh = fetched.which(&["xonsh"])?;
    Ok([nu.trim_end().into(), xonsh].map(|path: PathBuf| fs_err::canonicalize(path).unwrap()))
}
