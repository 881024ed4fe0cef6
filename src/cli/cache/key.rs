//! `devshell cache key`: the key under which a CI system keeps the store, from the lock alone. It asks no registry,
//! starts nothing, and does not look into the store.

use clap::Args;
use serde::Serialize;

use crate::cli::failure::Failure;
use crate::cli::{Context, Environments};
use crate::digest;
use crate::lock;
use crate::platform::Platform;
use crate::road;
use crate::store::{self, Store};

/// Print the key under which to keep the store of this project
///
/// The key changes with what devshell.lock says, the platform, the environments of -e, and the layout of the store. It
/// does not change with comments in the manifest. It needs no network, and nothing has to be installed.
#[derive(Args)]
#[command(after_help = "\
Examples:
  devshell cache key
  devshell cache key -e docs --json")]
pub struct Arguments {
    #[command(flatten)]
    chosen: Environments,
    /// Print JSON: the key, the prefix of the keys of other locks, and the directories to keep
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Outcome {
    key: String,
    prefix: String,
    paths: Vec<String>,
}

pub fn run(cx: &Context, arguments: &Arguments) -> Result<(), Failure> {
    let (project, manifest, lock) = cx.locked()?;
    let environments = arguments.chosen.names(cx, &project);
    road::select(&manifest, &environments)?;
    let prefix = prefix(cx.host.platform);
    let key = format!("{prefix}{}", hash(&prefix, &lock::write(&lock), &environments));
    if !arguments.json {
        return cx.ui.text(&format!("{key}\n"));
    }
    let paths = Store::new(&cx.host.directories.data).portable();
    cx.ui.json(&Outcome { key, prefix, paths: paths.map(|path| path.to_string_lossy().into_owned()).into() })
}

/// What all keys on a platform begin with. Whatever was kept under one of them is of use.
fn prefix(platform: Platform) -> String {
    format!("devshell-{}-{platform}-", store::layout_versions())
}

/// The text of the lock is the one that devshell writes, whatever its line ends are in this checkout.
fn hash(prefix: &str, lock: &str, environments: &[String]) -> String {
    let parts = [prefix, lock].into_iter().chain(environments.iter().map(String::as_str));
    digest::key(&parts.map(str::as_bytes).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_those_of_caches_that_are_there() {
        let prefix = prefix(Platform::X8664Linux);
        assert_eq!(prefix, "devshell-1.1.1.1-x86_64-linux-");
        assert_eq!(hash(&prefix, "{}\n", &["docs".to_owned()]), "0764dc06aa3f7d59f42b37609ae93c86");
    }

    #[test]
    fn each_part_counts() {
        let names = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
        let mut keys = vec![
            hash("a", "{}", &[]),
            hash("b", "{}", &[]),
            hash("a", "{ }", &[]),
            hash("a", "{}", &names(&["docs"])),
            hash("a", "{}", &names(&["do", "cs"])),
        ];
        keys.sort();
        keys.dedup();
        assert_eq!(keys.len(), 5);
    }
}
