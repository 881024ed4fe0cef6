//! Debian packages whose commands do not work as they are: which of that devshell puts right from what the packages
//! themselves say, and what it says about the rest when they are added.

use crate::support::{Archive, DEVSHELL, Deb, Debian, Outcome, Sandbox, Signer, deb};

fn sandbox(debian: &Debian) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write(sandbox.config_directory().join("archive.asc"), Signer::Archive.public());
    let url = debian.url();
    sandbox.config(format!(r#"{{ "registries": {{ "deb": {{ "url": "{url}", "keys": "archive.asc" }} }} }}"#));
    sandbox.manifest("{}");
    sandbox
}

fn add(sandbox: &Sandbox, package: &str) -> Outcome {
    sandbox.run(&["add", &format!("deb:{package}"), "--suite", "trixie"])
}

/// An editor that is registered under two further names.
fn editor(name: &str, priority: i32) -> Deb {
    let script = format!(
        "case \"$1\" in\n  configure)\n    for usual in edit view; do\n      update-alternatives --install \\\n        \
         /usr/bin/$usual $usual /usr/bin/{name} {priority} \\\n        --slave /usr/lib/$usual.so $usual.so /usr/lib/{name}.so\n    \
         done ;;\nesac"
    );
    let run = format!("echo {name} as \"${{0##*/}}\"");
    deb(name, "1.0").command(name, &run).script("postinst", &script).file(&format!("usr/lib/{name}.so"), name)
}

#[test]
fn the_names_that_packages_register_are_commands() {
    let debian = Debian::with([editor("big", 20), editor("small", 50)]);
    let alone = sandbox(&debian);
    add(&alone, "big").success().stderr_lacks("has no command");
    alone.run(&["run", "edit"]).success().stdout("big as edit\n");
    alone.run(&["run", "view"]).success().stdout("big as view\n");
    alone.run(&["list"]).success().stdout_contains("big edit view");
    // Of two, the one with the highest priority, whichever was added first; its files too.
    let both = sandbox(&debian);
    add(&both, "big").success();
    add(&both, "small").success();
    both.run(&["run", "edit"]).success().stdout("small as edit\n");
    both.run(&["run", "big"]).success().stdout("big as big\n");
    let builds = fs_err::read_dir(both.data().join("builds-1")).unwrap().map(|entry| entry.unwrap().path());
    let mut libraries: Vec<String> =
        builds.filter_map(|prefix| fs_err::read_to_string(prefix.join("usr/lib/edit.so")).ok()).collect();
    libraries.sort();
    assert_eq!(libraries, ["big", "small"]);
}

#[test]
fn a_package_that_was_renamed_has_the_commands_of_its_successor() {
    let renamed = deb("old", "2.0").depends("new (>= 2.0), data").field("Section", "oldlibs");
    let further = deb("data", "1").command("data", "echo data").field("Section", "misc");
    let debian = Debian::with(
        [renamed, deb("new", "2.0").command("new", "echo new").depends("further"), further]
            .into_iter()
            .chain([deb("further", "1").command("further", "echo further")]),
    );
    let sandbox = sandbox(&debian);
    add(&sandbox, "old").success().stderr_lacks("has no command");
    sandbox.run(&["run", "new"]).success().stdout("new\n");
    assert!(!sandbox.run(&["list"]).success().text().contains("further"));
}

#[test]
fn a_command_in_two_places_is_the_one_that_a_system_would_have() {
    let elsewhere = Archive::new().executable("./usr/lib/tool/bin/config", "#!/bin/sh\necho elsewhere\n");
    // The recipe of postgresql-* has a directory of commands of its own.
    let server = Archive::new().executable("./usr/lib/postgresql/17/bin/pg_config", "#!/bin/sh\necho server\n");
    let debian = Debian::with([
        deb("postgresql-17", "17.0").holding(server),
        deb("libpq-dev", "17.0").command("pg_config", "echo headers"),
        deb("other", "1").holding(elsewhere),
    ]);
    for order in [["postgresql-17", "libpq-dev"], ["libpq-dev", "postgresql-17"]] {
        let sandbox = sandbox(&debian);
        for package in order {
            add(&sandbox, package).success();
        }
        sandbox.run(&["run", "pg_config"]).success().stdout("headers\n");
    }
    let alone = sandbox(&debian);
    add(&alone, "postgresql-17").success();
    alone.run(&["run", "pg_config"]).success().stdout("server\n");
}

/// Expects that `add` says this about a package, that `doctor` and `list -v` say it later, and how doctor ends.
#[track_caller]
fn said(debian: &Debian, package: &str, text: &str, doctor: i32) {
    let sandbox = sandbox(debian);
    add(&sandbox, package).success().stderr_contains(&format!("devshell:   `deb:{package}`{text}\n"));
    sandbox.run(&["list", "-v"]).success().stderr_contains(&format!("`deb:{package}`{text}\n"));
    sandbox.run(&["doctor"]).code(doctor).stdout_contains(&format!("`deb:{package}`{text}"));
}

#[test]
fn what_cannot_start_or_misses_its_files_is_said_when_it_is_added() {
    let program = include_bytes!("../../fuzz/seeds/elf/program");
    let native = Archive::new().program("./usr/bin/native", program);
    let packages = [
        deb("scripted", "1").holding(Archive::new().executable("./usr/bin/scripted", "#!/usr/bin/no-such-language\n")),
        deb("named", "1")
            .holding(Archive::new().executable("./usr/bin/named", "#!/usr/bin/env -S no-such-language -w\n")),
        deb("native", "1").holding(native),
        deb("meta", "1").depends("data, part-one (>= 0), part-two").field("Section", "utils"),
        deb("part-one", "1").command("one", "true"),
        deb("part-two", "1").command("two", "true"),
        deb("data", "1").file("usr/share/data/x", "x"),
        deb("empty", "1").file("usr/share/empty", "x"),
    ];
    let debian = Debian::with(packages);
    let missing = "which none of its packages has";
    said(&debian, "scripted", &format!(": `scripted` is run by /usr/bin/no-such-language, {missing}"), 1);
    said(&debian, "named", &format!(": `named` is run by no-such-language, {missing}"), 1);
    said(&debian, "native", &format!(": `native` needs the loader /lib64/ld-linux-x86-64.so.2, {missing}"), 1);
    said(&debian, "meta", " has no command of its own; `deb:part-one` has `one`, `deb:part-two` has `two`", 0);
    said(&debian, "empty", " has no command of its own", 0);
}

#[test]
fn what_works_is_added_without_a_word() {
    let packages = [
        // Its own files are found from where it is, and what hosts have is there.
        deb("fine", "1")
            .command("fine", "cat \"${0%/*}/../share/fine/x\" /usr/share/locale/x; exec sh")
            .file("usr/share/fine/x", "x"),
        deb("library", "1").file("usr/lib/library.so", "x").field("Section", "libs"),
        deb("headers", "1").file("usr/include/x.h", "x").field("Section", "libdevel").depends("fine"),
    ];
    let debian = Debian::with(packages);
    for package in ["fine", "library", "headers"] {
        let sandbox = sandbox(&debian);
        add(&sandbox, package).success().stderr_lacks("`deb:");
        sandbox.run(&["list", "-v"]).success().stderr("");
    }
}

#[test]
fn a_name_that_one_package_provides_is_that_package() {
    let packages = [
        deb("libz1-dev", "1.3-1").provides("libz-dev").file("usr/include/zlib.h", "x"),
        deb("cat-a", "1.0").provides("cat-b").command("netcat", "echo a"),
        deb("nc-one", "1").provides("netcat"),
        deb("nc-two", "1").provides("netcat (= 1)"),
        deb("netcut", "1"),
    ];
    let debian = Debian::with(packages);
    let sandbox = sandbox(&debian);
    add(&sandbox, "libz-dev").success().stderr_contains("+ deb:libz-dev 1.3-1\n");
    add(&sandbox, "cat-b").success();
    sandbox.run(&["run", "netcat"]).success().stdout("a\n");
    sandbox.run(&["lock", "--check"]).success();
    let outcome = add(&sandbox, "netcat");
    outcome.code(5).stderr_contains("`trixie` has no package `netcat`, which `nc-one`, `nc-two` provide\n");
    outcome.stderr_contains("hint: name one of them, such as `deb:nc-one`\n").stderr_lacks("netcut");
}

#[test]
fn what_is_known_of_mirrors_is_said_once_for_a_project() {
    let debian = Debian::with([deb("one", "1").command("one", "true"), deb("two", "1").command("two", "true")]);
    let sandbox = sandbox(&debian);
    let first = add(&sandbox, "one");
    first.success().stderr_contains("Debian packages are for Linux").stderr_contains("Debian mirrors drop packages");
    add(&sandbox, "two").success().stderr_lacks("Debian packages are for Linux").stderr_lacks("mirrors");
}

#[test]
fn one_cause_is_one_line() {
    let debian = Debian::with([
        deb("tool", "1").depends("a, b, c").command("tool", "true"),
        deb("a", "1").file("usr/share/a", "a"),
        deb("b", "1").file("usr/share/b", "b"),
        deb("c", "1").file("usr/share/c", "c"),
    ]);
    let sandbox = sandbox(&debian);
    sandbox.manifest(r#"{ "tools": { "deb:tool": { "version": "*", "suite": "trixie" } } }"#);
    sandbox.run(&["lock"]).success();
    // What is fetched for one tool is one line as well.
    let fetched = sandbox.run(&["install"]).success().errors();
    assert_eq!(fetched.matches("fetching").count(), 1, "{fetched}");
    let elsewhere = Sandbox::new();
    elsewhere.manifest(sandbox.read("devshell.json"));
    elsewhere.write("devshell.lock", sandbox.read("devshell.lock"));
    let conf = elsewhere.write(elsewhere.root().join("apt.conf"), "Dir::Etc \"/nowhere\";\n");
    let outcome = elsewhere.devshell(&["install"]).env("APT_CONFIG", conf).run();
    let said = outcome
        .code(5)
        .stderr_contains("and 3 more cannot be located\n  because no Debian archive is configured\n")
        .errors();
    assert_eq!(said.matches("cannot be located").count(), 1, "{said}");
}

/// To try a program is to read all of it, and an editor may have ten commands.
#[test]
fn a_program_of_many_commands_is_tried_once() {
    let debian = Debian::with([editor("big", 20)]);
    let sandbox = sandbox(&debian);
    add(&sandbox, "big").success();
    let trace = sandbox.root().join("trace");
    let strace = which::which("strace").expect("strace is not installed, and this test is about it");
    let outcome = sandbox.program(strace, &["-f", "-qq", "-s", "4096", "-e", "trace=openat", "-o"]).arg(&trace);
    outcome.arg(DEVSHELL).args(&["list", "-v"]).run().success().stdout_contains("big edit view");
    let trace = sandbox.read(&trace);
    let opened = trace.lines().filter(|line| line.contains("/usr/bin/big\"") && line.contains("/builds-1/")).count();
    // Once for its first line, to make the commands, and once to try it.
    assert!((1..=2).contains(&opened), "{trace}");
}

#[test]
fn programs_of_another_machine_are_not_run() {
    let other = if cfg!(target_arch = "aarch64") { "x86_64-linux" } else { "aarch64-linux" };
    let made = "touch \"$HOME/ran\" \"${0%/*}/../../ran\"; exit 1";
    // The recipe of locales runs localedef.
    let debian = Debian::with([
        deb("locales", "1").depends("libc-bin").file("usr/share/i18n/x", "x"),
        deb("libc-bin", "1").command("localedef", made),
    ]);
    let sandbox = sandbox(&debian);
    sandbox.manifest(r#"{ "tools": { "deb:locales": { "version": "*", "suite": "trixie" } } }"#);
    sandbox.run(&["lock"]).success();
    let foreign = sandbox.devshell(&["install"]).env("DEVSHELL_PLATFORM", other).run();
    foreign.success().stderr_contains(&format!("programs for {other} do not run here"));
    // Here they are, and this one fails.
    sandbox.run(&["install"]).code(5).stderr_contains("localedef` ended with");
}
