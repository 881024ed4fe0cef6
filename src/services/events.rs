//! What the manager takes note of, and the threads that bring it: what services do, what other commands ask, what the owner
//! orders.

use std::os::fd::OwnedFd;
use std::process::ExitStatus;
use std::sync::mpsc::Sender;
use std::thread;

use super::Request;
use super::control::{Answering, Server};

/// What the owner orders, one byte each.
pub mod order {
    /// Ends all services; a second one, at once.
    pub const STOP: u8 = b's';
    /// The owner ends, and the services go on.
    pub const DETACH: u8 = devshell_wall::DETACH;
}

/// Something that the manager takes note of.
pub enum Event {
    Happened {
        index: usize,
        number: u64,
        what: Happened,
    },
    /// By a connection, which has a number.
    Asked(u64, Request, Answering),
    /// A connection has ended.
    Left(u64),
    /// The owner's; `None` when it has ended.
    Ordered(Option<u8>),
}

/// What happens to a service.
pub enum Happened {
    Ended(ExitStatus),
    Ready,
}

/// Takes the questions of other commands, each in a thread of its own.
pub fn serve(server: &Server, events: &Sender<Event>) {
    for number in 0.. {
        let Ok(mut asking) = server.accept() else { return };
        let events = events.clone();
        let _ = thread::Builder::new().spawn(move || {
            while let Some((request, answering)) = asking.next() {
                if events.send(Event::Asked(number, request, answering)).is_err() {
                    return;
                }
            }
            // The manager is gone when no one hears it.
            let _ = events.send(Event::Left(number));
        });
    }
}

/// Takes the owner's orders.
pub fn obey(orders: &OwnedFd, events: &Sender<Event>) {
    loop {
        let mut order = [0];
        let order = match rustix::io::read(orders, &mut order) {
            Err(rustix::io::Errno::INTR) => continue,
            Ok(0) | Err(_) => None,
            Ok(_) => Some(order[0]),
        };
        if events.send(Event::Ordered(order)).is_err() || order.is_none() {
            return;
        }
    }
}
