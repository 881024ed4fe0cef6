//! `net` of `sandbox`: what of the network a project can reach from inside its walls.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};
use std::str::FromStr;

use jsonc_parser::ast::Value;
use serde::{Deserialize, Serialize};

use super::shape::{Decoder, kind};
use crate::hint::Hint;
use crate::name::{SourceLabel, is_host_name, with_servers};

/// What can be reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Network {
    /// All that the host can reach, and the host itself.
    All,
    /// These and no others.
    Only(Vec<Destination>),
}

/// One thing that can be reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Destination {
    /// The registry of a source, whichever is active.
    Registry(SourceLabel),
    /// The hosts of a name.
    Named(Hosts, Vec<u16>),
    /// A host by its address. Loopback addresses are the host's own.
    Address(IpAddr, Vec<u16>),
}

as_text!(Destination);

/// The names of hosts, in small letters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hosts {
    Name(String),
    /// All names that end in a dot and this.
    Below(String),
}

/// Text that is none of these.
#[derive(Debug, thiserror::Error)]
pub enum NotADestination {
    #[error("`{0}` is not a host")]
    Unknown(String),
    #[error("`{0}` is an address, and needs a port")]
    NoPort(String),
    #[error("`{0}` is a URL, and not a host")]
    Page(String),
    #[error("devshell does not know the hosts of `registry:{0}`")]
    Registry(String),
}

impl Hint for NotADestination {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Unknown(_) => "write `HOST`, `HOST:PORT,PORT`, `*.DOMAIN` or `registry:npm`".to_owned(),
            Self::NoPort(address) => format!("write `{address}:443`"),
            Self::Page(_) => "write its host alone".to_owned(),
            Self::Registry(_) => {
                let known = with_servers().map(|label| format!("`registry:{label}`")).collect::<Vec<_>>().join(", ");
                format!("name the hosts; it knows {known}")
            }
        })
    }
}

/// The ports of a name that has none: those of the web.
const WEB: [u16; 2] = [443, 80];

impl Network {
    pub const NOTHING: Self = Self::Only(Vec::new());

    /// What `--net` says: `all`, `none`, or destinations.
    pub fn of_words(words: &[String]) -> Result<Self, NotADestination> {
        match words {
            [word] if word == "all" => Ok(Self::All),
            [word] if word == "none" => Ok(Self::NOTHING),
            words => Ok(Self::Only(words.iter().map(|word| word.parse()).collect::<Result<_, _>>()?)),
        }
    }
}

impl FromStr for Destination {
    type Err = NotADestination;

    fn from_str(text: &str) -> Result<Self, NotADestination> {
        if let Some(label) = text.strip_prefix("registry:") {
            let known = with_servers().find(|known| known.name() == label);
            return known.map(Self::Registry).ok_or_else(|| NotADestination::Registry(label.to_owned()));
        }
        if text.contains('/') {
            return Err(NotADestination::Page(text.to_owned()));
        }
        let unknown = || NotADestination::Unknown(text.to_owned());
        let (host, ports) = match text.rsplit_once(':') {
            // An address of version 6 has colons of its own, and is in brackets before a port.
            Some((host, ports)) if text.parse::<IpAddr>().is_err() && !text.ends_with(']') => (host, Some(ports)),
            _ => (text, None),
        };
        let ports = ports.map(|ports| ports.split(',').map(|port| port.trim().parse().ok().filter(|port| *port > 0)));
        let ports = ports.map(|ports| ports.collect::<Option<Vec<u16>>>().ok_or_else(unknown)).transpose()?;
        let literal = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        let name = host.trim_end_matches('.').to_ascii_lowercase();
        let address = if name == "localhost" { Some(IpAddr::V4(Ipv4Addr::LOCALHOST)) } else { literal.parse().ok() };
        if let Some(address) = address {
            return Ok(Self::Address(address, ports.ok_or_else(|| NotADestination::NoPort(host.to_owned()))?));
        }
        let pattern = match name.strip_prefix("*.") {
            Some(domain) => Hosts::Below(domain.to_owned()),
            None => Hosts::Name(name.clone()),
        };
        let (Hosts::Name(plain) | Hosts::Below(plain)) = &pattern;
        if is_name(plain) { Ok(Self::Named(pattern, ports.unwrap_or(WEB.to_vec()))) } else { Err(unknown()) }
    }
}

/// A text without a letter is a number that is no address.
fn is_name(text: &str) -> bool {
    is_host_name(text) && text.bytes().any(|byte| byte.is_ascii_alphabetic())
}

impl Hosts {
    pub fn includes(&self, name: &str) -> bool {
        match self {
            Self::Name(one) => one == name,
            Self::Below(domain) => name.strip_suffix(domain.as_str()).is_some_and(|rest| rest.ends_with('.')),
        }
    }
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ports = match self {
            Self::Registry(label) => return write!(f, "registry:{}", label.name()),
            Self::Named(Hosts::Name(name), ports) => {
                f.write_str(name)?;
                ports
            }
            Self::Named(Hosts::Below(domain), ports) => {
                write!(f, "*.{domain}")?;
                ports
            }
            Self::Address(IpAddr::V4(ip), ports) => {
                write!(f, "{ip}")?;
                ports
            }
            Self::Address(IpAddr::V6(ip), ports) => {
                write!(f, "[{ip}]")?;
                ports
            }
        };
        let ports: Vec<String> = ports.iter().map(u16::to_string).collect();
        write!(f, ":{}", ports.join(","))
    }
}

impl Decoder<'_> {
    pub(super) fn network(&mut self, value: &Value) -> Option<Network> {
        let elements = match value {
            Value::BooleanLit(literal) => return Some(if literal.value { Network::All } else { Network::NOTHING }),
            Value::Array(array) => &array.elements,
            other => {
                let help = "write `[\"example.org\", \"registry:npm\"]` to allow only these".to_owned();
                self.at(other, format!("expected true, false or a list of hosts, found {}", kind(other)), help);
                return None;
            }
        };
        let mut all = Vec::new();
        for element in elements {
            match self.string(element, "a host").map(|text| text.parse::<Destination>()) {
                Some(Ok(destination)) => all.push(destination),
                Some(Err(error)) => self.at(element, error.to_string(), error.hint()),
                None => {}
            }
        }
        Some(Network::Only(all))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn destinations_are_read_and_written() {
        for (text, expected) in [
            ("registry:npm", "registry:npm"),
            ("Example.org", "example.org:443,80"),
            ("example.org.:22", "example.org:22"),
            ("github.com:22,443", "github.com:22,443"),
            ("*.corp.example", "*.corp.example:443,80"),
            ("localhost:5432", "127.0.0.1:5432"),
            ("10.0.0.5:80", "10.0.0.5:80"),
            ("[2001:DB8::1]:22", "[2001:db8::1]:22"),
        ] {
            let destination: Destination = text.parse().unwrap();
            assert_eq!(destination.to_string(), expected, "{text}");
            assert_eq!(expected.parse::<Destination>().unwrap(), destination);
        }
        for (text, expected) in [
            ("", "`` is not a host"),
            ("*", "`*` is not a host"),
            ("a.*.example", "`a.*.example` is not a host"),
            ("example.org:x", "`example.org:x` is not a host"),
            ("example.org:0", "`example.org:0` is not a host"),
            ("example.org:", "`example.org:` is not a host"),
            ("ex ample", "`ex ample` is not a host"),
            ("10.0.0", "`10.0.0` is not a host"),
            ("localhost", "`localhost` is an address, and needs a port"),
            ("10.0.0.5", "`10.0.0.5` is an address, and needs a port"),
            ("::1", "`::1` is an address, and needs a port"),
            ("https://example.org/x", "`https://example.org/x` is a URL, and not a host"),
            ("registry:cpan", "devshell does not know the hosts of `registry:cpan`"),
        ] {
            let error = text.parse::<Destination>().unwrap_err().to_string();
            assert!(error.starts_with(expected), "{text}: {error}");
        }
    }

    #[test]
    fn names_below_a_domain_are_not_the_domain() {
        let Destination::Named(pattern, _) = "*.corp.example".parse().unwrap() else { panic!() };
        for (name, expected) in
            [("a.corp.example", true), ("a.b.corp.example", true), ("corp.example", false), ("xcorp.example", false)]
        {
            assert_eq!(pattern.includes(name), expected, "{name}");
        }
    }

    #[test]
    fn the_option_has_two_words_of_its_own() {
        let of = |words: &[&str]| Network::of_words(&words.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(of(&["all"]).unwrap(), Network::All);
        assert_eq!(of(&["none"]).unwrap(), Network::NOTHING);
        assert_eq!(
            of(&["a.example", "registry:npm"]).unwrap(),
            Network::Only(vec!["a.example".parse().unwrap(), Destination::Registry(SourceLabel::Npm),])
        );
    }
}
