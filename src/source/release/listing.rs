//! The releases of a repository, page by page, as far as they are needed.

use std::sync::Arc;

use url::Url;

use super::super::bundles;
use super::super::once::Once;
use super::super::question::Question;
use super::super::{Location, ResolveError};
use super::list::{self, Asset, Page, Release};
use super::words::words;
use crate::digest::Integrity;
use crate::host::Host;
use crate::manifest::Registries;
use crate::name::SourceLabel;
use crate::net::{Http, NetError};
use crate::registry::{Forge, ForgeKind};

/// How many pages are asked for at most: each counts where a forge counts requests.
const MOST_PAGES: usize = 3;

/// How long an answer is good, in seconds, where asking whether it still holds counts as a request.
const GOOD_FOR: i64 = 600;

/// The media type that all forges answer with.
const ACCEPT: &str = "application/json";

/// The version of GitHub's API whose answers are read.
const API_VERSION: (&str, &str) = ("x-github-api-version", "2022-11-28");

/// Asks forges, each question once a run.
pub struct Listing<'a> {
    host: &'a Host,
    http: &'a Http,
    label: SourceLabel,
    registries: Registries,
    /// By repository and number.
    pages: Once<(String, usize), Page>,
    /// The attestations of files, one bundle each.
    attested: Once<Url, Vec<Vec<u8>>>,
}

impl<'a> Listing<'a> {
    pub fn new(host: &'a Host, http: &'a Http, label: SourceLabel, registries: Registries) -> Self {
        Self { host, http, label, registries, pages: Once::default(), attested: Once::default() }
    }

    /// The forge of a repository.
    pub fn forge(&self, repository: &str) -> Result<Forge, ResolveError> {
        Ok(Forge::in_force(self.host, &self.registries, self.label, repository)?)
    }

    /// The newest releases, and further ones while they are not enough.
    pub fn releases(
        &self,
        repository: &str,
        is_enough: &dyn Fn(&[Release]) -> bool,
    ) -> Result<Vec<Release>, ResolveError> {
        let forge = self.forge(repository)?;
        let mut releases = Vec::new();
        for number in 1..=MOST_PAGES {
            let page = self.page(&forge, repository, number)?;
            releases.extend(page.releases.iter().cloned());
            // A forge may give fewer on a page than it is asked for.
            if page.length == 0 || is_enough(&releases) {
                break;
            }
        }
        Ok(releases)
    }

    /// The release of a tag, if there is one.
    pub fn release(&self, repository: &str, tag: &str) -> Result<Option<Release>, ResolveError> {
        let forge = self.forge(repository)?;
        let body = match self.ask(&forge, &forge.release_url(repository, tag), None) {
            Err(error) if error.is_not_found() => return Ok(None),
            answer => answer.map_err(|error| self.failed(&forge, repository, error))?,
        };
        let release = list::one(forge.kind, &body).map_err(|source| senseless(repository, source))?;
        Ok(release.map(|release| located(release, &forge, repository)))
    }

    /// A release of the pages that have been asked for.
    pub fn known_release(&self, repository: &str, tag: &str) -> Option<Release> {
        let mut pages = (1..=MOST_PAGES).filter_map(|number| self.pages.known(&(repository.to_owned(), number)));
        pages.find_map(|page| page.releases.iter().find(|release| release.tag == tag).cloned())
    }

    /// Where a file is for those who may read its repository: with the user's token, if there is one for the forge.
    pub fn with_token(&self, repository: &str, tag: &str, asset: &Asset) -> Option<Location> {
        let forge = self.forge(repository).ok()?;
        let (name, token) = forge.secret()?;
        let url = forge.asset_url(repository, tag, (&asset.name, asset.id), &asset.url)?;
        // Otherwise the API describes the file.
        let headers = vec![(name, token.to_owned()), ("accept", "application/octet-stream".to_owned())];
        Some(Location { url, headers, kept_back: None })
    }

    /// The attestations of a file on GitHub.
    pub fn attestations(&self, repository: &str, file: &Integrity) -> Result<Arc<Vec<Vec<u8>>>, ResolveError> {
        let forge = self.forge(repository)?;
        self.attested.get(forge.attestations_url(repository, file), |url| {
            // An installation without attestations says the same as one without any of this file.
            let body = self.ask(&forge, url, Some(bundles::NONE));
            let body = body.map_err(|error| self.failed(&forge, repository, error))?;
            let found = bundles::read(&body).map_err(|source| senseless(repository, source))?;
            let net = |source| ResolveError::Net { package: repository.to_owned(), source };
            found.into_iter().map(|bundle| bundle.bytes(self.http).map_err(net)).collect()
        })
    }

    /// The name that a repository has now, if it is another one than the one that it was asked for by.
    pub fn new_name(&self, repository: &str) -> Option<String> {
        let first = self.pages.known(&(repository.to_owned(), 1))?.releases.first()?.repository.clone()?;
        (!first.eq_ignore_ascii_case(repository)).then_some(first)
    }

    fn page(&self, forge: &Forge, repository: &str, number: usize) -> Result<Arc<Page>, ResolveError> {
        self.pages.get((repository.to_owned(), number), |_| {
            let answer = self.ask(forge, &forge.releases_url(repository, number), None);
            let body = answer.map_err(|error| self.failed(forge, repository, error))?;
            let mut page = list::page(forge.kind, &body).map_err(|source| senseless(repository, source))?;
            page.releases = page.releases.into_iter().map(|release| located(release, forge, repository)).collect();
            Ok(page)
        })
    }

    fn ask(&self, forge: &Forge, url: &Url, nothing: Option<&[u8]>) -> Result<Vec<u8>, NetError> {
        let cache = self.host.cache("releases-1");
        let secret = forge.secret();
        // With a token, GitHub does not count the question whether an answer still holds.
        let good_for = if secret.is_some() { 0 } else { GOOD_FOR };
        let headers = if forge.kind == ForgeKind::Github { [API_VERSION].to_vec() } else { Vec::new() };
        let question = Question { headers, secret, good_for, nothing, ..Question::new(url, ACCEPT) };
        Question { is_asked_once: true, ..question }.ask(self.http, &cache)
    }

    fn failed(&self, forge: &Forge, repository: &str, error: NetError) -> ResolveError {
        let words = words(self.label);
        if error.is_not_found() && forge.kept_back().is_none() {
            let bound = forge.other_address().cloned();
            return ResolveError::NoPackage { package: repository.to_owned(), from: words, bound };
        }
        let variable = forge.variable();
        if let NetError::Limited { .. } = error {
            let variable = variable.filter(|_| forge.secret().is_none());
            return ResolveError::Limited { package: repository.to_owned(), source: error, variable };
        }
        let to_give = variable.map(|name| format!("set {name} to a token that may read the repository"));
        let source = error.with_credentials(forge.kept_back(), to_give.as_deref().unwrap_or(words.credentials));
        ResolveError::Net { package: repository.to_owned(), source }
    }
}

/// A release whose files are at the addresses from which they are installed later. GitLab's may be anywhere.
fn located(mut release: Release, forge: &Forge, repository: &str) -> Release {
    if forge.kind != ForgeKind::Gitlab {
        for asset in &mut release.assets {
            asset.url = forge.download_url(repository, &release.tag, &asset.name);
        }
    }
    release
}

fn senseless(repository: &str, source: serde_json::Error) -> ResolveError {
    ResolveError::Metadata { package: repository.to_owned(), source }
}
