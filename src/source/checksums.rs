//! Reads the publisher's checksums: what `sha256sum` and `sha512sum` print, their BSD form
//! (`SHA256 (name) = …`), and files that hold a hash and nothing else.

use crate::digest::Integrity;

/// The strongest hash that a file of checksums gives for a file of this name.
pub fn find(text: &str, file_name: &str) -> Option<Integrity> {
    named(text, file_name).into_iter().next().or_else(|| alone(text))
}

/// The hashes that a file of checksums gives for a file of this name, the strongest first.
pub fn named(text: &str, file_name: &str) -> Vec<Integrity> {
    let is_it = |name: &str| name.rsplit('/').next() == Some(file_name);
    let named = text.lines().filter_map(entry).filter(|(name, _)| is_it(name)).map(|(_, hash)| hash);
    let mut found: Vec<Integrity> = named.collect();
    found.sort_by_key(|hash| !matches!(hash, Integrity::Sha512(_)));
    found
}

/// The name and the hash that a line gives.
pub fn entry(line: &str) -> Option<(&str, Integrity)> {
    let line = line.trim();
    if let Some((algorithm_and_name, hash)) = line.rsplit_once(") = ") {
        let (algorithm, name) = algorithm_and_name.split_once(" (")?;
        return matches!(algorithm, "SHA256" | "SHA512").then(|| Some((name, Integrity::from_hex(hash)?)))?;
    }
    let (hash, name) = line.split_once(char::is_whitespace)?;
    // A `*` before a name says that the file was read as binary.
    let name = name.trim_start();
    Some((name.strip_prefix('*').unwrap_or(name), Integrity::from_hex(hash)?))
}

/// The hash of a file that holds no name: it can only mean the file it is next to.
fn alone(text: &str) -> Option<Integrity> {
    let text = text.trim();
    Integrity::from_hex(text.strip_prefix("sha256:").unwrap_or(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_forms_that_publishers_use_are_read() {
        let (one, two, long) = ("1".repeat(64), "2".repeat(64), "3".repeat(128));
        let hash = |hex: &str| Integrity::from_hex(hex);
        for (text, expected) in [
            (format!("{two}  other.zip\n{one}  tool.zip\n"), hash(&one)),
            (format!("{one} *tool.zip\r\n"), hash(&one)),
            (format!("{one} tool.zip"), hash(&one)),
            (format!("{one}  ./dist/tool.zip\n"), hash(&one)),
            (format!("SHA256 (tool.zip) = {one}\nSHA1 (tool.zip) = 12\n"), hash(&one)),
            (format!("MD5 (tool.zip) = {two}\n"), None),
            (format!("{one}  tool.zip\n{long}  tool.zip\n"), hash(&long)),
            (format!("{one}\n"), hash(&one)),
            (format!("sha256:{one}\n"), hash(&one)),
            (format!("{one}  my-tool.zip\n{two}  tool.zip.sig\n"), None),
            (format!("# checksums\n\n{one}  tool.zip\n"), hash(&one)),
            (format!("{}  tool.zip\n", &one[1..]), None),
            ("<html>404</html>".to_owned(), None),
            (String::new(), None),
        ] {
            assert_eq!(find(&text, "tool.zip"), expected, "{text}");
        }
    }
}
