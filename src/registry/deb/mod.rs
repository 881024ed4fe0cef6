//! The active archives of Debian packages: besides `registries`, the host's apt sources count. No
//! archive is known otherwise, and the keys of any mirror are Debian's unless the settings
//! name others.

mod apt;
mod apt_conf;
// The one place that knows whether OpenPGP is there.
#[cfg_attr(not(feature = "openpgp"), path = "without.rs")]
mod keys;
mod sources;

use std::path::{Path, PathBuf};

use url::Url;

use self::apt::{Apt, Mirrors};
use self::keys::Keys;
pub use self::keys::SignatureError;
use super::netrc::{self, Outcome};
use super::reach::OwnServers;
use super::{KEPT_BACK, RegistryError, basic_authorization, join, of_user, settings};
use crate::date::Date;
use crate::host::Host;
use crate::manifest::{Address, NamedBy, Registries};
use crate::name::Suite;
use crate::net::without_credentials;

/// The active archives of Debian packages.
#[derive(Debug)]
pub struct DebArchives {
    /// There may be none where everything is had from the archive of snapshots.
    main: Option<Url>,
    security: Option<Url>,
    snapshot: Option<Url>,
    /// Distributions that must be there, since they were named.
    named: Vec<String>,
    /// Whether the settings name the archive of the security updates for whatever suite.
    names_security: bool,
    checks_valid_until: bool,
    keys: Keys,
    /// Addresses for which there are logins that do not go there.
    kept_back: Vec<Url>,
    /// The file of the user's own settings, for the error that no archive is configured.
    settings: Option<PathBuf>,
}

/// A distribution to ask: a directory below `dists` of an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Distribution {
    pub name: String,
    pub archive: Url,
    /// Otherwise the archive need not have it.
    pub is_required: bool,
    pub components: Vec<String>,
}

impl DebArchives {
    /// What the manifest's `registries.deb` says, then the user's `config.json`, then the host's apt
    /// sources. `root` is the manifest's directory.
    pub fn in_force(host: &Host, registries: &Registries, root: &Path) -> Result<Self, RegistryError> {
        Self::with_settings(host, registries, &of_user(host)?, root)
    }

    /// The same with other settings of the user's than those that are kept: `users`.
    pub fn with_settings(
        host: &Host,
        registries: &Registries,
        users: &Registries,
        root: &Path,
    ) -> Result<Self, RegistryError> {
        let ours = registries.deb().clone();
        // Each file names its keys from where it is itself.
        let place = if ours.keys.is_some() { Some(root.to_owned()) } else { host.config_directory() };
        let users = users.deb().clone();
        let (apt, netrc) = (Apt::of(host), netrc::of(host));
        let apts = apt::codename().and_then(|codename| apt.mirrors(&codename));
        let of_apt = apts.iter().flat_map(|mirrors| std::iter::once(&mirrors.archive).chain(&mirrors.security));
        let own = OwnServers::of(users.addresses().map(|address| &address.url).chain(of_apt));
        let said = ours.or(users);
        let keys = Keys::of(said.keys.and_then(|file| Some(place?.join(file))));
        let mirrors = match &said.url {
            Some(archive) => Some(Mirrors {
                security: beside(&archive.url),
                archive: archive.url.clone(),
                distributions: Vec::new(),
                checks_valid_until: true,
            }),
            None => apts,
        };
        if mirrors.is_none() && said.snapshot.is_none() {
            return Err(RegistryError::NoArchive { settings: settings(host) });
        }
        let of_mirrors = mirrors.as_ref().is_none_or(|mirrors| mirrors.checks_valid_until);
        let (main, beside, named) = mirrors
            .map_or_else(Default::default, |mirrors| (Some(mirrors.archive), mirrors.security, mirrors.distributions));
        // What is not the settings' is apt's.
        let named_by = said.url.map_or(NamedBy::User, |archive| archive.named_by);
        let address = |url| Address { url, named_by };
        let mut kept_back = Vec::new();
        let mut logged_in = |address: Option<Address>| {
            let mut address = address?;
            if log_in(&mut address, &apt, netrc.as_deref(), &own) {
                kept_back.push(address.url.clone());
            }
            Some(address.url)
        };
        Ok(Self {
            main: logged_in(main.map(address)),
            names_security: said.security.is_some(),
            security: logged_in(said.security.or(beside.map(address))),
            snapshot: logged_in(said.snapshot),
            named,
            checks_valid_until: said.check_valid_until.unwrap_or(of_mirrors),
            keys,
            kept_back,
            settings: settings(host),
        })
    }

    /// The addresses of all of them.
    pub fn addresses(&self) -> Vec<Url> {
        [&self.main, &self.security, &self.snapshot].into_iter().flatten().cloned().collect()
    }

    /// The distributions of a suite: the suite itself, `-updates`, `-security`; in this order.
    pub fn distributions(&self, suite: &Suite) -> Result<Vec<Distribution>, RegistryError> {
        let main = self.mirror()?;
        let distribution = |name: String, archive: &Url, is_required| Distribution {
            is_required: is_required || self.named.contains(&name),
            name,
            archive: without_credentials(archive),
            components: vec!["main".to_owned()],
        };
        let suite = suite.as_str();
        let mut found = vec![distribution(suite.to_owned(), main, true)];
        // What is never released, and what is an addition itself, has no additions.
        if suite != "sid" && !suite.contains('-') {
            found.push(distribution(format!("{suite}-updates"), main, false));
            let security = self.security.iter();
            found.extend(security.map(|url| distribution(format!("{suite}-security"), url, self.names_security)));
        }
        Ok(found)
    }

    /// The release that Debian calls `stable` today.
    pub fn stable(&self) -> Result<Distribution, RegistryError> {
        let archive = without_credentials(self.mirror()?);
        let components = vec!["main".to_owned()];
        Ok(Distribution { name: "stable".to_owned(), archive, is_required: true, components })
    }

    fn mirror(&self) -> Result<&Url, RegistryError> {
        self.main.as_ref().ok_or_else(|| RegistryError::NoArchive { settings: self.settings.clone() })
    }

    /// Where a file of a distribution may be: on the mirror first, then in the archive of snapshots.
    /// That one answers for a date with what it had copied by then, and it copies a few times a day:
    /// a file that was new in the index of that date is found a day later.
    pub fn places(&self, distribution: &str, date: &str, file: &str) -> Vec<Url> {
        let is_security = distribution.ends_with("-security");
        let mirror = self.security.as_ref().filter(|_| is_security).or(self.main.as_ref());
        let archive = if is_security { "debian-security" } else { "debian" };
        let later = Date::of_basic(date).map(|date| date.a_day_later().basic());
        let dates = std::iter::once(date.to_owned()).chain(later);
        let snapshots = self.snapshot.iter().flat_map(|snapshot| {
            dates.clone().map(move |date| join(snapshot, &format!("archive/{archive}/{date}/{file}")))
        });
        mirror
            .map(|mirror| join(mirror, file))
            .into_iter()
            .chain(snapshots)
            .map(|url| without_credentials(&url))
            .collect()
    }

    /// A distribution as it was at a time, in the basic format of ISO 8601, if there is an archive of snapshots.
    pub fn snapshot_of(&self, distribution: &Distribution, date: &str) -> Option<Distribution> {
        let archive = if distribution.name.ends_with("-security") { "debian-security" } else { "debian" };
        let archive = join(self.snapshot.as_ref()?, &format!("archive/{archive}/{date}"));
        Some(Distribution { archive: without_credentials(&archive), ..distribution.clone() })
    }

    /// Whether what mirrors have dropped is available.
    pub const fn has_snapshots(&self) -> bool {
        self.snapshot.is_some()
    }

    /// Whether an index whose `Valid-Until` has passed is to be refused.
    pub const fn checks_valid_until(&self) -> bool {
        self.checks_valid_until
    }

    /// The `Authorization` header for an address, if there are credentials for its server.
    pub fn authorization(&self, url: &Url) -> Option<String> {
        let archives = self.main.iter().chain(&self.security).chain(&self.snapshot);
        // Two archives on one server may have two logins.
        let is_below = |archive: &Url| {
            let rest = url.path().strip_prefix(archive.path().trim_end_matches('/'));
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let (below, elsewhere): (Vec<_>, Vec<_>) = archives.partition(|archive| is_below(archive));
        below.into_iter().chain(elsewhere).find_map(|archive| basic_authorization(archive, url))
    }

    /// Why a login for an address was not sent there, if that is so.
    pub fn kept_back(&self, url: &Url) -> Option<String> {
        self.kept_back.iter().any(|archive| archive.origin() == url.origin()).then(|| KEPT_BACK.to_owned())
    }

    /// The text that is signed in a file `InRelease`, if one of the trusted keys signed it; `now` is in
    /// seconds since 1970.
    pub fn verified(&self, in_release: &[u8], now: i64) -> Result<String, SignatureError> {
        self.keys.verified(in_release, now)
    }
}

/// Gives an address the login that apt or `.netrc` has for it, as far as that goes. Says whether one was kept back.
fn log_in(address: &mut Address, apt: &Apt, netrc: Option<&str>, own: &OwnServers) -> bool {
    let reach = own.reach(address);
    let is_kept_back = apt.log_in(&mut address.url, reach);
    let outcome = netrc.map(|netrc| netrc::log_in(&mut address.url, netrc, reach));
    is_kept_back || outcome == Some(Outcome::KeptBack)
}

/// The suite to write into a manifest that names none: that of the user's settings, else the one
/// that this machine is of, if its apt sources name Debian's archive.
pub fn usual_suite(host: &Host) -> Option<Suite> {
    let of_settings = of_user(host).ok().and_then(|registries| registries.deb().suite.clone());
    of_settings.or_else(|| {
        let codename = apt::codename()?;
        Apt::of(host).mirrors(&codename)?;
        codename.parse().ok()
    })
}

/// The archive of security updates that belongs to a mirror, by the names that both have wherever
/// Debian is mirrored: `debian` and, beside it, `debian-security`.
fn beside(archive: &Url) -> Option<Url> {
    let path = archive.path().trim_end_matches('/').strip_suffix("/debian")?.to_owned();
    let mut url = archive.clone();
    url.set_path(&format!("{path}/debian-security"));
    Some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn archives(main: &str, security: Option<&str>, snapshot: Option<&str>) -> DebArchives {
        let url = |text: &str| Url::parse(text).unwrap();
        DebArchives {
            main: Some(url(main)),
            security: security.map(url),
            snapshot: snapshot.map(url),
            named: vec!["trixie".to_owned(), "trixie-security".to_owned()],
            names_security: false,
            checks_valid_until: true,
            keys: Keys::of(None),
            kept_back: Vec::new(),
            settings: None,
        }
    }

    #[test]
    fn a_suite_has_additions() {
        let archives = archives("http://me:x@a.example/debian", Some("http://a.example/debian-security/"), None);
        let shown = |suite: &str| -> Vec<String> {
            let distributions = archives.distributions(&suite.parse().unwrap()).unwrap();
            distributions
                .iter()
                .map(|d| format!("{}{}{}", d.archive, d.name, if d.is_required { "!" } else { "" }))
                .collect()
        };
        let (main, security) = ("http://a.example/debian", "http://a.example/debian-security/");
        assert_eq!(
            shown("trixie"),
            [format!("{main}trixie!"), format!("{main}trixie-updates"), format!("{security}trixie-security!")]
        );
        assert_eq!(
            shown("bookworm"),
            [format!("{main}bookworm!"), format!("{main}bookworm-updates"), format!("{security}bookworm-security")]
        );
        assert_eq!(shown("sid"), [format!("{main}sid!")]);
        assert_eq!(shown("trixie-backports"), [format!("{main}trixie-backports!")]);
    }

    #[test]
    fn a_file_has_places() {
        let snapshot = Some("http://n.example/old/");
        let security = Some("http://s.example/");
        let places = |archives: &DebArchives, distribution: &str| -> Vec<String> {
            let places = archives.places(distribution, "20261231T235959Z", "pool/main/g/g++/g++_1%2b~1.deb");
            places.into_iter().map(String::from).collect()
        };
        let file = "pool/main/g/g++/g++_1%2b~1.deb";
        assert_eq!(
            places(&archives("http://me:x@a.example/debian/", security, snapshot), "trixie-updates"),
            [
                format!("http://a.example/debian/{file}"),
                format!("http://n.example/old/archive/debian/20261231T235959Z/{file}"),
                format!("http://n.example/old/archive/debian/20270101T235959Z/{file}"),
            ]
        );
        assert_eq!(
            places(&archives("http://a.example/debian", security, snapshot), "trixie-security")[..2],
            [
                format!("http://s.example/{file}"),
                format!("http://n.example/old/archive/debian-security/20261231T235959Z/{file}"),
            ]
        );
        // A lock from elsewhere may know of an archive that is not known here.
        let alone = archives("http://a.example/debian", None, None);
        assert_eq!(places(&alone, "trixie-security"), [format!("http://a.example/debian/{file}")]);
    }

    #[test]
    fn security_updates_lie_beside_the_archive() {
        let security = |text: &str| beside(&Url::parse(text).unwrap()).map(String::from);
        assert_eq!(security("http://a.example/debian"), Some("http://a.example/debian-security".to_owned()));
        assert_eq!(
            security("http://me:x@a.example/m/debian/"),
            Some("http://me:x@a.example/m/debian-security".to_owned())
        );
        assert_eq!(security("http://a.example/mydebian"), None);
        assert_eq!(security("http://a.example/"), None);
    }

    #[test]
    fn logins_stay_on_their_servers() {
        let archives = archives("http://me:x@a.example/debian", Some("http://you:y@a.example/debian-security"), None);
        let header = |url: &str| archives.authorization(&Url::parse(url).unwrap());
        let own = header("http://a.example/debian/dists/x").unwrap();
        assert!(
            own.starts_with("Basic ") && header("http://a.example/debian-security/x").is_some_and(|other| other != own)
        );
        assert_eq!(header("http://a.example/other"), Some(own));
        assert_eq!(header("https://a.example/debian/x"), None);
        assert_eq!(header("http://b.example/debian/x"), None);
    }
}
