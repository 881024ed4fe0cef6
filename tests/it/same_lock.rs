//! The lock of one manifest with a tool of each source is the same for every user and on every machine.

use serde_json::json;

use crate::releases::archive;
use crate::support::{
    Debian, Forge, Index, Npm, Registry, Release, RustRelease, RustServer, Sandbox, Signer, deb, package, sha256, tool,
    two_users, wheel,
};

const MANIFEST: &str = r#"{ PYTHON "tools": { LEFT
    "esbuild": "0.28", "npm:top": { "version": "1", "with": ["plugin@1"] }, "ruff": "*",
    "deb:own": { "version": "*", "suite": "trixie" }, "github:acme/one": "1", "gitlab:acme/two": "1",
    "codeberg:acme/three": "1", "url:file": { "version": "1.0", "url": "URLfile", "format": "file" }, "vendor:go": "1",
    "rust": "1.95", "host:git": "*"
} }"#;

/// All the servers that the manifest's tools come from.
struct Servers {
    npm: Registry,
    index: Index,
    debian: Debian,
    forge: Forge,
    rust: RustServer,
    files: Registry,
}

impl Servers {
    fn new() -> Self {
        let npm = Registry::with(tool("node", "22.3.0"));
        npm.publish(tool("esbuild", "0.28.1"));
        let ruff = |tag: &str| wheel("ruff", "0.14.1").tag(tag).script("ruff", "#!/bin/sh\n");
        let index = Index::with([ruff("py3-none-manylinux_2_17_x86_64"), ruff("py3-none-macosx_11_0_arm64")]);
        let left = wheel("left", "1.0").module("left.py", "def main(): pass\n").entry_point("left", "left:main");
        index.publish([left.requires("shared"), wheel("shared", "1.0").module("shared.py", "")]);
        let forge = Forge::new();
        for name in ["one", "two", "three"] {
            let files = ["linux_amd64", "linux_arm64", "darwin_arm64"];
            let release = files.iter().fold(Release::new("v1.1.0"), |release, end| {
                release.file(&format!("{name}_{end}.tar.gz"), archive(name, end))
            });
            forge.publish(&format!("acme/{name}"), [release]);
        }
        let rust = RustServer::new();
        rust.publish(&["stable", "1.95", "1.95.0"], &RustRelease::new("1.95.0", "2026-04-16"));
        let files = Registry::new();
        files.serve("/file", "#!/bin/sh\n");
        let go = [("linux", "amd64"), ("linux", "arm64"), ("darwin", "arm64")].map(|(os, arch)| {
            let name = format!("go1.27.3.{os}-{arch}.tar.gz");
            json!({ "filename": name, "sha256": sha256(archive("go", &name)) })
        });
        let go = json!([{ "version": "go1.27.3", "stable": true, "files": go }]);
        files.serve("/go/?mode=json&include=all", go.to_string());
        let debian =
            Debian::with([deb("own", "1.0-1").depends("library").command("own", "echo 1.0"), deb("library", "2.0")]);
        Self { npm, index, debian, forge, rust, files }
    }

    /// A user's own settings, which name them.
    fn config(&self) -> String {
        let (forge, deb, keys) = (self.forge.url(), self.debian.url(), "archive.asc");
        json!({ "registries": {
            "github": forge, "gitlab": forge, "codeberg": forge, "rust": self.rust.url(), "vendor": self.files.url(),
            "deb": { "url": deb, "keys": keys },
        } })
        .to_string()
    }
}

/// The manifest, with a program in Python or without one.
fn manifest(servers: &Servers, has_python: bool) -> String {
    let python = [r#""python": { "version": ">=3.8", "from": "host" },"#, r#""pypi:left": "*","#];
    let [python, left] = if has_python { python } else { [""; 2] };
    MANIFEST.replace("PYTHON", python).replace("LEFT", left).replace("URL", servers.files.url())
}

#[test]
fn a_manifest_with_a_tool_of_each_source_has_one_lock() {
    let servers = Servers::new();
    let sandbox = Sandbox::new().with_registry(&servers.npm).with_index(&servers.index).with_python();
    let settings = |home: &std::path::Path| {
        sandbox.write(home.join(".config/devshell/archive.asc"), Signer::Archive.public());
        sandbox.write(home.join(".config/devshell/config.json"), servers.config());
    };
    settings(sandbox.home());
    let (top, shared, plugin) = (
        package("top", "1.0.0").bin("top", "main.js").file("main.js", "").dependency("shared", "1"),
        package("shared", "1.2.0"),
        package("plugin", "1.0.0"),
    );
    servers.npm.publish([top.clone(), shared.clone(), plugin.clone()]);
    let tree = [("top", &top), ("shared", &shared), ("plugin", &plugin)];
    Npm::imitated(&sandbox).answers_since("2020-01-01T00:00:00Z", &tree);
    // The npm that is imitated is in the store, so that each user needs one of their own.
    let fresh = sandbox.root().join("fresh");
    let copy = r#"cp -R "$0" "$1""#;
    sandbox.program("sh", &["-c", copy]).arg(sandbox.home()).arg(&fresh).run().success();
    sandbox.manifest(manifest(&servers, true));
    sandbox.run(&["lock"]).success();
    let lock = sandbox.read("devshell.lock");
    let tools: Vec<String> =
        sandbox.lock()["tools"].as_array().unwrap().iter().map(|tool| tool["tool"].to_string()).collect();
    assert_eq!(tools.len(), 13, "the tools of the manifest, and the node that runs one: {tools:?}");
    for server in [servers.npm.url(), servers.forge.url(), "127.0.0.1"] {
        assert!(!lock.contains(server), "{server}");
    }
    // Another machine, with what is known here, and with nothing known. (npm runs on none with musl.)
    for platform in ["aarch64-linux", "aarch64-darwin", "x86_64-darwin"] {
        sandbox.remove("devshell.lock");
        sandbox.devshell(&["lock"]).env("DEVSHELL_PLATFORM", platform).run().success();
        assert_eq!(sandbox.read("devshell.lock"), lock, "{platform}");
    }
    sandbox.remove(sandbox.home());
    sandbox.program("sh", &["-c", copy]).directory("/").arg(&fresh).arg(sandbox.home()).run().success();
    sandbox.manifest(manifest(&servers, true));
    sandbox.devshell(&["lock"]).env("DEVSHELL_PLATFORM", "aarch64-linux").run().success();
    assert_eq!(sandbox.read("devshell.lock"), lock, "without a cache");
    // Other users, with homes of their own. The Python that the tests have may be only for the one who runs them.
    sandbox.manifest(manifest(&servers, false));
    sandbox.remove("devshell.lock");
    sandbox.run(&["lock"]).success();
    let lock = sandbox.read("devshell.lock");
    let Some(users) = two_users(&sandbox, "a_manifest_with_a_tool_of_each_source_has_one_lock") else { return };
    for (user, umask) in users.iter().zip(["022", "077"]) {
        settings(&user.home);
        let script = r#"mkdir -p "$HOME/.local/share" "$HOME/shop" && cp -R "$FRESH/npm" "$HOME" &&
            cp -R "$FRESH/.local/share/devshell" "$HOME/.local/share" && cp devshell.json "$HOME/shop" &&
            cd "$HOME/shop" && "$0" lock && cat devshell.lock"#;
        user.sh(umask, script).env("FRESH", &fresh).run().success().stdout(&lock);
    }
}
