//! What Nix prints while it evaluates and builds, in verbose mode: which files it evaluated, and what a person waits for.

/// The file that a line of `nix -vv` says was evaluated: an absolute path, or one from the root of a copied source.
pub fn evaluated(line: &str) -> Option<&str> {
    let path = line.trim_end().strip_prefix("evaluating file '")?.strip_suffix('\'')?;
    // Up to 2.28, a flake is copied into the store first.
    Some(path.split_once("-source/").map_or(path, |(_, inside)| inside))
}

/// Whether a line says what takes time, or is meant for people.
pub fn is_progress(line: &str) -> bool {
    const BEGINNINGS: [&str; 7] =
        ["building '", "copying path '", "downloading '", "fetching ", "warning: ", "trace: ", "unpacking '"];
    // Who works on a repository knows that it has changes.
    let is_known = line.starts_with("warning: Git tree ");
    let begins = BEGINNINGS.iter().any(|beginning| line.starts_with(beginning));
    begins && !is_known || line.contains(" will be ") && line.ends_with(':')
}

/// Whether a line is printed in verbose mode alone, and is no part of an error.
pub fn is_detail(line: &str) -> bool {
    const BEGINNINGS: [&str; 8] =
        ["evaluating ", "copied ", "querying ", "checking ", "instantiated ", "using cache ", "acquiring ", "lock "];
    BEGINNINGS.iter().any(|beginning| line.starts_with(beginning))
}

/// A line without the colours that it has.
pub fn uncoloured(line: &str) -> String {
    let mut parts = line.split("\u{1b}[");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + part.split_once('m').map_or(part, |(_, rest)| rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_named_by_their_places_in_the_repository() {
        for (line, expected) in [
            ("evaluating file '/nix/store/abc-source/nix/more.nix'", Some("nix/more.nix")),
            ("evaluating file '/home/me/shop/nix/more.nix'", Some("/home/me/shop/nix/more.nix")),
            ("evaluating file '<nix/derivation-internal.nix>'", Some("<nix/derivation-internal.nix>")),
            ("evaluating derivation 'x'...", None),
        ] {
            assert_eq!(evaluated(line), expected, "{line}");
        }
        assert!(is_progress("building '/nix/store/x.drv'...") && is_progress("these 2 derivations will be built:"));
        assert!(!is_progress("evaluating file 'x'"));
        assert!(is_detail("evaluating file 'x'") && !is_detail("error: x"));
        assert_eq!(uncoloured("\u{1b}[31;1merror:\u{1b}[0m x"), "error: x");
    }
}
