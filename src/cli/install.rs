//! `devshell install`: put what the environment needs into the store.

use clap::Args;

use super::failure::Failure;
use super::whose::Whose;
use super::{Context, Environments};
use crate::project::Project;
use crate::road::{RoadError, Selection, Stale};
use crate::store::{LayoutError, Store};

/// Fetch what the environment needs, without entering it
#[derive(Args)]
#[command(after_help = "\
Examples:
  devshell install
  devshell install --all")]
pub struct Arguments {
    #[command(flatten)]
    chosen: Environments,
    /// Fetch for every environment in the manifest
    #[arg(long, conflicts_with = "environments")]
    all: bool,
    #[command(flatten)]
    whose: Whose,
}

/// Makes what entering would make, so that another user can enter from a store that only this one can write: the
/// links of the tools, and the composed environment. What only the host lacks does not prevent installing.
fn make_ready(cx: &Context, project: &mut Project, environments: &[String]) -> Result<(), RoadError> {
    match cx.road().prepare(project, &Selection::new(environments, None, false), Stale::Refuse) {
        Err(RoadError::Layout(LayoutError::Probe(error))) => {
            cx.ui.note(&format!("everything is installed, but `devshell enter` needs one more thing: {error}"));
            Ok(())
        }
        outcome => outcome.map(drop),
    }
}

pub fn run(cx: &Context, arguments: &Arguments) -> Result<(), Failure> {
    let mut project = arguments.whose.project(cx)?;
    let manifest = cx.road().read_manifest(&project)?;
    cx.road().check_platform(&project, &manifest)?;
    let sources = cx.road().sources(&project, &manifest);
    let lock = cx.road().current_lock(&mut project, &manifest, &sources, Stale::Refuse)?;
    let selections: Vec<Selection> = if arguments.all {
        Selection::each(&manifest).collect()
    } else {
        vec![Selection::new(&arguments.chosen.environments, None, false)]
    };
    let _access = Store::new(&cx.host.directories.data).share();
    let mut fetched = 0;
    for selection in selections {
        let layer = selection.layer(&manifest)?;
        let lock = cx.road().for_this_host(lock.clone(), (&manifest, &layer), &sources).map_err(RoadError::from)?;
        let chosen = lock.choose(&layer).map_err(RoadError::from)?;
        fetched += cx.road().install(&project, &sources, &manifest, &lock, &chosen)?.fetched;
        if !project.is_personal {
            make_ready(cx, &mut project, &selection.environments)?;
        }
    }
    cx.ui.note(&match fetched {
        0 => "everything is there".to_owned(),
        1 => "fetched 1 artifact".to_owned(),
        n => format!("fetched {n} artifacts"),
    });
    Ok(())
}
