//! The lookup against name servers of the test's own, good ones and others.

use std::io::{Read as _, Write as _};
use std::net::{IpAddr, SocketAddr, TcpListener, UdpSocket};
use std::sync::{Arc, Barrier, Mutex};
use std::time::{Duration, Instant};

use simple_dns::rdata::{A, AAAA, CNAME, RData};
use simple_dns::{CLASS, Name, Packet, PacketFlag, QTYPE, RCODE, ResourceRecord, TYPE};

use super::NameError;
use super::config::Config;
use super::lookup::lookup;
use super::resolver::Names;
use super::shared::Shared;

/// How long a test waits for what must come.
const LONG: Duration = Duration::from_secs(30);

/// How long it waits for what never comes.
const SHORT: Duration = Duration::from_millis(100);

/// A question as a server sees it.
struct Asked<'a> {
    packet: Packet<'a>,
    name: String,
    is_v6: bool,
    is_tcp: bool,
    from: SocketAddr,
}

type Zone = dyn Fn(&Asked) -> Vec<Vec<u8>> + Send + Sync;

/// A name server, over UDP and TCP on one port, that sends what a function says.
struct Server {
    address: SocketAddr,
    log: Arc<Mutex<Vec<String>>>,
}

impl Server {
    fn new(zone: impl Fn(&Asked) -> Vec<Vec<u8>> + Send + Sync + 'static) -> Self {
        let (zone, log): (Arc<Zone>, _) = (Arc::new(zone), Arc::new(Mutex::new(Vec::new())));
        // One port for both, which may take some tries.
        let sockets = std::iter::repeat_with(|| {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            (UdpSocket::bind(listener.local_addr().unwrap()), listener)
        });
        let (socket, listener) =
            sockets.into_iter().find_map(|(socket, listener)| Some((socket.ok()?, listener))).unwrap();
        let address = listener.local_addr().unwrap();
        let (udp_zone, udp_log) = (zone.clone(), log.clone());
        std::thread::spawn(move || {
            let mut bytes = [0; 512];
            while let Ok((length, from)) = socket.recv_from(&mut bytes) {
                for reply in answer(&udp_zone, &udp_log, &bytes[..length], from, false) {
                    let _ = socket.send_to(&reply, from);
                }
            }
        });
        let tcp_log = log.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (mut stream, mut length) = (stream.unwrap(), [0; 2]);
                let from = stream.peer_addr().unwrap();
                stream.read_exact(&mut length).unwrap();
                let mut bytes = vec![0; u16::from_be_bytes(length).into()];
                stream.read_exact(&mut bytes).unwrap();
                for reply in answer(&zone, &tcp_log, &bytes, from, true) {
                    // In pieces, as a network may deliver it.
                    let length = u16::try_from(reply.len()).unwrap().to_be_bytes();
                    length.iter().chain(&reply).for_each(|byte| drop(stream.write_all(&[*byte])));
                }
            }
        });
        Self { address, log }
    }

    /// What was asked, sorted, since both kinds are asked for at once.
    fn log(&self) -> Vec<String> {
        let mut log = self.log.lock().unwrap().clone();
        log.sort();
        log
    }
}

fn answer(zone: &Arc<Zone>, log: &Mutex<Vec<String>>, bytes: &[u8], from: SocketAddr, is_tcp: bool) -> Vec<Vec<u8>> {
    let packet = Packet::parse(bytes).unwrap();
    assert!(packet.has_flags(PacketFlag::RECURSION_DESIRED));
    let name = packet.questions[0].qname.to_string();
    let is_v6 = packet.questions[0].qtype == QTYPE::TYPE(TYPE::AAAA);
    let (kind, way) = (if is_v6 { "AAAA" } else { "A" }, if is_tcp { " tcp" } else { "" });
    log.lock().unwrap().push(format!("{name} {kind}{way}"));
    zone(&Asked { packet, name, is_v6, is_tcp, from })
}

impl Asked<'_> {
    fn reply(&self, change: impl FnOnce(&mut Packet)) -> Vec<u8> {
        let mut packet = self.packet.clone().into_reply();
        change(&mut packet);
        packet.build_bytes_vec_compressed().unwrap()
    }

    fn fails(&self, code: RCODE) -> Vec<Vec<u8>> {
        vec![self.reply(|packet| *packet.rcode_mut() = code)]
    }

    /// Those of the addresses that are of the kind asked for.
    fn addresses(&self, of: &str, texts: &[&str]) -> Vec<Vec<u8>> {
        let name = Name::new(of).unwrap().into_owned();
        let records = texts.iter().filter_map(|text| {
            let data = match text.parse().unwrap() {
                IpAddr::V4(address) if !self.is_v6 => RData::A(A::from(address)),
                IpAddr::V6(address) if self.is_v6 => RData::AAAA(AAAA::from(address)),
                _ => return None,
            };
            Some(ResourceRecord::new(name.clone(), CLASS::IN, 60, data))
        });
        vec![self.reply(|packet| packet.answers = records.collect())]
    }

    fn alias(&self, target: &'static str) -> Vec<Vec<u8>> {
        let (name, target) = (Name::new(&self.name).unwrap().into_owned(), Name::new(target).unwrap());
        let record = ResourceRecord::new(name, CLASS::IN, 60, RData::CNAME(CNAME(target)));
        vec![self.reply(|packet| packet.answers = vec![record])]
    }
}

/// A server that knows one name.
fn good() -> Server {
    Server::new(|asked| match asked.name.to_ascii_lowercase().as_str() {
        "registry.example" => asked.addresses(&asked.name, &["192.0.2.1", "192.0.2.2", "2001:db8::1"]),
        _ => asked.fails(RCODE::NameError),
    })
}

fn silent() -> Server {
    Server::new(|_| Vec::new())
}

/// A configuration with these servers, which get little time.
fn config(servers: &[&Server], options: &str) -> Config {
    let mut config = Config::parse(options, "box", |_| None);
    config.servers = servers.iter().map(|server| server.address).collect();
    config.timeout = SHORT;
    config
}

fn ask(config: &Config, name: &str) -> Result<String, NameError> {
    let addresses = lookup(config, name, Instant::now() + LONG)?;
    let texts: Vec<String> = addresses.iter().map(ToString::to_string).collect();
    Ok(texts.join(" "))
}

/// The error when there is no address.
fn refusal(config: &Config, name: &str) -> String {
    ask(config, name).unwrap_err().to_string()
}

#[test]
fn both_kinds_of_addresses_are_found() {
    let server = good();
    let patient = Config { timeout: LONG, ..config(&[&server], "") };
    assert_eq!(ask(&patient, "Registry.example.").unwrap(), "2001:db8::1 192.0.2.1 192.0.2.2");
    assert_eq!(server.log(), ["Registry.example A", "Registry.example AAAA"]);
    let tcp = Config { timeout: LONG, ..config(&[&server], "options use-vc") };
    assert_eq!(ask(&tcp, "registry.example").unwrap(), "2001:db8::1 192.0.2.1 192.0.2.2");
    assert_eq!(server.log()[2..], ["registry.example A tcp", "registry.example AAAA tcp"]);
}

#[test]
fn a_truncated_answer_comes_over_tcp() {
    let many: Vec<String> = (0..100).map(|last| format!("192.0.2.{last}")).collect();
    let texts = many.join(" ");
    let server = Server::new(move |asked| {
        let whole = asked.addresses(&asked.name, &many.iter().map(String::as_str).collect::<Vec<_>>());
        let cut = || vec![asked.reply(|packet| packet.set_flags(PacketFlag::TRUNCATION))];
        if asked.is_tcp || asked.is_v6 { whole } else { cut() }
    });
    let patient = Config { timeout: LONG, ..config(&[&server], "") };
    assert_eq!(ask(&patient, "many.example").unwrap(), texts);
    assert_eq!(server.log(), ["many.example A", "many.example A tcp", "many.example AAAA"]);
    let always = Server::new(|asked| vec![asked.reply(|packet| packet.set_flags(PacketFlag::TRUNCATION))]);
    let told = refusal(&Config { timeout: LONG, ..config(&[&always], "") }, "many.example");
    assert_eq!(told, "`many.example` cannot be looked up: the name server `127.0.0.1` answers what was not asked");
}

#[test]
fn aliases_are_followed_and_circles_end() {
    let server = Server::new(|asked| match asked.name.as_str() {
        "a.example" => asked.alias("b.example"),
        "b.example" => asked.alias("c.example"),
        "c.example" => asked.addresses("c.example", &["192.0.2.1"]),
        "here.example" => asked.alias("there.example"),
        "there.example" => asked.alias("here.example"),
        "odd.example" => asked.alias(r"o\.dd.example"),
        "gone.example" => asked.alias("nowhere.example"),
        _ => asked.fails(RCODE::NameError),
    });
    let config = Config { timeout: LONG, ..config(&[&server], "search .") };
    assert_eq!(ask(&config, "a.example").unwrap(), "192.0.2.1");
    assert_eq!(refusal(&config, "here.example"), "`here.example` leads from alias to alias");
    assert_eq!(refusal(&config, "odd.example"), "`odd.example` has no address");
    assert_eq!(refusal(&config, "gone.example"), "no name server knows `gone.example`");
}

#[test]
fn what_others_send_is_passed_over() {
    let noisy = Server::new(|asked| {
        let other = asked.packet.id() ^ 1;
        let forged = asked.addresses(&asked.name, &["203.0.113.66", "2001:db8::66"]).remove(0);
        let mut with_other_id = forged.clone();
        with_other_id[..2].copy_from_slice(&other.to_be_bytes());
        let mut about_another = forged.clone();
        about_another[13] = b'x';
        let mut a_question = forged;
        a_question[2] &= 0x7f;
        let right = asked.addresses(&asked.name, &["192.0.2.1", "2001:db8::1"]).remove(0);
        vec![Vec::new(), b"x".to_vec(), with_other_id, about_another, a_question, right]
    });
    let patient = Config { timeout: LONG, ..config(&[&noisy], "") };
    assert_eq!(ask(&patient, "registry.example").unwrap(), "2001:db8::1 192.0.2.1");
    // The right answer, from another port than the one that was asked.
    let elsewhere = Server::new(|asked| {
        let reply = asked.addresses(&asked.name, &["203.0.113.66"]).remove(0);
        UdpSocket::bind("127.0.0.1:0").unwrap().send_to(&reply, asked.from).unwrap();
        Vec::new()
    });
    let told = refusal(&Config { attempts: 1, ..config(&[&elsewhere], "") }, "registry.example");
    assert_eq!(told, "`registry.example` cannot be looked up: the name server `127.0.0.1` does not answer");
}

#[test]
fn the_next_server_is_asked_when_one_is_no_help() {
    let (good, silent) = (good(), silent());
    let failing = Server::new(|asked| asked.fails(RCODE::ServerFailure));
    let senseless = Server::new(|asked| vec![[&asked.packet.id().to_be_bytes()[..], &[0x80; 10]].concat()]);
    // Its port is closed again by now.
    let closed = Server { address: UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap(), log: Arc::default() };
    for other in [&silent, &failing, &senseless, &closed] {
        let config = Config { attempts: 1, ..config(&[other, &good], "") };
        assert!(ask(&config, "registry.example").unwrap().ends_with("192.0.2.1 192.0.2.2"), "{}", other.address);
    }
    let count = silent.log().len();
    assert!(refusal(&config(&[&silent], "options attempts:3"), "registry.example").ends_with("does not answer"));
    assert_eq!(silent.log().len() - count, 6);
    // Those that fail at once may know better in a moment; one that is silent was waited for.
    for (server, passes, text) in [
        (&silent, false, "does not answer"),
        (&failing, true, "answers SERVFAIL"),
        (&senseless, true, "answers what makes no sense"),
        (&closed, true, "cannot be reached: Connection refused (os error 111)"),
    ] {
        let error = ask(&config(&[server], ""), "registry.example").unwrap_err();
        assert_eq!(error.is_passing(), passes, "{text}");
        let expected = format!("`registry.example` cannot be looked up: the name server `127.0.0.1` {text}");
        assert_eq!(error.to_string(), expected);
    }
    let both = refusal(&config(&[&silent, &failing], ""), "registry.example");
    assert!(
        both.ends_with("the name server `127.0.0.1` does not answer, the name server `127.0.0.1` answers SERVFAIL")
    );
}

#[test]
fn one_kind_is_enough_and_the_other_is_not_waited_for_long() {
    let (half, other) = (
        Server::new(|asked| if asked.is_v6 { Vec::new() } else { asked.addresses(&asked.name, &["192.0.2.1"]) }),
        Server::new(
            |asked| if asked.is_v6 { asked.addresses(&asked.name, &["::1"]) } else { asked.fails(RCODE::Refused) },
        ),
    );
    let start = Instant::now();
    let patient = Config { timeout: LONG, ..config(&[&half], "") };
    assert_eq!(ask(&patient, "registry.example").unwrap(), "192.0.2.1");
    assert!(start.elapsed() < LONG, "{:?}", start.elapsed());
    assert_eq!(ask(&Config { timeout: LONG, ..config(&[&other], "") }, "registry.example").unwrap(), "::1");
}

#[test]
fn short_names_are_completed_until_one_is_known() {
    let server = Server::new(|asked| match asked.name.as_str() {
        "registry.b.example" => asked.addresses(&asked.name, &["192.0.2.1"]),
        "registry.a.example" => asked.fails(RCODE::ServerFailure),
        "empty.b.example" => asked.addresses(&asked.name, &[]),
        _ => asked.fails(RCODE::NameError),
    });
    let config = Config { timeout: LONG, ..config(&[&server], "search a.example b.example") };
    assert_eq!(ask(&config, "registry").unwrap(), "192.0.2.1");
    assert_eq!(refusal(&config, "empty"), "`empty` has no address");
    assert_eq!(refusal(&config, "other"), "no name server knows `other`");
    let asked: Vec<String> =
        server.log().into_iter().filter(|line| line.starts_with("other") && line.ends_with(" A")).collect();
    assert_eq!(asked, ["other A", "other.a.example A", "other.b.example A"]);
    // The failure of a server is reported, since it may have been the one that knows.
    let told = refusal(&Config { search: vec!["a.example".to_owned()], ..config.clone() }, "registry");
    assert!(told.ends_with("answers SERVFAIL"), "{told}");
    assert!(ask(&Config { rotate: true, ..config }, "registry").is_ok());
}

#[test]
fn there_is_an_end_to_it() {
    let silent = silent();
    let config = Config { timeout: LONG, attempts: 5, ..config(&[&silent, &silent], "search a.example b.example") };
    let start = Instant::now();
    let error = lookup(&config, "registry", start + SHORT).unwrap_err();
    assert!(start.elapsed() < LONG, "{:?}", start.elapsed());
    assert_eq!(error.kind(), std::io::ErrorKind::TimedOut);
}

#[test]
fn most_names_need_no_server() {
    // Port 53 of this address answers nothing, and is not asked.
    let config = Config::parse("nameserver 127.255.255.254\n", "box", |_| None);
    let hosts = "192.0.2.7 registry.example\n192.0.2.8 localhost\n".to_owned();
    let names = Names { hosts, config, patience: Duration::ZERO, shared: Shared::default() };
    let find = |host: &str| names.addresses(host, Instant::now());
    for (host, expected) in [
        ("127.0.0.1", "127.0.0.1"),
        ("[::1]", "::1"),
        ("[2001:db8::7]", "2001:db8::7"),
        ("localhost", "127.0.0.1 ::1"),
        ("x.LOCALHOST", "127.0.0.1 ::1"),
        ("Registry.Example.", "192.0.2.7"),
    ] {
        let found: Vec<String> = find(host).unwrap().iter().map(ToString::to_string).collect();
        assert_eq!(found.join(" "), expected, "{host}");
    }
    let refused = |host: &str| find(host).unwrap_err();
    assert!(matches!(*refused("x.invalid"), NameError::Unknown(_)));
    assert!(matches!(*refused("a b"), NameError::NotAName(_)));
    assert!(matches!(*refused("registry2.example"), NameError::Servers { .. }));
}

/// Dozens of connections to one registry are opened at once, and a name server may drop a burst of questions.
#[test]
fn threads_that_want_the_same_host_share_one_look_up() {
    let (good, silent) = (good(), silent());
    let asked = |server: &Server, seconds: Duration| {
        let config = Config { timeout: SHORT, attempts: 1, ..config(&[server], "") };
        let names = Names { hosts: String::new(), config, patience: LONG, shared: Shared::default() };
        let found = || names.addresses("registry.example", Instant::now() + seconds).map_err(|error| error.to_string());
        let barrier = Barrier::new(40);
        let start = || (barrier.wait(), found()).1;
        let outcomes: Vec<_> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..40).map(|_| scope.spawn(start)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(outcomes.iter().all(|outcome| *outcome == outcomes[0]), "{outcomes:?}");
        (outcomes[0].is_ok(), found().is_ok(), server.log().len())
    };
    // Both kinds of addresses, once; and what is known is not asked again.
    assert_eq!(asked(&good, LONG), (true, true, 2), "{:?}", good.log());
    // A failure is all threads' that waited for it, and the next one asks again.
    let (first, next, questions) = asked(&silent, LONG);
    assert_eq!((first, next), (false, false));
    assert!((4..=8).contains(&questions), "{:?}", silent.log());
}
