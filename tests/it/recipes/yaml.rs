//! As much of YAML as the recipes use: maps and lists by indentation, plain values, lists in brackets, and texts after
//! `|`. Anything else is a panic.

use serde_json::{Map, Value};

/// The indentation of a line, and the rest of it.
type Line = (usize, String);

/// Reads a document.
#[track_caller]
pub fn parse(text: &str) -> Value {
    let mut lines: Vec<Line> =
        text.lines().rev().map(|line| (line.len() - line.trim_start().len(), line.trim().to_owned())).collect();
    let value = node(&mut lines);
    assert!(next(&mut lines).is_none(), "what is this: {:?}", lines.last());
    value
}

/// The next line that is neither empty nor a comment.
fn next(lines: &mut Vec<Line>) -> Option<Line> {
    while lines.pop_if(|(_, line)| line.is_empty() || line.starts_with('#')).is_some() {}
    lines.last().cloned()
}

/// The lines of one value, of which the next one is the last of the list.
fn node(lines: &mut Vec<Line>) -> Value {
    let Some((indent, first)) = next(lines) else { return Value::Null };
    if first == "|" {
        lines.pop();
        return text(lines, indent - 2);
    }
    if !first.starts_with("- ") && key(&first).is_none() {
        lines.pop();
        return scalar(&first);
    }
    let (mut list, mut map) = (Vec::new(), Map::new());
    while let Some((_, line)) = next(lines).filter(|(own, _)| *own == indent) {
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
    let is_key = key.chars().all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c));
    is_key.then_some((key, rest.trim()))
}

/// All lines that are further in than this, as they are from there on.
fn text(lines: &mut Vec<Line>, indent: usize) -> Value {
    let (mut text, start) = (String::new(), lines.last().map_or(0, |(start, _)| *start));
    while let Some((own, line)) = lines.pop_if(|(own, line)| *own > indent || line.is_empty()) {
        text.push_str(&" ".repeat(own.saturating_sub(start)));
        text.push_str(&line);
        text.push('\n');
    }
    Value::String(text.trim_end().to_owned() + "\n")
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
        "a:\n  b: x # no\n  list: [p, 'q r']\njobs:\n  - run: |\n      one: 1\n\n        # two\n    env:\n      K: ${{ v }}\n\
         \x20 - plain -x \"y\" | z\n  # no\n  - |\n    if\n      x\n  - run:\n      name: in here\n\nend: last\n",
    );
    let expected = serde_json::json!({
        "a": { "b": "x", "list": ["p", "q r"] },
        "jobs": [
            { "run": "one: 1\n\n  # two\n", "env": { "K": "${{ v }}" } },
            "plain -x \"y\" | z",
            "if\n  x\n",
            { "run": { "name": "in here" } },
        ],
        "end": "last",
    });
    assert_eq!(value, expected);
}
