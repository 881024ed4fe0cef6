//! What a dev shell has set is not its caller's: whatever calls devshell inside of one starts from what was there
//! before. And whether one is inside is looked at.

use crate::support::{Outcome, Registry, Sandbox, tool};

/// Two projects that want the same variables, `shop` and, beside it, `b`.
fn two() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.manifest(
        r#"{ "name": "a", "env_files": [".env"], "env": {
            "DATABASE_URL": "postgres://db/a", "EDITION": "of a", "LIST": { "prepend": "/a" }, "GONE": { "unset": true } } }"#,
    );
    sandbox.write(".env", "TOKEN=token-of-a\nONLY_A=1\n");
    sandbox.write(
        "../b/devshell.json",
        r#"{ "name": "b", "env_files": [".env"], "env": {
            "DATABASE_URL": { "default": "postgres://db/b" }, "LIST": { "append": "/b" } },
            "scripts": { "show": "echo $DATABASE_URL $TOKEN ${ONLY_A-none} ${EDITION-none} $LIST ${GONE-none}" } }"#,
    );
    sandbox.write("../b/.env", "TOKEN=token-of-b\n");
    sandbox
}

const CALLER: [(&str, &str); 3] = [("EDITION", "of the caller"), ("LIST", "/mine"), ("GONE", "here")];

#[test]
fn another_project_starts_from_outside() {
    let sandbox = two();
    let expected = "postgres://db/b token-of-b none of the caller /mine:/b here\n";
    let show = ["-C", "../b", "run", "show"];
    // However deep.
    for outer in [
        &[][..],
        &["run", "--", "devshell"],
        &["enter", "--", "devshell"],
        &["run", "--", "devshell", "run", "--", "devshell"],
        &["run", "--", "devshell", "-C", "../b", "run", "--", "devshell", "enter", "--", "devshell"],
    ] {
        sandbox.devshell(&[outer, &show[..]].concat()).envs(CALLER).run().success().stdout(expected);
    }
    // And through a shell that evaluates the environment in place.
    for level in ["none", "path", "pure"] {
        let script = format!(
            "eval \"$(devshell env --isolation {level} --format bash)\"; echo $TOKEN; devshell -C ../b run show"
        );
        let run = sandbox.devshell(&["run", "--isolation", "none", "--", "bash", "-c", &script]).envs(CALLER).run();
        // What `pure` has not let through does not come back, whether it was taken away or replaced.
        let held_back = "postgres://db/b token-of-b none none /b none\n";
        let expected = if level == "pure" { held_back } else { expected };
        run.success().stdout(&format!("token-of-a\n{expected}"));
    }
}

/// What the user makes of a variable inside is the user's, and counts as the caller's.
#[test]
fn what_is_changed_by_hand_inside_stays() {
    let sandbox = two();
    let line = "export TOKEN=mine DATABASE_URL=here NEW=1; unset LIST; devshell -C ../b run show; devshell run -- sh -c \
                'echo $TOKEN $DATABASE_URL $NEW $LIST'";
    let run = sandbox.devshell(&["run", "--", "sh", "-c", line]).envs(CALLER).run();
    run.success().stdout("here mine none of the caller /b here\nmine postgres://db/a 1 /a\n");
}

#[test]
fn an_edited_env_file_counts_as_a_whole() {
    let sandbox = two();
    let script = "printf 'TOKEN=new\\nOTHER=new\\n' >.env; devshell run -- sh -c 'echo $TOKEN $OTHER ${ONLY_A-gone}'";
    sandbox.run(&["run", "--", "sh", "-c", script]).success().stdout("new new gone\n");
}

/// Scrubbed for a tool of the outer project, and wanted by the inner one.
#[test]
fn what_was_taken_away_for_one_project_is_there_for_the_next() {
    let registry = Registry::new();
    registry.publish(tool("node", "24.3.0"));
    let sandbox = two().with_registry(&registry);
    sandbox.manifest(r#"{ "tools": { "node": "24" } }"#);
    sandbox.run(&["lock"]).success();
    let show = "echo ${NODE_OPTIONS-none}";
    let run = |words: &[&str]| sandbox.devshell(words).env("NODE_OPTIONS", "--trace-warnings").run().text();
    assert_eq!(run(&["run", "--", "sh", "-c", show]), "none\n");
    assert_eq!(run(&["run", "--", "devshell", "-C", "../b", "run", "--", "sh", "-c", show]), "--trace-warnings\n");
}

/// The way back holds no secret of the caller's that the dev shell does not have, and nothing that `pure` held back.
#[test]
fn children_learn_no_secret_of_the_callers() {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    let sandbox = two();
    sandbox.manifest(r#"{ "env": { "API_TOKEN": "public", "HOST": "public" }, "keep": ["ENV"] }"#);
    for level in ["path", "pure"] {
        let run = sandbox.devshell(&["run", "--isolation", level, "--", "printenv", "DEVSHELL_OUTER"]);
        let run = run.env("API_TOKEN", "s3cret-1").env("HOST", "https://user:s3cret-2@example.org");
        let run = run.env("LD_AUDIT_KEY", "s3cret-3").env("PLAIN", "s3cret-4").run();
        let bytes = URL_SAFE_NO_PAD.decode(run.success().text().trim()).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        assert!(text.contains("DEVSHELL_ROOT"), "{level}: {text}");
        assert!(!text.contains("s3cret"), "{level}: {text}");
        // Nor does it come back.
        let show = "devshell -C ../b run -- sh -c 'echo ${API_TOKEN-none} ${PLAIN-none}'";
        let run = sandbox.devshell(&["run", "--isolation", level, "--", "sh", "-c", show]);
        let run = run.env("API_TOKEN", "s3cret-1").env("PLAIN", "plain").run();
        run.success().stdout(if level == "pure" { "none none\n" } else { "none plain\n" });
    }
}

const NAMED: &str = r#"{ "name": "p", "environments": {
    "docs": { "tools": { "host:hosttool": "*" }, "env": { "DOCS": "yes" },
        "scripts": { "build": "echo built $DOCS", "all": "devshell run build && devshell which hosttool" } },
    "ci": { "env": { "DOCS": "no" }, "scripts": { "build": "echo built in ci" } } } }"#;

fn named() -> Sandbox {
    let mut sandbox = Sandbox::new();
    let host = sandbox.host_directory("hostbin");
    sandbox.write_executable(host.join("hosttool"), "#!/bin/sh\n");
    sandbox.manifest(NAMED);
    sandbox.run(&["lock"]).success();
    sandbox
}

#[test]
fn a_selection_holds_for_what_is_called_inside() {
    let sandbox = named();
    let outcome = sandbox.run(&["run", "-e", "docs", "all"]);
    outcome.success().stdout_contains("built yes\n");
    assert!(outcome.text().contains("/hosttool"), "{}", outcome.text());
    for (script, expected) in [
        ("devshell run -e ci build", "built in ci\n"),
        ("devshell run -e default build 2>&1 | head -1", "devshell: `build` is not in this dev shell\n"),
        ("devshell run | grep -c build", "2\n"),
        ("devshell list | grep -c hosttool", "1\n"),
        ("devshell why DOCS | grep -c 'value .*yes'", "1\n"),
        // Where the dev shell is not on PATH, its selection is not meant.
        ("d=$(command -v devshell); PATH=/usr/bin:/bin; $d run 2>/dev/null | wc -l | tr -d ' '", "0\n"),
    ] {
        sandbox.run(&["run", "-e", "docs", "--", "sh", "-c", script]).stdout(expected);
    }
    // The level is part of it.
    let show = "devshell run -- sh -c 'echo ${PLAIN-none}'";
    sandbox.devshell(&["run", "--isolation", "pure", "--", "sh", "-c", show]).env("PLAIN", "1").run().stdout("none\n");
    // In another project it is not.
    sandbox.write("../b/devshell.json", r#"{ "scripts": { "build": "echo of b" } }"#);
    sandbox.run(&["run", "-e", "docs", "--", "devshell", "-C", "../b", "run", "build"]).success().stdout("of b\n");
}

/// The host's PATH is the same inside, so that what is known outside is known there too.
#[test]
fn inside_nothing_is_composed_again() {
    let sandbox = named();
    let key = |words: &[&str]| sandbox.run(words).success().text();
    let print = "printenv DEVSHELL_KEY DEVSHELL_HOST_PATH";
    let outside = key(&["run", "--", "sh", "-c", print]);
    assert_eq!(key(&["run", "--", "devshell", "run", "--", "sh", "-c", print]), outside);
    let script = format!("PATH=~/bin:$PATH; devshell run -- sh -c '{print}'");
    assert_eq!(key(&["run", "--", "sh", "-c", &script]), outside);
}

fn values(outcome: &Outcome, names: &[&str]) -> Vec<String> {
    let text = outcome.text();
    let value = |name: &&str| text.lines().find_map(|line| Some(line.strip_prefix(&format!("{name}="))?.to_owned()));
    names.iter().map(|name| value(name).unwrap_or_else(|| "-".to_owned())).collect()
}

#[test]
fn what_belongs_to_the_hosts_path_goes_with_it() {
    let sandbox = Sandbox::new();
    sandbox.manifest(r#"{ "env": { "CONDA_DEFAULT_ENV": { "default": "ours" } } }"#);
    let names = [
        "VIRTUAL_ENV",
        "CONDA_PREFIX",
        "CONDA_PREFIX_1",
        "CONDA_SHLVL",
        "PYENV_VERSION",
        "CONDA_DEFAULT_ENV",
        "CONDA_EXE",
    ];
    let run = |arguments: &[&str]| {
        let run = sandbox.devshell(arguments).envs(names.map(|name| (name, "host"))).run();
        values(&run, &names).join(" ")
    };
    assert_eq!(run(&["run", "--", "env"]), "- - - - - ours host");
    assert_eq!(run(&["run", "--isolation", "pure", "--", "env"]), "- - - - - ours -");
    // There PATH still leads to them.
    assert_eq!(run(&["run", "--isolation", "none", "--", "env"]), "host host host host host host host");
    sandbox.manifest(r#"{ "keep": ["CONDA_*"], "env": { "VIRTUAL_ENV": "${DEVSHELL_ROOT}/.venv" } }"#);
    let kept = run(&["run", "--", "env"]);
    assert_eq!(kept, "[PROJECT]/.venv host host host - host host");
}

/// git tells its hooks by variables which repository and which index are meant.
#[test]
fn a_git_hook_sees_what_is_committed_at_every_level() {
    let sandbox = Sandbox::new();
    sandbox.manifest(r#"{ "isolation": "pure", "tools": { "host:git": "*" }, "scripts": { "staged": "git diff --cached --name-only" } }"#);
    sandbox.run(&["lock"]).success();
    sandbox.write("ui/devshell.json", sandbox.read("devshell.json"));
    sandbox.write("ui/devshell.lock", sandbox.read("devshell.lock"));
    sandbox.write_executable(".githooks/pre-commit", "#!/bin/sh\ndevshell -C ui run staged >staged\n");
    sandbox.write("file", "1\n");
    let git = |arguments: &[&str]| {
        let own = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "core.hooksPath=.githooks"];
        let git = sandbox.find("git");
        let devshell = std::path::Path::new(crate::support::DEVSHELL).parent().unwrap().to_owned();
        let path = std::env::join_paths([devshell].into_iter().chain(std::env::split_paths(sandbox.path()))).unwrap();
        sandbox.program(git, &[&own[..], arguments].concat()).env("PATH", path).run().success();
    };
    git(&["init", "-q"]);
    git(&["add", "file"]);
    git(&["commit", "-qm", "first", "--no-verify"]);
    sandbox.write("file", "2\n");
    // Not in the index of the repository, but in one that git makes for this commit.
    git(&["commit", "-qam", "second"]);
    assert_eq!(sandbox.read("staged"), "file\n");
}

#[test]
fn what_is_required_does_not_keep_its_maker_from_running() {
    let mut sandbox = Sandbox::new();
    let host = sandbox.host_directory("hostbin");
    sandbox.write_executable(host.join("hosttool"), "#!/bin/sh\n");
    sandbox.manifest(
        r#"{ "tools": { "host:hosttool": "*" }, "env_files": [".env"],
            "env": { "DATABASE_URL": { "required": "run `devshell run setup`" }, "B": { "required": "ask" } },
            "scripts": { "setup": "echo DATABASE_URL=made >.env; echo ${DATABASE_URL-none}", "lint": "echo lint" } }"#,
    );
    sandbox.run(&["lock"]).success();
    let missing = "devshell: the variable `DATABASE_URL` is required: run `devshell run setup`\n\
                   devshell: the variable `B` is required: ask\n";
    sandbox.run(&["run", "setup"]).success().stdout("none\n").stderr(missing);
    sandbox.remove(".env");
    // The others still need it.
    for words in [&["run", "lint"][..], &["run", "--", "setup"], &["enter", "--", "true"], &["env"], &["env", "--json"]]
    {
        sandbox.run(words).code(if words[0] == "env" { 4 } else { 125 }).stdout("").stderr_contains("is required");
    }
    sandbox.run(&["which", "hosttool"]).success().stderr(missing);
    let explained = sandbox.run(&["env", "--explain"]);
    explained.success().stderr(missing).stdout_contains("PATH\n");
    sandbox.run(&["run", "setup"]).success();
    sandbox.devshell(&["run", "lint"]).env("B", "1").run().success().stdout("lint\n").stderr("");
}
