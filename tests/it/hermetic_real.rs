//! Isolation `hermetic` with packages of the real Debian archive, through the mirror of this machine's apt: people's
//! programs work, and what they open is of the lock, whatever the host is.
#![cfg(target_os = "linux")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::deb_tools::{PATIENCE, User};
use crate::real;
use crate::support::pty::Terminal;
use crate::support::{DEVSHELL, Outcome, Sandbox, in_root, root};

fn manifest(suite: &str, tools: &[&str]) -> String {
    let tools: Vec<String> = tools.iter().map(|name| format!("\"deb:{name}\": \"*\"")).collect();
    format!(
        r#"{{ "name": "shop", "isolation": "hermetic", "registries": {{ "deb": {{ "suite": "{suite}" }} }},
             "tools": {{ {} }}, "scripts": {{ "again": "devshell run -- awk 'BEGIN {{ print 6 * 7 }}'" }} }}"#,
        tools.join(", ")
    )
}

/// A locked project, in the home of an ordinary user.
fn project(suite: &str, tools: &[&str]) -> User {
    let user = User::new();
    user.sandbox.manifest(manifest(suite, tools));
    user.run(&["lock"]).success();
    user.run(&["install"]).success();
    user
}

/// What a script prints there.
#[track_caller]
fn said(user: &User, script: &str) -> String {
    let outcome = user.run_in(user.sandbox.project(), &[("USER", "ann")], &["run", "--", "sh", "-ec", script]);
    outcome.success();
    outcome.text()
}

const C: &str = "printf '#include <stdio.h>\\nint main(void) { puts(\"compiled\"); }\\n' >c.c && cc c.c -o c && ./c";

const CLONE: &str = "git init -q a 2>/dev/null && git -C a -c user.name=A -c user.email=a@example.com commit -q --allow-empty -m one \
                     && git clone -q \"file://$PWD/a\" b && git -C b log --format=%s";

/// Scripts, and what they print.
const TABLE: [(&str, &str); 25] = [
    ("awk 'BEGIN { print 6 * 7 }'", "42\n"),
    (C, "compiled\n"),
    ("python3 -m venv v && v/bin/python -c 'import sys; print(sys.prefix != sys.base_prefix)'", "True\n"),
    ("python3 -c 'import ssl; print(len(ssl.create_default_context().get_ca_certs()) > 50)'", "True\n"),
    (CLONE, "one\n"),
    ("locale -a | tr '\\n' ' '", "C C.utf8 POSIX "),
    ("TZ=Asia/Tokyo date -d @0 +%H:%M%Z", "09:00JST\n"),
    ("TZ=US/Pacific date -d @0 +%H:%M%Z", "16:00PST\n"),
    ("tput -T xterm-256color colors", "256\n"),
    ("ssh -V 2>&1 | cut -c 1-8", "OpenSSH_\n"),
    ("getent passwd $USER | cut -d: -f 1,7; id -un", "ann:/bin/bash\nann\n"),
    ("getent hosts 127.0.0.1; getent services ssh", "127.0.0.1       localhost\nssh                   22/tcp\n"),
    ("getent hosts $(hostname) | wc -l", "1\n"),
    ("pager --version | head -n 1 | cut -c 1-5", "less \n"),
    ("basename $(which which)", "which\n"),
    ("readlink -f /bin/sh /usr/bin/sh", "/usr/bin/dash\n/usr/bin/dash\n"),
    ("/usr/bin/env bash -c 'echo $0'; /usr/bin/gcc --version | head -n 1 | cut -c 1-4", "bash\ngcc \n"),
    // What there is no package for is not there, although the host may have it.
    ("command -v perl curl apt-get systemctl || echo none", "none\n"),
    ("ls -d /opt /sys /srv /usr/local /etc/shadow /etc/fstab ~/.bashrc 2>/dev/null || echo none", "none\n"),
    (
        "for path in /usr /etc / ~/.local/share/devshell; do touch $path/x 2>/dev/null && echo $path; done; echo .",
        ".\n",
    ),
    ("echo x 2>/dev/null >/etc/passwd || echo refused", "refused\n"),
    ("ls ~", "shop\n"),
    ("echo x >~/x && echo y >/tmp/y && cat ~/x /tmp/y", "x\ny\n"),
    ("devshell run again", "42\n"),
    (". /etc/os-release && echo $ID $VERSION_CODENAME $SHELL", "debian trixie /bin/bash\n"),
];

#[test]
fn people_find_what_they_know_of_a_system() {
    let user = project("trixie", &["gcc", "git", "python3", "openssh-client"]);
    user.sandbox.write(user.sandbox.home().join(".bashrc"), "exit 3\n");
    // In one dev shell: to make all files the user's takes longer than the scripts.
    let all: String = TABLE.iter().map(|(script, _)| format!("(set -e\n{script}\n)\necho =====\n")).collect();
    let text = said(&user, &format!("set +e\n{all}"));
    let answers: Vec<&str> = text.split("=====\n").collect();
    assert_eq!(answers.len(), TABLE.len() + 1, "{text}");
    for ((script, expected), answer) in TABLE.iter().zip(answers) {
        assert_eq!(answer, *expected, "{script}");
    }
    check_mounts(&user);
    // A file of certificates that the user names is the only one of the host.
    let named = user.sandbox.write(user.sandbox.root().join("corp/ca.pem"), "a certificate\n");
    let variables = [("SSL_CERT_FILE", named.to_str().unwrap())];
    let script = ["run", "--", "sh", "-c", "cat \"$SSL_CERT_FILE\" && ls \"${SSL_CERT_FILE%/*}\""];
    user.run_in(user.sandbox.project(), &variables, &script).success().stdout("a certificate\nca.pem\n");
    let found = user.run(&["why", "sed"]);
    found.success().stdout_contains("base utilities: deb:base-files 13").stdout_contains("devshell.json:1");
    user.run(&["list"]).success().stdout_contains("base utilities, ").stdout_contains("deb:gcc");
}

/// Where files may be opened, but for the store and the project.
const INSIDE: [&str; 6] = ["/usr/", "/bin/", "/etc/", "/proc/", "/dev/", "/tmp/"];

/// The files that processes opened or started, as `strace -y` shows them.
fn opened(trace: &str) -> BTreeSet<PathBuf> {
    let path = |line: &str| {
        let (call, answer) = line.rsplit_once(" = ")?;
        if let Some((_, path)) = answer.strip_suffix('>').and_then(|answer| answer.split_once('<')) {
            return Some(PathBuf::from(path));
        }
        let started = call.split_once("execve(\"").and_then(|(_, rest)| rest.split_once('"'));
        started.filter(|(path, _)| answer == "0" && path.starts_with('/')).map(|(path, _)| PathBuf::from(path))
    };
    trace.lines().filter_map(path).collect()
}

const PYTEST: &str = r#"
import socket, subprocess, time

def test_it(tmp_path):
    (tmp_path / "x").write_text("y")
    assert subprocess.run(["sed", "s/y/z/", tmp_path / "x"], capture_output=True).stdout == b"z"
    assert socket.gethostbyname("localhost") and time.localtime()
"#;

/// The source of GNU hello, from the archive that apt knows.
fn fetch_hello(sandbox: &Sandbox) {
    let apt = which::which("apt-get").expect("`apt-get` knows where sources are");
    let sites = sandbox.program(apt, &["indextargets", "--format", "$(SITE)", "Created-By: Packages"]).run();
    let site = sites.success().text().lines().next().expect("apt knows an archive").to_owned();
    let url = format!("{site}/pool/main/h/hello/hello_2.10.orig.tar.gz");
    let hash = "SHA256:31e066137a962676e89f69d1b65382de95a7ef7d914b8cb956f41ea72e0f516b";
    let arguments = ["download-file", &url, "hello.tar.gz", hash];
    sandbox.program("/usr/lib/apt/apt-helper", &arguments).envs(network()).run_within(PATIENCE).success();
}

/// The variables that say how to reach it.
fn network() -> impl Iterator<Item = (&'static str, std::ffi::OsString)> {
    real::NETWORK.iter().filter_map(|name| Some((*name, std::env::var_os(name)?)))
}

#[test]
fn make_check_and_pytest_open_nothing_of_the_host() {
    let user = project("trixie", &["gcc", "python3-pytest", "strace"]);
    let sandbox = &user.sandbox;
    fetch_hello(sandbox);
    sandbox.write("test_it.py", PYTEST);
    let build = "tar -xzf hello.tar.gz && cd hello-2.10 && ./configure -q >../log 2>&1 && make -s >>../log 2>&1";
    said(&user, build);
    let check = said(&user, "cd hello-2.10 && strace -f -y -e trace=%file -o ../make.trace make check 2>&1");
    assert!(check.contains("# PASS:  4\n") && check.contains("# FAIL:  0\n"), "{check}");
    let tested = said(&user, "strace -f -y -e trace=%file -o pytest.trace pytest -q -p no:cacheprovider test_it.py");
    assert!(tested.contains("1 passed"), "{tested}");
    let own = [sandbox.project(), &sandbox.data(), &sandbox.root().join("tmp")].map(Path::to_owned);
    for name in ["make.trace", "pytest.trace"] {
        let opened = opened(&sandbox.read(name));
        assert!(opened.iter().any(|path| path.starts_with(&own[1])) && opened.len() > 50, "{name}: {opened:?}");
        let is_inside = |path: &&PathBuf| {
            own.iter().any(|own| path.starts_with(own) || own.starts_with(path))
                || INSIDE.iter().any(|directory| path.starts_with(directory))
        };
        let others: Vec<&PathBuf> = opened.iter().filter(|path| !is_inside(path)).collect();
        assert!(others.is_empty(), "{name}: {others:?}");
    }
}

#[test]
fn the_shell_is_the_projects_or_bash() {
    let sandbox = Sandbox::new().with_apt();
    sandbox.manifest(manifest("trixie", &["zsh"]));
    real::run(&sandbox, &["lock"]).success();
    real::run(&sandbox, &["install"]).success();
    let fish = sandbox.write_executable(sandbox.root().join("bin/fish"), "#!/bin/sh\n");
    let outcome = sandbox.devshell(&["enter"]).env("SHELL", &fish).stdin("echo \"$BASH_VERSION\"\n").run();
    outcome.success().stdout_contains("5.2.").stderr(
        "devshell: `fish` is not in this dev shell, which has nothing of the host; starting bash. `devshell add deb:fish` \
         adds it\n",
    );
    let refused = sandbox.devshell(&["enter", "--shell", "fish"]).stdin("").run();
    refused
        .code(125)
        .stderr_contains("`fish` is not in this dev shell")
        .stderr_contains("hint: `devshell add deb:fish`");
    // By a path of the system too, only what the packages have is found.
    real::run(&sandbox, &["run", "--", "/usr/bin/sed", "--version"]).success().stdout_contains("GNU sed");
    let absent = real::run(&sandbox, &["run", "--", "/usr/bin/python3"]);
    absent.code(127).stderr_contains("`/usr/bin/python3` is not in this dev shell");
    for shell in ["bash", "zsh"] {
        let mut terminal = Terminal::enter(&sandbox, shell, &[]);
        terminal.wait_for("(shop) ");
        let program = terminal.run("readlink /proc/$$/exe");
        assert!(Path::new(&program).starts_with(sandbox.data()), "{program}: {terminal}");
        let jobs = terminal.run("sleep 100 & kill %1; wait; test -t 0 && echo typed");
        assert!(jobs.ends_with("typed"), "{jobs}: {terminal}");
        assert_eq!(terminal.run("devshell run again"), "42", "{terminal}");
    }
}

#[test]
fn programs_that_debian_did_not_make_run_too() {
    let sandbox = real::sandbox();
    sandbox.manifest(
        r#"{ "isolation": "hermetic", "registries": { "deb": { "suite": "trixie" } }, "tools": { "node": "22", "ruff": "*" } }"#,
    );
    real::run(&sandbox, &["lock"]).success();
    real::run(&sandbox, &["install"]).success();
    let script =
        "node -p 'process.version.slice(0, 4)' && ruff --version | cut -c 1-4 && ldd $(readlink -f $(which node))";
    let outcome = real::run(&sandbox, &["run", "--", "sh", "-ec", script]);
    outcome.success().stdout_contains("v22.\nruff\n").stdout_contains("libstdc++.so.6 => /lib/");
    assert!(!outcome.text().contains("not found"), "{outcome}");
}

/// Expects that all that is mounted inside is new, devshell's own, the project, or the packages.
fn check_mounts(user: &User) {
    let mounts = said(user, "cat /proc/self/mountinfo");
    let all: Vec<Vec<&str>> = mounts.lines().map(|line| line.split(' ').collect()).collect();
    // What the wall makes is of one file system in memory, which nothing else has.
    let memory = all.iter().find(|fields| fields[4] == "/").unwrap()[2];
    let mut count = 0;
    for (line, fields) in mounts.lines().zip(&all) {
        let (device, root, point) = (fields[2], fields[3], fields[4]);
        let kind = fields[fields.iter().position(|field| *field == "-").unwrap() + 1];
        let is_fresh =
            if kind == "tmpfs" { device == memory } else { root == "/" && ["proc", "devpts"].contains(&kind) };
        let is_device = point.starts_with("/dev/") && point.matches('/').count() == 2;
        let is_process = point.starts_with("/proc/");
        let is_own = ["[HOME]/", "[PROJECT]", "[ROOT]/"].iter().any(|own| point.starts_with(own));
        let is_usr = point == "/usr" && root.ends_with("-deb-trixie/usr");
        count += usize::from(is_usr);
        assert!(is_fresh || is_device || is_process || is_own || is_usr, "{line}");
    }
    assert_eq!(count, 1, "{mounts}");
}

/// A system that has nothing but a static busybox, the commands that this one knows, and two files in `/etc`.
fn busybox_system(sandbox: &Sandbox, busybox: &Path) -> String {
    let system = sandbox.root().join("busybox-system");
    let bin = system.join("usr/bin");
    fs_err::create_dir_all(&bin).unwrap();
    fs_err::copy(busybox, bin.join("busybox")).unwrap();
    let commands = sandbox.program(busybox, &["--list"]).run().success().text();
    for command in commands.lines().filter(|command| *command != "busybox") {
        fs_err::os::unix::fs::symlink("busybox", bin.join(command)).unwrap();
    }
    sandbox.write(system.join("etc/passwd"), "root:x:0:0::/root:/bin/sh\n");
    sandbox.write(system.join("etc/group"), "root:x:0:\n");
    system.display().to_string()
}

/// Each as another host: one without a system, one of busybox alone, and two releases of Debian.
#[test]
fn it_is_the_same_on_every_host() {
    let sandbox = Sandbox::new().with_apt();
    let prefix = |suite: &str| {
        sandbox.manifest(manifest(suite, &["gcc", "busybox-static"]));
        real::run(&sandbox, &["lock"]).success();
        real::run(&sandbox, &["install"]).success();
        let builds = fs_err::read_dir(sandbox.data().join("builds-1")).unwrap().map(|entry| entry.unwrap().path());
        builds
            .into_iter()
            .find(|path| path.join("usr").is_dir() && path.display().to_string().ends_with(suite))
            .unwrap()
    };
    let [old, new] = ["bookworm", "trixie"].map(prefix);
    let busybox = busybox_system(&sandbox, &new.join("usr/bin/busybox"));
    let systems = [old, new].map(|path| path.display().to_string());
    let executable = sandbox.home().join("devshell");
    fs_err::copy(DEVSHELL, &executable).unwrap();
    let script = "cc c.c -o c && ./c && sha256sum c && ls -lR /usr | sha256sum && ls /etc && cat /etc/passwd && bash --version && env | \
                  grep -v -e ^DEVSHELL_ -e ^OLDPWD | sort";
    sandbox.write("c.c", "#include <stdio.h>\nint main(void) { puts(\"compiled\"); }\n");
    let on = |name: &str, system: &str, command: &[&str]| -> Outcome {
        in_root(&sandbox, &root(&sandbox, name), system, command).run_within(PATIENCE)
    };
    let run = [executable.to_str().unwrap(), "run", "--", "/bin/sh", "-ec", script];
    let nothing = on("nothing", "", &run);
    nothing.success().stdout_contains("compiled\n").stdout_contains("GNU bash, version 5.2.37");
    let is_busybox = "busybox | head -n 1 | cut -c 1-7; awk 2>&1 | head -n 1 | cut -c 1-7; test -e /lib || test -e /lib64 || ls /etc";
    on("busybox", &busybox, &["/bin/sh", "-c", is_busybox]).success().stdout("BusyBox\nBusyBox\ngroup\npasswd\n");
    for (name, system) in [("busybox", &busybox), ("debian-12", &systems[0]), ("debian-13", &systems[1])] {
        on(name, system, &run).success().stdout(&nothing.text());
    }
}
