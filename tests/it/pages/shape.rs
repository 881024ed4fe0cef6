//! JSON documents of a page: each has the keys that devshell's own output has, at the same places, with values of the
//! same kinds.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// Objects whose keys are data: names of variables and of packages.
const DATA: [&str; 2] = ["set", "packages"];

/// A block of `json`, and the mark before it: `<!-- shape: FIXTURE [STEP]... $ COMMAND... -->`.
#[derive(Debug, PartialEq)]
pub struct Document {
    pub line: usize,
    pub mark: Option<Shown>,
    pub text: String,
}

/// The commands that print such a document, and where they are run.
#[derive(Debug, PartialEq)]
pub struct Shown {
    pub fixture: String,
    pub steps: Vec<String>,
    pub commands: Vec<String>,
}

/// The documents of a page, in order.
pub fn documents(page: &str) -> Vec<Document> {
    let lines: Vec<&str> = page.lines().collect();
    let begins = (0..lines.len()).filter(|&index| lines[index] == "```json");
    let document = |index: usize| {
        let text: Vec<&str> = lines[index + 1..].iter().copied().take_while(|line| *line != "```").collect();
        let mark = index.checked_sub(1).and_then(|before| Shown::read(lines[before]));
        Document { line: index + 1, mark, text: text.join("\n") }
    };
    begins.map(document).collect()
}

impl Shown {
    fn read(line: &str) -> Option<Self> {
        let text = line.strip_prefix("<!-- shape: ")?.strip_suffix(" -->")?;
        let mut parts = text.split(" $ ");
        let mut words = parts.next()?.split(' ').map(str::to_owned);
        let commands = parts.map(str::to_owned).collect();
        Some(Self { fixture: words.next()?, steps: words.collect(), commands })
    }
}

/// The kinds of the values at each place of some documents.
#[derive(Default)]
pub struct Shape(BTreeMap<String, BTreeSet<&'static str>>);

impl Shape {
    pub fn add(&mut self, value: &Value) {
        self.walk("", value);
    }

    fn walk(&mut self, place: &str, value: &Value) {
        let kind = match value {
            Value::Null => "null",
            Value::Bool(_) => "a boolean",
            Value::Number(_) => "a number",
            Value::String(_) => "a text",
            Value::Array(_) => "a list",
            Value::Object(_) => "an object",
        };
        self.0.entry(place.to_owned()).or_default().insert(kind);
        match value {
            Value::Array(values) => values.iter().for_each(|value| self.walk(&format!("{place}[]"), value)),
            Value::Object(map) => {
                let is_data = DATA.iter().any(|key| place.ends_with(&format!(".{key}")));
                for (key, value) in map {
                    self.walk(&format!("{place}.{}", if is_data { "*" } else { key }), value);
                }
            }
            _ => {}
        }
    }

    /// Whether something at a place is as good as not known: what is around it is null, or an empty list or object.
    fn is_open(&self, place: &str) -> bool {
        let ends = place.char_indices().filter(|(_, c)| matches!(c, '.' | '[')).map(|(end, _)| end);
        ends.filter_map(|end| Some((&place[..end], self.0.get(&place[..end])?))).any(|(around, kinds)| {
            let has_more = self.0.keys().any(|other| other.len() > around.len() && other.starts_with(around));
            kinds.contains("null") && kinds.len() == 1 || !has_more && kinds.iter().any(|kind| kind.ends_with("list"))
        })
    }

    /// What another shape has and this one lacks, or has in another kind.
    pub fn lacks(&self, other: &Self) -> Vec<String> {
        let mut faults = Vec::new();
        for (place, kinds) in &other.0 {
            match self.0.get(place) {
                None if !self.is_open(place) => faults.push(format!("`{place}` is missing")),
                Some(own) => {
                    let is_known = |kind: &&&str| {
                        **kind == "null" || own.contains(**kind) || own.len() == 1 && own.contains("null")
                    };
                    let unknown = kinds.iter().filter(|kind| !is_known(kind));
                    faults.extend(unknown.map(|kind| format!("`{place}` is {kind}, and {own:?} here")));
                }
                None => {}
            }
        }
        faults
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Shape, Shown, documents};

    fn lacks(one: &Value, other: &Value) -> Vec<String> {
        let [mut own, mut theirs] = [Shape::default(), Shape::default()];
        own.add(one);
        theirs.add(other);
        own.lacks(&theirs)
    }

    #[test]
    fn keys_and_kinds_are_compared_and_data_is_not() {
        let example = json!([{ "a": "x", "set": { "HOME": "y" }, "b": null, "c": [] }]);
        assert_eq!(lacks(&example, &json!([{ "a": "z", "set": { "PATH": "y" } }])), [""; 0]);
        assert_eq!(lacks(&example, &json!([{ "b": { "d": 1 }, "c": [{ "e": 1 }] }])), [""; 0], "not known here");
        assert_eq!(lacks(&example, &json!([{ "new": 1 }])), ["`[].new` is missing"]);
        assert_eq!(lacks(&example, &json!([{ "a": 1 }])), ["`[].a` is a number, and {\"a text\"} here"]);
        assert_eq!(
            lacks(&example, &json!([{ "set": { "HOME": [] } }])),
            ["`[].set.*` is a list, and {\"a text\"} here"]
        );
    }

    #[test]
    fn a_document_has_the_commands_that_print_it() {
        let page = "<!-- shape: shop later $ devshell a --json $ devshell b -->\n```json\n{}\n```\n```json\n1\n```\n";
        let [first, second] = documents(page).try_into().unwrap();
        let words = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect::<Vec<_>>();
        let commands = words(&["devshell a --json", "devshell b"]);
        assert_eq!(first.mark, Some(Shown { fixture: "shop".to_owned(), steps: words(&["later"]), commands }));
        assert_eq!((first.text.as_str(), first.line, second.mark), ("{}", 2, None));
    }
}
