//! The server of Rust's releases. It is the usual one unless `registries` names a mirror; rustup's variables do not
//! count, so that a label means one server on every machine.

use url::Url;

use super::endpoints::ENDPOINTS;
use super::{RegistryError, join, of_user};
use crate::host::Host;
use crate::manifest::Registries;
use crate::name::SourceLabel;

/// The server that applies.
#[derive(Clone, Debug)]
pub struct RustServer(Url);

impl RustServer {
    /// The one that the manifest names, or the user's `config.json`, or else the usual one.
    pub fn active(host: &Host, registries: &Registries) -> Result<Self, RegistryError> {
        let registries = registries.clone().or(of_user(host)?);
        let named = registries.of_others(SourceLabel::Rust).map(|address| address.url.clone());
        Ok(Self(named.unwrap_or_else(|| ENDPOINTS.rust.clone())))
    }

    /// A file below `dist`.
    pub fn url(&self, path: &str) -> Url {
        join(&self.0, &format!("dist/{path}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_below_dist() {
        let url = RustServer(ENDPOINTS.rust.clone()).url("channel-rust-stable.toml");
        assert!(url.as_str().ends_with("/dist/channel-rust-stable.toml"));
        let mirror = RustServer("http://mirror.example/rust/".parse().unwrap());
        assert_eq!(mirror.url("2026-04-16/a.tar.xz").as_str(), "http://mirror.example/rust/dist/2026-04-16/a.tar.xz");
    }
}
