//! Debian packages where there is nothing else: in a root directory that holds the store, `/dev`,
//! `/proc`, `/tmp`, a file of users, and a `/bin/sh` out of the store.

use std::path::PathBuf;

use crate::deb_tools::{PATIENCE, User};

/// Makes the root and runs a script in it, as somebody without rights. `$1` is the root, `$2` the
/// store, `$3` the script; nothing of it is seen outside.
const ENTER: &str = r#"
set -e
mount --rbind /dev "$1/dev"
mount -t proc proc "$1/proc"
mount -t tmpfs -o mode=1777 tmpfs "$1/tmp"
mkdir -p "$1$2"
mount --bind "$2" "$1$2"
exec chroot --userspec=65534:65534 "$1" /bin/sh -c "cd /tmp; set -e; $3"
"#;

const JOB: &str = r#"
python3 -c 'import ctypes, lzma, readline, sqlite3, ssl, zoneinfo; print("python", zoneinfo.ZoneInfo("Asia/Tokyo"))'
git init -q a 2>/dev/null; cd a; git config user.name A; git config user.email a@example.com
echo '#!/bin/sh
echo the hook ran' > .git/hooks/pre-commit
python3 -c 'import os; os.chmod(".git/hooks/pre-commit", 0o755)'
echo x > f; git add f; git commit -qm one 2>&1; cd ..; git clone -q a b; read -r line < b/f; echo "cloned $line"
echo '{"a": [1, 2]}' | jq -c '.a | map(. + 1)'
initdb -D d -U me --locale=C.UTF-8 -E UTF8 > log 2>&1 || { while read -r line; do echo "$line"; done < log; exit 1; }
pg_ctl -D d -w -l plog -o "-c listen_addresses= -k /tmp" start > /dev/null || { while read -r line; do echo "$line"; done < plog; exit 1; }
psql -h /tmp -U me -At -d postgres -c "select 'postgres ' || 6 * 7"
pg_ctl -D d stop -m fast > /dev/null; echo stopped
"#;

#[test]
fn python_git_jq_and_postgres_need_nothing_but_the_store() {
    let user = User::new();
    let sandbox = &user.sandbox;
    sandbox.manifest(
        r#"{ "registries": { "deb": { "suite": "trixie" } }, "tools": {
            "deb:python3": "*", "deb:git": "*", "deb:jq": "*", "deb:postgresql": "*", "deb:dash": "*" } }"#,
    );
    user.run(&["lock"]).success();
    let path = user.run(&["run", "--", "sh", "-c", "printf %s \"$PATH\""]).success().bytes().to_vec();
    let path = String::from_utf8(path).unwrap();
    let root = sandbox.root().join("bare");
    for directory in ["bin", "dev", "proc", "tmp", "etc"] {
        fs_err::create_dir_all(root.join(directory)).unwrap();
    }
    fs_err::write(root.join("etc/passwd"), "user:x:65534:65534::/tmp:/bin/sh\n").unwrap();
    let dash = std::env::split_paths(&path).map(|entry| entry.join("dash")).find(|path| path.exists()).unwrap();
    let dash: PathBuf = fs_err::canonicalize(dash).unwrap();
    assert!(dash.starts_with(sandbox.data()), "{}", dash.display());
    // What a dev shell says where the system has no locales.
    let locales = dash.ancestors().nth(3).unwrap().join("usr/lib/locale");
    assert!(locales.is_dir(), "{}", locales.display());
    fs_err::os::unix::fs::symlink(dash, root.join("bin/sh")).unwrap();
    let unshare = which::which("unshare").expect("`unshare` (util-linux) is needed to make a root directory");
    // Who is not root is root in a namespace of its own.
    let map: &[&str] =
        if rustix::process::getuid().is_root() { &[] } else { &["--user", "--map-auto", "--map-root-user"] };
    let (root, data) = (root.display().to_string(), sandbox.data().display().to_string());
    let arguments =
        [map, &["--mount", "--propagation", "private", "sh", "-c", ENTER, "sh", &root, &data, JOB]].concat();
    let host = std::env::var_os("PATH").unwrap().into_string().unwrap();
    // The commands that make the root are the host's; in there, the host's directories are not.
    let run = sandbox.program(unshare, &arguments).env("PATH", format!("{path}:{host}")).env("HOME", "/tmp");
    let outcome = run.env("LOCPATH", locales).run_within(PATIENCE);
    outcome.success();
    let expected = "python Asia/Tokyo\nthe hook ran\ncloned x\n[2,3]\npostgres 42\nstopped\n";
    outcome.stdout(expected);
}
