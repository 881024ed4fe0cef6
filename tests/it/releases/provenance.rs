//! Where releases were made: real attestations, from a forge on the loopback interface.

use serde_json::{Value, json};

use super::release;
use crate::support::{Forge, Release, Sandbox};

const REPOSITORY: &str = "jdx/communique";
const BUNDLE: &str = include_str!("../../../src/attestation/recorded/github-release.json");

/// The files of a release that GitHub attests.
const FILES: [(&str, &str); 3] = [
    ("communique-aarch64-apple-darwin.tar.gz", "76f1fe8593bf227cca2c089e3c16dc95014a8d3e89c5dd220530469ca043c428"),
    ("communique-aarch64-unknown-linux-gnu.tar.gz", "fabce7391876734f9574e5dd3a247b65ce507d234a6c75991b24c903b24c470d"),
    ("communique-x86_64-unknown-linux-gnu.tar.gz", "b958c6046bab52febf958c94974e1ffcc450bff78c28d7233e179bfd73828912"),
];

const MANIFEST: &str = r#"{ "tools": { "github:jdx/communique": "0.1" } }"#;
const REQUIRED: &str =
    r#"{ "tools": { "github:jdx/communique": "0.1" }, "require-provenance": ["github:jdx/communique"] }"#;

fn bundle() -> Value {
    serde_json::from_str(BUNDLE).unwrap()
}

fn attested_release(tag: &str) -> Release {
    FILES.iter().fold(Release::new(tag), |release, (name, hex)| release.claimed_file(name, hex))
}

/// A forge whose answer about each file is this bundle.
fn forge(release: Release, bundle: &Value) -> Forge {
    let forge = Forge::with(REPOSITORY, [release]);
    for (_, hex) in FILES {
        forge.attest(hex, json!({ "bundle": bundle, "repository_id": 1 }));
    }
    forge
}

fn project(forge: &Forge, manifest: &str) -> Sandbox {
    let sandbox = Sandbox::new().with_forge(forge);
    sandbox.manifest(manifest);
    sandbox
}

/// One more question is asked where a release is known to be attested, for all its files.
#[test]
fn what_is_attested_is_in_the_lock() {
    let forge = forge(attested_release("v0.1.9").immutable(), &bundle());
    let sandbox = project(&forge, MANIFEST);
    sandbox.run(&["lock"]).success().stderr_contains("  released by github:jdx/communique\n");
    let expected = json!({ "kind": "release", "repository": "github:jdx/communique", "repository-id": 1_155_542_902 });
    assert_eq!(sandbox.lock()["tools"][0]["provenance"], expected);
    assert_eq!(
        forge.questions(),
        [
            "/api/v3/repos/jdx/communique/releases?per_page=100&page=1 200".to_owned(),
            format!("/api/v3/repos/jdx/communique/attestations/sha256:{}?per_page=30 200", FILES[0].1),
        ]
    );
    sandbox.run(&["list", "-v"]).success().stderr_contains("github:jdx/communique was released by");
    let listed = sandbox.run(&["list", "--json"]).success().json();
    assert_eq!(listed[0]["provenance"], expected);
    // What is locked is not asked for again.
    forge.forget_requests();
    sandbox.run(&["lock"]).success();
    sandbox.manifest(REQUIRED);
    sandbox.run(&["lock", "--check"]).success();
    assert!(forge.questions().is_empty());
    // A list without the tool is taken with it.
    sandbox.run(&["remove", "github:jdx/communique"]).success();
    assert!(!sandbox.read("devshell.json").contains("communique"));
}

/// Nothing is asked of a repository that is not known to attest anything, unless the manifest wants it.
#[test]
fn no_request_is_spent_without_a_reason() {
    let quiet = Forge::with("acme/tool", [release("1.0.0")]);
    let sandbox = project(&quiet, r#"{ "tools": { "github:acme/tool": "1" } }"#);
    sandbox.run(&["lock"]).success();
    assert_eq!(quiet.questions().len(), 1);
    assert!(sandbox.lock()["tools"][0]["provenance"].is_null());
    let forge = forge(attested_release("v0.1.9"), &bundle());
    let sandbox = project(&forge, MANIFEST);
    sandbox.run(&["lock"]).success();
    assert!(sandbox.lock()["tools"][0]["provenance"].is_null());
    sandbox.manifest(REQUIRED);
    sandbox
        .run(&["lock", "--check"])
        .code(1)
        .stderr_contains("devshell.lock is stale: it lacks github:jdx/communique 0.1");
    sandbox.run(&["lock"]).success();
    assert_eq!(sandbox.lock()["tools"][0]["provenance"]["kind"], "release");
}

#[test]
fn what_has_to_be_attested_is_not_locked_without() {
    let quiet = Forge::with("acme/tool", [release("1.0.0")]);
    let sandbox = project(
        &quiet,
        r#"{ "tools": { "github:acme/tool": "1", "host:sh": "*" }, "require-provenance": ["github:acme/tool"] }"#,
    );
    sandbox.run(&["lock"]).code(5).stderr(
        "devshell: fetching github:acme/tool 1.0.0, to look into it\n\
         devshell: `github:acme/tool` 1.0.0 has no attestation that says where it was made, and `require-provenance` asks for one\n\
         hint: require a version that its publisher attests (line 1 of the manifest), or take `github:acme/tool` out of `require-provenance`\n",
    );
    assert!(!sandbox.project().join("devshell.lock").exists());
    sandbox.manifest(r#"{ "tools": { "host:sh": "*" }, "require-provenance": ["host:sh"] }"#);
    sandbox.run(&["lock"]).code(5).stderr_contains("`host:sh` (the host's) has no attestation");
}

/// A bundle may be elsewhere, and compressed. It gets no token.
#[test]
fn a_bundle_may_be_elsewhere() {
    let forge = Forge::with(REPOSITORY, [attested_release("v0.1.9").immutable()]);
    let compressed = snap::raw::Encoder::new().compress_vec(BUNDLE.as_bytes()).unwrap();
    let other = Forge::with("bundles/here", [Release::new("v1").file("bundle", compressed)]);
    let url = format!("{}bundles/here/releases/download/v1/bundle", other.url());
    forge.attest(FILES[0].1, json!({ "bundle": null, "bundle_url": url }));
    let sandbox = project(&forge, MANIFEST);
    sandbox.devshell(&["lock"]).env("GITHUB_TOKEN", "secret").run().success();
    assert_eq!(sandbox.lock()["tools"][0]["provenance"]["kind"], "release");
    assert_eq!(other.headers("authorization"), [""]);
}

/// What an attacker could do without the publisher's keys.
#[test]
fn what_is_false_is_refused() {
    let changed = |place: &str| {
        let mut bundle = bundle();
        let value = bundle.pointer_mut(place).unwrap();
        let text = value.as_str().unwrap();
        let middle = text.len() / 2;
        let other = if &text[middle..=middle] == "A" { "B" } else { "A" };
        *value = format!("{}{other}{}", &text[..middle], &text[middle + 1..]).into();
        bundle
    };
    for bundle in [
        changed("/dsseEnvelope/signatures/0/sig"),
        changed("/verificationMaterial/certificate/rawBytes"),
        changed("/verificationMaterial/timestampVerificationData/rfc3161Timestamps/0/signedTimestamp"),
    ] {
        let forge = forge(attested_release("v0.1.9").immutable(), &bundle);
        let sandbox = project(&forge, MANIFEST);
        sandbox.run(&["lock"]).code(5).stderr_contains("`github:jdx/communique` 0.1.9 is not trusted");
    }
    // A real one of another repository, and of another release of this one.
    for (repository, tag, expected) in [
        (
            "acme/communique",
            "v0.1.9",
            "it was released by github:jdx/communique, and github:acme/communique was expected",
        ),
        (REPOSITORY, "v0.1.10", "its attestation is about the tag `v0.1.9`"),
    ] {
        let forge = Forge::with(repository, [attested_release(tag).immutable()]);
        for (_, hex) in FILES {
            forge.attest(hex, json!({ "bundle": bundle() }));
        }
        let manifest = MANIFEST.replace(REPOSITORY, repository);
        project(&forge, &manifest).run(&["lock"]).code(5).stderr_contains(expected);
    }
}

/// Without a person who says that it is right, a tool is not taken from another publisher, or from an unknown one.
#[test]
fn another_publisher_stops_an_update() {
    let forge = forge(attested_release("v0.1.9").immutable(), &bundle());
    let sandbox = project(&forge, MANIFEST);
    sandbox.run(&["lock"]).success();
    let before = sandbox.read("devshell.lock");
    forge.publish(
        REPOSITORY,
        [Release::new("v0.1.10")
            .claimed_file("communique-aarch64-apple-darwin.tar.gz", &"1".repeat(64))
            .claimed_file("communique-aarch64-unknown-linux-gnu.tar.gz", &"2".repeat(64))
            .claimed_file("communique-x86_64-unknown-linux-gnu.tar.gz", &"3".repeat(64))],
    );
    sandbox.remove(sandbox.cache());
    let refusal = "devshell: `github:jdx/communique` 0.1.9 was released by github:jdx/communique, and 0.1.10 has no \
                   attestation that says where it was made\n\
                   hint: ask the publisher; once you know why, `devshell update github:jdx/communique --accept-publisher`\n";
    sandbox.run(&["update"]).code(5).stderr(refusal);
    assert_eq!(sandbox.read("devshell.lock"), before);
    // Nor by a verb that is about another tool, nor where another tool is accepted.
    let both = r#"{ "tools": { "github:jdx/communique": "=0.1.10", "host:sh": "*", "host:cat": "*" } }"#;
    sandbox.manifest(both);
    sandbox.run(&["lock"]).code(5);
    sandbox.run(&["remove", "host:cat"]).code(5).stderr_contains("--accept-publisher");
    sandbox.run(&["update", "host:sh", "--accept-publisher"]).code(5);
    assert_eq!((sandbox.read("devshell.json").as_str(), sandbox.read("devshell.lock")), (both, before.clone()));
    sandbox.manifest(MANIFEST);
    let given_up = "  without an attestation; before, it was released by github:jdx/communique\n";
    sandbox.run(&["update", "--dry-run"]).success().stderr_contains(given_up);
    sandbox.run(&["update", "--accept-publisher"]).success().stderr_contains(given_up);
    assert!(sandbox.lock()["tools"][0]["provenance"].is_null());
    // It was somewhere else before.
    let other = before
        .replace("\"kind\": \"release\"", "\"kind\": \"build\"")
        .replace("\"repository-id\": 1155542902\n", "\"workflow\": \"jdx/communique/.github/workflows/release.yml\"\n")
        .replace("0.1.9", "0.1.8");
    sandbox.write("devshell.lock", &other);
    sandbox.manifest(MANIFEST.replace("\"0.1\"", "\"=0.1.9\""));
    sandbox.run(&["lock"]).code(5).stderr_contains(
        "0.1.8 was built by github:jdx/communique (.github/workflows/release.yml), and 0.1.9 was released by",
    );
}

/// A lock that names another repository than the tool's is not one that devshell wrote.
#[test]
fn a_lock_cannot_say_otherwise() {
    let forge = forge(attested_release("v0.1.9").immutable(), &bundle());
    let sandbox = project(&forge, MANIFEST);
    sandbox.run(&["lock"]).success();
    let lock = sandbox
        .read("devshell.lock")
        .replace("\"repository\": \"github:jdx/communique\"", "\"repository\": \"github:evil/communique\"");
    sandbox.write("devshell.lock", &lock);
    sandbox.run(&["install"]).code(4).stderr_contains("and was made in `github:evil/communique`");
}
