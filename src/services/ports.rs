//! The ports that services are given: the number that the manifest wishes for, or the next one that is free. A checkout keeps
//! its numbers until another program has one of them.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, OFlags, flock};

use super::Place;
use super::lease::open_lock;
use crate::files::{bounded, most, write_private};

/// Ports by their variables.
pub type Ports = BTreeMap<String, u16>;

/// So many numbers after the wished one are tried.
const TRIES: u16 = 1000;

/// The file that says which ports a checkout was given.
pub fn file(state: &Path) -> PathBuf {
    Place::below(state).ports()
}

/// What a checkout was given. If it lacks one, all that it lacks are chosen now.
pub fn of(state: &Path, wished: &Ports) -> Ports {
    let given = read(state);
    let found: Ports = wished.keys().filter_map(|name| Some((name.clone(), *given.get(name)?))).collect();
    if found.len() == wished.len() { found } else { choose(state, wished, false) }
}

/// Makes sure that the ports are free, and chooses others for those that are not. Returns whether any has changed.
pub fn settle(state: &Path, wished: &Ports) -> bool {
    let before = read(state);
    choose(state, wished, true) != before
}

/// `is_new` if they are about to be used: then each has to be free.
fn choose(state: &Path, wished: &Ports, is_new: bool) -> Ports {
    // Two checkouts that choose at the same time would both find a number free.
    let _one_at_a_time = state.parent().and_then(|states| lock(states).ok());
    let (given, mut taken) = (read(state), taken_by_others(state));
    let mut chosen = Ports::new();
    for (name, wish) in wished {
        let is_good = |port: &u16| !taken.contains(port) && is_free(*port);
        let kept = given.get(name).copied().filter(|port| !is_new || is_good(port));
        let port = kept.or_else(|| (*wish..=wish.saturating_add(TRIES)).find(is_good)).unwrap_or(*wish);
        taken.insert(port);
        chosen.insert(name.clone(), port);
    }
    if chosen != given {
        // In a state that cannot be written, nothing runs.
        let _ = Place::below(state).make().and_then(|()| write(state, &chosen));
    }
    chosen
}

fn read(state: &Path) -> Ports {
    let bytes = bounded::read(&file(state), most::RECORD).unwrap_or_default();
    serde_json::from_slice(&bytes).unwrap_or_default()
}

fn write(state: &Path, ports: &Ports) -> io::Result<()> {
    write_private(&file(state), &[&serde_json::to_vec(ports)?])
}

/// The ports of other checkouts whose services run: one that is starting does not listen yet.
fn taken_by_others(state: &Path) -> BTreeSet<u16> {
    let entries = state.parent().and_then(|states| fs_err::read_dir(states).ok()).into_iter().flatten().flatten();
    let others = entries.map(|entry| entry.path()).filter(|other| other != state && Place::below(other).is_leased());
    others.flat_map(|other| read(&other).into_values()).collect()
}

fn lock(states: &Path) -> io::Result<std::os::fd::OwnedFd> {
    let lock = open_lock(&states.join(".ports"), OFlags::CREATE)?;
    flock(&lock, FlockOperation::LockExclusive)?;
    Ok(lock)
}

/// Whether nothing listens on a port, at any address that a server would choose. A connection that was closed a moment
/// ago is nothing (`SO_REUSEADDR`, which the standard library sets).
fn is_free(port: u16) -> bool {
    let can_listen = |address: SocketAddr| match TcpListener::bind(address) {
        Ok(_) => true,
        // There may be no IPv6 here.
        Err(error) => matches!(error.kind(), io::ErrorKind::AddrNotAvailable | io::ErrorKind::Unsupported),
    };
    let v4 = [Ipv4Addr::LOCALHOST, Ipv4Addr::UNSPECIFIED].map(|address| SocketAddr::from((address, port)));
    let v6 = [Ipv6Addr::LOCALHOST, Ipv6Addr::UNSPECIFIED].map(|address| SocketAddr::from((address, port)));
    v4.into_iter().chain(v6).all(can_listen)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wished(ports: &[(&str, u16)]) -> Ports {
        ports.iter().map(|(name, port)| ((*name).to_owned(), *port)).collect()
    }

    /// A number that is free now, and so are those after it, in all likelihood.
    fn free() -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().port().min(60_000)
    }

    #[test]
    fn a_checkout_keeps_its_ports_until_another_has_them() {
        let states = tempfile::tempdir().unwrap();
        let state = states.path().join("one");
        fs_err::create_dir(&state).unwrap();
        let wish = wished(&[("PORT_A", free()), ("PORT_B", free())]);
        let first = of(&state, &wish);
        assert_eq!(of(&state, &wish), first);
        assert_ne!(first["PORT_A"], first["PORT_B"]);
        // As long as nothing is about to be started, it does not matter who listens.
        for address in ["127.0.0.1", "[::1]", "0.0.0.0"] {
            let Ok(listener) = TcpListener::bind(format!("{address}:{}", first["PORT_A"])) else { continue };
            assert_eq!(of(&state, &wish), first, "{address}");
            assert!(settle(&state, &wish), "{address}");
            let second = of(&state, &wish);
            assert!(second["PORT_A"] > first["PORT_A"] && second["PORT_B"] == first["PORT_B"], "{address}: {second:?}");
            drop(listener);
            fs_err::remove_file(file(&state)).unwrap();
            assert_eq!(of(&state, &wish), first, "{address}");
        }
        assert!(!settle(&state, &wish));
    }

    #[test]
    fn checkouts_that_run_do_not_clash() {
        let states = tempfile::tempdir().unwrap();
        let [one, two] = ["one", "two"].map(|name| states.path().join(name));
        fs_err::create_dir(&one).unwrap();
        fs_err::create_dir(&two).unwrap();
        let wish = wished(&[("PORT", free())]);
        assert_eq!(of(&one, &wish), of(&two, &wish));
        // The first starts, and does not listen yet.
        let lease = Place::below(&one).lease().unwrap();
        assert!(settle(&two, &wish));
        assert_ne!(of(&one, &wish), of(&two, &wish));
        drop(lease);
        let more = wished(&[("PORT", wish["PORT"]), ("OTHER", free())]);
        let (before, after) = (of(&one, &wish), of(&one, &more));
        assert_eq!((after.len(), after["PORT"]), (2, before["PORT"]));
    }
}
