//! The source `url`: files at addresses that the manifest gives. No registry says what they are,
//! so their hashes come from the manifest, from the publisher's checksums, or from the bytes
//! themselves when they are locked for the first time.

use std::collections::BTreeMap;
use std::sync::Arc;

use url::Url;

use super::age::Ages;
use super::fit::{self, Keys, Traits, Unfit};
use super::publisher::{DownloadError, Failed, Publisher, by_address};
use super::{Asked, Location, Missing, ResolveError, Source, Words, checksums, named};
use crate::digest::Integrity;
use crate::lock::{Artifact, LockedTool};
use crate::manifest::{Download, Manifest, Published, Voucher};
use crate::name::{PackageName, PackageVersion, SourceLabel};
use crate::net::{Http, shown};
use crate::platform::{Platform, Platforms};
use crate::version::Scheme;

pub struct UrlSource<'a> {
    publisher: Publisher<'a>,
    ages: Arc<Ages<'a>>,
    tools: BTreeMap<(String, String), Download>,
}

impl<'a> UrlSource<'a> {
    pub fn new(http: &'a Http, (manifest, ages): (&Manifest, &Arc<Ages<'a>>)) -> Self {
        let tools = manifest.all_tools().filter_map(|tool| {
            let key = (tool.name.package().to_owned(), tool.requirement.as_str().to_owned());
            Some((key, tool.download().cloned()?))
        });
        Self { publisher: Publisher::new(http), ages: Arc::clone(ages), tools: tools.collect() }
    }

    fn download(&self, package: &str, version: &str) -> Option<&Download> {
        self.tools.get(&(package.to_owned(), version.to_owned()))
    }
}

/// What messages about downloads say.
const WORDS: Words = Words {
    asks: "the publisher's server",
    kind: "server",
    unknown: "compare the address with the publisher's",
    credentials: "devshell sends no credentials to such addresses",
};

impl Source for UrlSource<'_> {
    fn words(&self) -> &'static Words {
        &WORDS
    }

    fn resolve(&self, asked: &Asked) -> Result<LockedTool, ResolveError> {
        let name = asked.name;
        let version = asked.requirement.as_str().to_owned();
        let Some(download) = self.download(name.package(), &version) else {
            return Err(DownloadError::NoAddress { tool: name.clone(), version }.into());
        };
        // Nothing says when a file at an address was put there.
        if let Some(cutoff) = self.ages.cutoff(asked)? {
            return Err(cutoff.no_times(asked, WORDS.asks));
        }
        let download = &wanted(download, asked.platforms);
        let looked_up = |source| DownloadError::Net { tool: name.clone(), version: version.clone(), source };
        let hashes = self.hashes(download, &looked_up)?;
        let (package, locked_version): (PackageName, PackageVersion) =
            (named(name.package(), name.package())?, named(name.package(), &version)?);

        // One artifact for each file: platforms may share one, at one address or at several.
        let mut artifacts: Vec<Artifact> = Vec::new();
        for (platform, file) in &download.files {
            let Some(integrity) = &hashes[platform] else {
                if download.is_named {
                    let (tool, platform, url) = (name.clone(), *platform, file.url.clone());
                    return Err(DownloadError::Missing { tool, version, platform, url }.into());
                }
                continue;
            };
            let is_same = |one: &&mut Artifact| one.integrity == *integrity && one.unpack == Some(file.format);
            match artifacts.iter_mut().find(is_same) {
                Some(artifact) => artifact.platforms.push(*platform),
                None => artifacts.push(Artifact {
                    platforms: vec![*platform],
                    unpack: Some(file.format),
                    ..Artifact::new(SourceLabel::Url, package.clone(), locked_version.clone(), integrity.clone())
                }),
            }
        }
        // Where it is locked already, it is somewhere.
        if let ([], Some(file), None) = (artifacts.as_slice(), download.files.values().next(), asked.version) {
            return Err(DownloadError::Nowhere { tool: name.clone(), version, url: file.url.clone() }.into());
        }
        for artifact in &mut artifacts {
            if artifact.platforms.len() == Platform::ALL.len() {
                artifact.platforms.clear();
            }
        }
        // Where its commands are is seen when the artifact is there, or stated by the manifest.
        Ok(LockedTool { version: Some(locked_version), artifacts, ..asked.unlocked() })
    }

    fn fits(&self, locked: &LockedTool) -> Result<(), Unfit> {
        let version = fit::version(locked, Scheme::Numbers)?;
        fit::traits(locked, Traits::default())?;
        fit::one_for_each_platform(&locked.artifacts)?;
        if version != locked.requirement.as_str() || !locked.commands.is_empty() {
            return Err(Unfit::new("is as the manifest says, and the lock says otherwise"));
        }
        for (place, artifact) in locked.artifacts.iter().enumerate() {
            fit::keys(place, artifact, SourceLabel::Url, Keys::default())?;
            fit::same(place, artifact, locked.tool.package(), version)?;
            if artifact.unpack.is_none() {
                return Err(Unfit::of(place, "is not from npm, and would be unpacked as if it were"));
            }
        }
        Ok(())
    }

    /// The addresses of the artifact's platforms; it is the same bytes at all of them.
    fn locate(&self, artifact: &Artifact, attempt: usize) -> Result<Option<Location>, ResolveError> {
        let Some(download) = self.download(&artifact.package, &artifact.version) else { return Ok(None) };
        let is_for = |platform: &Platform| artifact.platforms.is_empty() || artifact.platforms.contains(platform);
        let mut urls: Vec<&Url> = Vec::new();
        for (_, file) in download.files.iter().filter(|(platform, _)| is_for(platform)) {
            if !urls.contains(&&file.url) {
                urls.push(&file.url);
            }
        }
        Ok(urls.get(attempt).map(|url| Location::open((*url).clone())))
    }

    fn missing(&self, asked: Option<&Url>) -> Missing {
        let hint = "if the publisher moved it, correct `url` in the manifest".to_owned();
        let text = asked.map_or_else(|| "has no address".to_owned(), |url| format!("is gone from `{}`", shown(url)));
        Missing { text, hint: Some(hint) }
    }

    fn notes(&self, locked: &LockedTool) -> Vec<String> {
        let version = locked.version.as_deref().unwrap_or_default();
        let download = self.download(locked.tool.package(), version);
        let note = download.filter(|download| download.trusts_first_use()).map(|_| {
            format!(
                "{} {version} has the hash of its first download: compare the hashes with the publisher's, or give `sha256` or `checksums`",
                locked.tool
            )
        });
        note.into_iter().collect()
    }
}

/// The files for some platforms.
fn wanted(download: &Download, platforms: Platforms) -> Download {
    let mut download = download.clone();
    download.files.retain(|platform, _| platforms.contains(*platform));
    download
}

impl UrlSource<'_> {
    /// The hash of each platform's file; `None` where there is no such file.
    fn hashes(
        &self,
        download: &Download,
        failed: Failed,
    ) -> Result<BTreeMap<Platform, Option<Integrity>>, DownloadError> {
        let of = |wanted: fn(&Published) -> Option<&Url>| {
            let mut urls: Vec<&Url> = download.files.values().filter_map(wanted).collect();
            urls.sort();
            urls.dedup();
            urls
        };
        let checksums =
            by_address(of(checksums_url), |url| self.publisher.checksums(&Location::open(url.clone()), failed))?;
        let recorded = by_address(of(recorded_url), |url| self.publisher.record(&Location::open(url.clone()), failed))?;
        let hash = |file: &Published| match &file.voucher {
            Voucher::Manifest(hash) => Some(hash.clone()),
            Voucher::Checksums(url) => checksums::find(checksums[url].as_deref()?, file.file_name()),
            Voucher::Nobody => recorded[&file.url].clone(),
        };
        Ok(download.files.iter().map(|(platform, file)| (*platform, hash(file))).collect())
    }
}

const fn checksums_url(file: &Published) -> Option<&Url> {
    match &file.voucher {
        Voucher::Checksums(url) => Some(url),
        _ => None,
    }
}

const fn recorded_url(file: &Published) -> Option<&Url> {
    match &file.voucher {
        Voucher::Nobody => Some(&file.url),
        _ => None,
    }
}
