//! Which registry applies to a package: the manifest's `registries` and the user's, before the
//! ecosystem's own settings, and those before the ecosystem's default. No endpoint is spelled
//! here; the default comes from a library or a tool of the ecosystem that knows it.

mod deb;
mod endpoints;
mod forge;
mod gh;
mod netrc;
mod npm;
mod npmrc;
mod pypi;
mod reach;
mod rust;
mod vendor;

use std::path::PathBuf;

use base64::Engine as _;
use percent_encoding::percent_decode_str;
use url::Url;

pub use deb::{DebArchives, Distribution, SignatureError, usual_suite};
pub use endpoints::issuers;
pub use forge::{Forge, ForgeKind};
pub use npm::NpmRegistry;
pub use npmrc::{NPMRC, NoNpmrc, ProjectNpmrc, Sending, sendings};
pub use pypi::PypiIndex;
pub use rust::RustServer;
pub use vendor::VendorServer;

use crate::age::Age;
use crate::files::{bounded, most};
use crate::hint::Hint;
use crate::host::Host;
use crate::manifest::{self, Problems, Registries, config};

/// What to do about a login that was not sent to an address.
const KEPT_BACK: &str = "your login goes over plain http only where your own settings name the address: use https, or \
                         write it into `registries` of your own `config.json`";

/// Settings that name no usable registry.
#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    #[error("`{file}` cannot be read as an npmrc file: {reason}")]
    Npmrc { file: String, reason: String },
    #[error("the project's `.npmrc` names a registry by a variable, {sending}")]
    Unknown { sending: Sending },
    #[error("the npm settings name a registry that is not a URL")]
    Url(#[source] deno_npmrc::ResolveError),
    #[error("`{text}`, from {from}, is not the URL of a package index")]
    Index { text: String, from: String },
    #[error("no Debian archive is configured")]
    NoArchive { settings: Option<PathBuf> },
    #[error("{file}:{line}:{column}: {message}")]
    Config { file: String, line: usize, column: usize, message: String, help: Option<String> },
    #[error(transparent)]
    File(#[from] std::io::Error),
}

impl Hint for RegistryError {
    fn hint(&self) -> Option<String> {
        if let Self::Config { help, .. } = self {
            return help.clone();
        }
        if matches!(self, Self::Unknown { .. }) {
            return Some("variables in it count once you have typed `devshell allow`".to_owned());
        }
        if let Self::Index { from, .. } = self {
            return Some(format!("correct {from}, or say in `registries` of the manifest which index to ask"));
        }
        if let Self::NoArchive { settings } = self {
            let name = settings.as_ref().map_or(config::FILE_NAME.into(), |file| file.to_string_lossy());
            return Some(format!(
                "name a mirror of Debian, the directory with `dists` and `pool`, in the manifest or in your own \
                 `{name}`: {{ \"registries\": {{ \"deb\": \"https://MIRROR/debian\" }} }}"
            ));
        }
        Some("see `registry` and `@scope:registry` in `.npmrc`, here and in your home directory".to_owned())
    }
}

/// The file of the user's own settings.
fn settings(host: &Host) -> Option<PathBuf> {
    host.config_directory().map(|directory| directory.join(config::FILE_NAME))
}

/// The registries of the user's own settings, if there are any.
fn of_user(host: &Host) -> Result<Registries, RegistryError> {
    in_settings(host, config::registries)
}

/// How long ago versions have to have been published, by the user's own settings.
pub fn min_age_of_user(host: &Host) -> Result<Option<Age>, RegistryError> {
    in_settings(host, config::min_age)
}

/// What walls keep from every project, by the user's own settings.
pub fn limits_of_user(host: &Host) -> Result<config::Limits, RegistryError> {
    in_settings(host, config::limits)
}

/// A part of the user's own settings.
fn in_settings<T: Default>(
    host: &Host,
    read: impl FnOnce(&str, &str) -> Result<T, Problems>,
) -> Result<T, RegistryError> {
    let Some(file) = settings(host) else { return Ok(T::default()) };
    let text = match bounded::read_text(&file, most::CONFIG) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(T::default()),
        Err(error) => return Err(error.into()),
    };
    read(&file.display().to_string(), &text).map_err(|mut problems| {
        let problem = problems.list.swap_remove(0);
        let (line, column) = manifest::position(&text, problem.range.start);
        RegistryError::Config { file: problems.file, line, column, message: problem.message, help: problem.help }
    })
}

/// The address of something below another.
pub fn join(base: &Url, path: &str) -> Url {
    let mut url = base.clone();
    url.set_path(&format!("{}/{path}", base.path().trim_end_matches('/')));
    url
}

/// The `Authorization` header for an address, from the credentials in one on the same server.
fn basic_authorization(base: &Url, url: &Url) -> Option<String> {
    if url.origin() != base.origin() || base.username().is_empty() && base.password().is_none() {
        return None;
    }
    // As they were before they went into a URL (RFC 3986, section 2.1).
    let decoded = |text| percent_decode_str(text).decode_utf8_lossy();
    let pair = format!("{}:{}", decoded(base.username()), decoded(base.password().unwrap_or_default()));
    Some(format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair)))
}
