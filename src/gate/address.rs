//! Which addresses a name may lead to. Who owns a name decides what it leads to: it must not open the networks that only
//! this machine can reach.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Whether it is none of this machine, of a private network, of the own link (with the metadata of clouds), or for
/// groups.
pub fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [first, second, ..] = address.octets();
    let is_shared = first == 100 && (64..128).contains(&second);
    !(address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_multicast()
        || is_shared
        || first == 0
        || first >= 240)
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    // Addresses of version 4 are written in several ways (RFC 6052, RFC 3056).
    let [a, b, c, ..] = address.segments();
    let embedded = match (a, b) {
        (0x64, 0xff9b) => address.octets()[12..].first_chunk().copied(),
        (0x2002, _) => [b.to_be_bytes(), c.to_be_bytes()].concat().first_chunk().copied(),
        _ => None,
    };
    if let Some(embedded) = embedded {
        return is_public_v4(Ipv4Addr::from(embedded));
    }
    !(address.is_loopback()
        || address.is_unspecified()
        || address.is_unique_local()
        || address.is_unicast_link_local()
        || address.is_multicast()
        // Site-local, and what is compatible with version 4: both are history.
        || a & 0xffc0 == 0xfec0
        || address.octets()[..12] == [0; 12])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_of_ones_own_are_not_public() {
        for (address, expected) in [
            ("93.184.216.34", true),
            ("203.0.113.80", true),
            ("2606:4700::1111", true),
            ("127.0.0.1", false),
            ("127.8.0.1", false),
            ("0.0.0.0", false),
            ("10.1.2.3", false),
            ("172.16.0.1", false),
            ("172.32.0.1", true),
            ("192.168.1.1", false),
            ("100.64.0.1", false),
            ("100.128.0.1", true),
            ("169.254.169.254", false),
            // Proxies that take all traffic of a machine give names such addresses.
            ("198.18.0.1", true),
            ("224.0.0.251", false),
            ("255.255.255.255", false),
            ("::1", false),
            ("::", false),
            ("fd00::1", false),
            ("fe80::1", false),
            ("fec0::1", false),
            ("ff02::fb", false),
            ("::ffff:10.0.0.1", false),
            ("::ffff:93.184.216.34", true),
            ("::10.0.0.1", false),
            ("64:ff9b::10.0.0.1", false),
            ("64:ff9b::93.184.216.34", true),
            ("2002:0a00:0001::1", false),
        ] {
            assert_eq!(is_public(address.parse().unwrap()), expected, "{address}");
        }
    }
}
