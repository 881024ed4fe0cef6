//! What is known about Nix: the JSON of `nix print-dev-env`, what `nix develop` makes of it, the script that runs a
//! `shellHook`, which files an expression names, and what to do about Nix's errors. It starts nothing and reads nothing.

mod declared;
mod dev_env;
mod hook;
mod literals;
mod log;
mod refusal;
mod transform;

pub use dev_env::{BadDevEnv, DevEnv};
pub use hook::{BASH, Change, changes};
pub use literals::{Literal, Named, named};
pub use log::{evaluated, is_detail, is_progress, uncoloured};
pub use refusal::{Asked, Refusal};
pub use transform::{DevShell, Surroundings, transform};
