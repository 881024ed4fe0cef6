//! In which order the addresses of a name are tried: those without a route last, and for the rest the rules of
//! RFC 6724, section 6, that need nothing but the two addresses. So a machine without IPv6 does not wait for it.

use std::cmp::Reverse;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, UdpSocket};

/// Puts the addresses in order. Of equal ones, the order stays.
pub fn order(addresses: &mut [IpAddr]) {
    if addresses.len() > 1 {
        addresses.sort_by_cached_key(|address| rank(*address, source(*address)));
    }
}

/// The address that this machine would use to reach another; `None` without a route. Nothing is sent.
fn source(address: IpAddr) -> Option<IpAddr> {
    let any: IpAddr = if address.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let socket = UdpSocket::bind((any, 0)).ok()?;
    // The port is the one of "discard", and says nothing.
    socket.connect((address, 9)).ok()?;
    Some(socket.local_addr().ok()?.ip())
}

/// The smaller, the sooner: rules 1, 2, 5, 6 and 8.
fn rank(address: IpAddr, source: Option<IpAddr>) -> (bool, bool, bool, Reverse<u8>, u8) {
    let Some(source) = source else { return (true, true, true, Reverse(0), u8::MAX) };
    let ((scope, label, precedence), (own_scope, own_label, _)) = (policy(address), policy(source));
    (false, scope != own_scope, label != own_label, Reverse(precedence), scope)
}

/// Scope (RFC 6724, sections 3.1 and 3.2), label and precedence (section 2.1).
fn policy(address: IpAddr) -> (u8, u8, u8) {
    const LINK: u8 = 2;
    const GLOBAL: u8 = 14;
    match address {
        IpAddr::V4(address) => (if address.is_loopback() || address.is_link_local() { LINK } else { GLOBAL }, 4, 35),
        IpAddr::V6(Ipv6Addr::LOCALHOST) => (LINK, 0, 50),
        IpAddr::V6(address) => match address.segments() {
            _ if address.is_unicast_link_local() => (LINK, 1, 40),
            [0, 0, 0, 0, 0, 0xffff, ..] => (GLOBAL, 4, 35),
            [0x2002, ..] => (GLOBAL, 2, 30),
            [0x2001, 0, ..] => (GLOBAL, 5, 5),
            _ if address.is_unique_local() => (GLOBAL, 13, 3),
            _ => (GLOBAL, 1, 40),
        },
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::{order, rank, source};

    #[test]
    fn what_can_be_reached_best_comes_first() {
        // Two addresses with the ones that this machine would use, the better first.
        for ((first, from), (second, other)) in [
            (("192.0.2.1", "10.0.0.5"), ("2001:db8::1", "")),
            (("192.0.2.1", ""), ("2001:db8::1", "")),
            (("2001:db8::1", "2001:db8::5"), ("192.0.2.1", "10.0.0.5")),
            // An address of a private IPv6 network reaches nothing public.
            (("192.0.2.1", "10.0.0.5"), ("2001:db8::1", "fd00::5")),
            (("fd00::1", "fd00::5"), ("2001:db8::1", "fe80::5")),
            (("192.0.2.1", "10.0.0.5"), ("fd00::1", "fd00::5")),
            (("::1", "::1"), ("127.0.0.1", "127.0.0.1")),
            (("127.0.0.1", "127.0.0.1"), ("::1", "")),
            (("2001:db8::1", "2001:db8::5"), ("2002::1", "2002::5")),
        ] {
            let rank = |address: &str, source: &str| rank(address.parse().unwrap(), source.parse().ok());
            let is_draw = from.is_empty() && other.is_empty();
            let (first_rank, second_rank) = (rank(first, from), rank(second, other));
            assert!(first_rank < second_rank || is_draw && first_rank == second_rank, "{first} {second}");
        }
    }

    #[test]
    fn an_order_among_equals_stays() {
        let addresses: [IpAddr; 3] = ["127.0.0.3", "127.0.0.1", "127.0.0.2"].map(|text| text.parse().unwrap());
        let mut ordered = addresses;
        order(&mut ordered);
        assert_eq!(ordered, addresses);
        assert_eq!(source("127.0.0.1".parse().unwrap()), Some("127.0.0.1".parse().unwrap()));
    }
}
