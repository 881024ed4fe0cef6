//! The network of a wall that lets names through, with real programs inside and real servers outside.
#![cfg(target_os = "linux")]

#[allow(dead_code)] // each of the tests takes what it needs
mod yard;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Output, Stdio};
use std::{fs, thread};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use yard::{User, Yard};

/// A server of the host that sends back what it gets, in capital letters, once it has all of it.
fn server() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    // Rust's library lets 128 connections wait.
    rustix::net::listen(&listener, 4096).unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            thread::spawn(move || {
                let mut text = Vec::new();
                let _ = stream.read_to_end(&mut text);
                let _ = stream.write_all(&text.to_ascii_uppercase());
            });
        }
    });
    port
}

/// What programs inside have at hand.
const TALK: &str = "
import socket, sys
def talk(host, port, text=b'hello'):
    with socket.create_connection((host, port), timeout=20) as s:
        s.sendall(text)
        s.shutdown(socket.SHUT_WR)
        answer = b''
        while part := s.recv(1 << 20):
            answer += part
        return answer
def outcome(host, port):
    try:
        return talk(host, port).decode() or 'nothing'
    except OSError as error:
        return type(error).__name__
";

/// A wall through which these names pass, each `HOST:PORT=PORT`, the last a port of the host.
fn gated(yard: &Yard, user: User, names: &[String], script: &str) -> Command {
    let mut wall = yard.wall_with(user, |wall| {
        for name in names {
            let (name, port) = name.split_once('=').unwrap();
            wall.args(["--let", name, &format!("127.0.0.1:{port}")]);
        }
    });
    wall.args([yard::PYTHON, "-c", &format!("{TALK}\n{script}")]);
    wall
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn names_pass_that_are_let_through_and_no_others() {
    let port = server();
    for user in User::all() {
        let yard = Yard::new(user);
        let names = [
            "one.example:80",
            "one.example:7000",
            "*.wild.example:80",
            "127.0.0.1:7777",
            "10.9.8.7:80",
            "[2001:db8::7]:80",
        ];
        let names = names.map(|name| format!("{name}={port}"));
        let script = "
for host, port in [('one.example', 80), ('One.Example.', 7000), ('one.example', 81), ('deep.wild.example', 80),
                   ('wild.example', 80), ('evil.example', 80), ('evil.example', 80), ('localhost', 7777),
                   ('10.9.8.7', 80), ('10.9.8.7', 81), ('10.9.8.8', 80), ('2001:db8::7', 80), ('198.18.0.1', 53)]:
    print(outcome(host, port))
";
        let Output { stdout, stderr, .. } = gated(&yard, user, &names, script).output().unwrap();
        let expected = [
            "HELLO",
            "HELLO",
            "ConnectionRefusedError",
            "HELLO",
            "gaierror",
            "gaierror",
            "gaierror",
            "HELLO",
            "HELLO",
            "ConnectionRefusedError",
            "OSError",
            "HELLO",
            "ConnectionRefusedError",
        ];
        assert_eq!(text(&stdout).lines().collect::<Vec<_>>(), expected, "{user:?}: {}", text(&stderr));
        assert_eq!(text(&stderr), "refused wild.example\nrefused evil.example\nrefused evil.example\n");
    }
}

/// What is asked about a name goes nowhere, and no other server than the wall's own can be asked.
#[test]
fn questions_are_no_way_out() {
    let yard = Yard::new(User::Caller);
    let script = "
def ask(server, name, kind):
    labels = b''.join(bytes([len(l)]) + l for l in name.encode().split(b'.'))
    question = b'\\0\\7\\1\\0\\0\\1\\0\\0\\0\\0\\0\\0' + labels + b'\\0' + kind.to_bytes(2, 'big') + b'\\0\\1'
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(20)
        try:
            s.sendto(question, (server, 53))
            answer = s.recv(1500)
            return answer[3] & 15, int.from_bytes(answer[6:8], 'big')
        except OSError as error:
            return type(error).__name__
print(ask('198.18.0.1', 'secret.evil.example', 16))
print(ask('198.18.0.1', 'secret.one.example', 16))
print(ask('198.18.0.1', 'one.example', 16))
print(ask('198.18.0.1', 'one.example', 28))
print(ask('198.18.0.1', 'one.example', 1))
print(ask('192.0.2.1', 'one.example', 1))
";
    let output = gated(&yard, User::Caller, &[format!("one.example:80={}", server())], script).output().unwrap();
    assert_eq!(text(&output.stdout), "(3, 0)\n(3, 0)\n(0, 0)\n(0, 0)\n(0, 1)\nOSError\n", "{}", text(&output.stderr));
}

/// A server that resets every connection once it has said something.
fn breaking_server() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            stream.read_exact(&mut [0]).unwrap();
            stream.write_all(b"half").unwrap();
            stream.read_exact(&mut [0]).unwrap();
            rustix::net::sockopt::set_socket_linger(&stream, Some(std::time::Duration::ZERO)).unwrap();
        }
    });
    port
}

#[test]
fn what_breaks_off_does_not_look_like_an_end() {
    let yard = Yard::new(User::Caller);
    let script = "
with socket.create_connection(('one.example', 80), timeout=20) as s:
    s.sendall(b'x')
    print(s.recv(100))
    s.sendall(b'x')
    try:
        print(s.recv(100))
    except ConnectionResetError:
        print('reset')
";
    let names = [format!("one.example:80={}", breaking_server())];
    let output = gated(&yard, User::Caller, &names, script).output().unwrap();
    assert_eq!(text(&output.stdout), "b'half'\nreset\n", "{}", text(&output.stderr));
}

#[test]
fn many_connections_pass_at_once_and_large_ones_whole() {
    // The server is in this process, with those of other tests.
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).unwrap();
    let yard = Yard::new(User::Caller);
    let script = "
import resource, hashlib
soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
all = [socket.create_connection(('one.example', 80), timeout=60) for _ in range(1000)]
for number, s in enumerate(all):
    s.sendall(b'number %d' % number)
    s.shutdown(socket.SHUT_WR)
answers = [s.recv(100) for s in all]
print(len(all), [(n, a) for n, a in enumerate(answers) if a != b'NUMBER %d' % n])
large = bytes(range(256)) * (1 << 17)
print(hashlib.sha256(talk('one.example', 80, large)).digest() == hashlib.sha256(large.upper()).digest())
";
    let output = gated(&yard, User::Caller, &[format!("one.example:80={}", server())], script).output().unwrap();
    assert_eq!(text(&output.stdout), "1000 []\nTrue\n", "{}", text(&output.stderr));
}

/// A running wall, whose command has said a first line.
struct Running(Child, BufReader<std::process::ChildStdout>);

impl Running {
    fn start(mut wall: Command) -> Self {
        let mut child = wall.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        assert_eq!(line, "ready\n");
        Self(child, output)
    }

    fn end(mut self) -> String {
        self.0.stdin.take().unwrap().write_all(b"\n").unwrap();
        let mut rest = String::new();
        self.1.read_to_string(&mut rest).unwrap();
        self.0.wait().unwrap();
        rest
    }
}

#[test]
fn without_the_gate_nothing_passes() {
    let yard = Yard::new(User::Caller);
    let script = "
first = outcome('one.example', 80)
print('ready', flush=True)
sys.stdin.readline()
print(first, outcome('one.example', 80), outcome('two.example', 80))
";
    let names = ["one.example", "two.example"].map(|name| format!("{name}:80={}", server()));
    let running = Running::start(gated(&yard, User::Caller, &names, script));
    let children = fs::read_to_string(format!("/proc/{0}/task/{0}/children", running.0.id())).unwrap();
    // It is started before the process inside.
    let gate = children.split_whitespace().next().unwrap();
    let gate = rustix::process::Pid::from_raw(gate.parse().unwrap()).unwrap();
    rustix::process::kill_process(gate, rustix::process::Signal::KILL).unwrap();
    assert_eq!(running.end(), "HELLO gaierror gaierror\n");
}

#[test]
fn a_published_port_is_reached_from_outside() {
    let free = || TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let port = free();
    let yard = Yard::new(User::Caller);
    let script = format!(
        "
s = socket.create_server(('127.0.0.1', {port}))
print('ready', flush=True)
while True:
    c, _ = s.accept()
    text = c.recv(100)
    c.sendall(b'inside: ' + text)
    c.close()
    if text == b'end': break
"
    );
    let mut wall = yard.wall_with(User::Caller, |wall| {
        wall.args(["--publish", &port.to_string()]);
    });
    wall.args([yard::PYTHON, "-c", &format!("{TALK}\n{script}")]);
    let running = Running::start(wall);
    for word in ["one", "two", "end"] {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.write_all(word.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert_eq!(answer, format!("inside: {word}"));
    }
    assert_eq!(running.end(), "");

    // A port that is taken is an error, and nothing is started.
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let mut wall = yard.wall_with(User::Caller, |wall| {
        wall.args(["--publish", &port]);
    });
    let output = wall.args(["echo", "started"]).output().unwrap();
    assert_eq!(text(&output.stdout), "");
    assert!(text(&output.stderr).contains(&format!("cannot publish port {port}: Address")), "{}", text(&output.stderr));
}
