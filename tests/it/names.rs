//! Users and hosts where the C library would look for them by modules of the host: they are found without it, or
//! what is said names the cause. The machine's files are replaced in a mount namespace that ends with the test.

use std::ffi::OsStr;
use std::io::Write as _;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use crate::disk::{NO_MOUNTS, in_own_mounts};
use crate::support::{DEVSHELL, Invocation, NameServer, Outcome, Registry, Sandbox, tool, tree};

/// What a desktop has: modules of systemd for users and hosts, and of mDNS.
const NSSWITCH: &str = "passwd: systemd compat files\n\
    hosts: mymachines resolve [!UNAVAIL=return] myhostname mdns4_minimal dns files\n";

/// A machine whose files say what a test wants.
struct Machine {
    registry: Registry,
    sandbox: Sandbox,
}

impl Machine {
    /// `resolv` is the text of `/etc/resolv.conf`, `hosts` and `passwd` are those of the files of these names.
    fn new(resolv: &str, hosts: &str, passwd: &str) -> Self {
        let registry = Registry::new();
        registry.publish(tool("esbuild", "0.28.1"));
        let sandbox = Sandbox::new().with_registry(&registry);
        sandbox.manifest(r#"{ "tools": { "esbuild": "*" } }"#);
        for (name, text) in [("resolv.conf", resolv), ("hosts", hosts), ("passwd", passwd), ("nsswitch.conf", NSSWITCH)]
        {
            sandbox.write(sandbox.root().join("etc").join(name), text);
        }
        Self { registry, sandbox }
    }

    /// The registry's address with another host.
    fn url(&self, host: &str) -> String {
        self.registry.url().replace("127.0.0.1", host)
    }

    /// A script in which `$0` is devshell. `None` where this user may not replace the machine's files.
    fn script(&self, script: &str) -> Option<Invocation<'_>> {
        let mounts =
            "for file in resolv.conf hosts passwd nsswitch.conf; do mount --bind \"$ETC/$file\" \"/etc/$file\"; done";
        let run = in_own_mounts(&self.sandbox, &format!("{mounts}\n{script}"))?;
        Some(run.env("ETC", self.sandbox.root().join("etc")))
    }

    /// `lock` with the registry at this host.
    fn lock(&self, host: &str, variables: &[(&str, &str)]) -> Option<Outcome> {
        self.sandbox.remove("devshell.lock");
        self.registry.forget_requests();
        let run = self.script("exec \"$0\" lock")?;
        Some(run.env("NPM_CONFIG_REGISTRY", self.url(host)).envs(variables.iter().copied()).run())
    }
}

fn not_run(test: &str, why: &str) {
    let line = format!("names::{test} was not run: {why}\n");
    std::io::stderr().write_all(line.as_bytes()).unwrap();
}

const NO_PORT: &str = "this user may not use port 53; try it as root";

#[test]
fn hosts_of_the_file_are_found_and_no_module_is_loaded() {
    let machine = Machine::new("nameserver 127.255.255.254\n", "127.0.0.1 other Registry.Example\n", "");
    let Some(outcome) = machine.lock("registry.example", &[]) else {
        return not_run("hosts_of_the_file_are_found_and_no_module_is_loaded", NO_MOUNTS);
    };
    outcome.success();
    machine.sandbox.remove("devshell.lock");
    machine.sandbox.remove(machine.sandbox.cache());
    let log = machine.sandbox.root().join("opened");
    let script = "exec strace -f -qq -e trace=open,openat,openat2,execve -o \"$LOG\" \"$0\" lock";
    let run = machine.script(script).unwrap().env("LOG", &log).env_remove("HOME");
    let place = machine.sandbox.root().join("place");
    run.env("NPM_CONFIG_REGISTRY", machine.url("registry.example")).env("DEVSHELL_HOME", place).run().success();
    let opened = fs_err::read_to_string(log).unwrap();
    for (name, expected) in
        [("/etc/hosts", true), ("/etc/passwd", true), ("nsswitch", false), ("libnss", false), (".so", false)]
    {
        assert_eq!(opened.contains(name), expected, "{name}\n{opened}");
    }
}

#[test]
fn localhost_is_this_machine_whatever_the_files_say() {
    let machine = Machine::new("nameserver 127.255.255.254\n", "192.0.2.1 localhost registry.localhost\n", "");
    for host in ["localhost", "LOCALHOST.", "registry.localhost"] {
        let Some(outcome) = machine.lock(host, &[]) else {
            return not_run("localhost_is_this_machine_whatever_the_files_say", NO_MOUNTS);
        };
        outcome.success();
        assert!(!machine.registry.requests().is_empty(), "{host}");
    }
}

#[test]
fn a_name_server_is_asked_for_the_rest() {
    let Some(server) = NameServer::with(&["registry.corp.test"]) else {
        return not_run("a_name_server_is_asked_for_the_rest", NO_PORT);
    };
    let resolv = format!("search shop.test corp.test\nnameserver {}\noptions timeout:30\n", server.address());
    let machine = Machine::new(&resolv, "", "");
    let Some(outcome) = machine.lock("registry", &[]) else {
        return not_run("a_name_server_is_asked_for_the_rest", NO_MOUNTS);
    };
    outcome.success();
    assert_eq!(server.names(), ["registry.corp.test", "registry.shop.test"]);
    let outcome = machine.lock("unknown.test", &[]).unwrap();
    outcome
        .code(5)
        .stderr_contains("because io: no name server knows `unknown.test`\n")
        .stderr_contains("hint: check the network and the proxy settings (HTTPS_PROXY, NO_PROXY)\n");
    // That is not asked again: two kinds of addresses of three names.
    assert_eq!(server.names()[2..], ["unknown.test", "unknown.test.corp.test", "unknown.test.shop.test"]);
}

#[test]
fn a_name_server_that_says_nothing_is_named() {
    let Some(server) = NameServer::silent() else {
        return not_run("a_name_server_that_says_nothing_is_named", NO_PORT);
    };
    let machine = Machine::new(&format!("nameserver {}\noptions attempts:1\n", server.address()), "", "");
    let Some(outcome) = machine.lock("registry.test", &[("DEVSHELL_TIMEOUT", "0.2")]) else {
        return not_run("a_name_server_that_says_nothing_is_named", NO_MOUNTS);
    };
    outcome
        .code(5)
        .stderr_contains("because io: `registry.test` cannot be looked up: the name server `127.53.53.")
        .stderr_contains("` does not answer\n")
        .stderr_contains("hint: check the network, and the name servers that /etc/resolv.conf names\n");
    assert_eq!(server.count(), 2, "the two kinds of addresses, once");
}

#[test]
fn a_proxy_is_looked_up_and_what_it_is_to_reach_is_not() {
    let Some(server) = NameServer::with(&["proxy.test"]) else {
        return not_run("a_proxy_is_looked_up_and_what_it_is_to_reach_is_not", NO_PORT);
    };
    let machine = Machine::new(&format!("nameserver {}\nsearch .\n", server.address()), "", "");
    let proxy = machine.url("proxy.test");
    for variable in ["HTTP_PROXY", "ALL_PROXY"] {
        let variables = [(variable, proxy.as_str()), ("NPM_CONFIG_REGISTRY", "http://registry.test/")];
        let Some(outcome) = machine.lock("127.0.0.1", &variables) else {
            return not_run("a_proxy_is_looked_up_and_what_it_is_to_reach_is_not", NO_MOUNTS);
        };
        outcome.success();
        assert!(!machine.registry.requests().is_empty(), "{variable}");
        assert_eq!(server.names(), ["proxy.test"], "{variable}");
    }
}

#[test]
fn without_home_it_is_that_of_the_file_of_users() {
    let user = if rustix::process::geteuid().is_root() { 0 } else { rustix::process::getuid().as_raw() };
    let machine = Machine::new("", "", "");
    let home = machine.sandbox.root().join("other home");
    let (root, url) = (machine.sandbox.root().to_owned(), machine.registry.url().to_owned());
    let run = |passwd: &str, verb: &str| {
        machine.sandbox.write(root.join("etc/passwd"), passwd);
        let run = machine.script(&format!("exec \"$0\" {verb}"))?.env_remove("HOME").env_remove("SHELL");
        Some(run.env("NPM_CONFIG_REGISTRY", &url))
    };
    let others = root.join("others").display().to_string();
    let line = |home: &Path| format!("a:x:4242:0::{others}:/bin/sh\nme:x:{user}:0:Me:{}:/bin/sh\n", home.display());
    let Some(outcome) = run(&line(&home), "lock") else {
        return not_run("without_home_it_is_that_of_the_file_of_users", NO_MOUNTS);
    };
    // A path with a space is none for the store, so this says which one it would be.
    outcome.run().code(125).stderr_contains("other home/.local/share/devshell");
    let home = root.join("home2");
    run(&line(&home), "lock").unwrap().run().success();
    run(&line(&home), "run esbuild").unwrap().run().success();
    let made = tree(&home);
    let below = |place: &str| made.keys().any(|path| path.starts_with(place));
    assert!([".local/share/devshell", ".cache/devshell"].into_iter().all(below), "{made:?}");
    // Whom the file does not have, or gives no path, has no home.
    let unknown = format!("me:x:4242:0::{others}:/bin/sh\n");
    for passwd in ["", &unknown, &line(Path::new("")), &line(Path::new("relative")), &format!("me:x:{user}\n")] {
        run(passwd, "lock").unwrap().run().code(125).stdout("").stderr(
            "devshell: no directory for devshell's files: HOME is not set, and /etc/passwd has no home directory for the user\n\
             hint: set DEVSHELL_HOME to an absolute path without white space\n",
        );
    }
    let elsewhere = root.join("elsewhere");
    run(&unknown, "run esbuild").unwrap().env("DEVSHELL_HOME", &elsewhere).run().success();
    // Nor is one needed where each place is named.
    let places = ["DATA", "CACHE", "STATE"].map(|name| (format!("XDG_{name}_HOME"), root.join("xdg").join(name)));
    run(&unknown, "run esbuild").unwrap().envs(places).run().success();
    assert!(root.join("xdg/DATA/devshell/objects-1").is_dir());
    assert!(!Path::new(&others).exists(), "another user's home directory was used");
}

/// A library that ends whichever program loads it, and a static program that asks the C library for users.
const TRAP: &str = "__attribute__((constructor)) static void trap(void) { __builtin_trap(); }\n";
const ASKS: &str = "#include <pwd.h>\nint main(void) { return getpwuid(4242) != 0; }\n";

/// Makes the root, and runs a script in it as a user whom nothing knows. `$1` is the root, `$2` devshell.
const ENTER: &str = r#"
set -e
mkdir -p "$1/proc" "$1/dev" "$1/tmp"
touch "$1/devshell"
mount --bind "$2" "$1/devshell"
mount -t proc proc "$1/proc"
mount --rbind /dev "$1/dev"
mount -t tmpfs -o mode=1777 tmpfs "$1/tmp"
printf '{ "tools": { "esbuild": "*" } }' > "$1/tmp/devshell.json"
chown 4242:4242 "$1/tmp/devshell.json"
shift 2
exec "$@"
"#;

/// A root directory in which the modules of the C library are traps.
fn root_with_traps(sandbox: &Sandbox) -> PathBuf {
    let root = sandbox.root().join("bare");
    for (name, text) in [
        ("nsswitch.conf", NSSWITCH),
        ("hosts", "127.0.0.1 registry.example\n"),
        ("resolv.conf", "nameserver 127.255.255.254\n"),
    ] {
        sandbox.write(root.join("etc").join(name), text);
    }
    let cc = which::which("cc").expect("a C compiler is needed, as it is to link devshell");
    let compile = |source: &str, text: &str, options: &[&str], made: &Path| {
        let source = sandbox.write(sandbox.root().join(source), text);
        let run = sandbox.program(&cc, options).env("PATH", std::env::var_os("PATH").unwrap());
        run.arg("-o").arg(made).arg(source).run().success();
    };
    let trap = sandbox.root().join("trap.so");
    compile("trap.c", TRAP, &["-shared", "-fPIC", "-nostdlib"], &trap);
    compile("asks.c", ASKS, &["-static"], &root.join("asks"));
    let machine = std::env::consts::ARCH;
    for directory in ["lib", "lib64", "usr/lib", "usr/lib64", &format!("lib/{machine}-linux-gnu")] {
        fs_err::create_dir_all(root.join(directory)).unwrap();
        for module in ["compat", "dns", "files", "mdns4_minimal", "myhostname", "mymachines", "resolve", "systemd"] {
            fs_err::copy(&trap, root.join(directory).join(format!("libnss_{module}.so.2"))).unwrap();
        }
    }
    root
}

#[test]
fn modules_of_another_c_library_are_left_alone() {
    let registry = Registry::new();
    registry.publish(tool("esbuild", "0.28.1"));
    let sandbox = Sandbox::new().with_registry(&registry);
    let root = root_with_traps(&sandbox);
    let Some(unshare) = which::which("unshare").ok().filter(|_| rustix::process::getuid().is_root()) else {
        return not_run("modules_of_another_c_library_are_left_alone", NO_MOUNTS);
    };
    let inside = |words: &[&str]| {
        let root = root.display().to_string();
        let chroot = ["chroot", "--userspec=4242:4242", &root];
        let head = ["--mount", "--propagation", "private", "sh", "-c", ENTER, "sh", &root, DEVSHELL];
        let run = sandbox.program(&unshare, &[&head[..], &chroot, words].concat());
        run.env_remove("HOME").env("PATH", std::env::var_os("PATH").unwrap())
    };
    // The traps work: SIGILL on one processor, SIGTRAP on the other.
    inside(&["/asks"]).run().signal(if cfg!(target_arch = "x86_64") { 4 } else { 5 });
    let devshell = |verb: &[&str]| inside(&[&["/devshell", "-C", "/tmp"], verb].concat());
    for verb in [&["lock"][..], &["doctor"], &["env"]] {
        devshell(verb).run().code(if verb == ["doctor"] { 1 } else { 125 });
    }
    devshell(&["lock"]).run().stderr_contains("HOME is not set, and /etc/passwd has no home directory for the user");
    for host in ["localhost", "x.localhost", "registry.example"] {
        let url = registry.url().replace("127.0.0.1", host);
        registry.forget_requests();
        let run = devshell(&["lock"]).env("DEVSHELL_HOME", "/tmp/place").env("NPM_CONFIG_REGISTRY", url);
        run.run().success();
        assert!(!registry.requests().is_empty(), "{host}");
    }
    let unknown = devshell(&["lock"]).env("DEVSHELL_HOME", "/tmp/place");
    let unknown = unknown.env("NPM_CONFIG_REGISTRY", "http://unknown.test/").run();
    unknown.code(5).stderr_contains("the name server `127.255.255.254` ");
}

#[test]
fn the_command_line_arrives_byte_for_byte() {
    let machine = Machine::new("", "", "");
    machine.sandbox.manifest("{}");
    let odd = OsStr::from_bytes(b"\xff\xfe a'b\"\n");
    let run = machine.sandbox.devshell(&["run", "--", "printf", "<%s>", ""]).arg(odd).arg("--").arg("");
    let outcome = run.run();
    outcome.success();
    assert_eq!(outcome.bytes(), b"<><\xff\xfe a'b\"\n><--><>");
}
