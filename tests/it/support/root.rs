//! Other hosts: root directories of their own, in which a command runs with the sandbox's home and nothing else of
//! this machine.

use std::path::{Path, PathBuf};

use super::{Invocation, Sandbox};

/// Makes a root directory, and becomes a command there: `$1` is the root, `$2` a directory that is the same in it,
/// `$3` what its system is of, or nothing. No program of the old root is needed after the change.
const ENTER: &str = r#"
set -e
root=$1 home=$2 system=$3; shift 3
mount --bind "$root" "$root"
mkdir -p "$root/dev" "$root/proc" "$root/tmp" "$root/old" "$root/etc"
mount --rbind /dev "$root/dev"
mount -t proc proc "$root/proc"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
mkdir -p "$root$home"
mount --rbind "$home" "$root$home"
if [ -n "$system" ]; then
  mkdir -p "$root/usr"
  mount --bind "$system/usr" "$root/usr"
  for name in bin lib lib64 sbin; do ln -sfn "usr/$name" "$root/$name"; done
  [ ! -f "$system/etc/passwd" ] || cp "$system/etc/passwd" "$system/etc/group" "$root/etc"
fi
directory=$PWD
cd "$root"
pivot_root . old
cd "$directory"
exec "$@"
"#;

/// A root directory of the sandbox, made if it is not there.
pub fn root(sandbox: &Sandbox, name: &str) -> PathBuf {
    let root = sandbox.root().join(name);
    fs_err::create_dir_all(&root).unwrap();
    root
}

/// A command in a root directory. `system` has the `usr` of another system, or is empty.
pub fn in_root<'s>(sandbox: &'s Sandbox, root: &Path, system: &str, command: &[&str]) -> Invocation<'s> {
    let map: &[&str] = if rustix::process::getuid().is_root() { &[] } else { &["--user", "--map-root-user"] };
    let (root, home) = (root.display().to_string(), sandbox.home().display().to_string());
    let new = ["--mount", "--propagation", "private", "sh", "-c", ENTER, "sh", &root, &home, system];
    let unshare = which::which("unshare").expect("`unshare` (util-linux) is needed to make a root directory");
    let enter = sandbox.program(unshare, &[map, &new, command].concat());
    enter.env("PATH", std::env::var_os("PATH").unwrap())
}
