//! Where packages of npm were made: real attestations, from a registry on the loopback interface.

use serde_json::{Value, json};

use crate::support::{Fault, Package, Registry, Sandbox, package, tool};

/// What the registry answers about sigstore 2.3.1, and two versions of a package in a scope.
const ANSWER: &str = include_str!("../../src/attestation/recorded/npm-answer.json");
const SCOPED: &str = include_str!("../../src/attestation/recorded/npm-scoped.json");
const SCOPED_LATER: &str = include_str!("../../src/attestation/recorded/npm-scoped-later.json");
/// The bundle of sigstore 2.0.0.
const EARLIER: &str = include_str!("../../src/attestation/recorded/npm-build.json");

const HEX: &str = "f06fbf5c353cc0db093904b9cac0d53b412d83dff6b80e6047d9786708a38e5c\
                   3105cad4e913dfc22dbe8c999b3fe029d47969fe75406843b8163db6fd22f681";
const SCOPED_HEX: &str = "f2995e2565a1510c707850d8194f983b91fe61ec243c5551ad849c357273768b\
                          5f3a57e44b81cc0cd36a34b8b933322be871eea5b058202be807e24dc882811b";
const SCOPED_LATER_HEX: &str = "563bc6d88c7cc60917b13cf4838473eeea6ec7ea0430f2672b16f43c2a5c82c2\
                                39949c7cae7fe13bbe3b30d0571c3e56de624aa31ea43c98c12f1f190b8a7ca0";

const PATH: &str = "/-/npm/v1/attestations/sigstore@2.3.1";
const SCOPE: &str = "@laurentsimon/provenance-npm-test";

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// A tool in JavaScript, whose bytes are not here.
fn claimed(name: &str, version: &str, hex: &str) -> Package {
    package(name, version).bin("command", "cli.js").claimed(hex)
}

/// A registry that has sigstore 2.3.1 with this answer about its attestations.
fn registry(answer: &Value) -> Registry {
    let registry = Registry::with(tool("node", "22.3.0"));
    registry.publish([claimed("sigstore", "2.3.1", HEX).attested()]);
    registry.attest("sigstore", "2.3.1", answer);
    registry
}

fn project(registry: &Registry, tools: &str, required: &str) -> Sandbox {
    let sandbox = Sandbox::new().with_registry(registry);
    sandbox.manifest(manifest(tools, required));
    sandbox
}

fn manifest(tools: &str, required: &str) -> String {
    format!(r#"{{ "tools": {{ {tools} }}, "require-provenance": [{required}] }}"#)
}

fn sigstore(registry: &Registry) -> Sandbox {
    project(registry, r#""npm:sigstore": "2""#, "")
}

fn provenance(sandbox: &Sandbox) -> Value {
    let lock = sandbox.lock();
    let mut tools = lock["tools"].as_array().unwrap().iter();
    tools.find(|tool| tool["tool"].as_str().unwrap().starts_with("npm:")).unwrap()["provenance"].clone()
}

/// One more question is asked where the metadata says that there is an answer, on the registry itself.
#[test]
fn what_is_attested_is_in_the_lock() {
    let registry = registry(&json(ANSWER));
    let sandbox = sigstore(&registry);
    sandbox
        .run(&["lock"])
        .success()
        .stderr_contains("  built by github:sigstore/sigstore-js (.github/workflows/release.yml)\n");
    let expected = json!({
        "kind": "build", "repository": "github:sigstore/sigstore-js", "repository-id": 495_574_555,
        "workflow": "sigstore/sigstore-js/.github/workflows/release.yml",
    });
    assert_eq!(provenance(&sandbox), expected);
    assert_eq!(registry.attestations(), [format!("{PATH} 200")]);
    sandbox
        .run(&["list", "-v"])
        .success()
        .stderr_contains("npm:sigstore was built by github:sigstore/sigstore-js (.github/workflows/release.yml)\n");
    let listed = sandbox.run(&["list", "--json"]).success().json();
    let listed = listed.as_array().unwrap().iter().find(|tool| tool["tool"] == "npm:sigstore").unwrap();
    assert_eq!(listed["provenance"], expected);
    // What is locked is not asked for again, and what is not locked is in the cache.
    registry.forget_requests();
    sandbox.run(&["lock"]).success();
    sandbox.manifest(manifest(r#""npm:sigstore": "2""#, r#""npm:sigstore""#));
    sandbox.run(&["lock", "--check"]).success();
    sandbox.remove("devshell.lock");
    sandbox.run(&["lock", "--offline"]).success();
    assert_eq!((registry.attestations(), provenance(&sandbox)), (Vec::new(), expected));
}

#[test]
fn a_package_in_a_scope_is_asked_for_with_a_token() {
    let registry = Registry::with(tool("node", "22.3.0"));
    registry.publish([claimed(SCOPE, "1.0.3", SCOPED_HEX).attested()]);
    registry.attest(SCOPE, "1.0.3", &json(SCOPED));
    registry.require_token("t0ken");
    let tool = format!("\"npm:{SCOPE}\": \"1\"");
    let sandbox = project(&registry, &tool, "");
    let url = registry.url();
    let server = url.strip_prefix("http:").unwrap();
    sandbox.write(sandbox.home().join(".npmrc"), format!("registry={url}\n{server}:_authToken=t0ken\n"));
    sandbox.run(&["lock"]).success();
    assert_eq!(provenance(&sandbox)["repository"], "github:laurentsimon/provenance-npm-test");
    let asked = "/-/npm/v1/attestations/@laurentsimon%2fprovenance-npm-test@1.0.3 200";
    assert_eq!(registry.attestations(), [asked]);
    // A later version is from the same repository, and built by the workflow of another one.
    registry.publish([claimed(SCOPE, "1.0.5", SCOPED_LATER_HEX).attested()]);
    registry.attest(SCOPE, "1.0.5", &json(SCOPED_LATER));
    let before = sandbox.read("devshell.lock");
    sandbox.run(&["update"]).code(5).stderr_contains(
        "1.0.3 was built by github:laurentsimon/provenance-npm-test (.github/workflows/release.yml), and 1.0.5 was \
         built by github:laurentsimon/provenance-npm-test (slsa-framework/slsa-github-generator/.github/workflows/",
    );
    assert_eq!(sandbox.read("devshell.lock"), before);
    sandbox.run(&["update", "--accept-publisher"]).success();
    assert!(provenance(&sandbox)["workflow"].as_str().unwrap().starts_with("slsa-framework/"));
}

/// Nothing is asked of a version without attestations, unless the manifest wants some.
#[test]
fn no_request_is_made_without_a_reason() {
    let registry = Registry::with(tool("node", "22.3.0"));
    registry.publish([claimed("sigstore", "2.3.1", HEX)]);
    registry.attest("sigstore", "2.3.1", &json(ANSWER));
    let sandbox = sigstore(&registry);
    sandbox.run(&["lock"]).success();
    assert!(provenance(&sandbox).is_null());
    assert_eq!(registry.attestations(), [""; 0]);
    // A mirror may have left it out of its metadata.
    sandbox.manifest(manifest(r#""npm:sigstore": "2""#, r#""npm:sigstore""#));
    sandbox.run(&["lock", "--check"]).code(1);
    sandbox.run(&["lock"]).success();
    assert_eq!(provenance(&sandbox)["kind"], "build");
    assert_eq!(registry.attestations(), [format!("{PATH} 200")]);
}

/// Mirrors often repeat what another registry's metadata says, and have no attestations themselves.
#[test]
fn a_registry_without_attestations_proves_nothing() {
    for status in [400, 404, 405] {
        let registry = registry(&json(ANSWER));
        registry.fault(PATH, Fault::Status(status, usize::MAX));
        let sandbox = sigstore(&registry);
        sandbox.run(&["lock"]).success().stderr_lacks("attestation");
        assert!(provenance(&sandbox).is_null());
        sandbox.manifest(manifest(r#""npm:sigstore": "2""#, r#""npm:sigstore""#));
        sandbox.run(&["lock"]).code(5).stderr(
            "devshell: `npm:sigstore` 2.3.1 has no attestation that says where it was made, and `require-provenance` asks for one\n\
             hint: require a version that its publisher attests (line 1 of the manifest), or take `npm:sigstore` out of `require-provenance`\n",
        );
    }
    // One that does not answer is asked again.
    let registry = registry(&json(ANSWER));
    registry.fault(PATH, Fault::Status(403, usize::MAX));
    sigstore(&registry).run(&["lock"]).code(5).stderr_contains("`sigstore` cannot be looked up");
}

/// What an attacker could do without the publisher's keys.
#[test]
fn what_is_false_is_refused() {
    let changed = |place: &str| {
        let mut answer = json(ANSWER);
        let value = answer.pointer_mut(&format!("/attestations/1/bundle{place}")).unwrap();
        let text = value.as_str().unwrap();
        let middle = text.len() / 2;
        let other = if &text[middle..=middle] == "A" { "B" } else { "A" };
        *value = format!("{}{other}{}", &text[..middle], &text[middle + 1..]).into();
        answer
    };
    let material = "/verificationMaterial";
    for (answer, expected) in [
        (changed("/dsseEnvelope/signatures/0/sig"), "its attestation does not verify"),
        (
            changed(&format!("{material}/x509CertificateChain/certificates/0/rawBytes")),
            "its attestation does not verify",
        ),
        (
            changed(&format!("{material}/tlogEntries/0/inclusionPromise/signedEntryTimestamp")),
            "its attestation does not verify",
        ),
        // That of another version, and of another package with the same bytes.
        (
            json!({ "attestations": [{ "bundle": json(EARLIER) }] }),
            "`npm:sigstore` 2.3.1 is not trusted: its attestation is about `pkg:npm/sigstore@2.0.0`\n",
        ),
    ] {
        let registry = registry(&answer);
        let sandbox = sigstore(&registry);
        sandbox.run(&["lock"]).code(5).stderr_contains("`npm:sigstore` 2.3.1 is not trusted").stderr_contains(expected);
        assert!(!sandbox.project().join("devshell.lock").exists());
    }
    let registry = Registry::with(tool("node", "22.3.0"));
    registry.publish([claimed("sigstone", "2.3.1", HEX).attested()]);
    registry.attest("sigstone", "2.3.1", &json(ANSWER));
    project(&registry, r#""npm:sigstone": "2""#, "")
        .run(&["lock"])
        .code(5)
        .stderr_contains("`npm:sigstone` 2.3.1 is not trusted: its attestation is about `pkg:npm/sigstore@2.3.1`\n");
}

/// So is what cannot be read: a server that hides an attestation would send none.
#[test]
fn what_cannot_be_read_proves_nothing() {
    let registry = registry(&json!({ "attestations": [{ "bundle": { "mediaType": "x" } }] }));
    let sandbox = sigstore(&registry);
    sandbox.run(&["lock"]).success().stderr_contains("because its attestation cannot be read");
    assert!(provenance(&sandbox).is_null());
}

/// Formats and keys that are newer than this devshell are as good as none.
#[test]
fn what_needs_a_newer_devshell_says_so() {
    let newer = ANSWER.replace("bundle+json;version=0.2", "bundle.v0.4+json");
    let registry = registry(&json(&newer));
    let sandbox = sigstore(&registry);
    let why = "its attestation needs a newer devshell, which knows its format: bundle.v0.4+json";
    sandbox
        .run(&["lock"])
        .success()
        .stderr_contains(&format!("it is not known where npm:sigstore was made, because {why}\n"));
    assert!(provenance(&sandbox).is_null());
    sandbox.manifest(manifest(r#""npm:sigstore": "2""#, r#""npm:sigstore""#));
    sandbox.run(&["lock"]).code(5).stderr_contains(why).stderr_contains("`require-provenance` asks for one\n");
}

#[test]
fn a_version_without_attestations_stops_an_update() {
    let registry = registry(&json(ANSWER));
    let sandbox = sigstore(&registry);
    sandbox.run(&["lock"]).success();
    registry.publish([claimed("sigstore", "2.3.2", &"1".repeat(128))]);
    let refusal = "devshell: `npm:sigstore` 2.3.1 was built by github:sigstore/sigstore-js (.github/workflows/release.yml), \
                   and 2.3.2 has no attestation that says where it was made\n\
                   hint: ask the publisher; once you know why, `devshell update npm:sigstore --accept-publisher`\n";
    sandbox.run(&["update"]).code(5).stderr(refusal);
    assert_eq!(provenance(&sandbox)["kind"], "build");
    // It could have some that the metadata keeps quiet about, so it was asked.
    assert!(registry.attestations().contains(&"/-/npm/v1/attestations/sigstore@2.3.2 404".to_owned()));
}

/// A native tool is several packages, and nothing is proven of it unless all are attested.
#[test]
fn all_packages_of_a_native_tool_have_to_be_attested() {
    let packages = tool("esbuild", "0.25.0").into_iter();
    let some: Vec<Package> = packages
        .map(|package| if package.name.ends_with("linux-x64") { package.attested() } else { package })
        .collect();
    let registry = Registry::with(some);
    let sandbox = project(&registry, r#""esbuild": "0.25""#, "");
    sandbox.run(&["lock"]).success().stderr_contains(
        "it is not known where esbuild was made, because only some of its files have an attestation\n",
    );
    assert_eq!(registry.attestations(), [""; 0]);
    let all = tool("esbuild", "0.25.1").into_iter().map(Package::attested);
    registry.publish(all);
    sandbox.run(&["update"]).success();
    let asked = registry.attestations();
    let lock = sandbox.lock();
    assert_eq!(asked.len(), lock["tools"][0]["artifacts"].as_array().unwrap().len(), "{asked:?}");
    assert!(asked.iter().all(|request| !request.contains("attestations/esbuild@")), "{asked:?}");
}
