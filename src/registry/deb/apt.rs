//! What apt of the host knows: where Debian's archive is mirrored, and how to log in there. Its
//! files are read as apt reads them, from where `APT_CONFIG` says; what cannot be read is
//! passed over, since a host without apt is none the worse.

use std::path::{Path, PathBuf};

use url::Url;

use super::apt_conf::AptConf;
use super::sources::{self, Entry, is_yes};
use crate::files::{bounded, most};
use crate::host::Host;
use crate::registry::netrc::{self, Outcome};
use crate::registry::reach::Reach;

/// The mirrors of Debian's archive that apt uses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mirrors {
    pub archive: Url,
    pub security: Option<Url>,
    /// The distributions that apt is configured to look into there.
    pub distributions: Vec<String>,
    pub checks_valid_until: bool,
}

/// apt's settings.
pub struct Apt(AptConf);

impl Apt {
    pub fn of(host: &Host) -> Self {
        let mut conf = AptConf::default();
        let chosen = host.variable("APT_CONFIG").filter(|value| !value.is_empty()).map(PathBuf::from);
        conf.read(&chosen.map_or_else(String::new, |file| text(&file)));
        for file in files(&conf.place("dir::etc::parts"), &["conf", ""]) {
            conf.read(&text(&file));
        }
        conf.read(&text(&conf.place("dir::etc::main")));
        Self(conf)
    }

    /// Where Debian's archive is mirrored, for a release that this machine is of.
    pub fn mirrors(&self, codename: &str) -> Option<Mirrors> {
        let mut entries = Entry::of_lines(&text(&self.0.place("dir::etc::sourcelist")));
        for file in files(&self.0.place("dir::etc::sourceparts"), &["list", "sources"]) {
            let is_list = file.extension().is_some_and(|ending| ending == "list");
            entries.extend(if is_list { Entry::of_lines } else { Entry::of_paragraphs }(&text(&file)));
        }
        for entry in &mut entries {
            // A list of mirrors in a file (apt-transport-mirror(1)), as Debian's cloud images have it.
            if let Some(file) = entry.uri.strip_prefix("mirror+file:") {
                let path = format!("/{}", file.trim_start_matches('/'));
                entry.uri = first_mirror(&text(Path::new(&path))).unwrap_or_default();
            }
        }
        let archive = sources::of_archive(&entries, codename)?;
        let security = sources::of_security(&entries, codename);
        let ours = |entry: &&Entry| [Some(archive), security].into_iter().flatten().any(|own| own.is_beside(entry));
        let checks = archive.checks_valid_until.or_else(|| is_yes(self.0.get("acquire::check-valid-until")?));
        Some(Mirrors {
            archive: archive.url()?,
            security: security.and_then(Entry::url),
            distributions: entries.iter().filter(ours).map(|entry| entry.suite.clone()).collect(),
            checks_valid_until: checks.unwrap_or(true),
        })
    }

    /// Gives an address without credentials those that apt has for it (apt_auth.conf(5)). Says whether some were
    /// kept back.
    pub fn log_in(&self, url: &mut Url, reach: Reach) -> bool {
        let parts = files(&self.0.place("dir::etc::netrcparts"), &["conf"]);
        let is_for = |machine: Option<&str>, url: &Url| machine.is_some_and(|machine| is_of(machine, url));
        let mut is_kept_back = false;
        for file in std::iter::once(self.0.place("dir::etc::netrc")).chain(parts) {
            is_kept_back |= netrc::log_in_where(url, &text(&file), reach, is_for) == Outcome::KeptBack;
        }
        is_kept_back
    }
}

/// The codename of the Debian release that this machine is of, also where it is called something
/// else and made of that (os-release(5)).
pub fn codename() -> Option<String> {
    let release = ["/etc/os-release", "/usr/lib/os-release"].map(|file| text(Path::new(file)));
    codename_in(release.iter().find(|text| !text.is_empty())?)
}

fn codename_in(os_release: &str) -> Option<String> {
    let value = |name: &str| {
        let line = os_release.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='))?;
        Some(line.trim().trim_matches(['"', '\'']).to_owned()).filter(|value| !value.is_empty())
    };
    let is_debian = value("ID").as_deref() == Some("debian");
    value("DEBIAN_CODENAME").or_else(|| value("VERSION_CODENAME").filter(|_| is_debian))
}

/// Whether a word after `machine`, `[protocol://]hostname[:port][/path]`, is about an address.
/// Without a protocol it is for encrypted connections.
fn is_of(machine: &str, url: &Url) -> bool {
    let (scheme, rest) = machine.split_once("://").unwrap_or(("https", machine));
    let (host, path) = rest.find('/').map_or((rest, ""), |slash| rest.split_at(slash));
    let (host, port) = host.split_once(':').map_or((host, None), |(host, port)| (host, Some(port)));
    let same_port = port.is_none_or(|port| url.port().is_some_and(|own| own.to_string() == port));
    scheme == url.scheme() && Some(host) == url.host_str() && same_port && url.path().starts_with(path)
}

/// The first address in a list of mirrors that can be asked here.
fn first_mirror(list: &str) -> Option<String> {
    let first = |line: &str| line.split_whitespace().next().map(str::to_owned);
    list.lines().filter_map(first).find(|word| word.starts_with("http://") || word.starts_with("https://"))
}

fn text(file: &Path) -> String {
    bounded::read(file, most::SETTINGS)
        .map_or_else(|_| String::new(), |bytes| String::from_utf8_lossy(&bounded::utf8(bytes)).into_owned())
}

/// The files of a directory that apt would read: with one of these endings, and with nothing
/// unusual in their names; sorted.
fn files(directory: &Path, endings: &[&str]) -> Vec<PathBuf> {
    let Ok(entries) = fs_err::read_dir(directory) else { return Vec::new() };
    let is_wanted = |path: &PathBuf| {
        let ending = path.extension().map_or(Some(""), |ending| ending.to_str());
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let is_usual = name.chars().all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c)) && !name.starts_with('.');
        is_usual && ending.is_some_and(|ending| endings.contains(&ending))
    };
    let mut files: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).filter(is_wanted).collect();
    files.sort();
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_of_another_name_may_be_made_of_debian() {
        for (text, expected) in [
            ("ID=debian\nVERSION_CODENAME=trixie\n", Some("trixie")),
            ("VERSION_CODENAME=\"trixie\"\nID='debian'\n", Some("trixie")),
            ("ID=ubuntu\nID_LIKE=debian\nVERSION_CODENAME=noble\n", None),
            ("ID=linuxmint\nVERSION_CODENAME=gigi\nDEBIAN_CODENAME=trixie\n", Some("trixie")),
            ("ID=debian\nVERSION_CODENAME=\n", None),
            ("ID=fedora\n", None),
        ] {
            assert_eq!(codename_in(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn logins_are_for_what_their_machine_says() {
        let url = Url::parse("https://example.org/debian").unwrap();
        // The examples of the manual page.
        for (machine, expected) in [
            ("example.org", true),
            ("example.org/deb", true),
            ("example.org/debian", true),
            ("https://example.org", true),
            ("http://example.org", false),
            ("example.org:443", false),
            ("example.org/deb/", false),
            ("example.org/ubuntu", false),
            ("example.orga", false),
            ("example.net", false),
        ] {
            assert_eq!(is_of(machine, &url), expected, "{machine}");
        }
        let plain = Url::parse("http://example.org:8080/debian").unwrap();
        assert!(is_of("http://example.org:8080/", &plain) && !is_of("example.org", &plain));
    }

    #[test]
    fn a_list_of_mirrors_has_a_first_one() {
        let list = "# mirrors\nfile:/mnt/debian\nhttps://a.example/debian\tpriority:1\nhttps://b.example/debian\n";
        assert_eq!(first_mirror(list).as_deref(), Some("https://a.example/debian"));
        assert_eq!(first_mirror("#\n"), None);
    }
}
