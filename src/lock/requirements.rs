//! The locked packages as pip reads them: "Requirements file format", in its mode that checks
//! hashes.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::LockedPython;

/// Every package with its version, its marker and the hashes of its files.
pub fn requirements(python: &LockedPython) -> String {
    type Key<'a> = (&'a str, &'a str, Option<&'a str>);
    let mut packages: BTreeMap<Key, BTreeSet<String>> = BTreeMap::new();
    for artifact in &python.artifacts {
        let key = (artifact.package.as_str(), artifact.version.as_str(), artifact.marker.as_deref());
        let (algorithm, digits) = artifact.integrity.to_hex();
        packages.entry(key).or_default().insert(format!("{algorithm}:{digits}"));
    }
    let mut text = String::from("# The packages of devshell.lock, written by `devshell export requirements`.\n");
    if let Some(below) = &python.below {
        let _ = writeln!(text, "# For Python {}, below {below}.", python.wish.requirement);
    }
    for ((name, version, marker), hashes) in packages {
        let marker = marker.map(|marker| format!(" ; {marker}")).unwrap_or_default();
        let _ = write!(text, "{name}=={version}{marker}");
        for hash in hashes {
            let _ = write!(text, " \\\n    --hash={hash}");
        }
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;

    #[test]
    fn packages_have_versions_markers_and_hashes() {
        let wheel = |package: &str, file: &str, marker: &str| {
            format!(
                r#"{{ "registry": "pypi", "package": "{package}", "version": "1.0", "file": "{file}",
                      "integrity": "sha256-ERERERERERERERERERERERERERERERERERERERERERE="{marker} }}"#
            )
        };
        let lock = format!(
            r#"{{ "format": 1, "tools": [], "python": [{{ "requirement": ">=3.10", "from": "host", "below": "3.15",
                 "uv": "0", "artifacts": [{}, {}, {}] }}] }}"#,
            wheel("a", "a-1.0-py3-none-any.whl", ""),
            wheel("b", "b-1.0-cp310-cp310-macosx_11_0_arm64.whl", r#", "marker": "python_full_version < '3.11'""#),
            wheel("b", "b-1.0-cp310-cp310-linux_x86_64.whl", r#", "marker": "python_full_version < '3.11'""#),
        );
        let python = parse("devshell.lock", &lock).unwrap().python.unwrap();
        let ones = "1".repeat(64);
        assert_eq!(
            requirements(&python),
            format!(
                "# The packages of devshell.lock, written by `devshell export requirements`.\n\
                 # For Python >=3.10, below 3.15.\n\
                 a==1.0 \\\n    --hash=sha256:{ones}\n\
                 b==1.0 ; python_full_version < '3.11' \\\n    --hash=sha256:{ones}\n"
            )
        );
    }
}
