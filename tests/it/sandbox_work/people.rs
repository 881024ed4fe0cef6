//! Those who work: the one who runs the tests, and an ordinary user if that one is root.

use std::path::{Path, PathBuf};

use crate::support::{DEVSHELL, Invocation, Outcome, Sandbox, User, two_users};

pub struct Person<'s> {
    pub name: &'static str,
    pub home: PathBuf,
    sandbox: &'s Sandbox,
    user: Option<User<'s>>,
}

/// Whoever can be had.
pub fn people<'s>(sandbox: &'s Sandbox, test: &str) -> Vec<Person<'s>> {
    let caller = Person { name: "the caller", home: sandbox.home().to_owned(), sandbox, user: None };
    let ordinary = two_users(sandbox, test).map(|[user, _]| user);
    let ordinary = ordinary.map(|user| Person { name: "a user", home: user.home.clone(), sandbox, user: Some(user) });
    [caller].into_iter().chain(ordinary).collect()
}

impl Person<'_> {
    /// Makes the project `shop`: a tool, a repository without a commit, and these keys of `sandbox`.
    pub fn project(&self, sandbox_keys: &str) {
        self.project_with(sandbox_keys, r#""node": "22", "host:git": "*""#);
    }

    pub fn project_with(&self, sandbox_keys: &str, tools: &str) {
        let manifest = format!(
            r#"{{ "name": "shop", "isolation": "sandbox", "tools": {{ {tools} }}, "sandbox": {{ {sandbox_keys} }} }}"#
        );
        let settings = "[user]\n\tname = Ann\n\temail = ann@example.org\n";
        let script = r#"printf %s "$SETTINGS" >~/.gitconfig && cat >devshell.json && git init -q -b main && "$0" -q lock && "$0" -q install"#;
        self.sh(script).env("SETTINGS", settings).stdin(manifest).run().success();
    }

    pub const fn is_caller(&self) -> bool {
        self.user.is_none()
    }

    pub fn uid(&self) -> u32 {
        self.user.as_ref().map_or_else(|| rustix::process::geteuid().as_raw(), |user| user.uid)
    }

    pub fn shop(&self) -> PathBuf {
        self.home.join("shop")
    }

    /// A script in the project and outside of the wall, in which `$0` is devshell.
    pub fn sh(&self, script: &str) -> Invocation<'_> {
        let script = format!("mkdir -p ~/shop && cd ~/shop && {{ {script}\n}}");
        match &self.user {
            Some(user) => user.sh("022", &script),
            None => self.sandbox.program("sh", &["-c", &format!("umask 022; {script}")]).arg(DEVSHELL),
        }
    }

    /// A script in the project and inside the wall.
    pub fn inside(&self, script: &str) -> Outcome {
        self.command(script).run()
    }

    pub fn command(&self, script: &str) -> Invocation<'_> {
        self.sh(r#""$0" run -- bash -c "$SCRIPT""#).env("SCRIPT", script)
    }

    /// Reads a file, whoever it belongs to.
    #[track_caller]
    pub fn read(&self, path: impl AsRef<Path>) -> String {
        fs_err::read_to_string(self.shop().join(path)).unwrap()
    }
}
