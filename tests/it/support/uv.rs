//! The real programs of the Python world that the tests are run with.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use super::host;

/// What is fetched where the host has no uv.
const RELEASE: &str = "uv==0.13.9";

/// The host's interpreter itself, not what may stand for it on PATH.
#[track_caller]
pub fn python() -> &'static Path {
    static PYTHON: LazyLock<Result<PathBuf, String>> = LazyLock::new(find_python);
    PYTHON.as_deref().unwrap_or_else(|why| panic!("{why}"))
}

fn find_python() -> Result<PathBuf, String> {
    let mut ask = Command::new("python3");
    let output = ask.args(["-c", "import sys; print(sys.executable)"]).stdin(Stdio::null()).output();
    let output =
        output.map_err(|_| "`python3` is not installed, and this test needs it; `tests/run --setup` installs it")?;
    Ok(String::from_utf8(output.stdout).unwrap().trim_end().into())
}

/// The host's uv, or else one that is fetched once and kept.
#[track_caller]
pub fn uv() -> &'static Path {
    static UV: LazyLock<Result<PathBuf, String>> = LazyLock::new(|| which::which("uv").or_else(|_| fetched()));
    UV.as_deref().unwrap_or_else(|why| panic!("{why}"))
}

fn fetched() -> Result<PathBuf, String> {
    let directory = host::place().join(RELEASE);
    let uv = directory.join("bin/uv");
    // Another process may be fetching it; the lock ends with the process.
    let turn = fs_err::File::create(host::place().join("uv.lock")).unwrap();
    turn.lock().unwrap();
    if !uv.exists() {
        let staging = tempfile::Builder::new().prefix("uv-").tempdir_in(host::place()).unwrap();
        fetch(staging.path())?;
        fs_err::rename(staging.keep(), &directory).unwrap();
    }
    Ok(uv)
}

/// Has pip fetch and unpack it, from the index that the settings of the one who runs the tests name.
fn fetch(directory: &Path) -> Result<(), String> {
    const NETWORK: [&str; 5] = ["Connection", "onnect timeout", "Read timed out", "resolution", "Max retries"];
    for attempt in 1.. {
        let mut pip = Command::new(find_python()?);
        pip.args(["-m", "pip", "install", "--no-deps", "--only-binary=:all:", RELEASE, "--target"]).arg(directory);
        let output = pip.stdin(Stdio::null()).output().unwrap();
        if output.status.success() {
            break;
        }
        let errors = String::from_utf8_lossy(&output.stderr);
        if !NETWORK.iter().any(|sign| errors.contains(sign)) {
            return Err(format!("pip cannot fetch {RELEASE}, which this test needs: {errors}"));
        }
        if attempt == 3 {
            return Err(format!("the network failed three times, not devshell: {RELEASE} cannot be fetched: {errors}"));
        }
    }
    Ok(())
}
