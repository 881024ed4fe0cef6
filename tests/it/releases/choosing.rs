//! Which version and which files are taken.

use super::{archive, release};
use crate::support::{Forge, Release, Sandbox};

fn project(forge: &Forge, tool: &str) -> Sandbox {
    let sandbox = Sandbox::new().with_forge(forge);
    sandbox.manifest(format!(r#"{{ "tools": {{ {tool} }} }}"#));
    sandbox
}

#[track_caller]
fn files(sandbox: &Sandbox) -> Vec<String> {
    let lock = sandbox.lock();
    let artifacts = lock["tools"][0]["artifacts"].as_array().unwrap();
    artifacts.iter().map(|one| one["file"].as_str().unwrap().to_owned()).collect()
}

/// Drafts are not published, pre-releases are for those who ask for them, and versions are compared as numbers.
#[test]
fn the_newest_version_that_is_meant_is_taken() {
    let forge = Forge::with(
        "acme/tool",
        [
            release("1.10.0"),
            release("1.9.0"),
            release("2.0.0-rc.1").prerelease(),
            release("3.0.0").draft(),
            release("2.1.0").prerelease(),
        ],
    );
    for (requirement, expected) in [("*", "1.10.0"), ("1", "1.10.0"), ("<1.10", "1.9.0"), ("2.0.0-rc.1", "2.0.0-rc.1")]
    {
        let sandbox = project(&forge, &format!(r#""github:acme/tool": "{requirement}""#));
        sandbox.run(&["lock"]).success();
        assert_eq!(sandbox.lock()["tools"][0]["version"], expected, "{requirement}");
    }
    // A draft is there for no one, not even where it is named; a pre-release may be all that there is so far.
    for requirement in ["3", "=3.0.0"] {
        let sandbox = project(&forge, &format!(r#""github:acme/tool": "{requirement}""#));
        let none = format!("no version of `github:acme/tool` satisfies `{requirement}`\nhint: the newest is 1.10.0; ");
        sandbox.run(&["lock"]).code(5).stderr_contains(&none);
    }
    let drafts = Forge::with("acme/tool", [release("1.0.0").draft()]);
    let sandbox = project(&drafts, r#""github:acme/tool": "*""#);
    sandbox.run(&["lock"]).code(5).stderr_contains("`github:acme/tool` has no releases");
    let forge = Forge::with("acme/tool", [release("0.1.0-rc.1").prerelease(), release("0.1.0-rc.2").prerelease()]);
    let sandbox = project(&forge, r#""github:acme/tool": "*""#);
    sandbox.run(&["lock"]).success();
    assert_eq!(sandbox.lock()["tools"][0]["version"], "0.1.0-rc.2");
    sandbox.manifest(r#"{ "tools": { "github:acme/tool": ">=0.1" } }"#);
    sandbox.run(&["lock"]).code(5).stderr_contains("no version of `github:acme/tool` satisfies `>=0.1`");
}

/// A release whose files for a Mac are still on their way is passed over for one that has them.
#[test]
fn a_version_that_lacks_a_platform_is_passed_over() {
    let half = Release::new("v1.2.0")
        .file("tool_1.2.0_linux_amd64.tar.gz", archive("tool", "half"))
        .file("tool_1.2.0_linux_arm64.tar.gz", archive("tool", "half"));
    let forge = Forge::with("acme/tool", [release("1.0.0"), release("1.1.0"), half]);
    let sandbox = project(&forge, r#""github:acme/tool": "1""#);
    sandbox.run(&["lock"]).success();
    assert_eq!(sandbox.lock()["tools"][0]["version"], "1.1.0");
}

/// A file for musl runs on every Linux; one for glibc is taken where the manifest prefers it.
#[test]
fn the_c_library_that_runs_everywhere_is_preferred() {
    let machines = ["x86_64-unknown-linux-gnu", "x86_64-unknown-linux-musl", "aarch64-apple-darwin"];
    let release = machines.iter().fold(Release::new("v1.0.0"), |release, target| {
        release.file(&format!("tool-v1.0.0-{target}.tar.gz"), archive("tool", target))
    });
    let forge = Forge::with("acme/tool", [release]);
    let sandbox = project(&forge, r#""github:acme/tool": "1""#);
    sandbox.run(&["lock"]).success();
    assert_eq!(
        files(&sandbox),
        ["tool-v1.0.0-aarch64-apple-darwin.tar.gz", "tool-v1.0.0-x86_64-unknown-linux-musl.tar.gz"]
    );
    sandbox.manifest(r#"{ "tools": { "github:acme/tool": { "version": "1", "libc": "gnu" } } }"#);
    sandbox.run(&["update"]).success();
    assert_eq!(
        files(&sandbox),
        [
            "tool-v1.0.0-aarch64-apple-darwin.tar.gz",
            "tool-v1.0.0-x86_64-unknown-linux-gnu.tar.gz",
            "tool-v1.0.0-x86_64-unknown-linux-musl.tar.gz"
        ]
    );
}

/// A program for 64-bit x86 that ends well; with a loader, if it is to need one.
fn program(loader: Option<&str>) -> Vec<u8> {
    let code = [0xb8, 60, 0, 0, 0, 0x31, 0xff, 0x0f, 0x05];
    let headers = if loader.is_some() { 2 } else { 1 };
    let (begin, named) = (64 + 56 * headers, loader.map(|loader| format!("{loader}\0")).unwrap_or_default());
    let length = begin + code.len() as u64 + named.len() as u64;
    let mut file = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0".to_vec();
    let base = 0x40_0000;
    for (value, size) in [
        (2, 2),
        (62, 2),
        (1, 4),
        (base + begin, 8),
        (64, 8),
        (0, 8),
        (0, 4),
        (64, 2),
        (56, 2),
        (headers, 2),
        (64, 2),
        (0, 2),
        (0, 2),
    ] {
        file.extend(&u64::to_le_bytes(value)[..size]);
    }
    let mut header = |kind: u64, flags: u64, offset: u64, length: u64, align: u64| {
        for (value, size) in [
            (kind, 4),
            (flags, 4),
            (offset, 8),
            (base + offset, 8),
            (base + offset, 8),
            (length, 8),
            (length, 8),
            (align, 8),
        ] {
            file.extend(&u64::to_le_bytes(value)[..size]);
        }
    };
    header(1, 5, 0, length, 0x1000);
    if loader.is_some() {
        header(3, 4, begin + code.len() as u64, named.len() as u64, 1);
    }
    file.extend(code);
    file.extend(named.as_bytes());
    file
}

/// Where no name says which C library a program needs, one of the files is looked into: the same one everywhere.
#[test]
fn a_program_without_a_c_library_is_for_every_linux() {
    let linux = ["aarch64-linux", "aarch64-linux-musl", "x86_64-linux", "x86_64-linux-musl"];
    for (loader, platforms) in
        [(None, &linux[..]), (Some("/lib64/ld-linux-x86-64.so.2"), &["aarch64-linux", "x86_64-linux"])]
    {
        let archive = crate::support::Archive::new().program("tool", &program(loader)).packed("tar.gz");
        let release = Release::new("v1")
            .file("tool-linux-amd64.tar.gz", archive)
            .file("tool-linux-arm64.tar.gz", "not asked for");
        let forge = Forge::with("acme/tool", [release]);
        let sandbox = project(&forge, r#""github:acme/tool": "1""#);
        for host in ["x86_64-linux", "aarch64-darwin"] {
            sandbox.remove("devshell.lock");
            sandbox.devshell(&["lock"]).env("DEVSHELL_PLATFORM", host).run().success();
            let lock = sandbox.lock();
            let artifacts = lock["tools"][0]["artifacts"].as_array().unwrap();
            let mut locked: Vec<&str> = artifacts
                .iter()
                .flat_map(|one| one["platforms"].as_array().unwrap())
                .map(|one| one.as_str().unwrap())
                .collect();
            locked.sort_unstable();
            assert_eq!(locked, platforms, "{loader:?} {host}");
        }
        if loader.is_none() {
            forge.forget_requests();
            sandbox.run(&["run", "--", "tool"]).success();
            assert_eq!(forge.requests(), [""; 0]);
        }
    }
}

/// A script may start what needs a C library, so every program of the archive counts.
#[test]
fn a_script_before_a_program_is_not_for_every_linux() {
    let archive = crate::support::Archive::new()
        .executable("tool/bin/tool", "#!/bin/sh\nexec ../lib/real\n")
        .program("tool/lib/real", &program(Some("/lib64/ld-linux-x86-64.so.2")))
        .packed("tar.gz");
    let forge = Forge::with("acme/tool", [Release::new("v1").file("tool-linux-amd64.tar.gz", archive)]);
    let sandbox = project(&forge, r#""github:acme/tool": "1""#);
    sandbox.run(&["lock"]).success().stderr_contains("x86_64-linux-musl");
    assert_eq!(sandbox.lock()["tools"][0]["artifacts"][0]["platforms"], serde_json::json!(["x86_64-linux"]));
}

/// What the manifest says about files counts before what their names say, and is checked at each use.
#[test]
fn the_manifest_names_files() {
    let release = Release::new("cli-v2.0.0")
        .file("x.linux+2.0.0.tgz", archive("tool", "x"))
        .file("y.linux+2.0.0.tgz", archive("tool", "y"))
        .file("y.mac+2.0.0.tgz", archive("tool", "mac"));
    let forge = Forge::with("acme/tool", [release, Release::new("lib-v9.0.0")]);
    let entry = |asset: &str| {
        format!(
            r#""github:acme/tool": {{ "version": "2", "tag": "cli-v{{version}}", "asset": "{asset}.{{os}}+{{version}}.tgz",
                "os": {{ "darwin": "mac" }} }}"#
        )
    };
    let sandbox = project(&forge, &entry("y"));
    sandbox.run(&["lock"]).success();
    sandbox.run(&["run", "--", "tool"]).success().stdout("y\n");
    assert_eq!(files(&sandbox), ["y.mac+2.0.0.tgz", "y.linux+2.0.0.tgz"]);
    sandbox.manifest(format!(r#"{{ "tools": {{ {} }} }}"#, entry("x")));
    sandbox.run(&["lock", "--check"]).code(1).stderr_contains("it lacks github:acme/tool 2");
    sandbox.run(&["lock"]).success();
    sandbox.run(&["run", "--", "tool"]).success().stdout("x\n");
}

/// Tags may have slashes, and a repository may have several products.
#[test]
fn tags_with_slashes_are_versions() {
    let product =
        |tag: &str, name: &str| Release::new(tag).file(&format!("{name}-linux-amd64.tar.gz"), archive(name, tag));
    let forge = Forge::with(
        "acme/tool",
        [
            product("api/v0.1.0", "api"),
            product("tool/v5.0.0", "tool"),
            product("tool/v5.6.0", "tool"),
            product("api/v0.2.0", "api"),
        ],
    );
    let sandbox = project(&forge, r#""github:acme/tool": "5""#);
    sandbox.run(&["lock"]).success();
    sandbox.run(&["run", "--", "tool"]).success().stdout("tool/v5.6.0\n");
    assert_eq!(
        forge.requests().last().unwrap(),
        "/acme/tool/releases/download/tool%2Fv5.6.0/tool-linux-amd64.tar.gz 200"
    );
}

/// Where the archive holds more than the commands, or has them elsewhere, the manifest says so.
#[test]
fn commands_are_found_or_named() {
    let archive = crate::support::Archive::new()
        .executable("deep/er/a", "#!/bin/sh\necho a\n")
        .executable("deep/er/b", "#!/bin/sh\necho b\n")
        .packed("tar.gz");
    let forge = Forge::with("acme/tool", [Release::new("1.0").file("tool-linux-x64.tar.gz", archive)]);
    let sandbox = project(&forge, r#""github:acme/tool": "1""#);
    sandbox.run(&["lock"]).success();
    sandbox
        .run(&["install"])
        .code(5)
        .stderr_contains(r#"hint: say in the manifest where it is: "commands": { "tool": "er/a" }"#);
    sandbox
        .manifest(r#"{ "tools": { "github:acme/tool": { "version": "1", "commands": { "tool": "er/{version}" } } } }"#);
    sandbox.run(&["install"]).code(5).stderr_contains("er/1.0");
    sandbox.manifest(r#"{ "tools": { "github:acme/tool": { "version": "1", "commands": { "tool": "er/b" } } } }"#);
    sandbox.run(&["run", "--", "tool"]).success().stdout("b\n");
    sandbox.manifest(r#"{ "tools": { "github:acme/tool": { "version": "1", "strip": 2, "commands": ["a"] } } }"#);
    sandbox.run(&["run", "--", "a"]).success().stdout("a\n");
}
