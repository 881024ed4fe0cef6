//! What a distribution says of itself: its `Release` file (Debian Repository Format, "Release"
//! files), whose signature has been checked.

use std::collections::HashMap;

use crate::date::Date;

/// A `Release` file.
#[derive(Debug)]
pub struct Release<'t> {
    fields: HashMap<&'t str, &'t str>,
    /// Path below the distribution -> SHA-256 in hexadecimal digits, and size in bytes.
    files: HashMap<&'t str, (&'t str, u64)>,
}

/// Why a `Release` file is of no use.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReleaseError {
    #[error("its `{0}` is missing or makes no sense")]
    Field(&'static str),
    #[error("it is for `{found}`, not for `{wanted}`")]
    Other { found: String, wanted: String },
    #[error("it expired on {0}")]
    Expired(String),
}

impl<'t> Release<'t> {
    pub fn parse(text: &'t str) -> Self {
        let (mut fields, mut files) = (HashMap::new(), HashMap::new());
        let mut section = "";
        for line in text.lines() {
            if let Some(line) = line.strip_prefix([' ', '\t']) {
                let mut words = line.split_whitespace();
                if section == "SHA256"
                    && let (Some(hash), Some(size), Some(path)) = (words.next(), words.next(), words.next())
                    && let Ok(size) = size.parse()
                    // It becomes a part of file names and addresses.
                    && hash.len() == 64
                    && hash.bytes().all(|byte| byte.is_ascii_hexdigit())
                {
                    files.insert(path, (hash, size));
                }
            } else if let Some((name, value)) = line.split_once(':') {
                section = name;
                fields.insert(name, value.trim());
            }
        }
        Self { fields, files }
    }

    /// The name that a release keeps; empty when it says none.
    pub fn codename(&self) -> &str {
        self.fields.get("Codename").copied().unwrap_or_default()
    }

    /// Checks that it is of a distribution, and not expired at `now` (seconds since 1970) where
    /// that is asked for.
    pub fn check(&self, distribution: &str, now: Option<i64>) -> Result<(), ReleaseError> {
        let field = |name| self.fields.get(name).copied().unwrap_or_default();
        let (codename, suite) = (self.codename(), field("Suite"));
        // A suite that goes by another codename is a word that moves.
        let is_part =
            suite == distribution && distribution.strip_prefix(codename).is_some_and(|rest| rest.starts_with('-'));
        if codename != distribution && !is_part {
            let found = if codename.is_empty() { suite } else { codename }.to_owned();
            return Err(ReleaseError::Other { found, wanted: distribution.to_owned() });
        }
        if let (Some(now), Some(until)) = (now, self.fields.get("Valid-Until")) {
            let date = Date::of_mail(until).ok_or(ReleaseError::Field("Valid-Until"))?;
            if date.seconds() < now {
                return Err(ReleaseError::Expired((*until).to_owned()));
            }
        }
        Ok(())
    }

    /// When it was made.
    pub fn date(&self) -> Result<Date, ReleaseError> {
        self.fields.get("Date").and_then(|text| Date::of_mail(text)).ok_or(ReleaseError::Field("Date"))
    }

    /// Whether its indexes are also found by their hashes.
    pub fn has_by_hash(&self) -> bool {
        self.fields.get("Acquire-By-Hash") == Some(&"yes")
    }

    /// The indexes of packages for an architecture in a component: of each the path, the
    /// SHA-256 in hexadecimal digits, and the size. What is for all architectures has an index of
    /// its own in some archives.
    pub fn indexes(&self, component: &str, architecture: &str) -> Vec<(String, &'t str, u64)> {
        let architectures = self.fields.get("Architectures").copied().unwrap_or_default();
        let has_all = architectures.split_whitespace().any(|one| one == "all")
            && self.fields.get("No-Support-for-Architecture-all") != Some(&"Packages");
        let architectures = [Some(architecture), Some("all").filter(|_| has_all)];
        let index = |architecture| {
            [".xz", ".gz", ""].into_iter().find_map(|ending| {
                let path = format!("{component}/binary-{architecture}/Packages{ending}");
                self.files.get(path.as_str()).map(|(hash, size)| (path, *hash, *size))
            })
        };
        architectures.into_iter().flatten().filter_map(index).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "Origin: Debian\nSuite: stable-security\nCodename: trixie-security\n\
        Date: Sat, 21 Nov 2026 00:53:03 UTC\nValid-Until: Sat, 28 Nov 2026 00:53:03 UTC\nAcquire-By-Hash: yes\n\
        No-Support-for-Architecture-all: Packages\nMD5Sum:\n aa 1 main/binary-amd64/Packages.xz\nSHA256:\n";

    /// With lists of packages whose hashes are one digit many times; one is no hash.
    fn text() -> String {
        let files = [("b", "amd64/Packages.xz"), ("c", "amd64/Packages"), ("d", "all/Packages.xz")];
        let line = |(digit, path): (&str, &str)| format!(" {} 2 main/binary-{path}\n", digit.repeat(64));
        format!("{TEXT}{} ../../x 2 main/binary-arm64/Packages\n", files.map(line).concat())
    }

    #[test]
    fn a_release_says_what_is_below_it() {
        let whole = text();
        let release = Release::parse(&whole);
        assert_eq!(release.date().unwrap().basic(), "20261121T005303Z");
        assert!(release.has_by_hash());
        let paths = |release: &Release| release.indexes("main", "amd64").into_iter().map(|i| i.0).collect::<Vec<_>>();
        assert_eq!(paths(&release), ["main/binary-amd64/Packages.xz"]);
        assert_eq!(release.indexes("main", "amd64")[0].1, "b".repeat(64));
        // An index of its own counts when the distribution says so.
        for (fields, expected) in [
            ("Architectures: all amd64\n", 2),
            ("Architectures: amd64\n", 1),
            ("Architectures: all amd64\nNo-Support-for-Architecture-all: Packages\n", 1),
        ] {
            let text = whole.replace("No-Support-for-Architecture-all: Packages\n", fields);
            assert_eq!(paths(&Release::parse(&text)).len(), expected);
        }
        assert!(release.indexes("main", "arm64").is_empty());
    }

    #[test]
    fn only_what_was_asked_for_and_is_fresh_will_do() {
        let release = Release::parse(TEXT);
        let until = 1_795_827_183;
        for (distribution, now, expected) in [
            ("trixie-security", Some(until), Ok(())),
            (
                "trixie-security",
                Some(until + 1),
                Err(ReleaseError::Expired("Sat, 28 Nov 2026 00:53:03 UTC".to_owned())),
            ),
            ("trixie-security", None, Ok(())),
            (
                "stable-security",
                None,
                Err(ReleaseError::Other { found: "trixie-security".to_owned(), wanted: "stable-security".to_owned() }),
            ),
        ] {
            assert_eq!(release.check(distribution, now), expected, "{distribution} {now:?}");
        }
        let ubuntu = Release::parse("Suite: noble-updates\nCodename: noble\n");
        assert_eq!(ubuntu.check("noble-updates", None), Ok(()));
        assert!(ubuntu.check("noble", None).is_ok() && Release::parse("").check("x", None).is_err());
        assert_eq!(
            Release::parse("Codename: x\nValid-Until: soon\n").check("x", Some(0)),
            Err(ReleaseError::Field("Valid-Until"))
        );
    }
}
