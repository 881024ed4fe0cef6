//! The five tools that people want most, at the price of five requests to GitHub's API.

use serde_json::Value;

use super::{archive, script};
use crate::support::{Forge, HERE, Registry, Release, Sandbox, sha256};

const SYSTEMS: [(&str, &str); 4] = [("darwin", "amd64"), ("darwin", "arm64"), ("linux", "amd64"), ("linux", "arm64")];

/// The publishers' releases, with the names that their files have.
fn forge() -> Forge {
    let gh = ["linux_amd64.tar.gz", "linux_arm64.tar.gz", "macOS_amd64.zip", "macOS_arm64.zip", "windows_amd64.zip"];
    let gh = gh.iter().fold(Release::new("v2.83.0").file("gh_2.83.0_checksums.txt", ""), |release, end| {
        release.file(&format!("gh_2.83.0_{end}"), archive("gh", end))
    });
    let jq = ["linux-amd64", "linux-arm64", "macos-amd64", "macos-arm64", "windows-amd64.exe"];
    let jq = jq.iter().fold(Release::new("jq-1.8.1").file("sha256sum.txt", ""), |release, end| {
        release.file(&format!("jq-{end}"), script(end))
    });
    // There is none for Macs with an Intel processor any more.
    let bat =
        ["aarch64-apple-darwin", "aarch64-unknown-linux-musl", "x86_64-unknown-linux-gnu", "x86_64-unknown-linux-musl"];
    let bat = bat.iter().fold(Release::new("v0.26.0"), |release, end| {
        release.file(&format!("bat-v0.26.0-{end}.tar.gz"), archive("bat", end))
    });
    let forge = Forge::with("cli/cli", [gh]);
    forge.publish("jqlang/jq", [jq]);
    forge.publish("sharkdp/bat", [bat]);
    for (repository, tags) in [("kubernetes/kubernetes", ["v1.33.5", "v1.34.2"]), ("helm/helm", ["v3.19.0", "v4.0.0"])]
    {
        forge.publish(repository, tags.map(Release::new));
    }
    forge
}

/// The servers of those two that are published elsewhere.
fn vendors() -> Registry {
    let server = Registry::new();
    for (os, arch) in SYSTEMS {
        let kubectl = format!("/kubectl/release/v1.34.2/bin/{os}/{arch}/kubectl");
        let text = script(&format!("kubectl {os} {arch}"));
        server.serve(&format!("{kubectl}.sha256"), sha256(&text));
        server.serve(&kubectl, text);
        let (name, helm) = (format!("helm-v4.0.0-{os}-{arch}.tar.gz"), archive("helm", "helm"));
        server.serve(&format!("/helm/{name}.sha256sum"), format!("{}  {name}\n", sha256(&helm)));
        server.serve(&format!("/helm/{name}"), helm);
    }
    server.serve("/kubectl/release/stable.txt", "v1.34.2");
    server.serve("/helm/helm-latest-version", "v4.0.0\n");
    server
}

/// The platforms that each locked tool has files for, by their count.
fn platforms(sandbox: &Sandbox) -> Vec<String> {
    let lock = sandbox.lock();
    let shown = lock["tools"].as_array().unwrap().iter().map(|tool| {
        let artifacts = tool["artifacts"].as_array().unwrap();
        let count: usize = artifacts.iter().map(|one| one["platforms"].as_array().map_or(6, Vec::len)).sum();
        format!("{} {} {count}", tool["tool"].as_str().unwrap(), tool["version"].as_str().unwrap())
    });
    shown.collect()
}

#[test]
fn five_tools_cost_five_questions_and_installing_them_none() {
    let (forge, server) = (forge(), vendors());
    let sandbox = Sandbox::new();
    let registries = format!(r#"{{ "vendor": "{}", "github": "{}" }}"#, server.url(), forge.url());
    sandbox.config(format!(r#"{{ "registries": {registries} }}"#));
    sandbox.manifest("{}");
    let outcome = sandbox.run(&["add", "gh", "jq", "kubectl", "helm", "bat"]);
    outcome.success().stderr_contains("bat 0.26.0 is not published for x86_64-darwin\n");
    assert_eq!(platforms(&sandbox), ["bat 0.26.0 5", "gh 2.83.0 6", "helm 4.0.0 6", "jq 1.8.1 6", "kubectl 1.34.2 6"]);
    // One list for each of three repositories, and one question about the attestations of each that is known to sign its
    // files, where there are none (404). No vendor's version is asked of the forge.
    let questions = forge.questions();
    assert_eq!(questions.len(), 5, "{questions:?}");
    let about = questions.iter().filter(|question| question.contains("/attestations/") && question.ends_with(" 404"));
    assert_eq!(about.count(), 2, "{questions:?}");
    let lock: Value = sandbox.lock();
    let hashes = lock["tools"].as_array().unwrap().iter().flat_map(|tool| tool["artifacts"].as_array().unwrap());
    assert!(hashes.clone().count() == 19 && hashes.clone().all(|one| one["integrity"].is_string()));
    // On an empty store, and by someone who has asked nothing yet.
    sandbox.remove(sandbox.data());
    sandbox.remove(sandbox.cache());
    forge.forget_requests();
    server.forget_requests();
    sandbox.run(&["install"]).success();
    assert_eq!(forge.questions(), [""; 0]);
    assert_eq!((forge.requests().len(), server.requests().len()), (3, 2), "{:?}", server.requests());
    sandbox.run(&["run", "--", "kubectl"]).success().stdout_contains("kubectl ");
    if HERE == "x86_64-linux" {
        sandbox.run(&["run", "--", "bat"]).success().stdout("x86_64-unknown-linux-musl\n");
    }
    // An older version than the newest is in the forge's list.
    sandbox.run(&["add", "kubectl@1.33"]).code(5).stderr_contains("`kubectl` 1.33.5 has no file");
    assert_eq!(forge.questions(), ["/api/v3/repos/kubernetes/kubernetes/releases?per_page=100&page=1 200"]);
}
