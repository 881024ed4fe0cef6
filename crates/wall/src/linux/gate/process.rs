//! The process outside that is the gate of a wall.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, UdpSocket};
use std::thread::Builder;

use rustix::io::Errno;
use rustix::pipe::{PipeFlags, pipe_with};
use rustix::process::{
    Pid, Resource, Rlimit, Signal, WaitOptions, getrlimit, kill_process, set_parent_process_death_signal, setrlimit,
    setsid, waitpid,
};

use super::super::at::At as _;
use super::super::system;
use super::channel::{Channel, Request};
use super::names::Names;
use super::question::{Question, Said};
use super::relay::{Relay, Target};
use crate::fault::Fault;
use crate::gate::Gate;

/// What it may say at the end, in bytes.
const LONGEST_REPORT: u64 = 1 << 20;

pub struct Process {
    process: Pid,
    report: File,
}

impl Process {
    /// Starts it. The channel is for the first process inside. The calling process must have a single thread.
    pub fn start(gate: &dyn Gate, published: &[u16]) -> Result<(Self, Channel), Fault> {
        let listeners = published.iter().flat_map(|port| publish(*port)).collect::<Result<Vec<_>, _>>()?;
        let (own, inside) = Channel::pair()?;
        let (report, sender) = pipe_with(PipeFlags::CLOEXEC).at(|| "make a pipe".to_owned())?;
        let Some(process) = system::fork().at(|| "start a process".to_owned())? else {
            drop((inside, report));
            // Keys of the terminal are meant for others.
            let _ = setsid();
            let _ = set_parent_process_death_signal(Some(Signal::KILL));
            Service { gate, sender: sender.into() }.run(own, listeners);
        };
        Ok((Self { process, report: report.into() }, inside))
    }

    /// What it has to say once the wall has ended.
    pub fn end(self) -> Vec<u8> {
        let mut report = Vec::new();
        let _ = self.report.take(LONGEST_REPORT).read_to_end(&mut report);
        let _ = kill_process(self.process, Signal::KILL);
        let _ = waitpid(Some(self.process), WaitOptions::empty());
        report
    }
}

/// Listeners of the host for a port that is published: of `localhost`, and of no other network.
fn publish(port: u16) -> Vec<Result<(TcpListener, u16), Fault>> {
    let step = || format!("publish port {port}");
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).at(step).map(|listener| (listener, port));
    // A machine may have no version 6.
    let other = TcpListener::bind((Ipv6Addr::LOCALHOST, port)).ok().map(|listener| Ok((listener, port)));
    std::iter::once(listener).chain(other).collect()
}

/// What the process does.
struct Service<'g> {
    gate: &'g dyn Gate,
    /// For the report.
    sender: File,
}

impl Service<'_> {
    /// Serves until the wall has ended.
    fn run(self, channel: Channel, published: Vec<(TcpListener, u16)>) -> ! {
        allow_many_connections();
        let Ok((questions, relay)) = open(self.gate, channel, published) else { self.leave() };
        std::thread::scope(|scope| {
            let answer = || answer_all(self.gate, &relay, &questions);
            let _ = Builder::new().spawn_scoped(scope, answer);
            let _ = relay.run(scope);
            self.leave()
        })
    }

    /// Threads that wait for the network would never end by themselves.
    fn leave(&self) -> ! {
        let _ = (&self.sender).write_all(&self.gate.report());
        system::exit(0)
    }
}

fn open(
    gate: &dyn Gate,
    channel: Channel,
    published: Vec<(TcpListener, u16)>,
) -> Result<(UdpSocket, Relay<'_>), Errno> {
    let questions = UdpSocket::from(channel.answer()?);
    let mut first = Vec::new();
    for address in gate.addresses() {
        first.push((TcpListener::from(channel.answer()?), address));
    }
    let relay = Relay::new(gate, channel)?;
    for (listener, port) in published {
        relay.listen(listener, Target::Inside(port));
    }
    for (listener, address) in first {
        relay.listen(listener, Target::Outside(address.ip().to_string(), address.port()));
    }
    Ok((questions, relay))
}

fn answer_all(gate: &dyn Gate, relay: &Relay<'_>, questions: &UdpSocket) {
    let mut names = Names::default();
    let mut bytes = [0; 1500];
    while let Ok((length, from)) = questions.recv_from(&mut bytes) {
        let Some(question) = Question::of(&bytes[..length]) else { continue };
        let said = say(gate, relay, &mut names, &question);
        if let Some(answer) = question.answer(said) {
            let _ = questions.send_to(&answer, from);
        }
    }
}

fn say(gate: &dyn Gate, relay: &Relay<'_>, names: &mut Names, question: &Question<'_>) -> Said {
    let name = &question.name;
    let ports = gate.ports(name);
    if ports.is_empty() {
        // Programs ask for both kinds of addresses.
        if !question.is_for_other_address {
            gate.refused(name);
        }
        return Said::NoName;
    }
    if !question.is_for_address {
        return Said::Nothing;
    }
    let Some((address, is_new)) = names.address(name) else { return Said::Failure };
    for port in ports.into_iter().filter(|_| is_new) {
        let listener = relay.ask(Request::Listen(SocketAddr::new(address.into(), port)));
        let Ok(listener) = listener else { return Said::Failure };
        relay.listen(TcpListener::from(listener), Target::Outside(name.clone(), port));
    }
    Said::Address(address)
}

/// Each connection needs two descriptors.
fn allow_many_connections() {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    let _ = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum });
}
