//! `kill -9` of any process at any moment, and the end of whatever started devshell: nothing is left, and the next `up` works.

use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::time::{Duration, Instant};

use portable_pty::{CommandBuilder, PtySize, native_pty_system};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;

use super::{Running, assert_gone, listening, measured, plain, port, processes, shop, until};
use crate::landlock::WITHOUT_NAMESPACES;
use crate::support::{DEVSHELL, Invocation, Sandbox, two_users};

/// How often: few times in an ordinary run, more with `DEVSHELL_KILLS=200`.
fn kills() -> u32 {
    std::env::var_os("DEVSHELL_KILLS").map_or(18, |number| number.to_str().unwrap().parse().unwrap())
}

/// Numbers between 0 and 1 that are the same each time (SplitMix64).
struct Random(u64);

impl Random {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        f64::from(u32::try_from((z ^ (z >> 31)) >> 32).unwrap()) / f64::from(u32::MAX)
    }
}

/// Three services: one of a shell, one that has left its session and listens, one that shows nothing.
fn yard(wished: u16) -> Sandbox {
    let mut web = listening("PORT_WEB", wished, &["base"]);
    web["env"] = json!({ "DAEMON": "1" });
    shop(json!({ "base": plain(&[]), "web": web, "idle": { "run": "exec sleep 1000" } }), json!({}))
}

/// The processes of devshell, from the owner to the manager, as far as they have started.
fn chain(owner: Pid) -> Vec<Pid> {
    let mut chain = vec![owner];
    loop {
        let last = chain[chain.len() - 1];
        let below = fs_err::read_to_string(format!("/proc/{last}/task/{last}/children")).unwrap_or_default();
        let is_own =
            |pid: &Pid| fs_err::read_to_string(format!("/proc/{pid}/comm")).is_ok_and(|name| name == "devshell\n");
        let numbers = below.split_whitespace().filter_map(|number| Pid::from_raw(number.parse().ok()?));
        match numbers.into_iter().find(is_own) {
            Some(pid) => chain.push(pid),
            None => return chain,
        }
    }
}

fn await_ready(up: &mut Running) {
    up.wait_for_count(" is ready after ", 3);
}

/// Kills again and again; `start` runs devshell with these words.
fn kill_often<'s>(sandbox: &'s Sandbox, wished: u16, seed: u64, start: impl Fn(&'static str) -> Invocation<'s>) {
    let since = Instant::now();
    let mut up = Running::start(start("up"));
    await_ready(&mut up);
    let (starting, since) = (since.elapsed(), Instant::now());
    up.stop().code(0);
    let stopping = since.elapsed();
    let mut random = Random(seed);
    let mut slowest = Duration::ZERO;
    for round in 0..kills() {
        let mut up = Running::start(start("up"));
        let moment = match round % 3 {
            0 => starting.mul_f64(random.next()),
            phase => {
                await_ready(&mut up);
                if phase == 2 {
                    up.signal(Signal::INT);
                }
                stopping.mul_f64(random.next())
            }
        };
        // The moment is what is tried out here; nothing waits for anything.
        std::thread::sleep(moment);
        let chain = chain(up.pid());
        let killed = ((round / 3) % 3) as usize;
        let victim = if killed == 2 { chain[chain.len() - 1] } else { chain[killed.min(chain.len() - 1)] };
        let since = Instant::now();
        let _ = kill_process(victim, Signal::KILL);
        let ended = up.end();
        assert_gone(sandbox, since);
        slowest = slowest.max(since.elapsed());
        let about = format!("round {round}, {killed} of {} after {moment:?}", chain.len());
        for number in wished..wished + 3 {
            TcpListener::bind(("127.0.0.1", number)).unwrap_or_else(|error| panic!("{about}: {error}: {ended:?}"));
        }
        let next = start("up -- true").run();
        assert!(next.ended_well(), "{about}: {ended:?}\n{next}");
    }
    let count = kills();
    measured(&format!("{count} kills: up in {starting:?}, down in {stopping:?}, all gone after {slowest:?} at most"));
}

#[test]
fn kills_leave_nothing() {
    let wished = port();
    let sandbox = yard(wished);
    kill_often(&sandbox, wished, 1, |words| sandbox.devshell(&words.split(' ').collect::<Vec<_>>()));
}

#[test]
fn nor_those_of_an_ordinary_user() {
    let wished = port();
    let sandbox = yard(wished);
    let Some([alice, _]) = two_users(&sandbox, "services::kills::nor_those_of_an_ordinary_user") else { return };
    kill_often(&sandbox, wished, 2, |words| alice.sh("022", &format!("exec \"$0\" {words}")));
}

#[test]
fn nor_those_where_there_are_no_namespaces() {
    let wished = port();
    let sandbox = yard(wished);
    kill_often(&sandbox, wished, 3, |words| {
        let unshare = which::which(WITHOUT_NAMESPACES[0]).unwrap();
        let words: Vec<&str> = words.split(' ').collect();
        sandbox.program(unshare, &WITHOUT_NAMESPACES[1..]).arg(DEVSHELL).args(&words)
    });
}

/// Takes its time to end, and notes that it could.
fn slow() -> Sandbox {
    let run = "trap 'sleep 0.3; touch orderly; exit 0' TERM; echo on; sleep 1000 & wait";
    let sandbox = shop(json!({ "slow": { "run": run, "ready": { "line": "on" } } }), json!({}));
    // As root, services are another user's, who may write what root may.
    fs_err::set_permissions(sandbox.project(), std::fs::Permissions::from_mode(0o755)).unwrap();
    sandbox
}

#[test]
fn a_terminal_that_is_closed_ends_services_in_order() {
    for line in ["exec \"$0\" up >out 2>&1", "\"$0\" up >out 2>&1; true"] {
        let sandbox = slow();
        let pair = native_pty_system().openpty(PtySize::default()).unwrap();
        let mut command = CommandBuilder::new(sandbox.find("sh"));
        command.args(["-c", line, DEVSHELL]);
        command.cwd(sandbox.project());
        command.env_clear();
        sandbox.environment().into_iter().for_each(|(name, value)| command.env(name, value));
        let mut child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let out = sandbox.project().join("out");
        let is_ready = || fs_err::read_to_string(&out).is_ok_and(|text| text.contains("is ready after"));
        until("it is ready", Duration::from_secs(20), is_ready);
        let since = Instant::now();
        drop(pair.master);
        child.wait().unwrap();
        assert_gone(&sandbox, since);
        assert!(sandbox.project().join("orderly").exists(), "{line}");
    }
}

#[test]
fn the_shell_that_started_it_is_killed() {
    let sandbox = slow();
    let shell = sandbox.program("sh", &["-c", "\"$0\" up; true", DEVSHELL]);
    let mut shell = Running::start(shell);
    shell.wait_for("is ready after");
    assert!(processes(&sandbox).len() > 3, "{:?}", processes(&sandbox));
    let since = Instant::now();
    shell.signal(Signal::KILL);
    shell.end();
    assert_gone(&sandbox, since);
    assert!(sandbox.project().join("orderly").exists());
    sandbox.run(&["up", "--", "true"]).success();
}
