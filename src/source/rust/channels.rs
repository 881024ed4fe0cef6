//! Asks the server for the manifests of channels, each once a run.

use std::fmt;
use std::sync::Arc;

use url::Url;

use super::super::ResolveError;
use super::super::once::Once;
use super::super::question::Question;
use super::error::RustError;
use super::release::Release;
use super::words::WORDS;
use crate::digest::{Hasher, Integrity};
use crate::host::Host;
use crate::manifest::Registries;
use crate::net::{Http, NetError};
use crate::registry::RustServer;
use crate::version::Requirement;

/// A release by the name of its manifest.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ReleaseName {
    /// A channel, or a version with two or three numbers.
    name: String,
    /// The day whose release is meant.
    date: Option<String>,
}

impl ReleaseName {
    pub fn new(name: &str, date: Option<&str>) -> Self {
        Self { name: name.to_owned(), date: date.map(str::to_owned) }
    }

    /// The release that has the newest version that a requirement may accept.
    pub fn of(requirement: &Requirement) -> Self {
        match (requirement.channel(), requirement.named_version()) {
            (Some(channel), _) => Self::new(channel.name, channel.date),
            // A nightly has its day in its version.
            (None, Some(version)) if version.contains("-nightly.") => {
                Self::new("nightly", version.split_once("-nightly.").map(|(_, day)| day))
            }
            // One number alone names no release.
            (None, Some(version)) if version.contains('.') => Self::new(version, None),
            (None, _) => Self::new("stable", None),
        }
    }

    /// Whether it is whatever there is of a channel.
    pub fn is_newest(&self, channel: &str) -> bool {
        self.name == channel && self.date.is_none()
    }

    /// Whether it is the release of one day.
    pub const fn has_day(&self) -> bool {
        self.date.is_some()
    }

    /// Below the server's `dist`.
    fn path(&self) -> String {
        let directory = self.date.as_ref().map(|date| format!("{date}/")).unwrap_or_default();
        format!("{directory}channel-rust-{}.toml", self.name)
    }
}

impl fmt::Display for ReleaseName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        self.date.as_ref().map_or(Ok(()), |date| write!(f, "-{date}"))
    }
}

pub struct Channels<'a> {
    host: &'a Host,
    http: &'a Http,
    registries: Registries,
    known: Once<ReleaseName, Option<Arc<Release>>>,
}

impl<'a> Channels<'a> {
    pub fn new(host: &'a Host, http: &'a Http, registries: Registries) -> Self {
        Self { host, http, registries, known: Once::default() }
    }

    pub fn server(&self) -> Result<RustServer, ResolveError> {
        Ok(RustServer::active(self.host, &self.registries)?)
    }

    /// A release; `None` where the server has none of that name.
    pub fn release(&self, name: &ReleaseName) -> Result<Option<Arc<Release>>, ResolveError> {
        let release = self.known.get(name.clone(), |name| Ok::<_, ResolveError>(self.ask(name)?.map(Arc::new)))?;
        Ok(release.as_ref().clone())
    }

    /// Asks the server whether it has a hash for the newest release, which is the least that it can be asked.
    pub fn check(&self) -> Result<Url, ResolveError> {
        let url = self.server()?.url("channel-rust-stable.toml.sha256");
        self.answer(&url).map(|_| url)
    }

    fn ask(&self, name: &ReleaseName) -> Result<Option<Release>, ResolveError> {
        let url = self.server()?.url(&name.path());
        let Some(body) = self.answer(&url)? else { return Ok(None) };
        let beside = self.answer(&self.server()?.url(&format!("{}.sha256", name.path())))?.unwrap_or_default();
        let mut hasher = Hasher::sha256();
        hasher.update(&body);
        let beside = String::from_utf8_lossy(&beside).into_owned();
        if beside.split_whitespace().next().and_then(Integrity::from_hex) != Some(hasher.finish()) {
            return Err(RustError::Hash { url }.into());
        }
        let text = String::from_utf8_lossy(&body);
        Ok(Some(Release::parse(&text).map_err(|text| RustError::Senseless { url, text })?))
    }

    fn answer(&self, url: &Url) -> Result<Option<Vec<u8>>, ResolveError> {
        match Question::new(url, "*/*").ask(self.http, &self.host.cache("rust-1")) {
            Ok(body) => Ok(Some(body)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(failed(error)),
        }
    }
}

fn failed(error: NetError) -> ResolveError {
    ResolveError::Net { package: "rust".to_owned(), source: error.with_credentials(None, WORDS.credentials) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_requirement_leads_to_a_manifest() {
        for (requirement, path) in [
            ("1.95", "channel-rust-1.95.toml"),
            ("1.95.0", "channel-rust-1.95.0.toml"),
            ("=1.95.0", "channel-rust-1.95.0.toml"),
            ("1", "channel-rust-stable.toml"),
            ("^1.90", "channel-rust-stable.toml"),
            ("*", "channel-rust-stable.toml"),
            ("stable", "channel-rust-stable.toml"),
            ("beta", "channel-rust-beta.toml"),
            ("nightly", "channel-rust-nightly.toml"),
            ("nightly-2026-04-16", "2026-04-16/channel-rust-nightly.toml"),
            ("=1.97.0-nightly.2026-05-20", "2026-05-20/channel-rust-nightly.toml"),
            ("=1.96.0-beta.4", "channel-rust-1.96.0-beta.4.toml"),
        ] {
            assert_eq!(ReleaseName::of(&Requirement::of_toolchain(requirement).unwrap()).path(), path);
        }
    }
}
