//! From the lock into the store: fetched once, whole or not at all.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use crate::support::{HERE, Package, Registry, Sandbox, package, tool, tree};

/// A project with a tool in JavaScript and the node that runs it, locked.
fn locked(registry: &Registry) -> Sandbox {
    registry.publish(packages());
    let sandbox = Sandbox::new().with_registry(registry);
    sandbox.manifest(r#"{ "tools": { "npm:hello": "1" } }"#);
    sandbox.run(&["lock"]).success();
    registry.forget_requests();
    sandbox
}

fn packages() -> Vec<Package> {
    let hello = package("hello", "1.0.0").bin("hello", "bin/hello.js").file("bin/hello.js", "echo hello \"$@\"\n");
    [vec![hello.file("share/text", "a text\n")], tool("node", "22.3.0")].concat()
}

/// The visible objects of the store.
fn objects(sandbox: &Sandbox) -> Vec<PathBuf> {
    let entries = fs_err::read_dir(sandbox.data().join("objects-1")).into_iter().flatten();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths.filter(|path| path.is_dir() && !is_hidden(path)).collect()
}

fn is_hidden(path: &Path) -> bool {
    path.file_name().unwrap().to_string_lossy().starts_with('.')
}

#[test]
fn sixty_four_processes_fetch_each_artifact_once() {
    let registry = Registry::new();
    let sandbox = locked(&registry);
    let children: Vec<_> = (0..64).map(|_| sandbox.devshell(&["run", "hello", "world"]).spawn()).collect();
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stdout), "hello world\n", "{output:?}");
    }
    let downloads = registry.downloads();
    assert_eq!(downloads.len(), 2, "{downloads:?}");
    assert!(downloads[0].starts_with("/hello/-/hello-1.0.0.tgz"), "{downloads:?}");
    assert_eq!(objects(&sandbox).len(), 2);
}

#[test]
fn what_is_there_is_not_fetched_again() {
    let registry = Registry::new();
    let sandbox = locked(&registry);
    let outcome = sandbox.run(&["install"]);
    outcome.success().stdout("").stderr_contains("devshell: fetching npm:hello 1.0.0 (2 packages)\n");
    outcome.stderr_contains("devshell: fetched 2 artifacts\n");
    registry.forget_requests();
    sandbox.run(&["install"]).success().stderr("devshell: everything is there\n");
    // Another project of the same user shares the objects.
    let text = sandbox.read("devshell.lock");
    sandbox.write("../other/devshell.json", sandbox.read("devshell.json"));
    sandbox.write("../other/devshell.lock", text);
    sandbox
        .devshell(&["run", "hello", "there"])
        .directory("../other")
        .run()
        .success()
        .stdout("hello there\n")
        .stderr("");
    assert_eq!(registry.requests(), [""; 0]);
}

#[test]
fn objects_are_sealed_and_match_their_list_of_hashes() {
    let registry = Registry::new();
    let sandbox = locked(&registry);
    sandbox.run(&["install"]).success();
    let objects = objects(&sandbox);
    assert_eq!(objects.len(), 2);
    for object in objects {
        for (path, about) in tree(&object) {
            let mode = fs_err::metadata(object.join(&path)).unwrap().permissions().mode();
            assert_eq!(mode & 0o7222, 0, "{path}: {about}");
        }
        let sums = object.with_extension("sha256");
        let Ok(program) = which::which("sha256sum") else { continue };
        let check =
            || sandbox.program(&program, &["--check", "--strict", "--quiet"]).arg(&sums).directory(&object).run();
        check().success();
        let listed = fs_err::read_to_string(&sums).unwrap().lines().count();
        assert_eq!(listed, tree(&object).keys().filter(|path| object.join(path).is_file()).count());
        // The list would notice a change.
        let file = object.join("package.json");
        fs_err::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
        fs_err::write(&file, "{}").unwrap();
        check().code(1);
    }
}

#[test]
fn modes_of_the_archive_are_normalised() {
    let registry = Registry::new();
    let sandbox = locked(&registry);
    sandbox.run(&["install"]).success();
    let object = objects(&sandbox).into_iter().find(|object| object.join("share/text").exists()).unwrap();
    let node = objects(&sandbox).into_iter().find(|object| object.join("bin/node").exists()).unwrap();
    let mode = |path: PathBuf| fs_err::metadata(path).unwrap().permissions().mode() & 0o7777;
    assert_eq!(mode(object.clone()), 0o555);
    assert_eq!(mode(object.join("share/text")), 0o444);
    assert_eq!(mode(node.join("bin/node")), 0o555);
}

#[test]
fn a_platform_without_an_artifact_says_so() {
    let registry = Registry::new();
    let sandbox = locked(&registry);
    let refusal = "devshell: `node` 22.3.0 is not published for x86_64-linux-musl\n\
                   hint: no version of it is; install glibc on this machine, or use its own: `devshell add host:node`\n";
    let on_musl = |arguments: &[&str]| sandbox.devshell(arguments).env("DEVSHELL_PLATFORM", "x86_64-linux-musl").run();
    on_musl(&["install"]).code(5).stderr(refusal);
    on_musl(&["which", "hello"]).code(5).stderr(refusal);
    assert_eq!(registry.requests(), [""; 0]);
    sandbox
        .devshell(&["install"])
        .env("DEVSHELL_PLATFORM", "amiga")
        .run()
        .code(125)
        .stderr_contains("devshell: DEVSHELL_PLATFORM is `amiga`, which is not a platform that devshell knows\n");
}

#[test]
fn environments_are_fetched_when_asked_for() {
    let registry =
        Registry::with([tool("esbuild", "0.28.1"), tool("lefthook", "1.11.0"), tool("turbo", "2.5.0")].concat());
    let sandbox = Sandbox::new().with_registry(&registry);
    sandbox.manifest(
        r#"{ "tools": { "esbuild": "*" }, "environments": {
            "hooks": { "tools": { "lefthook": "1" } }, "build": { "tools": { "turbo": "2" } } } }"#,
    );
    sandbox.run(&["lock"]).success();
    let fetched = |arguments: &[&str]| {
        registry.forget_requests();
        sandbox.run(arguments).success();
        let downloads = registry.downloads();
        downloads.iter().map(|path| path.split('/').nth(1).unwrap().replace('@', "")).collect::<Vec<_>>()
    };
    assert_eq!(fetched(&["install"]), ["esbuild"]);
    let lefthook = fetched(&["install", "-e", "hooks"]);
    assert!(lefthook.len() == 1 && lefthook[0].starts_with("lefthook-"), "{lefthook:?}");
    assert_eq!(fetched(&["install", "--all"]), ["turbo"]);
    sandbox
        .run(&["install", "-e", "hook"])
        .code(2)
        .stderr("devshell: the manifest has no environment `hook`\nhint: it has `build`, `hooks`\n");
}

#[test]
fn a_store_that_was_deleted_is_filled_again() {
    let registry = Registry::new();
    let sandbox = locked(&registry);
    sandbox.run(&["run", "hello"]).success().stdout("hello\n");
    for below in ["", "objects-1", "links-1"] {
        sandbox.remove(sandbox.data().join(below));
        sandbox.run(&["run", "hello"]).success().stdout("hello\n");
    }
}

/// What is missing on this machine alone is said, and does not prevent building an image.
#[test]
fn a_host_tool_that_is_missing_does_not_prevent_installing() {
    let registry = Registry::new();
    registry.publish(tool("node", "22.3.0"));
    let sandbox = Sandbox::new().with_registry(&registry);
    sandbox.manifest(r#"{ "tools": { "node": "22", "host:no-such-command": "*" } }"#);
    sandbox.run(&["lock"]).success();
    let outcome = sandbox.run(&["install"]);
    outcome.success().stderr_contains("devshell: fetched 1 artifact\n");
    outcome.stderr_contains("`devshell enter` needs one more thing: the host has no `no-such-command`");
}

/// A shell would say `not found`, as of a file that is not there.
#[cfg(target_os = "linux")]
#[test]
fn a_tool_whose_loader_is_missing_is_named_before_anything_is_not_found() {
    let registry = Registry::new();
    registry.publish(tool("biome", "2.1.0"));
    let alien = |package: Package| package.executable("biome", "#!/nowhere/ld-alien.so\n");
    let names = ["x64-musl", "arm64-musl"].map(|name| format!("@biomejs/cli-linux-{name}"));
    registry.publish(names.map(|name| alien(package(&name, "2.1.0"))));
    let sandbox = Sandbox::new().with_registry(&registry);
    sandbox.manifest(r#"{ "tools": { "biome": "2" }, "scripts": { "test": "biome --version" } }"#);
    sandbox.run(&["lock"]).success();
    // There is no loader of musl here, as there is none of glibc on a machine with musl.
    let outcome = sandbox.devshell(&["run", "test"]).env("DEVSHELL_PLATFORM", format!("{HERE}-musl")).run();
    outcome
        .code(127)
        .stderr_contains("`biome` cannot start here: it needs /nowhere/ld-alien.so; install the C library");
    sandbox.run(&["run", "test"]).success().stderr_lacks("cannot start");
}
