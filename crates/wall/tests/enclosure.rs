//! Nothing that a manager starts outlives it, whichever one process is killed: in a namespace of processes and without one,
//! for root and for others.
#![cfg(target_os = "linux")]

#[allow(dead_code)] // each of the tests takes what it needs
mod yard;

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use devshell_wall::{end_leftovers, leftovers};
use rustix::process::{Pid, Signal, kill_process, kill_process_group, test_kill_process};
use tempfile::TempDir;
use yard::{PYTHON, User, example};

/// How long anything may take.
const LIMIT: Duration = Duration::from_secs(20);
/// How long a killed process may be survived.
const SURVIVED: Duration = Duration::from_secs(5);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Means {
    Namespace,
    Processes,
    /// No namespace, inside one that has no user but root.
    RootAlone,
}

/// Every user by each means.
fn all() -> Vec<(User, Means)> {
    let each = |user| [(user, Means::Namespace), (user, Means::Processes)];
    User::all().into_iter().flat_map(each).collect()
}

/// The owner of an enclosure, with a directory.
struct Owner {
    child: Child,
    commands: Option<ChildStdin>,
    lines: Receiver<String>,
    mark: String,
    directory: TempDir,
    means: Means,
}

impl Owner {
    fn new(place: (User, Means), services: &[String]) -> Self {
        Self::with(place, services, |_| ())
    }

    /// The same, started in another way.
    fn with((user, means): (User, Means), services: &[String], change: impl FnOnce(&mut Command)) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let mark = format!("test-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let directory = TempDir::new().unwrap();
        let mut command = match means {
            Means::RootAlone => Command::new("unshare"),
            _ => Command::new(example("enclosure")),
        };
        match means {
            Means::Namespace => {}
            Means::Processes => {
                command.arg("--without-namespaces");
            }
            Means::RootAlone => {
                let script = "echo 0 >/proc/sys/user/max_user_namespaces && exec \"$0\" \"$@\"";
                command.args(["--user", "--map-root-user", "sh", "-c", script]).arg(example("enclosure"));
            }
        }
        if user == User::Nobody {
            chown(directory.path(), Some(65534), Some(65534)).unwrap();
            command.uid(65534).gid(65534);
        }
        command.arg(&mark).args(services).current_dir(directory.path()).process_group(0);
        change(&mut command);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (commands, output) = (child.stdin.take(), child.stdout.take().unwrap());
        let (sender, lines) = channel();
        thread::spawn(move || {
            for line in BufReader::new(output).lines() {
                let _ = sender.send(line.unwrap());
            }
        });
        Self { child, commands, lines, mark, directory, means }
    }

    /// What comes after this in the next line that begins with it.
    #[track_caller]
    fn line(&self, beginning: &str) -> String {
        let deadline = Instant::now() + LIMIT;
        loop {
            let line = self.lines.recv_timeout(deadline.saturating_duration_since(Instant::now()));
            let line = line.unwrap_or_else(|error| panic!("no `{beginning}`: {error}"));
            if let Some(rest) = line.strip_prefix(beginning) {
                return rest.trim().to_owned();
            }
        }
    }

    fn say(&mut self, command: &str) {
        let commands = self.commands.as_mut().unwrap();
        writeln!(commands, "{command}").unwrap();
    }

    #[track_caller]
    fn ask(&mut self, command: &str, answer: &str) -> String {
        self.say(command);
        self.line(answer)
    }

    fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// The processes of the enclosure itself, outermost first and the manager last, as they are numbered here.
    fn chain(&self) -> Vec<Pid> {
        let count = if self.means == Means::Namespace { 2 } else { 3 };
        let mut chain = vec![self.pid()];
        for _ in 0..count {
            let below = children(chain[chain.len() - 1]);
            let own = |pid: &Pid| fs::read_to_string(format!("/proc/{pid}/comm")).unwrap().starts_with("enclosure");
            chain.extend(below.into_iter().find(own));
        }
        assert_eq!(chain.len(), count + 1, "{chain:?}");
        chain.split_off(1)
    }

    /// Waits until no process has the other end of the output any more, and none the mark.
    #[track_caller]
    fn is_over(&self, limit: Duration) {
        let deadline = Instant::now() + limit;
        loop {
            match self.lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(_) => {}
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => panic!("still there: {:?}", leftovers(&self.mark)),
            }
        }
        assert_eq!(leftovers(&self.mark), []);
    }
}

/// Nothing of a test that failed is left either.
impl Drop for Owner {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        end_leftovers(&self.mark);
    }
}

fn children(process: Pid) -> Vec<Pid> {
    let path = format!("/proc/{process}/task/{process}/children");
    let text = fs::read_to_string(path).unwrap();
    text.split_whitespace().filter_map(|number| Pid::from_raw(number.parse().ok()?)).collect()
}

/// The group and the session of a process. A session that began outside of the namespace has the number 0.
fn belongs_to(process: Pid) -> (i32, i32) {
    let text = fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    // After the name, in brackets, come the state and the parent (proc_pid_stat(5)).
    let mut numbers = text.rsplit_once(") ").unwrap().1.split(' ').skip(2).map(|number| number.parse().unwrap());
    (numbers.next().unwrap(), numbers.next().unwrap())
}

/// A service that listens, and says where, as which process and as whom.
fn listening() -> String {
    server("")
}

/// The same, by a process in a session of its own whose parents have ended.
fn daemon() -> String {
    server("os.fork() and os._exit(0); os.setsid(); os.fork() and os._exit(0)")
}

fn server(first: &str) -> String {
    let script = format!(
        "import os, signal, socket\n{first}\ns = socket.create_server((\"127.0.0.1\", 0))\n\
         os.write(1, b\"listening %d %d %d %d\\n\" % (s.getsockname()[1], os.getpid(), os.getuid(), os.getgid()))\n\
         while True: signal.pause()"
    );
    format!("exec {PYTHON} -c '{script}'")
}

/// The port, the process, the user and the group.
#[track_caller]
fn listens(owner: &Owner) -> [u32; 4] {
    let words: Vec<u32> = owner.line("listening ").split(' ').map(|word| word.parse().unwrap()).collect();
    words.try_into().unwrap()
}

#[track_caller]
fn is_free(port: u32) {
    TcpListener::bind(("127.0.0.1", u16::try_from(port).unwrap())).unwrap();
}

#[track_caller]
fn is_taken(port: u32) {
    TcpListener::bind(("127.0.0.1", u16::try_from(port).unwrap())).unwrap_err();
}

#[test]
fn orders_and_messages_arrive_and_the_status_too() {
    for place in all() {
        let mut owner = Owner::new(place, &[]);
        let has_namespace = place.1 == Means::Namespace;
        assert_eq!(owner.line("owner "), format!("namespace={has_namespace}"), "{place:?}");
        for _ in 0..3 {
            owner.ask("order e", "ordered");
            assert_eq!(owner.ask("read", "message"), "Some('E')");
        }
        owner.ask("order x", "ordered");
        assert_eq!(owner.ask("read", "message"), "None");
        assert_eq!(owner.ask("order e", "not ordered: "), "broken pipe");
        assert_eq!(owner.ask("wait", "ended"), "Exited(7)", "{place:?}");
        owner.is_over(LIMIT);
    }
}

#[test]
fn a_panic_ends_the_manager_alone() {
    let mut owner = Owner::new((User::Caller, Means::Namespace), &[]);
    owner.ask("order p", "ordered");
    assert_eq!(owner.ask("wait", "ended"), "Exited(101)");
    assert!(owner.child.wait().unwrap().success());
}

#[test]
fn nothing_outlives_the_manager() {
    for place in all() {
        let mut owner = Owner::new(place, &[listening(), daemon()]);
        let ports = [listens(&owner)[0], listens(&owner)[0]];
        ports.into_iter().for_each(is_taken);
        owner.ask("order x", "ordered");
        assert_eq!(owner.ask("wait", "ended"), "Exited(7)", "{place:?}");
        // By then, not later.
        ports.into_iter().for_each(is_free);
        assert_eq!(leftovers(&owner.mark), []);
        owner.is_over(SURVIVED);
    }
}

#[test]
fn a_manager_that_does_not_listen_is_ended() {
    for place in all() {
        let mut owner = Owner::new(place, &[listening(), daemon()]);
        let ports = [listens(&owner)[0], listens(&owner)[0]];
        owner.ask("order h", "ordered");
        assert_eq!(owner.ask("end", "ended"), "Signalled(9)", "{place:?}");
        ports.into_iter().for_each(is_free);
        owner.is_over(SURVIVED);
    }
}

#[test]
fn whichever_process_is_killed_nothing_is_left() {
    for place in all() {
        let count = if place.1 == Means::Namespace { 2 } else { 3 };
        for victim in 0..count {
            let mut owner = Owner::new(place, &[listening(), daemon()]);
            let ports = [listens(&owner)[0], listens(&owner)[0]];
            let other: i32 = owner.ask("run exec sleep 60 >&-", "started").parse().unwrap();
            let other = Pid::from_raw(other).unwrap();
            let chain = owner.chain();
            kill_process(chain[victim], Signal::KILL).unwrap();
            assert_eq!(owner.ask("read", "message"), "None", "{place:?} {victim}");
            assert_eq!(leftovers(&owner.mark), [], "{place:?} {victim}");
            ports.into_iter().for_each(is_free);
            chain.into_iter().for_each(gone);
            // What else the owner has started is none of it.
            test_kill_process(other).unwrap();
            kill_process(other, Signal::KILL).unwrap();
            assert_eq!(owner.ask("wait", "ended"), "Signalled(9)", "{place:?} {victim}");
            owner.is_over(SURVIVED);
        }
    }
}

#[test]
fn an_owner_that_is_killed_takes_all_with_it() {
    for place in all() {
        for listens_to_orders in [true, false] {
            let mut owner = Owner::new(place, &[listening(), daemon()]);
            let ports = [listens(&owner)[0], listens(&owner)[0]];
            if !listens_to_orders {
                owner.ask("order h", "ordered");
            }
            let chain = owner.chain();
            kill_process(owner.pid(), Signal::KILL).unwrap();
            owner.is_over(if listens_to_orders { SURVIVED / 2 } else { SURVIVED });
            ports.into_iter().for_each(is_free);
            chain.into_iter().for_each(gone);
        }
    }
}

/// Waits until the process has ended. If its parent had ended before, it may be waited for late.
#[track_caller]
fn gone(process: Pid) {
    let deadline = Instant::now() + SURVIVED;
    while fs::read_to_string(format!("/proc/{process}/stat")).is_ok_and(|stat| !stat.contains(") Z ")) {
        assert!(Instant::now() < deadline, "{process:?} is still there");
        thread::yield_now();
    }
}

#[test]
fn a_manager_that_is_detached_goes_on() {
    for place in all() {
        let service = "mkfifo go; echo waiting; read word <go; echo told".to_owned();
        let mut owner = Owner::new(place, &[service, listening()]);
        owner.line("waiting");
        let port = listens(&owner)[0];
        let mut chain = owner.chain();
        owner.ask("detach", "detached");
        assert!(owner.child.wait().unwrap().success());
        is_taken(port);
        // Apart from the manager, none keeps the owner's streams, which someone may wait for.
        chain.pop();
        for process in chain {
            let deadline = Instant::now() + LIMIT;
            while fs::read_link(format!("/proc/{process}/fd/1")).unwrap().as_os_str() != "/dev/null" {
                assert!(Instant::now() < deadline, "{place:?}");
                thread::yield_now();
            }
        }
        fs::write(owner.path("go"), "go\n").unwrap();
        owner.line("told");
        owner.is_over(SURVIVED);
        is_free(port);
    }
}

#[test]
fn services_are_nobodys_for_root_and_ones_own_otherwise() {
    let root = rustix::process::geteuid().is_root();
    for place in all() {
        let file = "mkdir sub && echo text >sub/file && cat sub/file && stat -c 'of %u' sub".to_owned();
        let owner = Owner::new(place, &[file, listening()]);
        assert_eq!(owner.line("text"), "");
        let [_, _, user, group] = listens(&owner);
        let expected = if root { 65534 } else { rustix::process::geteuid().as_raw() };
        assert_eq!(user, expected, "{place:?}");
        if root {
            assert_eq!(group, expected, "{place:?}");
        }
        // What root's services make is root's where the kernel maps it so, and can be removed by root in any case.
        let made = fs::metadata(owner.path("sub/file")).unwrap().uid();
        let is_roots = root && place == (User::Caller, Means::Namespace);
        assert_eq!(made, if is_roots { 0 } else { expected }, "{place:?}");
    }
}

/// A server in a directory of root that others may not even enter.
#[test]
fn roots_services_use_roots_files() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    for means in [Means::Namespace, Means::Processes] {
        let service = "read start; cat private/file; echo more >>private/file && chmod 600 private/file && echo done";
        let mut owner = Owner::new((User::Caller, means), &[format!("test -e private || exit; true | {service}")]);
        owner.line("manager");
        fs::create_dir(owner.path("private")).unwrap();
        fs::write(owner.path("private/file"), "text\n").unwrap();
        fs::set_permissions(owner.path("private"), fs::Permissions::from_mode(0o700)).unwrap();
        owner.ask("order s", "ordered");
        owner.line("text");
        owner.line("done");
    }
}

#[test]
fn without_the_user_nobody_root_stays_root() {
    let owner = Owner::new((User::Caller, Means::RootAlone), &[listening()]);
    assert_eq!(owner.line("owner "), "namespace=false");
    assert_eq!(listens(&owner)[2..], [0, 0]);
}

#[test]
fn numbers_of_processes_begin_elsewhere_each_time() {
    let number = || {
        let owner = Owner::new((User::Caller, Means::Namespace), &[]);
        owner.line("manager namespace=true number=").parse::<u32>().unwrap()
    };
    let (first, second) = (number(), number());
    assert!(first != second && first > 1000 && second > 1000, "{first} {second}");
}

#[test]
fn an_interrupt_at_the_owners_terminal_does_not_reach_the_services() {
    for place in all() {
        let mut owner = Owner::new(place, &[listening(), daemon()]);
        let ports = [listens(&owner)[0], listens(&owner)[0]];
        let chain = owner.chain();
        for process in chain.iter().chain(&leftovers(&owner.mark)) {
            let (group, session) = belongs_to(*process);
            assert_ne!(group, owner.pid().as_raw_pid(), "{place:?}");
            assert_ne!(session, belongs_to(owner.pid()).1, "{place:?}");
        }
        // What someone sends to all processes ends none of those that see to the end of the others.
        for signal in [Signal::TERM, Signal::HUP, Signal::INT] {
            for process in &chain {
                kill_process(*process, signal).unwrap();
            }
        }
        owner.ask("order e", "ordered");
        assert_eq!(owner.ask("read", "message"), "Some('E')");
        ports.into_iter().for_each(is_taken);
        // It ends by this, which the manager hears.
        kill_process_group(owner.pid(), Signal::INT).unwrap();
        owner.is_over(SURVIVED);
        ports.into_iter().for_each(is_free);
    }
}

/// A service gets its signals as any program does, although the manager ignores some and the caller all.
#[test]
fn services_have_the_default_dispositions() {
    for place in all() {
        let service = "echo $(grep -E 'Sig(Ign|Blk)' /proc/self/status)";
        let owner = Owner::with(place, &[service.to_owned()], ignore_signals);
        assert_eq!(owner.line("SigBlk: "), "0000000000000000 SigIgn: 0000000000000000", "{place:?}");
    }
}

/// Those too that the C library lets no one set.
fn ignore_signals(command: &mut Command) {
    const IGNORE: [usize; 4] = [libc::SIG_IGN, 0, 0, 0];
    let ignore = || {
        for signal in 1..=64 {
            let none = std::ptr::null::<usize>();
            // SAFETY: the kernel reads its structure, which is as long, and writes nothing.
            unsafe { libc::syscall(libc::SYS_rt_sigaction, signal, IGNORE.as_ptr(), none, size_of::<u64>()) };
        }
        Ok(())
    };
    // SAFETY: it makes system calls alone.
    unsafe { command.pre_exec(ignore) };
}

#[test]
fn orphans_that_end_are_waited_for() {
    for place in all() {
        let script = "for i in 1 2 3 4 5 6 7 8 9; do (setsid true &); done; echo made; sleep 4321";
        let owner = Owner::new(place, &[script.to_owned()]);
        owner.line("made");
        let chain = owner.chain();
        let first = chain[chain.len() - 2];
        let deadline = Instant::now() + SURVIVED;
        // The manager is the only child that stays.
        while children(first).len() > 1 {
            assert!(Instant::now() < deadline, "{place:?}: {:?}", children(first));
            thread::yield_now();
        }
    }
}

#[test]
fn leftovers_of_several_kills_are_found_and_ended() {
    for user in User::all() {
        let owner = Owner::new((user, Means::Processes), &[listening(), daemon()]);
        let ports = [listens(&owner)[0], listens(&owner)[0]];
        let chain = owner.chain();
        // None of them acts when another one ends.
        for signal in [Signal::STOP, Signal::KILL] {
            for process in &chain {
                kill_process(*process, signal).unwrap();
            }
        }
        let found = leftovers(&owner.mark);
        assert!(!found.is_empty() && found.len() <= 2, "{found:?}");
        assert_eq!(leftovers("another mark"), []);
        end_leftovers(&owner.mark);
        assert_eq!(leftovers(&owner.mark), []);
        ports.into_iter().for_each(is_free);
    }
}
