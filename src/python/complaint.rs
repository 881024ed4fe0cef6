//! What uv complains about when it finds no solution: text for people, read for what it says about packages and Pythons.

use crate::name::normalized;
use crate::source::{PythonError, Wheelless};

/// What uv complained about, and the packages that it names as being without wheels.
pub fn complaint_of(error: &PythonError) -> Option<(&str, &[Wheelless])> {
    match error {
        PythonError::Uv { text, .. } => Some((text, &[])),
        PythonError::NoSolution { text, packages } => Some((text, packages)),
        _ => None,
    }
}

/// Which package needs which, as uv's chain of reasons says: `a==1 depends on b>2`.
pub fn needs(text: &str) -> impl Iterator<Item = (String, String)> {
    let name = |text: &str| {
        let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || "._-".contains(c))).unwrap_or(text.len());
        normalized(&text[..end])
    };
    let sides: Vec<&str> = text.split(" depends on ").collect();
    let pairs: Vec<(String, String)> = sides
        .windows(2)
        .filter_map(|pair| {
            Some((name(pair[0].split_whitespace().next_back()?), name(pair[1].split_whitespace().next()?)))
        })
        .collect();
    pairs.into_iter()
}

/// The Python from which on there is no solution, if uv names one: it tells for which part of all
/// Pythons it failed. `above` is the one that ends them.
pub fn split_above(text: &str, above: Option<&str>) -> Option<String> {
    let markers = text.split_once("for split (markers: ")?.1;
    let markers = markers.split(')').next().unwrap_or_default();
    let value = |start: &str| markers.split_once(start)?.1.split_once('\'').map(|(value, _)| value);
    // A part that does not reach up to the end says nothing about the newest.
    if let Some(series) = value("python_full_version == '").and_then(|series| series.strip_suffix(".*")) {
        let next = series.rsplit_once('.').and_then(|(major, minor)| Some((major, minor.parse::<u32>().ok()? + 1)));
        let next = next.map(|(major, minor)| format!("{major}.{minor}"));
        return (next.as_deref() == above).then(|| series.to_owned());
    }
    let is_last = value("python_full_version < '").is_none_or(|end| Some(end) == above);
    value("python_full_version >= '").filter(|_| is_last).map(str::to_owned)
}

/// How long a message may get.
const LONGEST: usize = 700;

/// A long chain of reasons without its middle: where it starts, and what it comes to.
pub fn abridged(text: &str) -> String {
    if text.len() <= LONGEST {
        return text.to_owned();
    }
    let sentences: Vec<&str> = text.split_inclusive(". ").collect();
    let (mut start, mut end) = (String::new(), String::new());
    for sentence in &sentences {
        if start.len() + sentence.len() > LONGEST / 2 {
            break;
        }
        start.push_str(sentence);
    }
    for sentence in sentences.iter().rev() {
        if end.len() + sentence.len() > LONGEST / 2 && !end.is_empty() {
            break;
        }
        end.insert_str(0, sentence);
    }
    format!("{start}… {end}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pythons_without_a_solution_are_named() {
        let split = |markers: &str| format!("No solution found for split (markers: {markers}) Because x < y");
        for (markers, above, expected) in [
            ("python_full_version >= '3.15' and sys_platform == 'linux'", None, Some("3.15")),
            ("python_full_version >= '3.11' and python_full_version < '3.13'", None, None),
            ("python_full_version >= '3.11' and python_full_version < '3.13'", Some("3.14"), None),
            ("python_full_version >= '3.11' and python_full_version < '3.14'", Some("3.14"), Some("3.11")),
            ("python_full_version == '3.13.*' and sys_platform == 'linux'", Some("3.14"), Some("3.13")),
            ("python_full_version == '3.12.*' and sys_platform == 'linux'", Some("3.14"), None),
            ("python_full_version < '3.12'", Some("3.12"), None),
        ] {
            assert_eq!(split_above(&split(markers), above).as_deref(), expected, "{markers}");
        }
        assert_eq!(split_above("No solution found when resolving dependencies", None), None);
    }

    #[test]
    fn long_reasons_lose_their_middle() {
        let text = format!("Because a. {}And because manifest depends on b, it ends.", "And because c. ".repeat(200));
        let short = abridged(&text);
        assert!(
            short.len() < 800 && short.starts_with("Because a. And") && short.ends_with("depends on b, it ends."),
            "{short}"
        );
        assert_eq!(abridged("short"), "short");
    }
}
