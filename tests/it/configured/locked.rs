//! What the lock says of the packages that configure others.

use serde_json::{Value, json};

use crate::support::{Deb, Debian, Sandbox, Signer, deb};

/// Of all that configures packages, an archive needs to have dpkg.
fn packages(version: &str) -> Vec<Deb> {
    let dpkg = deb("dpkg", version).depends("libdpkg");
    let library = deb("libdpkg", version);
    [dpkg.native(|deb, _| deb), library.native(|deb, _| deb), vec![deb("base-files", version)]].concat()
}

fn tool(name: &str) -> Deb {
    deb(name, "1").command(name, "echo works").script("postinst", "echo made >/usr/share/made")
}

struct Case {
    sandbox: Sandbox,
    debian: Debian,
}

/// An archive with two releases, and a project with tools of both.
fn case() -> Case {
    let tools = || ["one", "two", "three"].map(tool);
    let debian = Debian::with(packages("1").into_iter().chain(tools()));
    debian.publish("bookworm", packages("0.9").into_iter().chain(tools()));
    let sandbox = Sandbox::new();
    sandbox.write(sandbox.config_directory().join("archive.asc"), Signer::Archive.public());
    let url = debian.url();
    sandbox.config(format!(r#"{{ "registries": {{ "deb": {{ "url": "{url}", "keys": "archive.asc" }} }} }}"#));
    sandbox.manifest(manifest(&[("one", "trixie"), ("two", "trixie"), ("three", "bookworm")]));
    sandbox.run(&["lock"]).success();
    Case { sandbox, debian }
}

fn manifest(tools: &[(&str, &str)]) -> String {
    let tool = |(name, suite): &(&str, &str)| format!(r#""deb:{name}": {{ "version": "*", "suite": "{suite}" }}"#);
    format!(r#"{{ "tools": {{ {} }} }}"#, tools.iter().map(tool).collect::<Vec<_>>().join(", "))
}

/// Suite and version of each entry.
fn entries(sandbox: &Sandbox) -> Vec<[String; 2]> {
    let lock = sandbox.lock();
    let entry = |entry: &Value| ["suite", "version"].map(|name| entry[name].as_str().unwrap().to_owned());
    lock["configuring"].as_array().into_iter().flatten().map(entry).collect()
}

#[test]
fn it_is_written_once_for_each_release_and_for_both_architectures() {
    let Case { sandbox, .. } = case();
    assert_eq!(entries(&sandbox), [["bookworm", "0.9"], ["trixie", "1"]]);
    let lock = sandbox.lock();
    for entry in lock["configuring"].as_array().unwrap() {
        let artifacts = entry["artifacts"].as_array().unwrap().iter();
        let named = artifacts.map(|it| (it["package"].as_str().unwrap(), it["platforms"].to_string()));
        let mut found: Vec<_> = named.collect();
        found.sort();
        let (arm, intel) = (
            r#"["aarch64-linux","aarch64-linux-musl"]"#.to_owned(),
            r#"["x86_64-linux","x86_64-linux-musl"]"#.to_owned(),
        );
        let both = r#"["aarch64-linux","aarch64-linux-musl","x86_64-linux","x86_64-linux-musl"]"#.to_owned();
        let expected = [
            ("base-files", both),
            ("dpkg", arm.clone()),
            ("dpkg", intel.clone()),
            ("libdpkg", arm),
            ("libdpkg", intel),
        ];
        assert_eq!(found, expected);
    }
    // None of them is a tool.
    sandbox.run(&["list"]).success();
    assert!(!sandbox.run(&["list"]).text().contains("dpkg"));
    sandbox.run(&["lock", "--check"]).success();
}

#[test]
fn it_stays_until_the_tools_of_its_release_move() {
    let Case { sandbox, debian } = case();
    let before = sandbox.lock()["configuring"].clone();
    debian.publish("trixie", packages("2"));
    // What is locked already needs nothing new.
    sandbox.run(&["lock"]).success();
    assert_eq!(sandbox.lock()["configuring"], before);
    debian.publish("trixie", [tool("four")]);
    sandbox.run(&["add", "deb:four", "--suite", "trixie"]).success();
    assert_eq!(entries(&sandbox), [["bookworm", "0.9"], ["trixie", "1"]]);
    sandbox.run(&["update"]).success();
    assert_eq!(entries(&sandbox), [["bookworm", "0.9"], ["trixie", "2"]]);
    // With the last tool of its release, it goes.
    sandbox.run(&["remove", "deb:three"]).success();
    assert_eq!(entries(&sandbox), [["trixie", "2"]]);
    for name in ["one", "two", "four"] {
        sandbox.run(&["remove", &format!("deb:{name}")]).success();
    }
    assert_eq!(sandbox.lock().get("configuring"), None);
}

/// It is written as devshell writes it, by another one.
#[test]
fn one_of_others_is_refused() {
    let Case { sandbox, debian } = case();
    let good = sandbox.lock();
    let (tool, url) = (good["tools"][0].clone(), json!("https://a.example/x.deb"));
    let changes: [(&str, Value); 7] = [
        ("/configuring/0/tool", json!("deb:bash")),
        ("/configuring/0/tool", json!("npm:dpkg")),
        ("/configuring/0/suite", json!("trixie")),
        ("/configuring/0/artifacts/0/package", json!("../../x")),
        ("/configuring/0/artifacts/0/registry", json!("npm")),
        ("/configuring/0", tool),
        ("/configuring/0/artifacts/0/url", url),
    ];
    debian.forget_requests();
    for (place, value) in changes {
        let mut lock = good.clone();
        match lock.pointer_mut(place) {
            Some(there) => *there = value,
            None => {
                let (above, name) = place.rsplit_once('/').unwrap();
                lock.pointer_mut(above).unwrap()[name] = value;
            }
        }
        let text = serde_json::to_string_pretty(&lock).unwrap();
        let text = devshell::lock::parse("devshell.lock", &text).map_or(text, |lock| devshell::lock::write(&lock));
        sandbox.write("devshell.lock", &text);
        for verb in ["install", "list", "env"] {
            let outcome = sandbox.run(&[verb]);
            assert!(!outcome.ended_well(), "{place}: {verb}: {outcome}\n{text}");
            outcome.code(4).stdout("").stderr_contains("devshell.lock");
        }
    }
    assert_eq!(debian.downloads(), Vec::<String>::new());
}
