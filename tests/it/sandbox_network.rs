//! Isolation `sandbox`: what of the network commands inside the wall can reach, and what is said about the rest. The gate
//! by itself is tested in crates/wall.
#![cfg(target_os = "linux")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixListener;
use std::sync::{Arc, Mutex};
use std::thread;

use crate::disk::{NO_MOUNTS, in_own_mounts};
use crate::support::{Invocation, Registry, Sandbox, not_run, tool};

/// A server that says its name to everyone.
fn server(name: &'static str) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let _ = writeln!(stream.unwrap(), "{name}");
        }
    });
    port
}

/// A proxy that connects everyone with one port, and what it was asked for.
fn proxy(to: u16) -> (u16, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let asked: Arc<Mutex<Vec<String>>> = Arc::default();
    let heard = Arc::clone(&asked);
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines().map(Result::unwrap);
            heard.lock().unwrap().push(lines.next().unwrap());
            lines.find(String::is_empty).unwrap();
            let mut text = String::new();
            TcpStream::connect(("127.0.0.1", to)).unwrap().read_to_string(&mut text).unwrap();
            write!(stream, "HTTP/1.1 200 Connection established\r\n\r\n{text}").unwrap();
        }
    });
    (port, asked)
}

/// A project in a sandbox with these keys.
fn shop(keys: &str) -> Sandbox {
    let sandbox = Sandbox::new().on_whole_host();
    sandbox.manifest(format!(r#"{{ "name": "shop", "isolation": "sandbox", "sandbox": {{ {keys} }} }}"#));
    sandbox.run(&["lock"]).success();
    sandbox
}

/// bash with a function that prints what a server says, or that it could not be reached.
fn script(script: &str) -> String {
    format!("get() {{ (exec 3<>/dev/tcp/$1/$2 && cat <&3) 2>/dev/null || echo none; }}\n{script}")
}

fn bash<'s>(sandbox: &'s Sandbox, options: &[&str], text: &str) -> Invocation<'s> {
    sandbox.devshell(&["run"]).args(options).args(&["--", "bash", "-c", &script(text)])
}

#[test]
fn a_list_lets_through_what_it_has_and_the_rest_is_told() {
    let (one, other) = (server("one"), server("other"));
    let sandbox = shop(&format!(r#""net": ["localhost:{one}", "a.example"]"#));
    let text = format!(
        "get localhost {one}; get 127.0.0.1 {other}; get evil.example 80; get evil.example 443; get b.example 80; get 192.0.2.1 80"
    );
    let outcome = bash(&sandbox, &[], &text).run();
    outcome.success().stdout("one\nnone\nnone\nnone\nnone\nnone\n");
    outcome.stderr(
        "devshell: the sandbox refused these hosts: b.example, evil.example (2 times); to allow one, add it to `net` in \
         the manifest's `sandbox`: \"sandbox\": { \"net\": [\"b.example\"] }, or pass `--net b.example`\n",
    );
    // `false` is a list without anything, and localhost is the wall's own.
    let sandbox = shop(r#""net": false"#);
    let outcome = bash(&sandbox, &[], &format!("get localhost {one}; get c.example 80; exit 3")).run();
    outcome.code(3).stdout("none\nnone\n").stderr_contains("the sandbox refused these hosts: c.example; ");
    // Without a list, it is the host's.
    let sandbox = shop("");
    bash(&sandbox, &[], &format!("get localhost {one}")).run().success().stdout("one\n");
}

#[test]
fn names_go_by_way_of_the_proxy() {
    let (proxy, asked) = proxy(server("one"));
    let sandbox = shop(r#""net": ["a.example:80,22", "*.corp.example:443"]"#);
    let run = bash(&sandbox, &[], "get A.example 22; get deep.corp.example 443; get a.example 81; get x.example 80");
    let outcome = run.env("HTTPS_PROXY", format!("http://ann:secret@127.0.0.1:{proxy}")).run();
    outcome.success().stdout("one\none\nnone\nnone\n").stderr_contains("refused these hosts: x.example; ");
    assert_eq!(*asked.lock().unwrap(), ["CONNECT a.example:22 HTTP/1.1", "CONNECT deep.corp.example:443 HTTP/1.1"]);
}

/// All that any process sends, inside the wall and outside of it.
#[test]
fn nothing_leaves_for_a_name_that_is_refused() {
    let sandbox = shop(r#""net": ["a.example"]"#);
    let log = sandbox.root().join("sent");
    let strace = which::which("strace").expect("`strace` shows what is sent");
    let text = script("get evil.example 80; get secret.evil.example 443");
    let arguments = ["-f", "-qq", "-e", "trace=%network", "-o", log.to_str().unwrap(), crate::support::DEVSHELL];
    let run = sandbox.program(strace, &arguments).args(&["run", "--", "bash", "-c", &text]).run();
    run.success().stdout("none\nnone\n").stderr_contains("evil.example, secret.evil.example; ");
    let sent = fs_err::read_to_string(log).unwrap();
    let address = regex::Regex::new(r#"sin_port=htons\((\d+)\), sin_addr=inet_addr\("([^"]+)"\)"#).unwrap();
    let mut to: Vec<(&str, &str)> = address.captures_iter(&sent).map(|found| found.extract().1.into()).collect();
    to.sort_unstable();
    to.dedup();
    // The wall's own server is asked, which answers to where it was asked from.
    assert!(to.contains(&("53", "198.18.0.1")), "{to:?}");
    assert!(to.iter().all(|(_, ip)| *ip == "198.18.0.1") && !sent.contains("sin6_port"), "{to:?}\n{sent}");
}

/// Who owns a name must not choose an address of the networks that only this machine can reach.
#[test]
fn names_lead_to_no_private_address() {
    let port = server("one");
    let sandbox = shop(r#""net": ["metadata.example:80", "own.example:80"]"#);
    sandbox.write(sandbox.root().join("hosts"), "169.254.169.254 metadata.example\n127.0.0.1 own.example\n");
    let text = script(&format!("get metadata.example 80; get own.example 80; get own.example {port}"));
    sandbox.write("get.sh", text);
    let run = "mount --bind \"$HOSTS\" /etc/hosts && exec \"$0\" run -- bash get.sh";
    let Some(run) = in_own_mounts(&sandbox, run) else {
        return not_run("sandbox_network::names_lead_to_no_private_address", NO_MOUNTS);
    };
    let outcome = run.env("HOSTS", sandbox.root().join("hosts")).run();
    outcome.success().stdout("none\nnone\nnone\n").stderr(
        "devshell: the sandbox refused metadata.example:80: its address is on a private network; to allow it, add \
         \"169.254.169.254:80\" to `net`\n\
         devshell: the sandbox refused own.example:80: its address is on a private network; to allow it, add \
         \"127.0.0.1:80\" to `net`\n",
    );
}

#[test]
fn a_registry_is_the_one_that_is_active() {
    let registry = Registry::with(tool("node", "22.3.0"));
    let sandbox = Sandbox::new().on_whole_host().with_registry(&registry);
    sandbox.manifest(r#"{ "isolation": "sandbox", "sandbox": { "net": ["registry:npm"] } }"#);
    sandbox.run(&["lock"]).success();
    let port = registry.url().rsplit(':').next().unwrap().trim_end_matches('/').to_owned();
    let ask = "exec 3<>/dev/tcp/127.0.0.1/$0; printf 'GET /node HTTP/1.0\\r\\n\\r\\n' >&3; head -n 1 <&3";
    let outcome = sandbox.run(&["run", "--", "bash", "-c", ask, &port]);
    assert!(outcome.success().text().starts_with("HTTP/1."), "{outcome}");
}

#[test]
fn the_option_says_it_for_one_command() {
    let one = server("one");
    let sandbox = shop(r#""net": false"#);
    let host = format!("localhost:{one}");
    let get = format!("get localhost {one}");
    for (options, expected) in [
        (&["--net", &host][..], "one\n"),
        (&["--net", "a.example", "--net", &host], "one\n"),
        (&["--net", "all"], "one\n"),
    ] {
        bash(&sandbox, options, &get).run().success().stdout(expected);
    }
    let sandbox = shop("");
    bash(&sandbox, &["--net", "none"], &get).run().success().stdout("none\n");
    for (options, code, said) in [
        (&["--net", "http://x"][..], 2, "`http://x` is a URL, and not a host; write its host alone"),
        (&["--net", "localhost"], 2, "`localhost` is an address, and needs a port; write `localhost:443`"),
        (
            &["--isolation", "path", "--net", "none"],
            125,
            "`--net` works only in a sandbox\nhint: add `--isolation sandbox`\n",
        ),
    ] {
        bash(&sandbox, options, "true").run().code(code).stderr_contains(said);
    }
}

#[test]
fn ones_own_settings_only_tighten() {
    let (one, other) = (server("one"), server("other"));
    let sandbox = shop(&format!(r#""net": ["localhost:{one},{other}"], "protect": false"#));
    sandbox.write(".env", "a secret\n");
    let text = format!("get localhost {one}; get localhost {other}; cat .env; test -w devshell.json && echo writable");
    let run = |options: &[&str]| bash(&sandbox, options, &text).run();
    run(&[]).success().stdout("one\nother\na secret\nwritable\n");
    sandbox
        .config(format!(r#"{{ "sandbox": {{ "net": ["localhost:{other}"], "deny": [".env"], "protect": true }} }}"#));
    run(&[]).code(1).stdout("none\nother\n");
    // Nor does the command line widen it.
    run(&["--net", "all"]).code(1).stdout("none\nother\n");
    sandbox.config(r#"{ "sandbox": { "read": ["~/.ssh"] } }"#);
    run(&[]).stderr_contains("unknown key `read`");
}

#[test]
fn ports_and_sockets_are_there_as_the_manifest_says() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let sandbox =
        shop(&format!(r#""net": false, "publish": [{free}], "sockets": ["ssh-agent"], "devices": ["/dev/kmsg"]"#));
    let taken = TcpListener::bind(("127.0.0.1", free)).unwrap();
    let outcome = bash(&sandbox, &[], "echo started").run();
    outcome.code(125).stdout("").stderr_contains(&format!("cannot publish port {free}: Address already in use"));
    drop(taken);

    let agent = sandbox.root().join("agent/socket");
    fs_err::create_dir(agent.parent().unwrap()).unwrap();
    let _agent = UnixListener::bind(&agent).unwrap();
    let text =
        "test -S \"$SSH_AUTH_SOCK\" && echo agent; ls -A \"${SSH_AUTH_SOCK%/*}\"; test -e /dev/kmsg && echo device";
    let outcome = bash(&sandbox, &[], text).env("SSH_AUTH_SOCK", &agent).run();
    outcome.success().stdout("agent\nsocket\ndevice\n");
    let without = shop("");
    let text = "test -e \"$SSH_AUTH_SOCK\" || echo none; test -e /dev/kmsg || echo none";
    bash(&without, &[], text).env("SSH_AUTH_SOCK", &agent).run().success().stdout("none\nnone\n");
}

#[test]
fn mistakes_are_found_with_their_places() {
    let sandbox = Sandbox::new();
    sandbox.manifest(
        "{ \"sandbox\": {\n\"net\": [\"https://x/\", 1],\n\"publish\": [0, \"x\"],\n\"sockets\": [\"docker\"],\n\"devices\": [\"dri\"] } }",
    );
    let outcome = sandbox.run(&["list"]);
    let outcome = outcome.code(4);
    for expected in [
        "`https://x/` is a URL, and not a host",
        "write its host alone",
        "expected a host in quotes, found a number",
        "expected a port, a number from 1 to 65535",
        "`docker` is no path",
        "write `ssh-agent`, or a path that begins with `/`",
        "`dri` is no path",
    ] {
        outcome.stderr_contains(expected);
    }
    sandbox.manifest(r#"{ "sandbox": { "net": "x" } }"#);
    sandbox.run(&["list"]).code(4).stderr_contains("expected true, false or a list of hosts, found a text");
}
