//! Where in a lock's text an entry is, for messages. The text is read once more for it, and only when
//! there is something to complain about.

use jsonc_parser::ast::Value;
use jsonc_parser::common::Ranged as _;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

use super::Wish;
use crate::manifest::position;

/// The line, counted from 1, of a tool's entry or of one of its artifacts; of the Python's, when there
/// is no tool. The first line, when the text has no such entry.
pub fn line_of(text: &str, tool: Option<&Wish>, artifact: Option<usize>) -> usize {
    let ast = parse_to_ast(text, &CollectOptions::default(), &ParseOptions::default());
    let value = ast.ok().and_then(|ast| ast.value);
    let start = value.as_ref().and_then(|value| {
        let list = value.as_object()?.get_array(if tool.is_some() { "tools" } else { "python" })?;
        let entry = list.elements.iter().find(|entry| tool.is_none_or(|wish| is_entry_of(entry, wish)))?;
        let artifact = artifact.and_then(|index| entry.as_object()?.get_array("artifacts")?.elements.get(index));
        Some(artifact.unwrap_or(entry).start())
    });
    start.map_or(1, |start| position(text, start).0)
}

fn is_entry_of(entry: &Value, (tool, requirement): &Wish) -> bool {
    let has = |key: &str, text: &str| {
        entry.as_object().and_then(|object| object.get_string(key)).is_some_and(|literal| literal.value == text)
    };
    has("tool", tool.as_str()) && has("requirement", requirement.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_found_in_whatever_order() {
        let text = "{\n \"tools\": [\n  { \"tool\": \"b\", \"requirement\": \"1\",\n    \"artifacts\": [\n     {},\n     {} ] },\n  { \"tool\": \"b\", \"requirement\": \"2\" }\n ],\n \"python\": [\n  { } ] }";
        let wish = |requirement: &str| Some(("b".parse().unwrap(), requirement.parse().unwrap()));
        for (tool, artifact, line) in [
            (wish("1"), None, 3),
            (wish("1"), Some(1), 6),
            (wish("2"), None, 7),
            (wish("2"), Some(0), 7),
            (wish("3"), None, 1),
            (None, None, 10),
        ] {
            assert_eq!(line_of(text, tool.as_ref(), artifact), line, "{tool:?} {artifact:?}");
        }
        assert_eq!(line_of("nothing", None, None), 1);
    }
}
