//! The files with a say: consent is to all of them, and what was consented to is what is applied.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

use super::{MANIFEST, shop};
use crate::support::{DEVSHELL, Fault, Gate, Outcome, Registry, Sandbox, set_age, tool};

/// A project with one file of each kind.
const ALL: &str = r#"{
  "python": { "version": ">=3.8", "from": "host", "requirements": ["wanted.txt", "pylock.toml"] },
  "env_files": [".env"],
  "scripts": { "setup": "sh ./scripts/setup.sh" },
  "hooks": { "enter": "./hello.sh && devshell run setup" }
}"#;
const PYPROJECT: &str = "[build-system]\nrequires = []\n[project]\nname = \"shop\"\nversion = \"1\"\n\
    [project.scripts]\nshop = \"shop:e\"\n";

fn all() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.manifest(ALL);
    for (name, text) in [
        ("devshell.lock", "{ \"format\": 1 }\n"),
        (".env", "TOKEN=a\n"),
        ("wanted.txt", "-r more/further.txt\nalpha==1\n"),
        ("more/further.txt", "beta==1\n"),
        ("pylock.toml", "lock-version = '1.0'\n"),
        ("pyproject.toml", PYPROJECT),
        (".npmrc", "registry=https://npm.acme.example/\n"),
        ("hello.sh", "#!/bin/sh\n"),
        ("scripts/setup.sh", "true\n"),
        ("shop.py", ""),
    ] {
        sandbox.write(name, text);
    }
    sandbox
}

/// A file, what it says then, and what is told of that.
type Change<'a> = (&'a str, Option<&'a str>, &'a str);

#[test]
fn each_of_them_counts() {
    let scripts = format!("{PYPROJECT}ls = \"shop:e\"\n");
    let version = PYPROJECT.replace("version = \"1\"", "version = \"2\"");
    let source = format!("{PYPROJECT}[tool.setuptools.package-dir]\n\"\" = \"scripts\"\n");
    let changes: [Change; 21] = [
        ("devshell.json", Some("{}"), "- devshell.json: hooks.enter\n"),
        ("devshell.lock", Some("{ \"format\": 1, \"x\": 1 }\n"), "+ devshell.lock: x\n"),
        ("devshell.lock", None, ""),
        (".env", Some("TOKEN=b\n"), "~ .env: TOKEN\n"),
        (".env", None, "- .env: TOKEN\n"),
        ("wanted.txt", Some("-r more/further.txt\nalpha==2\n"), "~ wanted.txt: alpha\n"),
        ("more/further.txt", Some("beta==1\n--pre\n"), "+ more/further.txt: --pre\n"),
        ("pylock.toml", Some("lock-version = '1.1'\n"), "~ pylock.toml\n"),
        ("pyproject.toml", Some(&scripts), "+ pyproject.toml: project.scripts.ls\n"),
        ("pyproject.toml", Some(&version), "~ pyproject.toml: project.version\n"),
        ("pyproject.toml", Some(&source), "~ pyproject.toml: source\n"),
        ("pyproject.toml", None, "- pyproject.toml: project.scripts.shop\n"),
        ("src/anything.py", Some(""), "~ pyproject.toml: source\n"),
        (".npmrc", Some("registry=http://evil.example/\n"), "~ .npmrc: registry\n"),
        (".npmrc", None, "- .npmrc: registry\n"),
        ("hello.sh", Some("#!/bin/sh\nevil\n"), "~ ./hello.sh\n"),
        ("hello.sh", None, "- ./hello.sh\n"),
        ("scripts/setup.sh", Some("evil\n"), "~ ./scripts/setup.sh\n"),
        ("sitecustomize.py", Some("evil\n"), "+ sitecustomize.py\n"),
        ("usercustomize.py", Some("evil\n"), "+ usercustomize.py\n"),
        ("sitecustomize/__init__.py", Some("evil\n"), "+ sitecustomize/__init__.py\n"),
    ];
    for (name, text, told) in changes {
        let sandbox = all();
        sandbox.run(&["allow"]).success();
        sandbox.run(&["allow", "--diff"]).success().stdout("");
        match text {
            Some(text) => drop(sandbox.write(name, text)),
            None => sandbox.remove(name),
        }
        sandbox.run(&["allow", "--diff"]).code(1).stdout_contains(told);
        sandbox.run(&["on-prompt", "bash", "x"]).success().stderr_contains("is not what you allowed");
    }
}

/// Also those that count only as a part of another one, or would count if they were there or could be read.
#[test]
fn each_file_that_says_what_the_project_is_is_watched() {
    let sandbox = all();
    sandbox.manifest(ALL.replace(r#""wanted.txt", "pylock.toml""#, r#""uv.lock""#));
    let member = "[[package]]\nname = \"lib\"\nversion = \"1\"\nsource = { editable = \"lib\" }\n";
    sandbox.write("uv.lock", format!("version = 1\nrequires-python = \">=3.8\"\n{member}"));
    sandbox.write("setup.py", "");
    sandbox.write("lib/pyproject.toml", "[project");
    let watched = |list: &str, name: &str| {
        let answer = sandbox.run(&["on-prompt", "bash", "x"]).success().text();
        let list = answer.lines().find_map(|line| line.strip_prefix(&format!("__devshell_cd_{list}="))).unwrap();
        list.contains(&format!("'[PROJECT]/{name}'"))
    };
    for (list, name) in [("there", "setup.py"), ("absent", "setup.cfg"), ("there", "lib/pyproject.toml")] {
        assert!(watched(list, name), "{name}");
    }
    sandbox.remove("pyproject.toml");
    sandbox.remove("setup.py");
    for name in ["pyproject.toml", "setup.cfg", "setup.py"] {
        assert!(watched("absent", name), "{name}");
    }
    // What names another build backend is not read by setuptools.
    sandbox.write("pyproject.toml", "[build-system]\nbuild-backend = 'hatchling.build'\n");
    assert!(!watched("absent", "setup.py"));
}

#[test]
fn what_decides_nothing_asks_nobody() {
    let sandbox = all();
    sandbox.run(&["allow"]).success();
    sandbox.write("pyproject.toml", format!("# new\n{PYPROJECT}\n[tool.black]\nline-length = 100\n"));
    sandbox.write("wanted.txt", "# why\n-r more/further.txt\n\nalpha==1 # so\n");
    sandbox.write("shop.py", "print(1)\n");
    sandbox.write("README.md", "new\n");
    sandbox.run(&["allow", "--diff"]).success().stdout("");
}

#[test]
fn hooks_are_followed_as_far_as_they_say() {
    for (hook, covered, beyond) in [
        ("./a.sh", &["a.sh"][..], ""),
        ("./a.sh; ./b.sh", &["a.sh", "b.sh"], ""),
        ("./a.sh&&./b.sh", &["a.sh", "b.sh"], ""),
        ("\"$DEVSHELL_ROOT/a.sh\"", &["a.sh"], ""),
        ("cd sub && ./c.sh", &["sub/c.sh"], ""),
        ("make setup", &["Makefile"], "what `make setup` runs beyond Makefile"),
        ("npm run setup", &["package.json"], "what `npm run setup` runs beyond package.json"),
        ("./a.sh>/dev/null", &["a.sh"], ""),
        ("if [ -t 1 ]; then ./a.sh; fi", &["a.sh"], ""),
        ("sh -c './a.sh | . ./b.sh'", &["a.sh", "b.sh"], ""),
        ("echo $(./a.sh)", &["a.sh"], ""),
        ("BASH_ENV=a.sh bash -c true", &["a.sh"], ""),
        ("sh <a.sh", &["a.sh"], ""),
        ("just b", &["justfile"], "what `just b` runs beyond .justfile"),
        ("$(cat a.sh)", &["a.sh"], "what `$(…)` runs"),
    ] {
        let sandbox = Sandbox::new();
        let files = ["a.sh", "b.sh", "sub/c.sh", "Makefile", "package.json", "justfile"];
        for name in files {
            sandbox.write(name, "x\n");
        }
        sandbox.manifest(serde_json::json!({ "hooks": { "enter": hook } }).to_string());
        let allowed = sandbox.run(&["allow"]);
        let notes = allowed.success().errors();
        let told: Vec<&str> = notes.lines().filter_map(|line| line.split("consent does not cover ").nth(1)).collect();
        assert_eq!(told.join(", "), beyond, "{hook}");
        let counts = |name: &&str| {
            sandbox.write(name, "evil\n");
            let is_covered = !sandbox.run(&["allow", "--diff"]).ended_well();
            sandbox.write(name, "x\n");
            is_covered
        };
        assert_eq!(files.into_iter().filter(counts).collect::<Vec<_>>(), covered, "{hook}");
        sandbox.run(&["allow", "--diff"]).success();
    }
    // What is not there yet counts as well.
    let sandbox = Sandbox::new();
    sandbox.manifest(r#"{ "hooks": { "enter": "make; sh setup.sh" } }"#);
    sandbox.run(&["allow"]).success();
    for name in ["setup.sh", "GNUmakefile"] {
        sandbox.write(name, "evil\n");
        sandbox.run(&["allow", "--diff"]).code(1).stdout(&format!("+ {name}\n"));
        sandbox.remove(name);
    }
}

/// Scripts run as the text that was read, and find their names and arguments all the same.
#[test]
fn a_hook_runs_as_if_it_were_read_from_its_files() {
    let sandbox = Sandbox::new();
    sandbox
        .manifest(r#"{ "hooks": { "enter": "A=b ./hello.sh 'o n e' && . ./more.sh && sh -e third.sh two; ./own" } }"#);
    let script = "#!/bin/sh\necho \"$0 $* $A it's\"\n";
    sandbox.write_executable(sandbox.project().join("hello.sh"), script);
    sandbox.write("more.sh", "echo more; A=c\n");
    sandbox.write("third.sh", "echo \"$0 $* $A\"\nfalse\necho not reached\n");
    sandbox.write_executable(sandbox.project().join("own"), "#!/bin/sh\n: BASH_SOURCE\necho own; exit 3\n");
    sandbox.run(&["allow"]).success();
    sandbox.run(&["run", "--isolation", "none", "true"]).success();
    let said = prompted(&sandbox).errors();
    let said: Vec<&str> = said.lines().collect();
    assert_eq!(said[..4], ["./hello.sh o n e b it's", "more", "third.sh two ", "own"]);
    assert!(said[4].contains("ended with exit status: 3"), "{said:?}");
}

/// The manifest says how many files there are.
#[test]
fn all_files_together_have_a_bound() {
    let sandbox = Sandbox::new();
    sandbox.write("large", "A=b\n".repeat(256 << 10));
    let names: Vec<String> = (0..200).map(|number| format!("{number}.env")).collect();
    for name in &names {
        fs_err::hard_link(sandbox.project().join("large"), sandbox.project().join(name)).unwrap();
    }
    sandbox.manifest(serde_json::json!({ "env_files": names }).to_string());
    sandbox.run(&["allow"]).code(4).stderr_contains("are larger than 192 MiB together");
}

/// Of what the machine of somebody else allowed, hooks are covered too.
#[test]
fn a_digest_is_over_what_hooks_run() {
    let sandbox = Sandbox::new();
    sandbox.manifest(r#"{ "env": { "A": "b" }, "hooks": { "enter": "make setup" } }"#);
    sandbox.write("Makefile", "setup:\n");
    let said: serde_json::Value =
        serde_json::from_str(&sandbox.run(&["allow", "--diff", "--json"]).code(1).text()).unwrap();
    assert_eq!(said["beyond"], serde_json::json!(["what `make setup` runs beyond Makefile"]));
    let digest = said["digest"].as_str().unwrap();
    let is_allowed = || sandbox.devshell(&["allow", "--diff"]).env("DEVSHELL_ALLOW", digest).run().ended_well();
    assert!(is_allowed());
    sandbox.write("Makefile", "setup:\n\tevil\n");
    assert!(!is_allowed());
}

fn python_shop() -> Sandbox {
    let sandbox = Sandbox::new().with_python();
    sandbox.manifest(r#"{ "python": { "version": ">=3.8", "from": "host" } }"#);
    sandbox.write("pyproject.toml", PYPROJECT);
    sandbox.write("shop.py", "def e(): print('shop')\n");
    sandbox.run(&["lock"]).success();
    sandbox.run(&["allow"]).success();
    sandbox.run(&["run", "--isolation", "none", "shop"]).success().stdout("shop\n");
    sandbox
}

/// What the hook does of a prompt, in the shell itself; the answer is its output.
const PROMPTED: &str = r#"
__devshell_cd_put() { export "$1=$2"; }
__devshell_cd_take() { unset -v "$1"; }
answer=$("$0" on-prompt bash x) && eval "$answer" && __devshell_cd_set && printf '%s\n' "$answer"
[[ -z $__devshell_cd_hook ]] || "$0" on-entered
"#;

fn prompted(sandbox: &Sandbox) -> Outcome {
    let outcome = sandbox.program("bash", &["-c", PROMPTED, DEVSHELL]).run();
    outcome.success();
    outcome
}

/// The value of PATH that a prompt is given.
fn path(sandbox: &Sandbox) -> Option<String> {
    let line =
        applied(sandbox).into_iter().find_map(|line| Some(line.strip_prefix("__devshell_cd_put PATH ")?.to_owned()));
    Some(line?.trim_matches('\'').to_owned())
}

#[test]
fn commands_of_the_project_change_under_no_shell() {
    let sandbox = python_shop();
    let before = path(&sandbox).expect("it is allowed");
    let own = before.split(':').find(|entry| entry.contains("/projects/")).expect("its commands are on PATH");
    let own = PathBuf::from(own);
    let commands = || -> Vec<String> {
        let entries = fs_err::read_dir(&own).unwrap().map(|entry| entry.unwrap().file_name());
        entries.map(|name| name.into_string().unwrap()).collect()
    };
    assert_eq!(commands(), ["shop"]);
    sandbox.write("pyproject.toml", format!("{PYPROJECT}ls = \"shop:e\"\n"));
    assert_eq!(path(&sandbox), None, "it is not what was allowed");
    sandbox.run(&["allow", "--diff"]).code(1).stdout("+ pyproject.toml: project.scripts.ls\n");
    // Who types gets what there is now; a shell that has the old commands on its PATH keeps them.
    sandbox.run(&["run", "--isolation", "none", "ls"]).success().stdout("shop\n");
    assert_eq!(commands(), ["shop"]);
    let script = "import importlib.metadata as m; print(*[e.name for e in m.distribution('shop').entry_points])";
    let state = own.ancestors().nth(3).unwrap().to_owned();
    let prefix = fs_err::read_link(state.join("python")).unwrap();
    let inside = |path: &str| {
        let program = sandbox.program(prefix.join("bin/python"), &["-c", script]);
        program.env("DEVSHELL_STATE", &state).env("PATH", path).run().success().text()
    };
    assert_eq!(inside(&format!("{}:/usr/bin", own.display())), "shop\n");
    assert_eq!(inside("/usr/bin"), "ls shop\n");
    // After a month no shell should have it any more.
    set_age(own.parent().unwrap(), 31);
    sandbox.write("pyproject.toml", format!("{PYPROJECT}cat = \"shop:e\"\n"));
    sandbox.run(&["run", "--isolation", "none", "cat"]).success();
    assert!(!own.exists());
}

#[test]
fn the_background_makes_what_was_allowed_and_nothing_else() {
    let sandbox = Sandbox::new();
    sandbox.manifest(r#"{ "env": { "A": "b" } }"#);
    let said: serde_json::Value =
        serde_json::from_str(&sandbox.run(&["allow", "--diff", "--json"]).code(1).text()).unwrap();
    let (manifest, report) = (sandbox.project().join("devshell.json"), sandbox.root().join("x.failed"));
    let prepare = |digest: &str| {
        sandbox.write(report.with_extension("said"), "");
        sandbox.devshell(&["prepare"]).arg(&manifest).arg(&report).arg(digest).run()
    };
    prepare("0").success().stderr_contains("changed while its tools were being installed");
    assert!(report.exists() && !sandbox.cache().join("environments-1").exists());
    fs_err::remove_file(&report).unwrap();
    prepare(said["digest"].as_str().unwrap()).success().stderr("");
    assert!(!report.exists() && sandbox.cache().join("environments-1").exists());
}

/// While `add` waits for a registry, somebody writes the project's files.
#[test]
fn what_changes_while_one_types_is_not_allowed_by_that() {
    let registry = Registry::new();
    let sandbox = shop(&registry);
    registry.publish(tool("esbuild", "0.28.1"));
    sandbox.run(&["allow"]).success();
    let gate = Gate::default();
    registry.fault("/esbuild", Fault::Gate(gate.clone()));
    let child = sandbox.devshell(&["add", "esbuild"]).spawn();
    gate.wait_for_client();
    sandbox.write(".env", "TOKEN=evil\n");
    sandbox.write("hello.sh", "#!/bin/sh\nevil\n");
    sandbox.manifest(MANIFEST.replace("green", "red"));
    gate.open();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    sandbox.run(&["allow", "--diff"]).code(1).stdout("~ ./hello.sh\n~ .env: TOKEN\n");
    assert!(sandbox.read("devshell.json").contains("green") && sandbox.read("devshell.json").contains("esbuild"));
}

/// Replaces a file by one of two others, in turns, until it is dropped.
struct Flipper {
    stop: std::sync::Arc<AtomicBool>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Flipper {
    fn start(place: PathBuf, texts: &[String; 2]) -> Self {
        use std::os::unix::fs::PermissionsExt as _;
        let stop = std::sync::Arc::new(AtomicBool::new(false));
        let stopped = stop.clone();
        let name = place.file_name().unwrap().to_string_lossy().into_owned();
        let beside = |end: &str| place.with_file_name(format!(".flip-{name}-{end}"));
        let sources = ["0", "1"].map(beside);
        for (source, text) in sources.iter().zip(texts) {
            fs_err::write(source, text).unwrap();
            fs_err::set_permissions(source, std::fs::Permissions::from_mode(0o755)).unwrap();
        }
        let link = beside("link");
        let thread = std::thread::spawn(move || {
            let mut turn = 0;
            // It ends with the first of the two in place.
            while !stopped.load(Ordering::Relaxed) || turn % 2 == 1 {
                turn += 1;
                let _ = fs_err::remove_file(&link);
                fs_err::hard_link(&sources[turn % 2], &link).unwrap();
                fs_err::rename(&link, &place).unwrap();
            }
        });
        Self { stop, thread: Some(thread) }
    }
}

impl Drop for Flipper {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        let _ = self.thread.take().unwrap().join();
    }
}

/// What a prompt has the shell do, without what it remembers.
fn applied(sandbox: &Sandbox) -> BTreeSet<String> {
    let answer = String::from_utf8_lossy(prompted(sandbox).bytes()).into_owned();
    let changes = answer.split("__devshell_cd_back()").next().unwrap();
    let is_change = |line: &&str| !["__devshell_cd_set() {", ":", "}", ""].contains(line);
    changes.lines().filter(is_change).map(str::to_owned).collect()
}

/// How many prompts each race has.
fn prompts() -> usize {
    std::env::var_os("DEVSHELL_PROMPTS").and_then(|count| count.to_str()?.parse().ok()).unwrap_or(40)
}

#[expect(clippy::print_stderr, reason = "how many prompts there were, for who runs it by hand")]
fn tell(name: &str, seen: usize) {
    eprintln!("{name}: {} prompts, {seen} applied what was allowed, none anything else", prompts());
}

/// Prompts while a file flips between what was allowed and what was not.
fn race(sandbox: &Sandbox, name: &str, evil: &str) {
    let good = sandbox.read(name);
    let expected = applied(sandbox);
    assert!(!expected.is_empty(), "{name}");
    // What was not allowed is at hand, since somebody typed.
    sandbox.write(name, evil);
    let _ = sandbox.devshell(&["run", "--isolation", "none", "true"]).run();
    assert!(applied(sandbox).is_empty(), "{name}");
    let place = sandbox.project().join(name);
    let mut seen = 0;
    {
        let _flipper = Flipper::start(place, &[good, evil.to_owned()]);
        for _ in 0..prompts() {
            let applied = applied(sandbox);
            assert!(applied.is_empty() || applied == expected, "{name}: {applied:?} and not {expected:?}");
            seen += usize::from(!applied.is_empty());
        }
    }
    assert!(!sandbox.home().join("evil").exists(), "{name}");
    tell(name, seen);
}

#[test]
fn no_writer_is_quick_enough() {
    let registry = Registry::new();
    registry.publish(tool("node", "24.2.0"));
    let sandbox = shop(&registry);
    let lock = sandbox.read("devshell.lock");
    sandbox.manifest(MANIFEST.replace("\"24\"", "\"=24.2.0\""));
    sandbox.run(&["lock"]).success();
    let other = sandbox.read("devshell.lock").replace("\"=24.2.0\"", "\"24\"");
    sandbox.manifest(MANIFEST);
    sandbox.write("devshell.lock", lock);
    sandbox.write(".npmrc", format!("registry={}\n", registry.url()));
    sandbox.run(&["allow"]).success();
    for (name, evil) in [
        ("devshell.json", MANIFEST.replace("green", "red")),
        ("devshell.lock", other),
        (".env", "TOKEN=evil\nPROMPT_COMMAND=evil\n".to_owned()),
        ("hello.sh", "#!/bin/sh\necho evil >>~/evil\n".to_owned()),
        (".npmrc", "registry=http://127.0.0.1:1/\n".to_owned()),
    ] {
        race(&sandbox, name, &evil);
        let good = sandbox.run(&["allow", "--diff"]).ended_well();
        assert!(good, "{name} is again what was allowed");
    }
}

#[test]
fn no_writer_is_quick_enough_for_python() {
    let sandbox = python_shop();
    let evil = format!("{PYPROJECT}ls = \"shop:e\"\nsudo = \"shop:e\"\n");
    race(&sandbox, "pyproject.toml", &evil);
}
