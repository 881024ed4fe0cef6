//! Addresses of `lo` in the wall's network: those that names are given, and those that are called by number. What is sent
//! to an address of `lo` stays on this machine.

use std::net::{IpAddr, Ipv4Addr};

use rustix::io::Errno;
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, recv, send, socket_with};

use super::super::at::At as _;
use crate::fault::Fault;
use crate::gate::NAME_SERVER;

/// The network for tests of devices (RFC 2544, section C.2.2): no host on the internet has one of its addresses.
const NETWORK: u8 = 15;

/// How many addresses for names there are. The first 256 are not among them.
pub const MOST: u32 = 4096;

/// The address of the name with this number.
pub fn of_name(number: u32) -> Ipv4Addr {
    Ipv4Addr::from_bits((NAME_SERVER.to_bits() & !0xff) + 256 + number)
}

/// Gives `lo` the addresses of names, and further ones.
pub fn add(further: impl Iterator<Item = IpAddr>) -> Result<(), Fault> {
    let step = || "add an address to localhost".to_owned();
    // The protocol without a number is `NETLINK_ROUTE`.
    let socket = socket_with(AddressFamily::NETLINK, SocketType::RAW, SocketFlags::CLOEXEC, None).at(step)?;
    let further = further.map(|ip| (ip, if ip.is_ipv4() { 32 } else { 128 }));
    for (ip, prefix) in std::iter::once((IpAddr::V4(NAME_SERVER), NETWORK)).chain(further) {
        send(&socket, &message(ip, prefix), SendFlags::empty()).at(step)?;
        let mut answer = [0; 128];
        let (length, _) = recv(&socket, &mut answer, RecvFlags::empty()).at(step)?;
        // After the header, an error as a negative number (netlink(7), `NLMSG_ERROR`).
        let number = answer[..length].get(16..20).and_then(|bytes| bytes.try_into().ok()).map_or(0, i32::from_ne_bytes);
        if number != 0 && number != -libc::EEXIST {
            return Err(Fault::new(step(), Errno::from_raw_os_error(-number)));
        }
    }
    Ok(())
}

/// `RTM_NEWADDR` for the first interface, which is `lo` (rtnetlink(7)).
fn message(ip: IpAddr, prefix: u8) -> Vec<u8> {
    const NEW_ADDRESS: u16 = libc::RTM_NEWADDR;
    const FLAGS: i32 = libc::NLM_F_REQUEST | libc::NLM_F_ACK | libc::NLM_F_CREATE;
    const WITHOUT_DETECTION: u8 = 2;
    let (family, octets) = match ip {
        IpAddr::V4(ip) => (libc::AF_INET, ip.octets().to_vec()),
        IpAddr::V6(ip) => (libc::AF_INET6, ip.octets().to_vec()),
    };
    let mut body = vec![u8::try_from(family).unwrap_or(0), prefix, WITHOUT_DETECTION, libc::RT_SCOPE_HOST];
    body.extend(1_u32.to_ne_bytes());
    for attribute in [libc::IFA_LOCAL, libc::IFA_ADDRESS] {
        let length = u16::try_from(octets.len() + 4).unwrap_or(0);
        body.extend(length.to_ne_bytes());
        body.extend(attribute.to_ne_bytes());
        body.extend(&octets);
    }
    let length = u32::try_from(body.len() + 16).unwrap_or(0);
    let flags = u16::try_from(FLAGS).unwrap_or(0);
    let mut message = length.to_ne_bytes().to_vec();
    message.extend(NEW_ADDRESS.to_ne_bytes());
    message.extend(flags.to_ne_bytes());
    message.extend([0; 8]);
    message.extend(body);
    message
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_addresses_of_one_network() {
        assert_eq!(of_name(0), Ipv4Addr::new(198, 18, 1, 0));
        assert_eq!(of_name(257), Ipv4Addr::new(198, 18, 2, 1));
        let network = |ip: Ipv4Addr| ip.to_bits() >> (32 - NETWORK);
        assert_eq!(network(of_name(MOST)), network(NAME_SERVER));
        assert_eq!(message(IpAddr::V4(NAME_SERVER), NETWORK).len(), 40);
    }
}
