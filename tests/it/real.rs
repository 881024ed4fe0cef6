//! The real npm registry, through the settings of the one who runs the tests: the ready-made
//! specs of `shells/` do their work, and a lock made today holds every platform. A network that
//! fails is tried again, and named when it goes on failing.

use crate::support::{Outcome, Sandbox};

/// What reaches a registry, or its proxy, may be particular to this machine.
const NETWORK: &[&str] = &[
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "NPM_CONFIG_REGISTRY",
    "npm_config_registry",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "all_proxy",
    "no_proxy",
];

/// A sandbox that asks the registry the caller would ask.
fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new().on_whole_host();
    let own = std::env::home_dir().map(|home| home.join(".npmrc"));
    let settings = own.and_then(|path| fs_err::read(path).ok()).unwrap_or_default();
    sandbox.write(sandbox.home().join(".npmrc"), settings);
    sandbox
}

/// Runs devshell, again when the network was at fault.
#[track_caller]
fn run(sandbox: &Sandbox, arguments: &[&str]) -> Outcome {
    for attempt in 1.. {
        let mut devshell = sandbox.devshell(arguments);
        for name in NETWORK {
            if let Some(value) = std::env::var_os(name) {
                devshell = devshell.env(name, value);
            }
        }
        let outcome = devshell.run();
        let errors = outcome.errors();
        let is_network = ["cannot be reached", "broke off", " answers 5", " answers 429"];
        if !is_network.iter().any(|sign| errors.contains(sign)) {
            return outcome;
        }
        assert!(attempt < 3, "the network failed three times, not devshell: {errors}");
    }
    unreachable!("the loop returns or panics")
}

/// Writes a folder of `shells/` into the project.
fn use_template(sandbox: &Sandbox, name: &str) {
    let template = devshell::templates::TEMPLATES.iter().find(|template| template.name == name).unwrap();
    sandbox.manifest(template.manifest);
    sandbox.write("devshell.lock", template.lock);
    for (path, text) in template.sample {
        sandbox.write(path, text);
    }
}

#[test]
fn the_node_shell_checks_bundles_and_runs_a_program() {
    let sandbox = sandbox();
    use_template(&sandbox, "node");
    run(&sandbox, &["lock", "--check"]).success();
    run(&sandbox, &["run", "demo", "20"]).success().stdout_contains("8 primes below 20\n2 3 5 7 11 13 17 19\n");
    let locked = sandbox.lock();
    let node = locked["tools"].as_array().unwrap().iter().find(|tool| tool["tool"] == "node").unwrap();
    let version = format!("v{}\n", node["version"].as_str().unwrap());
    run(&sandbox, &["enter", "--", "node", "--version"]).success().stdout(&version);
    run(&sandbox, &["run", "--", "npm", "--version"]).success();
    // All of it is here now, so no registry is needed any more.
    run(&sandbox, &["--offline", "run", "demo"]).success().stdout_contains("15 primes below 50\n");
    assert_eq!(sandbox.read("devshell.lock"), template_lock("node"), "running writes no lock");
}

fn template_lock(name: &str) -> &'static str {
    devshell::templates::TEMPLATES.iter().find(|template| template.name == name).unwrap().lock
}

#[test]
fn the_algorithms_shell_runs_a_program_and_its_tests() {
    let sandbox = sandbox();
    use_template(&sandbox, "algorithms");
    run(&sandbox, &["lock", "--check"]).success();
    run(&sandbox, &["run", "demo"]).success().stdout_contains("998001: square of 999\n");
    run(&sandbox, &["enter", "--", "sh", "-c", "command -v node"]).code(127);
}

#[test]
fn a_lock_made_today_holds_every_platform_and_no_address() {
    let sandbox = sandbox();
    sandbox.manifest(r#"{"tools": {"esbuild": "0.28", "biome": "2", "npm:semver": "7"}}"#);
    run(&sandbox, &["lock"]).success();
    let lock = sandbox.lock();
    for tool in lock["tools"].as_array().unwrap().iter().filter(|tool| tool["tool"] == "esbuild") {
        let artifacts = tool["artifacts"].as_array().unwrap();
        let platforms = artifacts.iter().flat_map(|artifact| artifact["platforms"].as_array().unwrap());
        assert_eq!(platforms.count(), 6, "{tool}");
    }
    assert!(!sandbox.read("devshell.lock").contains("://"));
    run(&sandbox, &["run", "--", "esbuild", "--version"]).success().stdout_contains("0.28.");
    run(&sandbox, &["run", "--", "biome", "--version"]).success().stdout_contains("2.");
    // The project has no node, so semver runs on a private one that is not on PATH.
    run(&sandbox, &["run", "--", "semver", "1.2.3"]).success().stdout("1.2.3\n");
    run(&sandbox, &["run", "--", "sh", "-c", "command -v node"]).code(127);
}

#[test]
fn adding_finds_the_newest_version_and_says_so() {
    let sandbox = sandbox();
    run(&sandbox, &["init"]).success();
    run(&sandbox, &["add", "prettier"]).success().stderr_contains("+ prettier ");
    assert!(sandbox.read("devshell.json").contains("\"prettier\": \"^"));
    run(&sandbox, &["add", "npm:no-such-package-as-this-one"]).code(5).stderr_contains("has no package");
    assert!(!sandbox.read("devshell.json").contains("no-such"));
}
