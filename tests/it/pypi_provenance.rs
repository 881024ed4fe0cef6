//! Where files of Python packages were made: real attestations, from an index on the loopback interface.

use serde_json::{Value, json};

use crate::support::{Distribution, Fault, Index, Sandbox, wheel};

const PUBLISH: &str = include_str!("../../src/attestation/recorded/gitlab-publish.json");
const BYTES: &[u8] = include_bytes!("../../src/attestation/recorded/gitlab_oidc_project-0.0.3.tar.gz");
const OTHER: &str = include_str!("../../src/attestation/recorded/index-publish.json");
const CIRCLECI: &str = include_str!("../../src/attestation/recorded/circleci-publish.json");

const FILE: &str = "gitlab_oidc_project-0.0.3.tar.gz";
const TOOL: &str = "pypi:gitlab-oidc-project";

/// What an index has about a file. Who published it is the index's own word here.
fn document(attestations: &[&str]) -> Value {
    let attestations: Vec<Value> = attestations.iter().map(|text| serde_json::from_str(text).unwrap()).collect();
    let publisher = json!({ "kind": "GitHub", "repository": "evil/evil", "workflow": "release.yml" });
    json!({ "version": 1, "attestation_bundles": [{ "publisher": publisher, "attestations": attestations }] })
}

/// An index with a real source distribution, and this about its attestations.
fn index(attested: &Value) -> Index {
    let index = Index::with([Distribution::of(wheel("gitlab-oidc-project", "0.0.3"), FILE, BYTES)]);
    index.attest(FILE, attested);
    index
}

fn project(index: &Index) -> Sandbox {
    let sandbox = Sandbox::new().with_index(index).with_python();
    write(&sandbox, "");
    sandbox
}

fn write(sandbox: &Sandbox, required: &str) {
    let python = r#""python": { "version": ">=3.8", "from": "host", "allow-build": ["gitlab-oidc-project"] }"#;
    sandbox.manifest(format!(r#"{{ {python}, "tools": {{ "{TOOL}": "*" }}, "require-provenance": [{required}] }}"#));
}

fn provenance(sandbox: &Sandbox) -> Value {
    sandbox.lock()["tools"][0]["provenance"].clone()
}

#[test]
fn what_is_attested_is_in_the_lock() {
    let index = index(&document(&[PUBLISH]));
    let sandbox = project(&index);
    let repository = "gitlab:facutuesca/gitlab-oidc-project";
    let shown = format!("published by {repository} (.gitlab-ci.yml)\n");
    sandbox.run(&["lock"]).success().stderr_contains(&format!("  {shown}"));
    let expected = json!({
        "kind": "publish", "repository": repository, "repository-id": 55_235_664,
        "workflow": "facutuesca/gitlab-oidc-project//.gitlab-ci.yml",
    });
    assert_eq!(provenance(&sandbox), expected);
    assert_eq!(index.attestations(), [format!("/integrity/{FILE} 200")]);
    sandbox.run(&["list", "-v"]).success().stderr_contains(&format!("{TOOL} was {shown}"));
    let listed = sandbox.run(&["list", "--json"]).success().json();
    let listed = listed.as_array().unwrap().iter().find(|tool| tool["tool"] == TOOL).unwrap();
    assert_eq!(listed["provenance"], expected);
    // What is locked is not asked for again.
    index.forget_requests();
    write(&sandbox, &format!("\"{TOOL}\""));
    sandbox.run(&["lock", "--check"]).success();
    sandbox.run(&["lock"]).success();
    assert_eq!(index.attestations(), [""; 0]);
    // Without pages in JSON too.
    index.html_only();
    let sandbox = project(&index);
    sandbox.run(&["lock"]).success();
    assert_eq!(provenance(&sandbox), expected);
}

/// A mirror may repeat the address of another index, which is not asked without a reason, or have nothing there.
#[test]
fn an_index_without_attestations_proves_nothing() {
    let (index, other) = (index(&document(&[PUBLISH])), index(&document(&[PUBLISH])));
    let sandbox = project(&index);
    let place = format!("{}integrity/{FILE}", other.url().strip_suffix("simple/").unwrap());
    index.attest_at(FILE, &place);
    sandbox.run(&["lock"]).success().stderr_lacks("attestation that");
    assert!(provenance(&sandbox).is_null());
    assert_eq!((index.attestations(), other.attestations()), (Vec::new(), Vec::new()));
    write(&sandbox, &format!("\"{TOOL}\""));
    sandbox.run(&["lock"]).success();
    assert_eq!(provenance(&sandbox)["kind"], "publish");
    assert_eq!(other.attestations(), [format!("/integrity/{FILE} 200")]);

    let sandbox = project(&other);
    other.fault(format!("/integrity/{FILE}"), Fault::NotFound);
    sandbox.run(&["lock"]).success();
    assert!(provenance(&sandbox).is_null());
    write(&sandbox, &format!("\"{TOOL}\""));
    sandbox.run(&["lock"]).code(5).stderr_contains(&format!(
        "`{TOOL}` 0.0.3 has no attestation that says where it was made, and `require-provenance` asks for one\n"
    ));
}

/// What an attacker could do without the publisher's keys.
#[test]
fn what_is_false_is_refused() {
    let changed = |place: &str| {
        let mut document = document(&[PUBLISH]);
        let value = document.pointer_mut(&format!("/attestation_bundles/0/attestations/0{place}")).unwrap();
        let text = value.as_str().unwrap();
        let middle = text.len() / 2;
        let other = if &text[middle..=middle] == "A" { "B" } else { "A" };
        *value = format!("{}{other}{}", &text[..middle], &text[middle + 1..]).into();
        document
    };
    for (document, expected) in [
        (changed("/envelope/signature"), "its attestation does not verify"),
        (changed("/verification_material/certificate"), "its attestation does not verify"),
        (document(&[OTHER]), "its attestation is about `pypi_attestations-0.0.19.tar.gz`"),
    ] {
        let index = index(&document);
        let sandbox = project(&index);
        sandbox
            .run(&["lock"])
            .code(5)
            .stderr_contains(&format!("`{TOOL}` 0.0.3 is not trusted"))
            .stderr_contains(expected);
        assert!(!sandbox.project().join("devshell.lock").exists());
    }
}

#[test]
fn a_version_without_attestations_stops_an_update() {
    let index = index(&document(&[PUBLISH]));
    let sandbox = project(&index);
    sandbox.run(&["lock"]).success();
    index.publish([wheel("gitlab-oidc-project", "0.0.4")]);
    sandbox.remove(sandbox.cache());
    sandbox.run(&["update"]).code(5).stderr_contains(
        "0.0.3 was published by gitlab:facutuesca/gitlab-oidc-project (.gitlab-ci.yml), and 0.0.4 has no attestation \
         that says where it was made\n",
    );
    assert_eq!(provenance(&sandbox)["kind"], "publish");
    sandbox.run(&["update", "--accept-publisher"]).success();
    assert!(provenance(&sandbox).is_null());
}

/// Only a tool's own package is asked about, and what devshell cannot judge is as good as nothing.
#[test]
fn what_devshell_cannot_judge_is_unknown() {
    let file = "circleci_sign_publish_example-0.0.1.dev137-py3-none-any.whl";
    let needed = wheel("needed", "1.0");
    let index =
        Index::with([wheel("circleci-sign-publish-example", "0.0.1.dev137").requires("needed"), needed.clone()]);
    index.claim(file, "8cb34da1e27336f11a2c43f3f9c7433bd76f24f470c904724f06ad7f131d9e9f");
    index.attest(file, &document(&[CIRCLECI]));
    index.attest(&needed.file_name(), &document(&[]));
    let sandbox = Sandbox::new().with_index(&index).with_python();
    let (python, tool) = (r#""python": { "version": ">=3.8", "from": "host" }"#, "pypi:circleci-sign-publish-example");
    sandbox.manifest(format!(r#"{{ {python}, "tools": {{ "{tool}": "=0.0.1.dev137" }} }}"#));
    let why = "its attestation is signed by https://oidc.circleci.com";
    sandbox
        .run(&["lock"])
        .success()
        .stderr_contains(&format!("it is not known where {tool} was made, because {why}"))
        .stderr_contains("which devshell does not know as a publisher\n");
    assert_eq!(index.attestations(), [format!("/integrity/{file} 200")]);
    sandbox.manifest(format!(
        r#"{{ {python}, "tools": {{ "{tool}": "=0.0.1.dev137" }}, "require-provenance": ["{tool}"] }}"#
    ));
    sandbox.run(&["lock"]).code(5).stderr_contains(&format!("has no attestation that says where it was made ({why}"));
}
