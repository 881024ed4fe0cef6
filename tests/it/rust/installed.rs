//! The toolchain that these tests are built with, from a server on the loopback interface: it compiles, checks and
//! formats where there is no other Rust.

use std::os::unix::fs::MetadataExt as _;

use crate::support::{Installed, RustServer, Sandbox};

/// The host has a linker, and no Rust.
fn sandbox(server: &RustServer) -> Sandbox {
    let mut sandbox = Sandbox::new().with_rust(server);
    let directory = sandbox.host_directory("linker");
    for name in ["cc", "ld", "as", "ar"] {
        let program =
            which::which(name).unwrap_or_else(|_| panic!("`{name}` is not installed, and Rust links with it"));
        fs_err::os::unix::fs::symlink(program, directory.join(name)).unwrap();
    }
    sandbox.write("Cargo.toml", "[package]\nname = \"hello\"\nversion = \"0.1.0\"\nedition = \"2021\"\n");
    sandbox.write("src/main.rs", "fn main() {\n    println!(\"hello\");\n}\n");
    // Those of a repository that the tests are run in are not for this project.
    for file in ["clippy.toml", "rustfmt.toml"] {
        sandbox.write(file, "");
    }
    sandbox.manifest(r#"{ "tools": { "rust": { "from": "rust-toolchain.toml" } } }"#);
    sandbox
}

fn disk(sandbox: &Sandbox) -> u64 {
    let mut seen = std::collections::BTreeSet::new();
    let files = crate::support::tree(&sandbox.data());
    let sizes = files.keys().filter_map(|path| sandbox.data().join(path).symlink_metadata().ok());
    sizes.filter(|one| one.is_file() && seen.insert(one.ino())).map(|one| one.blocks() * 512).sum()
}

#[test]
fn a_toolchain_builds_checks_and_formats() {
    let (server, installed) = (RustServer::new(), Installed::find());
    server.publish_installed(&["stable", &installed.version], &installed);
    let sandbox = sandbox(&server);
    let channel = format!("[toolchain]\nchannel = \"{}\"\n", installed.version);
    sandbox.write("rust-toolchain.toml", format!("{channel}profile = \"minimal\"\n"));
    sandbox.run(&["lock"]).success();
    assert_eq!(super::locked(&sandbox), "cargo 6 6, rust-std 6 6, rustc 6 6");
    sandbox.run(&["run", "--", "cargo", "run", "--quiet"]).success().stdout("hello\n");

    // One component more costs that component, and a target its library.
    let before = disk(&sandbox);
    server.forget_requests();
    sandbox.write(
        "rust-toolchain.toml",
        format!("{channel}components = [\"clippy\"]\ntargets = [\"wasm32-unknown-unknown\"]\n"),
    );
    sandbox.run(&["lock"]).success();
    assert_eq!(super::locked(&sandbox), "cargo 6 6, clippy-preview 6 6, rust-std 7 12, rustc 6 6, rustfmt-preview 6 6");
    let shown = sandbox.run(&["run", "--", "cargo", "clippy", "--offline", "--", "-D", "warnings"]);
    shown.success().stderr_contains("Checking hello");
    let (version, host) = (&installed.version, format!("{}-unknown-linux-gnu", std::env::consts::ARCH));
    assert_eq!(
        server.fetched(),
        [
            format!("clippy-{version}-{host}.tar.gz"),
            format!("rust-std-{version}-wasm32-unknown-unknown.tar.gz"),
            format!("rustfmt-{version}-{host}.tar.xz")
        ]
    );
    let more = disk(&sandbox) - before;
    assert!(more < 64 << 20 || installed.has_wasm, "{} MiB more", more >> 20);

    sandbox.write("src/main.rs", "fn main( ) { println!(\"hello\"); }\n");
    sandbox.run(&["run", "--", "cargo", "fmt"]).success();
    assert_eq!(sandbox.read("src/main.rs"), "fn main() {\n    println!(\"hello\");\n}\n");

    // The library of another target is beside the compiler's own.
    let sysroot = sandbox.run(&["run", "--", "rustc", "--print", "sysroot"]);
    let bytes = sysroot.success().bytes().to_vec();
    let sysroot = std::path::PathBuf::from(String::from_utf8(bytes).unwrap().trim());
    assert!(sysroot.starts_with(sandbox.data().join("builds-1")), "{}", sysroot.display());
    let target = ["--target", "wasm32-unknown-unknown"];
    let printed = sandbox.devshell(&["run", "--", "rustc", "--print", "target-libdir"]).args(&target).run();
    let libraries = String::from_utf8(printed.success().bytes().to_vec()).unwrap();
    let libraries = std::path::Path::new(libraries.trim());
    assert!(libraries.starts_with(&sysroot) && fs_err::read_dir(libraries).unwrap().count() > 0);
    if installed.has_wasm {
        sandbox.devshell(&["run", "--", "cargo", "build"]).args(&target).run().success();
    }

    // What would lead to another Rust is gone; what wraps the compiler stays.
    let environment = sandbox
        .devshell(&[
            "run",
            "--",
            "sh",
            "-c",
            "echo $RUSTC,$CARGO,$RUSTDOC,$RUSTC_WRAPPER; echo $RUSTUP_TOOLCHAIN; command -v cargo",
        ])
        .envs([("RUSTC", "/none"), ("CARGO", "/none"), ("RUSTDOC", "/none"), ("RUSTC_WRAPPER", "sccache")])
        .env("RUSTUP_TOOLCHAIN", "nightly")
        .run();
    let (sysroot, expected) = (sysroot.display(), environment.success().bytes());
    assert_eq!(String::from_utf8_lossy(expected), format!(",,,sccache\n{sysroot}\n{sysroot}/bin/cargo\n"));

    // cargo starts a proxy of rustup that is in its home before what is on PATH; it leads back to this toolchain.
    let proxy = "#!/bin/sh\necho proxy >&2\nexec \"$RUSTUP_TOOLCHAIN/bin/cargo-fmt\" \"$@\"\n";
    sandbox.write_executable(sandbox.home().join(".cargo/bin/cargo-fmt"), proxy);
    sandbox.run(&["run", "--", "cargo", "fmt", "--check"]).success().stderr("proxy\n");
}
