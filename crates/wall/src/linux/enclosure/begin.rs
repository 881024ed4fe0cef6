//! The start of an enclosure: from one process on, the code goes on in two, the owner's and the manager's.

use rustix::process::{Pid, Signal, WaitOptions, getegid, geteuid, kill_process, waitpid};

use super::super::at::At as _;
use super::super::message::Message;
use super::super::namespaces;
use super::super::probe::MAKE_NAMESPACES;
use super::super::system;
use super::alone::stand_alone;
use super::channels::{self, BEGIN, Inner};
use super::owner::Enclosure;
use super::{first, keeper, namespace};
use crate::enclosure::Manager;
use crate::fault::Fault;
use crate::plan::Users;

/// Which process this is.
pub enum Side {
    Owner(Enclosure),
    Manager(Manager),
}

/// Starts the processes. The ones between owner and manager do not return from this.
pub fn begin(has_namespace: bool) -> Result<Side, Fault> {
    let (owners, inner) = channels::open()?;
    let flags = if has_namespace { namespace::FLAGS } else { 0 };
    let Some(process) = system::fork_into(flags).at(|| MAKE_NAMESPACES.to_owned())? else {
        drop(owners);
        return Ok(Side::Manager(inside(inner, has_namespace)));
    };
    drop(inner);
    let mut enclosure = Enclosure::new(process, owners, has_namespace);
    let map = || if has_namespace { map(process) } else { Ok(()) };
    match map().and_then(|()| enclosure.begin()) {
        Ok(()) => Ok(Side::Owner(enclosure)),
        Err(fault) => {
            let _ = kill_process(process, Signal::KILL);
            let _ = waitpid(Some(process), WaitOptions::empty());
            Err(fault)
        }
    }
}

/// Anyone keeps their numbers, but root.
fn map(process: Pid) -> Result<(), Fault> {
    if geteuid().is_root() {
        namespaces::map(process, Users::RootAsNobody)
    } else {
        namespaces::map_one(process, geteuid().as_raw(), getegid().as_raw())
    }
}

/// Returns in the manager's process only.
fn inside(inner: Inner, has_namespace: bool) -> Manager {
    stand_alone();
    let Ok(mut reports) = inner.reports.try_clone() else { system::exit(1) };
    match start(inner, has_namespace) {
        Ok(manager) => manager,
        Err(fault) => {
            Message::Failed(fault).send(&mut reports);
            system::exit(1)
        }
    }
}

fn start(inner: Inner, has_namespace: bool) -> Result<Manager, Fault> {
    wait_for_the_owner(&inner)?;
    if has_namespace {
        namespace::build()?;
        return first::start(inner, None);
    }
    let (inner, keeper) = keeper::keep(inner)?;
    first::start(inner, Some(keeper))
}

fn wait_for_the_owner(inner: &Inner) -> Result<(), Fault> {
    let mut order = [0];
    match rustix::io::read(&inner.lease, &mut order) {
        Ok(1) if order == [BEGIN] => Ok(()),
        // It has ended, or could not give this process its users.
        Ok(_) => system::exit(1),
        Err(error) => Err(error).at(|| "hear the owner".to_owned()),
    }
}
