//! Tools whose files are not from where they were before, as their attestations say.

use crate::lock::{Lock, LockedTool, Provenance};

/// A tool that was locked with an attestation, and now has another one, or none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{}` {} was {before}, and {} {}", .tool.tool, .version, .tool.version.as_deref().unwrap_or_default(), after(.tool, .before))]
pub struct OtherPublisher {
    pub tool: LockedTool,
    /// The version that was locked before.
    pub version: String,
    pub before: Provenance,
}

fn after(tool: &LockedTool, before: &Provenance) -> String {
    match &tool.provenance {
        Some(provenance) if provenance.repository == before.repository && !provenance.is_of_same_repository(before) => {
            format!("was {provenance}, which is another repository by the same name")
        }
        Some(provenance) => format!("was {provenance}"),
        None => "has no attestation that says where it was made".to_owned(),
    }
}

/// The tools of a lock whose attestations are others than in the lock before. One that says more of the same
/// repository is no other.
pub fn other_publishers(before: &Lock, lock: &Lock) -> Vec<OtherPublisher> {
    let is_new = |tool: &&LockedTool| tool.version.is_some() && !before.tools.contains(tool);
    let other = |tool: &LockedTool| {
        // The same wish was locked before, or one of another requirement.
        let same = before.find(&tool.tool, &tool.requirement);
        let of_it = |old: &&LockedTool| same.map_or(old.tool == tool.tool, |same| *old == same);
        let known: Vec<(&LockedTool, &Provenance)> =
            before.tools.iter().filter(of_it).filter_map(|old| Some((old, old.provenance.as_ref()?))).collect();
        let is_known = |found: &Provenance| known.iter().any(|(_, old)| is_same_publisher(old, found));
        let (old, provenance) = *known.first()?;
        let is_right = tool.provenance.as_ref().is_some_and(is_known);
        (!is_right).then(|| OtherPublisher {
            tool: tool.clone(),
            version: old.version.as_deref().unwrap_or_default().to_owned(),
            before: provenance.clone(),
        })
    };
    lock.tools.iter().filter(is_new).filter_map(other).collect()
}

/// Whether an attestation is by the same publisher as one before, and says as much.
fn is_same_publisher(old: &Provenance, new: &Provenance) -> bool {
    let is_same = old.kind == new.kind && old.own_workflow() == new.own_workflow();
    old.is_of_same_repository(new) && (is_same || new.kind < old.kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A lock with one tool, of which this is attested.
    fn lock(version: &str, provenance: Option<(&str, &str, &str)>) -> Lock {
        let provenance = provenance.map(|(kind, repository, workflow)| {
            let workflow = if workflow.is_empty() { String::new() } else { format!(r#", "workflow": "{workflow}""#) };
            serde_json::from_str(&format!(r#"{{ "kind": "{kind}", "repository": "{repository}"{workflow} }}"#)).unwrap()
        });
        let tool = LockedTool::new("gh".parse().unwrap(), "2".parse().unwrap());
        let tool = LockedTool { version: Some(version.parse().unwrap()), provenance, ..tool };
        Lock { tools: vec![tool], ..Lock::default() }
    }

    #[test]
    fn a_repository_is_known_by_its_number() {
        let numbered = |name: &str, number: u64| {
            let mut lock = lock("2.1", Some(("release", name, "")));
            lock.tools[0].version = Some(format!("2.{number}").parse().unwrap());
            lock.tools[0].provenance.as_mut().unwrap().repository_id = Some(number).filter(|number| *number > 0);
            lock
        };
        let others = |before: Lock, after: Lock| {
            other_publishers(&before, &after).iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        let old = "github:a/b";
        assert!(others(numbered(old, 0), numbered(old, 2)).is_empty());
        let mut renamed = numbered("github:a/new", 2);
        renamed.tools[0].version = Some("2.3".parse().unwrap());
        assert!(others(numbered(old, 2), renamed).is_empty());
        assert_eq!(
            others(numbered(old, 1), numbered(old, 2)),
            [
                "`gh` 2.1 was released by github:a/b, and 2.2 was released by github:a/b, which is another repository by the same name"
            ]
        );
    }

    #[test]
    fn another_publisher_is_noticed() {
        let build = ("build", "github:cli/cli", "cli/cli/.github/workflows/release.yml");
        let release = ("release", "github:cli/cli", "");
        let other = ("build", "github:evil/cli", "evil/cli/.github/workflows/release.yml");
        let renamed = ("build", "github:cli/cli", "cli/cli/.github/workflows/other.yml");
        let was = "`gh` 2.1 was built by github:cli/cli (.github/workflows/release.yml), and 2.2 ";
        for (before, after, expected) in [
            (None, None, None),
            (None, Some(build), None),
            (Some(build), Some(build), None),
            (Some(release), Some(build), None),
            (Some(build), Some(release), Some("was released by github:cli/cli")),
            (Some(build), None, Some("has no attestation that says where it was made")),
            (Some(build), Some(other), Some("was built by github:evil/cli (.github/workflows/release.yml)")),
            (Some(build), Some(renamed), Some("was built by github:cli/cli (.github/workflows/other.yml)")),
        ] {
            let found = other_publishers(&lock("2.1", before), &lock("2.2", after));
            let found = found.first().map(ToString::to_string);
            assert_eq!(found, expected.map(|text| format!("{was}{text}")), "{before:?} {after:?}");
        }
        assert!(other_publishers(&lock("2.1", Some(build)), &lock("2.1", Some(build))).is_empty());
    }
}
