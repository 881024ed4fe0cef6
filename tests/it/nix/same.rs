//! What a dev shell has, beside what `nix develop` gives.

use std::collections::BTreeSet;

use super::variables;
use crate::support::nix::{Nix, World, nixes};

/// What differs on purpose: directories for temporary files stay the caller's, and so does the shell.
const OTHERWISE: &[&str] =
    &["NIX_BUILD_TOP", "TMP", "TMPDIR", "TEMP", "TEMPDIR", "OLDPWD", "PWD", "SHELL", "SHLVL", "SOURCE_DATE_EPOCH", "_"];

/// The names whose values are not those of `nix develop`, for one dev shell.
fn differences(world: &World, name: &str) -> Vec<String> {
    world.choose(name);
    let ours = variables(&world.devshell(&["run", "--", "env", "-0"]).run());
    let theirs = variables(&world.nix(&["develop", &format!(".#{name}"), "-c", "env", "-0"]).run());
    let names: BTreeSet<&String> = ours.keys().chain(theirs.keys()).collect();
    let is_same = |name: &str| {
        let (ours, theirs) = (ours.get(name), theirs.get(name));
        match name {
            "PATH" => {
                let own = theirs.unwrap().strip_suffix(&*world.sandbox.path().to_string_lossy()).unwrap();
                ours.unwrap().starts_with(own) && !own.is_empty()
            }
            "NIX_ATTRS_JSON_FILE" | "NIX_ATTRS_SH_FILE" => {
                // `nix develop` has removed its own by now.
                let text = fs_err::read_to_string(ours.unwrap()).unwrap();
                theirs.is_some() && text.contains("dev-shell")
            }
            // `nix develop` has one as well, of which the name is its own.
            "NIX_GCROOT" => ours.is_some() == theirs.is_some() && ours.unwrap().ends_with("-env"),
            _ => ours == theirs,
        }
    };
    let counts = |name: &&&String| !OTHERWISE.contains(&name.as_str()) && !name.starts_with("DEVSHELL_");
    names
        .iter()
        .filter(counts)
        .filter(|name| !is_same(name))
        .map(|name| format!("{name}: {:?}, and not {:?}", ours.get(*name), theirs.get(*name)))
        .collect()
}

/// Each version is a test of its own, so that they run at the same time.
#[track_caller]
fn compare(nix: &'static Nix) {
    let world = nix.world();
    for name in ["default", "ci", "withStdenv", "reads", "structured", "multi", "hooked"] {
        // Older ones cannot.
        if (nix.version, name) != ("2.8", "structured") {
            assert_eq!(differences(&world, name), Vec::<String>::new(), "Nix {}, `{name}`", nix.version);
        }
    }
}

#[test]
fn each_dev_shell_has_what_nix_2_8_develop_gives() {
    compare(&nixes()[0]);
}

#[test]
fn each_dev_shell_has_what_nix_2_26_develop_gives() {
    compare(&nixes()[1]);
}

#[test]
fn each_dev_shell_has_what_nix_2_34_develop_gives() {
    compare(&nixes()[2]);
}

#[test]
fn a_file_instead_of_a_flake_is_entered_likewise() {
    for nix in nixes() {
        let world = nix.world();
        world.sandbox.manifest(r#"{ "nix": { "file": "shell.nix" } }"#);
        let ours = variables(&world.devshell(&["run", "--", "env", "-0"]).run());
        assert_eq!(ours["STYLE"], "old shell", "Nix {}", nix.version);
        assert_eq!(ours["IN_NIX_SHELL"], "impure");
    }
}

#[test]
fn what_is_no_dev_shell_is_refused_with_a_way_on() {
    for nix in nixes() {
        let world = nix.world();
        let mut cases = vec![
            ("control", "has a control character", "take the character out of the variable"),
            ("sh", "`.#sh` is not a dev shell", "make `.#sh` with `pkgs.mkShell`"),
            ("noOutputs", "`.#noOutputs` is not a dev shell", "make `.#noOutputs` with `pkgs.mkShell`"),
            ("none", "`.#none` is not a dev shell of flake.nix", "it has `.#ci`, `.#control`, `.#default`,"),
        ];
        if nix.version == "2.8" {
            cases.push(("structured", "has structured attributes", "update Nix to 2.19 or newer"));
        }
        for (name, text, hint) in cases {
            world.choose(name);
            let outcome = world.devshell(&["run", "--", "true"]).run();
            outcome.code(125).stderr_contains(text).stderr_contains(&format!("hint: {hint}"));
        }
        world.choose("reads");
        world.sandbox.write("fresh.nix", "1");
        let flake =
            world.sandbox.read("flake.nix").replace("\"from more\"", "1").replace("./nix/more.nix", "./fresh.nix");
        world.sandbox.write("flake.nix", flake);
        let outcome = world.devshell(&["run", "--", "true"]).run();
        outcome.code(125).stderr_contains("git does not track `fresh.nix`").stderr_contains("`git add -N fresh.nix`");
    }
}
