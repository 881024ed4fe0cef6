//! The tool `rust`, against a server of releases on the loopback interface.

mod channels;
mod file;
mod installed;

use crate::support::{RustRelease, RustServer, Sandbox};

/// A server with these releases: the newest stable one, the one before, and a nightly.
fn server() -> RustServer {
    let server = RustServer::new();
    server.publish(&["1.94", "1.94.1"], &RustRelease::new("1.94.1", "2026-03-20"));
    let newest = RustRelease::new("1.95.0", "2026-04-16").component("rust-src", &["*"]);
    server.publish(
        &["stable", "1.95", "1.95.0"],
        &newest.component("rust-std", &["wasm32-unknown-unknown", "riscv64gc-unknown-none-elf"]),
    );
    server.publish(&["nightly"], &RustRelease::new("1.97.0-nightly", "2026-05-20"));
    server
}

/// A project with a toolchain, whose own settings name the server.
fn project(server: &RustServer, rust: &str) -> Sandbox {
    let sandbox = Sandbox::new().with_rust(server);
    sandbox.manifest(format!(r#"{{ "tools": {{ "rust": {rust} }} }}"#));
    sandbox
}

/// The components of the lock's toolchain, each with how many platforms and files it has.
#[track_caller]
fn locked(sandbox: &Sandbox) -> String {
    let lock = sandbox.lock();
    let artifacts = lock["tools"][0]["artifacts"].as_array().unwrap();
    let name = |one: &serde_json::Value| one["package"].as_str().unwrap().to_owned();
    let mut names: Vec<String> = artifacts.iter().map(name).collect();
    names.dedup();
    let counted = names.iter().map(|component| {
        let own: Vec<_> = artifacts.iter().filter(|one| name(one) == *component).collect();
        let platforms: usize = own.iter().map(|one| one["platforms"].as_array().map_or(6, Vec::len)).sum();
        format!("{component} {} {platforms}", own.len())
    });
    counted.collect::<Vec<_>>().join(", ")
}
