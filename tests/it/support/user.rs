//! Ordinary users beside the one who runs the tests: numbers without accounts, in one group, each
//! with a home that everyone may look into.

use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use super::{DEVSHELL, Invocation, Sandbox};

/// The group that all of them are in, which is nobody's private one.
const GROUP: u32 = 60_000;

pub struct User<'s> {
    sandbox: &'s Sandbox,
    pub uid: u32,
    pub home: PathBuf,
}

/// Says that a test did not run, past the harness, which shows only what failed: a pass in silence
/// would look like having been tested.
pub fn not_run(test: &str, why: &str) {
    let line = format!("{test} was not run: {why}\n");
    std::io::stderr().write_all(line.as_bytes()).unwrap();
}

/// Two users. `None`, which is said, where only one can be.
pub fn two_users<'s>(sandbox: &'s Sandbox, test: &str) -> Option<[User<'s>; 2]> {
    if !rustix::process::geteuid().is_root() {
        not_run(test, "only root can become other users");
        return None;
    }
    fs_err::set_permissions(sandbox.root(), std::fs::Permissions::from_mode(0o755)).unwrap();
    let executable = sandbox.root().join("devshell");
    // A hard link would change the time of the executable's status, and with it the keys of all environments.
    if !executable.exists() {
        fs_err::copy(DEVSHELL, &executable).unwrap();
    }
    let user = |uid: u32, name: &str| {
        let home = home_of(sandbox, name);
        for directory in [home.clone(), home.join("tmp")] {
            std::os::unix::fs::chown(&directory, Some(uid), Some(GROUP)).unwrap();
        }
        User { sandbox, uid, home }
    };
    let users = [user(60_001, "alice"), user(60_002, "bob")];
    if !users[0].sh("022", "test -x \"$0\" && test -r .").run().ended_well() {
        not_run(test, "an ordinary user cannot reach the target directory");
        return None;
    }
    Some(users)
}

/// A further home directory, with the settings that say where packages come from.
pub fn home_of(sandbox: &Sandbox, name: &str) -> PathBuf {
    let home = sandbox.root().join(name);
    for directory in [home.clone(), home.join("tmp")] {
        fs_err::create_dir_all(&directory).unwrap();
        fs_err::set_permissions(&directory, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    for settings in [".npmrc", ".config/pip/pip.conf"] {
        sandbox.write(home.join(settings), sandbox.read(sandbox.home().join(settings)));
    }
    home
}

impl User<'_> {
    /// A shell script of this user's, in which `$0` is devshell.
    pub fn sh(&self, umask: &str, script: &str) -> Invocation<'_> {
        let setpriv = which::which("setpriv").expect("`setpriv` (util-linux) is needed to become an ordinary user");
        let (uid, gid) = (self.uid.to_string(), GROUP.to_string());
        let script = format!("umask {umask}\n{script}");
        let options = ["--reuid", &uid, "--regid", &gid, "--clear-groups", "sh", "-c", &script];
        let run = self.sandbox.program(setpriv, &options).arg(self.sandbox.root().join("devshell"));
        run.env("HOME", &self.home).env("TMPDIR", self.home.join("tmp"))
    }
}
