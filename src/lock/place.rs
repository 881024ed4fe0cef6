//! Where in a lock's text an entry is, for messages. The text is read once more for it, and only when
//! there is something to complain about.

use jsonc_parser::ast::Value;
use jsonc_parser::common::Ranged as _;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

use super::Wish;
use crate::manifest::position;
use crate::name::Suite;

/// An entry of a lock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    Tool(Wish),
    /// What configures the packages of a release.
    Configuring(Option<Suite>),
    Python,
}

/// The line, counted from 1, of an entry or of one of its artifacts. The first line, when the text has no such entry.
pub fn line_of(text: &str, entry: &Entry, artifact: Option<usize>) -> usize {
    let ast = parse_to_ast(text, &CollectOptions::default(), &ParseOptions::default());
    let value = ast.ok().and_then(|ast| ast.value);
    let list = match entry {
        Entry::Tool(_) => "tools",
        Entry::Configuring(_) => "configuring",
        Entry::Python => "python",
    };
    let start = value.as_ref().and_then(|value| {
        let list = value.as_object()?.get_array(list)?;
        let entry = list.elements.iter().find(|value| is(value, entry))?;
        let artifact = artifact.and_then(|index| entry.as_object()?.get_array("artifacts")?.elements.get(index));
        Some(artifact.unwrap_or(entry).start())
    });
    start.map_or(1, |start| position(text, start).0)
}

fn is(value: &Value, entry: &Entry) -> bool {
    let text = |key: &str| Some(value.as_object()?.get_string(key)?.value.to_string());
    match entry {
        Entry::Tool((tool, requirement)) => {
            text("tool").as_deref() == Some(tool.as_str())
                && text("requirement").as_deref() == Some(requirement.as_str())
        }
        Entry::Configuring(suite) => text("suite").as_deref() == suite.as_ref().map(Suite::as_str),
        Entry::Python => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_found_in_whatever_order() {
        let text = "{\n \"tools\": [\n  { \"tool\": \"b\", \"requirement\": \"1\",\n    \"artifacts\": [\n     {},\n     {} ] },\n  { \"tool\": \"b\", \"requirement\": \"2\" }\n ],\n \"python\": [\n  { } ],\n \"configuring\": [\n  { \"suite\": \"x\" },\n  { \"suite\": \"sid\" } ] }";
        let wish = |requirement: &str| Entry::Tool(("b".parse().unwrap(), requirement.parse().unwrap()));
        for (tool, artifact, line) in [
            (wish("1"), None, 3),
            (wish("1"), Some(1), 6),
            (wish("2"), None, 7),
            (wish("2"), Some(0), 7),
            (wish("3"), None, 1),
            (Entry::Python, None, 10),
            (Entry::Configuring(Some("sid".parse().unwrap())), None, 13),
            (Entry::Configuring(None), None, 1),
        ] {
            assert_eq!(line_of(text, &tool, artifact), line, "{tool:?} {artifact:?}");
        }
        assert_eq!(line_of("nothing", &Entry::Python, None), 1);
    }
}
