//! Real tools in two root directories that are as NixOS has them: without a loader, and with the stub. The manifest and
//! its lock are those of this machine, and are not changed.
#![cfg(all(target_os = "linux", target_arch = "x86_64"))]

use std::path::{Path, PathBuf};

use crate::deb_tools::PATIENCE;
use crate::real::{self, NETWORK};
use crate::support::{DEVSHELL, Outcome, Sandbox, in_root, is_network_fault, root};

const STUB: &str = "/nix/store/ffffffffffffffffffffffffffffffff-stub-ld-x86_64-unknown-linux-musl";

/// Where NixOS has commands. The first two have none here.
const PATH: &str = "/run/wrappers/bin:/etc/profiles/per-user/ann/bin:/run/current-system/sw/bin";

const MANIFEST: &str = r#"{
  "registries": { "deb": { "url": "MIRROR", "suite": "trixie", "check-valid-until": false } },
  "python": { "version": ">=3.11", "from": "deb", "requirements": ["requirements.txt"] },
  "tools": { "biome": "2", "esbuild": "0.28", "prettier": "3", "node": "22", "ruff": "*", "deb:git": "*" },
  "scripts": { "again": "python -c 'print(4)'" }
}"#;

/// greenlet needs `libstdc++`, which Debian's Python has none of.
const SCRIPT: &str = r#"
node -p '1 + 1'
node -e 'console.log(require("child_process").execFileSync(process.execPath, ["-p", "3 + 3"]).toString().trim())'
biome --version | grep -o Version
echo 'let a=1' | esbuild --minify
echo 'a  =  1' | prettier --stdin-filepath x.js
ruff --version | cut -d' ' -f1
python -c 'import greenlet, ssl, sqlite3; print(greenlet.getcurrent().dead)'
python -m ruff --version | cut -d' ' -f1
git init -q repository 2>/dev/null && cd repository && echo x >f && git add f
git -c user.name=A -c user.email=a@example.com commit -qm one && git log --format=%s
"#;

const SAID: &str = "2\n6\nVersion\nlet a=1;\na = 1;\nruff\nFalse\nruff\none\n";

/// The base utilities of busybox in `/nix/store`, with links where NixOS has them; `/bin/sh`, `/usr/bin/env`, and no library.
fn nixos(sandbox: &Sandbox, name: &str, busybox: &Path, has_stub: bool) -> PathBuf {
    let root = root(sandbox, name);
    let bin = "nix/store/cccccccccccccccccccccccccccccccc-busybox/bin";
    let system = root.join("run/current-system/sw/bin");
    for directory in [&root.join(bin), &root.join("bin"), &root.join("usr/bin"), &root.join("etc/ssl/certs"), &system] {
        fs_err::create_dir_all(directory).unwrap();
    }
    fs_err::copy(busybox, root.join(bin).join("busybox")).unwrap();
    let link = |target: String, path: PathBuf| fs_err::os::unix::fs::symlink(target, path).unwrap();
    let commands = sandbox.program(busybox, &["--list"]).run().success().text();
    for command in commands.lines().filter(|command| *command != "busybox") {
        link("busybox".to_owned(), root.join(bin).join(command));
        link(format!("/{bin}/{command}"), system.join(command));
    }
    link(format!("/{bin}/sh"), root.join("bin/sh"));
    link(format!("/{bin}/env"), root.join("usr/bin/env"));
    for path in ["etc/resolv.conf", "etc/hosts", "etc/ssl/certs/ca-certificates.crt"] {
        if let Ok(text) = fs_err::read(Path::new("/").join(path)) {
            sandbox.write(root.join(path), text);
        }
    }
    sandbox.write(root.join("etc/os-release"), "ID=nixos\n");
    if has_stub {
        sandbox.write_executable(root.join(&STUB[1..]), "#!/bin/sh\nexit 127\n");
        fs_err::create_dir_all(root.join("lib64")).unwrap();
        link(STUB.to_owned(), root.join("lib64/ld-linux-x86-64.so.2"));
    }
    root
}

/// Runs devshell there, again when the network was at fault.
#[track_caller]
fn run(sandbox: &Sandbox, root: &Path, arguments: &[&str]) -> Outcome {
    let executable = sandbox.home().join("devshell").display().to_string();
    for attempt in 1.. {
        let variables =
            NETWORK.iter().filter_map(|name| Some(format!("{name}={}", std::env::var_os(name)?.into_string().ok()?)));
        let [path, index] = [format!("PATH={PATH}"), format!("UV_DEFAULT_INDEX={}", index(sandbox))];
        let fixed = ["/usr/bin/env", "-u", "APT_CONFIG", &path, &index].map(str::to_owned);
        let words: Vec<String> = fixed
            .into_iter()
            .chain(variables)
            .chain([executable.clone()])
            .chain(arguments.iter().map(|word| (*word).to_owned()))
            .collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let outcome = in_root(sandbox, root, "", &words).run_within(PATIENCE);
        if !is_network_fault(&outcome.errors()) {
            return outcome;
        }
        assert!(attempt < 3, "the network failed three times, not devshell: {}", outcome.errors());
    }
    unreachable!("the loop returns or panics")
}

/// The index that pip asks here: there is no pip in the roots.
fn index(sandbox: &Sandbox) -> String {
    let named =
        ["UV_DEFAULT_INDEX", "PIP_INDEX_URL"].iter().find_map(|name| std::env::var_os(name)?.into_string().ok());
    let ask = "from pip._internal.models.index import PyPI; print(PyPI.simple_url, end='')";
    named.unwrap_or_else(|| {
        let python = which::which("python3").expect("`python3` knows where packages are");
        String::from_utf8(sandbox.program(python, &["-c", ask]).run().success().bytes().to_owned()).unwrap()
    })
}

/// The mirror that this machine's apt knows.
fn mirror(sandbox: &Sandbox) -> String {
    let apt = which::which("apt-get").expect("`apt-get` knows where packages are");
    let sites = sandbox.program(apt, &["indextargets", "--format", "$(SITE)", "Created-By: Packages"]).run();
    sites.success().text().lines().next().expect("apt knows an archive").to_owned()
}

/// All files of the store, each with the time of its last change.
fn changes(sandbox: &Sandbox) -> String {
    let find = sandbox.program("find", &["-printf", "%p %C@\\n"]).directory(sandbox.data());
    find.run().success().text()
}

/// A sandbox with a devshell in its home, and a static busybox.
fn hosts() -> (Sandbox, PathBuf) {
    let sandbox = real::sandbox();
    // The system of the roots is of a package.
    sandbox.manifest(r#"{ "tools": { "deb:busybox-static": { "version": "*", "suite": "trixie" } } }"#);
    real::run(&sandbox, &["lock"]).success();
    let busybox = sandbox.root().join("busybox");
    let copy = format!("cp \"$(command -v busybox)\" '{}'", busybox.display());
    real::run(&sandbox, &["run", "--", "sh", "-c", &copy]).success();
    fs_err::copy(DEVSHELL, sandbox.home().join("devshell")).unwrap();
    (sandbox, busybox)
}

#[test]
fn tools_of_every_source_run_with_and_without_the_stub() {
    let (sandbox, busybox) = hosts();

    sandbox.write("requirements.txt", "greenlet\nruff\n");
    sandbox.manifest(MANIFEST.replace("MIRROR", &mirror(&sandbox)));
    real::run(&sandbox, &["lock"]).success();
    let lock = sandbox.read("devshell.lock");
    for (name, has_stub) in [("none", false), ("stub", true)] {
        let root = nixos(&sandbox, name, &busybox, has_stub);
        let script = ["run", "--", "sh", "-ec", SCRIPT];
        let first = run(&sandbox, &root, &script);
        first.success().stdout(SAID).stderr_lacks("cannot start");
        sandbox.remove("repository");
        let store = changes(&sandbox);
        let second = run(&sandbox, &root, &script);
        second.success().stdout(SAID).stderr("");
        sandbox.remove("repository");
        assert!(changes(&sandbox) == store, "nothing is made again");
        // Busybox's own shell looks for none of its commands.
        let last = "require('fs').readlinkSync(process.env.PATH.split(':').pop() + '/sed')";
        let base = run(&sandbox, &root, &["run", "--", "node", "-p", last]);
        base.success().stdout("/run/current-system/sw/bin/sed\n");
        let inside = "node -p 3 && biome --version | grep -o Version && echo a | sed s/a/b/ && devshell run again";
        let walled = run(&sandbox, &root, &["run", "--isolation", "sandbox", "--", "sh", "-ec", inside]);
        walled.success().stdout("3\nVersion\nb\n4\n");
        run(&sandbox, &root, &["verify"]).success();
        run(&sandbox, &root, &["doctor", "--offline"]).stdout_contains("run in place of `node`");
        assert_eq!(sandbox.read("devshell.lock"), lock);
    }
    // A lock that is made there: npm is asked what the package needs.
    let manifest = r#"{ "registries": { "deb": "MIRROR" }, "tools": { "npm:which": "5" } }"#;
    sandbox.write("tree/devshell.json", manifest.replace("MIRROR", &mirror(&sandbox)));
    let tree = sandbox.project().join("tree").display().to_string();
    run(&sandbox, &sandbox.root().join("stub"), &["-C", &tree, "lock"]).success();
    let found = run(&sandbox, &sandbox.root().join("stub"), &["-C", &tree, "run", "--", "node-which", "sed"]);
    found.success().stdout_contains("/bin/sed\n");
    // The lock is that of this machine too.
    real::run(&sandbox, &["run", "--", "sh", "-ec", SCRIPT]).success().stdout(SAID);
}

#[test]
fn a_hermetic_dev_shell_has_the_loader_itself() {
    let (sandbox, busybox) = hosts();
    let manifest = r#"{ "isolation": "hermetic", "registries": { "deb": { "url": "MIRROR", "suite": "trixie" } },
        "tools": { "node": "22", "biome": "2" }, "scripts": { "again": "devshell run -- node -p 7" } }"#;
    sandbox.manifest(manifest.replace("MIRROR", &mirror(&sandbox)));
    real::run(&sandbox, &["lock"]).success();
    let root = nixos(&sandbox, "stub", &busybox, true);
    let script = "node -p 5 && biome --version | grep -o Version && devshell run again && test ! -e /nix";
    run(&sandbox, &root, &["run", "--", "sh", "-ec", script]).success().stdout("5\nVersion\n7\n");
    run(&sandbox, &root, &["run", "again"]).success().stdout("7\n").stderr("");
    let builds = fs_err::read_dir(sandbox.data().join("builds-1")).unwrap();
    let mut names = builds.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert!(!names.any(|name| name.ends_with("-relinked")), "it needs no copies");
}
