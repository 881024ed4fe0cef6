//! What the npm registry says about packages: the abbreviated metadata format
//! (`application/vnd.npm.install-v1+json`), cached with its ETag; or the whole document, which is much longer and says
//! when versions were published.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};
use url::Url;

use super::super::bundles::{self, Found};
use super::super::once::Once;
use super::super::question::Question;
use super::super::{Location, ResolveError};
use super::words::WORDS;
use crate::date::Date;
use crate::host::Host;
use crate::manifest::Registries;
use crate::name::{CommandName, InsidePath};
use crate::net::{Http, NetError, Redirects};
use crate::registry::{NpmRegistry, ProjectNpmrc};

/// The media type; the full document is accepted from registries that know no other.
const ACCEPT: &str = "application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8";

/// The media type of the whole document.
const ACCEPT_ALL: &str = "application/json";

/// A package with all its versions. Mirrors leave fields out, so everything but the hash of
/// what is installed is optional.
#[derive(Debug, Deserialize)]
pub struct Packument {
    #[serde(default, rename = "dist-tags")]
    pub dist_tags: BTreeMap<String, String>,
    #[serde(default)]
    pub versions: BTreeMap<String, Release>,
    /// When each version was published; only the whole document has it.
    #[serde(default)]
    time: BTreeMap<String, serde_json::Value>,
}

impl Packument {
    /// When a version was published, in seconds since 1970.
    pub fn published(&self, version: &str) -> Option<i64> {
        Date::of_rfc3339(self.time.get(version)?.as_str()?).map(Date::seconds)
    }
}

#[derive(Debug, Deserialize)]
pub struct Release {
    #[serde(default)]
    pub bin: Bin,
    #[serde(default)]
    pub dependencies: BTreeMap<String, String>,
    #[serde(default, rename = "optionalDependencies")]
    pub optional_dependencies: BTreeMap<String, String>,
    #[serde(default, rename = "bundleDependencies", alias = "bundledDependencies")]
    pub bundled: Bundled,
    /// A reason; some registries write `false` or an empty text for "no".
    #[serde(default, deserialize_with = "reason")]
    pub deprecated: Option<String>,
    #[serde(default)]
    pub dist: Dist,
}

impl Release {
    /// Whether it needs packages that it does not bring.
    pub fn has_dependencies(&self) -> bool {
        let mut needed = self.dependencies.keys().chain(self.optional_dependencies.keys());
        needed.any(|dependency| !self.bundled.contains(dependency))
    }
}

#[derive(Debug, Default, Deserialize)]
pub struct Dist {
    #[serde(default)]
    pub integrity: String,
    #[serde(default)]
    pub tarball: String,
    /// There if the registry has attestations of the version.
    #[serde(default)]
    pub attestations: Option<IgnoredAny>,
}

/// `bin` is a path for a command named like the package, or a map.
#[derive(Debug, Default, Deserialize)]
#[serde(untagged)]
pub enum Bin {
    Path(String),
    Map(BTreeMap<String, String>),
    #[default]
    None,
}

impl Bin {
    /// Commands, each with its path in the package. As npm does, it passes over a command that
    /// leads out.
    pub fn commands(&self, package: &str) -> Vec<(CommandName, InsidePath)> {
        let pairs = match self {
            Self::Path(path) => vec![(package.rsplit('/').next().unwrap_or(package), path)],
            Self::Map(map) => map.iter().map(|(command, path)| (command.as_str(), path)).collect(),
            Self::None => Vec::new(),
        };
        pairs.into_iter().filter_map(|(command, path)| Some((command.parse().ok()?, path.parse().ok()?))).collect()
    }
}

/// The commands that a `package.json` offers, each with its path in the package.
pub fn commands_of(package_json: &str) -> Vec<(CommandName, InsidePath)> {
    #[derive(Deserialize)]
    struct Description {
        name: String,
        #[serde(default)]
        bin: Bin,
    }
    match serde_json::from_str::<Description>(package_json) {
        Ok(description) => description.bin.commands(&description.name),
        Err(_) => Vec::new(),
    }
}

/// `bundleDependencies` is a list of names, or `true` for all of them.
#[derive(Debug, Default, Deserialize)]
#[serde(untagged)]
pub enum Bundled {
    Names(Vec<String>),
    All(bool),
    #[default]
    None,
}

impl Bundled {
    pub fn contains(&self, dependency: &str) -> bool {
        match self {
            Self::Names(names) => names.iter().any(|name| name == dependency),
            Self::All(all) => *all,
            Self::None => false,
        }
    }
}

fn reason<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let value = serde_json::Value::deserialize(deserializer)?;
    Ok(value.as_str().filter(|text| !text.is_empty()).map(str::to_owned))
}

/// Asks the registry for metadata, each package once a run.
pub struct Metadata<'a> {
    host: &'a Host,
    pub http: &'a Http,
    npmrc: Arc<dyn ProjectNpmrc + 'a>,
    registries: Registries,
    registry: OnceLock<NpmRegistry>,
    /// By name, and whether the times are known.
    known: Once<(String, bool), Packument>,
    /// By address.
    attested: Once<Url, Vec<String>>,
}

impl<'a> Metadata<'a> {
    pub fn new(host: &'a Host, http: &'a Http, registries: Registries, npmrc: Arc<dyn ProjectNpmrc + 'a>) -> Self {
        let (registry, known, attested) = (OnceLock::new(), Once::default(), Once::default());
        Self { host, http, npmrc, registries, registry, known, attested }
    }

    /// The active registry. The settings are read when they are first needed, so that a broken
    /// `.npmrc` is no obstacle to what needs no registry.
    pub fn registry(&self) -> Result<&NpmRegistry, ResolveError> {
        if let Some(registry) = self.registry.get() {
            return Ok(registry);
        }
        let registry = NpmRegistry::in_force(self.host, &self.registries, self.npmrc.as_ref())?;
        Ok(self.registry.get_or_init(|| registry))
    }

    /// All versions of a package.
    pub fn packument(&self, package: &str) -> Result<Arc<Packument>, ResolveError> {
        self.document(package, false)
    }

    /// All versions of a package, with the times at which they were published.
    pub fn dated(&self, package: &str) -> Result<Arc<Packument>, ResolveError> {
        self.document(package, true)
    }

    /// All versions of a package, in the form that has been asked for.
    pub fn known(&self, package: &str) -> Result<Arc<Packument>, ResolveError> {
        self.asked(package).map_or_else(|| self.packument(package), Ok)
    }

    /// The same if it has been asked for.
    pub fn asked(&self, package: &str) -> Option<Arc<Packument>> {
        [true, false].into_iter().find_map(|is_dated| self.known.known(&(package.to_owned(), is_dated)))
    }

    /// The attestations that the registry has of a version, one bundle each.
    pub fn attestations(&self, package: &str, version: &str) -> Result<Arc<Vec<String>>, ResolveError> {
        let url = self.registry()?.attestations_url(package, version);
        self.attested.get(url, |url| {
            let body = self.ask(package, url, (ACCEPT_ALL, "npm-1"), Some(bundles::NONE))?;
            let found = bundles::read(&body).map_err(|source| senseless(package, source))?;
            // Where the registry leads elsewhere it is not followed.
            let here = |found| if let Found::Here(bundle) = found { Some(bundle) } else { None };
            Ok(found.into_iter().filter_map(here).collect())
        })
    }

    fn document(&self, package: &str, is_dated: bool) -> Result<Arc<Packument>, ResolveError> {
        self.known.get((package.to_owned(), is_dated), |_| {
            // They have one address, so each has a cache of its own.
            let how = if is_dated { (ACCEPT_ALL, "npm-dated-1") } else { (ACCEPT, "npm-1") };
            let body = self.ask(package, &self.registry()?.metadata_url(package), how, None)?;
            serde_json::from_slice(&body).map_err(|source| senseless(package, source))
        })
    }

    /// The addresses of a tarball: first where registries usually keep it, then what this
    /// registry's metadata says.
    pub fn locate(&self, package: &str, version: &str, attempt: usize) -> Result<Option<Location>, ResolveError> {
        let registry = self.registry()?;
        let usual = registry.tarball_url(package, version);
        let url = match attempt {
            0 => usual,
            1 => {
                let packument = self.packument(package)?;
                let told = packument.versions.get(version).and_then(|release| Url::parse(&release.dist.tarball).ok());
                match told.and_then(|url| registry.replaced(url, package)) {
                    Some(url) if url != usual => url,
                    _ => return Ok(None),
                }
            }
            _ => return Ok(None),
        };
        let authorization = registry.authorization(&url, package);
        let kept_back = registry.kept_back(&url, package);
        Ok(Some(Location::with_authorization(url, authorization, kept_back)))
    }

    /// An answer's bytes: from the registry, or from the cache when the registry says that nothing changed, or when it
    /// must not be asked.
    fn ask(
        &self,
        package: &str,
        url: &Url,
        (accept, cache): (&str, &str),
        nothing: Option<&[u8]>,
    ) -> Result<Vec<u8>, ResolveError> {
        let registry = self.registry()?;
        let authorization = registry.authorization(url, package);
        let failed = |source: NetError| {
            if source.is_not_found() {
                ResolveError::NoPackage {
                    package: package.to_owned(),
                    from: &WORDS,
                    bound: registry.is_bound(package).then(|| registry.base(package).clone()),
                }
            } else {
                let source = source.with_credentials(registry.kept_back(url, package), WORDS.credentials);
                ResolveError::Net { package: package.to_owned(), source }
            }
        };
        let redirects = if registry.is_bound(package) { Redirects::SameServer } else { Redirects::Anywhere };
        let secret = authorization.as_deref().map(|value| ("authorization", value));
        let question = Question { secret, redirects, nothing, ..Question::new(url, accept) };
        question.ask(self.http, &self.host.cache(cache)).map_err(failed)
    }
}

fn senseless(package: &str, source: serde_json::Error) -> ResolveError {
    ResolveError::Metadata { package: package.to_owned(), source }
}
