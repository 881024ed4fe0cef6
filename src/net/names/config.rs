//! `/etc/resolv.conf` (resolv.conf(5)) as values: which name servers are asked, how, and for which names. Options
//! that are not known are passed over, and numbers have the bounds that the GNU C library gives them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};
use std::time::Duration;

/// Where name servers listen.
const PORT: u16 = 53;

/// As many name servers as any C library asks.
const MOST_SERVERS: usize = 3;

/// More than anybody writes into `search`.
const MOST_SUFFIXES: usize = 32;

/// How names are looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    pub servers: Vec<SocketAddr>,
    /// What is appended to a name, in order.
    pub search: Vec<String>,
    /// A name with so many dots is asked for as it is first.
    pub dots: usize,
    /// How long one server may take for one answer.
    pub timeout: Duration,
    /// How often all servers are asked.
    pub attempts: u32,
    /// Whether the servers take turns.
    pub rotate: bool,
    /// Whether they are asked over TCP only.
    pub tcp: bool,
}

impl Config {
    /// Reads the file's text. `host` is the machine's name, whose domain is searched where the file does not say
    /// what is; `interface` gives the number of a network interface.
    pub fn parse(text: &str, host: &str, interface: impl Fn(&str) -> Option<u32>) -> Self {
        let mut config = Self {
            servers: Vec::new(),
            search: host.split_once('.').map(|(_, domain)| domain.to_owned()).into_iter().collect(),
            dots: 1,
            timeout: Duration::from_secs(5),
            attempts: 2,
            rotate: false,
            tcp: false,
        };
        for line in text.lines() {
            let mut words = line.split_ascii_whitespace();
            match words.next() {
                Some("nameserver") => config.servers.extend(words.next().and_then(|word| server(word, &interface))),
                // The last one of either counts.
                Some("domain") => config.search = words.next().map(str::to_owned).into_iter().collect(),
                Some("search") => config.search = words.take(MOST_SUFFIXES).map(str::to_owned).collect(),
                Some("options") => words.for_each(|word| config.option(word)),
                _ => {}
            }
        }
        config.servers.truncate(MOST_SERVERS);
        if config.servers.is_empty() {
            config.servers.push((Ipv4Addr::LOCALHOST, PORT).into());
        }
        config.search.iter_mut().for_each(|suffix| *suffix = suffix.trim_end_matches('.').to_owned());
        config.search.retain(|suffix| !suffix.is_empty());
        config
    }

    fn option(&mut self, word: &str) {
        let (name, number) = word.split_once(':').unwrap_or((word, ""));
        match (name, number.parse::<u32>()) {
            ("ndots", Ok(number)) => self.dots = number.min(15) as usize,
            ("timeout", Ok(number)) => self.timeout = Duration::from_secs(number.clamp(1, 30).into()),
            ("attempts", Ok(number)) => self.attempts = number.clamp(1, 5),
            ("rotate", _) => self.rotate = true,
            ("use-vc", _) => self.tcp = true,
            _ => {}
        }
    }

    /// The names that a name may be short for, in the order in which they are asked for.
    pub fn candidates(&self, name: &str) -> Vec<String> {
        if let Some(whole) = name.strip_suffix('.') {
            return vec![whole.to_owned()];
        }
        let mut candidates: Vec<String> = self.search.iter().map(|suffix| format!("{name}.{suffix}")).collect();
        let is_whole = name.matches('.').count() >= self.dots;
        candidates.insert(if is_whole { 0 } else { candidates.len() }, name.to_owned());
        candidates
    }
}

/// The address of a name server. That of a neighbour names the interface too: `fe80::1%eth0`.
fn server(word: &str, interface: impl Fn(&str) -> Option<u32>) -> Option<SocketAddr> {
    if let Ok(address) = word.parse::<IpAddr>() {
        return Some((address, PORT).into());
    }
    let (address, scope) = word.split_once('%')?;
    let scope = scope.parse().ok().or_else(|| interface(scope))?;
    Some(SocketAddrV6::new(address.parse::<Ipv6Addr>().ok()?, PORT, 0, scope).into())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Config;

    fn config(text: &str) -> Config {
        Config::parse(text, "box.corp.example", |name| (name == "eth0").then_some(7))
    }

    #[test]
    fn servers_are_those_of_the_file_or_this_machine() {
        for (text, servers) in [
            ("", "127.0.0.1:53"),
            ("; nothing\n#nameserver 10.0.0.1\n", "127.0.0.1:53"),
            ("nameserver\nnameserver name.example\n", "127.0.0.1:53"),
            ("nameserver 127.0.0.53\noptions edns0 trust-ad\nsearch .\n", "127.0.0.53:53"),
            (" nameserver 10.0.0.1 # the first\nnameserver\t::1\r\n", "10.0.0.1:53 [::1]:53"),
            ("nameserver fe80::1%eth0\nnameserver fe80::2%3\nnameserver fe80::3%gone", "[fe80::1%7]:53 [fe80::2%3]:53"),
            (
                "nameserver 10.0.0.1\nnameserver 10.0.0.2\nnameserver 10.0.0.3\nnameserver 10.0.0.4",
                "10.0.0.1:53 10.0.0.2:53 10.0.0.3:53",
            ),
        ] {
            let found: Vec<String> = config(text).servers.iter().map(ToString::to_string).collect();
            assert_eq!(found.join(" "), servers, "{text}");
        }
    }

    #[test]
    fn options_have_bounds() {
        let parsed = config("options ndots:5 timeout:2 attempts:3 rotate use-vc debug inet6 ndots:x\n");
        assert_eq!((parsed.dots, parsed.timeout, parsed.attempts), (5, Duration::from_secs(2), 3));
        assert!(parsed.rotate && parsed.tcp);
        let parsed = config("options ndots:99\noptions timeout:0 attempts:4000000000 timeout:-1");
        assert_eq!((parsed.dots, parsed.timeout, parsed.attempts), (15, Duration::from_secs(1), 5));
        let parsed = config("options");
        assert_eq!((parsed.dots, parsed.timeout, parsed.attempts), (1, Duration::from_secs(5), 2));
        assert!(!parsed.rotate && !parsed.tcp);
    }

    #[test]
    fn names_are_completed_as_the_file_says() {
        for (text, name, expected) in [
            ("", "registry", "registry.corp.example registry"),
            ("", "registry.example", "registry.example registry.example.corp.example"),
            ("search .", "registry", "registry"),
            ("search a.example b.example.", "x", "x.a.example x.b.example x"),
            ("search a.example\ndomain b.example", "x", "x.b.example x"),
            ("search a.example\noptions ndots:2", "x.y", "x.y.a.example x.y"),
            ("search a.example\noptions ndots:0", "x", "x x.a.example"),
            ("search a.example", "x.", "x"),
        ] {
            assert_eq!(config(text).candidates(name).join(" "), expected, "{text} {name}");
        }
        assert!(Config::parse("", "box", |_| None).search.is_empty());
    }
}
