//! The list of hashes that a release of devshell has: the version, and the hash of the executable for each platform.
//! The lines about other files are passed over.

use std::collections::BTreeMap;

use semver::Version;

use crate::digest::Integrity;
use crate::hint::Hint;
use crate::platform::Platform;
use crate::source::checksum;

/// The executables of one release.
#[derive(Debug, PartialEq, Eq)]
pub struct Sums {
    pub version: Version,
    /// SHA-256 in hexadecimal digits.
    pub hashes: BTreeMap<Platform, String>,
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum SumsError {
    #[error("it has executables of devshell {0} and of devshell {1}")]
    SeveralVersions(Version, Version),
    #[error("it has no line like `SHA256  devshell-cli-VERSION-PLATFORM/devshell`")]
    NoExecutable,
}

impl Hint for SumsError {
    fn hint(&self) -> Option<String> {
        Some("give the SHA256SUMS of one release of devshell".to_owned())
    }
}

impl Sums {
    pub fn parse(text: &str) -> Result<Self, SumsError> {
        let mut found: Option<Self> = None;
        for (path, hash) in text.lines().filter_map(checksum) {
            let (Some((version, platform)), Integrity::Sha256(_)) = (executable(path), &hash) else { continue };
            let sums = found.get_or_insert_with(|| Self { version: version.clone(), hashes: BTreeMap::new() });
            if sums.version != version {
                return Err(SumsError::SeveralVersions(sums.version.clone(), version));
            }
            sums.hashes.insert(platform, hash.to_hex().1);
        }
        found.ok_or(SumsError::NoExecutable)
    }
}

/// What the path of an executable below its archive's directory says. The executables for Linux are static, so that
/// there are none for musl.
fn executable(path: &str) -> Option<(Version, Platform)> {
    let stem = path.strip_prefix("devshell-cli-")?.strip_suffix("/devshell")?;
    let mut published = Platform::ALL.into_iter().filter(|platform| platform.libc() != Some("musl"));
    let of = |platform: Platform| {
        let version = stem.strip_suffix(platform.name())?.strip_suffix('-')?;
        Some((Version::parse(version).ok()?, platform))
    };
    published.find_map(of)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn executables_are_found_among_other_files() {
        let (a, b) = ("a".repeat(64), "B".repeat(64));
        let text = format!(
            "{a}  devshell-cli-0.2.0-rc.1-x86_64-linux.tar.gz\n{a}  devshell-cli-0.2.0-rc.1-x86_64-linux/devshell\n\
             {b} *devshell-cli-0.2.0-rc.1-aarch64-darwin/devshell\n{a}  other\n\n"
        );
        let sums = Sums::parse(&text).unwrap();
        assert_eq!(sums.version.to_string(), "0.2.0-rc.1");
        let hashes = [(Platform::Aarch64Darwin, b.to_lowercase()), (Platform::X8664Linux, a)];
        assert_eq!(sums.hashes, BTreeMap::from(hashes));
    }

    #[test]
    fn what_pins_nothing_is_refused() {
        let line = |hash: &str, stem: &str| format!("{hash}  devshell-cli-{stem}/devshell\n");
        let hash = "0".repeat(64);
        for (text, expected) in [
            (String::new(), SumsError::NoExecutable),
            (line(&hash, "0.1.0-x86_64-linux-musl"), SumsError::NoExecutable),
            (line(&hash, "0.1.0'; rm -x86_64-linux"), SumsError::NoExecutable),
            (line("abc", "0.1.0-x86_64-linux"), SumsError::NoExecutable),
            (line(&"0".repeat(128), "0.1.0-x86_64-linux"), SumsError::NoExecutable),
            (
                line(&hash, "0.1.0-x86_64-linux") + &line(&hash, "0.2.0-aarch64-linux"),
                SumsError::SeveralVersions(Version::new(0, 1, 0), Version::new(0, 2, 0)),
            ),
        ] {
            assert_eq!(Sums::parse(&text), Err(expected), "{text}");
        }
    }
}
