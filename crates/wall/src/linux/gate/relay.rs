//! The loop of the gate: connections from inside, and to the ports that are published, each joined with one to the other
//! side. What takes time, which is connecting, has a thread of its own each.

use std::collections::HashMap;
use std::io;
use std::mem::MaybeUninit;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::os::fd::{AsFd, OwnedFd};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{Builder, Scope};
use std::time::Duration;

use rustix::event::epoll::{self, CreateFlags, Event, EventData, EventFlags};
use rustix::event::{EventfdFlags, eventfd};
use rustix::io::Errno;
use rustix::net::sockopt::set_socket_linger;

use super::channel::{Channel, Request};
use super::pair::Pair;
use crate::gate::Gate;

/// Where connections go.
#[derive(Debug)]
pub enum Target {
    /// To a host, by its name or address.
    Outside(String, u16),
    /// To a port inside.
    Inside(u16),
}

/// What the loop gets from other threads.
enum Arrival {
    Listener(TcpListener, Arc<Target>),
    Pair(Pair),
}

/// The end of the wall, something that has arrived; all other numbers are of listeners and pairs.
const END: u64 = u64::MAX;
const ARRIVAL: u64 = u64::MAX - 1;

/// How much is read at once.
const SPACE: usize = 256 << 10;
const STACK: usize = 256 << 10;

pub struct Relay<'g> {
    gate: &'g dyn Gate,
    channel: Mutex<Channel>,
    epoll: OwnedFd,
    wake: OwnedFd,
    arrivals: Mutex<Vec<Arrival>>,
}

/// What only the loop knows.
#[derive(Default)]
struct Known {
    count: u64,
    listeners: HashMap<u64, (TcpListener, Arc<Target>)>,
    pairs: HashMap<u64, (Pair, [EventFlags; 2])>,
}

impl<'g> Relay<'g> {
    pub fn new(gate: &'g dyn Gate, channel: Channel) -> Result<Self, Errno> {
        let epoll = epoll::create(CreateFlags::CLOEXEC)?;
        let wake = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?;
        epoll::add(&epoll, &wake, EventData::new_u64(ARRIVAL), EventFlags::IN)?;
        epoll::add(&epoll, &channel, EventData::new_u64(END), EventFlags::RDHUP)?;
        Ok(Self { gate, channel: Mutex::new(channel), epoll, wake, arrivals: Mutex::default() })
    }

    /// A socket in the wall's network.
    pub fn ask(&self, request: Request) -> Result<OwnedFd, Errno> {
        self.channel.lock().unwrap_or_else(PoisonError::into_inner).ask(request)
    }

    pub fn listen(&self, listener: TcpListener, target: Target) {
        self.arrive(Arrival::Listener(listener, Arc::new(target)));
    }

    fn arrive(&self, arrival: Arrival) {
        self.arrivals.lock().unwrap_or_else(PoisonError::into_inner).push(arrival);
        let _ = rustix::io::write(&self.wake, &1_u64.to_ne_bytes());
    }

    /// Until the wall has ended.
    pub fn run<'s>(&'s self, scope: &'s Scope<'s, '_>) -> Result<(), Errno> {
        let mut known = Known::default();
        let mut space = vec![0; SPACE];
        loop {
            let mut events = [MaybeUninit::<Event>::uninit(); 64];
            let events = match epoll::wait(&self.epoll, &mut events, None) {
                Ok((events, _)) => events,
                Err(Errno::INTR) => continue,
                Err(error) => return Err(error),
            };
            for event in events {
                match event.data.u64() {
                    END => return Ok(()),
                    ARRIVAL => self.take_in(&mut known),
                    number if known.listeners.contains_key(&number) => self.accept(scope, &known.listeners[&number]),
                    number => self.pump(&mut known, number & !1, &mut space),
                }
            }
        }
    }

    fn take_in(&self, known: &mut Known) {
        let _ = rustix::io::read(&self.wake, &mut [0; 8]);
        let arrivals = std::mem::take(&mut *self.arrivals.lock().unwrap_or_else(PoisonError::into_inner));
        for arrival in arrivals {
            let number = known.count;
            known.count += 2;
            match arrival {
                Arrival::Listener(listener, target) => {
                    if listener.set_nonblocking(true).is_ok()
                        && epoll::add(&self.epoll, &listener, EventData::new_u64(number), EventFlags::IN).is_ok()
                    {
                        known.listeners.insert(number, (listener, target));
                    }
                }
                Arrival::Pair(pair) => {
                    known.pairs.insert(number, (pair, [EventFlags::empty(); 2]));
                    self.wait_for(known, number);
                }
            }
        }
    }

    fn accept<'s>(&'s self, scope: &'s Scope<'s, '_>, (listener, target): &(TcpListener, Arc<Target>)) {
        while let Ok((stream, _)) = listener.accept() {
            let target = Arc::clone(target);
            let join = move || match self.connect(&target).and_then(|other| Pair::new(stream.try_clone()?, other)) {
                Ok(pair) => self.arrive(Arrival::Pair(pair)),
                // The program inside sees that there is no connection, and not one that says nothing.
                Err(_) => reset(&stream),
            };
            let _ = Builder::new().stack_size(STACK).spawn_scoped(scope, join);
        }
    }

    fn connect(&self, target: &Target) -> io::Result<TcpStream> {
        match target {
            Target::Outside(host, port) => self.gate.connect(host, *port),
            Target::Inside(port) => {
                let on = |ip: IpAddr| self.ask(Request::Connect(SocketAddr::new(ip, *port)));
                let socket = on(Ipv4Addr::LOCALHOST.into()).or_else(|_| on(Ipv6Addr::LOCALHOST.into()))?;
                Ok(TcpStream::from(socket))
            }
        }
    }

    fn pump(&self, known: &mut Known, number: u64, space: &mut [u8]) {
        let Some((pair, _)) = known.pairs.get_mut(&number) else { return };
        match pair.pump(space) {
            Ok(true) => return self.wait_for(known, number),
            Ok(false) => {}
            // What broke off must not look like an end.
            Err(_) => pair.ends.iter().for_each(reset),
        }
        known.pairs.remove(&number);
    }

    /// Waits for what a pair has to wait for. An end of which nothing is wanted is left out, since its errors would be
    /// reported again and again.
    fn wait_for(&self, known: &mut Known, number: u64) {
        let Some((pair, waited)) = known.pairs.get_mut(&number) else { return };
        for (end, token) in [(0, number), (1, number + 1)] {
            let interest = pair.interest(end);
            let (stream, data) = (pair.ends[end].as_fd(), EventData::new_u64(token));
            let _ = match (waited[end].is_empty(), interest.is_empty()) {
                _ if waited[end] == interest => Ok(()),
                (true, _) => epoll::add(&self.epoll, stream, data, interest),
                (false, true) => epoll::delete(&self.epoll, stream),
                (false, false) => epoll::modify(&self.epoll, stream, data, interest),
            };
            waited[end] = interest;
        }
    }
}

/// When it is closed, the other side is told that it broke off (`RST`).
fn reset(stream: &TcpStream) {
    let _ = set_socket_linger(stream, Some(Duration::ZERO));
}
