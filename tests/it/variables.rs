//! The manifest's variables and env files, and who wins.

use crate::support::{Outcome, Sandbox, make_pipe, serve_once};

/// The manifest's `env`, and the values that a run with this caller's variables shows.
#[track_caller]
fn check(sandbox: &Sandbox, caller: &[(&str, &str)], expected: &[(&str, Option<&str>)]) {
    let outcome = run(sandbox, caller);
    outcome.success();
    let text = outcome.text();
    for (name, value) in expected {
        let found = text.split('\0').find_map(|line| line.strip_prefix(&format!("{name}=")));
        assert_eq!(found, *value, "{name} with {caller:?}");
    }
}

fn run(sandbox: &Sandbox, caller: &[(&str, &str)]) -> Outcome {
    sandbox.devshell(&["run", "--", "env", "-0"]).envs(caller.iter().copied()).run()
}

#[test]
fn each_rule_does_what_it_says() {
    let sandbox = Sandbox::new();
    sandbox.manifest(
        r#"{ "env": {
            "PLAIN": "1", "SET": { "set": "2" }, "DEFAULT": { "default": "3" }, "FRONT": { "prepend": "4" },
            "BACK": { "append": "5" }, "GONE": { "unset": true }, "NEEDED": { "required": "ask" } } }"#,
    );
    let mine = |names: &[&'static str]| names.iter().map(|name| (*name, "mine")).collect::<Vec<_>>();
    check(
        &sandbox,
        &mine(&["PLAIN", "SET", "DEFAULT", "FRONT", "BACK", "GONE", "NEEDED"]),
        &[
            ("PLAIN", Some("1")),
            ("SET", Some("2")),
            ("DEFAULT", Some("mine")),
            ("FRONT", Some("4:mine")),
            ("BACK", Some("mine:5")),
            ("GONE", None),
            ("NEEDED", Some("mine")),
        ],
    );
    check(
        &sandbox,
        &mine(&["NEEDED"]),
        &[("DEFAULT", Some("3")), ("FRONT", Some("4")), ("BACK", Some("5")), ("GONE", None)],
    );
    // An empty value is a value, adds no empty entry to a list, and does not do for a required
    // one: CI systems pass it for a secret that is not there.
    check(
        &sandbox,
        &[("NEEDED", "1"), ("DEFAULT", ""), ("FRONT", ""), ("BACK", "")],
        &[("DEFAULT", Some("")), ("FRONT", Some("4")), ("BACK", Some("5"))],
    );
}

#[test]
fn references_see_devshells_variables_and_those_above() {
    let sandbox = Sandbox::new();
    sandbox.manifest(
        r#"{ "name": "a shop", "env": {
            "A": "1", "B": "${A}/${DEVSHELL_NAME}", "C": "${DEVSHELL_ROOT}:${HOME}", "PRICE": "$$5 $(x) `y`",
            "D": { "default": "${B}!" }, "E": { "prepend": "${D}" } } }"#,
    );
    check(
        &sandbox,
        &[("A", "ignored"), ("E", "mine")],
        &[
            ("B", Some("1/a shop")),
            ("C", Some("[PROJECT]:[HOME]")),
            ("PRICE", Some("$5 $(x) `y`")),
            ("D", Some("1/a shop!")),
            ("E", Some("1/a shop!:mine")),
        ],
    );
    check(&sandbox, &[("D", "mine")], &[("D", Some("mine")), ("E", Some("mine"))]);
}

#[test]
fn the_caller_wins_over_env_files_and_they_over_defaults() {
    let sandbox = Sandbox::new();
    sandbox.manifest(
        r#"{ "env_files": [".env", ".env.local", "absent"], "env": {
            "A": { "default": "default" }, "B": { "required": "ask" }, "C": "set", "D": "${DEVSHELL_ROOT}" } }"#,
    );
    sandbox.write(".env", "A=file\nB='from a $file'\nC=file\nONE=first\nexport TWO=\"a\\nb\" # more\n");
    sandbox.write(".env.local", "ONE=second\n");
    check(
        &sandbox,
        &[],
        &[
            ("A", Some("file")),
            ("B", Some("from a $file")),
            ("C", Some("set")),
            ("ONE", Some("second")),
            ("TWO", Some("a\nb")),
        ],
    );
    check(
        &sandbox,
        &[("A", "mine"), ("B", "mine"), ("C", "mine"), ("ONE", "mine")],
        &[("A", Some("mine")), ("B", Some("mine")), ("C", Some("set")), ("ONE", Some("mine"))],
    );
    // They are read each time, also when the environment is known.
    sandbox.write(".env", "A=again\nB=b\n");
    check(&sandbox, &[], &[("A", Some("again")), ("TWO", None)]);
    sandbox.remove(".env");
    run(&sandbox, &[]).code(125).stderr_contains("devshell: the variable `B` is required: ask\n");
}

#[test]
fn env_files_cross_the_wall_of_pure() {
    let sandbox = Sandbox::new();
    sandbox.manifest(
        r#"{ "isolation": "pure", "env_files": [".env"], "env": {
            "A": { "default": "x" }, "B": { "required": "ask" }, "C": { "prepend": "c" } } }"#,
    );
    sandbox.write(".env", "FILE=1\nA=file\n");
    check(
        &sandbox,
        &[("B", "mine"), ("C", "mine"), ("FILE", "mine"), ("OTHER", "mine")],
        &[("A", Some("file")), ("B", Some("mine")), ("C", Some("c")), ("FILE", Some("1")), ("OTHER", None)],
    );
    check(&sandbox, &[("A", "mine"), ("B", "1")], &[("A", Some("mine")), ("B", Some("1"))]);
}

#[test]
fn a_bad_env_file_is_named_without_its_values() {
    let sandbox = Sandbox::new();
    sandbox.manifest(r#"{ "env_files": [".env"] }"#);
    sandbox.write(".env", "GOOD=1\nBAD='this is s3cret\n");
    let outcome = run(&sandbox, &[]);
    outcome.code(125).stderr("devshell: [PROJECT]/.env, line 2: a quote is not closed\n").stderr_lacks("s3cret");
}

/// docker, Spring and the dotenv libraries share these files, and take what no shell could.
#[test]
fn what_other_readers_of_an_env_file_take_keeps_nothing_from_running() {
    let sandbox = Sandbox::new();
    sandbox.manifest(r#"{ "env_files": [".env"], "env": { "TOKEN": { "default": "none" } } }"#);
    sandbox.write(
        ".env",
        "spring.datasource.url=s3cret\nFOO-BAR=s3cret\nexport NAME\nthis is s3cret\n1x=2\n\
         TOKEN= # ask the platform team\nA=v\t# why\nDATA=/srv\nLOGS=${DATA}/logs\nMEANT='${DATA}'\n",
    );
    check(
        &sandbox,
        &[],
        &[("A", Some("v")), ("TOKEN", Some("")), ("LOGS", Some("${DATA}/logs")), ("MEANT", Some("${DATA}"))],
    );
    let file = "devshell: [PROJECT]/.env";
    run(&sandbox, &[]).stderr_lacks("s3cret").stderr(&format!(
        "{file}, line 1 is ignored: `spring.datasource.url` is not a variable name\n\
         {file}, line 2 is ignored: `FOO-BAR` is not a variable name\n\
         {file}, line 3 is ignored: it has no `=`\n\
         {file}: 3 more lines like these\n"
    ));
    sandbox.write(".env", "LOGS=\"${DATA}/logs\"\n");
    run(&sandbox, &[]).stderr(&format!(
        "{file}, line 1: `${{DATA}}` stays as it is in `LOGS`, because nothing in env files is expanded (single quotes \
         around the value say that this is intended)\n"
    ));
    sandbox.devshell(&["-q", "run", "true"]).run().success().stderr("");
}

/// A comment is no value, so it does not do for a required one.
#[test]
fn a_comment_after_an_empty_value_is_not_what_was_required() {
    let sandbox = Sandbox::new();
    sandbox.manifest(r#"{ "env_files": [".env"], "env": { "TOKEN": { "required": "ask" } } }"#);
    for text in ["TOKEN= # ask the team\n", "TOKEN=\t# ask\r\n", "TOKEN=\r\n", "export TOKEN\n"] {
        sandbox.write(".env", text);
        run(&sandbox, &[]).code(125).stderr_contains("the variable `TOKEN` is required: ask\n");
    }
}

/// As password managers make one: whoever opens it gets the file from a program.
#[test]
fn an_env_file_may_be_a_pipe() {
    let sandbox = Sandbox::new();
    sandbox.manifest(r#"{ "env_files": [".env"] }"#);
    let pipe = sandbox.project().join(".env");
    make_pipe(&pipe);
    for value in ["one", "two"] {
        let served = serve_once(&pipe, format!("A={value}\r\n"));
        sandbox.run(&["run", "--", "printenv", "A"]).stdout(&format!("{value}\n"));
        served.join().unwrap();
    }
    // Without a program at its other end, devshell does not wait for ever.
    run(&sandbox, &[])
        .code(125)
        .stderr("devshell: `[PROJECT]/.env` is a pipe, and the program at its other end wrote nothing for 10 s\n");
}

#[test]
fn every_required_variable_that_is_missing_is_named() {
    let sandbox = Sandbox::new();
    sandbox.manifest(r#"{ "env": { "A": { "required": "ask Ada" }, "B": { "required": "ask Bob" } } }"#);
    run(&sandbox, &[("A", "")]).code(125).stdout("").stderr(
        "devshell: the variable `A` is required: ask Ada\n\
         hint: export A=…, or put it in one of the manifest's `env_files`\n\
         devshell: the variable `B` is required: ask Bob\n\
         hint: export B=…, or put it in one of the manifest's `env_files`\n",
    );
}

#[test]
fn an_environment_adds_to_the_default_one() {
    let sandbox = Sandbox::new();
    sandbox.manifest(
        r#"{ "env": { "A": "1", "B": "${A}" }, "environments": {
            "x": { "env": { "A": "2", "C": "${B}${A}" } }, "y": { "env": { "A": "3" } } } }"#,
    );
    for (chosen, expected) in [(&[][..], "1 1 -"), (&["-e", "x"], "2 1 12"), (&["-e", "x", "-e", "y"], "3 1 12")] {
        // A reference means what stands above it in the file, whatever is chosen.
        let script = ["--", "sh", "-c", "echo $A $B ${C:--}"];
        let outcome = sandbox.devshell(&["run"]).args(chosen).args(&script).run();
        outcome.success();
        assert_eq!(outcome.text().trim(), expected, "{chosen:?}");
    }
}

#[test]
fn the_state_directory_is_the_projects_own_and_short() {
    let sandbox = Sandbox::new();
    sandbox.manifest("{}");
    sandbox.write("../other/devshell.json", "{}");
    let state = |from: &str| {
        let script = "test -d \"$DEVSHELL_STATE\" && echo \"$DEVSHELL_STATE\"";
        let outcome = sandbox.devshell(&["run", "--", "sh", "-c", script]).directory(from).run();
        outcome.success();
        outcome.text()
    };
    let (one, other) = (state("."), state("../other"));
    assert_ne!(one, other);
    assert_eq!(one, state("."));
    // A socket below it must fit into 107 bytes, below any reasonable home.
    assert!(one.trim().len() < "[HOME]".len() + 45, "{one}");
}
