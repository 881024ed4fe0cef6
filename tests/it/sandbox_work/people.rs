//! Those who work: the one who runs the tests, an ordinary user if that one is root, and one whose machine allows no
//! namespaces, so that the wall is the weaker one of Landlock alone.

use std::path::{Path, PathBuf};

use crate::landlock::WITHOUT_NAMESPACES;
use crate::support::{DEVSHELL, Invocation, Outcome, Sandbox, User, home_of, two_users};

pub struct Person<'s> {
    pub name: &'static str,
    pub home: PathBuf,
    pub is_weaker: bool,
    sandbox: &'s Sandbox,
    user: Option<User<'s>>,
}

/// All that there can be.
pub fn people<'s>(sandbox: &'s Sandbox, test: &str) -> Vec<Person<'s>> {
    let person = |name, home, is_weaker, user| Person { name, home, is_weaker, sandbox, user };
    let caller = person("the caller", sandbox.home().to_owned(), false, None);
    let ordinary = two_users(sandbox, test).map(|[user, _]| person("a user", user.home.clone(), false, Some(user)));
    let weaker = person("one without namespaces", home_of(sandbox, "carol"), true, None);
    [caller].into_iter().chain(ordinary).chain([weaker]).collect()
}

impl Person<'_> {
    /// Makes the project `shop`: a tool, a repository without a commit, and these keys of `sandbox`.
    pub fn project(&self, sandbox_keys: &str) {
        self.project_with(sandbox_keys, r#""node": "22", "host:git": "*""#);
    }

    pub fn project_with(&self, sandbox_keys: &str, tools: &str) {
        let mut keys = vec![sandbox_keys];
        if self.is_weaker {
            keys.push(r#""or": "landlock""#);
            // Otherwise, nothing new can be made in the project.
            keys.extend((!sandbox_keys.contains("protect")).then_some(r#""protect": false"#));
        }
        keys.retain(|keys| !keys.is_empty());
        let manifest = format!(
            r#"{{ "name": "shop", "isolation": "sandbox", "tools": {{ {tools} }}, "sandbox": {{ {} }} }}"#,
            keys.join(", ")
        );
        let settings = "[user]\n\tname = Ann\n\temail = ann@example.org\n";
        let script = r#"printf %s "$SETTINGS" >~/.gitconfig && cat >devshell.json && git init -q -b main && "$0" -q lock && "$0" -q install"#;
        self.sh(script).env("SETTINGS", settings).stdin(manifest).run().success();
    }

    pub fn uid(&self) -> u32 {
        self.user.as_ref().map_or_else(|| rustix::process::geteuid().as_raw(), |user| user.uid)
    }

    /// The executable that `$0` is in this person's scripts.
    pub fn executable(&self) -> PathBuf {
        if self.user.is_some() { self.sandbox.root().join("devshell") } else { DEVSHELL.into() }
    }

    /// What starts devshell in a script, where it is to build a wall.
    pub fn devshell(&self) -> String {
        let words = if self.is_weaker { WITHOUT_NAMESPACES } else { &[] };
        let quoted: String = words.iter().map(|word| format!("'{word}' ")).collect();
        format!("{quoted}\"$0\"")
    }

    pub fn shop(&self) -> PathBuf {
        self.home.join("shop")
    }

    /// A script in the project and outside of the wall, in which `$0` is devshell.
    pub fn sh(&self, script: &str) -> Invocation<'_> {
        let script = format!("mkdir -p ~/shop && cd ~/shop && {{ {script}\n}}");
        match &self.user {
            Some(user) => user.sh("022", &script),
            None => {
                let run = self.sandbox.program("sh", &["-c", &format!("umask 022; {script}")]);
                run.arg(DEVSHELL).env("HOME", &self.home)
            }
        }
    }

    /// A script in the project and inside the wall.
    pub fn inside(&self, script: &str) -> Outcome {
        self.command(script).run()
    }

    pub fn command(&self, script: &str) -> Invocation<'_> {
        self.sh(&format!("{} run -- bash -c \"$SCRIPT\"", self.devshell())).env("SCRIPT", script)
    }

    /// Reads a file, whoever it belongs to.
    #[track_caller]
    pub fn read(&self, path: impl AsRef<Path>) -> String {
        fs_err::read_to_string(self.shop().join(path)).unwrap()
    }
}
