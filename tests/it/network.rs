//! Networks that fail: names nobody knows, servers that fall silent, certificates that prove
//! nothing. Each attempt ends, and what is said names the cause.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use crate::support::{Certified, Fault, Gate, Outcome, Package, Registry, Sandbox, package, tool};

const MANIFEST: &str = r#"{ "tools": { "npm:hello": "1" } }"#;
const TARBALL: &str = "/hello/-/hello-1.0.0.tgz";

fn packages() -> Vec<Package> {
    let hello = package("hello", "1.0.0").bin("hello", "hello.js").file("hello.js", "echo hello\n");
    [vec![hello], tool("node", "22.3.0")].concat()
}

/// `lock` against a registry at this address, with as little patience as a test has.
fn lock_at(url: &str, variables: &[(&str, &str)]) -> Outcome {
    let sandbox = Sandbox::new();
    sandbox.manifest(MANIFEST);
    sandbox.write(sandbox.home().join(".npmrc"), format!("registry={url}\n"));
    let run = sandbox.devshell(&["lock"]).env("DEVSHELL_TIMEOUT", "0.2");
    let outcome = run.envs(variables.iter().copied()).run();
    assert!(outcome.ended_well() || !sandbox.project().join("devshell.lock").exists());
    outcome
}

#[test]
fn a_name_nobody_knows_is_said() {
    // RFC 6761, section 6.4: such a name never resolves.
    lock_at("http://registry.invalid/", &[])
        .code(5)
        .stdout("")
        .stderr_contains("devshell: `hello` cannot be looked up\n")
        .stderr_contains("  because `http://registry.invalid/hello` cannot be reached\n")
        .stderr_contains("hint: check the network and the proxy settings (HTTPS_PROXY, NO_PROXY)\n");
}

#[test]
fn a_server_that_says_nothing_is_given_up() {
    // The kernel accepts the connection; nobody ever reads from it.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", silent.local_addr().unwrap());
    lock_at(&url, &[])
        .code(5)
        .stderr_contains("devshell: `hello` cannot be looked up\n")
        .stderr_contains("  because timeout: ")
        .stderr_contains("hint: check the network and the proxy settings (HTTPS_PROXY, NO_PROXY)\n");
    lock_at(&url, &[("DEVSHELL_TIMEOUT", "soon")]).code(125).stderr(
        "devshell: DEVSHELL_TIMEOUT is `soon`, and not a number of seconds\n\
         hint: unset it, or write `DEVSHELL_TIMEOUT=60`\n",
    );
}

#[test]
fn a_transfer_that_falls_silent_is_given_up_and_leaves_nothing() {
    let registry = Registry::with(packages());
    let sandbox = Sandbox::new().with_registry(&registry);
    sandbox.manifest(MANIFEST);
    sandbox.run(&["lock"]).success();
    let gate = Gate::default();
    registry.fault(TARBALL, Fault::Gate(gate.clone()));
    let run = sandbox.devshell(&["install"]).env("DEVSHELL_TIMEOUT", "0.2");
    run.run().code(5).stderr_contains("devshell: the download of `hello 1.0.0` was interrupted\n  because timeout: ");
    let staged = |name: &str| name.starts_with(".staging-");
    let objects = fs_err::read_dir(sandbox.data().join("objects-1")).unwrap();
    assert!(!objects.into_iter().any(|entry| staged(&entry.unwrap().file_name().to_string_lossy())));
    gate.open();
    sandbox.run(&["run", "hello"]).success().stdout("hello\n");
}

#[test]
fn metadata_that_is_cut_off_is_asked_for_again() {
    let registry = Registry::with(packages());
    let sandbox = Sandbox::new().with_registry(&registry);
    sandbox.manifest(MANIFEST);
    registry.fault("/hello", Fault::Cut(2));
    sandbox.run(&["lock"]).success();
    assert_eq!(registry.count("/hello"), 3);
}

#[test]
fn a_busy_registry_is_given_the_time_it_asks_for() {
    let registry = Registry::with(packages());
    let sandbox = Sandbox::new().with_registry(&registry);
    sandbox.manifest(MANIFEST);
    registry.fault("/hello", Fault::Busy(1));
    let start = Instant::now();
    sandbox.run(&["lock"]).success();
    assert!(start.elapsed() >= Duration::from_secs(1), "{:?}", start.elapsed());
    assert_eq!(registry.count("/hello"), 2);
}

#[test]
fn a_certificate_is_trusted_when_ssl_cert_file_names_it() {
    let certificate = Certified::new();
    let registry = Registry::with_tls(&certificate);
    registry.publish(packages());
    let sandbox = Sandbox::new().with_registry(&registry);
    sandbox.manifest(MANIFEST);
    let file = sandbox.write(sandbox.root().join("own.pem"), certificate.pem());
    sandbox
        .run(&["lock"])
        .code(5)
        .stderr_contains("devshell: `hello` cannot be looked up\n  because `[REGISTRY]/hello` cannot be reached\n")
        .stderr_contains("UnknownIssuer")
        .stderr_contains("hint: if a proxy signs for the registry, name its certificate in SSL_CERT_FILE\n");
    assert_eq!(registry.requests(), [""; 0]);
    for verb in [&["lock"][..], &["run", "hello"]] {
        sandbox.devshell(verb).env("SSL_CERT_FILE", &file).run().success();
    }
    assert_eq!(registry.count(TARBALL), 1);
}

#[test]
fn a_certificate_of_another_time_points_at_the_clock() {
    for (first, end, complaint) in [(1975, 1980, "certificate expired: "), (4000, 4096, "certificate not valid yet: ")]
    {
        let certificate = Certified::between(first, end);
        let registry = Registry::with_tls(&certificate);
        let sandbox = Sandbox::new().with_registry(&registry);
        sandbox.manifest(MANIFEST);
        let file = sandbox.write(sandbox.root().join("own.pem"), certificate.pem());
        let run = sandbox.devshell(&["lock"]).env("SSL_CERT_FILE", file);
        run.run().code(5).stderr_contains(complaint).stderr_contains("hint: check this machine's clock");
    }
}
