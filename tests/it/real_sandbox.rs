//! Real packages at isolation `sandbox`, from the registries of the one who runs the tests: package managers and builds work
//! as without a wall, as root, as an ordinary user, and inside the weaker wall of Landlock alone. What the network does is
//! tried again, and named.
#![cfg(target_os = "linux")]

use std::time::Duration;

use crate::real::{NETWORK, sandbox};
use crate::sandbox_work::{Person, people};
use crate::support::{Outcome, Sandbox, not_run, python};

/// What package managers say of a network that fails.
const FAULTS: [&str; 8] = [
    "ECONN",
    "ETIMEDOUT",
    "EAI_AGAIN",
    "ENOTFOUND",
    "onnection",
    "Read timed out",
    "spurious network error",
    "imed out",
];

/// A script inside the wall, which is run again when the network was at fault.
#[track_caller]
fn inside(person: &Person, script: &str) -> Outcome {
    for attempt in 1.. {
        let own = NETWORK.iter().filter_map(|name| Some((*name, std::env::var_os(name)?)));
        let outcome = person.command(script).envs(own).run_within(Duration::from_mins(5));
        let errors = outcome.errors();
        if outcome.ended_well() || !FAULTS.iter().any(|fault| errors.contains(fault)) {
            return outcome;
        }
        assert!(attempt < 3, "the network failed three times, and not the wall: {errors}");
    }
    unreachable!("the loop returns or panics")
}

#[test]
fn npm_installs_a_package() {
    let sandbox = sandbox();
    for person in people(&sandbox, "real_sandbox::npm_installs_a_package") {
        person.project_with(r#""read": ["~/.npmrc"]"#, r#""host:node": "*", "host:npm": "*""#);
        let script =
            "npm init -y >/dev/null && npm install --no-audit --no-fund semver@7 >&2 && node_modules/.bin/semver 1.2.3";
        inside(&person, script).success().stdout("1.2.3\n");
        person
            .sh("test -d node_modules/semver && test ! -e ~/.npm/_cacache && ls node_modules/.bin")
            .run()
            .stdout("semver\n");
    }
}

#[test]
fn pip_installs_a_package() {
    let mut sandbox = sandbox();
    let host = sandbox.host_directory("python");
    // Not what stands for it on PATH, which an ordinary user may not be able to read.
    fs_err::os::unix::fs::symlink(python(), host.join("python3")).unwrap();
    for person in people(&sandbox, "real_sandbox::pip_installs_a_package") {
        if !person.sh("python3 -m venv --help").run().ended_well() {
            not_run("real_sandbox::pip_installs_a_package", "an ordinary user cannot reach the host's Python");
            continue;
        }
        person.project_with(r#""read": ["~/.config/pip"]"#, r#""host:python3": "*""#);
        let script = "python3 -m venv .venv && .venv/bin/pip install -q --disable-pip-version-check six && \
                      .venv/bin/python -c 'import six, ssl; print(six.__name__)'";
        inside(&person, script).success().stdout("six\n");
    }
}

/// With the toolchain itself and not with what rustup puts on PATH in its place, which needs more than one directory.
#[test]
fn cargo_builds_a_crate_with_a_dependency() {
    let mut sandbox = sandbox();
    let rustc = std::process::Command::new("rustc").args(["--print", "sysroot"]).output().unwrap();
    let sysroot = std::path::PathBuf::from(String::from_utf8(rustc.stdout).unwrap().trim_end());
    let host = sandbox.host_directory("rust");
    for program in ["cargo", "rustc"] {
        fs_err::os::unix::fs::symlink(sysroot.join("bin").join(program), host.join(program)).unwrap();
    }
    for person in people(&sandbox, "real_sandbox::cargo_builds_a_crate_with_a_dependency") {
        if !person.sh("rustc --version").run().ended_well() {
            not_run("real_sandbox::cargo_builds_a_crate_with_a_dependency", "an ordinary user cannot reach rustc");
            continue;
        }
        let settings = std::env::home_dir().map(|home| home.join(".cargo/config.toml"));
        let settings = settings.and_then(|path| fs_err::read(path).ok()).unwrap_or_default();
        person.sh("mkdir -p ~/.cargo && cat >~/.cargo/config.toml").stdin(settings).run().success();
        let tools = r#""host:cargo": "*", "host:rustc": "*", "host:gcc": "*""#;
        // Inside the weaker wall, cargo sees that there are settings above the project too.
        let above = if person.is_weaker { concat!(env!("CARGO_MANIFEST_DIR"), "/.cargo") } else { "~/none" };
        person.project_with(&format!(r#""read": ["~/.cargo/config.toml", "{above}"]"#), tools);
        let script = r#"
            printf '[package]\nname = "trial"\nedition = "2021"\n[dependencies]\ncfg-if = "1"\n[workspace]\n' >Cargo.toml
            mkdir src
            echo 'cfg_if::cfg_if! { if #[cfg(unix)] { fn main() { println!("built"); } } }' >src/main.rs
            cargo run -q"#;
        inside(&person, script).success().stdout("built\n");
    }
}

/// The sources as Debian has them, through the host's apt.
fn hello(sandbox: &Sandbox) -> std::path::PathBuf {
    let directory = sandbox.root().join("hello");
    fs_err::create_dir_all(&directory).unwrap();
    let script = r#"
        mkdir -p lists/partial && : >status
        find /etc/apt/sources.list /etc/apt/sources.list.d -type f 2>/dev/null | while read -r file; do
          cp "$file" . ; done
        for file in *.sources; do test ! -e "$file" || sed -i 's/^Types: .*/Types: deb-src/' "$file"; done
        for file in *.list; do test ! -e "$file" || sed -i 's/^deb /deb-src /' "$file"; done
        mkdir -p parts && mv *.sources *.list parts 2>/dev/null
        set -- -q -o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts="$PWD/parts" -o Dir::State::lists="$PWD/lists" \
          -o Dir::State::status="$PWD/status" -o Dir::Cache="$PWD" -o APT::Sandbox::User= -o Acquire::Retries=3
        apt-get "$@" update >&2 && apt-get "$@" --download-only source hello >&2 && tar -xf hello_*.orig.tar.gz && ls -d hello-*"#;
    let run = sandbox.program("sh", &["-c", script]).directory(&directory).run_within(Duration::from_mins(5));
    assert!(run.ended_well(), "the archive of the host's apt has no sources, or the network failed: {run}");
    directory.join(run.text().trim_end())
}

#[test]
fn gnu_hello_is_configured_built_and_checked() {
    let sandbox = sandbox();
    for program in ["gcc", "make", "apt-get"] {
        sandbox.find(program);
    }
    let sources = hello(&sandbox);
    for person in people(&sandbox, "real_sandbox::gnu_hello_is_configured_built_and_checked") {
        person.project_with("", r#""host:gcc": "*", "host:perl": "*""#);
        let copy = format!("cp -rp '{}' hello", sources.display());
        person.sh(&copy).run().success();
        let script = "cd hello && ./configure -q >&2 && make -s >&2 && make -s check >&2 && ./hello";
        inside(&person, script).success().stdout("Hello, world!\n");
    }
}
