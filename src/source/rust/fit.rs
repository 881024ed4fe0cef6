//! Whether a lock's entry is one that could come from a release of Rust.

use std::collections::BTreeSet;

use super::super::fit::{self, Keys, Traits, Unfit};
use super::choice::CORE;
use super::release::file_word;
use crate::lock::{Artifact, LockedTool};
use crate::manifest::ToolchainParts;
use crate::name::SourceLabel;
use crate::platform::Platform;
use crate::version::Scheme;

/// Expects the components of one release, and on each platform those that make a toolchain.
pub fn check(locked: &LockedTool) -> Result<(), Unfit> {
    let version = fit::version(locked, Scheme::Semver)?;
    fit::traits(locked, Traits { toolchain: true, ..Traits::default() })?;
    let Some(parts) = &locked.toolchain else { return Err(Unfit::new("has no `toolchain`")) };
    if !locked.commands.is_empty() {
        return Err(Unfit::new("is a toolchain, whose commands are found in it"));
    }
    for (place, artifact) in locked.artifacts.iter().enumerate() {
        fit::keys(place, artifact, SourceLabel::Rust, Keys { file: true, ..Keys::default() })?;
        fit::same(place, artifact, &artifact.package, version)?;
        if !is_of_release(artifact, version, parts) {
            return Err(Unfit::of(place, format!("is {version}, and the artifact is another file")));
        }
    }
    for platform in Platform::ALL {
        let there: BTreeSet<&str> = locked.artifacts_on(platform).map(|artifact| artifact.package.as_str()).collect();
        if !there.is_empty() && !CORE.iter().all(|name| there.contains(name)) {
            return Err(Unfit::new(format!("is no whole toolchain on {platform}")));
        }
    }
    Ok(())
}

/// Whether an artifact is the file of its component, of a release, for its platforms:
/// `2026-04-16/clippy-1.95.0-x86_64-apple-darwin.tar.xz`.
fn is_of_release(artifact: &Artifact, version: &str, parts: &ToolchainParts) -> bool {
    let Some((date, name)) = artifact.file.as_deref().and_then(|file| file.split_once('/')) else { return false };
    let Some(format) = artifact.unpack else { return false };
    let stem = artifact.package.strip_suffix("-preview").unwrap_or(&artifact.package);
    let words = [file_word(version), version];
    let of_stem = name.strip_prefix(stem).and_then(|rest| rest.strip_prefix('-'));
    let of_release = of_stem.and_then(|rest| words.iter().find_map(|word| rest.strip_prefix(word)));
    let target = of_release.and_then(|rest| rest.strip_suffix(&format!(".{}", format.name())));
    let is_of_day = !version.contains("-nightly.") || version.ends_with(date);
    let all = if artifact.platforms.is_empty() { &Platform::ALL[..] } else { &artifact.platforms };
    is_of_day
        && match target.map(|target| target.strip_prefix('-').unwrap_or(target)) {
            None => false,
            Some("") => true,
            Some(target)
                if artifact.package.as_str() == "rust-std" && parts.targets.iter().any(|own| **own == *target) =>
            {
                true
            }
            Some(target) => all.iter().all(|platform| platform.target() == target),
        }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::Format;
    use crate::version::Requirement;

    fn artifact(package: &str, file: &str, platforms: &[&str]) -> Artifact {
        let integrity = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=".parse().unwrap();
        let artifact = Artifact::new(SourceLabel::Rust, package.parse().unwrap(), "1.95.0".parse().unwrap(), integrity);
        let platforms = platforms.iter().map(|platform| platform.parse().unwrap()).collect();
        Artifact { file: Some(file.parse().unwrap()), unpack: Some(Format::TarXz), platforms, ..artifact }
    }

    fn locked(artifacts: Vec<Artifact>) -> LockedTool {
        let toolchain =
            ToolchainParts { targets: ["wasm32-unknown-unknown".parse().unwrap()].into(), ..ToolchainParts::default() };
        let tool = LockedTool::new("rust".parse().unwrap(), Requirement::of_toolchain("1.95").unwrap());
        LockedTool { version: Some("1.95.0".parse().unwrap()), toolchain: Some(toolchain), artifacts, ..tool }
    }

    #[test]
    fn files_belong_to_their_release_and_their_platform() {
        let core = || {
            CORE.map(|name| {
                artifact(name, &format!("d/{name}-1.95.0-x86_64-unknown-linux-gnu.tar.xz"), &["x86_64-linux"])
            })
            .to_vec()
        };
        let with = |more: Artifact| locked([core(), vec![more]].concat());
        for (locked, expected) in [
            (locked(core()), ""),
            (locked(core()[..2].to_vec()), "is no whole toolchain on x86_64-linux"),
            (with(artifact("rust-std", "d/rust-std-1.95.0-wasm32-unknown-unknown.tar.xz", &["x86_64-linux"])), ""),
            (with(artifact("rust-src", "d/rust-src-1.95.0.tar.xz", &["x86_64-linux"])), ""),
            (
                with(artifact("clippy-preview", "d/clippy-1.95.0-x86_64-unknown-linux-gnu.tar.xz", &["x86_64-linux"])),
                "",
            ),
            (
                with(artifact("clippy-preview", "d/clippy-1.94.0-x86_64-unknown-linux-gnu.tar.xz", &["x86_64-linux"])),
                "another file",
            ),
            (
                with(artifact("clippy-preview", "d/clippy-1.95.0-x86_64-apple-darwin.tar.xz", &["x86_64-linux"])),
                "another file",
            ),
            (
                with(artifact("clippy-preview", "d/rustfmt-1.95.0-x86_64-unknown-linux-gnu.tar.xz", &["x86_64-linux"])),
                "another file",
            ),
            (
                with(artifact("rust-std", "d/rust-std-1.95.0-i686-pc-windows-gnu.tar.xz", &["x86_64-linux"])),
                "another file",
            ),
            (
                with(artifact("clippy-preview", "clippy-1.95.0-x86_64-unknown-linux-gnu.tar.xz", &["x86_64-linux"])),
                "another file",
            ),
        ] {
            let found = check(&locked).map_or_else(|unfit| unfit.text, |()| String::new());
            assert!(found.ends_with(expected) && found.is_empty() == expected.is_empty(), "{found} {locked:?}");
        }
        let plain = LockedTool { toolchain: None, ..locked(core()) };
        assert_eq!(check(&plain).unwrap_err().text, "has no `toolchain`");
    }
}
