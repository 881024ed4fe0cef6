//! An Ubuntu runner: its apt names Ubuntu's archives, and no signed index of Debian.

use super::page;
use super::root::Root;
use crate::support::{Debian, Sandbox, Signer, deb};

const SOURCES: &str = "Types: deb
URIs: http://127.0.0.1:1/ubuntu/
Suites: noble noble-updates noble-security
Components: main universe
Signed-By: /usr/share/keyrings/ubuntu-archive-keyring.gpg
";

#[test]
fn on_ubuntu_the_manifest_names_the_mirror() {
    let debian = Debian::with([deb("tool", "2.0-1").command("tool", "echo tool 2.0")]);
    let sandbox = Sandbox::new();
    sandbox.write(sandbox.config_directory().join("archive.asc"), Signer::Archive.public());
    let url = debian.url();
    sandbox.config(format!(r#"{{ "registries": {{ "deb": {{ "url": "{url}", "keys": "archive.asc" }} }} }}"#));
    // Locked where a person's own settings name the mirror: nothing of that is in the repository.
    sandbox.manifest(r#"{ "name": "shop", "tools": { "deb:tool": { "version": "*", "suite": "trixie" } } }"#);
    sandbox.run(&["lock"]).success();
    let Some(root) = Root::new(&sandbox, "ubuntu", "recipes::debian::on_ubuntu") else { return };
    root.add_user("runner", 1001);
    root.write("/etc/os-release", "ID=ubuntu\nID_LIKE=debian\nVERSION_CODENAME=noble\n");
    root.write("/etc/apt/sources.list.d/ubuntu.sources", SOURCES);
    root.sh(0, "cp /srv/devshell /usr/local/bin/").run().success();
    let run = |command: &[&str]| {
        for file in ["devshell.json", "devshell.lock", "archive.asc"] {
            let text = fs_err::read(sandbox.project().join(file)).unwrap_or_default();
            root.write(&format!("/home/runner/shop/{file}"), text);
        }
        root.start(1001, "/home/runner/shop", &[], command).run()
    };
    let refused = run(&["devshell", "run", "tool"]);
    refused.code(125).stderr_contains("no Debian archive is configured").stderr_contains("\nhint: name a mirror");
    // The snippet of the page, with a mirror that is there, and its keys.
    let snippet = page::block("Debian packages on Ubuntu", "jsonc", 0).replace("https://mirror.example/debian", &url);
    let snippet = snippet.replace("\"suite\"", "\"keys\": \"archive.asc\", \"suite\"");
    sandbox.manifest(format!("{{ \"name\": \"shop\", \"tools\": {{ \"deb:tool\": \"*\" }}, {} }}", snippet.trim()));
    sandbox.write("archive.asc", Signer::Archive.public());
    sandbox.run(&["lock"]).success();
    run(&["devshell", "lock", "--check"]).success();
    run(&["devshell", "run", "tool"]).success().stdout("tool 2.0\n");
}
