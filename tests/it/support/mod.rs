//! What the integration tests stand on: a sandbox to run devshell in, a registry and an index to ask.

mod ago;
mod archive;
mod brought;
pub mod browser;
mod certificate;
mod debian;
mod fetched;
mod forge;
mod host;
mod index;
pub mod literals;
mod name_server;
mod network;
pub mod nix;
mod npm;
mod outcome;
mod own_release;
mod own_tools;
mod package;
pub mod picture;
mod pipe;
pub mod pty;
mod registry;
mod root;
mod rust;
mod sandbox;
pub mod server;
mod shells;
pub mod sources;
mod tree;
mod user;
mod uv;
mod wheel;

use std::time::{Duration, Instant};

pub use ago::{ago, hours_ago};
pub use archive::{Archive, bzipped, gzipped, xz, zstd};
pub use brought::{BUILD, brought};
pub use certificate::Certified;
pub use debian::{Deb, Debian, Signer, deb, real_deb};
pub use forge::{Forge, Release};
pub use index::{Distribution, Index};
pub use name_server::NameServer;
pub use network::is_network_fault;
pub use npm::Npm;
pub use outcome::Outcome;
pub use own_release::OwnRelease;
pub use own_tools::own_tool;
pub use package::{Package, integrity, native, package, tool};
pub use pipe::{make_pipe, serve_once};
pub use registry::Registry;
pub use root::{in_root, root};
pub use rust::{Installed, RustRelease, RustServer};
pub use sandbox::{DEVSHELL, Invocation, Sandbox, set_age};
pub use server::{Fault, Gate};
pub use shells::shell;
pub use tree::tree;
pub use user::{User, home_of, not_run, two_users};
pub use uv::{python, uv};
pub use wheel::{Sdist, Wheel, sdist, sha256, source, wheel};

/// The platform of this machine, for tests of what depends on it and is run.
pub const HERE: &str = match (cfg!(target_os = "macos"), cfg!(target_arch = "aarch64")) {
    (true, true) => "aarch64-darwin",
    (true, false) => "x86_64-darwin",
    (false, true) => "aarch64-linux",
    (false, false) => "x86_64-linux",
};

/// How long anything may take before a test gives up on it. It is generous: it only ends what
/// would hang.
pub const DEADLINE: Duration = Duration::from_mins(1);

/// Waits until something that another process does can be seen.
#[track_caller]
pub fn wait_until(what: &str, seen: impl Fn() -> bool) {
    let start = Instant::now();
    while !seen() {
        assert!(start.elapsed() < DEADLINE, "{what}: not within {DEADLINE:?}");
        std::thread::yield_now();
    }
}
