//! The option `--personal`: whose tools a verb is about.

use clap::Args;

use super::Context;
use super::failure::Failure;
use crate::project::Project;
use crate::road::personal;

/// Whose tools a verb is about.
#[derive(Args, Debug, Default)]
pub struct Whose {
    /// Act on your own config.json instead of the project
    #[arg(long)]
    personal: bool,
}

impl Whose {
    /// Whether it is the user's own settings.
    pub const fn is_personal(&self) -> bool {
        self.personal
    }

    /// The project, or what takes its place.
    pub fn project(&self, cx: &Context) -> Result<Project, Failure> {
        if !self.personal {
            return cx.project();
        }
        let files = personal::files(&cx.host)?;
        files.check_user_files(&cx.host)?;
        Ok(files)
    }
}
