//! Nix in three versions, which devshell itself installs, each with a store of its own that needs no root.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;
use std::sync::LazyLock;

use super::{DEVSHELL, Sandbox, host};

/// A Nix of one version.
#[derive(Debug)]
pub struct Nix {
    pub version: &'static str,
    /// The directory that its Debian packages are unpacked in.
    prefix: PathBuf,
}

/// The suites of Debian, and the versions of Nix that they have.
const SUITES: [(&str, &str); 3] = [("bookworm", "2.8"), ("trixie", "2.26"), ("forky", "2.34")];

/// All versions, installed once.
pub fn nixes() -> &'static [Nix] {
    static NIXES: LazyLock<Vec<Nix>> = LazyLock::new(|| SUITES.map(|(suite, version)| install(suite, version)).into());
    &NIXES
}

/// The one of Debian's stable suite.
pub fn nix() -> &'static Nix {
    &nixes()[1]
}

fn install(suite: &str, version: &'static str) -> Nix {
    let place = host::place().join(format!("nix-{suite}"));
    let project = place.join("project");
    fs_err::create_dir_all(&project).unwrap();
    // The index of a suite that is not released yet may be old where a mirror is.
    let archive = format!(r#"{{ "suite": "{suite}", "check-valid-until": false }}"#);
    let manifest = format!(r#"{{ "tools": {{ "deb:nix-bin": "*" }}, "registries": {{ "deb": {archive} }} }}"#);
    fs_err::write(project.join("devshell.json"), manifest).unwrap();
    let run = |words: &[&str]| {
        let mut devshell = Command::new(DEVSHELL);
        devshell
            .args(words)
            .current_dir(&project)
            .env("DEVSHELL_HOME", place.join("home"))
            .env_remove("DEVSHELL_MANIFEST");
        let output = devshell.output().unwrap();
        assert!(
            output.status.success(),
            "Nix of {suite} cannot be installed: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).unwrap()
    };
    if !project.join("devshell.lock").exists() {
        run(&["lock"]);
    }
    let link = run(&["which", "nix"]);
    let link = std::path::Path::new(link.trim_end());
    // A program that starts in its place is named in the second line of a script.
    let text = fs_err::read_to_string(link).unwrap_or_default();
    let placed = text.lines().nth(1).and_then(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let named = placed.as_ref().and_then(|placed| placed["program"].as_str()).map(std::path::Path::new);
    let program = fs_err::canonicalize(named.unwrap_or(link)).unwrap();
    assert!(run(&["run", "--", "nix", "--version"]).contains(&format!(" {version}.")));
    Nix { version, prefix: program.ancestors().nth(3).unwrap().to_owned() }
}

impl Nix {
    /// A sandbox with this Nix on its host's PATH, and a log of what it is called with; the flake of the tests is its
    /// project, in a repository.
    pub fn world(&'static self) -> World {
        let mut sandbox = Sandbox::new();
        let bin = sandbox.host_directory("nix-bin");
        let log = sandbox.root().join("nix-calls");
        let real = self.prefix.join("usr/bin/nix");
        let script = format!("#!/bin/sh\necho \"$*\" >> {}\nexec {} \"$@\"\n", log.display(), real.display());
        sandbox.write_executable(bin.join("nix"), &script);
        let world = World { nix: self, sandbox, log };
        let flake = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/flake");
        for (path, _) in super::tree(&flake) {
            if flake.join(&path).is_file() {
                world.sandbox.write(&path, fs_err::read(flake.join(&path)).unwrap());
            }
        }
        world.git(&["init", "-q"]);
        world.git(&["add", "."]);
        world
    }
}

/// A sandbox with a Nix.
pub struct World {
    pub nix: &'static Nix,
    pub sandbox: Sandbox,
    log: PathBuf,
}

impl World {
    /// The variables that give Nix a store of its own, without root, daemon, caches and registries.
    pub fn variables(&self) -> Vec<(&'static str, OsString)> {
        let root = self.sandbox.root().join("nix");
        vec![
            ("NIX_STORE_DIR", root.join("store").into()),
            ("NIX_STATE_DIR", root.join("var").into()),
            ("NIX_LOG_DIR", root.join("log").into()),
            ("NIX_CONF_DIR", root.join("conf").into()),
            // Debian's 2.8 looks for its builder where the package would be installed.
            ("NIX_LIBEXEC_DIR", self.nix.prefix.join("usr/libexec").into()),
            ("NIX_CONFIG", "sandbox = false\nbuild-users-group =\nsubstituters =\n".into()),
        ]
    }

    /// devshell, in the project.
    pub fn devshell(&self, words: &[&str]) -> super::Invocation<'_> {
        self.sandbox.devshell(words).envs(self.variables())
    }

    /// The real Nix, past the log.
    pub fn nix(&self, words: &[&str]) -> super::Invocation<'_> {
        let program = self.nix.prefix.join("usr/bin/nix");
        let words = [&["--extra-experimental-features", "nix-command flakes"], words].concat();
        self.sandbox.program(program, &words).envs(self.variables())
    }

    #[track_caller]
    pub fn git(&self, words: &[&str]) -> String {
        self.sandbox.program("git", words).run().success().text()
    }

    /// How often a dev shell was evaluated.
    pub fn evaluations(&self) -> usize {
        let log = fs_err::read_to_string(&self.log).unwrap_or_default();
        log.lines().filter(|line| line.contains("print-dev-env")).count()
    }

    /// Makes a dev shell of the flake the project's.
    pub fn choose(&self, name: &str) {
        self.sandbox.manifest(format!(r#"{{ "nix": ".#{name}" }}"#));
    }
}
