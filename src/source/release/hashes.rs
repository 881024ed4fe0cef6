//! The hashes of a release's files when they are locked: what the forge computed at the upload, else what a file of
//! checksums in the same release says, else what comes with the first download.

use super::super::ResolveError;
use super::super::checksums;
use super::super::publisher::{Failed, Publisher};
use super::ReleaseError;
use super::list::{Asset, Release};
use super::wish::Sums;
use crate::digest::Integrity;
use crate::lock::HashFrom;
use crate::name::ToolName;

/// Whose hashes are asked for: a version of a tool.
pub struct Subject<'s> {
    pub tool: &'s ToolName,
    pub version: &'s str,
}

/// The hash of a file, and where it came from.
pub fn of(
    asset: &Asset,
    sums: &Sums,
    release: &Release,
    publisher: &Publisher,
    subject: &Subject,
    failed: Failed,
) -> Result<(Integrity, HashFrom), ResolveError> {
    let find = |name: &String| release.assets.iter().find(|asset| asset.name == *name);
    let named = sums.named.as_deref();
    let sums = match &sums.named {
        Some(name) => find(name),
        None if asset.digest.is_some() => None,
        None => sums.usual.as_ref().and_then(find).or_else(|| beside(asset, release)),
    };
    let listed = match sums {
        Some(sums) => publisher.checksums(&sums.url, failed)?.and_then(|text| checksums::find(&text, &asset.name)),
        None => None,
    };
    let about = || (subject.tool.clone(), subject.version.to_owned(), asset.name.clone());
    match (&asset.digest, listed, named) {
        (Some(digest), Some(listed), Some(named)) if is_other(digest, &listed) => {
            let (tool, version, file) = about();
            Err(ReleaseError::Contradiction { tool, version, file, checksums: named.to_owned() }.into())
        }
        (Some(digest), ..) => Ok((digest.clone(), HashFrom::Forge)),
        (None, Some(listed), _) => Ok((listed, HashFrom::Checksums)),
        (None, None, Some(named)) => {
            let (tool, version, file) = about();
            Err(ReleaseError::NoChecksum { tool, version, file, checksums: named.to_owned() }.into())
        }
        (None, None, None) => match publisher.record(&asset.url, failed)? {
            Some(hash) => Ok((hash, HashFrom::Download)),
            None => {
                let (package, version) = (asset.name.clone(), subject.version.to_owned());
                Err(ResolveError::NoHash { package, version })
            }
        },
    }
}

/// Whether two hashes of the same kind differ.
fn is_other(one: &Integrity, other: &Integrity) -> bool {
    std::mem::discriminant(one) == std::mem::discriminant(other) && one != other
}

/// The file of checksums that is probably for another file: the one named after it, else the one for all.
fn beside<'r>(asset: &Asset, release: &'r Release) -> Option<&'r Asset> {
    const OWN: [&str; 4] = [".sha256", ".sha256sum", ".sha256.txt", ".sha512"];
    let named = |name: &str| release.assets.iter().find(|other| other.name == name);
    let own = OWN.iter().find_map(|ending| named(&format!("{}{ending}", asset.name)));
    own.or_else(|| {
        let mut all = release.assets.iter().filter(|other| is_for_all(&other.name));
        let first = all.next()?;
        // Of several, one with SHA-256 in its name; none of them if that leaves a choice.
        let mut sha256 = std::iter::once(first).chain(all).filter(|other| other.name.to_lowercase().contains("256"));
        let chosen = sha256.next();
        chosen.or(Some(first))
    })
}

/// Whether a file's name is that of a list of checksums, and not of a signature of one.
fn is_for_all(name: &str) -> bool {
    let name = name.to_lowercase();
    let is_list = ["sha256sum", "sha256sums", "sha512sums", "checksums", "shasums256", "checksum"];
    let stem = name.strip_suffix(".txt").unwrap_or(&name);
    let ends = |word: &&str| stem.ends_with(*word) || stem == *word;
    is_list.iter().any(ends) || stem.ends_with("_sha256") || stem.ends_with("-sha256")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_checksums_are_known_by_their_names() {
        for (name, expected) in [
            ("checksums.txt", true),
            ("gh_2.83.0_checksums.txt", true),
            ("SHA256SUMS", true),
            ("sha256sum.txt", true),
            ("SHASUMS256.txt", true),
            ("checksums.txt.sig", false),
            ("checksums.txt.pem", false),
            ("tool.sha256", false),
            ("tool-linux-amd64", false),
        ] {
            assert_eq!(is_for_all(name), expected, "{name}");
        }
    }
}
