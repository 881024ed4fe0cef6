//! The files that say which packages a project wants, and what a lock makes of them.

use serde_json::Value;

use crate::support::{Index, Sandbox, Wheel, python, uv, wheel};

/// A package that says its version.
fn package(name: &str, version: &str) -> Wheel {
    wheel(name, version).module(&format!("{name}.py"), format!("VERSION = {version:?}\n"))
}

fn index() -> Index {
    let names = ["alpha", "beta", "gamma", "delta", "windows"];
    let index = Index::with(names.into_iter().flat_map(|name| ["1.0", "1.1"].map(|version| package(name, version))));
    index.publish([package("omega", "1.0").extra("speed", "gamma<1.1"), package("omega", "0.9")]);
    index
}

fn project(index: &Index, python: &str) -> Sandbox {
    let sandbox = Sandbox::new().with_index(index).with_python();
    manifest(&sandbox, python);
    sandbox
}

fn manifest(sandbox: &Sandbox, python: &str) {
    sandbox.manifest(format!(r#"{{ "python": {{ "version": ">=3.8", "from": "host", {python} }} }}"#));
}

fn artifacts(sandbox: &Sandbox) -> Vec<Value> {
    sandbox.lock()["python"][0]["artifacts"].as_array().cloned().unwrap_or_default()
}

/// `NAME VERSION` of what is locked.
fn locked(sandbox: &Sandbox) -> Vec<String> {
    let shown = |artifact: &Value| format!("{} {}", artifact["package"], artifact["version"]).replace('"', "");
    let mut locked: Vec<String> = artifacts(sandbox).iter().map(shown).collect();
    locked.dedup();
    locked
}

/// What the environment has, as `pip freeze` says it.
#[track_caller]
fn installed(sandbox: &Sandbox) -> String {
    sandbox.run(&["run", "--", "pip", "freeze"]).success().text()
}

const REQUIREMENTS: &str = r#""requirements": ["requirements.txt"]"#;

#[test]
fn a_requirements_file_means_what_pip_says_it_means() {
    let index = index();
    let sandbox = project(&index, r#""requirements": ["deps/requirements.txt"]"#);
    let hash = package("delta", "1.0").sha256();
    let text = format!(
        "# what we use\n-r base.in\n-c ../bounds.txt\nomega[speed]>=1 # with more\nwindows; sys_platform == 'win32'\n\
         delta==1.0 \\\n    --hash=sha256:{hash}\nbeta ; python_version >= '3.8'\n"
    );
    sandbox.write("deps/requirements.txt", text);
    sandbox.write("deps/base.in", "alpha\n");
    sandbox.write("bounds.txt", "alpha<1.1\n");
    sandbox.run(&["lock"]).success();
    assert_eq!(locked(&sandbox), ["alpha 1.0", "beta 1.1", "delta 1.0", "gamma 1.0", "omega 1.0"]);
    assert_eq!(installed(&sandbox), "alpha==1.0\nbeta==1.1\ndelta==1.0\ngamma==1.0\nomega==1.0\n");
    // Each of the files counts.
    for (file, text) in [("deps/base.in", "alpha<2\n"), ("bounds.txt", "alpha<1.2\n")] {
        let before = sandbox.read(file);
        sandbox.write(file, text);
        sandbox.run(&["lock", "--check"]).code(1);
        let said = format!("devshell: devshell.lock is stale: `{file}` changed since it was written\n");
        sandbox.run(&["run", "--", "true"]).code(3).stderr_contains(&said);
        sandbox.write(file, before);
        sandbox.run(&["lock", "--check"]).success();
    }
}

#[test]
fn a_package_for_some_pythons_is_installed_for_those() {
    let index = index();
    let sandbox = project(&index, REQUIREMENTS);
    sandbox.write("requirements.txt", "alpha\nbeta; python_version < '3.9'\n");
    sandbox.run(&["lock"]).success();
    let beta = artifacts(&sandbox).into_iter().find(|artifact| artifact["package"] == "beta").unwrap();
    assert_eq!(beta["marker"], "python_full_version < '3.9'");
    // The host's Python, as long as it is no older.
    assert_eq!(installed(&sandbox), "alpha==1.1\n");
}

#[test]
fn comments_do_not_make_a_lock_stale_and_requirements_do() {
    let index = index();
    let sandbox = project(&index, REQUIREMENTS);
    sandbox.write("requirements.txt", "alpha\n");
    sandbox.run(&["lock"]).success();
    sandbox.run(&["run", "--", "true"]).success();
    let lock = sandbox.read("devshell.lock");
    sandbox.write("requirements.txt", "# what we use\n\nalpha   # the first\n");
    sandbox.run(&["lock", "--check"]).success();
    sandbox.run(&["run", "--", "true"]).success();
    index.publish([package("alpha", "1.2")]);
    sandbox.remove(sandbox.cache().join("uv-1"));
    sandbox.write("requirements.txt", "alpha\nbeta\n");
    for verb in [&["install"][..], &["export", "requirements"], &["list"], &["run", "--", "true"]] {
        let outcome = sandbox.run(verb);
        outcome.code(3).stdout("").stderr(
            "devshell: devshell.lock is stale: `requirements.txt` changed since it was written\n\
             hint: type `devshell lock`, and commit the file\n",
        );
    }
    assert_eq!(sandbox.read("devshell.lock"), lock);
    // What still fits stays where it is.
    sandbox.run(&["lock"]).success().stderr_contains("  + beta 1.1\n").stderr_lacks("alpha");
    assert_eq!(locked(&sandbox), ["alpha 1.1", "beta 1.1"]);
    sandbox.run(&["update", "python"]).success().stderr_contains("  ~ alpha 1.1 -> 1.2\n");
    assert_eq!(installed(&sandbox), "alpha==1.2\nbeta==1.1\n");
    // And what is asked for no more goes.
    sandbox.write("requirements.txt", "beta\n");
    sandbox.run(&["lock"]).success().stderr_contains("  - alpha 1.2\n");
    assert_eq!(installed(&sandbox), "beta==1.1\n");
}

const PYPROJECT: &str = "[project]\nname = \"shop\"\nversion = \"1\"\nrequires-python = \">=3.8\"\n\
    dependencies = [\"alpha<1.1\"]\n[project.optional-dependencies]\nweb = [\"beta\"]\nother = [\"windows\"]\n\
    [dependency-groups]\ndev = [\"gamma\", { include-group = \"base\" }]\nbase = [\"delta\"]\nmore = [\"omega\"]\n";

#[test]
fn a_pyproject_has_extras_and_groups() {
    let index = index();
    let sandbox = project(&index, r#""requirements": ["pyproject.toml"]"#);
    sandbox.write("pyproject.toml", PYPROJECT);
    for (wanted, expected) in [
        ("", &["alpha 1.0"][..]),
        (r#", "extras": ["web"]"#, &["alpha 1.0", "beta 1.1"]),
        (r#", "extras": ["web"], "groups": ["dev"]"#, &["alpha 1.0", "beta 1.1", "delta 1.1", "gamma 1.1"]),
        (r#", "groups": ["dev", "more"]"#, &["alpha 1.0", "delta 1.1", "gamma 1.1", "omega 1.0"]),
    ] {
        manifest(&sandbox, &format!(r#""requirements": ["pyproject.toml"]{wanted}"#));
        sandbox.run(&["lock"]).success();
        assert_eq!(locked(&sandbox), expected, "{wanted}");
    }
    assert_eq!(installed(&sandbox), "alpha==1.0\ndelta==1.1\ngamma==1.1\nomega==1.0\n");
    // What says nothing about packages may change.
    let text = PYPROJECT.replace("version = \"1\"\n", "version = \"2\" # new\n") + "[tool.black]\nline-length = 100\n";
    sandbox.write("pyproject.toml", &text);
    sandbox.run(&["lock", "--check"]).success();
    sandbox.write("pyproject.toml", text.replace("\"alpha<1.1\"", "\"alpha\""));
    sandbox.run(&["install"]).code(3).stderr_contains("`pyproject.toml` changed since it was written\n");
    sandbox.run(&["lock"]).success();
    manifest(&sandbox, r#""requirements": ["pyproject.toml"], "groups": ["absent"]"#);
    sandbox.run(&["lock"]).code(5).stderr_contains("absent");
}

/// A lock that is there rules: the versions in it are taken over, newer ones or not.
#[test]
fn a_lock_of_uvs_rules() {
    let index = index();
    let sandbox = project(&index, r#""requirements": ["uv.lock"], "groups": ["dev"], "extras": ["web"]"#);
    sandbox.write("pyproject.toml", PYPROJECT);
    let settings = [("UV_DEFAULT_INDEX", index.url()), ("UV_PYTHON_DOWNLOADS", "never"), ("UV_NO_CONFIG", "1")];
    let lock = sandbox.program(uv(), &["lock"]).envs(settings).env("UV_PYTHON", python());
    lock.env("UV_CACHE_DIR", sandbox.root().join("uv-cache")).run().success();
    for name in ["beta", "gamma"] {
        index.publish([package(name, "1.2")]);
    }
    sandbox.run(&["lock"]).success();
    assert_eq!(locked(&sandbox), ["alpha 1.0", "beta 1.1", "delta 1.1", "gamma 1.1"]);
    assert!(!sandbox.read("devshell.lock").contains("://"), "{}", sandbox.read("devshell.lock"));
    assert_eq!(installed(&sandbox), "alpha==1.0\nbeta==1.1\ndelta==1.1\ngamma==1.1\n");
    sandbox.run(&["update", "python"]).success();
    assert_eq!(locked(&sandbox), ["alpha 1.0", "beta 1.1", "delta 1.1", "gamma 1.1"]);
    let text = sandbox.read("uv.lock").replace("\"gamma\"\nversion = \"1.1\"", "\"gamma\"\nversion = \"1.0\"");
    sandbox.write("uv.lock", text);
    sandbox.run(&["install"]).code(3).stderr_contains("`uv.lock` changed since it was written\n");
}

#[test]
fn a_pylock_rules() {
    let index = index();
    let sandbox = project(&index, r#""requirements": ["pylock.dev.toml"]"#);
    let entry = |name: &str, version: &str, hash: &str| {
        let file = package(name, version).file_name();
        let url = index.url().replace("simple/", &format!("files/{file}"));
        format!(
            "[[packages]]\nname = \"{name}\"\nversion = \"{version}\"\n\
             wheels = [{{ url = \"{url}\", hashes = {{ sha256 = \"{hash}\" }} }}]\n"
        )
    };
    let head = "lock-version = \"1.0\"\ncreated-by = \"someone\"\n";
    let own = |name: &str| entry(name, "1.0", &package(name, "1.0").sha256());
    sandbox.write("pylock.dev.toml", format!("{head}{}{}", own("alpha"), own("beta")));
    sandbox.run(&["lock"]).success();
    assert_eq!(locked(&sandbox), ["alpha 1.0", "beta 1.0"]);
    assert_eq!(installed(&sandbox), "alpha==1.0\nbeta==1.0\n");
    // Its hashes are believed, and nothing else.
    sandbox.write("pylock.dev.toml", format!("{head}{}", entry("alpha", "1.0", &"1".repeat(64))));
    sandbox.run(&["lock"]).success();
    sandbox.run(&["install"]).code(5).stderr_contains("alpha");
}

#[test]
fn nothing_newer_than_a_date_counts() {
    let index = index();
    index.publish([package("alpha", "2.0").uploaded("2024-05-01T00:00:00Z")]);
    let sandbox = project(&index, r#""exclude-newer": "2024-01-01", "requirements": ["requirements.txt"]"#);
    sandbox.write("requirements.txt", "alpha\n");
    sandbox.run(&["lock"]).success();
    assert_eq!(locked(&sandbox), ["alpha 1.1"]);
    manifest(&sandbox, r#""exclude-newer": "2025-01-01", "requirements": ["requirements.txt"]"#);
    sandbox.run(&["install"]).code(3);
    sandbox.run(&["update", "python"]).success();
    assert_eq!(locked(&sandbox), ["alpha 2.0"]);
}
