//! Whether a command printed what the page has. What differs from machine to machine has a name of its own on both
//! sides; `…` or `...` on a line of its own is any number of lines, and `…` within a line any text.

/// What the fixture knows to be different here.
#[derive(Default)]
pub struct Names {
    /// What is printed here, and how a page writes it.
    pub shown: Vec<(String, String)>,
    /// In lines with one of these texts, numbers are matched by kind.
    pub numbers: Vec<String>,
}

impl Names {
    /// A printed line as the page would have it.
    pub fn page(&self, line: &str) -> String {
        let replace = |line: String, (here, page): &(String, String)| line.replace(here.as_str(), page);
        self.shown.iter().fold(line.to_owned(), replace).trim_end().to_owned()
    }

    /// Whether the lines that were printed, as the page would have them, are those of the page.
    pub fn agree(&self, expected: &[String], found: &[String]) -> bool {
        let Some((first, rest)) = expected.split_first() else { return found.is_empty() };
        if matches!(first.trim(), "…" | "...") {
            return (0..=found.len()).any(|skipped| self.agree(rest, &found[skipped..]));
        }
        let Some((line, others)) = found.split_first() else { return false };
        self.is_same(first, line) && self.agree(rest, others)
    }

    fn is_same(&self, expected: &str, found: &str) -> bool {
        let (expected, found) = (self.general(expected), self.general(found));
        expected == found || is_like(&expected, &found)
    }

    /// A line without what differs: homes, keys of the store, numbers where they vary. The columns of a table are as
    /// wide as the paths in them, so that a run of spaces counts as two.
    fn general(&self, line: &str) -> String {
        let line =
            ["/home/me", "/home/you", "/home/ada"].iter().fold(line.to_owned(), |line, home| line.replace(home, "~"));
        let varies = self.numbers.iter().any(|text| line.contains(text.as_str()));
        let line = if varies { without_numbers(&line) } else { line };
        narrowed(&without_keys(&line))
    }
}

/// Keys of the store are 32 hexadecimal digits that depend on paths, those of states 12, and hashes of files 64. `…` after
/// four digits is the rest of one.
fn without_keys(line: &str) -> String {
    let mut pieces = Vec::new();
    let is_digit = |c: char| matches!(c, '0'..='9' | 'a'..='f');
    let mut rest = line;
    while let Some(start) = rest.find(is_digit) {
        let end = rest[start..].find(|c| !is_digit(c)).map_or(rest.len(), |length| start + length);
        let (before, after) = (rest[..start].chars().next_back(), &rest[end..]);
        let is_word = !before.is_some_and(char::is_alphanumeric) && !after.starts_with(char::is_alphanumeric);
        pieces.push(&rest[..start]);
        let digits = &rest[start..end];
        match after.strip_prefix('…') {
            Some(after) if is_word && digits.len() == 4 => {
                pieces.push("KEY");
                rest = after;
            }
            _ => {
                pieces.push(if is_word && matches!(digits.len(), 12 | 32 | 64) { "KEY" } else { digits });
                rest = after;
            }
        }
    }
    pieces.push(rest);
    pieces.concat()
}

/// A word that begins with a digit, and the unit after it, is `#`.
fn without_numbers(line: &str) -> String {
    let is_number = |word: &str| word.starts_with(|c: char| c.is_ascii_digit());
    let mut words: Vec<String> = Vec::new();
    for word in line.split(' ') {
        let end = word.trim_end_matches([',', ')']).len();
        let is_unit = ["B", "kB", "MB", "GB"].contains(&&word[..end]) && words.last().is_some_and(|last| last == "#");
        match (is_number(word), is_unit) {
            (true, _) => words.push(format!("#{}", &word[end..])),
            (_, true) => *words.last_mut().expect("there is one") = format!("#{}", &word[end..]),
            _ => words.push(word.to_owned()),
        }
    }
    words.join(" ")
}

fn narrowed(line: &str) -> String {
    let start = line.len() - line.trim_start().len();
    let words = line[start..].split("  ").map(str::trim_start).filter(|word| !word.is_empty());
    format!("{}{}", &line[..start], words.collect::<Vec<_>>().join("  "))
}

/// Whether a line fits one in which each `…` is any text.
fn is_like(pattern: &str, line: &str) -> bool {
    let pieces: Vec<&str> = pattern.split('…').collect();
    let [first, middle @ .., last] = pieces.as_slice() else { return false };
    let Some(mut rest) = line.strip_prefix(first).and_then(|rest| rest.strip_suffix(last)) else { return false };
    middle.iter().all(|piece| match rest.split_once(piece) {
        Some((_, after)) => {
            rest = after;
            true
        }
        None => false,
    })
}

#[cfg(test)]
mod tests {
    use super::Names;

    fn agree(expected: &str, found: &str) -> bool {
        let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
        let names = Names { numbers: vec!["free".to_owned()], ..Names::default() };
        names.agree(&lines(expected), &lines(found))
    }

    #[test]
    fn only_what_is_named_may_differ() {
        for (expected, found, same) in [
            ("a\nb", "a\nb", true),
            ("a\nb", "a", false),
            ("a", "a\nb", false),
            ("node 22.3.0", "node 22.4.0", false),
            ("a\n…\nd", "a\nb\nc\nd", true),
            ("a\n…\nd", "a\nb\nc", false),
            ("...", "", true),
            ("Checking...", "Checking", false),
            ("get https://…/simple now", "get https://b.example/simple now", true),
            ("get https://…/simple now", "get https://b.example/simple", false),
            ("x…", "y", false),
            ("68.12 GB free", "7 GB free", true),
            ("68.12 GB, free", "7 MB, free", true),
            ("all free", "7 free", false),
            ("free: 6.18.44 (a)", "free: 6.1-fc (a)", true),
            ("in /home/me/shop", "in ~/shop", true),
            ("l/3182…/bin", "l/0123456789abcdef0123456789abcdef/bin", true),
            ("l/3182…/bin", "l/0123/bin", false),
            ("l/3182b56f5dc4a63752301e2560eb8d45 x", "l/0123456789abcdef0123456789abcdef x", true),
            ("s/1590036c38ff/pg", "s/0123456789ab/pg", true),
            ("a   b  c", "a  b      c", true),
            ("  a b", " a b", false),
            ("a b", "a  b", false),
        ] {
            assert_eq!(agree(expected, found), same, "{expected:?} and {found:?}");
        }
    }

    #[test]
    fn a_page_has_its_own_names() {
        let shown = vec![("/tmp/x/home".to_owned(), "~".to_owned()), ("3.11.2".to_owned(), "3.13.16".to_owned())];
        let names = Names { shown, ..Names::default() };
        assert_eq!(names.page("/tmp/x/home/a 3.11.2  "), "~/a 3.13.16");
    }
}
