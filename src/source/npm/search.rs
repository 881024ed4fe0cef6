//! Searching the npm registry (`/-/v1/search`). A mirror may not offer that.

use serde::Deserialize;

use super::super::ResolveError;
use super::NpmSource;
use super::words::WORDS;
use crate::catalog;
use crate::name::ToolName;
use crate::net::{NetError, Vouched};

/// How many packages are asked for: as many as fit on a screen.
const MOST: usize = 20;

/// The longest answer that is read; one of twenty packages has some 40 kB.
const MOST_BYTES: u64 = 8 << 20;

/// A package that could be a tool.
#[derive(Debug)]
pub struct Offer {
    pub tool: ToolName,
    pub version: String,
    pub about: String,
}

#[derive(Deserialize)]
struct Answer {
    objects: Vec<Object>,
}

#[derive(Deserialize)]
struct Object {
    package: Package,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    #[serde(default)]
    version: String,
    #[serde(default)]
    description: String,
}

impl NpmSource<'_> {
    /// What the registry finds for a text, the best first.
    pub fn search_registry(&self, text: &str) -> Result<Vec<Offer>, ResolveError> {
        let registry = self.metadata.registry()?;
        let url = registry.search_url(text, MOST);
        let authorization = registry.authorization(&url, "");
        let headers: Vec<(&str, &str)> =
            authorization.iter().map(|authorization| ("authorization", authorization.as_str())).collect();
        let failed = |source: NetError| ResolveError::Net {
            package: text.to_owned(),
            source: source.with_credentials(registry.kept_back(&url, ""), WORDS.credentials),
        };
        let answer = self.metadata.http.try_get_whole(&url, &headers, Vouched::ByNothing, MOST_BYTES);
        let body = answer.map_err(failed)?.into_body();
        let answer: Answer = serde_json::from_slice(&body)
            .map_err(|source| ResolveError::Metadata { package: text.to_owned(), source })?;
        let offer = |Object { package }: Object| {
            // A part of a tool of the catalog is no tool by itself.
            if catalog::is_platform_package(&package.name) {
                return None;
            }
            // Under a name that another registry is asked for, this one's package is another publisher's.
            if registry.base(&package.name) != registry.base("") {
                return None;
            }
            // A name that a manifest could not hold is of no use here.
            let tool = format!("npm:{}", package.name).parse().ok()?;
            Some(Offer { tool, version: package.version, about: package.description })
        };
        Ok(answer.objects.into_iter().filter_map(offer).collect())
    }
}
