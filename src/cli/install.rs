//! `devshell install`: put what the environment needs into the store.

use clap::Args;

use super::failure::Failure;
use super::locking::{self, Stale};
use super::road;
use super::{Chosen, Context};
use crate::python;
use crate::store::Store;

/// Fetch what the environment needs, without entering it
#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    chosen: Chosen,
    /// Fetch for every environment of the manifest
    #[arg(long, conflicts_with = "environments")]
    all: bool,
}

pub fn run(cx: &Context, arguments: &Arguments) -> Result<(), Failure> {
    let mut project = cx.project()?;
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
        let layer = road::select(&manifest, &environments)?;
        let installed = road::install(cx, &sources, &manifest, &lock, &layer)?;
        fetched += installed.fetched;
        // An editor knows the environment by a link in the state directory, and needs no more.
        if let Some((environment, _)) = &installed.python.project {
            let state = road::state_directory(&cx.host, &project);
            fs_err::create_dir_all(&state)?;
            python::attach(&state, &project.root, environment)?;
        }
    }
    cx.ui.note(&match fetched {
        0 => "everything is there".to_owned(),
        1 => "fetched 1 artifact".to_owned(),
        n => format!("fetched {n} artifacts"),
    });
    Ok(())
}
