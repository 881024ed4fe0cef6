//! Which registry is in force for a package: the manifest's `registries` before the ecosystem's
//! own settings, and those before the ecosystem's default. No endpoint is spelled here; the
//! default comes from `deno_npmrc`.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fmt::Write as _;
use std::path::Path;

use base64::Engine as _;
use deno_npmrc::{NpmRc, NpmRegistryUrl, RegistryConfig, ResolvedNpmRc};
use sys_traits::BaseEnvVar;
use url::Url;

use crate::env::Variables;
use crate::hint::Hint;
use crate::host::Host;
use crate::name::SourceLabel;

/// Settings that name no usable registry.
#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    #[error("`{file}` cannot be read as an npmrc file")]
    Npmrc { file: String, source: deno_npmrc::NpmRcParseError },
    #[error("the npm settings name a registry that is not a URL")]
    Url(#[source] deno_npmrc::ResolveError),
    #[error(transparent)]
    File(#[from] std::io::Error),
}

impl Hint for RegistryError {
    fn hint(&self) -> Option<String> {
        Some("see `registry` and `@scope:registry` in `.npmrc`, here and in your home directory".to_owned())
    }
}

/// The npm registries in force.
#[derive(Debug)]
pub struct NpmRegistry {
    resolved: ResolvedNpmRc,
    /// The npmrc files, the more particular one last.
    text: String,
}

impl NpmRegistry {
    /// Reads the settings: the manifest's registry, `NPM_CONFIG_REGISTRY`, the project's
    /// `.npmrc`, the user's.
    pub fn in_force(
        host: &Host,
        root: &Path,
        registries: &BTreeMap<SourceLabel, String>,
    ) -> Result<Self, RegistryError> {
        let variables = HostVariables(&host.variables);
        let mut text = String::new();
        let files = host.home.as_deref().into_iter().chain([root]).map(|directory| directory.join(".npmrc"));
        for file in files {
            match fs_err::read_to_string(&file) {
                Ok(one) => {
                    NpmRc::parse(&variables, &one)
                        .map_err(|source| RegistryError::Npmrc { file: file.display().to_string(), source })?;
                    // The later setting of a key wins, so the project's file comes last.
                    text.push_str(&one);
                    text.push('\n');
                }
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => return Err(error.into()),
            }
        }
        let npmrc = NpmRc::parse(&variables, &text).unwrap_or_default();
        let mut url = NpmRegistryUrl::for_npm(&variables);
        if let Some(chosen) = registries.get(&SourceLabel::Npm).and_then(|text| Url::parse(text).ok()) {
            // `from_env` is what puts a URL before those of the npmrc files.
            url = NpmRegistryUrl { url: chosen, from_env: true };
        }
        Ok(Self { resolved: npmrc.as_resolved(&url).map_err(RegistryError::Url)?, text })
    }

    /// The registries in force and their credentials, for npm to read; nothing else of the npmrc
    /// files.
    pub fn npm_settings(&self) -> String {
        let is_wanted = |line: &&str| {
            let key = line.split('=').next().unwrap_or_default().trim();
            key.starts_with("//") || key.starts_with('@') && key.ends_with(":registry")
        };
        let mut settings: String = self.text.lines().filter(is_wanted).flat_map(|line| [line, "\n"]).collect();
        let _ = writeln!(settings, "registry={}", self.resolved.get_registry_url(""));
        settings
    }

    /// Where the registry describes a package.
    pub fn metadata_url(&self, package: &str) -> Url {
        // The slash of a scoped name is one segment's part (`@scope%2fname`).
        join(self.resolved.get_registry_url(package), &package.replace('/', "%2f"))
    }

    /// Where a registry keeps a package's tarball unless it says otherwise.
    pub fn tarball_url(&self, package: &str, version: &str) -> Url {
        let name = package.rsplit('/').next().unwrap_or(package);
        join(self.resolved.get_registry_url(package), &format!("{package}/-/{name}-{version}.tgz"))
    }

    /// The address that a registry's metadata gives for a tarball, on the registry in force.
    pub fn replaced(&self, tarball: Url, package: &str) -> Url {
        self.resolved.replace_tarball_url(tarball, package)
    }

    /// The `Authorization` header for a request about a package, if there are credentials for
    /// just that address.
    pub fn authorization(&self, url: &Url, package: &str) -> Option<String> {
        let config = self.resolved.tarball_config_for_package(url, package)?;
        authorization(config)
    }
}

fn authorization(config: &RegistryConfig) -> Option<String> {
    if let Some(token) = &config.auth_token {
        return Some(format!("Bearer {token}"));
    }
    if let Some(auth) = &config.auth {
        return Some(format!("Basic {auth}"));
    }
    // npm keeps the password in base64 (npm-registry-fetch, "_password").
    let engine = base64::engine::general_purpose::STANDARD;
    let password = String::from_utf8(engine.decode(config.password.as_ref()?).ok()?).ok()?;
    let user = config.username.as_ref().or(config.email.as_ref())?;
    Some(format!("Basic {}", engine.encode(format!("{user}:{password}"))))
}

fn join(base: &Url, path: &str) -> Url {
    let mut url = base.clone();
    url.set_path(&format!("{}/{path}", base.path().trim_end_matches('/')));
    url
}

/// The host's variables in the form `deno_npmrc` reads.
struct HostVariables<'a>(&'a Variables);

impl BaseEnvVar for HostVariables<'_> {
    fn base_env_var_os(&self, key: &OsStr) -> Option<OsString> {
        // npm takes its settings in either case.
        let lower = || key.to_str().filter(|key| key.starts_with("NPM_CONFIG_")).map(str::to_lowercase);
        self.0.get(key).or_else(|| self.0.get(OsStr::new(&lower()?))).cloned()
    }
}
