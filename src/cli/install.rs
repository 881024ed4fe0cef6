//! `devshell install`: put what the environment needs into the store.

use clap::Args;

use super::failure::Failure;
use super::locking::{self, Stale};
use super::personal::Whose;
use super::road;
use super::{Chosen, Context};
use crate::store::Store;

/// Fetch what the environment needs, without entering it
#[derive(Args)]
#[command(after_help = "\
Examples:
  devshell install
  devshell install --all")]
pub struct Arguments {
    #[command(flatten)]
    chosen: Chosen,
    /// Fetch for every environment in the manifest
    #[arg(long, conflicts_with = "environments")]
    all: bool,
    #[command(flatten)]
    whose: Whose,
}

pub fn run(cx: &Context, arguments: &Arguments) -> Result<(), Failure> {
    let mut project = arguments.whose.project(cx)?;
    let manifest = road::read_manifest(cx, &project)?;
    let sources = road::sources(cx, &project, &manifest);
    let lock = locking::current(cx, &mut project, &manifest, &sources, Stale::Refuse)?;
    let selections: Vec<Vec<String>> = if arguments.all {
        std::iter::once(Vec::new()).chain(manifest.environments.keys().map(|name| vec![name.clone()])).collect()
    } else {
        vec![arguments.chosen.environments.clone()]
    };
    let _access = Store::new(&cx.host.directories.data).share();
    let mut fetched = 0;
    for environments in selections {
        fetched +=
            road::install(cx, &project, &sources, &manifest, &lock, &road::select(&manifest, &environments)?)?.fetched;
    }
    cx.ui.note(&match fetched {
        0 => "everything is there".to_owned(),
        1 => "fetched 1 artifact".to_owned(),
        n => format!("fetched {n} artifacts"),
    });
    Ok(())
}
