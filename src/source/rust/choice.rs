//! Which files of a release make the toolchain that is wanted, for all machines at once.

use std::collections::{BTreeMap, BTreeSet};

use super::release::{EVERYWHERE, File, Release};
use crate::hint::nearest;
use crate::manifest::{Profile, ToolchainParts};
use crate::platform::Platform;

/// Without one of these there is no toolchain.
pub const CORE: [&str; 3] = ["rustc", "cargo", "rust-std"];

/// A component that profiles have for all, and few want: 700 MB of pages. It is there for those who name it.
const DOCUMENTATION: &str = "rust-docs";

/// The files to lock: by component and path, each with the platforms that need it.
#[derive(Debug, Default)]
pub struct Choice<'r> {
    pub files: BTreeMap<(&'r str, File<'r>), BTreeSet<Platform>>,
    /// What the release lacks for some platforms, and has for others.
    pub holes: Vec<(&'r str, Platform)>,
}

/// Why there is no toolchain to choose.
#[derive(Debug, PartialEq, Eq)]
pub enum Lack {
    /// No release has a component or a target of this name; one with a similar name.
    Unknown { what: &'static str, name: String, near: Option<String> },
    /// This release has none of it.
    Unavailable { what: &'static str, name: String },
}

/// Chooses the files of a release.
pub fn choose<'r>(release: &'r Release, parts: &'r ToolchainParts) -> Result<Choice<'r>, Lack> {
    let mut choice = Choice::default();
    let file = |component: &str, platform: &Platform| release.file(component, &platform.target());
    let (hosts, others): (Vec<Platform>, Vec<Platform>) =
        Platform::ALL.into_iter().partition(|platform| CORE.iter().all(|name| file(name, platform).is_some()));
    choice.holes.extend(others.into_iter().map(|platform| ("rustc", platform)));
    if hosts.is_empty() {
        return Err(Lack::Unavailable { what: "component", name: "rustc".to_owned() });
    }
    for (component, is_asked_for) in components(release, parts)? {
        if let Some(file) = release.file(component, EVERYWHERE) {
            choice.add(component, file, &hosts);
            continue;
        }
        let found: Vec<_> = hosts.iter().filter_map(|host| Some((*host, file(component, host)?))).collect();
        if found.is_empty() {
            // A profile has components for systems that devshell does not know.
            if is_asked_for {
                return Err(Lack::Unavailable { what: "component", name: component.to_owned() });
            }
            continue;
        }
        let lacking = hosts.iter().filter(|host| found.iter().all(|(own, _)| own != *host));
        choice.holes.extend(lacking.map(|host| (component, *host)));
        for (host, file) in found {
            choice.add(component, file, &[host]);
        }
    }
    for target in &parts.targets {
        let Some(file) = release.file("rust-std", target) else {
            let (what, name) = ("target", target.to_string());
            let near = nearest(&name, release.targets()).map(str::to_owned);
            return Err(Lack::Unknown { what, name, near });
        };
        choice.add("rust-std", file, &hosts);
    }
    Ok(choice)
}

/// The wanted components, and whether each is asked for by its name.
fn components<'r>(release: &'r Release, parts: &'r ToolchainParts) -> Result<BTreeMap<&'r str, bool>, Lack> {
    let profile = release.profile(match parts.profile {
        Profile::Minimal => "minimal",
        Profile::Default => "default",
    });
    let profile = CORE.into_iter().chain(profile.iter().map(String::as_str)).filter(|name| *name != DOCUMENTATION);
    let mut wanted: BTreeMap<&str, bool> = profile.map(|name| (name, CORE.contains(&name))).collect();
    for name in &parts.components {
        let Some(component) = release.component(name) else {
            let near = nearest(name, release.components()).map(str::to_owned);
            return Err(Lack::Unknown { what: "component", name: name.to_string(), near });
        };
        wanted.insert(component, true);
    }
    Ok(wanted)
}

impl<'r> Choice<'r> {
    fn add(&mut self, component: &'r str, file: File<'r>, platforms: &[Platform]) {
        self.files.entry((component, file)).or_default().extend(platforms);
    }
}

#[cfg(test)]
mod tests {
    use super::super::release::tests::manifest;
    use super::*;

    const HOSTS: [&str; 6] = [
        "aarch64-apple-darwin",
        "aarch64-unknown-linux-gnu",
        "aarch64-unknown-linux-musl",
        "x86_64-apple-darwin",
        "x86_64-unknown-linux-gnu",
        "x86_64-unknown-linux-musl",
    ];

    fn release(more: &[(&str, &[&str])]) -> Release {
        let std = [&HOSTS[..], &["wasm32-unknown-unknown"]].concat();
        let mut components: Vec<(&str, &[&str])> = vec![("rustc", &HOSTS), ("cargo", &HOSTS), ("rust-std", &std)];
        components.extend([("clippy-preview", &HOSTS[..]), ("rust-docs", &HOSTS), ("rust-src", &["*"])]);
        components.extend(more);
        Release::parse(&manifest("1.95.0", "2026-04-16", &components)).unwrap()
    }

    fn parts(profile: Profile, components: &[&str], targets: &[&str]) -> ToolchainParts {
        let set = |names: &[&str]| names.iter().map(|name| name.parse().unwrap()).collect();
        ToolchainParts { profile, components: set(components), targets: set(targets) }
    }

    fn shown(choice: &Choice) -> Vec<String> {
        let mut counts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
        for ((component, _), platforms) in &choice.files {
            let count = counts.entry(component).or_default();
            *count = (count.0 + 1, count.1 + platforms.len());
        }
        counts.iter().map(|(name, (files, platforms))| format!("{name} {files} {platforms}")).collect()
    }

    #[test]
    fn profiles_components_and_targets_add_up() {
        let release = release(&[("rustfmt-preview", &HOSTS[1..])]);
        let choose = |profile, components: &[&str], targets: &[&str]| {
            let parts = parts(profile, components, targets);
            let choice = choose(&release, &parts).unwrap();
            (
                shown(&choice).join(", "),
                choice.holes.iter().map(|(name, host)| format!("{name} {host}")).collect::<Vec<_>>(),
            )
        };
        assert_eq!(choose(Profile::Minimal, &[], &[]), ("cargo 6 6, rust-std 6 6, rustc 6 6".to_owned(), vec![]));
        let (files, holes) = choose(Profile::Default, &[], &[]);
        assert_eq!(files, "cargo 6 6, clippy-preview 6 6, rust-std 6 6, rustc 6 6, rustfmt-preview 5 5");
        assert_eq!(holes, ["rustfmt-preview aarch64-darwin"]);
        let (files, _) = choose(Profile::Minimal, &["clippy", "rust-src", "rust-docs"], &["wasm32-unknown-unknown"]);
        assert_eq!(files, "cargo 6 6, clippy-preview 6 6, rust-docs 6 6, rust-src 1 6, rust-std 7 12, rustc 6 6");
        // The library of a machine's own is the same file as that for compiling for it elsewhere.
        let (files, _) = choose(Profile::Minimal, &[], &["x86_64-unknown-linux-musl"]);
        assert_eq!(files, "cargo 6 6, rust-std 6 11, rustc 6 6");
    }

    #[test]
    fn a_machine_without_a_compiler_has_no_toolchain() {
        let text = manifest("1.95.0", "d", &[("rustc", &HOSTS[..2]), ("cargo", &HOSTS), ("rust-std", &HOSTS[1..])]);
        let release = Release::parse(&text).unwrap();
        let parts = parts(Profile::Minimal, &[], &[]);
        let choice = choose(&release, &parts).unwrap();
        assert_eq!(shown(&choice).join(", "), "cargo 1 1, rust-std 1 1, rustc 1 1");
        assert_eq!(choice.holes.len(), 5);
    }

    #[test]
    fn what_is_not_there_is_named() {
        let release = release(&[("miri-preview", &["x86_64-pc-windows-msvc"])]);
        for (components, targets, expected) in [
            (&["clipy"][..], &[][..], "Unknown { what: \"component\", name: \"clipy\", near: Some(\"clippy\") }"),
            (&["miri-preview"], &[], "Unavailable { what: \"component\", name: \"miri-preview\" }"),
            (
                &[],
                &["wasm32-unknown-unknow"],
                "Unknown { what: \"target\", name: \"wasm32-unknown-unknow\", near: Some(\"wasm32-unknown-unknown\") }",
            ),
        ] {
            let parts = parts(Profile::Minimal, components, targets);
            assert_eq!(format!("{:?}", choose(&release, &parts).unwrap_err()), expected);
        }
    }
}
