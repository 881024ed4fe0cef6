//! Places in an index in JSON: JSON Pointers (RFC 6901) in which `*` is each element of a list or of an object, and
//! `key`, the key that a value has in its object.

use serde_json::Value;

/// A value and the key that it has in its object.
#[derive(Clone, Copy, Debug)]
pub struct Found<'v> {
    pub key: &'v str,
    pub value: &'v Value,
}

impl Found<'_> {
    /// What is at a place, from here.
    pub fn each(self, place: &str) -> Vec<Self> {
        place.split('/').skip(1).fold(vec![self], |found, part| found.into_iter().flat_map(|it| it.at(part)).collect())
    }

    fn at(self, part: &str) -> Vec<Self> {
        let Self { key, value } = self;
        match (value, part) {
            (Value::Array(list), "*") => list.iter().map(|value| Self { key, value }).collect(),
            (Value::Object(map), "*") => map.iter().map(|(key, value)| Self { key, value }).collect(),
            (Value::Object(map), _) => {
                map.get_key_value(part).map(|(key, value)| Self { key, value }).into_iter().collect()
            }
            _ => Vec::new(),
        }
    }

    /// The text at a place, from here; a number is its digits.
    pub fn text(self, place: &str) -> Option<String> {
        if place == "key" {
            return Some(self.key.to_owned());
        }
        match self.each(place).first()?.value {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }

    /// Whether there is `false` at a place, from here.
    pub fn is_false(self, place: &str) -> bool {
        self.each(place).first().is_some_and(|found| *found.value == Value::Bool(false))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn places_lead_to_values() {
        let index = json!({
            "versions": { "1.0": { "files": ["a", "b"], "stable": false }, "1.1": { "files": ["c"], "n": 9 } },
            "list": [{ "x": { "y": "z" } }, { "x": 1 }, 2],
        });
        let root = Found { key: "", value: &index };
        let texts = |at: &str, place: &str| root.each(at).iter().map(|it| it.text(place)).collect::<Vec<_>>();
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(texts("/versions/*", "key"), [some("1.0"), some("1.1")]);
        assert_eq!(texts("/versions/*/files/*", ""), [some("a"), some("b"), some("c")]);
        assert_eq!(texts("/versions/*", "/n"), [None, some("9")]);
        assert_eq!(texts("/list/*", "/x/y"), [some("z"), None, None]);
        assert_eq!(texts("/list/x", ""), []);
        assert_eq!(texts("/none/*", ""), []);
        assert_eq!(root.each("/versions/*").iter().map(|it| it.is_false("/stable")).collect::<Vec<_>>(), [true, false]);
    }
}
