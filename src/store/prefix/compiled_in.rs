//! The paths of a system that are in a program, of which the prefix has something that a host has not.

use std::collections::BTreeSet;
use std::path::Path;

use memchr::memmem;

use crate::catalog::recipe;

/// What such a path begins with, and what is before that where a program puts it together from two parts.
const STARTS: [(&str, &str); 6] =
    [("/usr/", ""), ("/etc/", ""), ("/var/", ""), ("share/", "/usr/"), ("lib/", "/usr/"), ("libexec/", "/usr/")];

/// The places of a package's own files in these bytes, each once: `/usr/share/NAME`, `/usr/lib/NAME`, `/etc/NAME` and
/// the programs. `triplet` is what the platform's libraries are below.
pub fn places(bytes: &[u8], root: &Path, triplet: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (start, before) in STARTS {
        for at in memmem::find_iter(bytes, start) {
            let is_beginning = at == 0 || !is_part(bytes[at - 1]);
            let rest = &bytes[at..];
            let length = rest.iter().position(|byte| !is_part(*byte)).unwrap_or(rest.len());
            // What follows may be filled in by the program.
            let is_pattern = rest.get(length).is_some_and(|byte| b"%$*{".contains(byte));
            let text = std::str::from_utf8(&rest[..length]).ok().filter(|_| is_beginning);
            let text = text
                .and_then(|text| if is_pattern { text.rsplit_once('/').map(|(above, _)| above) } else { Some(text) });
            let path = text.map(|text| format!("{before}{}", text.trim_end_matches(['/', '.', ','])));
            found.extend(path.and_then(|path| place(&path, root, triplet)));
        }
    }
    found
}

fn is_part(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"/._+-~@".contains(&byte)
}

/// The place that a path belongs to, if the prefix has what is there and hosts do not.
fn place(path: &str, root: &Path, triplet: &str) -> Option<String> {
    let parts: Vec<&str> = path.trim_start_matches('/').split('/').filter(|part| !part.is_empty()).collect();
    let depth = match parts.as_slice() {
        ["usr", "lib", libraries, _, ..] if *libraries == triplet => 4,
        ["usr", "share" | "lib" | "libexec" | "bin" | "sbin", _, ..] | ["var", "lib" | "cache", _, ..] => 3,
        ["etc", _, ..] => 2,
        _ => return None,
    };
    if parts.contains(&"..") || recipe::is_everywhere(&parts[..depth].join("/").replace(triplet, "{triplet}")) {
        return None;
    }
    let there = root.join(parts.join("/"));
    // Programs do without a single file in /etc, and find a library in another way.
    let is_file = depth == parts.len() && there.is_file();
    let is_passed_over = is_file && (parts[0] == "etc" || parts[1] == "lib");
    (there.exists() && !is_passed_over).then(|| format!("/{}", parts[..depth].join("/")))
}
