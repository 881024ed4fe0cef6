//! Attestations: bytes as a bundle, as an attestation of an index, and in what an index has about a file. Nothing is
//! proven of a file but what its recorded attestation proves, whatever was made of that.
#![no_main]

use std::sync::LazyLock;

use devshell::attestation::{Attestation, Refused, of_file, of_index};
use devshell::digest::Integrity;
use libfuzzer_sys::fuzz_target;

/// The files of the recorded attestations, by their hashes, and what is proven of them.
const PROVEN: [(&str, &str); 7] = [
    ("76f1fe8593bf227cca2c089e3c16dc95014a8d3e89c5dd220530469ca043c428", "released by github:jdx/communique"),
    ("fabce7391876734f9574e5dd3a247b65ce507d234a6c75991b24c903b24c470d", "released by github:jdx/communique"),
    ("b958c6046bab52febf958c94974e1ffcc450bff78c28d7233e179bfd73828912", "released by github:jdx/communique"),
    (
        "46d4e2f74c4877316640000a6fdf8a8b59f1e0847667973e9859f774dd31b8f1\
         e0937813b777fb66a2ac67d50540fe34640966eee9fc2ccca387082b4c85cd3c",
        "built by github:sigstore/sigstore-js (.github/workflows/release.yml)",
    ),
    (
        "9bb1add04b1b4e182be6b0b80931593f7a291eb49d69b4fd728a5d4cbcdc4bd3",
        "published by github:trailofbits/pypi-attestations (.github/workflows/release.yml)",
    ),
    (
        "9bb1add04b1b4e182be6b0b80931593f7a291eb49d69b4fd728a5d4cbcdc4bd3",
        "built by github:trailofbits/pypi-attestations (.github/workflows/release.yml)",
    ),
    (
        "c1ca9b0d85df1606451098233018534497bf584362e10e4a8c21dfaea92c02a8",
        "published by gitlab:facutuesca/gitlab-oidc-project (.gitlab-ci.yml)",
    ),
];

static FILES: LazyLock<Vec<(Integrity, &str)>> =
    LazyLock::new(|| PROVEN.iter().map(|(hex, proven)| (Integrity::from_hex(hex).unwrap(), *proven)).collect());

fuzz_target!(|input: &[u8]| {
    let _ = of_file(input);
    let Ok(text) = std::str::from_utf8(input) else { return };
    check(Attestation::read(text));
    check(of_index(text));
    let document = format!(r#"{{ "version": 1, "attestation_bundles": [{{ "attestations": [{text}] }}] }}"#);
    of_file(document.as_bytes()).into_iter().flatten().for_each(check);
});

fn check(read: Result<Option<Attestation>, Refused>) {
    let Ok(Some(attestation)) = read else { return };
    for (file, _) in FILES.iter() {
        let Ok(proven) = attestation.verify(file) else { continue };
        assert!(attestation.has_hash_like(file) && attestation.name_of(file).is_some(), "{attestation:?}");
        let proven = proven.to_string();
        assert!(FILES.iter().any(|(other, recorded)| other == file && *recorded == proven), "{proven}");
    }
}
