//! Environment markers as uv writes them ("Dependency specifiers" of the Python Packaging User
//! Guide), made as short as they can be where devshell runs. What they mean is left to uv.

use pep440_rs::{Version, VersionSpecifiers};

/// What uv adds to every marker when it resolves for our systems alone: one of these is true.
const OURS: [&str; 2] = ["sys_platform == 'darwin'", "sys_platform == 'linux'"];

/// A marker without what is true wherever devshell runs; empty when nothing is left.
pub fn shortened(marker: &str) -> String {
    // Holding on both is holding always.
    let both = format!("({} or {})", OURS[0], OURS[1]);
    let marker = marker.strip_suffix(&both).and_then(|rest| rest.strip_suffix(" and ")).unwrap_or(marker);
    let mut kept: Vec<(&str, Option<&str>)> = Vec::new();
    for clause in split(without_parentheses(marker), " or ") {
        let clause = without_parentheses(clause);
        let on_one = OURS.iter().find_map(|ours| {
            let rest = clause.strip_suffix(ours)?;
            Some((rest.strip_suffix(" and ").or_else(|| rest.is_empty().then_some(rest))?, *ours))
        });
        let (rest, system) = on_one.map_or((clause, None), |(rest, system)| (rest, Some(system)));
        // What holds on one of the two systems and on the other holds on both.
        match kept.iter_mut().find(|(other, there)| *other == rest && *there != system) {
            Some((_, there)) if there.is_some() && system.is_some() => *there = None,
            _ => kept.push((rest, system)),
        }
    }
    let several = kept.len() > 1;
    let written = kept.into_iter().map(|(rest, system)| {
        let text = match system {
            None => rest.to_owned(),
            Some(system) if rest.is_empty() => system.to_owned(),
            Some(system) => format!("{rest} and {system}"),
        };
        if several && text.contains(" and ") { format!("({text})") } else { text }
    });
    written.collect::<Vec<_>>().join(" or ")
}

/// Those of the minor versions of Python 3 that a marker may hold for. One that says more than
/// which versions holds for all, as far as is known here.
pub fn minors(marker: &str, of: &[u32]) -> Vec<u32> {
    let term = |term: &str| {
        let rest = term.strip_prefix("python_full_version ").or_else(|| term.strip_prefix("python_version "))?;
        rest.replace('\'', "").parse::<VersionSpecifiers>().ok()
    };
    if split(marker, " or ").len() > 1 {
        return of.to_vec();
    }
    let terms: Vec<VersionSpecifiers> = split(marker, " and ").into_iter().filter_map(term).collect();
    let version = |minor: u32, patch: u64| Version::new([3, u64::from(minor), patch]);
    // Some release of the series must do; which ones there are is not known here.
    let fits = |minor: &u32| (0..40).any(|patch| terms.iter().all(|term| term.contains(&version(*minor, patch))));
    of.iter().copied().filter(fits).collect()
}

/// The parts of a text between the separators that are outside of parentheses and quotes.
fn split<'m>(text: &'m str, separator: &str) -> Vec<&'m str> {
    let (mut parts, mut start, mut depth, mut is_quoted) = (Vec::new(), 0, 0_i32, false);
    for (at, character) in text.char_indices() {
        match character {
            '\'' => is_quoted = !is_quoted,
            '(' if !is_quoted => depth += 1,
            ')' if !is_quoted => depth -= 1,
            _ => {}
        }
        if depth == 0 && !is_quoted && at >= start && text[at..].starts_with(separator) {
            parts.push(&text[start..at]);
            start = at + separator.len();
        }
    }
    parts.push(&text[start..]);
    parts
}

/// `(a or b)` is `a or b`, but `(a) or (b)` is itself.
fn without_parentheses(text: &str) -> &str {
    let inner = text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')'));
    let is_whole = |inner: &&str| {
        let mut depth = 0_i32;
        inner.chars().all(|character| {
            depth += match character {
                '(' => 1,
                ')' => -1,
                _ => 0,
            };
            depth >= 0
        })
    };
    inner.filter(is_whole).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_always_true_is_left_out() {
        let (mac, linux) = (OURS[0], OURS[1]);
        for (marker, expected) in [
            (format!("a == '1' and ({mac} or {linux})"), "a == '1'".to_owned()),
            (format!("(a == '1' or b == '2') and ({mac} or {linux})"), "a == '1' or b == '2'".to_owned()),
            (format!("(a == '1' and {mac}) or (a == '1' and {linux})"), "a == '1'".to_owned()),
            (
                format!("(a == '1' and {mac}) or (b == '2' and {linux})"),
                format!("(a == '1' and {mac}) or (b == '2' and {linux})"),
            ),
            (format!("a == '1' and {mac}"), format!("a == '1' and {mac}")),
            (format!("{mac} or {linux}"), String::new()),
            (mac.to_owned(), mac.to_owned()),
            (
                format!(
                    "(a == '1' and {mac}) or (b == ' or ' and {mac}) or (a == '1' and {linux}) or (b == ' or ' and {linux})"
                ),
                "a == '1' or b == ' or '".to_owned(),
            ),
            ("(a == '1') or (b == '2')".to_owned(), "a == '1' or b == '2'".to_owned()),
        ] {
            assert_eq!(shortened(&marker), expected, "{marker}");
        }
    }

    #[test]
    fn markers_say_which_pythons() {
        let all = [10, 11, 12, 13];
        for (marker, expected) in [
            ("python_full_version == '3.10.*'", &[10][..]),
            ("python_full_version >= '3.11' and sys_platform == 'darwin'", &[11, 12, 13]),
            ("python_full_version >= '3.11' and python_full_version < '3.13'", &[11, 12]),
            ("python_full_version < '3.11.5'", &[10, 11]),
            ("implementation_name == 'cpython'", &all),
            ("python_full_version < '3.11' or sys_platform == 'linux'", &all),
        ] {
            assert_eq!(minors(marker, &all), expected, "{marker}");
        }
    }
}
