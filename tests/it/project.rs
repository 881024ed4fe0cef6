//! Where the manifest is looked for, who may have written it, and what is wrong with it.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use crate::support::Sandbox;

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("a/b/file", "");
    sandbox
}

const ROOT: [&str; 5] = ["run", "--", "sh", "-c", "echo \"$DEVSHELL_ROOT\""];

fn chmod(path: &Path, mode: u32) {
    fs_err::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn the_nearest_manifest_above_rules() {
    let sandbox = sandbox();
    sandbox.write("devshell.json", "{}");
    for from in [".", "a", "a/b"] {
        sandbox.devshell(&ROOT).directory(from).run().success().stdout("[PROJECT]\n");
    }
    sandbox.write("a/devshell.jsonc", "{} // with a comment");
    sandbox.devshell(&ROOT).directory("a/b").run().success().stdout("[PROJECT]/a\n");
    sandbox.devshell(&ROOT).run().success().stdout("[PROJECT]\n");
}

#[test]
fn the_walk_ends_below_the_home_directory() {
    let sandbox = sandbox();
    sandbox.write(sandbox.home().join("devshell.json"), "{}");
    sandbox.write(sandbox.root().join("devshell.json"), "{}");
    sandbox.devshell(&ROOT).directory("a").run().code(125).stdout("").stderr(
        "devshell: no devshell.json in `[PROJECT]/a` or above it\n\
         hint: `devshell init` creates one; `-C DIR` looks elsewhere\n",
    );
    // Who stands in the home directory means its manifest.
    sandbox.devshell(&ROOT).directory(sandbox.home()).run().success().stdout("[HOME]\n");
    sandbox.run(&["list"]).code(4);
    // A manifest above the home directory is for no one in it.
    sandbox.remove(sandbox.home().join("devshell.json"));
    sandbox
        .devshell(&ROOT)
        .directory(sandbox.home())
        .run()
        .code(125)
        .stdout("")
        .stderr_contains("no devshell.json in `[HOME]`");
}

#[test]
fn another_place_can_be_named() {
    let sandbox = sandbox();
    sandbox.write("a/devshell.json", "{}");
    let with = |words: &[&str]| sandbox.devshell(words).args(&ROOT);
    with(&["-C", "a/b"]).run().success().stdout("[PROJECT]/a\n");
    with(&["-C", "."]).run().code(125);
    with(&["-C", "absent"]).run().code(125).stderr_contains("absent");
    let manifest = sandbox.project().join("a/devshell.json");
    with(&[]).env("DEVSHELL_MANIFEST", &manifest).run().success().stdout("[PROJECT]/a\n");
    with(&[]).env("DEVSHELL_MANIFEST", "a/devshell.json").run().success().stdout("[PROJECT]/a\n");
    with(&[]).env("DEVSHELL_MANIFEST", "absent.json").run().code(125).stderr_contains("absent.json");
    // What is typed wins over what is exported.
    sandbox.write("devshell.json", "{}");
    with(&["-C", "."]).env("DEVSHELL_MANIFEST", &manifest).run().success().stdout("[PROJECT]\n");
}

#[test]
fn two_manifests_are_one_too_many() {
    let sandbox = sandbox();
    sandbox.write("devshell.json", "{}");
    sandbox.write("devshell.jsonc", "{}");
    sandbox
        .run(&["list"])
        .code(4)
        .stderr("devshell: both devshell.json and devshell.jsonc are in `[PROJECT]`\nhint: keep one of them\n");
}

#[test]
fn what_others_could_have_written_is_refused() {
    let sandbox = sandbox();
    let manifest = sandbox.manifest("{}");
    let project = sandbox.project().to_owned();
    for (path, mode, name) in [(&manifest, 0o666, "[PROJECT]/devshell.json"), (&project, 0o777, "[PROJECT]")] {
        chmod(path, mode);
        sandbox.run(&["run", "true"]).code(125).stderr(&format!(
            "devshell: `{name}` can be written by other users\n\
             hint: `chmod go-w {name}`; or, if you trust everyone who can write there, \
             `export DEVSHELL_SAFE_DIRECTORY={name}`\n"
        ));
        sandbox.run(&["list"]).code(4);
        sandbox.devshell(&["list"]).env("DEVSHELL_SAFE_DIRECTORY", &project).run().success();
        sandbox.devshell(&["list"]).env("DEVSHELL_SAFE_DIRECTORY", sandbox.root().join("tmp")).run().code(4);
        chmod(path, 0o755);
        sandbox.run(&["list"]).success();
    }
    // The sticky bit keeps others from replacing what is in a directory.
    chmod(&project, 0o1777);
    sandbox.run(&["list"]).success();
    chmod(&project, 0o755);
}

#[test]
fn a_lock_or_env_file_that_others_could_have_written_is_refused() {
    let sandbox = sandbox();
    sandbox.manifest(r#"{ "tools": { "host:sh": "*" }, "env_files": [".env"] }"#);
    sandbox.run(&["lock"]).success();
    sandbox.write(".env", "A=1\n");
    sandbox.run(&["run", "true"]).success();
    for name in ["devshell.lock", ".env"] {
        let path = sandbox.project().join(name);
        chmod(&path, 0o666);
        let refusal = format!("devshell: `[PROJECT]/{name}` can be written by other users\n");
        sandbox.run(&["run", "true"]).code(125).stderr_contains(&refusal);
        sandbox.run(&["env"]).code(4).stderr_contains(&refusal);
        chmod(&path, 0o644);
    }
    sandbox.run(&["run", "true"]).success();
}

#[test]
fn all_that_others_could_have_written_is_named_at_once() {
    let sandbox = sandbox();
    sandbox.manifest(r#"{ "env_files": ["config/a.env", ".env", "absent.env"] }"#);
    for name in ["config/a.env", ".env", "README.md"] {
        chmod(&sandbox.write(name, "A=1\n"), 0o666);
    }
    // Two of the files that count; no other is looked at.
    let refusal = |files: &str, chmod: &str| {
        format!(
            "devshell: {files} can be written by other users\n\
             hint: `{chmod}`; or, if you trust everyone who can write there, `export DEVSHELL_SAFE_DIRECTORY=[PROJECT]`\n"
        )
    };
    let files = "`[PROJECT]/config/a.env` and `[PROJECT]/.env`";
    let two = refusal(files, "chmod go-w [PROJECT]/config/a.env [PROJECT]/.env");
    sandbox.run(&["run", "true"]).code(125).stderr(&two);
    sandbox.run(&["env"]).code(4).stderr(&two);
    // The directory, too, as after a clone with the umask 0000.
    let lock = sandbox.write("devshell.lock", "");
    for path in
        [sandbox.project(), &lock, &sandbox.write("pyproject.toml", ""), &sandbox.project().join("devshell.json")]
    {
        chmod(path, if path.is_dir() { 0o777 } else { 0o666 });
    }
    let names = "`[PROJECT]`, `[PROJECT]/devshell.json`, `[PROJECT]/devshell.lock`, `[PROJECT]/.env` and 1 more";
    sandbox.run(&["list"]).code(4).stderr(&refusal(names, "chmod -R go-w [PROJECT]"));
    // What the hint shows is enough.
    sandbox.program("chmod", &["-R", "go-w"]).arg(sandbox.project()).run().success();
    sandbox.remove(lock);
    sandbox.run(&["run", "true"]).success();
}

#[test]
fn what_belongs_to_somebody_else_is_refused() {
    if !rustix::process::geteuid().is_root() {
        // Only root can give a file away.
        return;
    }
    let sandbox = sandbox();
    let manifest = sandbox.manifest("{}");
    let give = |path: &Path, uid: u32| std::os::unix::fs::chown(path, Some(uid), None).unwrap();
    for (path, name) in [(manifest.as_path(), "[PROJECT]/devshell.json"), (sandbox.project(), "[PROJECT]")] {
        give(path, 65534);
        // The hint trusts what it is about, and nothing beside it.
        sandbox.run(&["list"]).code(4).stderr(&format!(
            "devshell: `{name}` belongs to another user\n\
             hint: if you trust its owner, `export DEVSHELL_SAFE_DIRECTORY={name}`\n"
        ));
        sandbox.devshell(&["list"]).env("DEVSHELL_SAFE_DIRECTORY", sandbox.project()).run().success();
        // root that came through sudo trusts whom it came from.
        sandbox.devshell(&["list"]).env("SUDO_UID", "65534").run().success();
        sandbox.devshell(&["list"]).env("SUDO_UID", "1").run().code(4);
        give(path, 0);
    }
}

#[test]
fn the_manifest_says_which_devshell_it_needs() {
    let sandbox = sandbox();
    let own = env!("CARGO_PKG_VERSION");
    sandbox.manifest(format!(r#"{{ "devshell": ">={own}" }}"#));
    sandbox.run(&["run", "true"]).success();
    sandbox.manifest(r#"{ "devshell": ">=99" }"#);
    let refusal = format!("devshell: the manifest wants devshell `>=99`, and this is {own}\nhint: update devshell\n");
    sandbox.run(&["run", "true"]).code(125).stderr(&refusal);
    sandbox.run(&["list"]).code(4).stderr(&refusal);
}

#[test]
fn all_mistakes_are_shown_at_once_each_in_its_place() {
    let sandbox = sandbox();
    sandbox.write(
        "a/devshell.jsonc",
        "{\n  // versions\n  \"tool\": {},\n  \"tools\": { \"node\": 3.10 },\n  \"isolation\": \"paht\"\n}\n",
    );
    let expected = "\
error: unknown key `tool`
 --> devshell.jsonc:3:3
  |
3 |   \"tool\": {},
  |   ^^^^^^
  |
  = help: did you mean `tools`?
error: `3.10` is a number, and JSON reads it as 3.1
 --> devshell.jsonc:4:22
  |
4 |   \"tools\": { \"node\": 3.10 },
  |                      ^^^^
  |
  = help: write \"3.10\"
error: `paht` is not one of \"none\", \"path\", \"pure\", \"sandbox\", \"hermetic\"
 --> devshell.jsonc:5:16
  |
5 |   \"isolation\": \"paht\"
  |                ^^^^^^
  |
  = help: did you mean `path`?
devshell: 3 mistakes in devshell.jsonc
";
    for verb in [&["list"][..], &["lock"], &["install"], &["add", "node"], &["env"]] {
        sandbox.devshell(verb).directory("a/b").run().code(4).stdout("").stderr(expected);
    }
    sandbox.devshell(&["run", "true"]).directory("a/b").run().code(125).stderr(expected);
}
