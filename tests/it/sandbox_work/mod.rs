//! Work at isolation `sandbox`, as root, as an ordinary user, and inside the weaker wall of Landlock alone: what people do
//! all day goes on as without a wall, and what the manifest denies and protects stays so. Rows that need a registry are in
//! `real_sandbox`.
#![cfg(target_os = "linux")]

mod denied;
mod people;
mod protected;
mod ssh;

use std::path::Path;

pub use people::{Person, people};

use crate::support::{Registry, Sandbox, tool, tree};

pub fn registry() -> Registry {
    Registry::with(tool("node", "22.3.0"))
}

/// A host for projects of several people.
pub fn place(registry: &Registry) -> Sandbox {
    Sandbox::new().on_whole_host().with_registry(registry)
}

/// What is run in the dev shell, one after the other in the same project, and what it prints.
const ROWS: &[(&str, &str)] = &[
    ("git add . && git commit -q -m first && git log --format=%an:%s", "Ann:first\n"),
    (
        "git worktree add -q tree && cd tree && echo x >new && git add new && git commit -q -m second && git log --format=%s",
        "second\nfirst\n",
    ),
    ("git status --porcelain; git merge -q --ff-only tree && cat new", "?? tree/\nx\n"),
    ("git stash list; git branch -m tree other; git branch --format='%(refname:short)'", "main\nother\n"),
    ("node --version", "v22.3.0\n"),
    ("mkfifo pipe && { cat pipe & } && echo through >pipe && wait && rm pipe", "through\n"),
    ("mktemp -d >/dev/null && echo x | tee /dev/null | cat /dev/stdin", "x\n"),
    ("exec 3<>/dev/tcp/127.0.0.1/1 2>/dev/null || echo refused", "refused\n"),
    ("id -u >mine && stat -c %u mine | cmp - mine && ls -l mine | cut -c1-10", "-rw-r--r--\n"),
    ("flock lock sh -c 'echo held' && nproc >/dev/null && ps -o comm= -p 1 | wc -l", "held\n1\n"),
];

/// The same, and what it prints with Landlock alone. The differences are in docs/isolation.md.
const WEAKER: &[(&str, &str, &str)] = &[
    ("echo y >/dev/shm/y && cat /dev/shm/y", "y\n", ""),
    ("echo y >/tmp/y && cat /tmp/y", "y\n", ""),
    ("script -qec 'echo typed' /dev/null </dev/null", "typed\r\n", ""),
    ("test -e ~/shop/../.ssh/id || test -e \"$OUTSIDE\"/.ssh/id || echo hidden", "hidden\n", ""),
    ("cat ~/.ssh/id \"$OUTSIDE\"/.ssh/id || echo none", "none\n", "none\n"),
    ("test -e /usr/bin/python3 || echo none", "none\n", ""),
    ("/usr/bin/python3 -V || echo none", "none\n", "none\n"),
    ("ps -o pid= -p \"$CALLER\" | wc -l", "0\n", "1\n"),
    ("cat /proc/\"$CALLER\"/environ || echo none", "none\n", "none\n"),
];

#[test]
fn work_goes_on_as_without_a_wall() {
    let registry = registry();
    let sandbox = place(&registry);
    for person in people(&sandbox, "sandbox_work::work_goes_on_as_without_a_wall") {
        person.project("");
        for (script, expected) in ROWS {
            let outcome = person.inside(script);
            assert_eq!(outcome.text(), *expected, "{script}: {}: {outcome}", person.name);
        }
        person.sh("mkdir ~/.ssh && echo 'a secret' >~/.ssh/id").run().success();
        for (script, expected, weaker) in WEAKER {
            let expected = if person.is_weaker { weaker } else { expected };
            let outside = ("OUTSIDE", person.home.display().to_string());
            let caller = ("CALLER", std::process::id().to_string());
            let set: String = [outside, caller].map(|(name, value)| format!("{name}='{value}'; ")).concat();
            let outcome = person.inside(&format!("{set}{script}"));
            assert_eq!(outcome.text(), *expected, "{script}: {}: {outcome}", person.name);
        }
        person.sh("git -C tree log --format=%s && git fsck --strict").run().success().stdout("second\nfirst\n");
    }
}

/// A job that goes on in the background, as a server does: the next command finds it, and when the shell ends, so does it.
#[test]
fn a_job_in_the_background_outlives_its_command_and_not_the_shell() {
    let registry = registry();
    let sandbox = place(&registry);
    for person in people(&sandbox, "sandbox_work::a_job_in_the_background_outlives_its_command_and_not_the_shell") {
        person.project("");
        person.sh("mkfifo begun held").run().success();
        // Each of them has `held` open until it ends: the reader outside waits for all.
        let typed = "setsid sh -c 'echo $$ >begun; exec sleep 1000' </dev/null >held 2>&1 &\n\
                     nohup sleep 1000 >held 2>&1 &\n\
                     read -r first <begun; kill -0 $first && kill -0 $! && echo both; exit 7\n";
        let script = format!("cat held & {} enter --shell sh; echo $?; wait; echo all ended", person.devshell());
        let outcome = person.sh(&script).stdin(typed).run();
        outcome.success().stdout("both\n7\nall ended\n");
    }
}

/// Mount points that are missing are made inside, and never on the host.
#[test]
fn nothing_is_left_on_the_host() {
    let registry = registry();
    let sandbox = place(&registry);
    for person in people(&sandbox, "sandbox_work::nothing_is_left_on_the_host") {
        person.project(
            r#""read": ["~/a/b", "c"], "write": ["~/d", "/nowhere/e"], "deny": ["f", "g/h", "~/i"], "protect": true"#,
        );
        // What is composed is kept.
        person.inside("true").success();
        let seen = || {
            let mut files = tree(&person.home);
            // What is made in it for the weaker wall is gone again.
            files.remove("tmp");
            (files, fs_err::read_to_string("/proc/self/mountinfo").unwrap())
        };
        let before = seen();
        let script = format!(
            "echo x >~/x; echo x >/tmp/x; mkdir ~/d; mkdir -p ~/a/b; cd '{}' && {{ echo x >>.gitconfig; rm -f .gitconfig; \
             ln -s /etc link; touch x /etc/x /usr/x /usr/bin/x /x; }}; ls ~",
            person.home.display()
        );
        person.inside(&script).success();
        assert_eq!(seen(), before, "{}", person.name);
        for path in ["/nowhere", "/etc/x", "/usr/x", "/usr/bin/x", "/x"] {
            assert!(!Path::new(path).exists(), "{path}: {}", person.name);
        }
    }
}
