//! The further shells themselves: those of the host, and the ones that Debian lacks from the real
//! registries, fetched by the executable under test with the settings of the one who runs the tests.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use super::network::is_network_fault;
use super::{DEVSHELL, host, uv};

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
    let directory = host::place().join("shells");
    fs_err::create_dir_all(&directory).unwrap();
    // Another process may be fetching them; the lock ends with the process.
    let turn = fs_err::File::create(directory.join("turn")).unwrap();
    turn.lock().unwrap();
    let manifest = directory.join("devshell.json");
    if fs_err::read_to_string(&manifest).ok().as_deref() != Some(MANIFEST) {
        fs_err::write(&manifest, MANIFEST).unwrap();
    }
    if !directory.join("devshell.lock").exists() {
        devshell(&directory, &["lock"])?;
    }
    devshell(&directory, &["install"])?;
    // The commands of npm's package are scripts of node around the shell itself.
    let nu = devshell(&directory, &["run", "--", "nu", "--no-config-file", "-c", "$nu.current-exe"])?;
    let xonsh = devshell(&directory, &["which", "xonsh"])?;
    Ok([nu, xonsh].map(|path| fs_err::canonicalize(path.trim_end()).unwrap()))
}

/// Runs devshell there, again when the network was at fault, and gives what it prints.
fn devshell(directory: &Path, arguments: &[&str]) -> Result<String, String> {
    let uv = uv().parent().unwrap().to_owned();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths(std::iter::once(uv).chain(std::env::split_paths(&path))).unwrap();
    for attempt in 1.. {
        let mut command = Command::new(DEVSHELL);
        command.args(arguments).current_dir(directory).env("DEVSHELL_HOME", directory).env("PATH", &path);
        let own =
            std::env::vars_os().map(|(name, _)| name).filter(|name| name.to_string_lossy().starts_with("DEVSHELL_"));
        for name in own.filter(|name| name != "DEVSHELL_HOME") {
            command.env_remove(name);
        }
        let output = command.stdin(Stdio::null()).output().unwrap();
        if output.status.success() {
            return Ok(String::from_utf8(output.stdout).unwrap());
        }
        let errors = String::from_utf8_lossy(&output.stderr);
        let called = format!("`devshell {}` in {}", arguments.join(" "), directory.display());
        if !is_network_fault(&errors) {
            return Err(format!("nushell and xonsh cannot be had: {called}: {errors}"));
        }
        if attempt == 3 {
            return Err(format!("the network failed three times, not devshell: {called}: {errors}"));
        }
    }
    unreachable!("the loop returns")
}
