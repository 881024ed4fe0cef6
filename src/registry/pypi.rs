//! The active Python package indexes: besides `registries`, uv's and pip's settings count. The
//! default is uv's; nothing but uv is asked for it.

use std::path::{Path, PathBuf};

use url::Url;

use super::netrc::{self, Outcome};
use super::reach::OwnServers;
use super::{KEPT_BACK, RegistryError, basic_authorization, join, of_user};
use crate::files::{bounded, most};
use crate::host::Host;
use crate::manifest::{Address, Registries, shown_text};
use crate::name::{Names, SourceLabel, normalized};

/// The variables that name an index, the more particular first.
const VARIABLES: [&str; 3] = ["UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL"];

/// The active indexes. Each is the base URL of a simple repository API.
#[derive(Clone, Debug)]
pub struct PypiIndex {
    /// For names that are not bound; `None` leaves it to uv's default.
    others: Option<Url>,
    /// Normalised names, each bound to an index.
    bound: Vec<(String, Url)>,
    /// Indexes for which there is a login that does not go there.
    kept_back: Vec<Url>,
}

impl PypiIndex {
    /// Reads the settings: what the manifest says, the user's `config.json`, uv's and pip's
    /// variables, pip's configuration files, and the logins of `.netrc`.
    pub fn in_force(host: &Host, registries: &Registries) -> Result<Self, RegistryError> {
        let (of_user, of_ecosystem) = (of_user(host)?, of_ecosystem(host));
        let users = of_user.addresses(SourceLabel::Pypi).map(|address| &address.url);
        let own = OwnServers::of(users.chain(of_ecosystem.as_ref().ok().into_iter().flatten()));
        let registries = registries.clone().or(of_user);
        let (netrc, mut kept_back) = (netrc::of(host), Vec::new());
        let mut logged_in = |address: &Address| {
            let mut url = address.url.clone();
            let outcome = netrc.as_ref().map(|netrc| netrc::log_in(&mut url, netrc, own.reach(address)));
            if outcome == Some(Outcome::KeptBack) {
                kept_back.push(url.clone());
            }
            url
        };
        let bound = registries.bound(SourceLabel::Pypi).filter_map(|(names, address)| match names {
            Names::Package(name) => Some((name.clone(), logged_in(address))),
            Names::Scope(_) | Names::Others => None,
        });
        let bound = bound.collect();
        let others = match registries.of_others(SourceLabel::Pypi) {
            Some(address) => Some(logged_in(address)),
            None => of_ecosystem?.map(|url| logged_in(&Address::of_user(url))),
        };
        Ok(Self { others, bound, kept_back })
    }

    /// Whether a rule says which index the package is asked of. No other one is, then.
    pub fn is_bound(&self, package: &str) -> bool {
        let name = normalized(package);
        self.bound.iter().any(|(bound, _)| *bound == name)
    }

    /// The normalised names that are bound, each with its index.
    pub fn bound(&self) -> &[(String, Url)] {
        &self.bound
    }

    /// The index of a package. `None` leaves it to uv's default.
    pub fn of(&self, package: &str) -> Option<&Url> {
        let name = normalized(package);
        self.bound.iter().find(|(bound, _)| *bound == name).map(|(_, url)| url).or(self.others.as_ref())
    }

    /// The index of names that are not bound. `None` leaves it to uv's default.
    pub const fn others(&self) -> Option<&Url> {
        self.others.as_ref()
    }

    /// Where an index lists the files of a package (simple repository API, "Project list").
    pub fn page(index: &Url, package: &str) -> Url {
        join(index, &format!("{}/", normalized(package)))
    }

    /// Why a login for an address was not sent there, if that is so.
    pub fn kept_back(&self, url: &Url) -> Option<String> {
        self.kept_back.iter().any(|index| index.origin() == url.origin()).then(|| KEPT_BACK.to_owned())
    }

    /// The `Authorization` header for an address, from the credentials in the URL of an index on the
    /// same server.
    pub fn authorization(index: &Url, url: &Url) -> Option<String> {
        basic_authorization(index, url)
    }
}

/// What uv's and pip's own settings say.
fn of_ecosystem(host: &Host) -> Result<Option<Url>, RegistryError> {
    let parsed = |text: &str, from: String| {
        let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        url.ok_or_else(|| RegistryError::Index { text: shown_text(text), from })
    };
    for name in VARIABLES {
        if let Some(value) = host.variable(name).filter(|value| !value.is_empty()) {
            // uv lets an index have a name: `name=URL`.
            let text = value.to_string_lossy();
            let url = text.split_once('=').filter(|(name, _)| !name.contains(':')).map_or(&*text, |(_, url)| url);
            return parsed(url, format!("the variable {name}")).map(Some);
        }
    }
    for file in pip_files(host) {
        match bounded::read_named(&file, most::SETTINGS) {
            Ok(text) => {
                if let Some(url) = index_in(&text) {
                    return parsed(url, format!("`{}`", file.display())).map(Some);
                }
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(None)
}

/// The files pip reads, the more particular first (pip documentation, "Configuration").
fn pip_files(host: &Host) -> Vec<PathBuf> {
    if let Some(chosen) = host.variable("PIP_CONFIG_FILE").filter(|value| !value.is_empty()) {
        return vec![chosen.into()];
    }
    let home = host.home.as_deref();
    let config = host.variable("XDG_CONFIG_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let config = config.or_else(|| Some(home?.join(".config")));
    let below = |directory: &Path, path: &str| directory.join(path);
    let mut files = Vec::new();
    files.extend(config.map(|directory| below(&directory, "pip/pip.conf")));
    files.extend(home.map(|home| below(home, ".pip/pip.conf")));
    if cfg!(target_os = "macos") {
        files.extend(home.map(|home| below(home, "Library/Application Support/pip/pip.conf")));
    }
    files.push("/etc/xdg/pip/pip.conf".into());
    files.push("/etc/pip.conf".into());
    files
}

/// `index-url` of the section `[global]`.
fn index_in(text: &str) -> Option<&str> {
    let mut is_global = false;
    for line in text.lines().map(str::trim) {
        if line.starts_with('[') {
            is_global = line == "[global]";
        } else if is_global
            && let Some((key, value)) = line.split_once(['=', ':'])
            && matches!(key.trim(), "index-url" | "index_url")
        {
            return Some(value.trim()).filter(|value| !value.is_empty());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;

    use super::*;

    #[test]
    fn pip_files_name_an_index() {
        let text = "[install]\nindex-url = http://no.example/\n[global]\n# x\ncert = /c\nindex-url = https://u:p@a.example/simple\n";
        assert_eq!(index_in(text), Some("https://u:p@a.example/simple"));
        assert_eq!(index_in("[global]\nindex_url: http://a.example/\n"), Some("http://a.example/"));
        assert_eq!(index_in("index-url = http://a.example/"), None);
    }

    #[test]
    fn credentials_go_to_their_own_server() {
        let index = Url::parse("https://me:s%2Bc%40+t@a.example/simple").unwrap();
        let header = |url: &str| PypiIndex::authorization(&index, &Url::parse(url).unwrap());
        let encoded = base64::engine::general_purpose::STANDARD.encode("me:s+c@+t");
        assert_eq!(header("https://a.example/files/x.whl"), Some(format!("Basic {encoded}")));
        assert_eq!(header("https://b.example/files/x.whl"), None);
        assert_eq!(header("http://a.example/files/x.whl"), None);
        assert_eq!(PypiIndex::page(&index, "Ruamel.YAML").path(), "/simple/ruamel-yaml/");
    }
}
