//! `devshell`: enter a repository's development environment.
//!
//! One straight road, and the modules in its order. A module imports only what is above it
//! here; `tests/it/tidy.rs` holds the table of allowed imports and fails on a new edge.
//!
//! ```text
//! devshell.json ─manifest─▶ Manifest ─source─▶ Lock ─store─▶ paths ─env─▶ Environment ─session─▶ your shell
//! ```

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
compile_error!("devshell runs on Linux and macOS; on Windows use it inside WSL 2");

// Vocabulary: small values everybody speaks in.
#[macro_use]
mod as_text;
pub mod age;
pub mod archive;
pub mod date;
pub mod digest;
pub mod packed;
pub mod text;
pub mod hint;
pub mod name;
pub mod platform;
pub mod version;
pub mod assets;

// Pure: no files, no clock, no processes, no `std::env`, no printing.
pub mod catalog;
pub mod dialect;
pub mod manifest;
pub mod lock;
pub mod templates;
pub mod env;
pub mod nix;

// The machine.
pub mod files;
pub mod parallel;
pub mod host;
pub mod project;
pub mod consent;
pub mod net;
pub mod registry;
pub mod attestation;
pub mod source;
pub mod sandbox;
pub mod child;
pub mod tasks;
pub mod builder;
pub mod probe;
pub mod evaluation;
pub mod store;
pub mod solver;
pub mod python;
pub mod gate;
pub mod leaks;
pub mod services;
pub mod session;
pub mod road;

// The edge. No module imports it.
pub mod cli;
