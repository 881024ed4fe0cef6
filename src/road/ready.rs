//! What is asked for on this road, and what is at its end.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::RoadError;
use crate::env::Environment;
use crate::evaluation::Evaluated;
use crate::files::Stamp;
use crate::manifest::{Isolation, Layer, Manifest, Script, Service, base_utilities};
use crate::sandbox::Walls;

/// What was asked for.
#[derive(Clone, Debug)]
pub struct Selection {
    /// The environments of `-e`, in order.
    pub environments: Vec<String>,
    /// In place of the manifest's.
    pub isolation: Option<Isolation>,
    /// Whether a person will type into it: then PATH ends in the session commands.
    pub interactive: bool,
    /// Whether dev shells of Nix are evaluated again.
    pub refresh: bool,
}

impl Selection {
    pub fn new(environments: &[String], isolation: Option<Isolation>, interactive: bool) -> Self {
        Self { environments: environments.to_vec(), isolation, interactive, refresh: false }
    }

    /// The default environment by itself, and with each of the others.
    pub fn each(manifest: &Manifest) -> impl Iterator<Item = Self> {
        let others = manifest.environments.keys().map(|name| vec![name.clone()]);
        std::iter::once(Vec::new()).chain(others).map(|names| Self::new(&names, None, false))
    }

    /// How much of the host is hidden in an environment.
    pub fn level(&self, layer: &Layer) -> Isolation {
        self.isolation.or(layer.isolation).unwrap_or_default()
    }

    /// The environment, with base utilities of its own if it has none of the host.
    pub fn layer(&self, manifest: &Manifest) -> Result<Layer, RoadError> {
        let mut layer = manifest.select(&self.environments)?;
        if self.level(&layer).has_own_base() {
            manifest.add_base(&mut layer);
            if layer.tools.iter().all(|tool| tool.name != base_utilities()) {
                return Err(RoadError::NoBase);
            }
        }
        Ok(layer)
    }

    /// The options that select the same again. Names of environments need no quoting.
    pub fn options(&self) -> String {
        let environments = self.environments.iter().flat_map(|name| ["-e", name]);
        let isolation = self.isolation.into_iter().flat_map(|level| ["--isolation", level.name()]);
        environments.chain(isolation).collect::<Vec<_>>().join(" ")
    }

    /// What such options select; nothing of what this devshell does not know.
    pub fn of_options(options: &str, interactive: bool) -> Self {
        let mut selection = Self::new(&[], None, interactive);
        let mut words = options.split_whitespace();
        while let Some(option) = words.next() {
            match (option, words.next()) {
                ("-e", Some(name)) => selection.environments.push(name.to_owned()),
                ("--isolation", Some(level)) => selection.isolation = level.parse().ok(),
                _ => {}
            }
        }
        selection
    }

    /// What a shell gets on `cd`: the default environment, before the host's PATH.
    pub fn on_cd() -> Self {
        Self::new(&[], Some(Isolation::None), false)
    }
}

/// An environment ready to be entered, and all that entering needs to know.
#[derive(Debug, Serialize, Deserialize)]
pub struct Ready {
    pub environment: Environment,
    pub name: String,
    /// What the prompt begins with.
    pub marker: String,
    /// The user's own, by name.
    pub aliases: Vec<(String, String)>,
    /// What the project gets, if its commands run inside walls.
    pub walls: Option<Walls>,
    /// The directory with the base utilities, if there are none of the host.
    pub base: Option<PathBuf>,
    pub scripts: Vec<(String, Script)>,
    pub services: Vec<(String, Service)>,
    /// What is known of the dev shell of Nix that it begins with.
    pub nix: Option<ReadyNix>,
    /// The command line of `hooks.enter`.
    pub enter_hook: Option<String>,
    pub env_files: Vec<PathBuf>,
    /// The commands of the pinned tools.
    pub commands: Vec<String>,
    /// Directories that must still be there.
    pub directories: Vec<PathBuf>,
    /// Files and directories of the host that must not have changed.
    pub stamps: Vec<(PathBuf, Option<Stamp>)>,
    /// A hash of the files of the project that it was made of, for who must know it better than
    /// by a stamp.
    pub made_of: String,
}

/// What entering needs to know of a dev shell of Nix.
#[derive(Debug, Serialize, Deserialize)]
pub struct ReadyNix {
    /// The directory with what belongs to it.
    pub directory: PathBuf,
    /// The files of the project that it is made of.
    pub files: Vec<PathBuf>,
    pub hook: Option<ShellHook>,
}

impl Ready {
    /// What runs the `shellHook`, if there is one.
    pub fn shell_hook(&self) -> Option<&ShellHook> {
        self.nix.as_ref()?.hook.as_ref()
    }
}

/// What runs a `shellHook`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShellHook {
    /// How the dev shell is called: `.#ci`.
    pub name: String,
    pub bash: PathBuf,
    pub script: PathBuf,
}

impl ReadyNix {
    pub(super) fn of(nix: &Evaluated) -> Self {
        let hook = nix.hook.clone();
        let hook = hook.map(|(bash, script)| ShellHook { name: nix.paths.name.clone(), bash, script });
        Self { directory: nix.directory.clone(), files: nix.files.clone(), hook }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_select_the_same_again() {
        for (environments, isolation, options) in [
            (&[][..], None, ""),
            (&["docs", "ci"], None, "-e docs -e ci"),
            (&["docs"], Some(Isolation::Pure), "-e docs --isolation pure"),
        ] {
            let environments: Vec<String> = environments.iter().map(ToString::to_string).collect();
            let selection = Selection::new(&environments, isolation, true);
            assert_eq!(selection.options(), options);
            let again = Selection::of_options(options, true);
            assert_eq!((again.environments, again.isolation), (environments, isolation));
        }
    }
}
