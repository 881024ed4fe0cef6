//! As much of YAML as the recipes use: maps and lists by indentation, plain values, lists in brackets, and texts after
//! `|`. Anything else is a panic.

use serde_json::{Map, Value};

/// Reads a document.
#[track_caller]
pub fn parse(text: &str) -> Value {
    let is_empty = |line: &&str| line.trim().is_empty() || line.trim_start().starts_with('#');
    let mut lines: Vec<(usize, String)> = text
        .lines()
        .filter(|line| !is_empty(line))
        .map(|line| (line.len() - line.trim_start().len(), line.trim().to_owned()))
        .collect();
    lines.reverse();
    let value = node(&mut lines);
    assert!(lines.is_empty(), "what is this: {:?}", lines.last());
    value
}

/// The lines of one value, of which the next one is the last of the list.
fn node(lines: &mut Vec<(usize, String)>) -> Value {
    let Some((indent, first)) = lines.last().cloned() else { return Value::Null };
    if !first.starts_with("- ") && key(&first).is_none() {
        lines.pop();
        return scalar(&first);
    }
    let (mut list, mut map) = (Vec::new(), Map::new());
    while let Some((_, line)) = lines.last().cloned().filter(|(own, _)| *own == indent) {
        if let Some(item) = line.strip_prefix("- ") {
            // What follows the dash is the first line of the item, two columns further on.
            *lines.last_mut().unwrap() = (indent + 2, item.to_owned());
            list.push(node(lines));
        } else if let Some((key, rest)) = key(&line) {
            lines.pop();
            let value = match rest {
                "" => node(lines),
                "|" => text(lines, indent),
                rest => scalar(rest),
            };
            map.insert(key.to_owned(), value);
        } else {
            panic!("neither an item nor a key: {line}");
        }
    }
    if list.is_empty() { Value::Object(map) } else { Value::Array(list) }
}

fn key(line: &str) -> Option<(&str, &str)> {
    let (key, rest) = line.split_once(": ").or_else(|| Some((line.strip_suffix(':')?, "")))?;
    let is_key = key.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c));
    is_key.then_some((key, rest.trim()))
}

fn text(lines: &mut Vec<(usize, String)>, indent: usize) -> Value {
    let mut text = String::new();
    while let Some((_, line)) = lines.pop_if(|(own, _)| *own > indent) {
        text.push_str(&line);
        text.push('\n');
    }
    Value::String(text)
}

fn scalar(text: &str) -> Value {
    let plain = |text: &str| Value::String(text.trim().trim_matches(['\'', '"']).to_owned());
    match text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(items) => items.split(", ").map(plain).collect(),
        None if text.starts_with(['\'', '"']) => plain(text),
        None => {
            let (value, _comment) = text.split_once(" # ").unwrap_or((text, ""));
            Value::String(value.trim().to_owned())
        }
    }
}

#[test]
fn what_the_recipes_use_is_read() {
    let value = parse(
        "a:\n  b: x # no\n  list: [p, 'q r']\njobs:\n  - run: |\n      one: 1\n      two\n    env:\n      K: ${{ v }}\n\
         \x20 - plain -x \"y\" | z\n  - run:\n      name: in here\nend: last\n",
    );
    let expected = serde_json::json!({
        "a": { "b": "x", "list": ["p", "q r"] },
        "jobs": [
            { "run": "one: 1\ntwo\n", "env": { "K": "${{ v }}" } },
            "plain -x \"y\" | z",
            { "run": { "name": "in here" } },
        ],
        "end": "last",
    });
    assert_eq!(value, expected);
}
