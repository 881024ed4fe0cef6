//! What the client asks for addresses: the machine's files first, and then its name servers. It never asks about a
//! host that a proxy is to reach.

use std::io;
use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

use super::config::Config;
use super::error::NameError;
use super::shared::Shared;
use super::{hosts, lookup, order};
use crate::files::{bounded, most};

/// More addresses of one name than this are no help.
const MOST_ADDRESSES: usize = 16;

/// What this machine says about names.
#[derive(Debug)]
pub struct Names {
    /// The text of `/etc/hosts`.
    pub(super) hosts: String,
    pub(super) config: Config,
    /// How long a look-up may take in all.
    pub(super) patience: Duration,
    pub(super) shared: Shared,
}

impl Names {
    /// Reads the machine's files. What is not there says nothing.
    pub fn of_machine(patience: Duration) -> Self {
        let text = |path: &str| {
            let bytes = bounded::read(Path::new(path), most::MACHINE).unwrap_or_default();
            String::from_utf8_lossy(&bytes).into_owned()
        };
        let interface = |name: &str| {
            let is_name = !name.contains('/') && !name.starts_with('.');
            text(&format!("/sys/class/net/{name}/ifindex")).trim().parse().ok().filter(|_| is_name)
        };
        let config = Config::parse(&text("/etc/resolv.conf"), text("/proc/sys/kernel/hostname").trim(), interface);
        Self { hosts: text("/etc/hosts"), config, patience, shared: Shared::default() }
    }

    /// The addresses of a host, the one to try first first. There is at least one.
    pub fn addresses(&self, host: &str, until: Instant) -> Result<Vec<IpAddr>, Arc<NameError>> {
        // An address of version 6 is in brackets in the address of a page.
        let literal = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        if let Ok(address) = literal.parse() {
            return Ok(vec![address]);
        }
        if let Some(addresses) = hosts::of_this_machine(host) {
            return Ok(addresses.to_vec());
        }
        let mut addresses = hosts::addresses(&self.hosts, host);
        if addresses.is_empty() {
            addresses = self.shared.get(host, || lookup::lookup(&self.config, host, until))?;
        }
        order::order(&mut addresses);
        addresses.truncate(MOST_ADDRESSES);
        Ok(addresses)
    }
}

impl Resolver for Names {
    fn resolve(
        &self,
        uri: &Uri,
        _: &ureq::config::Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let text = uri.scheme().zip(uri.authority()).and_then(|(s, a)| DefaultResolver::host_and_port(s, a));
        let parts = text.as_deref().and_then(|text| text.rsplit_once(':'));
        let (host, port) = parts.ok_or_else(|| ureq::Error::BadUri(uri.to_string()))?;
        let port: u16 = port.parse().map_err(|_| ureq::Error::BadUri(uri.to_string()))?;
        let until = Instant::now() + self.patience.min(*timeout.after);
        let addresses = self.addresses(host, until).map_err(|error| io::Error::new(error.kind(), error))?;
        let mut resolved = self.empty();
        for address in addresses {
            resolved.push((address, port).into());
        }
        Ok(resolved)
    }
}
