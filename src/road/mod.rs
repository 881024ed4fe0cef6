//! The road from a project to an environment that is ready to be entered: the short way when it is known (`warm`),
//! else manifest, lock, store, composer. It prints nothing and knows no exit codes: its caller passes an
//! `Audience`, and gets a `RoadError`.

mod apply;
mod base;
mod basis;
mod c_library;
mod compose;
mod error;
mod install;
pub mod lock;
mod manifest;
mod needed;
mod nix;
mod npmrc;
pub mod personal;
mod prepare;
mod presets;
mod ready;
mod services;
mod state;
mod static_artifacts;
mod tasks;
mod toolchain;
mod walls;
pub mod warm;

pub use self::apply::complete;
pub use self::c_library::Locked;
pub use self::error::{BadEnvFile, NotCurrent, RoadError};
pub use self::lock::Stale;
pub use self::manifest::{check_tools, select};
pub use self::ready::{Ready, ReadyNix, Selection, ShellHook};
pub use self::services::{own_variables, planned, wished_ports};
pub use self::state::{make_state_directory, state_directory};

use crate::host::Host;
use crate::net::Http;
use crate::python::Uv;
use crate::store::Progress;

/// Receives the notes and the progress.
pub trait Audience: Sync {
    /// A line about what is happening.
    fn note(&self, text: &str);

    /// A line that is printed once in a run, however often there is a reason to.
    fn note_once(&self, text: &str);

    /// A mistake that keeps nothing from going on.
    fn fault(&self, error: RoadError);

    /// How far an installation is.
    fn progress(&self) -> Box<dyn Progress>;
}

/// What every step needs: the machine, the network, and an audience.
#[derive(Clone, Copy)]
pub struct Road<'a> {
    pub host: &'a Host,
    pub http: &'a Http,
    pub audience: &'a dyn Audience,
}

impl<'a> Road<'a> {
    /// The uv of this run.
    pub fn uv(self) -> Uv<'a> {
        Uv::new(self.host, self.http, self.audience.progress())
    }
}
