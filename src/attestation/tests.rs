//! Real attestations are accepted, and none of them once it was changed. recorded/README.md says where they are from.

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use serde_json::Value;

use super::*;

/// A recorded attestation, as it was published.
struct Recorded {
    text: &'static str,
    read: fn(&str) -> Result<Option<Attestation>, Refused>,
    /// The hash of its file, in hexadecimal digits.
    file: &'static str,
    name: &'static str,
    /// What it proves, as it is shown.
    proves: &'static str,
}

const RELEASE: Recorded = Recorded {
    text: include_str!("recorded/github-release.json"),
    read: Attestation::read,
    file: "76f1fe8593bf227cca2c089e3c16dc95014a8d3e89c5dd220530469ca043c428",
    name: "communique-aarch64-apple-darwin.tar.gz",
    proves: "released by github:jdx/communique",
};

const NPM: Recorded = Recorded {
    text: include_str!("recorded/npm-build.json"),
    read: Attestation::read,
    file: "46d4e2f74c4877316640000a6fdf8a8b59f1e0847667973e9859f774dd31b8f1\
           e0937813b777fb66a2ac67d50540fe34640966eee9fc2ccca387082b4c85cd3c",
    name: "pkg:npm/sigstore@2.0.0",
    proves: "built by github:sigstore/sigstore-js (.github/workflows/release.yml)",
};

const INDEX: Recorded = Recorded {
    text: include_str!("recorded/index-publish.json"),
    read: of_index,
    file: "9bb1add04b1b4e182be6b0b80931593f7a291eb49d69b4fd728a5d4cbcdc4bd3",
    name: "pypi_attestations-0.0.19.tar.gz",
    proves: "published by github:trailofbits/pypi-attestations (.github/workflows/release.yml)",
};

const BUILD: Recorded = Recorded {
    text: include_str!("recorded/index-build.json"),
    proves: "built by github:trailofbits/pypi-attestations (.github/workflows/release.yml)",
    ..INDEX
};

const GITLAB: Recorded = Recorded {
    text: include_str!("recorded/gitlab-publish.json"),
    read: of_index,
    file: "c1ca9b0d85df1606451098233018534497bf584362e10e4a8c21dfaea92c02a8",
    name: "gitlab_oidc_project-0.0.3.tar.gz",
    proves: "published by gitlab:facutuesca/gitlab-oidc-project (.gitlab-ci.yml)",
};

impl Recorded {
    fn file(&self) -> Integrity {
        Integrity::from_hex(self.file).unwrap()
    }

    /// What comes of it after a change.
    fn judged(&self, change: impl FnOnce(&mut Value)) -> String {
        let mut json: Value = serde_json::from_str(self.text).unwrap();
        change(&mut json);
        let read = (self.read)(&json.to_string());
        let verified = read.and_then(|read| read.expect("it is about where a file was made").verify(&self.file()));
        match verified {
            Ok(provenance) => provenance.to_string(),
            Err(refused) if refused.is_beyond_us() => format!("beyond us: {refused}"),
            Err(refused) => format!("refused: {refused}"),
        }
    }
}

/// The text of a value in base64.
fn decoded(value: &Value) -> String {
    String::from_utf8(BASE64.decode(value.as_str().unwrap()).unwrap()).unwrap()
}

/// What an answer of a registry of npm proves: each attestation in it, and what it proves of a package.
fn answered(answer: &str) -> Vec<String> {
    let answer: Value = serde_json::from_str(answer).unwrap();
    let listed = answer["attestations"].as_array().unwrap().iter();
    let judged = listed.map(|listed| {
        let Some(attestation) = Attestation::read(&listed["bundle"].to_string()).unwrap() else {
            return "nothing".to_owned();
        };
        let statement: Value = serde_json::from_str(&decoded(&listed["bundle"]["dsseEnvelope"]["payload"])).unwrap();
        let hex = statement["subject"][0]["digest"]["sha512"].as_str().unwrap();
        let proven = attestation.verify(&Integrity::from_hex(hex).unwrap()).unwrap();
        format!("{} {proven}", attestation.subject())
    });
    judged.collect()
}

#[test]
fn registries_of_npm_answer_with_an_attestation_of_their_own_too() {
    for (answer, expected) in [
        (
            include_str!("recorded/npm-answer.json"),
            "pkg:npm/sigstore@2.3.1 built by github:sigstore/sigstore-js (.github/workflows/release.yml)",
        ),
        (
            include_str!("recorded/npm-scoped.json"),
            "pkg:npm/%40laurentsimon/provenance-npm-test@1.0.3 built by github:laurentsimon/provenance-npm-test \
             (.github/workflows/release.yml)",
        ),
        (
            include_str!("recorded/npm-scoped-later.json"),
            "pkg:npm/%40laurentsimon/provenance-npm-test@1.0.5 built by github:laurentsimon/provenance-npm-test \
             (slsa-framework/slsa-github-generator/.github/workflows/delegator_lowperms-generic_slsa3.yml)",
        ),
    ] {
        assert_eq!(answered(answer), ["nothing", expected]);
    }
}

#[test]
fn an_index_has_several_attestations_of_a_file() {
    let (publish, build): (Value, Value) =
        (serde_json::from_str(INDEX.text).unwrap(), serde_json::from_str(BUILD.text).unwrap());
    let document = |version: u32| {
        let publisher = serde_json::json!({ "kind": "GitHub", "repository": "evil/x", "workflow": "release.yml" });
        let bundle = serde_json::json!({ "publisher": publisher, "attestations": [publish, build] });
        serde_json::json!({ "version": version, "attestation_bundles": [bundle] }).to_string()
    };
    let read = of_file(document(1).as_bytes()).unwrap().into_iter();
    let proven = read.map(|read| read.unwrap().unwrap().verify(&INDEX.file()).unwrap().to_string());
    assert_eq!(proven.collect::<Vec<_>>(), [INDEX.proves, BUILD.proves], "the certificate names the publisher");
    assert!(of_file(document(2).as_bytes()).unwrap_err().is_beyond_us());
    for text in ["", "[]", "{}", r#"{ "version": 1, "attestation_bundles": 1 }"#] {
        assert!(matches!(of_file(text.as_bytes()), Err(Refused::Malformed(_))), "{text}");
    }
    assert!(of_file(br#"{ "version": 1, "attestation_bundles": [{ "attestations": [1] }] }"#).unwrap()[0].is_err());
}

#[test]
fn real_ones_are_accepted() {
    for recorded in [RELEASE, NPM, INDEX, BUILD, GITLAB] {
        assert_eq!(recorded.judged(|_| ()), recorded.proves);
        let attestation = (recorded.read)(recorded.text).unwrap().unwrap();
        assert_eq!(attestation.name_of(&recorded.file()), Some(recorded.name));
        let other = Integrity::from_hex(&"1".repeat(recorded.file.len())).unwrap();
        assert_eq!(attestation.name_of(&other), None);
        let refused = attestation.verify(&other).unwrap_err();
        assert!(matches!(refused, Refused::False(_)), "{refused}");
    }
    assert_eq!(Attestation::read(RELEASE.text).unwrap().unwrap().tag(), Some("v0.1.9"));
}

/// The text at a place, with its last digit of base64 or hexadecimal before any padding changed.
fn bend(json: &mut Value, place: &str) {
    let value = json.pointer_mut(place).unwrap_or_else(|| panic!("there is no {place}"));
    let mut text = value.as_str().unwrap().to_owned();
    let middle = text.len() / 2;
    let other = if &text[middle..=middle] == "A" { "B" } else { "A" };
    text.replace_range(middle..=middle, other);
    *value = text.into();
}

/// The same text with another word in what is signed.
fn reword(json: &mut Value, place: &str, word: &str, other: &str) {
    let value = json.pointer_mut(place).unwrap();
    let text = decoded(value);
    assert!(text.contains(word), "{text}");
    *value = BASE64.encode(text.replace(word, other)).into();
}

type Change = Box<dyn FnOnce(&mut Value)>;

#[test]
fn what_was_changed_is_refused() {
    let of_other = |place: &'static str| {
        move |json: &mut Value| {
            let other: Value = serde_json::from_str(BUILD.text).unwrap();
            *json.pointer_mut(place).unwrap() = other.pointer(place).unwrap().clone();
        }
    };
    let changes: Vec<(&Recorded, Change)> = vec![
        (&INDEX, Box::new(|json| bend(json, "/envelope/signature"))),
        (&INDEX, Box::new(|json| reword(json, "/envelope/statement", "0.0.19", "0.0.20"))),
        (&INDEX, Box::new(of_other("/envelope/signature"))),
        (&INDEX, Box::new(of_other("/verification_material/certificate"))),
        (&INDEX, Box::new(of_other("/verification_material/transparency_entries"))),
        (&INDEX, Box::new(|json| bend(json, "/verification_material/certificate"))),
        (&INDEX, Box::new(|json| bend(json, "/verification_material/transparency_entries/0/inclusionProof/rootHash"))),
        (&INDEX, Box::new(|json| bend(json, "/verification_material/transparency_entries/0/inclusionProof/hashes/0"))),
        (
            &INDEX,
            Box::new(|json| {
                bend(json, "/verification_material/transparency_entries/0/inclusionPromise/signedEntryTimestamp");
            }),
        ),
        (
            &INDEX,
            Box::new(|json| {
                json["verification_material"]["transparency_entries"][0]["integratedTime"] = "1733300000".into();
            }),
        ),
        (&INDEX, Box::new(|json| json["verification_material"]["transparency_entries"] = Value::Array(Vec::new()))),
        (&NPM, Box::new(|json| reword(json, "/dsseEnvelope/payload", "sigstore-js", "sigstore-jz"))),
        (&RELEASE, Box::new(|json| reword(json, "/dsseEnvelope/payload", "76f1fe8593bf", "76f1fe8593b0"))),
        (&RELEASE, Box::new(|json| reword(json, "/dsseEnvelope/payload", "jdx/communique", "cli/cli"))),
        (
            &RELEASE,
            Box::new(|json| {
                let data = "/verificationMaterial/timestampVerificationData/rfc3161Timestamps/0/signedTimestamp";
                bend(json, data);
            }),
        ),
        (&RELEASE, Box::new(|json| bend(json, "/verificationMaterial/certificate/rawBytes"))),
    ];
    let refused = changes.into_iter().map(|(recorded, change)| recorded.judged(change));
    let refused: Vec<String> = refused.collect();
    let accepted: Vec<(usize, &String)> =
        refused.iter().enumerate().filter(|(_, text)| !text.starts_with("refused: ")).collect();
    assert!(accepted.is_empty(), "{refused:#?}");
}

#[test]
fn what_devshell_cannot_judge_is_neither_accepted_nor_called_false() {
    let circleci = Recorded {
        text: include_str!("recorded/circleci-publish.json"),
        file: "8cb34da1e27336f11a2c43f3f9c7433bd76f24f470c904724f06ad7f131d9e9f",
        ..INDEX
    };
    let text = circleci.judged(|_| ());
    assert!(text.starts_with("beyond us: ") && text.contains("oidc.circleci.com"), "{text}");
    // Another instance of Sigstore, or keys that are newer than this devshell.
    let text = INDEX.judged(|json| {
        let id = "/verification_material/transparency_entries/0/logId/keyId";
        *json.pointer_mut(id).unwrap() = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=".into();
    });
    assert!(text.starts_with("beyond us: "), "{text}");
    let newer = NPM.text.replace("bundle+json;version=0.1", "bundle.v0.4+json");
    let refused = Attestation::read(&newer).unwrap_err();
    assert_eq!(refused.to_string(), "its attestation needs a newer devshell, which knows its format: bundle.v0.4+json");
    assert!(refused.is_beyond_us());
    // About something else.
    assert!(Attestation::read(include_str!("recorded/conda-publish.json")).unwrap().is_none());
    for text in ["", "{}", "[]", "{ \"mediaType\": \"x\" }"] {
        assert!(matches!(Attestation::read(text), Err(Refused::Malformed(_))), "{text}");
        assert!(matches!(of_index(text), Err(Refused::Malformed(_))), "{text}");
    }
}
