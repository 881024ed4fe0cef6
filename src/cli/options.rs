//! Options that several verbs have.

use std::path::PathBuf;

use clap::Args;

use super::Context;
use super::grants::Grants;
use crate::manifest::Isolation;
use crate::project::Project;
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
    /// What is selected. In the project's own dev shell, that is what the dev shell was selected with, unless the
    /// options say otherwise.
    pub fn selection(&self, cx: &Context, project: &Project, level: &Level, interactive: bool) -> Selection {
        let around = cx.selected(project);
        let environments = if self.environments.is_empty() { around.environments } else { self.environments.clone() };
        Selection {
            isolation: level.isolation.or(around.isolation),
            ..Selection::new(&environments, None, interactive)
        }
    }

    /// The environments of that selection.
    pub fn names(&self, cx: &Context, project: &Project) -> Vec<String> {
        self.selection(cx, project, &Level::default(), false).environments
    }
}

/// What `enter`, `run` and `trace` start in.
#[derive(Args, Debug, Default)]
pub struct Chosen {
    #[command(flatten)]
    pub environments: Environments,
    #[command(flatten)]
    pub level: Level,
    #[command(flatten)]
    pub grants: Grants,
    /// Evaluate the dev shell of a flake or a shell.nix again, also if it is known
    #[arg(long)]
    pub refresh: bool,
}

impl Chosen {
    /// What is selected, as by [`Environments::selection`].
    pub fn selection(&self, cx: &Context, project: &Project, interactive: bool) -> Selection {
        let selection = self.environments.selection(cx, project, &self.level, interactive);
        Selection { refresh: self.refresh, ..selection }
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
