//! Asks a vendor's servers.

use super::super::age::Cutoff;
use super::super::preferred::Accepted;
use super::super::publisher::{DownloadError, Publisher};
use super::super::question::Question;
use super::super::release::{Candidate, Listing, Tagged};
use super::super::{Location, ResolveError};
use super::ask::{Ask, Offer};
use crate::digest::Integrity;
use crate::host::Host;
use crate::name::ToolName;
use crate::net::{Http, NetError};
use crate::registry::VendorServer;
use crate::version::Requirement;

/// The servers of one vendor.
pub struct Servers<'s> {
    pub host: &'s Host,
    pub http: &'s Http,
    pub tool: &'s ToolName,
    /// The row's name.
    pub package: &'s str,
    pub server: VendorServer,
    pub publisher: &'s Publisher<'s>,
    pub listing: &'s Listing<'s>,
    /// What to say about a server that wants credentials.
    pub credentials: &'static str,
}

impl Ask for Servers<'_> {
    fn index(&self, path: &str) -> Result<Option<Vec<u8>>, ResolveError> {
        let (url, cache) = (self.server.index_url(path), self.host.cache("vendors-1"));
        match Question::new(&url, "application/json, text/plain, */*").ask(self.http, &cache) {
            Ok(body) => Ok(Some(body)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(self.failed(error)),
        }
    }

    fn tagged(
        &self,
        repository: &str,
        tag: &str,
        requirement: &Requirement,
        cutoff: Option<Cutoff>,
    ) -> Result<Accepted<Offer>, ResolveError> {
        let tagged = Tagged { tool: self.tool, repository, around: tag.split_once("{version}"), cutoff };
        let package = self.package.to_owned();
        let answer = tagged.candidates(requirement, self.listing).map_err(|error| match error {
            ResolveError::Net { source, .. } => ResolveError::Net { package, source },
            ResolveError::Limited { source, variable, .. } => ResolveError::Limited { package, source, variable },
            other => other,
        });
        let Accepted { accepted, newest } = answer?;
        let offer = |Candidate { version, release }| Offer {
            version,
            is_marked: release.is_prerelease,
            published: release.published,
            ..Offer::default()
        };
        Ok(Accepted { accepted: accepted.into_iter().map(offer).collect(), newest })
    }

    fn checksums(&self, path: &str, version: &str) -> Result<Option<String>, ResolveError> {
        let place = Location::open(self.server.file_url(path));
        let text = self.publisher.checksums(&place, &|source| self.missed(version, source));
        text.map_err(|error| self.resolving(error))
    }

    fn recorded(&self, path: &str, version: &str) -> Result<Option<Integrity>, ResolveError> {
        let place = Location::open(self.server.file_url(path));
        let hash = self.publisher.record(&place, &|source| self.missed(version, source));
        hash.map_err(|error| self.resolving(error))
    }
}

impl Servers<'_> {
    fn missed(&self, version: &str, source: NetError) -> DownloadError {
        DownloadError::Net { tool: self.tool.clone(), version: version.to_owned(), source }
    }

    /// The error as it is of all that is looked up by name, so that another provider may take its place.
    fn resolving(&self, error: DownloadError) -> ResolveError {
        match error {
            DownloadError::Net { source, .. } => self.failed(source),
            other => other.into(),
        }
    }

    fn failed(&self, error: NetError) -> ResolveError {
        let source = error.with_credentials(None, self.credentials);
        ResolveError::Net { package: self.package.to_owned(), source }
    }
}
