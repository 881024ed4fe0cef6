//! Hosts where the loader that programs name is not there, or only a stub, as on NixOS: a lock that was made elsewhere
//! works there as it is. The programs are this machine's own, in the place of those of publishers.
#![cfg(all(target_os = "linux", target_arch = "x86_64"))]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::support::{
    Archive, DEVSHELL, Deb, Debian, Outcome, Registry, Sandbox, Signer, deb, in_root, native, package, root, tool, tree,
};

const LOADER: &str = "/lib64/ld-linux-x86-64.so.2";

/// What a loader of NixOS is that starts nothing.
const STUB: &str = "/nix/store/abc-stub-ld-x86_64-unknown-linux-musl";

const MANIFEST: &str = r#"{ "tools": { "node": "22", "biome": "2" } }"#;

/// A program that needs no C library: it prints `static`.
fn static_program() -> Vec<u8> {
    let code = [
        &[0xb8, 1, 0, 0, 0, 0xbf, 1, 0, 0, 0][..],    // write, to 1,
        &[0x48, 0x8d, 0x35, 0x10, 0, 0, 0],           // what follows,
        &[0xba, 7, 0, 0, 0, 0x0f, 0x05],              // 7 bytes
        &[0xb8, 60, 0, 0, 0, 0x31, 0xff, 0x0f, 0x05], // exit, with 0
        b"static\n",
    ]
    .concat();
    let size = 120 + code.len() as u64;
    let halves = |values: &[u16]| values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>();
    let longs = |values: &[u64]| values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>();
    [
        b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0".to_vec(),
        halves(&[2, 62, 1, 0]),
        longs(&[0x40_0078, 64, 0]),
        halves(&[0, 0, 64, 56, 1, 0, 0, 0]),
        halves(&[1, 0, 5, 0]),
        longs(&[0, 0x40_0000, 0x40_0000, size, size, 0x1000]),
        code,
    ]
    .concat()
}

/// The packages of a C library, with this machine's own; their versions end so.
fn c_library(end: &str) -> Vec<Deb> {
    let deb = |name: &str, version: &str| deb(name, &format!("{version}{end}"));
    let libc = ["/lib/x86_64-linux-gnu/libc.so.6", "/lib64/libc.so.6", "/usr/lib/libc.so.6"];
    let libc = libc.iter().find(|path| Path::new(path).exists()).expect("this machine has the GNU C library");
    let [loader, libc] = [LOADER, libc].map(|path| fs_err::read(path).unwrap());
    let data = Archive::new()
        .program("./usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2", &loader)
        .program("./usr/lib/x86_64-linux-gnu/libc.so.6", &libc)
        .symlink("./usr/lib64/ld-linux-x86-64.so.2", "../lib/x86_64-linux-gnu/ld-linux-x86-64.so.2");
    let others = [
        deb("libgcc-s1", "14.2").depends("libc6"),
        deb("libstdc++6", "14.2").depends("libc6, libgcc-s1"),
        deb("libatomic1", "14.2").depends("libc6"),
        deb("zlib1g", "1.3").depends("libc6"),
    ];
    others.into_iter().chain([deb("libc6", "2.41").holding(data)]).flat_map(|deb| deb.native(|deb, _| deb)).collect()
}

struct Hosts {
    sandbox: Sandbox,
    debian: Debian,
    registry: Registry,
    devshell: String,
}

impl Hosts {
    /// A project that was locked on this machine, with a node and a biome that need a loader, and a biome for musl.
    fn new(manifest: &str) -> Self {
        let registry = Registry::new();
        registry.publish([tool("node", "22.3.0"), tool("biome", "2.1.0")].concat());
        let echo = fs_err::read("/bin/echo").unwrap();
        registry.publish([package(&native("node"), "22.3.0").executable("bin/node", &echo)]);
        registry.publish([package(&native("biome"), "2.1.0").executable("biome", &echo)]);
        registry.publish([package("@biomejs/cli-linux-x64-musl", "2.1.0").executable("biome", static_program())]);
        let debian = Debian::with(c_library(""));
        let sandbox = Sandbox::new().with_registry(&registry);
        sandbox.write(sandbox.config_directory().join("archive.asc"), Signer::Archive.public());
        let url = debian.url();
        sandbox.config(format!(r#"{{ "registries": {{ "deb": {{ "url": "{url}", "keys": "archive.asc" }} }} }}"#));
        sandbox.manifest(manifest);
        sandbox.run(&["lock"]).success();
        let executable = sandbox.home().join("devshell");
        fs_err::copy(DEVSHELL, &executable).unwrap();
        let devshell = executable.display().to_string();
        Self { sandbox, debian, registry, devshell }
    }

    /// Runs devshell where there is no loader, or the stub.
    fn run(&self, has_stub: bool, arguments: &[&str]) -> Outcome {
        self.run_with(has_stub, &[], arguments)
    }

    fn run_with(&self, has_stub: bool, variables: &[(&str, &str)], arguments: &[&str]) -> Outcome {
        let root = root(&self.sandbox, if has_stub { "stub" } else { "none" });
        let stub = root.join(&STUB[1..]);
        if has_stub && !stub.exists() {
            self.sandbox.write(stub, "");
            fs_err::create_dir_all(root.join("lib64")).unwrap();
            fs_err::os::unix::fs::symlink(STUB, root.join(&LOADER[1..])).unwrap();
        }
        let command = [&[self.devshell.as_str()], arguments].concat();
        in_root(&self.sandbox, &root, "", &command).envs(variables.iter().copied()).run()
    }

    fn copies(&self) -> Vec<PathBuf> {
        let builds = fs_err::read_dir(self.sandbox.data().join("builds-1")).unwrap();
        let builds = builds.map(|entry| entry.unwrap().path());
        builds.filter(|path| path.display().to_string().ends_with("-relinked") && path.is_dir()).collect()
    }
}

#[test]
fn a_lock_works_as_it_is_where_there_is_no_loader() {
    for (has_stub, fault) in
        [(false, format!("{LOADER} does not exist")), (true, format!("{LOADER} is only a stub, {STUB}"))]
    {
        let hosts = Hosts::new(MANIFEST);
        let lock = hosts.sandbox.read("devshell.lock");
        let made = format!("{fault}, so programs that need it use Debian's C library, in the store");
        let first = hosts.run(has_stub, &["run", "--", "node", "hello"]);
        first.success().stdout("hello\n").stderr_contains(&made);
        let used = tree(&hosts.sandbox.data());
        let downloads = hosts.registry.downloads().len();
        hosts.run(has_stub, &["run", "--", "node", "again"]).success().stdout("again\n").stderr("");
        hosts.run(has_stub, &["run", "--", "biome"]).success().stdout("static\n").stderr("");
        let now = tree(&hosts.sandbox.data());
        let others = now.iter().filter(|(path, about)| used.get(*path) != Some(about)).map(|(path, _)| path);
        assert_eq!(others.collect::<Vec<_>>(), [""; 0], "nothing is made again");
        assert_eq!(hosts.registry.downloads().len(), downloads);
        assert_eq!(hosts.copies().len(), 1, "biome needs no copy");
        let doctor = hosts.run(has_stub, &["doctor", "--offline"]);
        doctor.stdout_contains(&format!("{fault}; copies that use Debian's C library run in place of `node`\n"));
        let outside = hosts.run(has_stub, &["-C", "/", "doctor", "--offline"]);
        outside.stdout_contains(&format!("{fault}; tools that need it get copies that use a C library of Debian\n"));
        hosts.run(has_stub, &["list"]).success().stdout_contains("biome").stderr("");
        assert!(!hosts.run(has_stub, &["list"]).text().contains("not installed"));
        hosts.run(has_stub, &["why", "node"]).success().stdout_contains("-relinked/bin/node");
        // Another loader is noticed, such as nix-ld: here the same one, made again.
        if has_stub {
            let stub = hosts.sandbox.root().join("stub").join(&STUB[1..]);
            fs_err::write(stub, "other").unwrap();
            let log = hosts.run_with(true, &[("DEVSHELL_LOG", "info")], &["run", "--", "node", "noticed"]);
            log.success().stdout("noticed\n").stderr_contains(&format!("`{LOADER}` has changed"));
        }
        // The same store and the same lock on this machine, whose programs need no copies.
        let here = hosts.sandbox.run(&["run", "--", "biome", "dynamic"]);
        here.success().stdout("dynamic\n");
        assert_eq!(hosts.sandbox.read("devshell.lock"), lock);
    }
}

#[test]
fn copies_are_verified_and_kept_as_long_as_they_are_used() {
    let hosts = Hosts::new(MANIFEST);
    hosts.run(false, &["run", "--", "node", "hello"]).success();
    hosts.run(false, &["verify"]).success();
    let [copy] = &hosts.copies()[..] else { panic!("one tool has a copy") };
    let list = copy.with_file_name(format!("{}.sha256", copy.file_name().unwrap().to_str().unwrap()));
    assert!(list.exists());
    hosts.run(false, &["gc", "--only-here", "--yes"]).success();
    assert!(copy.is_dir() && list.exists());
    hosts.run(false, &["--offline", "run", "--", "node", "kept"]).success().stdout("kept\n").stderr("");

    let program = copy.join("bin/node");
    let script = "chmod u+w \"$0\" && printf x >>\"$0\" && chmod u-w \"$0\"";
    hosts.sandbox.program("sh", &["-c", script]).arg(&program).run().success();
    let broken = hosts.run(false, &["verify"]);
    broken.code(1).stdout_contains("-relinked\n  changed bin/node\n");
    hosts.run(false, &["verify", "--repair"]).success();
    assert!(!copy.exists());
    // It is made again of what is there.
    hosts.run(false, &["--offline", "run", "--", "node", "again"]).success().stdout("again\n");
    hosts.run(false, &["verify"]).success();
    hosts.run(false, &["gc", "--all", "--yes"]).success();
    assert!(!copy.exists() && !list.exists());
}

#[test]
fn the_c_library_is_of_the_projects_lock_if_that_has_one() {
    let hosts = Hosts::new(
        r#"{ "registries": { "deb": { "suite": "trixie" } }, "tools": { "node": "22", "deb:libstdc++6": "*" } }"#,
    );
    let own = hosts.sandbox.home().join(".local/state/devshell/c-library-1");
    hosts.run(false, &["run", "--", "node", "hello"]).success().stdout("hello\n");
    assert!(!own.exists());
    hosts.sandbox.manifest(r#"{ "tools": { "node": "22" } }"#);
    hosts.sandbox.run(&["lock"]).success();
    hosts.run(false, &["run", "--", "node", "hello"]).success().stdout("hello\n");
    let locks: BTreeMap<PathBuf, String> = fs_err::read_dir(&own)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.clone(), fs_err::read_to_string(path).unwrap()))
        .collect();
    let [text] = &locks.values().collect::<Vec<_>>()[..] else { panic!("one archive has one lock") };
    assert!(text.contains("\"libstdc++6\"") && !text.contains("://"), "{text}");
    // What the archive does not have any more is looked for again.
    hosts.debian.point_release("trixie", c_library(".1"));
    hosts.sandbox.remove(hosts.sandbox.data());
    hosts.run(false, &["run", "--", "node", "hello"]).success().stdout("hello\n");
    let lock = fs_err::read_to_string(locks.keys().next().unwrap()).unwrap();
    assert!(lock.contains("2.41.1"), "{lock}");
}

#[test]
fn without_an_archive_the_tools_that_cannot_start_are_named() {
    let hosts = Hosts::new(MANIFEST);
    hosts.sandbox.config("{}");
    let outcome = hosts.run(true, &["run", "--", "biome"]);
    outcome.success().stdout("static\n");
    outcome.stderr_contains("and there is no C library for the programs that need it:");
    outcome.stderr_contains("no Debian archive is configured");
    outcome.stderr_contains(&format!("`node` cannot start here: it needs {LOADER}"));
    let doctor = hosts.run(true, &["doctor", "--offline"]);
    doctor.code(1).stdout_contains(&format!("is only a stub, {STUB}, which `node` cannot start without"));
}
