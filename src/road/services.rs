//! The services of a project as a step of the road: their ports, which are part of its environment, and what starting them
//! takes.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use super::Ready;
use super::basis::Basis;
use crate::env::Variables;
use crate::host::project_key;
use crate::manifest::{Expansion, Layer, OwnVariables, Readiness, Service};
use crate::name::VarName;
use crate::project::Project;
use crate::services::ports::{self, Ports};
use crate::services::{Planned, Sign};

/// The ports that this checkout was given, each with the line of its wish.
pub(super) fn ports(state: &Path, layer: &Layer, basis: &mut Basis) -> Vec<(VarName, u16, usize)> {
    let wished = wished(layer.services.values());
    if wished.is_empty() {
        return Vec::new();
    }
    let given = ports::of(state, &wished);
    basis.stamps.push(ports::file(state));
    let given = |name: &VarName| given.get(name.as_str()).copied();
    layer.ports().filter_map(|port| Some((port.name.clone(), given(&port.name)?, port.line))).collect()
}

/// The ports that the services of an environment wish for.
pub fn wished_ports(ready: &Ready) -> Ports {
    wished(ready.services.iter().map(|(_, service)| service))
}

fn wished<'s>(services: impl Iterator<Item = &'s Service>) -> Ports {
    services.flat_map(|service| &service.ports).map(|port| (port.name.to_string(), port.wished)).collect()
}

/// Variables with those that one script or service adds.
pub fn own_variables(own: &OwnVariables, variables: &Variables) -> Variables {
    let mut variables = variables.clone();
    for (name, value) in own {
        let value = expanded(value, &variables);
        variables.insert(OsString::from(name.as_str()), value.into());
    }
    variables
}

/// All services of an environment, with its variables.
pub fn planned(project: &Project, ready: &Ready, variables: &Variables) -> Vec<Planned> {
    let key = project_key(&project.root);
    ready.services.iter().map(|(name, service)| plan(project, ready, &key, (name, service), variables)).collect()
}

fn plan(
    project: &Project,
    ready: &Ready,
    key: &str,
    (name, service): (&String, &Service),
    variables: &Variables,
) -> Planned {
    let variables = own_variables(&service.variables, variables);
    let is_service = |need: &&String| ready.services.iter().any(|(name, _)| name == *need);
    let port = |name: &str| variables.get(OsStr::new(name))?.to_str()?.parse().ok();
    let ports = service.ports.iter().map(|it| it.name.to_string()).filter_map(|name| port(&name).map(|it| (name, it)));
    Planned {
        name: name.clone(),
        project: key.to_owned(),
        run: service.run.clone(),
        prepare: service.prepare.clone(),
        ready: service.ready.as_ref().and_then(|ready| sign(ready, &variables)),
        stop: service.stop.unwrap_or_default(),
        restart: service.restart,
        needs: service.needs.iter().filter(is_service).cloned().collect(),
        directory: service.directory.as_ref().map_or_else(|| project.root.clone(), |below| project.root.join(below)),
        ports: ports.collect(),
        variables,
    }
}

fn sign(ready: &Readiness, variables: &Variables) -> Option<Sign> {
    Some(match ready {
        Readiness::Command(line) => Sign::Command(line.clone()),
        Readiness::Port(port) => Sign::Port(expanded(port, variables).trim().parse().ok()?),
        Readiness::Socket(path) => Sign::Socket(expanded(path, variables).into()),
        Readiness::Http(url) => Sign::Http(expanded(url, variables)),
        Readiness::Line(text) => Sign::Line(text.clone()),
    })
}

fn expanded(value: &Expansion, variables: &Variables) -> String {
    value.with(|name| variables.get(OsStr::new(name.as_str())).map(|value| value.to_string_lossy().into_owned()))
}
