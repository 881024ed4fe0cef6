//! Where the packages of a tool were made: a registry of npm keeps the attestations that `npm publish --provenance`
//! makes, and its metadata says which versions have some. Besides, it attests with a key of its own that a package was
//! published; that says nothing of where it was made.

use std::sync::Arc;

use super::metadata::Packument;
use super::{NpmSource, meaning};
use crate::attestation::Attestation;
use crate::lock::{Artifact, Form, LockedTool, ProvenanceKind};
use crate::name::TreePath;
use crate::source::judge::{Expected, Judge, PARTLY};
use crate::source::provenance::Attested;
use crate::source::{ResolveError, at_once};

impl NpmSource<'_> {
    /// What is proven of a tool's own packages. Those that it depends on are not asked about.
    pub fn attested_packages(&self, locked: &LockedTool, is_expected: bool) -> Result<Attested, ResolveError> {
        let (_, package) = meaning(&locked.tool)?;
        let own: Vec<&Artifact> =
            locked.artifacts.iter().filter(|artifact| is_own(locked, package, artifact)).collect();
        if !is_expected {
            // Of platforms that are only added to others, the packages of those are not asked for.
            let asked = own.iter().filter_map(|artifact| Some((artifact, self.metadata.asked(&artifact.package)?)));
            if !asked.into_iter().any(|(artifact, packument)| is_listed(&packument, artifact)) {
                return Ok(Attested::NONE);
            }
            for artifact in &own {
                if !is_listed(&*self.metadata.known(&artifact.package)?, artifact) {
                    return Ok(Attested::not(PARTLY));
                }
            }
        }
        let answers = at_once(&own, |artifact| self.metadata.attestations(&artifact.package, &artifact.version));
        answers.into_iter().collect::<Result<Vec<Arc<_>>, _>>()?;
        let ask = |artifact: &Artifact| {
            let found = self.metadata.attestations(&artifact.package, &artifact.version)?;
            Ok(found.iter().map(|bundle| Attestation::read(bundle)).collect())
        };
        let expected = Expected { is_name: Some(is_name), ..Expected::default() };
        Judge::new(locked, expected, &ask).verdict(&own, &[ProvenanceKind::Build])
    }
}

/// Whether a registry says that it has attestations of a version.
fn is_listed(packument: &Packument, artifact: &Artifact) -> bool {
    let release = packument.versions.get(artifact.version.as_str());
    release.is_some_and(|release| release.dist.attestations.is_some())
}

/// Whether a package is the tool itself, and not one that it needs.
fn is_own(locked: &LockedTool, package: &str, artifact: &Artifact) -> bool {
    let is_at = |path: &TreePath| path.as_str() == TreePath::of(package);
    locked.form() != Form::Tree || artifact.path.as_ref().is_some_and(is_at)
}

/// Whether a statement names a package ("Package URL specification", type `npm`).
fn is_name(artifact: &Artifact, name: &str) -> bool {
    name == format!("pkg:npm/{}@{}", artifact.package.replacen('@', "%40", 1), artifact.version)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::SourceLabel;

    fn artifact(package: &str, version: &str) -> Artifact {
        let integrity = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=".parse().unwrap();
        Artifact::new(SourceLabel::Npm, package.parse().unwrap(), version.parse().unwrap(), integrity)
    }

    #[test]
    fn of_a_tree_only_the_tool_is_its_own() {
        let mut locked = LockedTool::new("npm:@s/top".parse().unwrap(), "1".parse().unwrap());
        let at =
            |path: &str, package: &str| Artifact { path: Some(path.parse().unwrap()), ..artifact(package, "1.0.0") };
        locked.artifacts = vec![
            at("node_modules/@s/top", "@s/top"),
            at("node_modules/@s/top/node_modules/needed", "needed"),
            at("node_modules/needed", "needed"),
        ];
        let own = |locked: &LockedTool| -> Vec<bool> {
            locked.artifacts.iter().map(|artifact| is_own(locked, "@s/top", artifact)).collect()
        };
        assert_eq!(own(&locked), [true, false, false]);
        locked.artifacts = vec![artifact("@s/top-linux", "1.0.0"), artifact("@s/top-mac", "1.0.0")];
        assert_eq!(own(&locked), [true, true]);
    }

    #[test]
    fn a_statement_names_a_package_by_its_package_url() {
        for (name, expected) in [
            ("pkg:npm/%40s/top@1.0.0", true),
            ("pkg:npm/@s/top@1.0.0", false),
            ("pkg:npm/%40s/top@1.0.1", false),
            ("pkg:npm/%40s/other@1.0.0", false),
            ("@s/top@1.0.0", false),
        ] {
            assert_eq!(is_name(&artifact("@s/top", "1.0.0"), name), expected, "{name}");
        }
        assert!(is_name(&artifact("top", "1.0.0"), "pkg:npm/top@1.0.0"));
    }
}
