//! The `.npmrc` files. The user's counts as npm reads it. The project's is a stranger's text: it names registries,
//! and what it holds of credentials is literal text, until the user has allowed the project. Refuses variables
//! before that, and client certificates always.

use std::collections::{BTreeMap, HashMap};
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::io;
use std::sync::Arc;

use deno_npmrc::{NpmRc, NpmRegistryUrl, RegistryConfig};
use serde::Serialize;
use sys_traits::BaseEnvVar;
use url::Url;

use super::RegistryError;
use super::reach::is_this_machine;
use crate::env::Variables;
use crate::files::{bounded, most};
use crate::host::Host;

/// The file's name, in the home directory and beside a manifest.
pub const NPMRC: &str = ".npmrc";

/// The project's file. The reader knows whether the user has allowed what it says.
pub trait ProjectNpmrc: Send + Sync {
    /// Its text; `None` when there is no such file.
    fn text(&self) -> io::Result<Option<String>>;

    /// Whether it may send these variables of the user's.
    fn may_send(&self, sendings: &[Sending]) -> bool;
}

/// Where there is no project.
pub struct NoNpmrc;

impl ProjectNpmrc for NoNpmrc {
    fn text(&self) -> io::Result<Option<String>> {
        Ok(None)
    }

    fn may_send(&self, _: &[Sending]) -> bool {
        false
    }
}

/// A variable of the caller's, and the address that a file sends it to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Sending {
    pub variable: String,
    pub to: String,
}

impl fmt::Display for Sending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Both are texts of a repository; a terminal need not obey them.
        write!(f, "${{{}}} to {}", self.variable.escape_debug(), self.to.escape_debug())
    }
}

/// What the variables of a project's file are sent to, in the order of their names.
pub fn sendings(text: &str) -> Result<Vec<Sending>, RegistryError> {
    Ok(all_sendings(&parse(&NoVariables, NPMRC, text)?))
}

/// What both files say.
#[derive(Debug, Default)]
pub struct Npmrc {
    pub settings: NpmRc,
    /// The addresses that the user's file names.
    pub own: Vec<Url>,
    /// What the project's file would send, had the user allowed it.
    pub kept_back: Vec<Sending>,
    /// The scopes whose address is unknown until then; the empty one means the registry itself.
    pub unknown: BTreeMap<String, Sending>,
}

impl Npmrc {
    pub fn read(host: &Host, project: &dyn ProjectNpmrc) -> Result<Self, RegistryError> {
        let variables = HostVariables(&host.variables);
        let mut npmrc = Self { settings: of_user(host, &variables)?, ..Self::default() };
        let addresses = npmrc.settings.registry.iter().chain(npmrc.settings.scope_registries.values());
        npmrc.own = addresses.filter_map(|address| Url::parse(address).ok()).collect();
        if let Some(text) = project.text()? {
            npmrc.add(&text, &variables, project)?;
        }
        Ok(npmrc)
    }

    /// Adds what the project's file says. The nearer setting of a key wins.
    fn add(&mut self, text: &str, variables: &HostVariables, project: &dyn ProjectNpmrc) -> Result<(), RegistryError> {
        let mut nearer = parse(&NoVariables, NPMRC, text)?;
        let sendings = all_sendings(&nearer);
        if !sendings.is_empty() && project.may_send(&sendings) {
            nearer = parse(variables, NPMRC, text)?;
        } else {
            let variable = |(scope, address): (&str, &str)| {
                let variable = variables_in(address).into_iter().next()?;
                Some((scope.to_owned(), Sending { variable, to: address.to_owned() }))
            };
            self.unknown = addresses(&nearer).filter_map(variable).collect();
            let is_known = |address: &String| variables_in(address).is_empty();
            nearer.registry = nearer.registry.filter(is_known);
            nearer.scope_registries.retain(|_, address| is_known(address));
            self.kept_back = sendings;
        }
        self.settings.registry = nearer.registry.or(self.settings.registry.take());
        self.settings.scope_registries.extend(nearer.scope_registries);
        for (key, config) in nearer.registry_configs {
            let config = without_variables(&config);
            if config.has_auth() {
                self.settings.registry_configs.insert(key, Arc::new(config));
            }
        }
        Ok(())
    }

    /// What an address lacks that the project's file would send there.
    pub fn kept_back_from(&self, url: &Url) -> Option<String> {
        let is_below = |sending: &&Sending| url.as_str().starts_with(sending.to.as_str());
        let sending = self.kept_back.iter().find(is_below)?;
        Some(format!("`devshell allow` lets the project's `{NPMRC}` send {sending}"))
    }
}

/// The user's own file, with the caller's variables.
fn of_user(host: &Host, variables: &HostVariables) -> Result<NpmRc, RegistryError> {
    let Some(file) = host.home.as_deref().map(|home| home.join(NPMRC)) else { return Ok(NpmRc::default()) };
    match bounded::read_named(&file, most::SETTINGS) {
        Ok(text) => parse(variables, &file.display().to_string(), &text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => parse(variables, NPMRC, ""),
        Err(error) => Err(error.into()),
    }
}

/// The library shows the line that it does not understand, which may hold a token. So only its place is kept.
fn parse(variables: &impl BaseEnvVar, file: &str, text: &str) -> Result<NpmRc, RegistryError> {
    NpmRc::parse(variables, text)
        .map_err(|error| RegistryError::Npmrc { file: file.to_owned(), reason: error.message.into_owned() })
}

/// The registries that a file names, by scope.
fn addresses(npmrc: &NpmRc) -> impl Iterator<Item = (&str, &str)> {
    let scopes = npmrc.scope_registries.iter().map(|(scope, address)| (scope.as_str(), address.as_str()));
    npmrc.registry.as_deref().map(|address| ("", address)).into_iter().chain(scopes)
}

fn all_sendings(npmrc: &NpmRc) -> Vec<Sending> {
    let mut found = Vec::new();
    let mut add = |text: &str, to: &str| {
        found.extend(variables_in(text).into_iter().map(|variable| Sending { variable, to: to.to_owned() }));
    };
    addresses(npmrc).for_each(|(_, address)| add(address, address));
    for (key, config) in &npmrc.registry_configs {
        let to = address_of(key);
        secrets(config).into_iter().flatten().for_each(|text| add(text, &to));
    }
    found.sort();
    found.dedup();
    found
}

/// The address that a key means, which names no scheme. It is https but on this machine, since secrets go nowhere
/// else without it, unless the user's own settings say so.
fn address_of(key: &str) -> String {
    match Url::parse(&format!("http://{key}")) {
        Ok(url) if is_this_machine(&url) => url.into(),
        _ => format!("https://{key}"),
    }
}

/// What is a secret, or a part of one.
const fn secrets(config: &RegistryConfig) -> [Option<&String>; 5] {
    let RegistryConfig { auth, auth_token, username, password, email, .. } = config;
    [auth.as_ref(), auth_token.as_ref(), username.as_ref(), password.as_ref(), email.as_ref()]
}

/// The credentials that are whole. Certificates are files of the user's, whose paths only the user may say.
fn without_variables(config: &RegistryConfig) -> RegistryConfig {
    let whole = |text: &Option<String>| text.clone().filter(|text| variables_in(text).is_empty());
    RegistryConfig {
        auth: whole(&config.auth),
        auth_token: whole(&config.auth_token),
        username: whole(&config.username),
        password: whole(&config.password),
        email: whole(&config.email),
        certfile: None,
        keyfile: None,
    }
}

/// The names of the variables that npm would put into a text: `${NAME}`.
fn variables_in(text: &str) -> Vec<String> {
    let starts = text.match_indices("${").map(|(start, _)| &text[start + 2..]);
    let names = starts.filter_map(|rest| rest.split_once('}').map(|(name, _)| name));
    names.filter(|name| !name.contains(['$', '{', '\\'])).map(str::to_owned).collect()
}

/// The registry for everything that has no other one, as `NPM_CONFIG_REGISTRY` or npm itself says it.
pub fn default_registry(host: &Host) -> NpmRegistryUrl {
    NpmRegistryUrl::for_npm(&HostVariables(&host.variables))
}

/// The settings of a file without registries for scopes.
pub fn without_scopes(settings: &NpmRc) -> NpmRc {
    NpmRc { scope_registries: HashMap::new(), ..settings.clone() }
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

/// No variables at all: what refers to one stays as it is written.
struct NoVariables;

impl BaseEnvVar for NoVariables {
    fn base_env_var_os(&self, _: &OsStr) -> Option<OsString> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A project's file, allowed or not.
    struct Project(&'static str, bool);

    impl ProjectNpmrc for Project {
        fn text(&self) -> io::Result<Option<String>> {
            Ok(Some(self.0.to_owned()))
        }

        fn may_send(&self, _: &[Sending]) -> bool {
            self.1
        }
    }

    fn variables() -> Variables {
        [("TOKEN", "canary"), ("HOST", "canary.example")].map(|(name, value)| (name.into(), value.into())).into()
    }

    fn read(user: &str, project: &'static str, is_allowed: bool) -> Npmrc {
        let variables = variables();
        let variables = HostVariables(&variables);
        let mut npmrc = Npmrc { settings: parse(&variables, NPMRC, user).unwrap(), ..Npmrc::default() };
        npmrc.add(project, &variables, &Project(project, is_allowed)).unwrap();
        npmrc
    }

    #[test]
    fn a_projects_variables_count_when_it_is_allowed() {
        // Every way to write one that the library knows.
        for line in [
            "//a.example/:_authToken=${TOKEN}",
            "//a.example/:_authToken = \"${TOKEN}\"",
            "'//a.example/:_authToken'=${TOKEN}",
            "  //a.example/:_authToken=x${TOKEN}y ; comment",
            "//a.example/:_auth=${TOKEN}",
            "//a.example/:_authToken=${A${TOKEN}",
            "//a.example/:username=${TOKEN}\n//a.example/:_password=eA==",
            "//a.example/:email=${TOKEN}\n//a.example/:_password=eA==",
            "//a.example/:username=x\n//a.example/:_password=${TOKEN}",
            "registry=https://${TOKEN}.a.example/",
            "registry=https://a.example/${TOKEN}/",
            "@acme:registry=https://a.example/${TOKEN}/",
            "replace-registry-host=${TOKEN}",
            "//a.example/:certfile=${TOKEN}\n//a.example/:keyfile=${TOKEN}",
        ] {
            let npmrc = read("", line, false);
            let shown = format!("{npmrc:?}");
            assert!(!shown.contains("canary"), "{line}: {shown}");
            let counts = !line.contains("replace") && !line.contains("certfile");
            assert_eq!(npmrc.kept_back.iter().any(|sending| sending.variable == "TOKEN"), counts, "{line}: {shown}");
            let allowed = read("", line, true);
            assert!(allowed.kept_back.is_empty(), "{line}");
            assert_eq!(format!("{allowed:?}").contains("canary"), counts, "{line}: {allowed:?}");
        }
    }

    /// As the library reads it: a backslash makes it a text.
    #[test]
    fn what_is_escaped_is_no_variable() {
        for line in ["//a.example/:_authToken=\\${TOKEN}", "//a.example/:_authToken=\\\\${TOKEN}"] {
            for is_allowed in [false, true] {
                assert!(!format!("{:?}", read("", line, is_allowed)).contains("canary"), "{line}");
            }
        }
    }

    #[test]
    fn a_project_names_registries_and_literal_credentials_and_nothing_else() {
        let user = "registry=https://own.example/\n//own.example/:_authToken=${TOKEN}\nreplace-registry-host=never\n";
        let project = "registry=https://new.example/\n@acme:registry=https://acme.example/\n\
            //acme.example/:_authToken=literal\n//own.example/:_authToken=${UNSET}\n\
            //new.example/:certfile=/home/me/client.crt\n//new.example/:keyfile=/home/me/client.key\n\
            _authToken=x\n_auth=x\nreplace-registry-host=always\n";
        for is_allowed in [false, true] {
            let Npmrc { settings, .. } = read(user, project, is_allowed);
            assert_eq!(settings.registry.as_deref(), Some("https://new.example/"));
            assert_eq!(settings.scope_registries["acme"], "https://acme.example/");
            let token = |key: &str| settings.registry_configs[key].auth_token.as_deref();
            // A variable that is not set says nothing, so that the user's own token goes on counting.
            assert_eq!((token("own.example/"), token("acme.example/")), (Some("canary"), Some("literal")));
            assert!(!settings.registry_configs.contains_key("new.example/"), "{settings:?}");
            assert_eq!(settings.replace_registry_host, Some(deno_npmrc::ReplaceRegistryHost::Never));
        }
    }

    #[test]
    fn what_is_sent_where_can_be_said() {
        let text = "registry=${HOST}\n//b.example/npm/:_authToken=${TOKEN}\n//127.0.0.1:8712/:_auth=${TOKEN}${TOKEN}\n";
        let shown: Vec<String> = sendings(text).unwrap().iter().map(ToString::to_string).collect();
        assert_eq!(
            shown,
            ["${HOST} to ${HOST}", "${TOKEN} to http://127.0.0.1:8712/", "${TOKEN} to https://b.example/npm/"]
        );
        assert_eq!(sendings("registry=https://a.example/\n; ${TOKEN}\n[x]\ny=${TOKEN}\n").unwrap(), []);
        let npmrc = read("", "registry=${HOST}\n@acme:registry=https://a.example/${TOKEN}\n", false);
        assert_eq!(npmrc.unknown.keys().collect::<Vec<_>>(), ["", "acme"]);
        let hint = read("", "//b.example/:_authToken=${TOKEN}\n", false);
        let hint = |url: &str| hint.kept_back_from(&Url::parse(url).unwrap());
        let said = "`devshell allow` lets the project's `.npmrc` send ${TOKEN} to https://b.example/";
        assert_eq!(hint("https://b.example/x").as_deref(), Some(said));
        assert_eq!(hint("https://c.example/x"), None);
    }

    #[test]
    fn a_file_that_cannot_be_read_is_not_shown() {
        let error = parse(&NoVariables, NPMRC, "'//a.example/:_authToken' s3cret\n").unwrap_err();
        let shown = format!("{error} {error:?} {:?}", crate::hint::causes(&error));
        assert!(shown.contains("cannot be read as an npmrc file") && !shown.contains("s3cret"), "{shown}");
    }
}
