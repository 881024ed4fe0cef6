//! The source `url`: what is locked, who vouches for it, and where its commands are found.

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::support::{Archive, Fault, HERE, Registry, Sandbox, tree};

const PLATFORMS: [&str; 6] =
    ["aarch64-darwin", "aarch64-linux", "aarch64-linux-musl", "x86_64-darwin", "x86_64-linux", "x86_64-linux-musl"];

/// The publisher's words for a platform, as most have them.
fn published(platform: &str) -> String {
    let (arch, os) = platform.split_once('-').unwrap();
    let os = if os == "darwin" { "macos" } else { "linux" };
    format!("{os}-{}", if arch == "x86_64" { "amd64" } else { "arm64" })
}

fn script(text: &str) -> String {
    format!("#!/bin/sh\necho {text} \"$@\"\n")
}

fn archive(text: &str) -> Vec<u8> {
    Archive::new().executable("mytool/bin/mytool", &script(text)).packed("tar.gz")
}

fn path(platform: &str) -> String {
    format!("/v1.4.0/mytool-1.4.0-{}.tar.gz", published(platform))
}

/// What the tool prints that a machine of this platform would have.
fn printed(sandbox: &Sandbox, platform: &str) -> String {
    let which = sandbox.devshell(&["which", "mytool"]).env("DEVSHELL_PLATFORM", platform).run();
    let path = std::str::from_utf8(which.success().bytes()).unwrap();
    sandbox.program(path.trim_end(), &["x"]).run().success().text()
}

/// A server with a file for each platform, and a project that wants them.
fn project(more: &str) -> (Registry, Sandbox) {
    let registry = Registry::new();
    for platform in PLATFORMS {
        registry.serve(&path(platform), archive(&published(platform)));
    }
    let sandbox = Sandbox::new().with_registry(&registry);
    sandbox.manifest(manifest(&registry, more));
    (registry, sandbox)
}

fn manifest(registry: &Registry, more: &str) -> String {
    format!(
        r#"{{ "tools": {{ "url:mytool": {{
            "version": "1.4.0",
            "url": "{}v{{version}}/mytool-{{version}}-{{os}}-{{arch}}.tar.gz",
            "os": {{ "darwin": "macos" }},
            "arch": {{ "x86_64": "amd64", "aarch64": "arm64" }}{more}
        }} }} }}"#,
        registry.url()
    )
}

fn hex(bytes: &[u8]) -> String {
    devshell::digest::hex(&Sha256::digest(bytes))
}

fn integrity(bytes: &[u8]) -> String {
    devshell::digest::Integrity::from_hex(&hex(bytes)).unwrap().to_string()
}

/// The locked artifacts as (platforms, integrity).
#[track_caller]
fn locked(sandbox: &Sandbox) -> Vec<(Value, String)> {
    let lock = sandbox.lock();
    let artifacts = lock["tools"][0]["artifacts"].as_array().unwrap();
    artifacts.iter().map(|one| (one["platforms"].clone(), one["integrity"].as_str().unwrap().to_owned())).collect()
}

#[test]
fn every_platform_is_locked_by_hash_and_no_address_is() {
    let (registry, sandbox) = project("");
    sandbox.run(&["lock"]).success().stderr(
        "devshell: + url:mytool 1.4.0\n\
         devshell:   url:mytool 1.4.0 has the hash of its first download: compare the hashes with the publisher's, or give \
         `sha256` or `checksums`\n\
         devshell: devshell.lock holds 1 tool\n",
    );
    let text = sandbox.read("devshell.lock");
    assert!(!text.contains("://") && !text.contains("127.0.0.1") && !text.contains("amd64"), "{text}");
    let of = |platform: &str| integrity(&archive(&published(platform)));
    assert_eq!(
        sandbox.lock()["tools"][0],
        json!({
            "tool": "url:mytool",
            "requirement": "1.4.0",
            "version": "1.4.0",
            "artifacts": [
                { "platforms": ["aarch64-darwin"], "registry": "url", "package": "mytool", "version": "1.4.0", "integrity": of("aarch64-darwin"), "unpack": "tar.gz" },
                { "platforms": ["aarch64-linux", "aarch64-linux-musl"], "registry": "url", "package": "mytool", "version": "1.4.0", "integrity": of("aarch64-linux"), "unpack": "tar.gz" },
                { "platforms": ["x86_64-darwin"], "registry": "url", "package": "mytool", "version": "1.4.0", "integrity": of("x86_64-darwin"), "unpack": "tar.gz" },
                { "platforms": ["x86_64-linux", "x86_64-linux-musl"], "registry": "url", "package": "mytool", "version": "1.4.0", "integrity": of("x86_64-linux"), "unpack": "tar.gz" },
            ],
        })
    );
    // Each file was fetched once, the one that two platforms share too.
    assert_eq!(registry.requests().len(), 4, "{:?}", registry.requests());
    // The same from any host, and again.
    sandbox.remove("devshell.lock");
    sandbox.devshell(&["lock"]).env("DEVSHELL_PLATFORM", "aarch64-darwin").run().success();
    assert_eq!(sandbox.read("devshell.lock"), text);
    sandbox.run(&["lock", "--check"]).success();
    assert_eq!(printed(&sandbox, "x86_64-linux"), "linux-amd64 x\n");
    assert_eq!(printed(&sandbox, "aarch64-darwin"), "macos-arm64 x\n");
    sandbox.run(&["run", "mytool", "x"]).success().stdout(&format!("{} x\n", published(HERE)));
}

#[test]
fn what_was_recorded_is_enforced_when_the_server_changes_the_bytes() {
    let (registry, sandbox) = project("");
    sandbox.run(&["lock"]).success();
    for platform in PLATFORMS {
        registry.serve(&path(platform), archive("malice"));
    }
    let outcome = sandbox.run(&["run", "mytool"]);
    outcome.code(125).stdout("").stderr_contains("devshell: `mytool 1.4.0` from `[REGISTRY]/v1.4.0/mytool-1.4.0-");
    outcome.stderr_contains(&format!("has the hash {}, and the lock says ", integrity(&archive("malice"))));
    let left = tree(&sandbox.data().join("objects-1")).into_keys();
    assert_eq!(left.filter(|path| !path.is_empty() && !path.starts_with(".lock-")).count(), 0);
    // Locking again asks nobody, since nothing of it is open.
    registry.forget_requests();
    sandbox.run(&["lock"]).success().stderr("devshell: devshell.lock is up to date\n");
    assert_eq!(registry.requests(), [""; 0]);
}

#[test]
fn another_address_for_the_same_bytes_keeps_the_lock() {
    let (registry, sandbox) = project("");
    sandbox.run(&["lock"]).success();
    let text = sandbox.read("devshell.lock");
    let mirror = Registry::new();
    for platform in PLATFORMS {
        mirror.serve(&path(platform), archive(&published(platform)));
    }
    sandbox.manifest(manifest(&mirror, ""));
    registry.forget_requests();
    sandbox.run(&["lock", "--check"]).success();
    assert_eq!(printed(&sandbox, "x86_64-linux"), "linux-amd64 x\n");
    assert_eq!((sandbox.read("devshell.lock"), registry.requests().len()), (text, 0));
    assert_eq!(mirror.requests(), [format!("{} 200", path("x86_64-linux"))]);
}

#[test]
fn given_hashes_are_locked_without_asking_and_enforced() {
    let wrong = "0".repeat(64);
    let other = hex(&archive("linux-arm64"));
    for (hash, is_right) in [(hex(&archive("linux-amd64")), true), (wrong, false)] {
        let platforms = format!(r#", "sha256": {{ "x86_64-linux": "{hash}", "aarch64-linux": "{other}" }}"#);
        let (registry, sandbox) = project(&platforms);
        let outcome = sandbox.run(&["--offline", "lock"]);
        outcome.success().stderr_lacks("has the hash of its first download");
        outcome.stderr_contains(
            "is not published for aarch64-darwin, aarch64-linux-musl, x86_64-darwin, x86_64-linux-musl\n",
        );
        assert_eq!(registry.requests(), [""; 0]);
        if is_right {
            assert_eq!(printed(&sandbox, "x86_64-linux"), "linux-amd64 x\n");
            // The manifest's word counts: another hash makes the lock stale.
            sandbox.manifest(sandbox.read("devshell.json").replace(&hash, &"1".repeat(64)));
            sandbox
                .run(&["run", "mytool"])
                .code(3)
                .stderr_contains("devshell.lock is stale: it lacks url:mytool 1.4.0");
        } else {
            let install = sandbox.devshell(&["install"]).env("DEVSHELL_PLATFORM", "x86_64-linux").run();
            install.code(5).stderr_contains("has the hash ").stdout("");
        }
    }
    // One file for all platforms has one hash.
    let (registry, sandbox) = project("");
    registry.serve("/script.sh", script("anywhere"));
    sandbox.manifest(format!(
        r#"{{ "tools": {{ "url:script": {{ "version": "1", "url": "{}script.sh", "sha256": "{}" }} }} }}"#,
        registry.url(),
        hex(script("anywhere").as_bytes())
    ));
    sandbox.run(&["lock"]).success();
    assert_eq!(locked(&sandbox), [(Value::Null, integrity(script("anywhere").as_bytes()))]);
    sandbox.run(&["run", "script"]).success().stdout("anywhere\n");
}

/// A line of a file of checksums, from a hash and a file's name.
type Form<'f> = &'f dyn Fn(&str, &str) -> String;

#[test]
fn the_publishers_checksums_are_taken() {
    let lines = |form: Form| -> String {
        let line = |platform: &&str| {
            let file = path(platform).rsplit('/').next().unwrap().to_owned();
            form(&hex(&archive(&published(platform))), &file)
        };
        PLATFORMS.iter().filter(|platform| **platform != "aarch64-darwin").map(line).collect()
    };
    let forms: [Form; 2] =
        [&|hash, file| format!("{hash}  {file}\n"), &|hash, file| format!("SHA256 ({file}) = {hash}\n")];
    for form in forms {
        let (registry, sandbox) = project("");
        registry.serve("/v1.4.0/SHA256SUMS", lines(form));
        let checksums = format!(r#", "checksums": "{}v{{version}}/SHA256SUMS""#, registry.url());
        sandbox.manifest(manifest(&registry, &checksums));
        let outcome = sandbox.run(&["lock"]);
        // A file that the publisher does not list is not published.
        outcome
            .success()
            .stderr_contains("is not published for aarch64-darwin\n")
            .stderr_lacks("has the hash of its first download");
        assert_eq!(registry.requests(), ["/v1.4.0/SHA256SUMS 200"]);
        assert_eq!(printed(&sandbox, "x86_64-linux"), "linux-amd64 x\n");
        // What the publisher says is held against what the server gives.
        registry.serve(&path("x86_64-darwin"), archive("malice"));
        let run = sandbox.devshell(&["install"]).env("DEVSHELL_PLATFORM", "x86_64-darwin").run();
        run.code(5).stderr_contains("has the hash ");
    }
    // A file of its own beside each.
    let (registry, sandbox) = project(r#", "checksums": "{url}.sha256""#);
    for platform in &PLATFORMS[3..] {
        let line = format!("{}\n", hex(&archive(&published(platform))));
        registry.serve(&format!("{}.sha256", path(platform)), line);
    }
    sandbox
        .run(&["lock"])
        .success()
        .stderr_contains("is not published for aarch64-darwin, aarch64-linux, aarch64-linux-musl\n");
    let (_registry, sandbox) = project(r#", "checksums": "{url}.sha256""#);
    sandbox
        .run(&["lock"])
        .code(5)
        .stderr_contains("devshell: `url:mytool` 1.4.0 is not published anywhere: there is no `[REGISTRY]/");
}

#[test]
fn a_platform_without_a_file_is_lacking_unless_the_manifest_names_it() {
    let (registry, sandbox) = project("");
    registry.fault(path("aarch64-darwin"), Fault::NotFound);
    sandbox
        .run(&["lock"])
        .success()
        .stderr_contains("devshell:   url:mytool 1.4.0 is not published for aarch64-darwin\n");
    sandbox
        .devshell(&["install"])
        .env("DEVSHELL_PLATFORM", "aarch64-darwin")
        .run()
        .code(5)
        .stderr_contains("devshell: `url:mytool` 1.4.0 is not published for aarch64-darwin\n");
    sandbox.manifest(manifest(&registry, r#", "platforms": ["aarch64-darwin", "x86_64-linux"]"#));
    sandbox.run(&["lock"]).code(5).stderr(&format!(
        "devshell: `url:mytool` 1.4.0 for aarch64-darwin, which the manifest names, is missing: there is no `[REGISTRY]{}`\n\
         hint: take it out of `platforms`, or give it its own address\n",
        path("aarch64-darwin")
    ));
    sandbox.manifest(manifest(&registry, r#", "platforms": ["x86_64-linux"]"#));
    sandbox.run(&["lock"]).success();
    assert_eq!(locked(&sandbox), [(json!(["x86_64-linux"]), integrity(&archive("linux-amd64")))]);
    for platform in PLATFORMS {
        registry.fault(path(platform), Fault::NotFound);
    }
    sandbox.manifest(manifest(&registry, ""));
    sandbox.remove("devshell.lock");
    sandbox.run(&["lock"]).code(5).stderr(&format!(
        "devshell: `url:mytool` 1.4.0 is not published anywhere: there is no `[REGISTRY]{}`, nor a file for any other platform\n\
         hint: compare the address with the publisher's; `os` and `arch` rename devshell's words\n",
        path("aarch64-darwin")
    ));
    assert!(!sandbox.project().join("devshell.lock").exists());
}

#[test]
fn failures_on_the_way_are_tried_again_and_told() {
    let (registry, sandbox) = project("");
    registry.fault(path("x86_64-linux"), Fault::Cut(2));
    registry.fault(path("aarch64-linux"), Fault::Status(503, 1));
    sandbox.run(&["lock"]).success();
    assert_eq!(registry.count(&path("x86_64-linux")), 3);
    assert_eq!(locked(&sandbox).len(), 4);
    sandbox.remove("devshell.lock");
    registry.fault(path("x86_64-linux"), Fault::Status(403, 9));
    let refused = sandbox.run(&["lock"]);
    refused
        .code(5)
        .stderr_contains("devshell: `url:mytool` 1.4.0 cannot be looked up\n")
        .stderr_contains(" answers 403 ");
    sandbox.run(&["--offline", "lock"]).code(5).stderr_contains("was not asked, because of --offline\n");
    assert!(!sandbox.project().join("devshell.lock").exists());
    // A file that is taken away after it was locked.
    registry.fault(path("x86_64-linux"), Fault::Status(200, 0));
    sandbox.run(&["lock"]).success();
    registry.fault(path("x86_64-linux"), Fault::NotFound);
    sandbox.devshell(&["install"]).env("DEVSHELL_PLATFORM", "x86_64-linux").run().code(5).stderr(&format!(
        "devshell: `mytool 1.4.0` is gone from `[REGISTRY]{}`\n\
         hint: if the publisher moved it, correct `url` in the manifest\n",
        path("x86_64-linux")
    ));
}

#[test]
fn commands_are_found_or_named() {
    let registry = Registry::new();
    let packed = Archive::new()
        .executable("tools/bin/mytool", &script("mytool"))
        .executable("tools/bin/other", &script("other"))
        .executable("tools/libexec/deep/hidden-linux", &script("hidden"))
        .packed("zip");
    registry.serve("/a.zip", packed);
    let sandbox = Sandbox::new().with_registry(&registry);
    let write = |more: &str| {
        let url = format!("{}a.zip", registry.url());
        sandbox.manifest(format!(r#"{{ "tools": {{ "url:mytool": {{ "version": "1", "url": "{url}"{more} }} }} }}"#));
    };
    write("");
    sandbox.run(&["lock"]).success();
    sandbox.run(&["list"]).success().stdout("url:mytool  1    (not installed)\n");
    sandbox.run(&["run", "mytool"]).success().stdout("mytool\n");
    sandbox.run(&["run", "other"]).success().stdout("other\n");
    sandbox.run(&["list"]).success().stdout("url:mytool  1  mytool other\n");
    // Which commands, and where they lie, is the manifest's to say; the lock stays as it is.
    write(r#", "commands": ["other"]"#);
    sandbox.run(&["lock", "--check"]).success();
    sandbox.run(&["run", "other"]).success();
    sandbox.run(&["run", "mytool"]).code(127);
    write(r#", "commands": { "secret": "libexec/deep/hidden-linux" }"#);
    sandbox.run(&["run", "secret"]).success().stdout("hidden\n");
    sandbox.run(&["run", "other"]).code(127);
    sandbox.run(&["list"]).success().stdout("url:mytool  1  secret\n");
    write(r#", "strip": 3"#);
    sandbox.run(&["run", "hidden-linux"]).success().stdout("hidden\n");
    write(r#", "commands": { "secret": "bin/secret" }"#);
    sandbox.run(&["run", "secret"]).code(125).stderr(
        "devshell: `url:mytool` 1 has no executable `bin/secret`, which the manifest names\n\
         hint: it has `bin/mytool`, `bin/other`, `libexec/deep/hidden-linux`\n",
    );
    write(r#", "commands": ["secret"]"#);
    sandbox.run(&["run", "secret"]).code(125).stderr_contains("hint: it has `mytool`, `other`\n");
    write(r#", "strip": 2"#);
    sandbox.run(&["run", "mytool"]).success();
    write(r#", "strip": 0"#);
    sandbox.run(&["run", "mytool"]).code(125).stderr(
        "devshell: `url:mytool` 1 has no executable where one is looked for: in its `bin` or at its root\n\
         hint: say in the manifest where it is: \"commands\": { \"mytool\": \"tools/bin/mytool\" }\n",
    );
}

#[test]
fn add_takes_an_address_and_keeps_comments() {
    let (registry, sandbox) = project("");
    registry.serve("/1.0/script", script("one"));
    registry.serve("/1.1/script", script("two"));
    let text = "{\n  // what we use\n  \"tools\": {}\n}\n";
    sandbox.manifest(text);
    let url = format!("{}{{version}}/script", registry.url());
    sandbox.run(&["add", "url:script@1.0", "--url", &url]).success().stderr_contains("+ url:script 1.0\n");
    let added = sandbox.read("devshell.json");
    assert!(added.contains("// what we use") && added.contains(&url), "{added}");
    sandbox.run(&["run", "script"]).success().stdout("one\n");
    // Another version of a tool that is there needs no address.
    sandbox.run(&["add", "url:script@1.1"]).success();
    sandbox.run(&["run", "script"]).success().stdout("two\n");
    sandbox.run(&["lock", "--check"]).success();
    sandbox.run(&["remove", "url:script"]).success();
    assert_eq!(sandbox.read("devshell.json"), text);
    let before = tree(sandbox.project());
    for (arguments, code, expected) in [
        (
            &["add", "url:script@1.0"][..],
            2,
            "devshell: `url:script` needs an address\nhint: `devshell add url:script@1.0 --url 'https://…/script-{version}-{os}-{arch}.tar.gz'`\n",
        ),
        (
            &["add", "url:script"],
            2,
            "devshell: `url:script` needs a version and an address\nhint: `devshell add url:script@VERSION --url",
        ),
        (&["add", "url:script", "--url", &url], 2, "devshell: `--url` is for one tool, `url:NAME@VERSION`\n"),
        (&["add", "npm:x@1", "--url", &url], 2, "devshell: `--url` is for one tool, `url:NAME@VERSION`\n"),
        (&["add", "url:script@^1", "--url", &url], 4, "devshell: `^1` is not a single version"),
        (
            &["add", "url:script@9", "--url", &url],
            5,
            "devshell: `url:script` 9 is not published anywhere: there is no `[REGISTRY]/9/script`",
        ),
    ] {
        let outcome = sandbox.run(arguments);
        outcome.code(code).stdout("");
        assert!(outcome.errors().starts_with(expected), "{outcome}");
        assert_eq!(tree(sandbox.project()), before, "{arguments:?}");
    }
}

#[test]
fn registries_settings_do_not_matter() {
    let (_registry, sandbox) = project("");
    sandbox.write(sandbox.home().join(".npmrc"), "registry=no url at all\n");
    sandbox.run(&["lock"]).success();
    sandbox.run(&["run", "mytool"]).success();
}

/// Two addresses with the same bytes, as of a script that is published once for each system.
#[test]
fn a_file_that_several_addresses_have_is_locked_once() {
    let registry = Registry::new();
    for platform in PLATFORMS {
        registry.serve(&path(platform), archive("the same"));
    }
    let sandbox = Sandbox::new().with_registry(&registry);
    sandbox.manifest(manifest(&registry, ""));
    sandbox.run(&["lock"]).success();
    assert_eq!(locked(&sandbox), [(Value::Null, integrity(&archive("the same")))]);
    sandbox.run(&["run", "mytool"]).success().stdout("the same\n");
    // An address that has lost it leaves the others.
    let sandbox = Sandbox::new().with_registry(&registry);
    sandbox.manifest(manifest(&registry, ""));
    sandbox.run(&["lock"]).success();
    registry.fault(path("aarch64-darwin"), Fault::Status(404, 9));
    sandbox.run(&["run", "mytool"]).success().stdout("the same\n");
}
