//! The hashes of a release's files when they are locked: what the forge computed at the upload, else what a file of
//! checksums in the same release says, else what comes with the first download.

use super::super::checksums;
use super::super::publisher::{DownloadError, Failed, Publisher};
use super::super::{Location, ResolveError};
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

/// What the hashes of a release are asked of.
pub struct Vouchers<'v> {
    pub release: &'v Release,
    pub publisher: &'v Publisher<'v>,
    pub subject: Subject<'v>,
    pub failed: Failed<'v>,
    /// Where a file is for those who may read it, if not all may.
    pub with_token: &'v (dyn Fn(&Asset) -> Option<Location> + Sync),
}

impl Vouchers<'_> {
    /// The hash of a file, and where it came from.
    pub fn hash(&self, asset: &Asset, sums: &Sums) -> Result<(Integrity, HashFrom), ResolveError> {
        if let Some(named) = &sums.named {
            return self.by_manifest(asset, named);
        }
        if let Some(digest) = &asset.digest {
            return Ok((digest.clone(), HashFrom::Forge));
        }
        let own = OWN.iter().filter_map(|ending| self.file(&format!("{}{ending}", asset.name)));
        let usual = sums.usual.as_ref().and_then(|name| self.file(name));
        let lists = self.release.assets.iter().filter(|other| is_for_all(&other.name));
        for list in own.chain(usual).chain(lists) {
            if let Some(hash) = self.listed(list, asset)?.into_iter().next() {
                return Ok((hash, HashFrom::Checksums));
            }
        }
        match self.read(asset, |place| self.publisher.record(place, self.failed))? {
            Some(hash) => Ok((hash, HashFrom::Download)),
            None => {
                let (package, version) = (asset.name.clone(), self.subject.version.to_owned());
                Err(ResolveError::NoHash { package, version })
            }
        }
    }

    /// The hash that the file of checksums has which the manifest names, and which the forge's must not contradict.
    fn by_manifest(&self, asset: &Asset, named: &str) -> Result<(Integrity, HashFrom), ResolveError> {
        let listed = self.file(named).map(|list| self.listed(list, asset)).transpose()?.unwrap_or_default();
        let about = || (self.subject.tool.clone(), self.subject.version.to_owned(), asset.name.clone());
        let Some(strongest) = listed.first() else {
            let (tool, version, file) = about();
            return Err(ReleaseError::NoChecksum { tool, version, file, checksums: named.to_owned() }.into());
        };
        let of_same_kind = asset.digest.as_ref().and_then(|digest| {
            let is_same_kind = |hash: &&Integrity| std::mem::discriminant(*hash) == std::mem::discriminant(digest);
            Some((digest, listed.iter().find(is_same_kind)?))
        });
        if of_same_kind.is_some_and(|(digest, hash)| digest != hash) {
            let (tool, version, file) = about();
            return Err(ReleaseError::Contradiction { tool, version, file, checksums: named.to_owned() }.into());
        }
        Ok((strongest.clone(), HashFrom::Checksums))
    }

    /// Reads a file where all may, else where those may who have a token.
    fn read<T>(
        &self,
        asset: &Asset,
        read: impl Fn(&Location) -> Result<Option<T>, DownloadError>,
    ) -> Result<Option<T>, DownloadError> {
        if let Some(found) = read(&Location::open(asset.url.clone()))? {
            return Ok(Some(found));
        }
        (self.with_token)(asset).map_or(Ok(None), |place| read(&place))
    }

    /// The hashes of a file in a file of checksums, the strongest first. One without a name counts only in a file that is
    /// named after the other one.
    fn listed(&self, list: &Asset, asset: &Asset) -> Result<Vec<Integrity>, ResolveError> {
        let text = self.read(list, |place| self.publisher.checksums(place, self.failed))?.unwrap_or_default();
        let mut found = checksums::named(&text, &asset.name);
        if found.is_empty() && list.name.starts_with(&asset.name) {
            found.extend(checksums::find(&text, &asset.name));
        }
        Ok(found)
    }

    fn file(&self, name: &str) -> Option<&Asset> {
        self.release.assets.iter().find(|asset| asset.name == name)
    }
}

/// What the name of a file's own checksum ends with, after the name of the file.
const OWN: [&str; 4] = [".sha256", ".sha256sum", ".sha256.txt", ".sha512"];

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
