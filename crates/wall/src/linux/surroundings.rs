//! The container or the sandbox that this process is in, as far as it shows.

use std::fmt;
use std::fs;
use std::path::Path;

use rustix::process::{Pid, getpid};

use super::process::{name, parent};

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Surroundings {
    Flatpak,
    Bubblewrap,
    Podman,
    Docker,
    Kubernetes,
    /// Another one, by the name that it gives itself.
    Other(String),
}

/// Files that containers have. A container in another one has both, so the order counts.
const FILES: [(&str, Surroundings); 4] = [
    ("/.flatpak-info", Surroundings::Flatpak),
    ("/run/.containerenv", Surroundings::Podman),
    ("/var/run/secrets/kubernetes.io", Surroundings::Kubernetes),
    ("/.dockerenv", Surroundings::Docker),
];

/// Where systemd writes the name of a container, as other programs do in the variable `container`.
const NAME: &str = "/run/systemd/container";

impl Surroundings {
    pub fn find() -> Option<Self> {
        let above = std::iter::successors(Some(getpid()), |process| parent(*process)).chain(Pid::from_raw(1));
        let names = above.filter_map(name);
        let said = || {
            let file = fs::read_to_string(NAME).ok();
            file.or_else(|| std::env::var("container").ok())
        };
        Self::of(|path| Path::new(path).exists(), names, said)
    }

    fn of(
        exists: impl Fn(&str) -> bool,
        mut processes: impl Iterator<Item = String>,
        named: impl FnOnce() -> Option<String>,
    ) -> Option<Self> {
        let file = FILES.into_iter().find(|(path, _)| exists(path)).map(|(_, found)| found);
        if file != Some(Self::Flatpak) && processes.any(|name| name == "bwrap") {
            return Some(Self::Bubblewrap);
        }
        file.or_else(|| named().map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).map(Self::Other))
    }

    /// What to do about one that allows no user namespaces.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Flatpak => "start devshell outside of Flatpak: `flatpak-spawn --host devshell`",
            Self::Bubblewrap => "start bwrap without `--disable-userns`, or devshell outside of it",
            Self::Docker | Self::Podman => {
                "start the container with `--security-opt seccomp=FILE`, a profile that allows user namespaces"
            }
            Self::Kubernetes => "give the pod a `seccompProfile` that allows user namespaces",
            Self::Other(_) => "start the container with a seccomp profile that allows user namespaces",
        }
    }
}

impl fmt::Display for Surroundings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Flatpak => "Flatpak",
            Self::Bubblewrap => "bubblewrap",
            Self::Podman => "Podman",
            Self::Docker => "Docker",
            Self::Kubernetes => "Kubernetes",
            Self::Other(name) => name,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_known_by_what_it_leaves() {
        let of = |files: &[&str], processes: &[&str], name: Option<&str>| {
            let processes = processes.iter().map(|name| (*name).to_owned());
            Surroundings::of(|path| files.contains(&path), processes, || name.map(str::to_owned))
        };
        assert_eq!(of(&["/.dockerenv"], &["sh", "bash"], None), Some(Surroundings::Docker));
        assert_eq!(of(&["/.dockerenv", "/run/.containerenv"], &[], None), Some(Surroundings::Podman));
        // Flatpak is made with bubblewrap.
        assert_eq!(of(&["/.flatpak-info"], &["sh", "bwrap"], None), Some(Surroundings::Flatpak));
        assert_eq!(of(&["/.dockerenv"], &["sh", "bwrap"], None), Some(Surroundings::Bubblewrap));
        assert_eq!(of(&[], &["sh"], Some("lxc\n")), Some(Surroundings::Other("lxc".to_owned())));
        assert_eq!(of(&[], &["bwrapper"], Some("")), None);
        assert_eq!(of(&[], &[], None), None);
    }
}
