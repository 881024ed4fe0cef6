//! The source `vendor`: files on the servers of those who make a tool, such as Go's or Terraform's. What a vendor's
//! index looks like and what its files are called is a row of data in the catalog; the code knows no vendor. Installing
//! asks no index.

mod ask;
mod error;
mod files;
mod place;
mod server;
mod template;
#[cfg(test)]
mod tests;
mod versions;

use std::collections::BTreeMap;
use std::sync::Arc;

use url::Url;

use self::ask::{Ask, Offer};
pub use self::error::VendorError;
use self::files::{File, files, wanted};
use self::server::Servers;
use self::template::Meanings;
use self::versions::{accepted, newest};
use super::age::Ages;
use super::fit::{self, Keys, Traits, Unfit};
use super::passed::{Passed, PassedOver};
use super::preferred::{Accepted, Choosing};
use super::publisher::Publisher;
use super::release::Listing;
use super::{Asked, Location, Missing, ResolveError, Source, Unreachable, Words, at_once, named};
use crate::archive::Format;
use crate::catalog::{self, Entry, VendorEntry, VersionList};
use crate::host::Host;
use crate::lock::{Artifact, LockedTool};
use crate::manifest::{Manifest, Registries, Tool};
use crate::name::{PackageName, PackageVersion, SourceLabel, ToolName};
use crate::net::{Http, shown};
use crate::platform::Platform;
use crate::registry::VendorServer;
use crate::version::{Requirement, Scheme};

pub struct VendorSource<'a> {
    host: &'a Host,
    http: &'a Http,
    registries: Registries,
    manifest: Manifest,
    ages: Arc<Ages<'a>>,
    passed: PassedOver,
    publisher: Publisher<'a>,
    /// For vendors whose versions are the tags of a repository.
    listing: Listing<'a>,
}

/// What messages about vendors say.
const WORDS: Words = Words {
    asks: "the vendor's server",
    kind: "server",
    unknown: "check the name and the version",
    credentials: "devshell sends no credentials to vendors' servers and their mirrors",
};

impl<'a> VendorSource<'a> {
    pub fn new(host: &'a Host, http: &'a Http, (manifest, ages): (&Manifest, &Arc<Ages<'a>>)) -> Self {
        let registries = manifest.registries.clone();
        let listing = Listing::new(host, http, SourceLabel::Github, registries.clone());
        let (manifest, ages, passed) = (manifest.clone(), Arc::clone(ages), PassedOver::default());
        Self { host, http, registries, manifest, ages, passed, publisher: Publisher::new(http), listing }
    }

    fn choosing<'c>(&'c self, asked: &'c Asked) -> Result<Choosing<'c>, ResolveError> {
        Ok(Choosing { asked, cutoff: self.ages.cutoff(asked)?, passed: &self.passed, from: WORDS.asks })
    }

    fn server(&self, row: &VendorEntry) -> Result<VendorServer, ResolveError> {
        let server = VendorServer::active(self.host, &self.registries, &row.name)?;
        Ok(server.expect("a unit test finds an address for each row"))
    }

    /// The host that lists the versions of a tool, if it does.
    fn answering(&self, row: &VendorEntry, tool: &Tool) -> Result<String, ResolveError> {
        let servers = self.servers(row, &tool.name)?;
        accepted(row, &tool.name, &tool.requirement, None, &servers)?;
        Ok(match &row.versions {
            VersionList::Github { repository, .. } => self.listing.forge(repository)?.api_host().to_owned(),
            VersionList::Json(_) | VersionList::Lines(_) => servers.server.index_host().to_owned(),
        })
    }

    fn servers<'s>(&'s self, row: &'s VendorEntry, tool: &'s ToolName) -> Result<Servers<'s>, ResolveError> {
        Ok(Servers {
            host: self.host,
            http: self.http,
            tool,
            package: &row.name,
            server: self.server(row)?,
            publisher: &self.publisher,
            listing: &self.listing,
            credentials: WORDS.credentials,
        })
    }
}

/// A version with its files.
type Taken = (Offer, BTreeMap<Platform, File>);

/// What is taken, and the newest version of all.
type Preferred = (Option<Taken>, Option<String>);

fn preferred(row: &VendorEntry, choosing: &Choosing, ask: &dyn Ask) -> Result<Preferred, ResolveError> {
    let asked = choosing.asked;
    if let Some(found) = stated(row, choosing, ask)? {
        let version = found.0.version.clone();
        return Ok((Some(found), Some(version)));
    }
    let Accepted { accepted, newest } = accepted(row, asked.name, &asked.accepted(), choosing.cutoff, ask)?;
    let most = wanted(row, asked.platforms).count();
    let look = |offer: &Offer| files(row, asked, offer, ask);
    Ok((choosing.best(choosing.old_enough(accepted)?, most, look)?, newest))
}

/// The version that the vendor says is its newest, if it will do and has a file for each platform. How old it is, is not
/// known.
fn stated(row: &VendorEntry, choosing: &Choosing, ask: &dyn Ask) -> Result<Option<Taken>, ResolveError> {
    let asked = choosing.asked;
    if choosing.cutoff.is_some() {
        return Ok(None);
    }
    let Some(offer) = newest(row, &asked.accepted(), ask)? else { return Ok(None) };
    match files(row, asked, &offer, ask) {
        Ok(files) if files.len() == wanted(row, asked.platforms).count() => Ok(Some((offer, files))),
        // Its files are still on their way: those before it may have more.
        Ok(_) | Err(ResolveError::Vendor(VendorError::NoFile { .. })) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The row that a name means.
fn row(name: &ToolName) -> Result<&'static VendorEntry, ResolveError> {
    catalog::find(name)?;
    let entry = catalog::of_source(name, SourceLabel::Vendor).and_then(Entry::vendor);
    entry.ok_or_else(|| catalog::UnknownTool { name: name.clone() }.into())
}

impl Source for VendorSource<'_> {
    fn words(&self) -> &'static Words {
        &WORDS
    }

    fn scheme(&self) -> Scheme {
        Scheme::Loose
    }

    fn resolve(&self, asked: &Asked) -> Result<LockedTool, ResolveError> {
        let name = asked.name;
        let row = row(name)?;
        if wanted(row, asked.platforms).next().is_none() && asked.version.is_none() {
            return Err(ResolveError::NoPlatform { tool: name.clone(), version: None });
        }
        let (found, newest) = preferred(row, &self.choosing(asked)?, &self.servers(row, name)?)?;
        let Some((offer, files)) = found else { return Err(asked.no_version(newest)) };
        let version: PackageVersion = named(name.as_str(), &offer.version)?;
        let artifacts = artifacts(&named(name.as_str(), &row.name)?, &version, files);
        Ok(LockedTool { version: Some(version), artifacts, ..asked.unlocked() })
    }

    fn newest(&self, name: &ToolName, requirement: &Requirement) -> Result<Option<String>, ResolveError> {
        let row = row(name)?;
        let servers = self.servers(row, name)?;
        let asked = Asked::best(name, requirement, self.manifest.platforms);
        let choosing = self.choosing(&asked)?;
        if !row.has_hashes() {
            // Which files there are shows only when they are downloaded.
            let accepted = accepted(row, name, requirement, choosing.cutoff, &servers)?.accepted;
            let first = choosing.old_enough(accepted)?.into_iter().next();
            return Ok(first.map(|offer| offer.version));
        }
        Ok(preferred(row, &choosing, &servers)?.0.map(|(offer, _)| offer.version))
    }

    fn fits(&self, locked: &LockedTool) -> Result<(), Unfit> {
        let row = row(&locked.tool).map_err(|error| Unfit::new(error.to_string()))?;
        let version = fit::version(locked, Scheme::Loose)?;
        fit::traits(locked, Traits::default())?;
        fit::one_for_each_platform(&locked.artifacts)?;
        if !locked.commands.is_empty() {
            return Err(Unfit::new("is a vendor's file, whose commands are found in it"));
        }
        for (place, artifact) in locked.artifacts.iter().enumerate() {
            fit::keys(place, artifact, SourceLabel::Vendor, Keys { file: true, ..Keys::default() })?;
            fit::same(place, artifact, &row.name, version)?;
            let Some(file) = artifact.file.as_ref().filter(|file| file.name() == file.as_str()) else {
                return Err(Unfit::of(place, "is a vendor's file, and the artifact names none"));
            };
            let is_named = |platform: Platform| {
                let meanings = Meanings { row, version, platform, file: "" };
                row.file.name.as_ref().is_none_or(|template| meanings.text(template) == file.as_str())
            };
            if !platforms(artifact).all(is_named) || Format::of(file).ok() != artifact.unpack {
                return Err(Unfit::of(place, format!("has no file that is called `{file}`")));
            }
        }
        Ok(())
    }

    fn locate(&self, artifact: &Artifact, attempt: usize) -> Result<Option<Location>, ResolveError> {
        let name: ToolName = named(&artifact.package, &format!("{}:{}", SourceLabel::Vendor, artifact.package))?;
        let (Some(file), Some(platform), 0) = (&artifact.file, platforms(artifact).next(), attempt) else {
            return Ok(None);
        };
        let row = row(&name)?;
        let meanings = Meanings { row, version: &artifact.version, platform, file };
        let url = self.server(row)?.file_url(&meanings.address(&row.file.path));
        Ok(Some(Location::open(url)))
    }

    fn missing(&self, asked: Option<&Url>) -> Missing {
        let hint = "its vendor removed it; `devshell update NAME` locks what there is now".to_owned();
        let text = asked.map_or_else(|| "has no address".to_owned(), |url| format!("is gone from `{}`", shown(url)));
        Missing { text, hint: Some(hint) }
    }

    fn check(&self, manifest: &Manifest) -> Vec<Result<String, Unreachable>> {
        let mut asked: BTreeMap<&str, (&VendorEntry, &Tool)> = BTreeMap::new();
        for tool in manifest.all_tools() {
            let meaning = catalog::find(&tool.name).ok().filter(|meaning| meaning.source == SourceLabel::Vendor);
            if let Some(row) = meaning.and_then(|meaning| meaning.entry?.vendor()) {
                asked.insert(&row.name, (row, tool));
            }
        }
        at_once(asked.into_values(), |(row, tool)| self.answering(row, tool).map_err(Unreachable::from))
    }

    fn changed(&self) -> &'static str {
        "its vendor replaced the file after it was locked, or something on the way changed it; ask the vendor, and \
         `devshell update` once you know why"
    }

    fn passed(&self) -> Vec<Passed> {
        self.passed.all()
    }

    fn notes(&self, locked: &LockedTool) -> Vec<String> {
        let (Ok(row), Some(version)) = (row(&locked.tool), &locked.version) else { return Vec::new() };
        let is_since = |from: &str| Scheme::Loose.compare(version, from).is_ge();
        let licence = row.licence.as_ref().filter(|licence| is_since(&licence.from)).map(|licence| {
            format!("{} {version} has the {}, which limits its use in competing products", locked.tool, licence.name)
        });
        let first = (!row.has_hashes()).then(|| {
            format!("{} {version} has the hash of its first download, because its vendor publishes none", locked.tool)
        });
        licence.into_iter().chain(first).collect()
    }
}

/// The platforms that an artifact is for.
fn platforms(artifact: &Artifact) -> impl Iterator<Item = Platform> {
    let all = if artifact.platforms.is_empty() { Platform::ALL.as_slice() } else { &artifact.platforms };
    all.iter().copied()
}

/// One artifact for each file: platforms may share one.
fn artifacts(package: &PackageName, version: &PackageVersion, files: BTreeMap<Platform, File>) -> Vec<Artifact> {
    let mut artifacts: Vec<Artifact> = Vec::new();
    for (platform, File { name, format, integrity }) in files {
        let is_same = |one: &&mut Artifact| one.integrity == integrity && one.file.as_ref() == Some(&name);
        match artifacts.iter_mut().find(is_same) {
            Some(artifact) => artifact.platforms.push(platform),
            None => artifacts.push(Artifact {
                platforms: vec![platform],
                file: Some(name),
                unpack: Some(format),
                ..Artifact::new(SourceLabel::Vendor, package.clone(), version.clone(), integrity)
            }),
        }
    }
    for artifact in &mut artifacts {
        if artifact.platforms.len() == Platform::ALL.len() {
            artifact.platforms.clear();
        }
    }
    artifacts
}
