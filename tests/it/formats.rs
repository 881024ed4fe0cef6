//! What earlier versions wrote, read by this one: the files of `tests/formats`, each by its real bytes.

use std::path::{Path, PathBuf};

use crate::support::{Sandbox, set_age, tree};

fn formats() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/formats")
}

/// The folders that have a file of this name, by their names.
fn having(file: &str) -> Vec<(String, PathBuf)> {
    let entries = fs_err::read_dir(formats()).unwrap().map(|entry| entry.unwrap().path());
    let mut found: Vec<_> = entries.filter(|folder| folder.join(file).is_file()).collect();
    found.sort();
    found.into_iter().map(|folder| (folder.file_name().unwrap().to_string_lossy().into_owned(), folder)).collect()
}

/// The project that the environments, approvals and roots are of.
fn shop() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.manifest(fs_err::read(formats().join("shop.json")).unwrap());
    sandbox.write("devshell.lock", fs_err::read(formats().join("shop.lock")).unwrap());
    sandbox
}

/// The one file of a directory.
fn only_file(directory: &Path) -> PathBuf {
    let files: Vec<PathBuf> = tree(directory).into_keys().map(|path| directory.join(path)).collect();
    let [file] = files.iter().filter(|path| path.is_file()).collect::<Vec<_>>()[..] else { panic!("{files:?}") };
    file.clone()
}

#[test]
fn every_lock_is_understood_and_would_be_written_the_same() {
    let folders = having("devshell.lock");
    assert!(folders.len() >= 7, "{folders:?}");
    for (commit, folder) in folders {
        let sandbox = Sandbox::new();
        for path in tree(&folder).into_keys().filter(|path| folder.join(path).is_file()) {
            sandbox.write(&path, fs_err::read(folder.join(&path)).unwrap());
        }
        let outcome = sandbox.run(&["lock", "--check"]);
        assert!(outcome.ended_well(), "{commit}: {outcome}");
        outcome.stdout("").stderr("");
        let text = sandbox.read("devshell.lock");
        let lock = devshell::lock::parse("devshell.lock", &text).unwrap();
        assert!(lock.artifacts().next().is_some(), "{commit} locks nothing");
        assert_eq!(devshell::lock::write(&lock), text, "{commit}");
    }
}

#[test]
fn a_composed_environment_of_another_form_is_composed_again() {
    let folders = having("environment");
    assert!(folders.len() >= 4, "{folders:?}");
    for (commit, folder) in folders {
        let sandbox = shop();
        sandbox.run(&["run", "greet"]).success().stdout("hello\n");
        let kept = only_file(&sandbox.cache().join("environments-1"));
        let old = fs_err::read(folder.join("environment")).unwrap();
        fs_err::write(&kept, &old).unwrap();
        let outcome = sandbox.run(&["run", "--", "sh", "-c", "echo $GREETING $PLACE"]);
        assert!(outcome.ended_well(), "{commit}: {outcome}");
        outcome.stdout("hello [PROJECT]/data\n").stderr("");
        assert_ne!(fs_err::read(only_file(&sandbox.cache().join("environments-1"))).unwrap(), old, "{commit}");
    }
}

/// Consent of another form was to something else than what it would be to today.
#[test]
fn an_approval_of_another_form_asks_again() {
    let expected = [("6bb0d10", "allowed"), ("cdf64ea", "changed")];
    let folders = having("approval");
    assert_eq!(folders.iter().map(|(commit, _)| commit.as_str()).collect::<Vec<_>>(), expected.map(|(name, _)| name));
    for ((commit, folder), (_, standing)) in folders.iter().zip(expected) {
        let sandbox = shop();
        sandbox.run(&["allow"]).success();
        let file = only_file(&sandbox.home().join(".local/state/devshell/approvals-1"));
        let old = fs_err::read_to_string(folder.join("approval")).unwrap();
        let project = sandbox.project().to_str().unwrap();
        assert!(old.contains("\"/home/ada/shop\""));
        fs_err::write(&file, old.replace("/home/ada/shop", project)).unwrap();
        let outcome = sandbox.run(&["allow", "--diff", "--json"]);
        assert_eq!(outcome.code(i32::from(standing != "allowed")).json()["standing"], standing, "{commit}: {outcome}");
        sandbox.run(&["allow", "--list"]).success().stdout("[PROJECT]  allowed\n");
        sandbox.run(&["allow"]).success();
        sandbox.run(&["allow", "--diff"]).success();
    }
}

#[test]
fn what_a_root_of_another_form_names_stays() {
    let folders = having("root");
    assert!(!folders.is_empty());
    for (commit, folder) in folders {
        let sandbox = shop();
        sandbox.run(&["run", "greet"]).success();
        let used = sandbox.data().join("links-1/12abfb96ac2701f02e6d3034ec2b4e7a");
        let root = sandbox.write(sandbox.data().join("roots/0123"), fs_err::read(folder.join("root")).unwrap());
        fs_err::create_dir_all(&used).unwrap();
        sandbox.age(40);
        set_age(&root, 0);
        sandbox.run(&["gc", "--yes"]).success();
        assert!(used.is_dir(), "{commit}");
        set_age(&root, 40);
        sandbox.run(&["gc", "--yes"]).success();
        assert!(!used.exists(), "{commit}: it is deleted when the root is old");
    }
}
