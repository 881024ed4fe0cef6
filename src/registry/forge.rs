//! The forges: where the releases of repositories are listed and downloaded, and which of the user's tokens go to
//! the server that lists them. No ecosystem's own tool knows these addresses, so the usual ones are in
//! `endpoints.json`. A label means the same forge on every machine unless `registries` says otherwise.

use url::Url;

use super::endpoints::ENDPOINTS;
use super::gh;
use super::netrc::{self, Outcome};
use super::reach::{OwnServers, Reach};
use super::{KEPT_BACK, RegistryError, basic_authorization, join, of_user};
use crate::digest::Integrity;
use crate::host::Host;
use crate::manifest::{Address, NamedBy, Registries};
use crate::name::SourceLabel;
use crate::net::without_credentials;

/// The software of a forge: how its API is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ForgeKind {
    Forgejo,
    Github,
    Gitlab,
}

/// A variable with a token.
struct Variable {
    name: &'static str,
    /// The header that takes it.
    header: &'static str,
    /// The variables that name the server it is for, as a host or an address; the first that is set counts.
    servers: &'static [&'static str],
    /// Where it goes when that one is not set.
    also: For,
}

/// Servers that a token may be for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum For {
    None,
    /// The one that everybody knows.
    Usual,
    /// Those that the user's settings name.
    Named,
}

/// The forge that a repository is on, as it is active here.
#[derive(Clone, Debug)]
pub struct Forge {
    pub kind: ForgeKind,
    web: Url,
    api: Url,
    /// A header with the user's token, for the server of the API alone.
    secret: Option<(&'static str, String)>,
    /// There is a token, and it does not go there.
    is_kept_back: bool,
    variable: Option<&'static str>,
}

impl ForgeKind {
    const fn of(label: SourceLabel) -> Self {
        match label {
            SourceLabel::Gitlab => Self::Gitlab,
            SourceLabel::Codeberg => Self::Forgejo,
            _ => Self::Github,
        }
    }

    /// Where an installation of its own has its API, below its web address.
    const fn api(self) -> &'static str {
        match self {
            Self::Forgejo => "api/v1/",
            Self::Github => "api/v3/",
            Self::Gitlab => "api/v4/",
        }
    }

    /// The variables that hold a token, the more particular first: those of the forge's own command-line tool, and
    /// of its CI.
    const fn variables(self) -> &'static [Variable] {
        match self {
            Self::Forgejo => &[
                Variable {
                    name: "FORGEJO_TOKEN",
                    header: "authorization",
                    servers: &["FORGEJO_SERVER_URL"],
                    also: For::None,
                },
                // Jobs of Forgejo have those of GitHub's too.
                Variable {
                    name: "GITHUB_TOKEN",
                    header: "authorization",
                    servers: &["GITHUB_SERVER_URL"],
                    also: For::None,
                },
            ],
            Self::Github => &[
                Variable { name: "GH_TOKEN", header: "authorization", servers: &[], also: For::Usual },
                Variable {
                    name: "GITHUB_TOKEN",
                    header: "authorization",
                    servers: &["GITHUB_SERVER_URL"],
                    also: For::Usual,
                },
                Variable {
                    name: "GH_ENTERPRISE_TOKEN",
                    header: "authorization",
                    servers: &["GH_HOST"],
                    also: For::Named,
                },
                Variable {
                    name: "GITHUB_ENTERPRISE_TOKEN",
                    header: "authorization",
                    servers: &["GH_HOST"],
                    also: For::Named,
                },
            ],
            Self::Gitlab => &[
                Variable {
                    name: "GITLAB_TOKEN",
                    header: "private-token",
                    servers: &["GITLAB_HOST", "CI_SERVER_HOST"],
                    also: For::Usual,
                },
                Variable { name: "CI_JOB_TOKEN", header: "job-token", servers: &["CI_SERVER_HOST"], also: For::None },
            ],
        }
    }

    /// A token as its header has it.
    fn value(self, header: &str, token: &str) -> String {
        match (header, self) {
            ("authorization", Self::Forgejo) => format!("token {token}"),
            ("authorization", _) => format!("Bearer {token}"),
            _ => token.to_owned(),
        }
    }
}

impl Forge {
    /// The forge of a repository: the one that the manifest names for it, or the user's `config.json`, or else the
    /// usual one.
    pub fn in_force(
        host: &Host,
        registries: &Registries,
        label: SourceLabel,
        repository: &str,
    ) -> Result<Self, RegistryError> {
        let of_user = of_user(host)?;
        let (kind, usual) = (ForgeKind::of(label), &ENDPOINTS.forges[&label]);
        let own = OwnServers::of(of_user.addresses(label).map(|address| &address.url).chain([&usual.api]));
        let registries = registries.clone().or(of_user);
        let name = repository.to_ascii_lowercase();
        let bound = registries.bound(label).find(|(names, _)| names.include(&name)).map(|(_, address)| address);
        let named = bound.or(registries.of_others(label));
        let (web, api) = match named {
            Some(address) => (without_credentials(&address.url), join(&without_credentials(&address.url), kind.api())),
            None => (usual.web.clone(), usual.api.clone()),
        };
        // A login in the address itself is for its server.
        let own_login = named.and_then(|address| basic_authorization(&address.url, &address.url));
        let named_by = named.map_or(NamedBy::User, |address| address.named_by);
        let reach = own.reach(&Address { url: api.clone(), named_by });
        let found = own_login.map(|value| ("authorization", value));
        let found = found.or_else(|| token(host, kind, named.is_none(), &web, &api, reach));
        let wanted = if named.is_none() { For::Usual } else { For::Named };
        let mut variables = kind.variables().iter().filter(|_| reach == Reach::All);
        let variable = variables.find(|one| one.also == wanted).map(|one| one.name);
        let may = own.may_get_secret(&api);
        let is_kept_back = found.is_some() && !may;
        Ok(Self { kind, web, api, secret: found.filter(|_| may), is_kept_back, variable })
    }

    /// The header with the user's token, for the API.
    pub fn secret(&self) -> Option<(&'static str, &str)> {
        self.secret.as_ref().map(|(name, value)| (*name, value.as_str()))
    }

    /// What to do about a token that is not sent, if that is so.
    pub fn kept_back(&self) -> Option<String> {
        self.is_kept_back.then(|| KEPT_BACK.to_owned())
    }

    /// Its addresses, with those where it has files.
    pub fn addresses(&self) -> Vec<Url> {
        let usual = ENDPOINTS.forges.values().find(|usual| usual.web == self.web);
        [&self.web, &self.api].into_iter().chain(usual.into_iter().flat_map(|usual| &usual.files)).cloned().collect()
    }

    /// The host that lists the releases.
    pub fn api_host(&self) -> &str {
        self.api.host_str().unwrap_or_default()
    }

    /// The variable to put a token into, for a hint; none where no variable counts.
    pub const fn variable(&self) -> Option<&'static str> {
        self.variable
    }

    /// Its address, where that is not the usual one.
    pub fn other_address(&self) -> Option<&Url> {
        (!ENDPOINTS.forges.values().any(|usual| usual.web == self.web)).then_some(&self.web)
    }

    /// A page of a repository's releases, the newest first. Pages are counted from 1.
    pub fn releases_url(&self, repository: &str, page: usize) -> Url {
        let mut url = self.below_repository(repository, "releases");
        let size = if self.kind == ForgeKind::Forgejo { ("limit", "50") } else { ("per_page", "100") };
        url.query_pairs_mut().append_pair(size.0, size.1).append_pair("page", &page.to_string());
        url
    }

    /// One release.
    pub fn release_url(&self, repository: &str, tag: &str) -> Url {
        let tag = encoded(tag);
        let path = if self.kind == ForgeKind::Gitlab { "releases/" } else { "releases/tags/" };
        self.below_repository(repository, &format!("{path}{tag}"))
    }

    /// The attestations of a file, of a repository on GitHub.
    pub fn attestations_url(&self, repository: &str, file: &Integrity) -> Url {
        let (algorithm, hex) = file.to_hex();
        let mut url = self.below_repository(repository, &format!("attestations/{algorithm}:{hex}"));
        url.set_query(Some("per_page=30"));
        url
    }

    /// Where a file of a release is downloaded. That needs no API and counts as no request to it.
    pub fn download_url(&self, repository: &str, tag: &str, file: &str) -> Url {
        let file = file.split('/').map(encoded).collect::<Vec<_>>().join("/");
        let tag = encoded(tag);
        join(
            &self.web,
            &match self.kind {
                ForgeKind::Gitlab => format!("{repository}/-/releases/{tag}/downloads/{file}"),
                ForgeKind::Github | ForgeKind::Forgejo => format!("{repository}/releases/download/{tag}/{file}"),
            },
        )
    }

    /// Where those who may read a repository download a file of a release with their token: `asset` is the file's number
    /// in the API, and `linked` the address that a release gives for it. `None` where there is no other way than for
    /// everyone.
    pub fn asset_url(
        &self,
        repository: &str,
        tag: &str,
        (file, asset): (&str, Option<u64>),
        linked: &Url,
    ) -> Option<Url> {
        let usual = self.download_url(repository, tag, file);
        let is_below_api = linked.as_str().starts_with(self.api.as_str());
        match self.kind {
            ForgeKind::Github => Some(self.below_repository(repository, &format!("releases/assets/{}", asset?))),
            // The server takes a token for a download as for its API.
            ForgeKind::Forgejo => (self.web.origin() == self.api.origin()).then_some(usual),
            // A package of a project, whose address a release has.
            ForgeKind::Gitlab if is_below_api => Some(linked.clone()),
            ForgeKind::Gitlab if *linked == usual => {
                let file = file.split('/').map(encoded).collect::<Vec<_>>().join("/");
                Some(self.below_repository(repository, &format!("releases/{}/downloads/{file}", encoded(tag))))
            }
            ForgeKind::Gitlab => None,
        }
    }

    fn below_repository(&self, repository: &str, path: &str) -> Url {
        let repository = match self.kind {
            ForgeKind::Gitlab => format!("projects/{}", repository.replace('/', "%2F")),
            ForgeKind::Github | ForgeKind::Forgejo => format!("repos/{repository}"),
        };
        join(&self.api, &format!("{repository}/{path}"))
    }
}

/// A text as one segment of a path (RFC 3986, section 3.3).
fn encoded(text: &str) -> String {
    const KEPT: &percent_encoding::AsciiSet =
        &percent_encoding::NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'+');
    percent_encoding::utf8_percent_encode(text, KEPT).to_string()
}

/// The user's token for a forge's API, as a header: from a variable, from the settings of GitHub's `gh`, or a login
/// from `.netrc`. An address that only the project names gets no more than what is for that very host.
fn token(
    host: &Host,
    kind: ForgeKind,
    is_usual: bool,
    web: &Url,
    api: &Url,
    reach: Reach,
) -> Option<(&'static str, String)> {
    let set = |name: &str| host.variable(name)?.to_str().filter(|value| !value.is_empty()).map(str::to_owned);
    if reach == Reach::All {
        let is_for = |variable: &Variable| match variable.servers.iter().find_map(|name| set(name)) {
            Some(server) => Url::parse(&server)
                .ok()
                .and_then(|url| Some(url.host_str()? == web.host_str()?))
                .unwrap_or(web.host_str() == Some(&server)),
            None => match variable.also {
                For::None => false,
                For::Usual => is_usual,
                For::Named => !is_usual,
            },
        };
        for variable in kind.variables().iter().filter(|variable| is_for(variable)) {
            if let Some(token) = set(variable.name) {
                return Some((variable.header, kind.value(variable.header, &token)));
            }
        }
    }
    if kind == ForgeKind::Github
        && reach != Reach::Nothing
        && let Some(token) = gh::token(host, web.host_str().unwrap_or_default())
    {
        return Some(("authorization", kind.value("authorization", &token)));
    }
    let mut url = api.clone();
    let outcome = netrc::log_in(&mut url, &netrc::of(host)?, reach);
    if outcome != Outcome::LoggedIn {
        return None;
    }
    basic_authorization(&url, &url).map(|value| ("authorization", value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forge(label: SourceLabel) -> Forge {
        let (kind, usual) = (ForgeKind::of(label), &ENDPOINTS.forges[&label]);
        Forge {
            kind,
            web: usual.web.clone(),
            api: usual.api.clone(),
            secret: None,
            is_kept_back: false,
            variable: None,
        }
    }

    #[test]
    fn every_forge_has_its_addresses() {
        assert_eq!(ENDPOINTS.forges.keys().copied().collect::<Vec<_>>(), SourceLabel::FORGES);
        for (label, listed, one, file) in [
            (
                SourceLabel::Github,
                "repos/cli/cli/releases?per_page=100&page=2",
                "repos/cli/cli/releases/tags/a%2Fv1",
                "cli/cli/releases/download/a%2Fv1/b+c%20d.zip",
            ),
            (
                SourceLabel::Codeberg,
                "api/v1/repos/cli/cli/releases?limit=50&page=2",
                "api/v1/repos/cli/cli/releases/tags/a%2Fv1",
                "cli/cli/releases/download/a%2Fv1/b+c%20d.zip",
            ),
            (
                SourceLabel::Gitlab,
                "api/v4/projects/cli%2Fcli/releases?per_page=100&page=2",
                "api/v4/projects/cli%2Fcli/releases/a%2Fv1",
                "cli/cli/-/releases/a%2Fv1/downloads/b+c%20d.zip",
            ),
        ] {
            let forge = forge(label);
            assert!(forge.releases_url("cli/cli", 2).as_str().ends_with(&format!("/{listed}")));
            assert!(forge.release_url("cli/cli", "a/v1").as_str().ends_with(&format!("/{one}")));
            let usual = forge.download_url("cli/cli", "a/v1", "b+c d.zip");
            assert!(usual.as_str().ends_with(&format!("/{file}")));
        }
    }

    #[test]
    fn files_for_few_have_addresses_of_the_api() {
        for (label, linked, expected) in [
            (SourceLabel::Github, "https://a.example/x", Some("repos/cli/cli/releases/assets/7")),
            (SourceLabel::Codeberg, "https://a.example/x", Some("cli/cli/releases/download/v1/b.zip")),
            (SourceLabel::Gitlab, "", Some("api/v4/projects/cli%2Fcli/releases/v1/downloads/b.zip")),
            (
                SourceLabel::Gitlab,
                "api/v4/projects/1/packages/generic/b.zip",
                Some("api/v4/projects/1/packages/generic/b.zip"),
            ),
            (SourceLabel::Gitlab, "https://a.example/x", None),
        ] {
            let forge = forge(label);
            let usual = forge.download_url("cli/cli", "v1", "b.zip");
            let linked = if linked.is_empty() { usual } else { forge.web.join(linked).unwrap() };
            let found = forge.asset_url("cli/cli", "v1", ("b.zip", Some(7)), &linked);
            let ends = |end: &str| found.as_ref().is_some_and(|url| url.as_str().ends_with(&format!("/{end}")));
            assert!(expected.map_or(found.is_none(), ends), "{found:?}");
        }
    }
}
