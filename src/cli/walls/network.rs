//! The network of a wall: what the command line or the manifest lets through, as far as the user's own settings do too.

use std::net::IpAddr;

use devshell_wall::{Gate, Network as Kind};
use url::{Host, Url};

use super::settings::Tightened;
use crate::cli::Context;
use crate::cli::failure::Failure;
use crate::gate::NameGate;
use crate::manifest::{Destination, Hosts, Network};
use crate::name::SourceLabel;
use crate::net::Dialer;
use crate::project::Project;
use crate::road::RoadError;

pub struct Reached {
    pub network: Kind,
    pub gate: Option<Box<dyn Gate>>,
    /// Whether nothing passes, neither way.
    pub is_closed: bool,
}

pub fn of(cx: &Context, project: &Project, wishes: &Tightened) -> Result<Reached, Failure> {
    let mut lists = Vec::new();
    for network in [&wishes.sandbox.net, &wishes.most] {
        if let Network::Only(destinations) = network {
            lists.push(known(cx, project, destinations)?);
        }
    }
    if lists.is_empty() {
        return Ok(Reached { network: Kind::Host, gate: None, is_closed: false });
    }
    let published = wishes.sandbox.publish.clone();
    let is_closed = published.is_empty() && lists.iter().any(Vec::is_empty);
    let gate = NameGate::new(lists, Dialer::of_machine(cx.host.patience));
    Ok(Reached { network: Kind::Gated { published }, gate: Some(Box::new(gate)), is_closed })
}

/// The same with registries as the hosts that they are today.
fn known(cx: &Context, project: &Project, destinations: &[Destination]) -> Result<Vec<Destination>, Failure> {
    let mut known = Vec::new();
    for destination in destinations {
        match destination {
            Destination::Registry(label) => known.extend(hosts(cx, project, *label)?),
            other => known.push(other.clone()),
        }
    }
    Ok(known)
}

fn hosts(cx: &Context, project: &Project, label: SourceLabel) -> Result<Vec<Destination>, Failure> {
    let road = cx.road();
    let manifest = road.read_manifest(project)?;
    let addresses = road.sources(project, &manifest).of(label).addresses();
    let addresses = addresses.map_err(|error| Failure::from(RoadError::Resolve(vec![error])).before_start())?;
    Ok(addresses.iter().filter_map(destination).collect())
}

fn destination(url: &Url) -> Option<Destination> {
    let ports = vec![url.port_or_known_default()?];
    Some(match url.host()? {
        Host::Domain("localhost") => Destination::Address(IpAddr::from([127, 0, 0, 1]), ports),
        Host::Domain(name) => Destination::Named(Hosts::Name(name.to_ascii_lowercase()), ports),
        Host::Ipv4(address) => Destination::Address(address.into(), ports),
        Host::Ipv6(address) => Destination::Address(address.into(), ports),
    })
}
