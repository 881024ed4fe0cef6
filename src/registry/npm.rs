//! The npm registries in force: beside `registries`, npm's own settings count, and the default
//! comes from `deno_npmrc`.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::fmt::Write as _;
use std::path::Path;

use base64::Engine as _;
use deno_npmrc::{NpmRc, NpmRegistryUrl, RegistryConfig, ResolvedNpmRc};
use sys_traits::BaseEnvVar;
use url::Url;

use super::{RegistryError, join, of_user};
use crate::env::Variables;
use crate::host::Host;
use crate::manifest::{Names, Registries};
use crate::name::SourceLabel;

/// The npm registries in force.
#[derive(Debug)]
pub struct NpmRegistry {
    resolved: ResolvedNpmRc,
    /// The npmrc files, the more particular one last.
    text: String,
    /// The names that are bound to a registry, the more particular first, each with settings that
    /// know no other registry.
    bound: Vec<(Names, ResolvedNpmRc)>,
}

impl NpmRegistry {
    /// Reads the settings: what the manifest says, the user's `config.json`,
    /// `NPM_CONFIG_REGISTRY`, the project's `.npmrc`, the user's.
    pub fn in_force(host: &Host, root: &Path, registries: &Registries) -> Result<Self, RegistryError> {
        let registries = registries.clone().or(of_user(host)?);
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
        let alone = NpmRc { scope_registries: HashMap::new(), ..npmrc.clone() };
        // `from_env` is what puts a URL before those of the npmrc files.
        let chosen = |url: &Url| NpmRegistryUrl { url: url.clone(), from_env: true };
        let default =
            registries.of_others(SourceLabel::Npm).map_or_else(|| NpmRegistryUrl::for_npm(&variables), chosen);
        let bound = registries
            .bound(SourceLabel::Npm)
            .map(|(names, url)| Ok((names.clone(), alone.as_resolved(&chosen(url))?)));
        let bound = bound.collect::<Result<_, _>>().map_err(RegistryError::Url)?;
        Ok(Self { resolved: npmrc.as_resolved(&default).map_err(RegistryError::Url)?, bound, text })
    }

    /// The registries in force and their credentials, for npm to read; nothing else of the npmrc
    /// files. npm knows no registries for single packages.
    pub fn npm_settings(&self) -> String {
        let is_wanted = |line: &&str| {
            let key = line.split('=').next().unwrap_or_default().trim();
            key.starts_with("//") || key.starts_with('@') && key.ends_with(":registry")
        };
        let mut settings: String = self.text.lines().filter(is_wanted).flat_map(|line| [line, "\n"]).collect();
        for (names, registry) in &self.bound {
            if let Names::Scope(prefix) = names {
                let scope = prefix.trim_end_matches('/');
                let _ = writeln!(settings, "{scope}:registry={}", registry.get_registry_url(""));
            }
        }
        let _ = writeln!(settings, "registry={}", self.base(""));
        settings
    }

    /// The settings that a package's name is under.
    fn of(&self, package: &str) -> &ResolvedNpmRc {
        self.binding(package).unwrap_or(&self.resolved)
    }

    fn binding(&self, package: &str) -> Option<&ResolvedNpmRc> {
        self.bound.iter().find(|(names, _)| names.include(package)).map(|(_, resolved)| resolved)
    }

    /// Whether a rule says which registry the package is asked of. No other one is, then,
    /// whatever that one answers: who publishes the name elsewhere would otherwise be believed.
    pub fn is_bound(&self, package: &str) -> bool {
        self.binding(package).is_some()
    }

    /// The address of the package's registry.
    pub fn base(&self, package: &str) -> &Url {
        self.of(package).get_registry_url(package)
    }

    /// Where the registry describes a package.
    pub fn metadata_url(&self, package: &str) -> Url {
        // The slash of a scoped name is one segment's part (`@scope%2fname`).
        join(self.base(package), &package.replace('/', "%2f"))
    }

    /// Where the registry of unscoped packages searches for them.
    pub fn search_url(&self, text: &str, most: usize) -> Url {
        let mut url = join(self.base(""), "-/v1/search");
        url.query_pairs_mut().append_pair("text", text).append_pair("size", &most.to_string());
        url
    }

    /// Where a registry keeps a package's tarball unless it says otherwise.
    pub fn tarball_url(&self, package: &str, version: &str) -> Url {
        let name = package.rsplit('/').next().unwrap_or(package);
        join(self.base(package), &format!("{package}/-/{name}-{version}.tgz"))
    }

    /// The address that a registry's metadata gives for a tarball, on the registry in force. For a
    /// bound name it is of use only if it is on that registry's server.
    pub fn replaced(&self, tarball: Url, package: &str) -> Option<Url> {
        let url = self.of(package).replace_tarball_url(tarball, package);
        (!self.is_bound(package) || url.origin() == self.base(package).origin()).then_some(url)
    }

    /// The `Authorization` header for a request about a package, if there are credentials for
    /// just that address.
    pub fn authorization(&self, url: &Url, package: &str) -> Option<String> {
        let config = self.of(package).tarball_config_for_package(url, package)?;
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

/// The host's variables in the form `deno_npmrc` reads.
struct HostVariables<'a>(&'a Variables);

impl BaseEnvVar for HostVariables<'_> {
    fn base_env_var_os(&self, key: &OsStr) -> Option<OsString> {
        // npm takes its settings in either case.
        let lower = || key.to_str().filter(|key| key.starts_with("NPM_CONFIG_")).map(str::to_lowercase);
        self.0.get(key).or_else(|| self.0.get(OsStr::new(&lower()?))).cloned()
    }
}
