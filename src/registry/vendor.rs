//! The server of a vendor's downloads: the usual one of `endpoints.json`, or the one that `registries` names instead. A
//! label means the same server on every machine otherwise.

use url::Url;

use super::endpoints::ENDPOINTS;
use super::{RegistryError, join, of_user};
use crate::host::Host;
use crate::manifest::Registries;
use crate::name::SourceLabel;

/// The server of a vendor, as it is active here. Nothing of the user's is sent to it.
#[derive(Clone, Debug)]
pub struct VendorServer {
    index: Url,
    files: Url,
}

impl VendorServer {
    /// The server for a row of the vendors: the one that the manifest names for it, or the user's `config.json`, or
    /// else the usual one. An address for all vendors has each of them below it, by its name.
    pub fn active(host: &Host, registries: &Registries, vendor: &str) -> Result<Option<Self>, RegistryError> {
        let registries = registries.clone().or(of_user(host)?);
        let bound = registries.bound(SourceLabel::Vendor).find(|(names, _)| names.include(vendor));
        let own = bound.map(|(_, address)| address.url.clone());
        let shared = || Some(join(&registries.of_others(SourceLabel::Vendor)?.url, vendor));
        if let Some(mirror) = own.or_else(shared) {
            return Ok(Some(Self { index: mirror.clone(), files: mirror }));
        }
        Ok(Self::usual(vendor))
    }

    fn usual(vendor: &str) -> Option<Self> {
        let usual = ENDPOINTS.vendors.get(vendor)?;
        let (index, files) = (usual.index.as_ref(), usual.files.as_ref());
        Some(Self { index: index.or(files)?.clone(), files: files.or(index)?.clone() })
    }

    /// The host that lists the versions.
    pub fn index_host(&self) -> &str {
        self.index.host_str().unwrap_or_default()
    }

    /// An index of versions.
    pub fn index_url(&self, path: &str) -> Url {
        below(&self.index, path)
    }

    /// A file.
    pub fn file_url(&self, path: &str) -> Url {
        below(&self.files, path)
    }
}

/// What is below an address, with its query if it has one.
fn below(base: &Url, path: &str) -> Url {
    let (path, query) = path.split_once('?').map_or((path, None), |(path, query)| (path, Some(query)));
    let mut url = join(base, path);
    url.set_query(query);
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_below_the_servers_address() {
        let base = |text: &str| Url::parse(text).unwrap();
        for (address, path, expected) in [
            ("https://a.example/dl/", "?mode=json&include=all", "https://a.example/dl/?mode=json&include=all"),
            ("https://a.example/dl", "x/index.json", "https://a.example/dl/x/index.json"),
            ("https://a.example", "jdk-21.0.5%2B11/x?project=jdk", "https://a.example/jdk-21.0.5%2B11/x?project=jdk"),
        ] {
            assert_eq!(below(&base(address), path).as_str(), expected);
        }
    }

    #[test]
    fn every_vendor_has_its_address() {
        for (vendor, usual) in &ENDPOINTS.vendors {
            let all = [&usual.index, &usual.files];
            assert!(all.into_iter().flatten().count() > 0, "{vendor}");
            for url in all.into_iter().flatten() {
                assert!(url.scheme() == "https" && url.path().ends_with('/'), "{vendor}: {url}");
            }
        }
    }
}
