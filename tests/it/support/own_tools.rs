//! The tools that this repository's own manifest pins in its environment `ci`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use super::fetched::Fetched;

const MANIFEST: &str = include_str!("../../../devshell.json");
const LOCK: &str = include_str!("../../../devshell.lock");

const COMMANDS: [&str; 5] = ["act", "check-jsonschema", "gitlab-ci-local", "node", "zizmor"];

/// Where one of them is.
#[track_caller]
pub fn own_tool(command: &str) -> &'static Path {
    static TOOLS: LazyLock<Result<BTreeMap<&str, PathBuf>, String>> = LazyLock::new(fetch);
    &TOOLS.as_ref().unwrap_or_else(|why| panic!("{why}"))[command]
}

fn fetch() -> Result<BTreeMap<&'static str, PathBuf>, String> {
    let fetched = Fetched::project("own-tools", MANIFEST, Some(LOCK));
    fetched.devshell(&["install", "-e", "ci"])?;
    COMMANDS.into_iter().map(|command| Ok((command, fetched.which(&["-e", "ci", command])?))).collect()
}
