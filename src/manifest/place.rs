//! Where something is in a manifest.

use jsonc_parser::ast::Value;
use jsonc_parser::common::Ranged as _;
use jsonc_parser::{CollectOptions, parse_to_ast};

use super::decode::SYNTAX;
use super::problem::position;

/// The line of the key at the end of a way of keys, counted from 1; `None` when there is no such key.
pub fn line_of(text: &str, way: &[&str]) -> Option<usize> {
    let parsed = parse_to_ast(text, &CollectOptions::default(), &SYNTAX).ok()?;
    let mut value = &parsed.value?;
    let mut place = None;
    for key in way {
        let Value::Object(object) = value else { return None };
        let property = object.get(key)?;
        place = Some(property.name.start());
        value = &property.value;
    }
    Some(position(text, place?).0)
}

#[cfg(test)]
mod tests {
    use super::line_of;

    #[test]
    fn keys_are_found_on_their_lines() {
        let text = "{ // a\n \"scripts\": {\n  \"a\": \"x\", \"b\":\n  \"y\"\n },\n \"environments\": { \"d\":\n{ \"scripts\": { \"a\": \"z\" } } } }";
        for (way, line) in [
            (&["scripts", "a"][..], Some(3)),
            (&["scripts", "b"], Some(3)),
            (&["environments", "d", "scripts", "a"], Some(7)),
            (&["scripts", "c"], None),
            (&["scripts", "a", "b"], None),
            (&[], None),
        ] {
            assert_eq!(line_of(text, way), line, "{way:?}");
        }
    }
}
