//! What a forge is asked, and what is locked of its answers.

use serde_json::json;

use super::{archive, release, script};
use crate::support::{Fault, Forge, Release, Sandbox, gzipped, sha256};

fn integrity(bytes: &[u8]) -> String {
    devshell::digest::Integrity::from_hex(&sha256(bytes)).unwrap().to_string()
}

/// Locking asks the API once for each tool; installing asks it nothing.
#[test]
fn a_release_is_locked_by_hash_and_installed_without_the_api() {
    let forge = Forge::with("acme/tool", [release("1.0.0"), release("1.1.0")]);
    let sandbox = Sandbox::new().with_forge(&forge);
    sandbox.manifest(r#"{ "tools": { "github:acme/tool": "1" } }"#);
    sandbox.run(&["lock"]).success().stderr(
        "devshell: fetching github:acme/tool 1.1.0, to look into it\n\
         devshell: + github:acme/tool 1.1.0\n\
         devshell: devshell.lock holds 1 tool\n",
    );
    let file = "/acme/tool/releases/download/v1.1.0/tool_1.1.0_linux_amd64.tar.gz 200";
    assert_eq!(forge.requests(), ["/api/v3/repos/acme/tool/releases?per_page=100&page=1 200", file]);
    let text = sandbox.read("devshell.lock");
    assert!(!text.contains("://") && !text.contains("127.0.0.1"), "{text}");
    let lock = sandbox.lock();
    assert_eq!(lock["tools"][0]["version"], "1.1.0");
    assert_eq!(
        lock["tools"][0]["artifacts"][3],
        json!({
            "platforms": ["x86_64-linux", "x86_64-linux-musl"], "registry": "github", "package": "acme/tool", "version": "1.1.0",
            "file": "tool_1.1.0_linux_amd64.tar.gz", "tag": "v1.1.0",
            "integrity": integrity(&archive("tool", "1.1.0 linux_amd64")), "hash-from": "forge", "unpack": "tar.gz",
        })
    );
    sandbox.run(&["run", "--", "tool", "x"]).success().stdout("1.1.0 linux_amd64 x\n");
    assert_eq!(forge.requests().len(), 2);
    forge.forget_requests();
    sandbox.remove(sandbox.data());
    sandbox.remove(sandbox.cache());
    sandbox.run(&["install"]).success();
    assert_eq!(forge.requests(), [file]);
    assert_eq!(sandbox.read("devshell.lock"), text);
    // The lock is what any other machine would write, too.
    sandbox.run(&["lock"]).success();
    assert_eq!(sandbox.read("devshell.lock"), text);
}

/// Each forge has its own API and its own place for files.
#[test]
fn gitlab_and_codeberg_are_forges_too() {
    for (name, question, file) in [
        (
            "gitlab:acme/deep/tool",
            "/api/v4/projects/acme%2Fdeep%2Ftool/releases?per_page=100&page=1",
            "/acme/deep/tool/-/releases/v1.0.0/downloads/tool_1.0.0_linux_amd64.tar.gz",
        ),
        (
            "codeberg:acme/tool",
            "/api/v1/repos/acme/tool/releases?limit=50&page=1",
            "/acme/tool/releases/download/v1.0.0/tool_1.0.0_linux_amd64.tar.gz",
        ),
    ] {
        let old = ["linux_amd64", "darwin_arm64"].iter().fold(Release::new("v1.0.0"), |release, system| {
            release.old_file(&format!("tool_1.0.0_{system}.tar.gz"), archive("tool", system))
        });
        let sums = ["linux_amd64", "darwin_arm64"]
            .map(|system| format!("{}  tool_1.0.0_{system}.tar.gz\n", sha256(archive("tool", system))));
        let forge = Forge::with(name.split_once(':').unwrap().1, [old.old_file("checksums.txt", sums.concat())]);
        let sandbox = Sandbox::new().with_forge(&forge);
        sandbox.manifest(format!(r#"{{ "tools": {{ "{name}": "*" }} }}"#));
        sandbox.run(&["lock"]).success();
        assert_eq!(forge.questions(), [format!("{question} 200")], "{name}");
        assert!(forge.requests().contains(&format!("{file} 200")), "{name}");
        assert_eq!(sandbox.lock()["tools"][0]["artifacts"][0]["hash-from"], "checksums", "{name}");
        sandbox.run(&["run", "--", "tool"]).success().stdout("linux_amd64\n");
    }
}

/// Pages are read while nothing satisfies the requirement, and a version of which there is none of them by its tag.
#[test]
fn older_versions_are_found_on_later_pages() {
    let forge = Forge::with("acme/tool", (0..9).map(|minor| release(&format!("1.{minor}.0"))));
    forge.page(2);
    let sandbox = Sandbox::new().with_forge(&forge);
    for (requirement, version, questions) in
        [("1.8", "1.8.0", 1), ("1.5", "1.5.0", 2), ("1.4", "1.4.0", 3), ("1.1.0", "1.1.0", 4)]
    {
        sandbox.remove(sandbox.cache());
        forge.forget_requests();
        sandbox.manifest(format!(r#"{{ "tools": {{ "github:acme/tool": "{requirement}" }} }}"#));
        sandbox.run(&["lock"]).success();
        assert_eq!(sandbox.lock()["tools"][0]["version"], version);
        assert_eq!(forge.questions().len(), questions, "{requirement}: {:?}", forge.questions());
    }
    sandbox.manifest(r#"{ "tools": { "github:acme/tool": "0.9" } }"#);
    sandbox.run(&["lock"]).code(5).stderr_contains("no version of `github:acme/tool` satisfies `0.9`");
}

/// An answer is good for some minutes; after that, its ETag saves the body.
#[test]
fn a_forge_is_not_asked_twice() {
    let forge = Forge::with("acme/tool", [release("1.0.0")]);
    let sandbox = Sandbox::new().with_forge(&forge);
    sandbox.manifest(r#"{ "tools": { "github:acme/tool": "1" } }"#);
    sandbox.run(&["lock"]).success();
    forge.forget_requests();
    sandbox.run(&["outdated"]).success();
    assert_eq!(forge.questions(), [""; 0]);
    // With a token, asking is free where nothing has changed.
    sandbox.devshell(&["outdated"]).env("GH_ENTERPRISE_TOKEN", "s3cret").run().success();
    assert_eq!(forge.questions(), ["/api/v3/repos/acme/tool/releases?per_page=100&page=1 304"]);
}

/// With a token too, a command asks each question once.
#[test]
fn a_command_asks_each_question_once() {
    let forge = Forge::with("acme/tool", [release("1.0.0")]);
    let sandbox = Sandbox::new().with_forge(&forge);
    sandbox.manifest("{}");
    sandbox.devshell(&["add", "github:acme/tool"]).env("GH_ENTERPRISE_TOKEN", "s3cret").run().success();
    assert_eq!(forge.questions(), ["/api/v3/repos/acme/tool/releases?per_page=100&page=1 200"]);
}

/// A token goes to the API of the server that it is for, and nowhere else.
#[test]
fn a_token_goes_to_the_api_alone() {
    let other = Forge::with("acme/tool", [release("1.0.0")]);
    for (name, variables, header, value) in [
        ("github", [("GH_ENTERPRISE_TOKEN", "s3cret"), ("X", "")], "authorization", "Bearer s3cret"),
        (
            "github",
            [("GITHUB_TOKEN", "s3cret"), ("GITHUB_SERVER_URL", "http://127.0.0.1")],
            "authorization",
            "Bearer s3cret",
        ),
        ("github", [("GITHUB_TOKEN", "s3cret"), ("X", "")], "authorization", ""),
        ("github", [("GH_TOKEN", "s3cret"), ("X", "")], "authorization", ""),
        ("gitlab", [("GITLAB_TOKEN", "s3cret"), ("GITLAB_HOST", "127.0.0.1")], "private-token", "s3cret"),
        ("gitlab", [("GITLAB_TOKEN", "s3cret"), ("X", "")], "private-token", ""),
        ("gitlab", [("GITLAB_TOKEN", "s3cret"), ("CI_SERVER_HOST", "gitlab.acme.example")], "private-token", ""),
        ("gitlab", [("GITLAB_TOKEN", "s3cret"), ("GITLAB_HOST", "gitlab.acme.example")], "private-token", ""),
        ("gitlab", [("CI_JOB_TOKEN", "s3cret"), ("CI_SERVER_HOST", "127.0.0.1")], "job-token", "s3cret"),
        ("gitlab", [("CI_JOB_TOKEN", "s3cret"), ("CI_SERVER_HOST", "gitlab.acme.example")], "job-token", ""),
        (
            "codeberg",
            [("FORGEJO_TOKEN", "s3cret"), ("FORGEJO_SERVER_URL", "http://127.0.0.1/")],
            "authorization",
            "token s3cret",
        ),
    ] {
        let forge = Forge::with("acme/tool", [release("1.0.0")]);
        forge.download_from(&other);
        other.forget_requests();
        let sandbox = Sandbox::new().with_forge(&forge);
        sandbox.manifest(format!(r#"{{ "tools": {{ "{name}:acme/tool": "1" }} }}"#));
        let [one, two] = variables;
        sandbox.devshell(&["lock"]).env(one.0, one.1).env(two.0, two.1).run().success();
        sandbox.devshell(&["install"]).env(one.0, one.1).env(two.0, two.1).run().success();
        let asked: Vec<(String, String)> = forge.requests().into_iter().zip(forge.headers(header)).collect();
        for (request, sent) in &asked {
            let expected = if request.starts_with("/api/") { value } else { "" };
            assert_eq!(sent, expected, "{variables:?}: {request}");
        }
        assert!(!other.requests().is_empty(), "{variables:?}");
        for header in ["authorization", "private-token", "job-token"] {
            assert!(other.headers(header).iter().all(String::is_empty), "{variables:?}");
        }
    }
}

/// A login in the address of a server is for its API; one in `.netrc` is too, and so is what `gh` keeps for the host.
#[test]
fn logins_go_to_the_api_alone() {
    for (name, expected) in [("address", "Basic bWU6cHc="), ("netrc", "Basic bWU6cHc="), ("gh", "Bearer s3cret")] {
        let forge = Forge::with("acme/tool", [release("1.0.0")]);
        let sandbox = Sandbox::new().with_forge(&forge);
        match name {
            "address" => {
                let url = forge.url().replace("http://", "http://me:pw@");
                sandbox.config(format!(r#"{{ "registries": {{ "github": "{url}" }} }}"#));
            }
            "netrc" => {
                sandbox.write(sandbox.home().join(".netrc"), "machine 127.0.0.1 login me password pw\n");
            }
            _ => {
                let hosts = "127.0.0.1:\n    user: me\n    oauth_token: s3cret\n";
                sandbox.write(sandbox.home().join(".config/gh/hosts.yml"), hosts);
            }
        }
        sandbox.manifest(r#"{ "tools": { "github:acme/tool": "1" } }"#);
        sandbox.run(&["lock"]).success();
        let asked: Vec<(String, String)> = forge.requests().into_iter().zip(forge.headers("authorization")).collect();
        assert!(asked.len() > 1, "{name}");
        for (request, sent) in &asked {
            assert_eq!(sent, if request.starts_with("/api/") { expected } else { "" }, "{name}: {request}");
        }
    }
}

/// Nor does a token go on where the API itself sends on to another server.
#[test]
fn an_api_that_sends_on_takes_no_token_along() {
    let other = Forge::with("acme/tool", [release("1.0.0")]);
    let page = "releases?per_page=100&page=1";
    for (label, path, variables, header) in [
        ("github", "api/v3/repos/acme/tool", [("GH_ENTERPRISE_TOKEN", "s3cret"), ("X", "")], "authorization"),
        (
            "gitlab",
            "api/v4/projects/acme%2Ftool",
            [("GITLAB_TOKEN", "s3cret"), ("GITLAB_HOST", "127.0.0.1")],
            "private-token",
        ),
        (
            "gitlab",
            "api/v4/projects/acme%2Ftool",
            [("CI_JOB_TOKEN", "s3cret"), ("CI_SERVER_HOST", "127.0.0.1")],
            "job-token",
        ),
    ] {
        let forge = Forge::with("acme/tool", [release("1.0.0")]);
        forge.fault(format!("/{path}/{page}"), Fault::Redirect(format!("{}{path}/{page}", other.url())));
        other.forget_requests();
        let sandbox = Sandbox::new().with_forge(&forge);
        sandbox.manifest(format!(r#"{{ "tools": {{ "{label}:acme/tool": "1" }} }}"#));
        let [one, two] = variables;
        let outcome = sandbox.devshell(&["lock"]).env(one.0, one.1).env(two.0, two.1).run();
        assert_eq!(forge.headers(header)[0].trim_start_matches("Bearer "), "s3cret", "{label}: {}", outcome.errors());
        assert!(!other.requests().is_empty() && other.headers(header).iter().all(String::is_empty), "{label}");
    }
}

/// A project that names a forge gets none of the user's tokens that are not for that very host.
#[test]
fn a_project_cannot_ask_for_the_users_token() {
    let forge = Forge::with("acme/tool", [release("1.0.0")]);
    let sandbox = Sandbox::new();
    sandbox.manifest(format!(
        r#"{{ "tools": {{ "github:acme/tool": "1" }}, "registries": {{ "github": "{}" }} }}"#,
        forge.url()
    ));
    let tokens = ["GH_TOKEN", "GITHUB_TOKEN", "GH_ENTERPRISE_TOKEN"];
    let command = tokens.iter().fold(sandbox.devshell(&["lock"]), |command, name| command.env(name, "s3cret"));
    command.run().success();
    assert!(forge.headers("authorization").iter().all(String::is_empty));
}

/// A repository that has a new name is still found by the old one, which is what is locked.
#[test]
fn a_renamed_repository_is_found() {
    let forge = Forge::with("acme/tool", [release("1.0.0")]);
    let sandbox = Sandbox::new().with_forge(&forge);
    sandbox.manifest(r#"{ "tools": { "github:old/tool": "1" } }"#);
    forge.publish("old/tool", []);
    forge.rename("old/tool", "acme/gone");
    forge.publish("acme/gone", [release("1.0.0")]);
    sandbox.run(&["lock"]).success().stderr_contains("  github:old/tool is called `github:acme/gone` now\n");
    assert_eq!(sandbox.lock()["tools"][0]["artifacts"][0]["package"], "old/tool");
}

/// A file alone is the command of the repository's name; so is one that is only compressed.
#[test]
fn a_file_that_is_no_archive_has_the_repositorys_name() {
    let release = Release::new("v1.0.0")
        .file("tool-linux-amd64", script("bare"))
        .file("tool-darwin-arm64.gz", gzipped(script("gzipped").as_bytes()));
    let forge = Forge::with("acme/tool", [release]);
    let sandbox = Sandbox::new().with_forge(&forge);
    sandbox.manifest(r#"{ "tools": { "github:acme/tool": "1" } }"#);
    sandbox.run(&["lock"]).success();
    sandbox.run(&["run", "--", "tool"]).success().stdout("bare\n");
}

/// Where nothing lists a hash, it is that of the first download, and that is said.
#[test]
fn the_first_download_counts_where_nothing_else_does() {
    let forge = Forge::with("acme/tool", [Release::new("v1.0.0").old_file("tool-linux-amd64", script("first"))]);
    let sandbox = Sandbox::new().with_forge(&forge);
    sandbox.manifest(r#"{ "tools": { "github:acme/tool": "1" } }"#);
    let note = "  github:acme/tool 1.0.0 has the hash of its first download, because its release has no checksums\n";
    sandbox.run(&["lock"]).success().stderr_contains(note);
    let artifact = &sandbox.lock()["tools"][0]["artifacts"][0];
    assert_eq!(
        (&artifact["hash-from"], &artifact["integrity"]),
        (&json!("download"), &json!(integrity(script("first").as_bytes())))
    );
}

/// A file from before the forge computed hashes (`"digest": null`) has that of the release's list, or of a file beside
/// it; a newer file has the forge's, and its list is not asked for.
#[test]
fn a_file_without_a_digest_has_a_listed_hash() {
    let (bytes, name) = (script("x"), "tool-linux-amd64");
    let sum = sha256(bytes.as_bytes());
    for (list, text) in [("SHA256SUMS", format!("{sum}  {name}\n")), ("tool-linux-amd64.sha256", format!("{sum}\n"))] {
        let old = Release::new("v1.0.0").old_file(name, bytes.clone()).old_file(list, text.clone());
        let new = Release::new("v1.0.0").file(name, bytes.clone()).file(list, text);
        for (release, from) in [(old, "checksums"), (new, "forge")] {
            let forge = Forge::with("acme/tool", [release]);
            let sandbox = Sandbox::new().with_forge(&forge);
            sandbox.manifest(r#"{ "tools": { "github:acme/tool": "1" } }"#);
            sandbox.run(&["lock"]).success().stderr_lacks("first download");
            let artifact = &sandbox.lock()["tools"][0]["artifacts"][0];
            let found = (&artifact["hash-from"], &artifact["integrity"]);
            assert_eq!(found, (&json!(from), &json!(integrity(bytes.as_bytes()))), "{list}");
            assert_eq!(forge.requests().iter().any(|request| request.contains(list)), from == "checksums");
        }
    }
}

/// The bytes are those that were locked, whatever the publisher does.
#[test]
fn a_file_that_was_replaced_is_refused() {
    let forge = Forge::with("acme/tool", [release("1.0.0")]);
    let sandbox = Sandbox::new().with_forge(&forge);
    sandbox.manifest(r#"{ "tools": { "github:acme/tool": "1" } }"#);
    sandbox.run(&["lock"]).success();
    sandbox.remove(sandbox.data());
    let path = "/acme/tool/releases/download/v1.0.0/tool_1.0.0_linux_amd64.tar.gz";
    forge.fault(path, Fault::OtherBytes(archive("tool", "other")));
    sandbox.run(&["install"]).code(5).stderr_contains("and the lock says").stderr_contains(
        "hint: its publisher replaced the file after it was locked, or something on the way changed it; ask",
    );
    forge.fault(path, Fault::NotFound);
    sandbox.run(&["install"]).code(5).stderr_contains("is gone from `[FORGE]/acme/tool/releases/download/v1.0.0/");
}

/// What is locked is not changed by what the publisher did, until an update is asked for; then the change is said.
#[test]
fn a_file_that_was_replaced_is_locked_by_an_update() {
    let release = |text: &str| Release::new("v1.0.0").file("tool-linux-amd64", script(text));
    let forge = Forge::with("acme/tool", [release("first")]);
    let sandbox = Sandbox::new().with_forge(&forge);
    sandbox.manifest(r#"{ "tools": { "github:acme/tool": "1" } }"#);
    sandbox.run(&["lock"]).success();
    let before = sandbox.read("devshell.lock");
    sandbox.remove(sandbox.data());
    sandbox.remove(sandbox.cache());
    forge.publish("acme/tool", [release("second")]);
    sandbox.run(&["lock"]).success();
    assert_eq!(sandbox.read("devshell.lock"), before);
    sandbox.run(&["install"]).code(5).stderr_contains("hint: its publisher replaced the file after it was locked, ");
    sandbox.run(&["outdated"]).success().stdout("");
    sandbox.run(&["update"]).success().stderr_contains("~ github:acme/tool 1.0.0, with other artifacts\n");
    assert_ne!(sandbox.read("devshell.lock"), before);
    sandbox.run(&["run", "--", "tool"]).success().stdout("second\n");
}
