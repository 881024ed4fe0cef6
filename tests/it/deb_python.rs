//! Debian's Python from the real archive: by itself, side by side in two releases, and as the
//! interpreter of a project's packages.

use crate::deb_tools::User;
use crate::real;
use crate::support::{Certified, Registry};

const JOB: &str = r"
import bz2, ctypes, curses, datetime, hashlib, lzma, readline, sqlite3, ssl, sys, urllib.request, uuid, zoneinfo
print(sys.version.split()[0], sqlite3.connect(':memory:').execute('select 6 * 7').fetchone()[0])
print(zoneinfo.ZoneInfo('Europe/Berlin').utcoffset(datetime.datetime(2026, 7, 1)), ctypes.CDLL(None).getpid() > 0)
if len(sys.argv) > 1:
    try:
        urllib.request.urlopen(sys.argv[1])
    except urllib.error.HTTPError as error:
        print('https', error.code)
";

#[test]
fn two_releases_stand_side_by_side_and_their_environments_last() {
    let certificate = Certified::new();
    let registry = Registry::with_tls(&certificate);
    let url = format!("{}nothing", registry.url());
    let user = User::new();
    let sandbox = &user.sandbox;
    let authority = sandbox.write(sandbox.home().join("ca.pem"), certificate.pem()).display().to_string();
    for (suite, version) in [("bookworm", "3.11"), ("trixie", "3.13")] {
        let project = sandbox.home().join(suite);
        let manifest = format!(
            r#"{{ "tools": {{ "deb:python3": {{ "version": "{version}", "suite": "{suite}" }} }}, "scripts": {{ "job": "python3 job.py" }} }}"#
        );
        sandbox.write(project.join("devshell.json"), manifest);
        sandbox.write(project.join("job.py"), JOB);
        user.run_in(&project, &[], &["lock"]).success();
        user.run_in(&project, &[("SSL_CERT_FILE", &authority)], &["run", "job", &url])
            .success()
            .stdout_contains(&format!("{version}."))
            .stdout_contains(" 42\n2:00:00 True\nhttps 404\n");
        let venv =
            "python3 -m venv v && v/bin/pip --version && v/bin/python -c 'import ssl; print(ssl.OPENSSL_VERSION)'";
        user.run_in(&project, &[], &["run", "--", "sh", "-c", venv]).success().stdout_contains("pip ");
    }
    // The project moves to another release, nobody has been here for long, and what is old goes.
    let project = sandbox.home().join("bookworm");
    let text = fs_err::read_to_string(project.join("devshell.json")).unwrap();
    let text = text.replace("bookworm", "trixie").replace("3.11", "3.13");
    sandbox.write(project.join("devshell.json"), text);
    user.run_in(&project, &[], &["lock"]).success();
    sandbox.age(100);
    user.run_in(&project, &[], &["gc"]).success();
    let python = project.join("v/bin/python");
    let run = sandbox.program(&python, &["-c", "import lzma, ssl, sys; print(sys.version_info[:2])"]).run();
    run.success().stdout("(3, 11)\n");
    user.run_in(&project, &[], &["run", "job"]).success().stdout_contains("3.13.");
}

/// A ready-made spec of `shells/`, with Debian's Python in place of the host's.
fn with_debian_python(template: &str, suite: &str) -> User {
    let sandbox = real::sandbox();
    real::use_template(&sandbox, template);
    let manifest = sandbox.read("devshell.json");
    let changed = manifest.replace(r#""from": "host""#, &format!(r#""from": "deb", "suite": "{suite}""#));
    assert_ne!(manifest, changed);
    sandbox.manifest(changed);
    sandbox.remove("devshell.lock");
    let user = User::of(sandbox);
    user.run(&["lock"]).success();
    user
}

#[test]
fn the_data_shell_draws_with_debians_python() {
    let user = with_debian_python("python-data", "trixie");
    user.run(&["run", "plot"]).success();
    let figure = fs_err::read(user.sandbox.project().join("figure.png")).unwrap();
    assert!(figure.starts_with(b"\x89PNG"));
    let script = "import sys; print(sys.version_info[:2], sys.base_prefix)";
    let said = user.run(&["run", "--", "python", "-c", script]).success().text();
    assert!(said.starts_with("(3, 13) ") && said.contains("-deb-trixie/usr"), "{said}");
}

/// A state directory for a user. A socket's path is short, and that of a sandbox is not.
fn short_state() -> tempfile::TempDir {
    let state = tempfile::tempdir().unwrap();
    if rustix::process::geteuid().is_root() {
        std::os::unix::fs::chown(state.path(), Some(65534), Some(65534)).unwrap();
    }
    state
}

#[test]
fn the_django_shell_runs_its_demo_with_debians_python() {
    let user = with_debian_python("django", "bookworm");
    let state = short_state();
    let variables = [("XDG_STATE_HOME", state.path().to_str().unwrap())];
    let run = |arguments: &[&str]| user.run_in(user.sandbox.project(), &variables, arguments);
    run(&["run", "demo"]).success().stdout_contains("row 1 written to PostgreSQL 18.");
    run(&["--offline", "run", "demo"]).success().stdout_contains("row 2 written to PostgreSQL 18.");
    run(&["run", "test"]).success();
    run(&["run", "psql", "-qAtc", "select count(*) from notes_note"]).success().stdout("2\n");
}

#[test]
fn the_web_shell_goes_through_all_four_and_leaves_nothing_running() {
    let sandbox = real::sandbox();
    real::use_template(&sandbox, "web");
    let user = User::of(sandbox);
    let state = short_state();
    let variables = [("XDG_STATE_HOME", state.path().to_str().unwrap())];
    let run = |arguments: &[&str]| user.run_in(user.sandbox.project(), &variables, arguments);
    run(&["lock", "--check"]).success();
    for _ in 0..2 {
        run(&["run", "demo"]).success().stdout_contains(", from PostgreSQL\n").stdout_contains(", from Redis\n");
    }
    run(&["run", "test"]).success();
    run(&["run", "build"]).success().stderr_contains("`build` is up to date");
    run(&["up", "postgres", "--", "psql", "-qAtc", "select count(*) from items"]).success().stdout("2\n");
}
