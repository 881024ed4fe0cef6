//! What a failed build printed, and what to do about it.

use crate::source::PythonError;

/// So many of its last lines are shown.
const MOST_LINES: usize = 12;

/// What programs say that find no network.
const NO_NETWORK: [&str; 14] = [
    "name resolution",
    "Name or service not known",
    "Network is unreachable",
    "Could not resolve",
    "could not resolve",
    "getaddrinfo",
    "nodename nor servname",
    "URLError",
    "ConnectionError",
    "Connection refused",
    "ConnectionRefusedError",
    "NewConnectionError",
    "failed to lookup address",
    "No address associated with hostname",
];

/// What they say of files outside.
const NO_FILES: [&str; 3] = ["Read-only file system", "Permission denied", "No such file or directory: '/"];

/// The error of a build, from all that it printed. `is_walled` says whether a wall was around it.
pub fn failed(package: &str, version: &str, printed: &str, is_walled: bool) -> PythonError {
    let lines: Vec<&str> = printed.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect();
    let last = &lines[lines.len().saturating_sub(MOST_LINES)..];
    let said = last.iter().map(|line| format!("\n{line}")).collect();
    let has = |words: &[&str]| last.iter().any(|line| words.iter().any(|word| line.contains(word)));
    let wheel =
        || format!("`pip wheel {package}=={version}` makes one where you trust the package, for an index of yours");
    let hint = if !is_walled {
        None
    } else if has(&NO_NETWORK) {
        Some(format!("a build has no network: take a version that has a wheel; {}", wheel()))
    } else if has(&NO_FILES) {
        Some(format!("a build sees the system's files and its own, and none of yours; {}", wheel()))
    } else {
        None
    };
    PythonError::Failed { package: package.to_owned(), version: version.to_owned(), said, hint }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hint::Hint as _;

    #[test]
    fn the_last_lines_say_what_is_to_be_done() {
        let hint = |printed: &str, is_walled: bool| failed("a", "1", printed, is_walled).hint().unwrap_or_default();
        let network = "Traceback\nurllib.error.URLError: <urlopen error [Errno 111] Connection refused>\n";
        assert!(hint(network, true).starts_with("a build has no network: "));
        assert_eq!(hint(network, false), "");
        assert!(hint("OSError: [Errno 30] Read-only file system: '/x'", true).starts_with("a build sees "));
        assert_eq!(hint("SyntaxError", true), "");
        // What came long before is no reason.
        let long = network.to_owned() + &"line\n".repeat(20);
        assert_eq!(hint(&long, true), "");
        let text = failed("a", "1", &long, true).to_string();
        assert_eq!(text, format!("`a` 1 could not be built; its build says:{}", "\nline".repeat(MOST_LINES)));
    }
}
