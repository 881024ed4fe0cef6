//! The network of a wall by name: which hosts a project's commands can reach, and what was refused. It runs in a process
//! of its own, outside of the wall.

mod address;
mod refusals;

use std::io;
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::sync::{Mutex, PoisonError};

use devshell_wall::Gate;

pub use refusals::{Refusal, Refusals, Why};

use crate::manifest::Destination;
use crate::net::{DialError, Dialer};

/// Lets through what is in all of its lists.
#[derive(Debug)]
pub struct NameGate {
    lists: Vec<Vec<Destination>>,
    dialer: Dialer,
    refusals: Mutex<Refusals>,
}

impl NameGate {
    /// No list has registries any more; without a list, all would be let through.
    pub fn new(lists: Vec<Vec<Destination>>, dialer: Dialer) -> Self {
        Self { lists, dialer, refusals: Mutex::default() }
    }

    /// The ports that all lists have for something.
    fn common(&self, ports_of: impl Fn(&Destination) -> &[u16]) -> Vec<u16> {
        let ports = |list: &[Destination]| list.iter().flat_map(|one| ports_of(one).to_vec()).collect::<Vec<u16>>();
        let [first, others @ ..] = self.lists.as_slice() else { return Vec::new() };
        let mut common = ports(first);
        for list in others {
            let other = ports(list);
            common.retain(|port| other.contains(port));
        }
        common.sort_unstable();
        common.dedup();
        common
    }

    fn refuse(&self, host: &str, why: Why) {
        self.refusals.lock().unwrap_or_else(PoisonError::into_inner).add(host, why);
    }
}

impl Gate for NameGate {
    fn ports(&self, name: &str) -> Vec<u16> {
        self.common(|destination| match destination {
            Destination::Named(pattern, ports) if pattern.includes(name) => ports,
            _ => &[],
        })
    }

    fn refused(&self, name: &str) {
        self.refuse(name, Why::NotAllowed);
    }

    fn addresses(&self) -> Vec<SocketAddr> {
        let mut addresses: Vec<IpAddr> = self.lists.iter().flatten().filter_map(address_of).collect();
        addresses.sort_unstable();
        addresses.dedup();
        let of = |address: IpAddr| {
            let ports = self.common(|one| match one {
                Destination::Address(other, ports) if *other == address => ports,
                _ => &[],
            });
            ports.into_iter().map(move |port| SocketAddr::new(address, port))
        };
        addresses.into_iter().flat_map(of).collect()
    }

    fn connect(&self, host: &str, port: u16) -> io::Result<TcpStream> {
        let connected = match host.parse() {
            Ok(address) => self.dialer.connect_address(SocketAddr::new(address, port)).map_err(DialError::from),
            Err(_) => self.dialer.connect(host, port, address::is_public),
        };
        connected.map_err(|error| {
            let why = match &error {
                DialError::Unacceptable(address) => Why::Private(SocketAddr::new(*address, port)),
                other => Why::Failed(format!("{other}")),
            };
            self.refuse(&format!("{host}:{port}"), why);
            io::Error::other(error)
        })
    }

    fn report(&self) -> Vec<u8> {
        self.refusals.lock().unwrap_or_else(PoisonError::into_inner).to_bytes()
    }
}

fn address_of(destination: &Destination) -> Option<IpAddr> {
    match destination {
        Destination::Address(address, _) => Some(*address),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn gate(lists: &[&[&str]]) -> NameGate {
        let list = |list: &&[&str]| list.iter().map(|text| text.parse().unwrap()).collect();
        NameGate::new(lists.iter().map(list).collect(), Dialer::of_machine(Duration::from_secs(1)))
    }

    #[test]
    fn names_have_the_ports_of_all_lists() {
        let project = ["a.example", "*.corp.example:22,443", "b.corp.example:80", "10.0.0.5:80"];
        for (lists, name, expected) in [
            (&[&project[..]][..], "a.example", &[80, 443][..]),
            (&[&project], "b.corp.example", &[22, 80, 443]),
            (&[&project], "corp.example", &[]),
            (&[&project, &["*.corp.example:443", "c.example"]], "b.corp.example", &[443]),
            (&[&project, &["c.example"]], "a.example", &[]),
            (&[&project, &["c.example"]], "c.example", &[]),
            (&[], "a.example", &[]),
        ] {
            assert_eq!(gate(lists).ports(name), expected, "{lists:?} {name}");
        }
    }

    #[test]
    fn addresses_are_there_from_the_beginning() {
        let addresses = |lists: &[&[&str]]| gate(lists).addresses().iter().map(ToString::to_string).collect::<Vec<_>>();
        let project = ["10.0.0.5:80,81", "localhost:5432", "a.example"];
        assert_eq!(addresses(&[&project]), ["10.0.0.5:80", "10.0.0.5:81", "127.0.0.1:5432"]);
        assert_eq!(addresses(&[&project, &["10.0.0.5:81"]]), ["10.0.0.5:81"]);
    }

    #[test]
    fn a_name_of_a_private_address_is_refused() {
        let gate = gate(&[&["localhost.example"]]);
        assert!(gate.connect("localhost", 9).is_err());
        let refusals = Refusals::of_bytes(&gate.report());
        assert!(matches!(refusals.list()[..], [Refusal { why: Why::Private(_), count: 1, .. }]), "{refusals:?}");
    }
}
