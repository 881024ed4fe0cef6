//! The environment as a list of operations on variables, each with its origin. The list is
//! data: it is composed once, kept, applied to whatever the caller's variables are, and
//! explained. Nothing here touches the machine.

mod carried;
mod clash;
mod compose;
mod dotenv;
mod explain;
mod inputs;
mod op;
mod outer;
mod paths;
mod personal;
mod pipes;
pub mod policy;
mod render;
mod secrets;
mod snapshot;
mod trace;
mod undo;

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

pub use clash::{Clash, check_commands};
pub use compose::compose;
pub use dotenv::{BadLine, Definition, EnvFile, Remark, parse_env_file};
pub use explain::{Explanation, PathEntry, explain, path_entries};
pub use inputs::Inputs;
pub use op::{Op, Value};
pub use outer::Outer;
pub use paths::{NixPaths, PythonPaths, ToolPaths};
pub use personal::{GivesWay, Personal, Pinned};
pub use pipes::Pipes;
pub use render::{lines, render, render_dotenv, render_github};
pub use secrets::Secrets;
pub use snapshot::{Difference, Snapshot, diff};
pub use trace::{Action, Effect, Trace};
pub use undo::Undo;

use crate::hint::Hint;
use crate::name::VarName;

/// Variables by name; any bytes but NUL.
pub type Variables = BTreeMap<OsString, OsString>;

/// What a dev shell does to its caller's variables, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Environment {
    pub steps: Vec<Step>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    pub op: Op,
    pub origin: Origin,
}

/// Who asked for an operation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Origin {
    Devshell,
    /// A tool, by its name in the manifest and its version.
    Tool(String),
    /// A dev shell of Nix, by its name: `.#ci`.
    Nix(String),
    /// Its `shellHook`.
    NixHook(String),
    /// The manifest, by line.
    Manifest(usize),
    /// An env file, by line.
    EnvFile(PathBuf, usize),
    /// The user's own settings: what of them.
    Personal(String),
    /// What the host's tools cannot work without.
    Companions,
    BaseUtilities,
    SessionCommands,
    /// The host's own PATH, at isolation `none`.
    Host,
    /// What isolation takes away.
    Isolation,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Devshell => f.write_str("devshell"),
            Self::Tool(tool) => f.write_str(tool),
            Self::Nix(name) => write!(f, "nix ({name})"),
            Self::NixHook(name) => write!(f, "shellHook of nix ({name})"),
            Self::Manifest(line) => write!(f, "manifest, line {line}"),
            Self::EnvFile(path, line) => write!(f, "{}:{line}", path.display()),
            Self::Personal(what) => write!(f, "{what} of config.json"),
            Self::Companions => f.write_str("companions of the host's tools"),
            Self::BaseUtilities => f.write_str("base utilities"),
            Self::SessionCommands => f.write_str("session commands"),
            Self::Host => f.write_str("host"),
            Self::Isolation => f.write_str("isolation"),
        }
    }
}

/// A variable that an env file gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileVariable {
    pub name: VarName,
    pub value: OsString,
    pub file: PathBuf,
    /// Where it is in the file, counted from 1.
    pub line: usize,
}

/// The outcome: every variable of the dev shell, and what became of the caller's.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Applied {
    pub variables: Variables,
    /// The variables that the steps set, and by whose wish.
    pub origins: BTreeMap<OsString, Vec<Origin>>,
    /// The caller's variables that were taken away.
    pub dropped: BTreeMap<OsString, Origin>,
    /// The required variables that have no value.
    pub missing: Vec<MissingVariable>,
}

/// A variable that must have a value and has none. An empty one counts as none: it is what CI
/// systems pass for a secret that is not there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the variable `{name}` is required: {how}")]
pub struct MissingVariable {
    pub name: VarName,
    pub how: String,
}

impl MissingVariable {
    /// Whether its text names `devshell run SCRIPT` as the way to a value.
    pub fn is_made_by(&self, script: &str) -> bool {
        let word = |word| str::trim_matches(word, |c: char| "`'\",.;:!?()".contains(c));
        let words: Vec<&str> = self.how.split_whitespace().map(word).collect();
        words.windows(3).any(|words| words == ["devshell", "run", script])
    }
}

impl Hint for MissingVariable {
    fn hint(&self) -> Option<String> {
        Some(format!("export {}=…, or put it in one of the manifest's `env_files`", self.name))
    }
}

impl Environment {
    /// Applies the steps to the caller's variables. Of the env files a later one overrides an
    /// earlier one.
    pub fn apply(&self, caller: &Variables, files: &[FileVariable]) -> Applied {
        let mut applied = Applied { variables: caller.clone(), ..Applied::default() };
        for step in &self.steps {
            step.op.take(&mut applied, &step.origin, files);
            if let Op::Require(name, how) = &step.op
                && applied.value(name).is_empty()
            {
                applied.missing.push(MissingVariable { name: name.clone(), how: how.clone() });
            }
        }
        applied
    }

    /// What it sets one of devshell's own variables to.
    pub fn own_value(&self, name: &str) -> Option<&OsStr> {
        self.steps.iter().find_map(|step| step.op.literal(name))
    }

    /// What is on PATH, in order, and what put it there.
    pub fn path(&self) -> impl DoubleEndedIterator<Item = (&OsStr, &Origin)> {
        self.steps.iter().filter_map(|step| Some((step.op.literal("PATH")?, &step.origin)))
    }
}

impl Applied {
    fn has(&self, name: &VarName) -> bool {
        self.variables.contains_key(OsStr::new(name.as_str()))
    }

    /// The variable's value; empty when it has none.
    fn value(&self, name: &VarName) -> OsString {
        self.variables.get(OsStr::new(name.as_str())).cloned().unwrap_or_default()
    }

    fn set(&mut self, name: &VarName, value: OsString, origin: &Origin) {
        let name = OsString::from(name.as_str());
        self.origins.insert(name.clone(), vec![origin.clone()]);
        self.variables.insert(name, value);
    }

    /// Takes over what a program changed that had these variables, in the name of an origin.
    pub fn change(&mut self, changes: Vec<(OsString, Option<OsString>)>, origin: &Origin) {
        for (name, value) in changes {
            match value {
                Some(value) => {
                    self.origins.entry(name.clone()).or_default().push(origin.clone());
                    self.dropped.remove(&name);
                    self.variables.insert(name, value);
                }
                None => {
                    self.variables.remove(&name);
                    self.origins.remove(&name);
                    self.dropped.insert(name, origin.clone());
                }
            }
        }
    }

    fn set_further(&mut self, name: &VarName, value: OsString, origin: &Origin) {
        let name = OsString::from(name.as_str());
        self.origins.entry(name.clone()).or_default().push(origin.clone());
        self.variables.insert(name, value);
    }

    fn drop_where(&mut self, origin: &Origin, goes: impl Fn(&OsStr) -> bool) {
        let names: Vec<OsString> = self.variables.keys().filter(|name| goes(name)).cloned().collect();
        for name in names {
            self.variables.remove(&name);
            self.origins.remove(&name);
            self.dropped.insert(name, origin.clone());
        }
    }
}

/// Joins two lists with `:`; an empty one adds nothing, since an empty entry means "here" to
/// most readers.
fn join(mut first: OsString, rest: &OsStr) -> OsString {
    if !first.is_empty() && !rest.is_empty() {
        first.push(":");
    }
    first.push(rest);
    first
}

/// A list without the entries of another: what is put at an end of it does not stay elsewhere,
/// so that a dev shell entered from inside itself changes nothing.
fn without(list: &OsStr, entries: &OsStr) -> OsString {
    let is_kept = |entry: &&[u8]| split(entries).all(|gone| gone != *entry);
    OsString::from_vec(split(list).filter(is_kept).collect::<Vec<_>>().join(&b':'))
}

fn split(list: &OsStr) -> impl Iterator<Item = &[u8]> {
    list.as_bytes().split(|byte| *byte == b':')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::Expansion;

    fn variables(pairs: &[(&str, &str)]) -> Variables {
        pairs.iter().map(|(name, value)| (OsString::from(name), OsString::from(value))).collect()
    }

    fn environment(ops: Vec<Op>) -> Environment {
        Environment { steps: ops.into_iter().map(|op| Step { op, origin: Origin::Devshell }).collect() }
    }

    fn var(name: &str) -> VarName {
        name.parse().unwrap()
    }

    fn expansion(text: &str) -> Value {
        Value::Expansion(Expansion::parse(text).ok().unwrap())
    }

    #[test]
    fn steps_are_applied_in_order() {
        type Pairs = &'static [(&'static str, &'static str)];
        let cases: Vec<(Vec<Op>, Pairs, Pairs)> = vec![
            (vec![Op::Set(var("A"), "1".into())], &[("A", "0")], &[("A", "1")]),
            (vec![Op::Default(var("A"), "1".into())], &[("A", "0")], &[("A", "0")]),
            (vec![Op::Default(var("A"), "1".into())], &[], &[("A", "1")]),
            (vec![Op::Prepend(var("A"), "x".into())], &[("A", "y")], &[("A", "x:y")]),
            (vec![Op::Prepend(var("A"), "x".into())], &[("A", "")], &[("A", "x")]),
            (vec![Op::Append(var("A"), "x".into())], &[("A", "y")], &[("A", "y:x")]),
            (vec![Op::Append(var("A"), "x".into())], &[], &[("A", "x")]),
            (vec![Op::Append(var("A"), "x".into())], &[("A", "y:x")], &[("A", "y:x")]),
            (vec![Op::Prepend(var("A"), "x".into())], &[("A", "x:y")], &[("A", "x:y")]),
            (vec![Op::Prepend(var("A"), "x".into())], &[("A", "xy")], &[("A", "x:xy")]),
            (
                vec![Op::Prepend(var("A"), "x".into()), Op::Prepend(var("A"), "y".into())],
                &[("A", "y:x:z")],
                &[("A", "y:x:z")],
            ),
            (vec![Op::Unset("LD_*".into(), vec![])], &[("LD_X", "1"), ("LDX", "2")], &[("LDX", "2")]),
            (vec![Op::Unset("LD_*".into(), vec!["LD_X".into()])], &[("LD_X", "1"), ("LD_Y", "2")], &[("LD_X", "1")]),
            (
                vec![Op::Keep(vec!["A*".into(), "B".into()])],
                &[("AB", "1"), ("B", "2"), ("BC", "3")],
                &[("AB", "1"), ("B", "2")],
            ),
            (
                vec![Op::Set(var("A"), "a".into()), Op::Set(var("B"), expansion("${A}-${H}-${NOT}$$"))],
                &[("H", "h")],
                &[("A", "a"), ("B", "a-h-$"), ("H", "h")],
            ),
        ];
        for (ops, caller, expected) in cases {
            let applied = environment(ops.clone()).apply(&variables(caller), &[]);
            assert_eq!(applied.variables, variables(expected), "{ops:?}");
        }
    }

    #[test]
    fn the_caller_wins_over_env_files_and_they_over_defaults() {
        let steps = environment(vec![
            Op::EnvFiles,
            Op::Default(var("A"), "default".into()),
            Op::Require(var("B"), "ask".into()),
        ]);
        let file_with = |name: &str, value: &str| FileVariable {
            name: var(name),
            value: value.into(),
            file: ".env".into(),
            line: 1,
        };
        let file = |name| file_with(name, "file");
        let value = |caller: &[(&str, &str)], files: &[FileVariable]| {
            steps.apply(&variables(caller), files).variables[OsStr::new("A")].clone()
        };
        assert_eq!(value(&[("A", "caller"), ("B", "1")], &[file("A")]), "caller");
        assert_eq!(value(&[("B", "1")], &[file("A")]), "file");
        assert_eq!(value(&[("B", "1")], &[file("A"), file_with("A", "later")]), "later");
        assert_eq!(value(&[], &[file("B")]), "default");
        let missing = steps.apply(&Variables::new(), &[]).missing;
        assert_eq!(missing[0].to_string(), "the variable `B` is required: ask");
        assert_eq!(steps.apply(&variables(&[("B", "")]), &[]).missing, missing, "an empty value is none");
    }

    #[test]
    fn a_text_names_the_script_that_makes_the_value() {
        for (how, expected) in [
            ("run `devshell run setup`", true),
            ("ask ops, or devshell run setup.", true),
            ("run `devshell run setup-all`", false),
            ("setup", false),
            ("`devshell  run\tsetup`, then `devshell reload`", true),
        ] {
            let missing = MissingVariable { name: var("A"), how: how.to_owned() };
            assert_eq!(missing.is_made_by("setup"), expected, "{how}");
        }
    }

    #[test]
    fn bytes_that_are_not_unicode_pass() {
        let odd = OsString::from_vec(vec![0xff, b'=', 0xfe]);
        let caller = Variables::from([(OsString::from("A"), odd.clone())]);
        let applied = environment(vec![Op::Set(var("B"), expansion("${A}"))]).apply(&caller, &[]);
        assert_eq!(applied.variables[OsStr::new("B")], odd);
    }
}
