//! Dev shells of Nix, with three versions of the real one and a flake that needs nothing of the network.
#![cfg(all(target_os = "linux", target_arch = "x86_64"))]

mod cd;
mod entered;
mod evaluated;
mod hook;
mod same;

use std::collections::BTreeMap;

use crate::support::Outcome;

/// The variables that `env -0` printed.
#[track_caller]
fn variables(outcome: &Outcome) -> BTreeMap<String, String> {
    let text = String::from_utf8(outcome.success().bytes().to_vec()).unwrap();
    text.split('\0').filter_map(|line| line.split_once('=')).map(|(name, value)| (name.into(), value.into())).collect()
}
