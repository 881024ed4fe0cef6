//! Releases as publishers make them, and the files that are right.

use super::*;

fn subject<'a>(repository: &'a str, commands: &'a [&'a str]) -> Subject<'a> {
    Subject { repository, commands, version: "1.9.4", tag: "v1.9.4", is_static: false }
}

/// The choice as `platform=file`, in the order of platforms.
fn chosen(names: &[&str], subject: &Subject, preference: Preference) -> String {
    let picks = choose(names, subject, preference).unwrap();
    let picks: Vec<String> = picks.iter().map(|(platform, pick)| format!("{platform}={}", pick.file)).collect();
    picks.join(" ")
}

fn check(repository: &str, names: &str, expected: &str) {
    let names: Vec<&str> = names.split_whitespace().collect();
    let expected: Vec<&str> = expected.split_whitespace().collect();
    assert_eq!(chosen(&names, &subject(repository, &[]), Preference::Any), expected.join(" "), "{repository}");
}

#[test]
fn each_platform_gets_its_file() {
    check(
        "cli",
        "gh_1.9.4_checksums.txt gh_1.9.4_linux_386.deb gh_1.9.4_linux_386.tar.gz gh_1.9.4_linux_amd64.deb
         gh_1.9.4_linux_amd64.rpm gh_1.9.4_linux_amd64.tar.gz gh_1.9.4_linux_arm64.tar.gz gh_1.9.4_linux_armv6.tar.gz
         gh_1.9.4_macOS_amd64.zip gh_1.9.4_macOS_arm64.zip gh_1.9.4_macOS_universal.pkg gh_1.9.4_windows_amd64.msi
         gh_1.9.4_windows_amd64.zip",
        "aarch64-darwin=gh_1.9.4_macOS_arm64.zip aarch64-linux=gh_1.9.4_linux_arm64.tar.gz
         x86_64-darwin=gh_1.9.4_macOS_amd64.zip x86_64-linux=gh_1.9.4_linux_amd64.tar.gz",
    );
    check(
        "trivy",
        "trivy_1.9.4_FreeBSD-64bit.tar.gz trivy_1.9.4_Linux-32bit.tar.gz trivy_1.9.4_Linux-64bit.tar.gz
         trivy_1.9.4_Linux-ARM.tar.gz trivy_1.9.4_Linux-ARM64.tar.gz trivy_1.9.4_Linux-PPC64LE.tar.gz
         trivy_1.9.4_Linux-s390x.tar.gz trivy_1.9.4_macOS-64bit.tar.gz trivy_1.9.4_macOS-ARM64.tar.gz
         trivy_1.9.4_windows-64bit.zip trivy_1.9.4_checksums.txt.sig bom.json",
        "aarch64-darwin=trivy_1.9.4_macOS-ARM64.tar.gz aarch64-linux=trivy_1.9.4_Linux-ARM64.tar.gz
         x86_64-darwin=trivy_1.9.4_macOS-64bit.tar.gz x86_64-linux=trivy_1.9.4_Linux-64bit.tar.gz",
    );
    check(
        "bun",
        "SHASUMS256.txt.asc bun-darwin-aarch64-profile.zip bun-darwin-aarch64.zip bun-darwin-x64-baseline.zip
         bun-darwin-x64.zip bun-linux-aarch64-musl.zip bun-linux-aarch64.zip bun-linux-x64-baseline.zip
         bun-linux-x64-musl-baseline.zip bun-linux-x64-musl.zip bun-linux-x64.zip bun-windows-x64.zip",
        "aarch64-darwin=bun-darwin-aarch64.zip aarch64-linux=bun-linux-aarch64-musl.zip
         aarch64-linux-musl=bun-linux-aarch64-musl.zip x86_64-darwin=bun-darwin-x64.zip
         x86_64-linux=bun-linux-x64-musl.zip x86_64-linux-musl=bun-linux-x64-musl.zip",
    );
}

#[test]
fn programs_for_musl_serve_every_linux() {
    let jaq = "jaq-aarch64-apple-darwin jaq-aarch64-unknown-linux-gnu jaq-x86_64-apple-darwin
        jaq-x86_64-pc-windows-msvc.exe jaq-x86_64-unknown-linux-gnu jaq-x86_64-unknown-linux-musl";
    check(
        "jaq",
        jaq,
        "aarch64-darwin=jaq-aarch64-apple-darwin aarch64-linux=jaq-aarch64-unknown-linux-gnu
         x86_64-darwin=jaq-x86_64-apple-darwin x86_64-linux=jaq-x86_64-unknown-linux-musl
         x86_64-linux-musl=jaq-x86_64-unknown-linux-musl",
    );
    let names: Vec<&str> = jaq.split_whitespace().filter(|name| name.contains("x86_64-unknown")).collect();
    assert_eq!(
        chosen(&names, &subject("jaq", &[]), Preference::Gnu),
        "x86_64-linux=jaq-x86_64-unknown-linux-gnu x86_64-linux-musl=jaq-x86_64-unknown-linux-musl",
    );
    check(
        "tool",
        "tool-linux-x64-musl.tgz tool-linux-x64.tgz",
        "x86_64-linux=tool-linux-x64-musl.tgz x86_64-linux-musl=tool-linux-x64-musl.tgz",
    );
    check("tool", "tool-linux-x64-gnu.tgz", "x86_64-linux=tool-linux-x64-gnu.tgz");
    check(
        "tool",
        "tool-linux-x64-static tool-linux-x64-gnu",
        "x86_64-linux=tool-linux-x64-static x86_64-linux-musl=tool-linux-x64-static",
    );
    let is_static = Subject { is_static: true, ..subject("tool", &[]) };
    assert_eq!(
        chosen(&["tool-linux-x64", "tool-linux-arm64-gnu"], &is_static, Preference::Any),
        "aarch64-linux=tool-linux-arm64-gnu x86_64-linux=tool-linux-x64 x86_64-linux-musl=tool-linux-x64",
    );
}

#[test]
fn a_file_for_both_macs_serves_each_that_has_none_of_its_own() {
    check(
        "protobuf",
        "protoc-1.9.4-linux-aarch_64.zip protoc-1.9.4-linux-ppcle_64.zip protoc-1.9.4-linux-s390_64.zip
         protoc-1.9.4-linux-x86_32.zip protoc-1.9.4-linux-x86_64.zip protoc-1.9.4-osx-aarch_64.zip
         protoc-1.9.4-osx-universal_binary.zip protoc-1.9.4-win32.zip protobuf-1.9.4.tar.gz",
        "aarch64-darwin=protoc-1.9.4-osx-aarch_64.zip aarch64-linux=protoc-1.9.4-linux-aarch_64.zip
         x86_64-darwin=protoc-1.9.4-osx-universal_binary.zip x86_64-linux=protoc-1.9.4-linux-x86_64.zip",
    );
    check(
        "goreleaser",
        "goreleaser_Darwin_all.tar.gz goreleaser_Linux_x86_64.tar.gz",
        "aarch64-darwin=goreleaser_Darwin_all.tar.gz x86_64-darwin=goreleaser_Darwin_all.tar.gz
         x86_64-linux=goreleaser_Linux_x86_64.tar.gz",
    );
    // Rosetta is not on every Mac.
    check("tool", "tool-x86_64-apple-darwin.zip", "x86_64-darwin=tool-x86_64-apple-darwin.zip");
    check("tool", "tool-macos-arm.zip tool-linux-arm.zip", "aarch64-darwin=tool-macos-arm.zip");
    check(
        "terraformer",
        "terraformer-all-darwin-arm64 terraformer-all-linux-amd64",
        "aarch64-darwin=terraformer-all-darwin-arm64 x86_64-linux=terraformer-all-linux-amd64",
    );
}

#[test]
fn the_handiest_form_is_taken() {
    let forms = ["tar.zst", "tar.xz", "tar.gz", "zip", "tar.bz2", "tar", "zst", "xz", "gz", "bz2"];
    let names: Vec<String> =
        forms.iter().map(|form| format!("tool-linux-x64.{form}")).chain(["tool-linux-x64".to_owned()]).collect();
    let names: Vec<&str> = names.iter().rev().map(String::as_str).collect();
    for length in (1..=names.len()).rev() {
        check("tool", &names[..length].join(" "), &format!("x86_64-linux={}", names[length - 1]));
    }
}

#[test]
fn what_is_about_a_program_is_none() {
    let about = "sha256 sha512 sha256sum md5 sig asc minisig pem sigstore.json sbom.json spdx.json intoto.jsonl bundle sbom deb
        rpm apk AppImage exe msi dmg pkg pkg.tar.zst app.zip vsix whl jar nupkg txt yaml debug dSYM.zip pdb d.tar.gz so crx";
    let names: Vec<String> =
        about.split_whitespace().map(|ending| format!("tool-1.9.4-linux-amd64.{ending}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    for name in &names {
        let undecided = choose(&[name], &subject("tool", &[]), Preference::Any);
        assert_eq!(undecided, Err(Undecided::Nothing { files: vec![(*name).to_owned()] }), "{name}");
    }
    for name in [
        "tool-linux.amd64-1.9.4",
        "tool.linux-amd64",
        "tool_linux_amd64_1_9_4",
        "tool194-linux-amd64",
        "linux.amd64.tool",
    ] {
        check("tool", &[&names[..], &[name]].concat().join(" "), &format!("x86_64-linux={name}"));
    }
    for name in [
        "tool-linux",
        "tool-amd64",
        "tool-linux-amd64-arm64",
        "tool-linux-windows-amd64",
        "tool-linux-amd64-debug",
        "tool-linux-amd64-musl-gnu",
    ] {
        assert!(choose(&[name], &subject("tool", &[]), Preference::Any).is_err(), "{name}");
    }
}

#[test]
fn several_tools_are_told_apart_by_name_only() {
    let oxc = ["oxfmt-x86_64-unknown-linux-musl.tar.gz", "oxlint-x86_64-unknown-linux-musl.tar.gz"];
    let undecided = choose(&oxc, &subject("oxc", &[]), Preference::Any).unwrap_err();
    assert!(matches!(undecided, Undecided::Several { platform: Platform::X8664Linux, .. }));
    assert_eq!(undecided.files(), oxc);
    let both = "x86_64-linux=oxlint-x86_64-unknown-linux-musl.tar.gz x86_64-linux-musl=oxlint-x86_64-unknown-linux-musl.tar.gz";
    assert_eq!(chosen(&oxc, &subject("oxc", &["oxlint"]), Preference::Any), both);
    assert_eq!(chosen(&oxc, &subject("oxlint", &[]), Preference::Any), both);

    // The one for more machines, unless a name says that the other may be meant.
    let more = ["gh-linux-amd64", "gh-linux-arm64", "extra-linux-amd64"];
    assert_eq!(
        chosen(&more, &subject("cli", &[]), Preference::Any),
        "aarch64-linux=gh-linux-arm64 x86_64-linux=gh-linux-amd64"
    );
    assert_eq!(chosen(&more, &subject("cli", &["extra"]), Preference::Any), "x86_64-linux=extra-linux-amd64");
    assert!(choose(&more, &subject("extra", &[]), Preference::Any).is_err());
    assert!(
        choose(
            &["extra-tool-linux-amd64", "gh-linux-amd64", "gh-linux-arm64"],
            &subject("cli", &["extra"]),
            Preference::Any
        )
        .is_err()
    );
    let apart = choose(&["a-linux-amd64", "b-linux-arm64"], &subject("cli", &[]), Preference::Any).unwrap_err();
    assert_eq!(apart, Undecided::Apart { files: ["a-linux-amd64", "b-linux-arm64"].map(str::to_owned).into() });
    // A second way to write the same platform.
    let twice = choose(&["t-darwin-arm64", "t-macos-aarch64"], &subject("t", &[]), Preference::Any).unwrap_err();
    assert!(matches!(twice, Undecided::Several { platform: Platform::Aarch64Darwin, .. }));
}

#[test]
fn words_in_the_tools_own_name_say_nothing() {
    check(
        "go-arch-lint",
        "go-arch-lint_1.9.4_linux_amd64.tar.gz",
        "x86_64-linux=go-arch-lint_1.9.4_linux_amd64.tar.gz",
    );
    check("darwin-arm64-tool", "darwin-arm64-tool-linux-amd64", "x86_64-linux=darwin-arm64-tool-linux-amd64");
    check("ripgrep-all", "ripgrep_all-x86_64-apple-darwin.zip", "x86_64-darwin=ripgrep_all-x86_64-apple-darwin.zip");
    let short = Subject { version: "6.4", tag: "v6.4", ..subject("tool", &[]) };
    assert_eq!(chosen(&["tool-6.4-linux-64"], &short, Preference::Any), "x86_64-linux=tool-6.4-linux-64");
    check("win", "win-macos-x64", "x86_64-darwin=win-macos-x64");
}

/// Whatever a server answers is read in a moment, and without a panic.
#[test]
fn hostile_names_are_read() {
    let long = "aA64-".repeat(100_000);
    let names = [
        "",
        ".",
        "..",
        "-",
        ".gz",
        "linux",
        "ünï.tar",
        "\u{1F600}-linux-x64-é",
        "x86_64",
        "64",
        "aarch",
        long.as_str(),
    ];
    let empty = Subject { repository: "", commands: &[""], version: "", tag: "", is_static: false };
    let odd = Subject { version: "-", tag: "1", ..empty };
    for subject in [empty, odd, subject("64", &["linux"]), subject("-", &["_"])] {
        let _ = choose(&names, &subject, Preference::Any);
    }
}

/// Tools that many people want: both files of each are found, though one alone could be any product's.
#[test]
fn wanted_tools_are_chosen() {
    let mut lines = include_str!("wanted.txt").lines().filter(|line| !line.starts_with('#')).peekable();
    assert!(lines.peek().is_some());
    for line in lines {
        let line = line.replace("{version}", "1.9.4").replace("{tag}", "v1.9.4");
        let words: Vec<&str> = line.split_whitespace().collect();
        let [command, repository, linux, mac] = words.as_slice() else { panic!("{line}") };
        let others = [
            "checksums.txt".to_owned(),
            format!("{linux}.sha256"),
            format!("{linux}.sig"),
            linux.replace("linux", "freebsd"),
        ];
        let others = others.iter().map(String::as_str).filter(|other| other != linux);
        let names: Vec<&str> = others.chain([*linux, mac.trim_start_matches('!')]).collect();
        let repository = repository.rsplit('/').next().unwrap();
        let picks = choose(&names, &subject(repository, &[command]), Preference::Any).unwrap();
        let file = |platform| picks.get(&platform).map(|pick| pick.file);
        assert_eq!(file(Platform::X8664Linux), Some(*linux), "{line}");
        assert_eq!(file(Platform::Aarch64Darwin), (!mac.starts_with('!')).then_some(*mac), "{line}");
    }
}
