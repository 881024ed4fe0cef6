//! A lock in which a merge left conflict markers: both sides are read and united, and resolving
//! continues from there, so that no one has to edit a lock by hand.

use jsonc_parser::{ParseOptions, parse_to_serde_value};
use serde::Deserialize as _;
use serde_json::Value;

use super::conflict::side;
use super::format::{self, LockFile};
use super::{Lock, LockError, LockedTool};
use crate::platform::Platforms;

/// What can be read of both sides of a conflicted lock, united; where they differ about one requirement, ours wins,
/// unless theirs alone is attested. `file` is how messages call it.
///
/// # Errors
/// A side of a newer devshell: what it added would be lost.
pub fn mend(file: &str, text: &str) -> Result<Lock, LockError> {
    let (mut tools, ours) = content_of(file, text, &side(text, true))?;
    let (their_tools, theirs) = content_of(file, text, &side(text, false))?;
    for theirs in their_tools {
        match tools.iter_mut().find(|ours| ours.tool == theirs.tool && ours.requirement == theirs.requirement) {
            Some(ours) if ours.provenance.is_none() && theirs.provenance.is_some() => *ours = theirs,
            Some(_) => {}
            None => tools.push(theirs),
        }
    }
    tools.sort();
    // Packages of Python depend on one another: what two sides resolved cannot be united.
    // What only one side is for, the other side's tools lack.
    Ok(Lock { tools, platforms: ours.and(theirs), ..Lock::default() })
}

/// The tools of one side that can be read, and the platforms that it is for. A merge may leave a comma too many or too few between two
/// entries, which is read over; an entry that makes no sense is left to be resolved again.
fn content_of(file: &str, text: &str, side: &str) -> Result<(Vec<LockedTool>, Platforms), LockError> {
    let loose = ParseOptions { allow_missing_commas: true, allow_trailing_commas: true, ..ParseOptions::default() };
    let Ok(value) = parse_to_serde_value::<Value>(side, &loose) else { return Ok((Vec::new(), Platforms::ALL)) };
    format::check_number(file, &value)?;
    let known = |error: serde_json::Error| format::check_known(file, text, &error);
    LockFile::deserialize(&value).map_or_else(known, |_| Ok(()))?;
    let mut tools = Vec::new();
    for tool in value.get("tools").and_then(Value::as_array).into_iter().flatten() {
        match LockedTool::deserialize(tool) {
            Ok(tool) => tools.push(tool),
            Err(error) => known(error)?,
        }
    }
    let platforms = value.get("platforms").and_then(|platforms| Platforms::deserialize(platforms).ok());
    Ok((tools, platforms.unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lock::has_conflict;

    #[test]
    fn both_sides_are_united() {
        let entry = |name: &str| format!("{{ \"tool\": \"{name}\", \"requirement\": \"1\", \"version\": \"1.0.0\" }}");
        let text = format!(
            "{{ \"format\": 1, \"tools\": [\n{},\n<<<<<<< HEAD\n{},\n||||||| base\n=======\n{}\n>>>>>>> theirs\n] }}\n",
            entry("node"),
            entry("biome"),
            entry("deno"),
        );
        assert_eq!(has_conflict(&text), Some(3));
        let names: Vec<_> =
            mend("devshell.lock", &text).unwrap().tools.iter().map(|tool| tool.tool.to_string()).collect();
        assert_eq!(names, ["biome", "deno", "node"]);
        assert_eq!(mend("devshell.lock", "<<<<<<< nothing to read").unwrap(), Lock::default());
        let text = "{ \"format\": 1, \"platforms\": [\n<<<<<<< HEAD\n\"x86_64-linux\",\n=======\n\"x86_64-darwin\",\n>>>>>>> theirs\n\"aarch64-darwin\"\n], \"tools\": [] }";
        assert_eq!(mend("devshell.lock", text).unwrap().platforms.to_string(), "aarch64-darwin");
    }

    #[test]
    fn an_attested_side_wins() {
        let entry = |version: &str, more: &str| {
            format!("{{ \"tool\": \"gh\", \"requirement\": \"2\", \"version\": \"{version}\"{more} }}")
        };
        let attested = r#", "provenance": { "kind": "release", "repository": "github:cli/cli" }"#;
        for (ours, theirs, expected) in [("", "", "2.2.0"), ("", attested, "2.1.0"), (attested, attested, "2.2.0")] {
            let (ours, theirs) = (entry("2.2.0", ours), entry("2.1.0", theirs));
            let text = format!(
                "{{ \"format\": 1, \"tools\": [\n<<<<<<< HEAD\n{ours}\n=======\n{theirs}\n>>>>>>> theirs\n] }}\n"
            );
            let mended = mend("devshell.lock", &text).unwrap();
            assert_eq!(mended.tools[0].version.as_deref(), Some(expected));
        }
    }

    #[test]
    fn nothing_of_a_newer_devshell_is_lost() {
        let mended = |more: &str, entry: &str| {
            let entry = format!("{{ \"tool\": \"npm:a\", \"requirement\": \"1\"{entry} }}");
            let text = format!(
                "{{\n\"format\": 1,\n{more}\"tools\": [\n<<<<<<< HEAD\n=======\n{entry}\n>>>>>>> theirs\n] }}\n"
            );
            mend("devshell.lock", &text)
        };
        assert_eq!(mended("", "").unwrap().tools.len(), 1);
        assert_eq!(mended("", ", \"version\": 7").unwrap().tools.len(), 0);
        let refused = [(mended("", ", \"proof\": 7"), 6), (mended("\"services\": {},\n", ""), 3)];
        for (outcome, expected) in refused {
            let Err(LockError::Newer { line, .. }) = outcome else { panic!("{outcome:?}") };
            assert_eq!(line, expected);
        }
        let text = "{ \"format\": 2,\n<<<<<<< HEAD\n\"tools\": 1\n=======\n\"tools\": 2\n>>>>>>> theirs\n}";
        assert!(matches!(mend("devshell.lock", text), Err(LockError::NewerFormat { found: 2, .. })));
    }
}
