//! The executable that is measured.

use std::path::PathBuf;
use std::process::Command;

use crate::Outcome;

/// What `BENCH_DEVSHELL` names, or else what `cargo build --release` makes. The one that cargo built
/// for the benchmark is another: what tests need adds features to some libraries, and names of
/// functions follow from those, so `src/warm.symbols` does not know them.
pub fn executable() -> Outcome<PathBuf> {
    if let Some(path) = std::env::var_os("BENCH_DEVSHELL") {
        return Ok(path.into());
    }
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let root = env!("CARGO_MANIFEST_DIR");
    let status = Command::new(cargo).args(["build", "--release", "--quiet"]).current_dir(root).status()?;
    if !status.success() {
        return Err(format!("cargo build --release ended with {status}").into());
    }
    let target = PathBuf::from(env!("CARGO_BIN_EXE_devshell"));
    let profile = target.parent().and_then(|directory| directory.parent()).ok_or("the executable lies nowhere")?;
    Ok(profile.join("release").join("devshell"))
}
