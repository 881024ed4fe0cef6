//! A part of a host for attempts: secrets, a project, a process and servers. Everything has the same word in it.

use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, UdpSocket};
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::os::unix::net::{SocketAddr, UnixDatagram, UnixListener};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::{fs, thread};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

/// The system's own: one that PATH has before it may be in a home directory, which walls do not show.
pub const PYTHON: &str = "/usr/bin/python3";

const WORD: &str = "a-word-that-is-nowhere-else";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum User {
    /// The one that runs the tests.
    Caller,
    /// `nobody`, as whom root can run them too.
    Nobody,
}

impl User {
    pub fn all() -> Vec<Self> {
        if rustix::process::geteuid().is_root() { vec![Self::Caller, Self::Nobody] } else { vec![Self::Caller] }
    }
}

pub struct Yard {
    root: TempDir,
    user: User,
    victim: Option<Child>,
    /// A socket that takes what comes.
    datagrams: Option<UnixDatagram>,
    json: String,
    /// A system call that the kernel does not have.
    lacks: Option<&'static str>,
    /// Whether its walls are made of Landlock alone.
    by_landlock: bool,
}

impl Yard {
    pub fn new(user: User) -> Self {
        let root = TempDir::new().unwrap();
        fs::set_permissions(root.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let mut yard =
            Self { root, user, victim: None, datagrams: None, json: String::new(), lacks: None, by_landlock: false };
        for (path, content) in [
            ("home/id", WORD),
            ("outside/file", ""),
            ("project/.env", WORD),
            ("project/secrets/key", WORD),
            ("project/.git/hooks/pre-push", ""),
            ("project/.git/config", ""),
            ("project/attempts.py", include_str!("../attempts.py")),
        ] {
            let path = yard.path(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        yard.own(yard.root.path());
        yard.json = yard.describe();
        yard
    }

    /// The same on a kernel without this system call.
    pub fn without(mut self, call: &'static str) -> Self {
        self.lacks = Some(call);
        self
    }

    /// The same with walls that are made of Landlock alone.
    pub fn by_landlock(mut self) -> Self {
        self.by_landlock = true;
        self
    }

    pub fn path(&self, path: &str) -> PathBuf {
        self.root.path().join(path)
    }

    pub fn make_directory(&self, path: &str) {
        fs::create_dir(self.path(path)).unwrap();
        self.own(self.root.path());
    }

    /// A file, in a directory that is there.
    pub fn write(&self, path: &str, content: &str) {
        fs::write(self.path(path), content).unwrap();
        self.own(self.root.path());
    }

    /// The example that builds walls, as the yard's user, without any option.
    pub fn program_of_user(&self) -> Command {
        command(self.user, program())
    }

    pub fn project(&self) -> PathBuf {
        self.path("project")
    }

    fn own(&self, directory: &Path) {
        if self.user == User::Nobody {
            for entry in fs::read_dir(directory).unwrap() {
                let path = entry.unwrap().path();
                chown(&path, Some(65534), Some(65534)).unwrap();
                if path.is_dir() {
                    self.own(&path);
                }
            }
        }
    }

    fn describe(&mut self) -> String {
        let (port, port6) = (serve_tcp("127.0.0.1:0"), serve_tcp("[::1]:0"));
        let name = format!("wall-{port}");
        serve_unix(UnixListener::bind_addr(&SocketAddr::from_abstract_name(&name).unwrap()).unwrap());
        let socket = self.path("outside/socket");
        serve_unix(UnixListener::bind(&socket).unwrap());
        fs::set_permissions(&socket, fs::Permissions::from_mode(0o777)).unwrap();
        let datagrams = self.path("outside/datagrams");
        self.datagrams = Some(UnixDatagram::bind(&datagrams).unwrap());
        fs::set_permissions(&datagrams, fs::Permissions::from_mode(0o777)).unwrap();
        let secret = self.path("home/id");
        let queue = self.start_victim();
        let outside = self.path("outside");
        object(&[
            ("word", &quoted(WORD)),
            ("secret", &quoted(&secret.display().to_string())),
            ("inode", &fs::metadata(&secret).unwrap().ino().to_string()),
            ("outside", &quoted(&outside.display().to_string())),
            ("outside_inode", &fs::metadata(&outside).unwrap().ino().to_string()),
            ("process", &self.victim.as_ref().unwrap().id().to_string()),
            ("queue", &queue),
            ("disk", &disk()),
            ("port", &port.to_string()),
            ("port6", &port6.to_string()),
            ("udp", &serve_udp().to_string()),
            ("abstract", &quoted(&name)),
            ("socket", &quoted(&socket.display().to_string())),
            ("datagrams", &quoted(&datagrams.display().to_string())),
            ("interface", &quoted("eth0")),
        ])
    }

    /// A process with the word in its variables, its directory and an open file, and a queue of messages.
    fn start_victim(&mut self) -> String {
        let script = "import ctypes, os, sys\n\
            key = os.getpid() << 4 | 1\n\
            queue = ctypes.CDLL(None).msgget(key, 0o1666)\n\
            os.dup2(os.open('id', os.O_RDONLY), 3)\n\
            print(key, flush=True)\n\
            sys.stdin.read()\n\
            ctypes.CDLL(None).msgctl(queue, 0, None)\n";
        let mut command = command(self.user, PYTHON);
        command.args(["-c", script, "victim"]).env("WORD", WORD).current_dir(self.path("home"));
        let mut victim = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut key = String::new();
        let mut output = victim.stdout.take().unwrap();
        while !key.ends_with('\n') {
            let mut byte = [0];
            output.read_exact(&mut byte).unwrap();
            key.push(byte[0].into());
        }
        self.victim = Some(victim);
        key.trim().to_owned()
    }

    fn attempts(&self, mut command: Command, names: &[&str]) -> String {
        // A directory that the caller has open, and hands on by mistake.
        let open = fs::File::open("/").unwrap();
        rustix::io::fcntl_setfd(&open, rustix::io::FdFlags::empty()).unwrap();
        let run =
            command.arg("attempts.py").arg(&self.json).args(names).current_dir(self.project()).stdin(Stdio::null());
        let output = run.output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Which of these attempts succeed without a wall. Others would do harm there.
    pub fn free(&self, names: &[&str]) -> String {
        self.attempts(command(self.user, PYTHON), names)
    }

    /// What succeeds inside a wall that gives the project and the system.
    pub fn walled(&self) -> String {
        let mut command = self.wall();
        command.arg(PYTHON);
        self.attempts(command, &[])
    }

    /// A wall around the project, for a command to be added.
    pub fn wall(&self) -> Command {
        self.wall_of(self.user)
    }

    /// The same, as another user.
    pub fn wall_of(&self, user: User) -> Command {
        self.wall_with(user, |_| ())
    }

    /// The same, with further options.
    pub fn wall_with(&self, user: User, options: impl FnOnce(&mut Command)) -> Command {
        let mut command = command(user, program());
        if let Some(call) = self.lacks {
            command.args(["--without", call]);
        }
        if self.by_landlock {
            command.arg("--landlock");
        }
        for part in [
            "--ro /usr",
            "--ro /etc",
            "--dev /dev",
            "--proc /proc",
            "--memory /tmp",
            "--memory /run",
            "--link /inside yes",
        ] {
            command.args(part.split(' '));
        }
        for name in ["/bin", "/sbin", "/lib", "/lib64"] {
            command.args(["--same", name]);
        }
        let project = self.project();
        command.arg("--rw").arg(&project);
        command.arg("--pin").arg(project.join(".git"));
        for name in [".env", "secrets"] {
            command.arg("--hide").arg(project.join(name));
        }
        command.arg("--protect").arg(project.join(".git/hooks"));
        options(&mut command);
        command.arg(project);
        command
    }
}

impl Drop for Yard {
    fn drop(&mut self) {
        if let Some(mut victim) = self.victim.take() {
            drop(victim.stdin.take());
            let _ = victim.wait();
        }
    }
}

fn command(user: User, program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    if user == User::Nobody {
        command.uid(65534).gid(65534);
    }
    command
}

/// The example that builds walls.
pub fn program() -> PathBuf {
    example("wall")
}

/// An example of this crate, which cargo puts beside its tests.
pub fn example(name: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    test.ancestors().nth(2).unwrap().join("examples").join(name)
}

/// The script succeeded and printed this.
#[track_caller]
pub fn printed(output: &Output, script: &str, expected: &str) {
    assert_eq!(String::from_utf8_lossy(&output.stdout), expected, "{script}: {output:?}");
    assert!(output.status.success(), "{script}: {output:?}");
}

/// A signal to the process outside reaches the command, which ends as it likes.
pub fn hears(mut command: Command, signal: Signal, name: &str) {
    let script = format!("trap 'echo got; exit 5' {name}; echo ready; while :; do sleep 0.01; done");
    let mut child = command.args(["sh", "-c", &script]).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert_eq!(lines.next().unwrap().unwrap(), "ready");
    kill_process(Pid::from_child(&child), signal).unwrap();
    assert_eq!(lines.next().unwrap().unwrap(), "got");
    assert_eq!(child.wait().unwrap().code(), Some(5));
}

fn serve_tcp(address: &str) -> u16 {
    let listener = TcpListener::bind(address).unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let _ = stream.unwrap().write_all(WORD.as_bytes());
        }
    });
    port
}

fn serve_unix(listener: UnixListener) {
    thread::spawn(move || {
        for stream in listener.incoming() {
            let _ = stream.unwrap().write_all(WORD.as_bytes());
        }
    });
}

fn serve_udp() -> u16 {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let port = socket.local_addr().unwrap().port();
    thread::spawn(move || {
        while let Ok((_, peer)) = socket.recv_from(&mut [0; 64]) {
            let _ = socket.send_to(WORD.as_bytes(), peer);
        }
    });
    port
}

/// The numbers of the device that the root directory is on.
fn disk() -> String {
    let device = fs::metadata("/").unwrap().dev();
    format!("[{}, {}]", rustix::fs::major(device), rustix::fs::minor(device))
}

fn quoted(text: &str) -> String {
    assert!(text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\'), "{text}");
    format!("\"{text}\"")
}

fn object(members: &[(&str, &String)]) -> String {
    let members: Vec<String> = members.iter().map(|(name, value)| format!("\"{name}\": {value}")).collect();
    format!("{{{}}}", members.join(", "))
}
