//! The loopback archive of Debian packages, as the real apt and the real dpkg see it: what other tests
//! build on it stands on the real protocol.

use crate::support::{Archive, Deb, Debian, Invocation, Outcome, Sandbox, Signer, deb};

fn tools() -> Vec<Deb> {
    let tool = deb("tool", "1:2.0-1+b1").depends("libtool1 (>= 1.0)").command("tool", "echo tool");
    let library = deb("libtool1", "1.2~rc1-1").native(|deb, architecture| deb.file("usr/share/libtool", architecture));
    [vec![tool, deb("other", "1.0").compressed("tar.zst")], library].concat()
}

/// apt of the host, with nothing of the host's settings and state.
fn apt<'s>(sandbox: &'s Sandbox, debian: &Debian, arguments: &[&str]) -> Invocation<'s> {
    let root = sandbox.root().join("apt");
    for directory in ["etc/apt.conf.d", "etc/preferences.d", "state/lists/partial", "cache/archives/partial"] {
        fs_err::create_dir_all(root.join(directory)).unwrap();
    }
    let key = sandbox.write(root.join("etc/key.asc"), Signer::Archive.public());
    let entry = |url: &str, suite: &str| format!("deb [signed-by={}] {url} {suite} main\n", key.display());
    let security = format!("{}-security", debian.url());
    sandbox.write(root.join("etc/sources.list"), entry(&debian.url(), "trixie") + &entry(&security, "trixie-security"));
    let (root, status) = (root.display(), sandbox.write(root.join("status"), ""));
    // Who runs the tests may be root, whom apt would have be somebody else who sees nothing here.
    let conf = format!(
        "Dir::Etc \"{root}/etc\";\nDir::State \"{root}/state\";\nDir::State::status \"{}\";\n\
         Dir::Cache \"{root}/cache\";\nDir::Log \"{root}/log\";\nAPT::Sandbox::User \"\";\n\
         APT::Architecture \"amd64\";\nAPT::Architectures \"amd64\";\nAcquire::Languages \"none\";\n\
         Acquire::http::Proxy \"DIRECT\";\n",
        status.display()
    );
    let conf = sandbox.write("apt.conf", conf);
    sandbox.program(sandbox.find("apt-get"), arguments).env("APT_CONFIG", conf)
}

#[track_caller]
fn update(sandbox: &Sandbox, debian: &Debian) -> Outcome {
    apt(sandbox, debian, &["update", "-o", "APT::Update::Error-Mode=any"]).run()
}

fn debian() -> Debian {
    let debian = Debian::with(tools());
    debian.publish("trixie-security", [deb("other", "1.0+deb13u1").file("usr/share/other", "fixed")]);
    debian
}

#[test]
fn apt_takes_packages_from_it() {
    let debian = debian();
    let sandbox = Sandbox::new().on_whole_host();
    update(&sandbox, &debian).success();
    let wanted = ["install", "--print-uris", "-qq", "--no-install-recommends", "tool", "other"];
    let uris = apt(&sandbox, &debian, &wanted).run();
    let uris = uris.success().text();
    for file in ["tool_2.0-1+b1_all.deb", "libtool1_1.2~rc1-1_amd64.deb", "other_1.0+deb13u1_all.deb"] {
        let name = file.replace('+', "%2b");
        assert!(uris.contains(file) || uris.contains(&name), "{file}: {uris}");
    }
    // apt compares size and hash, and dpkg reads them.
    apt(&sandbox, &debian, &["download", "tool", "libtool1", "other"]).run().success();
    let dpkg = sandbox.find("dpkg-deb");
    for entry in fs_err::read_dir(sandbox.project()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "deb") {
            sandbox.program(&dpkg, &["-x"]).arg(&path).arg(sandbox.project().join("x")).run().success();
        }
    }
    assert_eq!(sandbox.read("x/usr/share/libtool") + &sandbox.read("x/usr/share/other"), "amd64fixed");
    sandbox.program(sandbox.project().join("x/usr/bin/tool"), &[]).run().success().stdout("tool\n");

    // The lists of packages are known by their hashes, so only the indexes are asked for again.
    debian.forget_requests();
    update(&sandbox, &debian).success();
    let again = ["trixie", "trixie-security"].map(|name| format!("{} 200", Debian::index_path(name)));
    assert_eq!(debian.requests(), again);
}

#[test]
fn what_somebody_tampered_with_apt_refuses() {
    let sandbox = Sandbox::new().on_whole_host();
    let refused = |debian: &Debian, why: &str| {
        let outcome = update(&sandbox, debian);
        assert!(!outcome.ended_well(), "{outcome}");
        outcome.stderr_contains(why);
    };
    let changed = debian();
    changed.tamper(&Debian::index_path("trixie"));
    refused(&changed, "BADSIG");
    let strange = debian();
    strange.signed_by("trixie", Signer::Stranger);
    refused(&strange, "NO_PUBKEY");
    let unsigned = debian();
    unsigned.signed_by("trixie", Signer::Nobody);
    refused(&unsigned, "Clearsigned file isn't valid");
    let expired = debian();
    expired.expire("trixie-security");
    refused(&expired, "expired");
    let other = debian();
    other.tamper_packages("trixie");
    refused(&other, "Hash Sum mismatch");
}

#[test]
fn a_mirror_drops_what_an_archive_of_snapshots_keeps() {
    let debian = debian();
    let old = tools().swap_remove(0);
    debian.point_release("trixie", [deb("tool", "1:2.0-2").command("tool", "echo newer")]);
    let sandbox = Sandbox::new().on_whole_host();
    update(&sandbox, &debian).success();
    apt(&sandbox, &debian, &["download", "tool"]).run().success();
    assert_eq!(debian.downloads(), ["tool_2.0-2_all.deb"]);
    let script = "
import sys, urllib.request, urllib.error
for url in sys.argv[1:]:
    try: print(len(urllib.request.urlopen(url).read()))
    except urllib.error.HTTPError as error: print(error.code)
";
    let path = Debian::pool_path(&old);
    let mirror = debian.url().replace("/debian", &path);
    let snapshot = |date: &str| {
        format!("{}/archive{}", debian.snapshot_url(), path.replacen("/debian", &format!("/debian/{date}"), 1))
    };
    let run = sandbox.program("python3", &["-c", script]).arg(mirror);
    let run = run.arg(snapshot("20240601T000000Z")).arg(snapshot("20240531T000000Z"));
    run.run().success().stdout(&format!("404\n{}\n404\n", old.bytes().len()));
}

#[test]
fn hostile_packages_can_be_made() {
    let hostile = deb("evil", "1").holding(Archive::new().file("../evil", "x"));
    let sandbox = Sandbox::new().on_whole_host();
    let path = sandbox.write(hostile.file_name(), hostile.bytes());
    let list = sandbox.program(sandbox.find("dpkg-deb"), &["-c"]).arg(path).run();
    list.success().stdout_contains("../evil");
}
