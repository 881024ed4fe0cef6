//! A lock in which a merge left conflict markers: both sides are read and united, and resolving
//! goes on from there, so that nobody has to edit a lock by hand.

use jsonc_parser::{ParseOptions, parse_to_serde_value};

use super::{Lock, LockedTool};

const OURS: &str = "<<<<<<<";
const BASE: &str = "|||||||";
const MIDDLE: &str = "=======";
const THEIRS: &str = ">>>>>>>";

/// The line of the first conflict marker, counted from 1.
pub fn has_conflict(text: &str) -> Option<usize> {
    text.lines().position(|line| line.starts_with(OURS) || line.starts_with(THEIRS)).map(|index| index + 1)
}

/// What can be read of both sides of a conflicted lock, united; where they differ about one
/// requirement, ours stands.
pub fn mend(text: &str) -> Lock {
    let mut tools = tools_of(&side(text, true));
    for theirs in tools_of(&side(text, false)) {
        if !tools.iter().any(|ours| ours.tool == theirs.tool && ours.requirement == theirs.requirement) {
            tools.push(theirs);
        }
    }
    tools.sort();
    // Packages of Python depend on one another: what two sides resolved cannot be united.
    Lock { tools, python: None }
}

/// One side's text, without the markers.
fn side(text: &str, ours: bool) -> String {
    let mut inside = None;
    let mut kept = String::new();
    for line in text.lines() {
        match line.get(..7) {
            Some(OURS) => inside = Some(OURS),
            Some(BASE) if inside.is_some() => inside = Some(BASE),
            Some(MIDDLE) if inside.is_some() => inside = Some(MIDDLE),
            Some(THEIRS) => inside = None,
            _ if inside.is_none() || inside == Some(if ours { OURS } else { MIDDLE }) => {
                kept.push_str(line);
                kept.push('\n');
            }
            _ => {}
        }
    }
    kept
}

/// The tools that can be read. A merge may leave a comma too many or too few between two
/// entries, which is read over; an entry that makes no sense is left to be resolved again.
fn tools_of(text: &str) -> Vec<LockedTool> {
    let loose = ParseOptions { allow_missing_commas: true, allow_trailing_commas: true, ..ParseOptions::default() };
    let Ok(value) = parse_to_serde_value::<serde_json::Value>(text, &loose) else { return Vec::new() };
    let tools = value.get("tools").and_then(serde_json::Value::as_array);
    tools.into_iter().flatten().filter_map(|tool| serde_json::from_value(tool.clone()).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let names: Vec<_> = mend(&text).tools.iter().map(|tool| tool.tool.to_string()).collect();
        assert_eq!(names, ["biome", "deno", "node"]);
        assert_eq!(mend("<<<<<<< nothing to read"), Lock::default());
    }
}
