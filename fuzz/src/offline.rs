//! Registries that must not be asked: what they would answer is put into the cache, where an offline run finds it. So
//! a target takes the road of `devshell lock --offline`.

use std::time::Duration;

use devshell::digest;
use devshell::host::Host;
use devshell::net::Http;
use tempfile::TempDir;
use url::Url;

/// A machine with nothing but a cache.
pub struct Offline {
    pub place: TempDir,
    pub host: Host,
    pub http: Http,
}

impl Offline {
    #[allow(clippy::new_without_default, reason = "it writes to a disk")]
    pub fn new() -> Self {
        let place = super::scratch();
        let mut host = Host::snapshot(None).unwrap();
        host.variables.clear();
        host.home = None;
        host.directories.cache = place.path().join("cache");
        Self { place, host, http: Http::new(true, Duration::from_secs(1)) }
    }

    /// Puts an answer into a part of the cache.
    pub fn answer(&self, part: &str, url: &Url, body: &[u8]) {
        let part = self.host.directories.cache.join(part);
        std::fs::create_dir_all(&part).unwrap();
        let entry = [b"etag\n", body].concat();
        std::fs::write(part.join(digest::key(&[url.as_str().as_bytes()])), entry).unwrap();
    }
}
