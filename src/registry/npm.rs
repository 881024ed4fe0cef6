//! The active npm registries: besides `registries`, npm's own settings count, and the default
//! comes from `deno_npmrc`. Each credential goes to the address that it is for, encrypted or where the user's own
//! settings say so.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::ptr;

use base64::Engine as _;
use deno_npmrc::{NpmRegistryUrl, RegistryConfig, ResolvedNpmRc};
use url::Url;

use super::npmrc::{self, Npmrc, ProjectNpmrc};
use super::reach::OwnServers;
use super::{KEPT_BACK, RegistryError, join, of_user};
use crate::host::Host;
use crate::manifest::Registries;
use crate::name::{Names, SourceLabel};

/// The active npm registries.
#[derive(Debug)]
pub struct NpmRegistry {
    resolved: ResolvedNpmRc,
    npmrc: Npmrc,
    /// The names that are bound to a registry, the more particular first, each with settings that
    /// know no other registry.
    bound: Vec<(Names, ResolvedNpmRc)>,
    own: OwnServers,
}

impl NpmRegistry {
    /// Reads the settings: what the manifest says, the user's `config.json`,
    /// `NPM_CONFIG_REGISTRY`, the project's `.npmrc`, the user's.
    pub fn in_force(host: &Host, registries: &Registries, project: &dyn ProjectNpmrc) -> Result<Self, RegistryError> {
        let of_user = of_user(host)?;
        let npmrc = Npmrc::read(host, project)?;
        let of_npm = npmrc::default_registry(host);
        let users = of_user.addresses(SourceLabel::Npm).map(|address| &address.url);
        let own = OwnServers::of(users.chain(&npmrc.own).chain([&of_npm.url]));
        let registries = registries.clone().or(of_user);
        // `from_env` is what puts a URL before those of the npmrc files.
        let chosen = |url: &Url| NpmRegistryUrl { url: url.clone(), from_env: true };
        let default = registries.of_others(SourceLabel::Npm).map_or(of_npm, |address| chosen(&address.url));
        check_known(&npmrc, &registries, default.from_env)?;
        let alone = npmrc::without_scopes(&npmrc.settings);
        let bound = registries
            .bound(SourceLabel::Npm)
            .map(|(names, address)| Ok((names.clone(), alone.as_resolved(&chosen(&address.url))?)));
        let bound = bound.collect::<Result<_, _>>().map_err(RegistryError::Url)?;
        let resolved = npmrc.settings.as_resolved(&default).map_err(RegistryError::Url)?;
        Ok(Self { resolved, npmrc, bound, own })
    }

    /// The active registries and their credentials, for npm to read; nothing else of the npmrc
    /// files, and nothing that npm would fill in by itself. npm knows no registries for single packages.
    pub fn npm_settings(&self) -> String {
        let mut lines = BTreeMap::new();
        for (scope, registry) in &self.resolved.scopes {
            lines.insert(format!("@{scope}:registry"), registry.registry_url.to_string());
        }
        for (names, registry) in &self.bound {
            if let Names::Scope(prefix) = names {
                let scope = prefix.trim_end_matches('/');
                lines.insert(format!("{scope}:registry"), registry.get_registry_url("").to_string());
            }
        }
        lines.insert("registry".to_owned(), self.base("").to_string());
        // npm minds no scheme: what may not go to one of these registries is kept from it.
        let registries: Vec<Url> = lines.values().filter_map(|url| Url::parse(url).ok()).collect();
        let kept_back: Vec<*const RegistryConfig> = registries
            .iter()
            .filter(|url| !self.own.may_get_secret(url))
            .filter_map(|url| self.resolved.tarball_config(url).map(|config| ptr::from_ref(&**config)))
            .collect();
        for (key, config) in &self.resolved.registry_configs {
            if !kept_back.contains(&ptr::from_ref(&**config)) {
                lines.extend(fields(config).map(|(field, value)| (format!("//{key}:{field}"), value.clone())));
            }
        }
        let mut settings = String::new();
        for (key, value) in lines.iter().filter(|(key, value)| is_plain_key(key) && !value.contains("${")) {
            let _ = writeln!(settings, "{key}={}", ini_value(value));
        }
        settings
    }

    /// The addresses of all of them.
    pub fn addresses(&self) -> Vec<Url> {
        let scopes = self.resolved.scopes.values().map(|registry| registry.registry_url.clone());
        let bound = self.bound.iter().map(|(_, registry)| registry.get_registry_url("").clone());
        std::iter::once(self.base("").clone()).chain(scopes).chain(bound).collect()
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

    /// Where a registry has the attestations of a version.
    pub fn attestations_url(&self, package: &str, version: &str) -> Url {
        join(self.base(package), &format!("-/npm/v1/attestations/{}@{version}", package.replace('/', "%2f")))
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

    /// The address that a registry's metadata gives for a tarball, on the active registry. For a
    /// bound name it is of use only if it is on that registry's server.
    pub fn replaced(&self, tarball: Url, package: &str) -> Option<Url> {
        let url = self.of(package).replace_tarball_url(tarball, package);
        (!self.is_bound(package) || url.origin() == self.base(package).origin()).then_some(url)
    }

    /// The `Authorization` header for a request about a package, if there are credentials for
    /// just that address, and they may go there.
    pub fn authorization(&self, url: &Url, package: &str) -> Option<String> {
        let config = self.of(package).tarball_config_for_package(url, package)?;
        authorization(config).filter(|_| self.own.may_get_secret(url))
    }

    /// What to do about credentials for an address that were not sent there, if that is so.
    pub fn kept_back(&self, url: &Url, package: &str) -> Option<String> {
        let config = self.of(package).tarball_config_for_package(url, package);
        if config.is_some_and(|config| config.has_auth()) && !self.own.may_get_secret(url) {
            return Some(KEPT_BACK.to_owned());
        }
        self.npmrc.kept_back_from(url)
    }
}

/// Refuses to ask the default registry where the project's `.npmrc` names another one that is not known: a stranger
/// could have published the project's private names there.
fn check_known(npmrc: &Npmrc, registries: &Registries, is_default_chosen: bool) -> Result<(), RegistryError> {
    let is_bound = |scope: &str| {
        let prefix = format!("@{scope}/");
        registries.bound(SourceLabel::Npm).any(|(names, _)| *names == Names::Scope(prefix.clone()))
    };
    let mut unknown = npmrc.unknown.iter();
    let missing =
        unknown.find(|(scope, _)| if scope.is_empty() { !is_default_chosen } else { !is_bound(scope.as_str()) });
    missing.map_or(Ok(()), |(_, sending)| Err(RegistryError::Unknown { sending: sending.clone() }))
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

/// The settings of an address, as npm calls them.
fn fields(config: &RegistryConfig) -> impl Iterator<Item = (&'static str, &String)> {
    let RegistryConfig { auth, auth_token, username, password, email, certfile, keyfile } = config;
    let fields = [
        ("_auth", auth),
        ("_authToken", auth_token),
        ("username", username),
        ("_password", password),
        ("email", email),
        ("certfile", certfile),
        ("keyfile", keyfile),
    ];
    fields.into_iter().filter_map(|(name, value)| Some((name, value.as_ref()?)))
}

/// Whether npm reads a key as it is written here.
fn is_plain_key(key: &str) -> bool {
    key.chars().all(|c| c.is_ascii_alphanumeric() || "/:@._-~%+".contains(c))
}

/// A value as an npmrc file writes it: in JSON's quotes where a letter could mean something else.
fn ini_value(value: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/:@._-~%+=".contains(c);
    if value.chars().all(is_plain) { value.to_owned() } else { serde_json::Value::from(value).to_string() }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::sync::Arc;

    use deno_npmrc::NpmRc;

    use super::*;

    /// Registries with a token for each key, of which the user's own settings name some.
    fn registry(default: &str, scope: &str, tokens: &[(&str, &str)], own: &[&str]) -> NpmRegistry {
        let config =
            |token: &str| Arc::new(RegistryConfig { auth_token: Some(token.to_owned()), ..RegistryConfig::default() });
        let settings = NpmRc {
            registry: Some(default.to_owned()),
            scope_registries: HashMap::from([("acme".to_owned(), scope.to_owned())]),
            registry_configs: tokens.iter().map(|(key, token)| ((*key).to_owned(), config(token))).collect(),
            ..NpmRc::default()
        };
        let url = NpmRegistryUrl { url: Url::parse("https://npm.example/").unwrap(), from_env: false };
        let own: Vec<Url> = own.iter().map(|url| Url::parse(url).unwrap()).collect();
        NpmRegistry {
            resolved: settings.as_resolved(&url).unwrap(),
            npmrc: Npmrc::default(),
            bound: Vec::new(),
            own: OwnServers::of(&own),
        }
    }

    #[test]
    fn npm_gets_registries_and_their_credentials_and_fills_nothing_in() {
        let tokens = [
            ("a.example/npm/", "one"),
            ("b.example/", "t;w#o \"x\""),
            ("c.example/", "${HOME}"),
            ("d.example/\nignore-scripts=false\n//e.example/", "four"),
            ("f.example/${HOME}/", "five"),
        ];
        let settings = registry("https://a.example/npm/", "https://b.example/", &tokens, &[]).npm_settings();
        assert_eq!(
            settings,
            "//a.example/npm/:_authToken=one\n//b.example/:_authToken=\"t;w#o \\\"x\\\"\"\n\
             @acme:registry=https://b.example/\nregistry=https://a.example/npm/\n"
        );
    }

    /// Keys of npm's settings have no scheme, so whatever names the registry decides on it.
    #[test]
    fn a_token_goes_over_http_where_the_user_says_so() {
        let tokens = [("a.example/", "canary"), ("127.0.0.1:1/", "local")];
        for (default, own, expected) in [
            ("https://a.example/", None, true),
            ("http://a.example/", None, false),
            ("http://a.example/", Some("http://a.example/elsewhere"), true),
            ("http://a.example/", Some("https://a.example/"), false),
            ("http://a.example/", Some("http://a.example:8080/"), false),
        ] {
            let registry = registry(default, "http://127.0.0.1:1/", &tokens, own.as_slice());
            assert_eq!(registry.npm_settings().contains("canary"), expected, "{default} {own:?}");
            assert!(registry.npm_settings().contains("local"), "{default} {own:?}");
            let url = registry.metadata_url("x");
            assert_eq!(registry.authorization(&url, "x").is_some(), expected, "{url} {own:?}");
            assert_eq!(registry.kept_back(&url, "x").is_some(), !expected, "{url} {own:?}");
            // Nor is it sent to the address of a tarball that a registry gives, if that is open.
            let tarball = Url::parse("http://a.example/x.tgz").unwrap();
            let is_own = own == Some("http://a.example/elsewhere");
            assert_eq!(registry.authorization(&tarball, "x").is_some(), is_own, "{default} {own:?}");
        }
    }
}
