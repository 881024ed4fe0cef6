//! The addresses that no ecosystem's own tool knows: those of forges, of Rust's releases and of vendors' downloads. They
//! are data (`endpoints.json`), and nowhere else.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;
use url::Url;

use crate::name::SourceLabel;

/// Where a forge is.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ForgeEndpoint {
    pub web: Url,
    pub api: Url,
    /// Where its files are, other than there.
    #[serde(default)]
    pub files: Vec<Url>,
    /// What it is called in certificates, as the issuer of its workflows' tokens.
    #[serde(default)]
    pub issuer: Option<String>,
    /// The identity that it signs its own attestations of releases with.
    #[serde(default)]
    pub releases: Option<String>,
}

/// Where a vendor lists versions, and where the files are. One of the two may be absent; then it is the other.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VendorEndpoint {
    #[serde(default)]
    pub index: Option<Url>,
    #[serde(default)]
    pub files: Option<Url>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Endpoints {
    pub forges: BTreeMap<SourceLabel, ForgeEndpoint>,
    /// The server of Rust's releases: the directory that has `dist`.
    pub rust: Url,
    pub vendors: BTreeMap<String, VendorEndpoint>,
}

pub static ENDPOINTS: LazyLock<Endpoints> =
    LazyLock::new(|| serde_json::from_str(include_str!("endpoints.json")).expect("a unit test parses endpoints.json"));

/// How certificates name a forge.
#[derive(Clone, Copy, Debug)]
pub struct Issuer {
    pub label: SourceLabel,
    /// What the addresses of its repositories begin with.
    pub web: &'static str,
    /// The issuer of its workflows' tokens.
    pub workflows: Option<&'static str>,
    /// What it signs releases as.
    pub releases: Option<&'static str>,
}

/// The forges, as certificates name them.
pub fn issuers() -> impl Iterator<Item = Issuer> {
    ENDPOINTS.forges.iter().map(|(label, forge)| Issuer {
        label: *label,
        web: forge.web.as_str(),
        workflows: forge.issuer.as_deref(),
        releases: forge.releases.as_deref(),
    })
}
