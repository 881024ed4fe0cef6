//! `/etc/hosts` (hosts(5)), and the names whose addresses need no look at any file.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The addresses of names that mean this machine wherever they are used (RFC 6761, section 6.3): `localhost` and all
/// below it. Programs that listen on one of the two mostly listen on the first.
pub fn of_this_machine(name: &str) -> Option<[IpAddr; 2]> {
    let last = name.trim_end_matches('.').rsplit('.').next().unwrap_or_default();
    last.eq_ignore_ascii_case("localhost").then_some([Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()])
}

/// All addresses of a name in the text of the file, in its order.
pub fn addresses(text: &str, name: &str) -> Vec<IpAddr> {
    let name = name.trim_end_matches('.');
    let mut found = Vec::new();
    for line in text.lines() {
        let line = line.split('#').next().unwrap_or_default();
        let mut words = line.split_ascii_whitespace();
        let Some(address) = words.next().and_then(|word| word.parse().ok()) else { continue };
        if words.any(|word| word.trim_end_matches('.').eq_ignore_ascii_case(name)) && !found.contains(&address) {
            found.push(address);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{addresses, of_this_machine};

    #[test]
    fn localhost_is_this_machine_and_nothing_else_is() {
        for (name, expected) in [
            ("localhost", true),
            ("LocalHost.", true),
            ("registry.localhost", true),
            ("localhost.example", false),
            ("notlocalhost", false),
            ("localhost.localdomain", false),
            ("", false),
        ] {
            assert_eq!(of_this_machine(name).is_some(), expected, "{name}");
        }
    }

    #[test]
    fn a_name_has_all_addresses_that_a_line_gives_it() {
        let text = "# 10.0.0.9 registry\n\
            10.0.0.1\tregistry.example Registry # 10.0.0.8 other\n\
            ::1 registry\n\
            10.0.0.1 registry\n\
            10.0.0.300 registry\n\
            fe80::1%eth0 registry\n\
            10.0.0.2 other other\n\
            10.0.0.3\n";
        for (name, expected) in [
            ("registry", "10.0.0.1 ::1"),
            ("REGISTRY.", "10.0.0.1 ::1"),
            ("registry.example", "10.0.0.1"),
            ("other", "10.0.0.2"),
            ("10.0.0.3", ""),
            ("unknown", ""),
            ("", ""),
        ] {
            let found: Vec<String> = addresses(text, name).iter().map(ToString::to_string).collect();
            assert_eq!(found.join(" "), expected, "{name}");
        }
    }
}
