//! The string literals of a Rust text, for tests that read the sources. Knows comments, escapes, raw strings and
//! characters; refuses nothing, since the compiler has read the text before.

/// Each literal with the number of the line that it begins in. An escaped line break and the white space after it are
/// left out, as the compiler leaves them out; other escapes stay as they are written.
pub fn literals(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let number = 1 + text[..text.len() - rest.len()].matches('\n').count();
        let after = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if let Some((literal, after)) = raw(rest).or_else(|| plain(rest)) {
            found.push((number, literal));
            after
        } else if first.is_alphanumeric() || first == '_' {
            // A whole word, so that its last letter does not begin a raw string.
            rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len())
        } else {
            character(rest).unwrap_or(first.len_utf8())
        };
        rest = &rest[after..];
    }
    found
}

/// A raw string at the start of a text, and how long it is with its marks.
fn raw(text: &str) -> Option<(String, usize)> {
    let marks = text.strip_prefix('r')?;
    let hashes = marks.len() - marks.trim_start_matches('#').len();
    let body = marks[hashes..].strip_prefix('"')?;
    let end = body.find(&format!("\"{}", "#".repeat(hashes)))?;
    Some((body[..end].to_owned(), 1 + hashes + 1 + end + 1 + hashes))
}

fn plain(text: &str) -> Option<(String, usize)> {
    let body = text.strip_prefix('"')?;
    let mut literal = String::new();
    let mut characters = body.char_indices().peekable();
    while let Some((index, character)) = characters.next() {
        match (character, characters.peek()) {
            ('"', _) => return Some((literal, 1 + index + 1)),
            ('\\', Some((_, '\n'))) => while characters.next_if(|(_, c)| c.is_whitespace()).is_some() {},
            ('\\', Some(_)) => literal.extend(['\\', characters.next()?.1]),
            _ => literal.push(character),
        }
    }
    None
}

/// The length of a character in quotation marks; a lifetime is none.
fn character(text: &str) -> Option<usize> {
    let body = text.strip_prefix('\'')?;
    let length = match body.strip_prefix('\\') {
        Some(escaped) => 1 + escaped.chars().next()?.len_utf8() + escaped[1..].find('\'')?,
        None => body.chars().next()?.len_utf8(),
    };
    body[length..].starts_with('\'').then_some(1 + length + 1)
}
