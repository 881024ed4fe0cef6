//! Debian packages as tools: locked with all they need from an index that has to be signed, for both
//! architectures, and fetched from wherever they still are.

use std::collections::BTreeMap;
use std::path::Path;

use devshell::digest::Integrity;
use serde_json::Value;

use crate::support::{Archive, Deb, Debian, Sandbox, Signer, deb, tree};

const MANIFEST: &str = r#"{ "tools": { "deb:tool": { "version": "2", "suite": "trixie" } } }"#;

/// A tool with a closure: one dependency that differs by architecture, alternatives of which the
/// first is too old, and one that goes by another name.
fn packages() -> Vec<Deb> {
    let needs = "libtool1 (>= 1.2~), too-old (>= 2) | second-choice, a-virtual-one, libtool1";
    let tool = |version: &str| {
        deb("tool", version).depends(needs).command("tool", &format!("echo tool {version}")).file("usr/share/tool", "x")
    };
    let library = deb("libtool1", "1.2-1+b1").native(|deb, architecture| deb.file("usr/share/libtool1", architecture));
    let others = [
        tool("1:1.9-1"),
        tool("1:2.0-3"),
        deb("too-old", "1.0").file("usr/share/too-old", "x"),
        deb("provider", "5").provides("a-virtual-one").depends("tool").file("usr/share/provider", "x"),
        deb("unrelated", "1.0").file("usr/share/unrelated", "x"),
        // What would be run, were it installed as on Debian.
        deb("second-choice", "1.0").file("usr/share/second-choice", "x").script("postinst", "touch \"$HOME/ran\""),
    ];
    [library, others.into()].concat()
}

fn manifest(version: &str, suite: &str) -> String {
    format!(r#"{{ "tools": {{ "deb:tool": {{ "version": "{version}", "suite": "{suite}" }} }} }}"#)
}

/// A sandbox whose user names the archive and its key, and more besides.
fn sandbox(debian: &Debian, more: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write(sandbox.config_directory().join("archive.asc"), Signer::Archive.public());
    let url = debian.url();
    sandbox.config(format!(r#"{{ "registries": {{ "deb": {{ "url": "{url}", "keys": "archive.asc"{more} }} }} }}"#));
    sandbox.manifest(MANIFEST);
    sandbox
}

/// What the lock says of a package that is the tool or in its closure: version, platforms, index.
fn locked(lock: &Value) -> BTreeMap<String, Vec<(String, Vec<String>, String)>> {
    let mut found: BTreeMap<String, Vec<_>> = BTreeMap::new();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    for artifact in lock["tools"][0]["artifacts"].as_array().unwrap() {
        assert_eq!((text(&artifact["registry"]), text(&artifact["unpack"])), ("deb".into(), "deb".into()));
        let platforms = artifact["platforms"].as_array().unwrap().iter().map(text).collect();
        let about = (text(&artifact["version"]), platforms, text(&artifact["index"]));
        found.entry(text(&artifact["package"])).or_default().push(about);
    }
    found
}

/// Expects a verb to be refused for a reason, with the project and the store as they were.
#[track_caller]
fn refused(sandbox: &Sandbox, arguments: &[&str], reasons: &[&str]) {
    let objects = || {
        let directory = sandbox.data().join("objects-1");
        let names = fs_err::read_dir(directory).into_iter().flatten().map(|entry| entry.unwrap().file_name());
        let mut names: Vec<_> = names.filter(|name| !name.to_string_lossy().starts_with(".lock-")).collect();
        names.sort();
        names
    };
    let before = (tree(sandbox.project()), objects());
    let outcome = sandbox.run(arguments);
    outcome.code(5).stdout("");
    for reason in reasons {
        outcome.stderr_contains(reason);
    }
    assert_eq!((tree(sandbox.project()), objects()), before, "{outcome}");
}

#[test]
fn a_tool_is_locked_with_all_it_needs() {
    let debian = Debian::with(packages());
    debian.publish("trixie-updates", [deb("unrelated", "1.1")]);
    debian.publish("trixie-security", [deb("second-choice", "1.0+deb13u1").file("usr/share/second-choice", "y")]);
    let sandbox = sandbox(&debian, "");
    sandbox.run(&["lock"]).success().stderr_contains("devshell: + deb:tool 1:2.0-3\n");
    let lock = sandbox.lock();
    let tool = &lock["tools"][0];
    assert_eq!((tool["tool"].as_str(), tool["suite"].as_str()), (Some("deb:tool"), Some("trixie")));
    assert_eq!(tool["version"], "1:2.0-3");
    let [all, intel, arm] = [
        &["aarch64-linux", "aarch64-linux-musl", "x86_64-linux", "x86_64-linux-musl"][..],
        &["x86_64-linux", "x86_64-linux-musl"],
        &["aarch64-linux", "aarch64-linux-musl"],
    ];
    let index = "trixie/20240601T000000Z";
    let one = |version: &str, platforms: &[&str], index: &str| {
        (version.to_owned(), platforms.iter().map(|&name| name.to_owned()).collect(), index.to_owned())
    };
    let mut found = locked(&lock);
    // Nobody cares which architecture is named first.
    for several in found.values_mut() {
        several.sort();
    }
    let expected = [
        ("libtool1", vec![one("1.2-1+b1", arm, index), one("1.2-1+b1", intel, index)]),
        ("provider", vec![one("5", all, index)]),
        ("second-choice", vec![one("1.0+deb13u1", all, "trixie-security/20240601T000000Z")]),
        ("tool", vec![one("1:2.0-3", all, index)]),
    ];
    assert_eq!(found, expected.map(|(name, several)| (name.to_owned(), several)).into());
    // The file and its hash are those of the package.
    let artifacts = tool["artifacts"].as_array().unwrap();
    let own = artifacts.iter().find(|artifact| artifact["package"] == "tool").unwrap();
    assert_eq!(own["file"], "pool/main/t/tool/tool_2.0-3_all.deb");
    let newest = packages().into_iter().find(|deb| deb.version == "1:2.0-3").unwrap();
    assert_eq!(own["integrity"], Integrity::from_hex(&newest.sha256()).unwrap().to_string());
}

#[test]
fn the_lock_is_the_same_on_every_host_and_names_no_archive() {
    let locks = ["x86_64-linux", "aarch64-linux-musl", "aarch64-darwin"].map(|platform| {
        let debian = Debian::with(packages());
        let sandbox = sandbox(&debian, "");
        sandbox.devshell(&["lock"]).env("DEVSHELL_PLATFORM", platform).run().success();
        sandbox.read("devshell.lock")
    });
    assert!(locks.iter().all(|lock| *lock == locks[0] && !lock.contains("http")), "{locks:#?}");
    // What is satisfied stays, also when there is something newer.
    let debian = Debian::with(packages());
    let sandbox = sandbox(&debian, "");
    sandbox.write("devshell.lock", &locks[0]);
    debian.point_release("trixie", [deb("tool", "1:2.5-1")]);
    sandbox.run(&["lock"]).success();
    assert_eq!(sandbox.read("devshell.lock"), locks[0]);
    sandbox.run(&["update"]).success().stderr_contains("1:2.5-1");
}

#[test]
fn a_requirement_is_judged_by_debians_order() {
    let debian = Debian::with(packages());
    for (requirement, expected) in [("1.9", "1:1.9-1"), ("*", "1:2.0-3"), ("<2.0", "1:1.9-1")] {
        let sandbox = sandbox(&debian, "");
        sandbox.manifest(manifest(requirement, "trixie"));
        sandbox.run(&["lock"]).success().stderr_contains(&format!("+ deb:tool {expected}\n"));
    }
    let sandbox = sandbox(&debian, "");
    sandbox.manifest(manifest("99", "trixie"));
    refused(&sandbox, &["lock"], &["no version of `deb:tool` satisfies `99`"]);
    sandbox.manifest(r#"{ "tools": { "deb:toool": { "version": "*", "suite": "trixie" } } }"#);
    refused(&sandbox, &["lock"], &["`trixie` has no package `toool`", "did you mean `deb:tool`?"]);
}

#[test]
fn a_suite_has_a_name_that_stays() {
    let debian = Debian::with(packages());
    let sandbox = sandbox(&debian, "");
    sandbox.manifest(manifest("2", "stable"));
    sandbox.run(&["lock"]).code(4).stderr_contains("`stable` means another release next year");
    sandbox.manifest(r#"{ "tools": { "deb:tool": "2" } }"#);
    refused(&sandbox, &["lock"], &["`deb:tool` needs a suite", r#""suite": "trixie""#]);
    sandbox.manifest(manifest("2", "bookworm"));
    refused(&sandbox, &["lock"], &["has no suite `bookworm`"]);
    // One that an archive serves under another name.
    debian.publish("forky", packages());
    let index = debian.read(&Debian::index_path("trixie"));
    debian.write(&Debian::index_path("forky"), index);
    sandbox.manifest(manifest("2", "forky"));
    refused(&sandbox, &["lock"], &["it is for `trixie`, not for `forky`"]);
}

#[test]
fn an_index_that_cannot_be_believed_is_refused() {
    type Case = (&'static str, fn(&Debian));
    let cases: [Case; 8] = [
        ("the index is not signed", |debian| debian.signed_by("trixie", Signer::Nobody)),
        ("signed by an untrusted key", |debian| debian.signed_by("trixie", Signer::Stranger)),
        ("the index was changed after the key", |debian| debian.tamper(&Debian::index_path("trixie"))),
        ("it expired on Sun, 02 Jun 2024", |debian| debian.expire("trixie")),
        ("is not what was signed", |debian| debian.tamper_packages("trixie")),
        // What is added to a suite is no better.
        ("the index of `trixie-updates` is refused", |debian| debian.signed_by("trixie-updates", Signer::Stranger)),
        ("the index of `trixie-security` is refused", |debian| debian.expire("trixie-security")),
        ("the index of `trixie-security` is refused", |debian| debian.tamper_packages("trixie-security")),
    ];
    for (reason, spoil) in cases {
        let debian = Debian::with(packages());
        debian.publish("trixie-updates", [deb("unrelated", "1.1")]);
        debian.publish("trixie-security", [deb("unrelated", "1.2")]);
        let sandbox = sandbox(&debian, "");
        spoil(&debian);
        refused(&sandbox, &["lock"], &[reason, "is refused", "hint: "]);
        // Nothing of it stays in the cache.
        debian.publish("trixie", []);
        for distribution in ["trixie", "trixie-updates", "trixie-security"] {
            debian.signed_by(distribution, Signer::Archive);
            debian.renew(distribution);
        }
        sandbox.run(&["lock"]).success();
    }
}

#[test]
fn doctor_asks_the_archive() {
    let debian = Debian::with(packages());
    let sandbox = sandbox(&debian, "");
    sandbox.run(&["lock"]).success();
    // And nobody else: there is no npm registry here.
    sandbox.run(&["doctor"]).success().stdout_contains("good   registry       127.0.0.1 (trixie)\n");
    debian.expire("trixie");
    let outcome = sandbox.run(&["doctor"]);
    outcome.code(1).stdout_contains(
        "FAULT  registry       the index of `trixie` is refused: it expired on Sun, 02 Jun 2024 00:00:00 UTC\n",
    );
    outcome.stdout_contains("hint: the mirror is out of date, or updates are held back");
}

#[test]
fn a_frozen_mirror_may_be_told_so() {
    let debian = Debian::with(packages());
    debian.expire("trixie");
    let told = sandbox(&debian, r#", "check-valid-until": false"#);
    told.run(&["lock"]).success();
    let not_told = sandbox(&debian, "");
    refused(&not_told, &["lock"], &["it expired on", r#""check-valid-until": false"#]);
}

#[test]
fn an_index_that_is_behind_the_lock_is_refused() {
    let (current, late) = (Debian::with(packages()), Debian::with(packages()));
    current.publish("trixie-security", [deb("second-choice", "1.0+deb13u1").file("usr/share/second-choice", "y")]);
    let first = sandbox(&current, "");
    first.run(&["lock"]).success();
    let lock = first.read("devshell.lock");
    // A lower version that is asked for is no reason.
    first.manifest(manifest("1.9", "trixie"));
    first.run(&["lock"]).success().stderr_contains("1:1.9-1");

    let second = sandbox(&late, "");
    second.write("devshell.lock", &lock);
    second.manifest(MANIFEST.replace(" } }", r#" }, "deb:unrelated": { "version": "1", "suite": "trixie" } }"#));
    second.run(&["lock"]).success();
    let reason = "it is older than the lock: it has `second-choice` 1.0, and the lock 1.0+deb13u1";
    refused(&second, &["update"], &["the index of `trixie` is refused", reason, "try another"]);
    refused(&second, &["add", "deb:provider", "--suite", "trixie"], &[reason]);
    // What is frozen on purpose may be older.
    let frozen = sandbox(&late, r#", "check-valid-until": false"#);
    frozen.write("devshell.lock", &lock);
    frozen.run(&["update"]).success();
    assert_ne!(frozen.read("devshell.lock"), lock);
}

#[test]
fn a_package_is_installed_as_it_was_locked() {
    let debian = Debian::with(packages());
    let sandbox = sandbox(&debian, "");
    sandbox.run(&["lock"]).success();
    debian.forget_requests();
    sandbox.run(&["run", "tool"]).success().stdout("tool 1:2.0-3\n");
    // Nothing but the packages of this platform is asked for, and no index.
    let architecture = if cfg!(target_arch = "aarch64") { "arm64" } else { "amd64" };
    let library = format!("libtool1_1.2-1+b1_{architecture}.deb");
    assert_eq!(
        debian.downloads(),
        [library.as_str(), "provider_5_all.deb", "second-choice_1.0_all.deb", "tool_2.0-3_all.deb"]
    );
    assert_eq!(debian.requests().len(), 4, "{:?}", debian.requests());
    assert!(!sandbox.home().join("ran").exists());
    // Offline, with and without what is kept of the environment.
    debian.forget_requests();
    sandbox.run(&["--offline", "run", "tool"]).success().stdout("tool 1:2.0-3\n");
    sandbox.remove(sandbox.cache());
    sandbox.run(&["--offline", "run", "tool"]).success().stdout("tool 1:2.0-3\n");
    assert_eq!(debian.requests(), [""; 0]);
    // No version ever will be for a Mac.
    let on_mac = sandbox.devshell(&["install"]).env("DEVSHELL_PLATFORM", "aarch64-darwin").run();
    on_mac.code(5).stderr_contains("is not published for aarch64-darwin\nhint: Debian packages are for Linux; ");
}

#[test]
fn a_package_that_is_not_what_was_locked_is_refused() {
    let debian = Debian::with(packages());
    let sandbox = sandbox(&debian, "");
    sandbox.run(&["lock"]).success();
    let tool = packages().into_iter().find(|deb| deb.version == "1:2.0-3").unwrap();
    debian.tamper(&Debian::pool_path(&tool));
    // The others are good, and there.
    sandbox.run(&["install"]).code(5);
    refused(&sandbox, &["install"], &["`tool 1:2.0-3`"]);
    sandbox.run(&["run", "tool"]).code(125).stdout("");
}

#[test]
fn a_package_that_leads_out_is_refused() {
    for hostile in [
        Archive::new().file("./../../escaped", "x"),
        Archive::new().file("/escaped", "x"),
        Archive::new().symlink("./usr/share/out", "../../../escaped").file("./usr/share/out", "x"),
        Archive::new().fifo("./usr/share/pipe"),
    ] {
        let debian = Debian::with([deb("tool", "2.0").holding(hostile)]);
        let sandbox = sandbox(&debian, "");
        sandbox.run(&["lock"]).success();
        let outside = |sandbox: &Sandbox| sandbox.data().join("escaped").exists() || Path::new("/escaped").exists();
        refused(&sandbox, &["install"], &["`tool 2.0` was refused"]);
        assert!(!outside(&sandbox));
    }
}

#[test]
fn what_mirrors_drop_is_found_in_an_archive_of_snapshots() {
    let debian = Debian::with(packages());
    let first = sandbox(&debian, "");
    first.run(&["lock"]).success();
    let lock = first.read("devshell.lock");
    debian.point_release("trixie", [deb("tool", "1:2.0-4").command("tool", "echo newer")]);
    first.run(&["install"]).code(5).stderr_contains("`tool 1:2.0-3`").stderr_contains("hint: ");

    let url = debian.snapshot_url();
    let second = sandbox(&debian, &format!(r#", "snapshot": "{url}""#));
    second.write("devshell.lock", &lock);
    second.run(&["run", "tool"]).success().stdout("tool 1:2.0-3\n");
    let asked = debian.requests();
    let snapshot = "/snapshot/archive/debian/20240601T000000Z/pool/main/t/tool/tool_2.0-3_all.deb 200";
    assert_eq!(asked.iter().filter(|request| request.starts_with("/snapshot/")).collect::<Vec<_>>(), [snapshot]);
}

#[test]
fn without_an_archive_the_error_shows_what_to_write() {
    let sandbox = Sandbox::new();
    sandbox.manifest(MANIFEST);
    let conf = sandbox.write(sandbox.root().join("apt.conf"), "Dir::Etc \"/nowhere\";\n");
    let outcome = sandbox.devshell(&["lock"]).env("APT_CONFIG", conf).run();
    outcome.code(5).stdout("").stderr_contains("no Debian archive is configured");
    outcome.stderr_contains(r#""registries": { "deb": "https://MIRROR/debian" }"#);
    assert!(!sandbox.project().join("devshell.lock").exists());
}

/// The host's own settings: its mirror among others' repositories, its login, and what it says of an
/// index that has expired.
#[test]
fn apt_of_the_host_says_where_the_archive_is() {
    let debian = Debian::with(packages());
    debian.expire("trixie");
    debian.require("Basic bWU6c2VjcmV0".to_owned());
    let sandbox = Sandbox::new();
    sandbox.manifest(MANIFEST);
    sandbox.write(sandbox.config_directory().join("archive.asc"), Signer::Archive.public());
    sandbox.config(r#"{ "registries": { "deb": { "keys": "archive.asc" } } }"#);
    let release = fs_err::read_to_string("/etc/os-release").unwrap_or_default();
    let is_debian = release.lines().any(|line| line == "ID=debian");
    let codename = release.lines().find_map(|line| line.strip_prefix("VERSION_CODENAME=")).unwrap_or("trixie");
    let apt = sandbox.root().join("apt");
    let (url, host) = (debian.url(), debian.url().replace("/debian", ""));
    sandbox.write(apt.join("sources.list"), format!("deb http://127.0.0.1:1/php {codename} main\n"));
    let sources = format!("Types: deb\nURIs: {url}\nSuites: {codename} {codename}-updates\nComponents: main\n");
    sandbox.write(apt.join("sources.list.d/debian.sources"), sources);
    sandbox.write(apt.join("auth.conf.d/mirror.conf"), format!("machine {host} login me password secret\n"));
    let conf = sandbox.write(sandbox.root().join("apt.conf"), format!("Dir::Etc \"{}\";\n", apt.display()));
    let lock = || sandbox.devshell(&["lock"]).env("APT_CONFIG", &conf).run();
    if is_debian {
        let login = apt.join("auth.conf.d/mirror.conf");
        let aside = apt.join("aside");
        fs_err::rename(&login, &aside).unwrap();
        let hint = "hint: the archive wants credentials: a login in its address, in apt's `auth.conf` or in `.netrc`\n";
        lock().code(5).stderr_contains("answers 401").stderr_contains(hint);
        fs_err::rename(&aside, &login).unwrap();
    }
    if !is_debian {
        lock().code(5).stderr_contains("no Debian archive is configured");
        return;
    }
    lock().code(5).stderr_contains("it expired on").stderr_lacks("secret");
    sandbox.write(apt.join("apt.conf.d/frozen"), "Acquire::Check-Valid-Until \"false\";\n");
    lock().success().stderr_contains("devshell: + deb:tool 1:2.0-3\n");
    assert!(debian.requests().iter().any(|request| *request == format!("{} 200", Debian::index_path("trixie"))));
}

#[test]
fn tools_of_one_suite_share_their_packages_or_are_refused() {
    let tool = |name: &str, needs: &str| deb(name, "1.0").depends(needs).command(name, "true");
    let library = |version: &str| deb("library", version).file("usr/share/library", version);
    let all = [tool("old", "library (= 1)"), tool("new", "library (= 2)"), tool("any", "library"), library("1")];
    let debian = Debian::with([&all[..], &[library("2")]].concat());
    let sandbox = sandbox(&debian, "");
    let manifest = |tools: &[&str]| {
        let tools: Vec<String> = tools.iter().map(|name| format!(r#""deb:{name}": {{ "suite": "trixie" }}"#)).collect();
        format!(r#"{{ "tools": {{ {} }} }}"#, tools.join(", "))
    };
    let apart = ["want two versions of `library`", "put one of the tools into another environment"];
    sandbox.manifest(manifest(&["old", "new"]));
    refused(&sandbox, &["lock"], &apart);
    // Whichever was locked before.
    sandbox.manifest(manifest(&["old"]));
    sandbox.run(&["lock"]).success();
    sandbox.manifest(manifest(&["old", "new"]));
    refused(&sandbox, &["lock"], &apart);
    // One that does not care moves with the other.
    let debian = Debian::with(all);
    let sandbox = self::sandbox(&debian, "");
    sandbox.manifest(manifest(&["any"]));
    sandbox.run(&["lock"]).success();
    assert_eq!(locked(&sandbox.lock())["library"][0].0, "1");
    debian.point_release("trixie", [library("2")]);
    sandbox.manifest(manifest(&["any", "new"]));
    sandbox.run(&["lock"]).success().stderr_contains("~ deb:any 1.0, with other artifacts");
    assert_eq!(locked(&sandbox.lock())["library"][0].0, "2");
}

#[test]
fn one_requirement_is_of_one_suite() {
    let debian = Debian::with(packages());
    let sandbox = sandbox(&debian, "");
    let tool = |suite: &str| format!(r#""tools": {{ "deb:tool": {{ "version": "2", "suite": "{suite}" }} }}"#);
    let manifest =
        format!(r#"{{ {},{} "environments": {{ "x": {{ {} }} }} }}"#, tool("trixie"), "\n", tool("bookworm"));
    sandbox.manifest(manifest);
    sandbox.run(&["lock"]).code(4).stderr_contains("`deb:tool` 2 is described differently at line 1");
    sandbox.manifest(manifest_of_python("bookworm"));
    sandbox.run(&["lock"]).code(4).stderr_contains("has another suite in the `python` block");
}

fn manifest_of_python(suite: &str) -> String {
    format!(
        r#"{{ "tools": {{ "deb:python3": {{ "version": "3", "suite": "trixie" }} }},
            "python": {{ "version": "3", "from": "deb", "suite": "{suite}" }} }}"#
    )
}
