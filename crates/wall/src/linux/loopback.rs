//! `localhost` in a network namespace of its own, where it is down at first.

use rustix::net::{AddressFamily, SocketFlags, SocketType, socket_with};

use super::at::At as _;
use super::system;
use crate::fault::Fault;

pub fn up() -> Result<(), Fault> {
    let step = || "switch on localhost".to_owned();
    let socket = socket_with(AddressFamily::INET, SocketType::DGRAM, SocketFlags::CLOEXEC, None).at(step)?;
    system::loopback_up(&socket).at(step)
}
