//! What lines lead to: code as it is, what may be a file with a `?`.

use super::super::Script;
use super::*;

fn told(line: &str) -> (Vec<String>, Vec<String>) {
    let scripts = [("setup", "./scripts/setup.sh"), ("loop", "devshell run loop; ./l.sh")];
    let scripts = scripts
        .map(|(name, command)| (name.to_owned(), Script { command: command.to_owned(), line: 1, ..Script::default() }))
        .into();
    let Followed { files, beyond } = follow(line, &Layer { scripts, ..Layer::default() });
    let file = |Named { path, is_code }| if is_code { path } else { format!("{path}?") };
    (files.into_iter().map(file).collect(), beyond)
}

#[test]
fn scripts_are_found_wherever_they_stand() {
    for (line, expected) in [
        ("./a.sh", &["./a.sh"][..]),
        ("./a.sh; ./b.sh", &["./a.sh", "./b.sh"]),
        ("./a.sh&&./b.sh", &["./a.sh", "./b.sh"]),
        ("./a.sh||./b.sh|./c.sh&./d.sh\n./e.sh", &["./a.sh", "./b.sh", "./c.sh", "./d.sh", "./e.sh"]),
        ("\"$DEVSHELL_ROOT/a.sh\"", &["a.sh"]),
        ("${DEVSHELL_ROOT}/a.sh", &["a.sh"]),
        ("$PWD/a.sh", &["./a.sh"]),
        ("./a.sh>/dev/null 2>&1", &["./a.sh"]),
        ("if true; then ./a.sh; else ./b.sh; fi", &["./a.sh", "./b.sh"]),
        ("while ! ./a.sh; do ./b.sh; done", &["./a.sh", "./b.sh"]),
        ("{ ./a.sh; }", &["./a.sh"]),
        ("case $- in *i*) ./a.sh ;; esac", &["case?", "in?", "./a.sh"]),
        ("A=b C=./c.sh ./a.sh", &["b?", "./c.sh?", "./a.sh"]),
        ("cd sub && ./c.sh", &["sub/./c.sh", "./c.sh"]),
        ("(cd sub; ./c.sh); ./a.sh", &["sub/./c.sh", "./c.sh", "./a.sh"]),
        ("cd \"$DEVSHELL_ROOT/x\"; cd y; . z", &["x/y/z", "y/z", "x/z", "z"]),
        (". ./a.sh; source b.sh", &["./a.sh", "b.sh"]),
        ("sh -e a.sh b", &["a.sh", "b?"]),
        ("bash -lc './a.sh; ./b.sh'", &["./a.sh", "./b.sh"]),
        ("sh < a.sh", &["a.sh"]),
        ("sh <<E\n./a.sh\nE\n", &["./a.sh"]),
        ("cat <<E | sh\n./a.sh\nE\n", &["./a.sh"]),
        ("export BASH_ENV=./a.sh; bash -c :", &["./a.sh?"]),
        ("eval \"./a.sh\" ./b.sh; trap './c.sh' EXIT", &["./a.sh", "./b.sh?", "./c.sh"]),
        ("python tools/x.py; node y.js; python3.12 z.py", &["tools/x.py", "y.js", "z.py"]),
        ("env -i -u X A=b sh a.sh", &["b?", "X?", "A=b?", "sh?", "a.sh?", "a.sh"]),
        ("timeout 5 ./a.sh", &["5?", "./a.sh?", "./a.sh"]),
        ("exec ./a.sh", &["./a.sh?", "./a.sh"]),
        ("poetry run python a.py", &["python?", "a.py?", "a.py"]),
        ("devshell run setup; devshell run -- sh a.sh", &["./scripts/setup.sh", "sh?", "a.sh?", "a.sh"]),
        ("devshell run loop", &["./l.sh"]),
        ("echo $(./a.sh) `./b.sh` \"$(sh c.sh)\" ${X:-$(./d.sh)}", &["./a.sh", "./b.sh", "c.sh", "./d.sh"]),
        ("../shared/a.sh /opt/b.sh", &["../shared/a.sh", "/opt/b.sh?"]),
        ("test -f .env && touch .stamp; [ -x a.sh ]", &[]),
        ("command -v ./a.sh", &[]),
        ("", &[]),
    ] {
        assert_eq!(told(line), (expected.iter().map(ToString::to_string).collect(), Vec::new()), "{line}");
    }
}

#[test]
fn what_runs_more_than_it_says_is_told() {
    for (line, files, expected) in [
        (
            "make setup",
            &["setup?", "GNUmakefile", "makefile", "Makefile"][..],
            "what `make setup` runs beyond Makefile",
        ),
        ("make -f b.mk -C sub", &["sub/b.mk?", "sub/sub?", "sub/b.mk"], "what `make -f b.mk -C sub` runs beyond b.mk"),
        ("npm run setup", &["run?", "setup?", "package.json"], "what `npm run setup` runs beyond package.json"),
        ("just", &["justfile", "Justfile", ".justfile"], "what `just` runs beyond .justfile"),
        ("$X a.sh", &["a.sh?"], "what `$X a.sh` runs"),
        ("sh $X", &[], "what `sh $X` runs"),
        (". scripts/*.sh", &[], "what `. scripts/*.sh` runs"),
        ("eval $X", &[], "what `eval $X` runs"),
        ("frob x", &["x?"], "what `frob x` runs"),
        ("git -c alias.x='!./a.sh' x", &["alias.x=!./a.sh?", "x?"], "what `git -c alias.x=!./a.sh x` runs"),
        ("echo ./a.sh | sh", &[], "what `sh` is given"),
        ("cd $X; ./a.sh", &["./a.sh"], "what runs after `cd $X`"),
        ("python -m a.b", &["a/b.py?", "a/b/__main__.py?", "a/b/__init__.py?", "a.b?"], "what `python -m a.b` runs"),
        ("PATH=./bin:$PATH", &[], "programs that the hook's own PATH finds"),
    ] {
        assert_eq!(told(line), (files.iter().map(ToString::to_string).collect(), vec![expected.to_owned()]), "{line}");
    }
}

/// The manifest's author writes the line.
#[test]
fn no_line_is_too_much() {
    for line in [
        "$(".repeat(20_000),
        "`".repeat(10_001),
        "cd a;".repeat(5_000) + "./x",
        "./a ".repeat(50_000),
        "(".repeat(60_000),
    ] {
        let followed = follow(&line, &Layer::default());
        assert!(followed.files.len() <= MOST && followed.beyond.len() <= MOST);
    }
}
