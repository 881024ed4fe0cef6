//! Programs of Debian packages that look for their files where only an installed system has them: they start in their
//! place, in which the prefix is laid over the host. Elsewhere they start as they are.
#![cfg(target_os = "linux")]

use std::path::{Path, PathBuf};

use crate::deb_tools::User;
use crate::landlock::WITHOUT_NAMESPACES;
use crate::support::{DEVSHELL, Deb, Debian, Sandbox, Signer, deb, two_users};

/// A package whose program reads a file by its compiled-in path, and some that need no place.
fn packages() -> Vec<Deb> {
    let data = "cat /usr/share/placed/data 2>/dev/null || echo 'no data'; echo \"$0 $# $*\"";
    vec![
        deb("placed", "1").command("placed", data).file("usr/share/placed/data", "its data\n").depends("plain"),
        deb("plain", "1").command("plain", "echo plain data"),
        // A recipe says that `zsh` works as it is.
        deb("zsh", "1").command("zsh", "cat /usr/share/zsh/data").file("usr/share/zsh/data", "x"),
        // A recipe says what does not work of it without a place.
        deb("nodejs", "1").command("node", "cat /usr/share/nodejs/data").file("usr/share/nodejs/data", "modules\n"),
    ]
}

fn settings(sandbox: &Sandbox, debian: &Debian, directory: &Path) {
    sandbox.write(directory.join("archive.asc"), Signer::Archive.public());
    let text = format!(r#"{{ "registries": {{ "deb": {{ "url": "{}", "keys": "archive.asc" }} }} }}"#, debian.url());
    sandbox.write(directory.join("config.json"), text);
}

fn shop(debian: &Debian, further: &str) -> Sandbox {
    let sandbox = Sandbox::new().on_whole_host();
    settings(&sandbox, debian, &sandbox.config_directory());
    sandbox.manifest(format!(
        r#"{{ {further} "registries": {{ "deb": {{ "suite": "trixie" }} }},
             "tools": {{ "deb:placed": "*", "deb:plain": "*", "deb:zsh": "*", "deb:nodejs": "*" }} }}"#
    ));
    sandbox.run(&["lock"]).success();
    sandbox.run(&["install"]).success();
    sandbox
}

fn link(sandbox: &Sandbox, name: &str) -> PathBuf {
    let path = sandbox.run(&["which", name]).success().bytes().to_vec();
    PathBuf::from(String::from_utf8(path).unwrap().trim_end())
}

#[test]
fn a_program_finds_its_files_and_what_it_starts_does_too() {
    let debian = Debian::with(packages());
    let sandbox = shop(&debian, "");
    let placed = sandbox.run(&["run", "--", "placed", "a b", "", "c"]);
    let text = placed.success().text();
    let (first, second) = text.split_once('\n').unwrap();
    assert_eq!(first, "its data");
    assert_eq!(second, "/usr/bin/placed 3 a b  c\n", "{text}");
    // From a directory of the host, by the link alone.
    let link = link(&sandbox, "placed");
    sandbox.program(&link, &[]).directory("/etc").run().success().stdout_contains("its data\n");
    // These start as ever: by a link, and by a script that sets a variable.
    assert!(fs_err::symlink_metadata(self::link(&sandbox, "plain")).unwrap().is_symlink());
    let script = fs_err::read_to_string(self::link(&sandbox, "zsh")).unwrap();
    assert!(script.starts_with("#!/bin/sh\n") && !script.contains("in-place"), "{script}");
    sandbox.run(&["run", "plain"]).success().stdout("plain data\n");
    sandbox.run(&["verify"]).success();
}

#[test]
fn it_is_said_which_programs_start_in_their_place() {
    let debian = Debian::with(packages());
    let sandbox = shop(&debian, "");
    let said = "in place: it looks for /usr/share/placed";
    sandbox.run(&["why", "placed"]).success().stdout_contains(said).stdout_contains("/usr/bin/placed");
    let of_node = "devshell: `deb:nodejs`: `node` starts in place: it looks for /usr/share/nodejs\n";
    let of_placed = format!("devshell: `deb:placed`: `placed` starts {said}\n");
    sandbox.run(&["list", "-v"]).success().stderr(&(of_placed + of_node));
    sandbox.run(&["run", "node"]).success().stdout("modules\n");
    sandbox.run(&["doctor"]).success();
    let json = sandbox.run(&["why", "placed", "--json"]).success().json();
    assert!(json.to_string().contains(r#""in_place":"/usr/share/placed""#), "{json}");
    // Where there are no namespaces, it is a warning.
    let words = [&WITHOUT_NAMESPACES[1..], &[DEVSHELL, "list", "-v"]].concat();
    let text = "`deb:placed`: `placed` looks for /usr/share/placed, which only an installed Debian has\n";
    let of_node = "`deb:nodejs`: `node` reads modules from /usr/share/nodejs, which only an installed Debian has; ";
    sandbox.program(WITHOUT_NAMESPACES[0], &words).run().success().stderr_contains(text).stderr_contains(of_node);
}

#[test]
fn without_namespaces_a_program_starts_as_it_is() {
    let debian = Debian::with(packages());
    let sandbox = shop(&debian, "");
    let script =
        "echo 0 >/proc/sys/user/max_user_namespaces && echo 0 >/proc/sys/user/max_mnt_namespaces && exec \"$0\" \"$@\"";
    let words = ["--user", "--map-root-user", "sh", "-c", script, DEVSHELL, "run", "placed"];
    sandbox.program("unshare", &words).run().success().stdout_contains("no data\n").stderr("");
}

/// With neither capabilities nor new privileges, where further namespaces are possible.
#[test]
fn inside_a_wall_there_are_places_too() {
    let debian = Debian::with(packages());
    let sandbox = shop(&debian, r#""isolation": "sandbox","#);
    let script = "placed; sh -c placed; grep -c 'NoNewPrivs:.1' /proc/self/status";
    let text = sandbox.run(&["run", "--", "sh", "-c", script]).success().text();
    assert!(text.matches("its data\n").count() == 2 && text.ends_with("\n1\n"), "{text}");
}

#[test]
fn an_ordinary_user_needs_no_rights() {
    let sandbox = Sandbox::new().on_whole_host();
    let debian = Debian::with(packages());
    let Some([alice, _]) = two_users(&sandbox, "deb_places::an_ordinary_user") else { return };
    settings(&sandbox, &debian, &alice.home.join(".config/devshell"));
    let project = alice.home.join("shop");
    sandbox.write(
        project.join("devshell.json"),
        r#"{ "tools": { "deb:placed": { "version": "*", "suite": "trixie" } } }"#,
    );
    std::os::unix::fs::chown(&project, Some(alice.uid), None).unwrap();
    // What the program starts is in the same place, and a place is entered once.
    let script = format!(
        r#"cd '{}' && "$0" -q lock && "$0" -q install && "$0" run placed && "$0" run -- sh -c '
            "$0" run placed; "$0" run -- placed nested; placed'"#,
        project.display()
    );
    let script = script.replace("placed'", "placed' \"$0\"");
    let text = alice.sh("022", &script).run().success().text();
    assert_eq!(text.matches("its data\n").count(), 4, "{text}");
}

/// The path of devshell may be one that no first line of a script can name.
#[test]
fn a_devshell_with_a_space_in_its_path_starts_programs_too() {
    let debian = Debian::with(packages());
    let sandbox = shop(&debian, "");
    let executable = sandbox.root().join("a b/devshell");
    fs_err::create_dir_all(executable.parent().unwrap()).unwrap();
    fs_err::copy(DEVSHELL, &executable).unwrap();
    let text = sandbox.program(&executable, &["run", "--", "placed", "it's", "a b"]).run().success().text();
    assert!(text.starts_with("its data\n") && text.ends_with("placed 2 it's a b\n"), "{text}");
    sandbox.run(&["verify"]).success();
}

/// A program of the real archive, whose fonts are in `/usr/share/figlet`.
#[test]
fn figlet_has_its_fonts_at_each_level_of_isolation() {
    for isolation in ["none", "sandbox", "hermetic"] {
        let user = User::new();
        user.sandbox.manifest(format!(
            r#"{{ "name": "shop", "isolation": "{isolation}", "registries": {{ "deb": {{ "suite": "trixie" }} }},
                 "tools": {{ "deb:figlet": "*" }} }}"#
        ));
        user.run(&["lock"]).success();
        user.run(&["install"]).success();
        let script = "figlet -w 30 . | tr -d ' \\n'; touch made && ls made; touch /usr/x /etc/x 2>/dev/null || echo no";
        let outcome = user.run_in(user.sandbox.project(), &[], &["run", "--", "sh", "-ec", script]);
        outcome.success().stdout("_(_)made\nno\n");
        user.run(&["list", "-v"])
            .success()
            .stderr_contains("`figlet` starts in place: it looks for /usr/share/figlet\n");
    }
}
