//! Tools from the releases of repositories, against a forge on the loopback interface.

mod capitals;
mod choosing;
mod five;
mod forges;
mod limits;
mod private;
mod provenance;
mod providers;
mod refused;

use crate::support::{Archive, Release};

/// A command that says which file it is from.
pub fn script(text: &str) -> String {
    format!("#!/bin/sh\necho {text} \"$@\"\n")
}

/// An archive as publishers make them, with one command in it.
pub fn archive(command: &str, text: &str) -> Vec<u8> {
    Archive::new().executable(&format!("{command}-dir/bin/{command}"), &script(text)).packed("tar.gz")
}

/// A release of `tool` with a file for each of the usual machines, named as Go programs usually are.
pub fn release(version: &str) -> Release {
    let systems = ["linux_amd64", "linux_arm64", "darwin_amd64", "darwin_arm64"];
    let release = Release::new(&format!("v{version}"));
    systems.iter().fold(release, |release, system| {
        let text = format!("{version} {system}");
        release.file(&format!("tool_{version}_{system}.tar.gz"), archive("tool", &text))
    })
}
