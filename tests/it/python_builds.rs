//! Source distributions that the manifest lets be built: their code runs inside a wall, without a network and without the
//! user's files, at `install` and at `lock`.
#![cfg(target_os = "linux")]

use std::path::Path;

use serde_json::{Value, json};

use crate::landlock::WITHOUT_NAMESPACES;
use crate::support::{Archive, DEVSHELL, Distribution, Index, Sandbox, python, two_users, uv, wait_until, wheel};

/// A source whose backend is this text, which may call `finish(directory, {file: text})` to make the wheel.
fn source(name: &str, requires: &str, backend: &str) -> Distribution {
    let stem = format!("{name}-1.0");
    let at = |path: &str| format!("{stem}/{path}");
    let project =
        format!("[build-system]\nrequires = [{requires}]\nbuild-backend = \"backend\"\nbackend-path = [\".\"]\n");
    let own = format!(
        "import os, zipfile\ndef finish(directory, files):\n    file = '{stem}-py3-none-any.whl'\n    \
         with zipfile.ZipFile(os.path.join(directory, file), 'w') as wheel:\n        \
         for path, text in files.items(): wheel.writestr(path, text)\n        \
         wheel.writestr('{stem}.dist-info/METADATA', 'Metadata-Version: 2.1\\nName: {name}\\nVersion: 1.0\\n')\n        \
         wheel.writestr('{stem}.dist-info/WHEEL', 'Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n')\n        \
         wheel.writestr('{stem}.dist-info/RECORD', '')\n    return file\n{backend}"
    );
    let packed = Archive::new()
        .file(&at("PKG-INFO"), &format!("Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n"))
        .file(&at("pyproject.toml"), &project)
        .file(&at("backend.py"), &own)
        .packed("tar.gz");
    Distribution::of(wheel(name, "1.0"), &format!("{stem}.tar.gz"), &packed)
}

/// What a build writes down about its surroundings: `LOOK(attempts)` gives a name for each attempt that went well.
const LOOK: &str = "
import json, os, socket, urllib.request
def look():
    home, project, index = os.path.expanduser('~'), PROJECT, INDEX
    found = []
    def attempt(name, work):
        try: work()
        except Exception: return
        found.append(name)
    def write(path):
        with open(path, 'w') as file: file.write('x')
    def reach(family, address):
        with socket.socket(family, socket.SOCK_STREAM) as stream: stream.connect(address)
    attempt('read a key', lambda: open(home + '/.ssh/id').read())
    attempt('read the project', lambda: open(project + '/devshell.json').read())
    attempt('list the cache', lambda: os.listdir(home + '/.cache/devshell/uv-1'))
    attempt('list the store', lambda: os.listdir(home + '/.local/share/devshell/roots'))
    attempt('write to the project', lambda: write(project + '/planted'))
    attempt('write to its environment', lambda: write(os.environ['VIRTUAL_ENV'] + '/planted'))
    attempt('write to its interpreter', lambda: write(os.path.dirname(os.path.realpath(os.sys.executable)) + '/planted'))
    attempt('ask the index', lambda: urllib.request.urlopen(index, timeout=5).read())
    attempt('reach the agent', lambda: reach(socket.AF_UNIX, os.environ.get('SSH_AUTH_SOCK') or AGENT))
    attempt('see a secret', lambda: os.environ['API_TOKEN'])
    attempt('see another process', lambda: os.stat(f'/proc/{OUTSIDE}'))
    # What a build has to have.
    attempt('write to its source', lambda: write('made'))
    attempt('write to its home', lambda: write(home + '/made'))
    attempt('write temporary files', lambda: write(os.environ['TMPDIR'] + '/made'))
    attempt('hear of compilers', lambda: os.environ['CFLAGS'])
    attempt('start a command', lambda: os.spawnvp(os.P_WAIT, 'sh', ['sh', '-c', ':']) and 1 / 0)
    return found
";

const NEEDED: [&str; 5] =
    ["write to its source", "write to its home", "write temporary files", "hear of compilers", "start a command"];

fn manifest(allowed: &str) -> String {
    format!(
        r#"{{ "python": {{ "version": ">=3.8", "from": "host", "requirements": ["r.txt"], "allow-build": [{allowed}] }} }}"#
    )
}

struct Project {
    index: Index,
    sandbox: Sandbox,
}

impl Project {
    /// A project that wants a package which has to be built.
    fn new(name: &str, files: impl IntoIterator<Item = Distribution>) -> Self {
        let index = Index::with(files);
        let sandbox = Sandbox::new().with_index(&index).with_python();
        sandbox.manifest(manifest(&format!("\"{name}\"")));
        sandbox.write("r.txt", format!("{name}\n"));
        Self { index, sandbox }
    }

    fn prints(&self, script: &str, expected: &str) {
        self.sandbox.run(&["run", "--", "python", "-c", script]).success().stdout(expected);
    }

    /// Nothing of a build is left.
    fn is_clean(&self) -> bool {
        let entries =
            |path: &Path| fs_err::read_dir(path).into_iter().flatten().flatten().map(|entry| entry.file_name());
        let is_staging = |name: std::ffi::OsString| name.to_string_lossy().starts_with(".staging-");
        entries(&self.sandbox.cache().join("scratch-1")).count() == 0
            && !entries(&self.sandbox.data().join("builds-1")).any(is_staging)
    }
}

/// Values of the test as Python has them.
fn with_values(sandbox: &Sandbox, index: &str, agent: &Path) -> String {
    let text = |value: &str| json!(value).to_string();
    LOOK.replace("PROJECT", &text(&sandbox.project().to_string_lossy()))
        .replace("INDEX", &text(index))
        .replace("AGENT", &text(&agent.to_string_lossy()))
        .replace("OUTSIDE", &std::process::id().to_string())
}

#[test]
fn a_build_has_no_network_and_none_of_the_users_files() {
    let index = Index::new();
    let sandbox = Sandbox::new().with_index(&index).with_python();
    let project = Project { index, sandbox };
    let (index, sandbox) = (&project.index, &project.sandbox);
    let agent = sandbox.root().join("agent");
    let _listening = std::os::unix::net::UnixListener::bind(&agent).unwrap();
    sandbox.write(sandbox.home().join(".ssh/id"), "a secret\n");
    let look = with_values(sandbox, index.url(), &agent);
    let backend = format!(
        "{look}\ndef build_wheel(directory, config_settings=None, metadata_directory=None):\n    \
         return finish(directory, {{'seen.py': f'SEEN = {{look()!r}}'}})\n"
    );
    index.publish([source("seen", "", &backend)]);
    sandbox.manifest(manifest("\"seen\""));
    sandbox.write("r.txt", "seen\n");
    let run = |verb: &[&str]| {
        let run = sandbox.devshell(verb).env("API_TOKEN", "x").env("CFLAGS", "-O1").env("SSH_AUTH_SOCK", &agent);
        run.run().success().stderr_lacks("isolated");
    };
    run(&["lock"]);
    run(&["install"]);
    let asked = index.requests().into_iter().filter(|request| request.starts_with("/simple/ ")).count();
    assert_eq!(asked, 0, "{:?}", index.requests());
    let expected: Vec<&str> = NEEDED.to_vec();
    project.prints(
        "import json, seen; print(json.dumps(seen.SEEN))",
        &format!("{}\n", json!(expected)).replace(',', ", "),
    );
    assert!(!sandbox.project().join("planted").exists() && !sandbox.home().join("made").exists());
    assert!(project.is_clean());

    // All of it goes well outside of a wall, but for what the build has as little right to there.
    let script = format!("{look}\nprint(json.dumps(look()))");
    let outside = sandbox.program(python(), &["-c", &script]).directory(sandbox.root());
    let environment = sandbox.root().join("environment");
    fs_err::create_dir(&environment).unwrap();
    let outside = outside.env("API_TOKEN", "x").env("CFLAGS", "-O1").env("SSH_AUTH_SOCK", &agent);
    let found: Value = outside.env("VIRTUAL_ENV", &environment).run().success().json();
    for attempt in [
        "read a key",
        "read the project",
        "list the cache",
        "list the store",
        "write to the project",
        "write to its environment",
        "ask the index",
        "reach the agent",
        "see a secret",
        "see another process",
    ] {
        assert!(found.as_array().unwrap().contains(&json!(attempt)), "{attempt}: {found}");
    }
}

/// A backend that makes a wheel with one module.
fn plain(module: &str) -> String {
    format!(
        "def build_wheel(directory, config_settings=None, metadata_directory=None):\n    \
         return finish(directory, {{'{module}.py': 'VERSION = \"1.0\"\\n'}})\n"
    )
}

#[test]
fn what_a_backend_asks_for_is_fetched_and_used() {
    // It knows a helper only once it runs, and that needs another one.
    let backend = "def get_requires_for_build_wheel(config_settings=None):\n    import first\n    return ['second>=1']\n\
                   def build_wheel(directory, config_settings=None, metadata_directory=None):\n    \
                   import first, second, third\n    return finish(directory, {'made.py': f'VERSION = {second.NAME!r}'})\n";
    let helper = |name: &str| wheel(name, "1.0").module(&format!("{name}.py"), format!("NAME = {name:?}\n"));
    let project = Project::new("made", [source("made", "\"first\"", backend)]);
    project.index.publish([helper("first"), helper("second").requires("third"), helper("third")]);
    project.sandbox.run(&["lock"]).success();
    // Only what is installed is locked.
    let lock = project.sandbox.lock();
    let packages: Vec<&Value> = lock["python"][0]["artifacts"].as_array().unwrap().iter().collect();
    assert_eq!(packages.iter().map(|one| one["package"].as_str().unwrap()).collect::<Vec<_>>(), ["made"]);
    project.sandbox.run(&["install"]).success();
    project.prints("import made; print(made.VERSION)", "second\n");
    // It is an installed package as any other.
    let script = "from importlib.metadata import distribution as d; print(d('made').version, d('made').read_text('direct_url.json'))";
    project.prints(script, "1.0 None\n");

    // What was built once is there for another project, without a network.
    project.index.forget_requests();
    let other = project.sandbox.home().join("blog");
    for (name, text) in [("devshell.json", manifest("\"made\"")), ("r.txt", "made\nthird\n".to_owned())] {
        project.sandbox.write(other.join(name), text);
    }
    project.sandbox.devshell(&["lock"]).directory(&other).run().success();
    project.sandbox.devshell(&["install"]).directory(&other).run().success();
    let run = project.sandbox.devshell(&["run", "--", "python", "-c", "import made, third; print(made.VERSION)"]);
    run.directory(&other).run().success().stdout("second\n");
    assert!(!project.index.downloads().iter().any(|file| file.starts_with("made") || file.starts_with("second")));
}

/// A name that is bound to an index is asked there and nowhere else, for builds too, and no build sees the login.
#[test]
fn what_a_build_needs_comes_from_the_index_of_its_name() {
    let backend = "def build_wheel(directory, config_settings=None, metadata_directory=None):\n    \
                   import helper, sys\n    place, text = os.path.dirname(os.getcwd()), ''\n    \
                   for top, _, files in os.walk(os.path.dirname(place)):\n        \
                   text += ''.join(open(os.path.join(top, file), errors='replace').read() for file in files)\n    \
                   assert chr(115) + '3cret' not in text + str(os.environ)\n    \
                   return finish(directory, {'made.py': f'VERSION = {helper.FROM!r}'})\n";
    let helper = |from: &str| wheel("helper", "1.0").module("helper.py", format!("FROM = {from:?}\n"));
    let project = Project::new("made", [source("made", "\"helper\"", backend)]);
    let private = Index::with([helper("private")]);
    private.require_password("me", "s3cret");
    project.index.publish([helper("public")]);
    let address = private.url_with("me", "s3cret");
    project.sandbox.config(format!(r#"{{ "registries": {{ "pypi:helper": "{address}" }} }}"#));
    project.sandbox.run(&["lock"]).success();
    project.prints("import made; print(made.VERSION)", "private\n");
    assert_eq!(project.index.requests_for("helper"), [""; 0]);
}

#[test]
fn what_a_package_needs_is_found_out_inside_the_wall() {
    let index = Index::new();
    let home = Sandbox::new();
    let look = with_values(&home, index.url(), Path::new("/nowhere"));
    let backend = format!(
        "{look}\ndef prepare_metadata_for_build_wheel(directory, config_settings=None):\n    seen = look()\n    \
         assert 'ask the index' not in seen and 'read a key' not in seen, seen\n    os.mkdir(directory + '/x.dist-info')\n    \
         with open(directory + '/x.dist-info/METADATA', 'w') as file:\n        \
         file.write('Metadata-Version: 2.1\\nName: asks\\nVersion: 1.0\\nRequires-Dist: beta<2\\n')\n    \
         return 'x.dist-info'\n{}",
        plain("asks")
    );
    index.publish([source("asks", "", &backend)]);
    index.publish(["1.0", "2.0"].map(|version| wheel("beta", version)));
    let sandbox = home.with_index(&index).with_python();
    sandbox.write(sandbox.home().join(".ssh/id"), "a secret\n");
    sandbox.manifest(manifest("\"asks\""));
    sandbox.write("r.txt", "asks\nbeta\n");
    let locked = || {
        sandbox.run(&["lock"]).success();
        let artifacts = sandbox.lock()["python"][0]["artifacts"].as_array().unwrap().clone();
        artifacts.iter().map(|one| one["file"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(locked(), ["asks-1.0.tar.gz", "beta-1.0-py3-none-any.whl"]);
    assert!(!index.requests().iter().any(|request| request.starts_with("/simple/ ")));
    // It is known from then on.
    sandbox.remove("devshell.lock");
    index.forget_requests();
    assert_eq!(locked(), ["asks-1.0.tar.gz", "beta-1.0-py3-none-any.whl"]);
    assert_eq!(index.downloads(), [""; 0]);
}

/// Of which version it is asked depends on what the others need.
#[test]
fn a_version_that_does_not_go_with_the_others_is_passed_over() {
    let project = Project::new("num", []);
    let of = |version: &str, beta: &str| crate::support::source(wheel("num", version).requires(beta));
    project.index.publish([of("1.0", "beta"), of("2.0", "beta>=2"), of("3.0", "beta>=3")]);
    project.index.publish(["1.0", "2.0"].map(|version| wheel("beta", version)));
    let locked = |requirements: &str| {
        project.sandbox.write("r.txt", requirements);
        project.sandbox.run(&["lock"]).success();
        let artifacts = project.sandbox.lock()["python"][0]["artifacts"].as_array().unwrap().clone();
        artifacts.iter().map(|one| one["version"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(locked("num\n"), ["2.0", "2.0"]);
    assert_eq!(locked("num\nbeta<2\n"), ["1.0", "1.0"]);
    project.sandbox.write("r.txt", "num>=3\n");
    project.sandbox.run(&["lock"]).code(5).stderr_contains("beta>=3");
}

#[test]
fn a_source_that_says_itself_what_it_needs_is_not_run() {
    let project = Project::new("says", []);
    let packed = Archive::new()
        .file("says-1.0/PKG-INFO", "Metadata-Version: 2.2\nName: says\nVersion: 1.0\nRequires-Dist: beta\n")
        .file("says-1.0/setup.py", "raise SystemExit('it ran')\n")
        .packed("tar.gz");
    project.index.publish([Distribution::of(wheel("says", "1.0"), "says-1.0.tar.gz", &packed)]);
    project.index.publish([wheel("beta", "1.0")]);
    project.sandbox.run(&["lock"]).success();
    assert_eq!(project.sandbox.lock()["python"][0]["artifacts"].as_array().unwrap().len(), 2);
    // setuptools builds what names nothing else, and this index has none.
    let outcome = project.sandbox.run(&["install"]);
    outcome.code(5).stderr_contains("devshell: what the build of `says` needs cannot be installed\n");
    outcome.stderr_contains("setuptools").stderr_lacks("it ran");
}

#[test]
fn a_compiler_and_its_headers_are_there() {
    let backend = "import shutil, subprocess, sys, sysconfig\n\
                   CODE = '''#include <Python.h>\n\
                   static struct PyModuleDef module = { PyModuleDef_HEAD_INIT, \"native\", NULL, -1, NULL };\n\
                   PyMODINIT_FUNC PyInit_native(void) {\n\
                   PyObject *made = PyModule_Create(&module); PyModule_AddIntConstant(made, \"ANSWER\", 42); return made; }'''\n\
                   def build_wheel(directory, config_settings=None, metadata_directory=None):\n    \
                   open('native.c', 'w').write(CODE)\n    \
                   include, name = sysconfig.get_path('include'), 'native' + sysconfig.get_config_var('EXT_SUFFIX')\n    \
                   subprocess.run(['cc', '-shared', '-fPIC', '-I', include, 'native.c', '-o', name], check=True)\n    \
                   return finish(directory, {name: open(name, 'rb').read()})\n";
    let index = Index::with([source("native", "", backend)]);
    let sandbox = Sandbox::new().on_whole_host().with_index(&index).with_python();
    sandbox.find("cc");
    sandbox.manifest(manifest("\"native\""));
    sandbox.write("r.txt", "native\n");
    sandbox.run(&["lock"]).success();
    sandbox.run(&["run", "--", "python", "-c", "import native; print(native.ANSWER)"]).success().stdout("42\n");
}

#[test]
fn setuptools_builds_what_names_nothing_else() {
    let setuptools = wheel("setuptools", "80.0").module("setuptools/__init__.py", "").module(
        "setuptools/build_meta.py",
        "import os, sys\nclass Legacy:\n    def build_wheel(self, directory):\n        sys.path.insert(0, os.getcwd())\n        \
         import setup\n        return setup.build(directory)\n__legacy__ = Legacy()\n",
    );
    let file = wheel("old", "1.0").module("old.py", "VERSION = '1.0'\n");
    let setup = format!(
        "import os\ndef build(directory):\n    \
         with open(os.path.join(directory, {0:?}), 'wb') as file: file.write(bytes({1:?}))\n    return {0:?}\n",
        file.file_name(),
        file.bytes()
    );
    let packed = Archive::new().file("old-1.0/setup.py", &setup).packed("tar.gz");
    let project = Project::new("old", [Distribution::of(wheel("old", "1.0"), "old-1.0.tar.gz", &packed)]);
    project.index.publish([setuptools]);
    project.sandbox.run(&["lock"]).success();
    // What it took to lock it is enough to build it.
    project.sandbox.run(&["--offline", "install"]).success();
    project.prints("import old; print(old.VERSION)", "1.0\n");
}

#[test]
fn a_build_that_fails_says_why_and_leaves_nothing() {
    let build = |body: &str| {
        format!(
            "def build_wheel(directory, config_settings=None, metadata_directory=None):\n    print('first')\n    {body}\n"
        )
    };
    for (body, said, hint) in [
        (
            "import urllib.request; urllib.request.urlopen('http://127.0.0.1:1/')",
            "Connection refused",
            "a build has no network",
        ),
        ("open('/etc/planted', 'w')", "Read-only file system: '/etc/planted'", "a build sees the system's files"),
        ("raise ValueError('not today')", "ValueError: not today", ""),
    ] {
        let project = Project::new("fails", [source("fails", "", &build(body))]);
        let outcome = project.sandbox.run(&["lock"]);
        outcome.code(5).stderr_contains("devshell: `fails` 1.0 could not be built; its build says:\n");
        outcome.stderr_contains(said);
        assert_eq!(outcome.errors().contains("hint: a build "), !hint.is_empty(), "{outcome}");
        outcome.stderr_contains(hint);
        assert!(project.is_clean());
    }
    // At `install`, line by line.
    let metadata = "def prepare_metadata_for_build_wheel(directory, config_settings=None):\n    os.mkdir(directory + '/x')\n    \
                    open(directory + '/x/METADATA', 'w').write('Metadata-Version: 2.1\\nName: fails\\nVersion: 1.0\\n')\n    \
                    return 'x'\n";
    let backend = metadata.to_owned() + &build("raise SystemExit('second')");
    let project = Project::new("fails", [source("fails", "", &backend)]);
    project.sandbox.run(&["lock"]).success();
    let outcome = project.sandbox.run(&["install"]);
    outcome.code(5).stderr("devshell: building fails 1.0\ndevshell: `fails` 1.0 could not be built; its build says:\n  | first\n  | second\n");
    assert!(project.is_clean());
}

#[test]
fn a_build_leads_nothing_outside_of_itself() {
    let build = |body: &str| {
        format!("def build_wheel(directory, config_settings=None, metadata_directory=None):\n    {body}\n")
    };
    let name = "evil-1.0-py3-none-any.whl";
    for (body, said) in [
        (
            format!("os.symlink('/etc/passwd', directory + '/{name}'); return '{name}'"),
            format!("the build left no file `{name}`"),
        ),
        (
            "return 'good-1.0-py3-none-any.whl'".to_owned(),
            "its build makes `good-1.0-py3-none-any.whl`, which is not its wheel".to_owned(),
        ),
        (format!("return '../{name}'"), "its build makes `../evil".to_owned()),
        (
            format!("os.symlink('/etc/passwd', directory + '/wheel.json'); return '{name}'"),
            "could not be built".to_owned(),
        ),
    ] {
        let metadata = "def prepare_metadata_for_build_wheel(directory, config_settings=None):\n    os.mkdir(directory + '/x')\n    \
                        open(directory + '/x/METADATA', 'w').write('Metadata-Version: 2.1\\nName: evil\\nVersion: 1.0\\n')\n    \
                        return 'x'\n";
        let project = Project::new("evil", [source("evil", "", &(metadata.to_owned() + &build(&body)))]);
        project.sandbox.run(&["lock"]).success();
        let outcome = project.sandbox.run(&["install"]);
        outcome.code(5).stderr_contains(&said);
        assert!(project.is_clean(), "{body}");
    }
    // What it asks for comes from the index and from nowhere else.
    for wish in [
        "good @ file:///etc/passwd",
        "good @ https://127.0.0.1:1/good-1.0-py3-none-any.whl",
        "-r /etc/passwd",
        "./good",
    ] {
        let backend = format!(
            "def get_requires_for_build_wheel(config_settings=None):\n    return [{wish:?}]\n{}",
            plain("evil")
        );
        for source in [source("evil", &format!("{wish:?}"), &plain("evil")), source("evil", "", &backend)] {
            let project = Project::new("evil", [source]);
            project.sandbox.run(&["lock"]).code(5).stderr_contains("which is not from an index");
        }
    }
}

#[test]
fn a_build_that_is_interrupted_leaves_nothing() {
    let backend = "def build_wheel(directory, config_settings=None, metadata_directory=None):\n    \
                   open('started', 'w').close()\n    import signal; signal.pause()\n";
    let project = Project::new("waits", [source("waits", "", backend)]);
    let sandbox = &project.sandbox;
    let mut child = sandbox.devshell(&["lock"]).spawn();
    let scratch = sandbox.cache().join("scratch-1");
    let places = || fs_err::read_dir(&scratch).into_iter().flatten().flatten().map(|entry| entry.path());
    wait_until("the build runs", || places().any(|place| place.join("source/waits-1.0/started").exists()));
    rustix::process::kill_process(rustix::process::Pid::from_child(&child), rustix::process::Signal::TERM).unwrap();
    assert!(!child.wait().unwrap().success());
    wait_until("the build's place is gone", || project.is_clean());
    assert!(!sandbox.project().join("devshell.lock").exists());
}

#[test]
fn an_ordinary_user_builds_too() {
    // The one of the user who runs the tests may be in that user's home directory.
    let python = Path::new("/usr/bin/python3");
    let index = Index::with([source("made", "", &plain("made"))]);
    let mut sandbox = Sandbox::new().with_index(&index);
    let programs = sandbox.host_directory("python-bin");
    for (name, program) in [("python3", python), ("uv", uv())] {
        fs_err::os::unix::fs::symlink(program, programs.join(name)).unwrap();
    }
    sandbox.manifest(manifest("\"made\""));
    sandbox.write("r.txt", "made\n");
    let Some([alice, _]) = two_users(&sandbox, "python_builds::an_ordinary_user_builds_too") else { return };
    let script = format!(
        "mkdir ~/shop && cp {project}/* ~/shop && cd ~/shop && $0 lock && $0 run -- python -c 'import made; print(made.VERSION)'",
        project = sandbox.project().display()
    );
    alice.sh("022", &script).run().success().stdout("1.0\n").stderr_lacks("isolated");
}

#[test]
fn without_walls_it_builds_as_well_and_says_so() {
    let backend = format!(
        "import os\n{}",
        plain("made").replace("    return", "    open(os.path.expanduser('~/seen'), 'w').close()\n    return")
    );
    let index = Index::with([source("made", "", &backend)]);
    let sandbox = Sandbox::new().on_whole_host().with_index(&index).with_python();
    sandbox.manifest(manifest("\"made\""));
    sandbox.write(
        "r.txt", "made
",
    );
    let run =
        |verb: &str| sandbox.program(WITHOUT_NAMESPACES[0], &WITHOUT_NAMESPACES[1..]).arg(DEVSHELL).arg(verb).run();
    let said = "devshell: the build of `made` is not isolated here, because the kernel's setting `user.max_user_namespaces` is 0; \
                `devshell doctor` shows what to do\n";
    run("lock").success().stderr_contains(said);
    run("install").success().stderr_contains(said);
    assert!(sandbox.home().join("seen").exists());
    sandbox.run(&["run", "--", "python", "-c", "import made; print(made.VERSION)"]).success().stdout("1.0\n");
    let doctor = sandbox.program(WITHOUT_NAMESPACES[0], &WITHOUT_NAMESPACES[1..]).arg(DEVSHELL).arg("doctor").run();
    assert!(doctor.text().contains("sysctl -w user.max_user_namespaces=15000"), "{doctor}");
}
