//! Asks a vendor's servers.

use super::super::ResolveError;
use super::super::preferred::Accepted;
use super::super::publisher::{DownloadError, Publisher};
use super::super::question::Question;
use super::super::release::{Candidate, Listing, Tagged};
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
            Err(error) => {
                let source = error.with_credentials(None, self.credentials);
                Err(ResolveError::Net { package: self.tool.to_string(), source })
            }
        }
    }

    fn tagged(&self, repository: &str, tag: &str, requirement: &Requirement) -> Result<Accepted<Offer>, ResolveError> {
        let tagged = Tagged { tool: self.tool, repository, around: tag.split_once("{version}") };
        let Accepted { accepted, newest } = tagged.candidates(requirement, self.listing)?;
        let offer =
            |Candidate { version, release }| Offer { version, is_marked: release.is_prerelease, ..Offer::default() };
        Ok(Accepted { accepted: accepted.into_iter().map(offer).collect(), newest })
    }

    fn checksums(&self, path: &str, version: &str) -> Result<Option<String>, DownloadError> {
        self.publisher.checksums(&self.server.file_url(path), &|source| self.failed(version, source))
    }

    fn recorded(&self, path: &str, version: &str) -> Result<Option<Integrity>, DownloadError> {
        self.publisher.record(&self.server.file_url(path), &|source| self.failed(version, source))
    }
}

impl Servers<'_> {
    fn failed(&self, version: &str, source: NetError) -> DownloadError {
        DownloadError::Net { tool: self.tool.clone(), version: version.to_owned(), source }
    }
}
