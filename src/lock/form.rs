//! What kind of thing a locked tool is. The lock does not say so in a field of its own: it follows from the fields
//! that are there. What is done with each kind is the store's business.

use super::LockedTool;
use crate::catalog::{self, Entry};
use crate::name::{PackageVersion, SourceLabel, Suite};
use crate::version::Requirement;

/// The form of a locked tool. A source yields tools of one form or of several.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form<'l> {
    /// A tool of the host: nothing is fetched, and entering checks that it is there.
    Asserted,
    /// One artifact on each platform.
    Object(Commands),
    /// A package with its dependencies, each artifact at its place in one tree.
    Tree,
    /// A virtual environment of Python packages, for this Python and none from `below` on.
    Venv { python: &'l Requirement, below: Option<&'l PackageVersion> },
    /// Components of a Rust toolchain, merged into one directory.
    Sysroot,
    /// Packages that are installed into one directory with all others of their suite.
    Prefix { suite: &'l Suite },
}

/// How the commands of one artifact are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Commands {
    /// By the lock.
    Locked,
    /// By the manifest, or else by what is found in the artifact.
    Found,
}

impl LockedTool {
    pub fn form(&self) -> Form<'_> {
        if let Some(suite) = &self.suite {
            return Form::Prefix { suite };
        }
        if let Some(python) = &self.python {
            return Form::Venv { python, below: self.python_below.as_ref() };
        }
        if self.toolchain.is_some() {
            return Form::Sysroot;
        }
        if self.artifacts.iter().any(|artifact| artifact.path.is_some()) {
            return Form::Tree;
        }
        // The name counts as well, so that no lock makes a tool of the host's out of one that is fetched.
        if self.artifacts.is_empty() && catalog::may_be_of_host(&self.tool) {
            return Form::Asserted;
        }
        Form::Object(if self.commands.is_empty() { Commands::Found } else { Commands::Locked })
    }

    /// The source it came from. It stays that one while it is one of the name's providers.
    pub fn source(&self) -> Option<SourceLabel> {
        let of_artifacts = self.artifacts.first().map(|artifact| artifact.registry);
        let of_host = (self.form() == Form::Asserted).then_some(catalog::OF_HOST);
        let known = of_artifacts.or(of_host).filter(|source| catalog::of_source(&self.tool, *source).is_some());
        known.or_else(|| Some(catalog::find(&self.tool).ok()?.source))
    }

    /// What the catalog knows of it, as its source has it.
    pub fn entry(&self) -> Option<&'static Entry> {
        catalog::of_source(&self.tool, self.source()?)
    }

    /// Whether it is installed into a Python environment of its own.
    pub fn is_venv(&self) -> bool {
        matches!(self.form(), Form::Venv { .. })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lock::Artifact;
    use crate::manifest::ToolchainParts;

    #[test]
    fn the_form_follows_from_the_fields() {
        let tool = |name: &str| LockedTool::new(name.parse().unwrap(), "1".parse().unwrap());
        let integrity = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=".parse().unwrap();
        let artifact = Artifact::new(SourceLabel::Npm, "a".parse().unwrap(), "1.0.0".parse().unwrap(), integrity);
        let (suite, python): (Suite, Requirement) = ("trixie".parse().unwrap(), "3.13".parse().unwrap());
        let artifacts = vec![artifact.clone()];
        let commands = [("a".parse().unwrap(), "bin/a".parse().unwrap())].into();
        let placed = Artifact { path: Some("node_modules/a".parse().unwrap()), ..artifact };
        for (locked, form) in [
            (tool("host:git"), Form::Asserted),
            (tool("npm:a"), Form::Object(Commands::Found)),
            (LockedTool { artifacts: artifacts.clone(), ..tool("url:a") }, Form::Object(Commands::Found)),
            (LockedTool { commands, artifacts, ..tool("npm:a") }, Form::Object(Commands::Locked)),
            (LockedTool { artifacts: vec![placed], ..tool("npm:a") }, Form::Tree),
            (
                LockedTool { python: Some(python.clone()), ..tool("pypi:a") },
                Form::Venv { python: &python, below: None },
            ),
            (LockedTool { toolchain: Some(ToolchainParts::default()), ..tool("rust") }, Form::Sysroot),
            (LockedTool { suite: Some(suite.clone()), ..tool("deb:a") }, Form::Prefix { suite: &suite }),
        ] {
            assert_eq!(locked.form(), form, "{}", locked.tool);
        }
    }
}
