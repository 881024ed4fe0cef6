//! Options that several verbs have.

use std::path::PathBuf;

use clap::Args;

use crate::manifest::Isolation;
use crate::road::Selection;

/// What every verb has.
#[derive(Args, Debug, Default)]
pub struct Global {
    /// Run as if started in DIR
    #[arg(short = 'C', value_name = "DIR", global = true)]
    pub directory: Option<PathBuf>,
    /// Ask no registry; use only the store and the cache
    #[arg(long, global = true)]
    pub offline: bool,
    /// Print only errors
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Print more, such as the commands that are run
    #[arg(short, long, global = true, conflicts_with = "quiet")]
    pub verbose: bool,
}

/// Which environment is meant.
#[derive(Args, Debug, Default)]
pub struct Environments {
    /// Add the manifest's environment NAME; you may repeat this option
    #[arg(short, long = "environment", value_name = "NAME")]
    pub environments: Vec<String>,
}

impl Environments {
    pub fn selection(&self, level: &Level, interactive: bool) -> Selection {
        Selection::new(&self.environments, level.isolation, interactive)
    }
}

/// How much of the host the environment sees.
#[derive(Args, Debug, Default)]
pub struct Level {
    #[arg(
        long,
        value_name = "LEVEL",
        help = format!("How much of the host to hide: {} [default: the manifest's level]", Isolation::names())
    )]
    pub isolation: Option<Isolation>,
}
