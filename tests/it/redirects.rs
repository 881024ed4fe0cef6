//! Where servers send on to: from https to https for what nothing vouches for, and never with credentials. And
//! bodies that do not end.

use devshell::digest::hex;
use sha2::{Digest as _, Sha256};

use crate::support::{Certified, Fault, HERE, Outcome, Package, Registry, Sandbox, package, tool};

const SCRIPT: &str = "#!/bin/sh\necho right\n";
const MALICE: &str = "#!/bin/sh\necho BYTES OF WHOEVER IS ON THE WAY\n";

/// A server with TLS, one without, and a project that trusts the first one's certificate.
struct Two {
    safe: Registry,
    open: Registry,
    sandbox: Sandbox,
    pem: std::path::PathBuf,
}

impl Two {
    fn new() -> Self {
        let certificate = Certified::new();
        let (safe, open) = (Registry::with_tls(&certificate), Registry::new());
        let sandbox = Sandbox::new().with_registry(&safe);
        let pem = sandbox.write(sandbox.root().join("own.pem"), certificate.pem());
        safe.serve("/t", SCRIPT);
        open.serve("/t", MALICE);
        Self { safe, open, sandbox, pem }
    }

    fn run(&self, arguments: &[&str]) -> Outcome {
        let run = self.sandbox.devshell(arguments).env("SSL_CERT_FILE", &self.pem);
        run.env("DEVSHELL_PLATFORM", HERE).run()
    }

    /// A tool at an address of the server with TLS.
    fn manifest(&self, more: &str) {
        let url = self.safe.url();
        self.sandbox.manifest(format!(
            r#"{{ "tools": {{ "url:t": {{ "version": "1", "url": "{url}t", "platforms": ["{HERE}"]{more} }} }} }}"#
        ));
        self.sandbox.remove("devshell.lock");
    }

    fn to_open(&self, path: &str) -> Fault {
        Fault::Redirect(format!("{}{path}", self.open.url()))
    }
}

fn sha256(text: &str) -> String {
    hex(&Sha256::digest(text))
}

#[test]
fn what_nothing_vouches_for_comes_over_https_all_the_way() {
    let two = Two::new();
    let refused = |outcome: &Outcome, from: &str, to: &str| {
        let said = format!(
            "because `[REGISTRY]/{from}` redirects to `{}{to}`, which could be tampered with\n",
            two.open.url()
        );
        outcome.code(5).stderr_contains(&said);
    };
    // The first download, whose hash is going to be locked.
    two.safe.fault("/t", two.to_open("t?signature=s3cret"));
    two.manifest("");
    let outcome = two.run(&["lock"]);
    refused(&outcome, "t", "t");
    outcome.stderr_lacks("s3cret").stderr_contains("hint: write the publisher's hash into the manifest: \"sha256\"");
    // The publisher's checksums.
    two.safe.fault("/sums", two.to_open("sums"));
    two.open.serve("/sums", format!("{}  t\n", sha256(MALICE)));
    two.manifest(&format!(r#", "checksums": "{}sums""#, two.safe.url()));
    refused(&two.run(&["lock"]), "sums", "sums");
    // What a registry says of a package.
    let hello = package("hello", "1.0.0").bin("hello", "hello.js").file("hello.js", "echo hello\n");
    two.safe.publish([vec![hello.clone()], tool("node", "22.3.0")].concat());
    two.open.publish([hello]);
    two.safe.fault("/hello", two.to_open("hello"));
    two.sandbox.manifest(r#"{ "tools": { "npm:hello": "1" } }"#);
    let outcome = two.run(&["lock"]);
    refused(&outcome, "hello", "hello");
    outcome.stderr_contains("hint: no hash covers the answer, so it must use https all the way");
    // By way of another redirect, too.
    two.safe.fault("/hello", Fault::Redirect("/hop".to_owned()));
    two.safe.fault("/hop", two.to_open("hello"));
    refused(&two.run(&["lock"]), "hello", "hello");
    let search = "/-/v1/search?text=hello&size=20";
    two.safe.fault(search, two.to_open(&search[1..]));
    two.open.offer_search();
    two.run(&["search", "hello"]).success().stderr_contains("which could be tampered with");
    assert_eq!(two.open.requests(), [""; 0]);
    assert!(!two.sandbox.project().join("devshell.lock").exists());
}

#[test]
fn what_a_hash_vouches_for_may_come_from_anywhere() {
    let two = Two::new();
    two.manifest(&format!(r#", "sha256": "{}""#, sha256(SCRIPT)));
    two.run(&["lock"]).success();
    two.safe.fault("/t", two.to_open("t"));
    two.run(&["install"]).code(5).stderr_contains(" has the hash ");
    two.open.serve("/t", SCRIPT);
    two.run(&["run", "t"]).success().stdout("right\n");
    // From http to https, and on to another server, there is nothing to refuse.
    let certificate = Certified::new();
    let other = Registry::with_tls(&certificate);
    other.serve("/t", SCRIPT);
    let both = [fs_err::read_to_string(&two.pem).unwrap(), certificate.pem()].concat();
    two.sandbox.write(&two.pem, both);
    two.safe.fault("/t", Fault::Redirect(format!("{}t", other.url())));
    two.manifest("");
    two.run(&["lock"]).success();
    assert_eq!(other.requests(), ["/t 200"]);
}

fn plain(version: &str) -> Package {
    package("a", version).bin("a", "a.js").file("a.js", "echo a")
}

/// Another port of the same host is another server.
#[test]
fn credentials_do_not_go_on_to_another_origin() {
    let (own, other) = (Registry::new(), Registry::new());
    own.publish([vec![plain("1.0.0")], tool("node", "22.3.0")].concat());
    other.publish([plain("1.0.0")]);
    own.require_token("s3cret");
    let sandbox = Sandbox::new().with_registry(&own);
    let key = own.url().trim_start_matches("http:").to_owned();
    sandbox.write(sandbox.home().join(".npmrc"), format!("registry={}\n{key}:_authToken=s3cret\n", own.url()));
    sandbox.manifest(r#"{ "tools": { "npm:a": "1" } }"#);
    own.fault("/a", Fault::Redirect(format!("{}a", other.url())));
    sandbox.run(&["lock"]).success();
    own.fault("/a/-/a-1.0.0.tgz", Fault::Redirect(format!("{}a/-/a-1.0.0.tgz", other.url())));
    sandbox.run(&["install"]).success();
    assert_eq!(other.requests(), ["/a 200", "/a/-/a-1.0.0.tgz 200"]);
    assert_eq!(other.headers("authorization"), ["", ""]);
    // Nor back again: who was somewhere else in between may be led anywhere.
    other.fault("/a", Fault::Redirect(format!("{}elsewhere", own.url())));
    own.forget_requests();
    sandbox.remove(sandbox.cache());
    sandbox.run(&["outdated"]).code(5).stderr_contains("answers 401");
    let asked = own.requests().into_iter().zip(own.headers("authorization"));
    let elsewhere: Vec<String> =
        asked.filter(|(path, _)| path.starts_with("/elsewhere")).map(|(_, header)| header).collect();
    assert_eq!(elsewhere, [""]);
}

#[test]
fn a_server_sends_on_so_often_and_to_nothing_but_the_web() {
    let two = Two::new();
    for (to, said) in [
        ("/t".to_owned(), "too many redirects"),
        ("file:///etc/passwd".to_owned(), "unknown scheme: file"),
        ("ftp://127.0.0.1/t".to_owned(), "unknown scheme: ftp"),
        ("data:text/plain,x".to_owned(), "unknown scheme: data"),
    ] {
        two.safe.fault("/t", Fault::Redirect(to));
        two.manifest("");
        two.run(&["lock"]).code(5).stderr_contains(said);
    }
}

/// What is announced as longer than anything is not read.
#[test]
fn a_body_has_an_end() {
    let registry = Registry::with([vec![plain("1.0.0")], tool("node", "22.3.0")].concat());
    let sandbox = Sandbox::new().with_registry(&registry);
    registry.serve("/t", SCRIPT);
    sandbox.manifest(r#"{ "tools": { "npm:a": "1" } }"#);
    registry.fault("/a", Fault::Announces(1 << 40));
    let outcome = sandbox.run(&["lock"]);
    outcome.code(5).stderr_contains("because the answer from `[REGISTRY]/a` has more than 256 MiB\n");
    registry.fault("/a", Fault::Status(500, 0));
    sandbox.run(&["lock"]).success();
    let tarball = "/a/-/a-1.0.0.tgz";
    registry.fault(tarball, Fault::Announces(5 << 30));
    let outcome = sandbox.run(&["install"]);
    outcome.code(5).stderr_contains(&format!("devshell: `a 1.0.0` from `[REGISTRY]{tarball}` is refused\n"));
    outcome.stderr_contains("  because it has more than 4096 MiB\n");
    assert_eq!(registry.count(tarball), 1, "asking again would not help");
    // The publisher's checksums are short, and here they are not.
    registry.serve("/sums", vec![b'x'; (16 << 20) + 1]);
    let url = registry.url();
    let file = format!(r#""version": "1", "url": "{url}t", "checksums": "{url}sums", "platforms": ["x86_64-linux"]"#);
    sandbox.manifest(format!(r#"{{ "tools": {{ "url:t": {{ {file} }} }} }}"#));
    sandbox.run(&["lock"]).code(5).stderr_contains("`[REGISTRY]/sums` is refused\n  because it has more than 16 MiB\n");
    let search = "/-/v1/search?text=a&size=20";
    registry.fault(search, Fault::OtherBytes(vec![b' '; (8 << 20) + 1]));
    sandbox.run(&["search", "a"]).success().stderr_contains("has more than 8 MiB");
}
