//! Python packages from a private index: a bound name is asked of no other index, whatever that
//! one has, and credentials stay out of what is written.

use crate::support::{Fault, Index, Sandbox, Wheel, python, uv, wheel};

fn package(name: &str, version: &str) -> Wheel {
    wheel(name, version).module(&format!("{name}.py"), format!("VERSION = {version:?}\n"))
}

/// Each knows `inner`, the public one in a higher version; `outer` needs it.
struct Indexes {
    public: Index,
    private: Index,
    sandbox: Sandbox,
}

impl Indexes {
    fn new(requirements: &str) -> Self {
        let public =
            Index::with([package("inner", "9.9"), package("outer", "1.0").requires("inner"), package("plain", "1.0")]);
        let private = Index::with([package("inner", "1.0"), package("outer", "9.9"), package("plain", "9.9")]);
        let sandbox = Sandbox::new().with_index(&public).with_python();
        sandbox.write("requirements.txt", requirements);
        let indexes = Self { public, private, sandbox };
        indexes.bind(indexes.private.url());
        indexes
    }

    fn bind(&self, url: &str) {
        self.sandbox.manifest(format!(
            r#"{{ "python": {{ "version": ">=3.8", "from": "host", "requirements": ["requirements.txt"] }},
                "registries": {{ "pypi:Inner": "{url}" }} }}"#
        ));
    }

    fn locked(&self) -> Vec<String> {
        let lock = self.sandbox.lock();
        let artifacts = lock["python"][0]["artifacts"].as_array().unwrap().iter();
        artifacts.map(|one| format!("{} {}", one["package"], one["version"]).replace('"', "")).collect()
    }

    #[track_caller]
    fn prints(&self, script: &str, expected: &str) {
        self.sandbox.run(&["run", "--", "python", "-c", script]).success().stdout(expected);
    }
}

#[test]
fn a_bound_name_is_asked_of_its_index_alone() {
    for requirements in ["inner\nplain\n", "outer\nplain\n"] {
        let indexes = Indexes::new(requirements);
        indexes.sandbox.run(&["lock"]).success();
        let locked = indexes.locked();
        assert!(locked.contains(&"inner 1.0".to_owned()) && locked.contains(&"plain 1.0".to_owned()), "{locked:?}");
        indexes.prints("import inner, plain; print(inner.VERSION, plain.VERSION)", "1.0 1.0\n");
        indexes.sandbox.run(&["update", "python"]).success();
        assert_eq!(indexes.locked(), locked);
        let asked = indexes.public.requests_for("inner");
        assert_eq!(asked, [""; 0], "{requirements}");
        for name in ["outer", "plain"] {
            assert_eq!(indexes.private.requests_for(name), [""; 0], "{requirements}");
        }
    }
}

#[test]
fn nobody_else_is_asked_when_the_index_lacks_it_or_is_down() {
    for requirements in ["inner\n", "outer\n"] {
        let indexes = Indexes::new(requirements);
        let refused = || {
            // uv would wait for longer each time before it asks once more.
            let lock = indexes.sandbox.devshell(&["lock"]).env("UV_HTTP_RETRIES", "0").run();
            lock.code(5).stderr_contains("inner");
        };
        indexes.private.fault("/simple/inner/", Fault::NotFound);
        refused();
        indexes.private.fault("/simple/inner/", Fault::Status(500, usize::MAX));
        refused();
        indexes.bind("http://127.0.0.1:1/simple/");
        refused();
        assert_eq!(indexes.public.requests_for("inner"), [""; 0]);
        // uv goes where an index sends it, but what it finds there is not taken.
        indexes.bind(indexes.private.url());
        indexes.private.fault("/simple/inner/", Fault::Redirect(format!("{}inner/", indexes.public.url())));
        refused();
        assert!(!indexes.sandbox.project().join("devshell.lock").exists());
        assert_eq!(indexes.public.downloads(), [""; 0]);
    }
}

/// A lock made for one index is not filled from another.
#[test]
fn the_bytes_come_from_there_too() {
    let indexes = Indexes::new("inner\n");
    indexes.sandbox.run(&["lock"]).success();
    indexes.public.publish([package("inner", "1.0")]);
    indexes.private.remove("inner", "1.0");
    indexes.sandbox.remove(indexes.sandbox.cache());
    indexes
        .sandbox
        .run(&["install"])
        .code(5)
        .stderr_contains("`inner-1.0-py3-none-any.whl` is not on the active index");
    indexes.private.publish([package("inner", "1.0").module("more.py", "")]);
    indexes.sandbox.run(&["install"]).code(5).stderr_contains("inner");
    assert_eq!(indexes.public.requests_for("inner"), [""; 0]);
    indexes.private.publish([package("inner", "1.0")]);
    indexes.prints("import inner; print(inner.VERSION)", "1.0\n");
    assert_eq!(indexes.public.requests_for("inner"), [""; 0]);
}

/// Tools too: the program itself, and what it needs.
#[test]
fn a_tool_that_needs_a_bound_name_has_it_from_there() {
    let indexes = Indexes::new("");
    let program = wheel("program", "1.0")
        .module("program.py", "import inner\ndef main(): print(inner.VERSION)\n")
        .entry_point("program", "program:main")
        .requires("inner");
    indexes.public.publish([program]);
    let manifest = indexes.sandbox.read("devshell.json").replacen('{', "{ \"tools\": { \"pypi:program\": \"*\" },", 1);
    indexes.sandbox.manifest(manifest);
    indexes.sandbox.run(&["lock"]).success();
    indexes.sandbox.run(&["run", "program"]).success().stdout("1.0\n");
    assert_eq!(indexes.public.requests_for("inner"), [""; 0]);
}

#[test]
fn credentials_reach_the_index_and_nothing_that_is_written() {
    let indexes = Indexes::new("inner\nplain\n");
    indexes.private.require_password("me", "s3cret");
    indexes.public.require_password("you", "t0psecret");
    indexes.sandbox.run(&["lock"]).code(5);
    // The user's own settings have them.
    indexes
        .sandbox
        .manifest(r#"{ "python": { "version": ">=3.8", "from": "host", "requirements": ["requirements.txt"] } }"#);
    indexes.sandbox.set_index(&indexes.public.url_with("you", "t0psecret"));
    let rule = indexes.private.url_with("me", "s3cret");
    let config = indexes.sandbox.home().join(".config/devshell/config.json");
    indexes.sandbox.write(config, format!(r#"{{ "registries": {{ "pypi:inner": "{rule}" }} }}"#));
    indexes.sandbox.run(&["lock"]).success();
    indexes.prints("import inner, plain; print(inner.VERSION, plain.VERSION)", "1.0 1.0\n");
    let exports = ["requirements", "pylock"].map(|format| indexes.sandbox.run(&["export", format]).success().text());
    for text in [&exports[0], &exports[1], &indexes.sandbox.read("devshell.lock")] {
        assert!(!text.contains("s3cret") && !text.contains("t0psecret") && !text.contains("me:"), "{text}");
    }
    assert_eq!(indexes.public.requests_for("inner"), [""; 0]);
    // Nor do mistakes show them.
    indexes.private.require_password("me", "changed");
    indexes.sandbox.remove(indexes.sandbox.cache());
    indexes.sandbox.remove("devshell.lock");
    indexes.sandbox.run(&["lock"]).code(5).stderr_contains("401").stderr_lacks("s3cret");
}

#[test]
fn a_login_of_netrc_is_one_for_locking_and_installing() {
    let index = Index::with([package("alpha", "1.0")]);
    index.require_password("me", "s3cret");
    let sandbox = Sandbox::new().with_index(&index).with_python();
    sandbox.manifest(r#"{ "python": { "version": ">=3.8", "from": "host", "requirements": ["requirements.txt"] } }"#);
    sandbox.write("requirements.txt", "alpha\n");
    sandbox.run(&["lock"]).code(5).stderr_contains("401 Unauthorized");
    sandbox.write(sandbox.home().join(".netrc"), "machine 127.0.0.1 login me password s3cret\n");
    sandbox.run(&["lock"]).success();
    sandbox.run(&["run", "python", "-c", "import alpha; print(alpha.VERSION)"]).success().stdout("1.0\n");
    assert!(!sandbox.read("devshell.lock").contains("s3cret"));
}

/// What pip and uv make of what `export` prints.
#[test]
fn pip_and_uv_install_what_is_exported() {
    let index =
        Index::with([package("alpha", "1.0"), package("alpha", "1.1"), package("beta", "1.0").requires("alpha")]);
    let tags = ["py3-none-macosx_11_0_arm64", "py3-none-manylinux_2_17_x86_64", "py3-none-manylinux_2_17_aarch64"];
    index.publish(tags.map(|tag| package("native", "1.0").tag(tag)));
    let sandbox = Sandbox::new().with_index(&index).with_python();
    sandbox.manifest(r#"{ "python": { "version": ">=3.8", "from": "host", "requirements": ["requirements.txt"] } }"#);
    sandbox.write("requirements.txt", "beta\nalpha<1.1\nnative; python_version >= '3.8'\n");
    sandbox.run(&["lock"]).success();
    let exported = sandbox.run(&["export", "requirements"]);
    let all = "alpha==1.0\nbeta==1.0\nnative==1.0\n";
    sandbox.write("out/requirements.txt", exported.success().bytes());
    sandbox.write("out/pylock.toml", sandbox.run(&["export", "pylock"]).success().bytes());
    let settings =
        [("UV_DEFAULT_INDEX", index.url()), ("PIP_INDEX_URL", index.url()), ("UV_PYTHON_DOWNLOADS", "never")];
    let uv = |arguments: &[&str]| {
        let run = sandbox.program(uv(), arguments).envs(settings).env("UV_CACHE_DIR", sandbox.root().join("uv-cache"));
        run.directory("out").run()
    };
    for (name, arguments) in [
        ("a", &["install", "--require-hashes", "-r", "requirements.txt"][..]),
        ("b", &["sync", "--preview-features", "pylock", "pylock.toml"]),
    ] {
        uv(&["venv", "-q", "--python", python().to_str().unwrap(), name]).success();
        let place = format!("{name}/bin/python");
        uv(&[&["pip"], arguments, &["--python", &place]].concat()).success();
        uv(&["pip", "freeze", "--python", &place]).success().stdout(all);
    }
    let pip = sandbox.program(python(), &["-m", "pip", "install", "--dry-run", "--target", "pip", "--require-hashes"]);
    let pip = pip.args(&["-r", "out/requirements.txt"]).envs(settings).env("PIP_CONFIG_FILE", "/dev/null").run();
    pip.success().stdout_contains("Would install alpha-1.0 beta-1.0 native-1.0");
    // Bytes that are not the locked ones are not accepted.
    index.publish([package("alpha", "1.0").module("more.py", "")]);
    let pip = sandbox.program(python(), &["-m", "pip", "install", "--dry-run", "--no-cache-dir", "--target", "pip"]);
    let pip = pip
        .args(&["--require-hashes", "-r", "out/requirements.txt"])
        .envs(settings)
        .env("PIP_CONFIG_FILE", "/dev/null");
    pip.run().code(1);
}

/// Where neither uv's release nor a Python with pip can be had, the index has uv as a wheel.
#[test]
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
fn uv_itself_comes_from_the_index_that_is_named() {
    let pinned: serde_json::Value = serde_json::from_str(include_str!("../../src/python/uv.lock")).unwrap();
    let artifacts = pinned["tools"][0]["artifacts"].as_array().unwrap();
    let is_ours = |one: &&serde_json::Value| one["platforms"][0] == "x86_64-linux";
    let file = artifacts.iter().find(is_ours).unwrap()["file"].as_str().unwrap();
    let [name, version, tag] = file.trim_end_matches(".whl").splitn(3, '-').collect::<Vec<_>>()[..] else { panic!() };
    let index = Index::with([wheel(name, version).tag(tag)]);
    let sandbox = Sandbox::new().with_index(&index);
    sandbox.manifest(r#"{ "python": { "version": "3", "from": "host", "requirements": ["requirements.txt"] } }"#);
    sandbox.write("requirements.txt", "alpha\n");
    let lock = || {
        let run = sandbox.devshell(&["lock"]).env("HTTPS_PROXY", "http://127.0.0.1:1").env("NO_PROXY", "127.0.0.1");
        run.env("DEVSHELL_TIMEOUT", "5").run()
    };
    // The bytes are others than the pinned ones, so they are not used.
    let outcome = lock();
    outcome.code(5).stderr_contains("uv, which is needed for Python packages, is not available").stderr_lacks("pip");
    assert_eq!(index.requests_for(name).len(), 2, "{:?}", index.requests());
    // Without a name for the index, what to do is to name it.
    sandbox.remove(sandbox.home().join(".config/pip/pip.conf"));
    lock().code(5).stderr_contains("hint: say which Python package index is reached, which has uv: UV_DEFAULT_INDEX=");
}
