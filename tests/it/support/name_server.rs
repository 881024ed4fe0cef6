//! A name server where programs look for one, at port 53, on an address of the loopback interface that is its own.

use std::net::{IpAddr, Ipv4Addr, UdpSocket};
use std::sync::{Arc, Mutex};

use simple_dns::rdata::{A, RData};
use simple_dns::{CLASS, Packet, QTYPE, RCODE, ResourceRecord, TYPE};

/// Serves until the tests end.
#[must_use]
pub struct NameServer {
    address: IpAddr,
    /// The names that were asked for.
    log: Arc<Mutex<Vec<String>>>,
}

impl NameServer {
    /// One that knows these names, all as this machine, and says of others that there are none. `None` where this
    /// user may not have port 53.
    pub fn with(known: &'static [&'static str]) -> Option<Self> {
        let (address, socket) = bind()?;
        let log = Arc::new(Mutex::new(Vec::new()));
        let asked = Arc::clone(&log);
        std::thread::spawn(move || {
            let mut bytes = [0; 512];
            while let Ok((length, from)) = socket.recv_from(&mut bytes) {
                let mut packet = Packet::parse(&bytes[..length]).unwrap().into_reply();
                let question = packet.questions[0].clone();
                let name = question.qname.to_string();
                if !known.contains(&name.as_str()) {
                    *packet.rcode_mut() = RCODE::NameError;
                } else if question.qtype == QTYPE::TYPE(TYPE::A) {
                    let data = RData::A(A::from(Ipv4Addr::LOCALHOST));
                    packet.answers.push(ResourceRecord::new(question.qname, CLASS::IN, 60, data));
                }
                asked.lock().unwrap().push(name);
                socket.send_to(&packet.build_bytes_vec().unwrap(), from).unwrap();
            }
        });
        Some(Self { address, log })
    }

    /// One that never answers.
    pub fn silent() -> Option<Self> {
        let (address, socket) = bind()?;
        let log = Arc::new(Mutex::new(Vec::new()));
        let asked = Arc::clone(&log);
        std::thread::spawn(move || {
            while socket.recv_from(&mut [0; 512]).is_ok() {
                asked.lock().unwrap().push(String::new());
            }
        });
        Some(Self { address, log })
    }

    pub const fn address(&self) -> IpAddr {
        self.address
    }

    /// The names that were asked for, each once.
    pub fn names(&self) -> Vec<String> {
        let mut names = self.log.lock().unwrap().clone();
        names.sort();
        names.dedup();
        names
    }

    /// How many questions there were.
    pub fn count(&self) -> usize {
        self.log.lock().unwrap().len()
    }
}

/// Port 53 of an address that no other has.
fn bind() -> Option<(IpAddr, UdpSocket)> {
    (2..=254).find_map(|last| {
        let address = IpAddr::from([127, 53, 53, last]);
        Some((address, UdpSocket::bind((address, 53)).ok()?))
    })
}
