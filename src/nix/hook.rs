//! The script for bash that runs a `shellHook` with the functions, arrays and variables of its dev shell. At its end, bash
//! itself prints the variables that are left: to start a program for that would cost as much as bash. A hook that would
//! become another program, or ends bash, loses nothing of what it set before.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::fmt::Write as _;

use super::DevEnv;
use super::declared::exported;
use super::dev_env::Variable;
use crate::dialect::quote::posix;
use crate::env::Variables;
use crate::name::VarName;

/// What `print-dev-env` calls the bash that the dev shell is made for.
pub const BASH: &str = "BASH";

/// bash's own: it sets them itself, or does not let them be set.
const OF_BASH: &[&str] = &[
    "BASH",
    "BASHOPTS",
    "DIRSTACK",
    "EUID",
    "FUNCNAME",
    "GROUPS",
    "HOSTNAME",
    "HOSTTYPE",
    "IFS",
    "LINENO",
    "MACHTYPE",
    "OPTERR",
    "OPTIND",
    "OSTYPE",
    "PIPESTATUS",
    "PPID",
    "PS4",
    "SECONDS",
    "SHELL",
    "SHELLOPTS",
    "UID",
    "_",
];

/// What comes first. The caller's standard output is for the variables alone.
const BEGIN: &str = r#"exec 198>&1 1>&2
__devshell_end() {
  local status=$?
  [ -n "${__devshell_done-}" ] || echo "devshell: the shellHook ended early, with exit status $status" >&2
  builtin trap - EXIT
  builtin declare -px >&198
}
exec() {
  [ $# -eq 0 ] || echo "devshell: \`exec $1\` in the shellHook was left out: your own shell is the dev shell" >&2
}
trap() {
  case " $* " in
    *" EXIT "* | *" 0 "*) echo "devshell: \`trap\` on EXIT in the shellHook was left out: bash ends before your shell" >&2 ;;
    *) builtin trap "$@" ;;
  esac
}
builtin trap __devshell_end EXIT
"#;

const END: &str = "eval \"${shellHook:-}\"\n__devshell_done=1\n";

/// The script of a dev shell that has a hook. `rewrite` is applied to all values and functions.
pub fn script(env: &DevEnv, rewrite: &dyn Fn(&str) -> String) -> Option<String> {
    let hook = env.text("shellHook").filter(|hook| !hook.trim().is_empty())?;
    let mut script = BEGIN.to_owned();
    let word = |text: &str| posix(OsStr::new(&rewrite(text))).to_string_lossy().into_owned();
    for (name, variable) in env.variables.iter().filter(|(name, _)| VarName::is_valid(name) && !is_of_bash(name)) {
        let line = match variable {
            // They are in the environment.
            Variable::Exported(_) => continue,
            Variable::Var(value) => format!("{name}={}\n", word(value)),
            Variable::Array(values) => {
                let words: Vec<String> = values.iter().map(|value| word(value)).collect();
                format!("declare -a {name}=({})\n", words.join(" "))
            }
            Variable::Associative(values) => {
                let words = values.iter().map(|(key, value)| format!("[{}]={}", word(key), word(value)));
                format!("declare -A {name}=({})\n", words.collect::<Vec<_>>().join(" "))
            }
        };
        script.push_str(&line);
    }
    for name in called(env, hook) {
        let _ = write!(script, "{name} ()\n{{\n{}}}\n", rewrite(&env.functions[name]));
    }
    Some(script + END)
}

fn is_of_bash(name: &str) -> bool {
    OF_BASH.contains(&name) || name.starts_with("BASH_") || name.starts_with("EPOCH")
}

/// The functions that a hook names, and those that these name: bash takes long to read all those of `stdenv`.
fn called<'e>(env: &'e DevEnv, hook: &'e str) -> BTreeSet<&'e str> {
    let mut called = BTreeSet::new();
    let mut texts = vec![hook];
    while let Some(text) = texts.pop() {
        // A function of bash may have almost any name, and these are those of nixpkgs.
        for word in text.split(|c: char| !c.is_ascii_alphanumeric() && !"_-:.+".contains(c)) {
            if let Some((name, body)) = env.functions.get_key_value(word)
                && called.insert(name.as_str())
            {
                texts.push(body);
            }
        }
    }
    called
}

/// A variable that a hook changed; `None` if it took it away.
pub type Change = (OsString, Option<OsString>);

/// What a hook changed of the variables that it was given, by what bash printed at its end; `None` if it printed nothing.
pub fn changes(given: &Variables, printed: &[u8]) -> Option<Vec<Change>> {
    let left = exported(printed);
    if left.is_empty() {
        return None;
    }
    let is_hooks = |name: &&OsString| !OF_SHELLS.iter().any(|own| name == own) && is_free(name);
    let gone = given.keys().filter(|name| !left.contains_key(*name)).map(|name| (name.clone(), None));
    let set = left.iter().filter(|(name, value)| given.get(*name) != Some(*value));
    let set = set.map(|(name, value)| (name.clone(), Some(value.clone())));
    Some(gone.chain(set).filter(|(name, _)| is_hooks(&name)).collect())
}

/// What each shell sets by itself.
const OF_SHELLS: [&str; 4] = ["_", "SHLVL", "PWD", "OLDPWD"];

/// Whether a name is neither devshell's own nor that of a function of bash.
fn is_free(name: &OsStr) -> bool {
    VarName::assignable(name).is_some_and(|name| !VarName::is_reserved(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHELL: &str = r#"{ "bashFunctions": { "f": " \n    g \"$1\"\n", "g": " \n    echo \"g $1\"\n", "unused": " \n    :\n" },
        "variables": { "shellHook": { "type": "exported", "value": "f x; [ -n \"$plain\" ]" },
            "plain": { "type": "var", "value": "it's" }, "list": { "type": "array", "value": ["a b", "c"] },
            "map": { "type": "associative", "value": { "k 1": "v" } }, "IFS": { "type": "var", "value": " " },
            "LINENO": { "type": "var", "value": "7" }, "X": { "type": "exported", "value": "1" } } }"#;

    #[test]
    fn a_script_has_what_its_hook_may_use() {
        let env = DevEnv::parse(SHELL.as_bytes()).unwrap();
        let script = script(&env, &|text| text.replace("echo", "printf")).unwrap();
        for line in [
            "list=('a b' 'c')",
            "map=(['k 1']='v')",
            "plain='it'\\''s'\n",
            "f ()\n{\n \n    g \"$1\"\n}",
            "printf \"g $1\"",
        ] {
            assert!(script.contains(line), "{line}: {script}");
        }
        for text in ["unused", "LINENO", "IFS", "X="] {
            assert!(!script.contains(text), "{text}: {script}");
        }
        let without = DevEnv::parse(SHELL.replace("f x; [ -n \\\"$plain\\\" ]", " ").as_bytes()).unwrap();
        assert!(super::script(&without, &str::to_owned).is_none());
    }

    #[test]
    fn what_a_hook_changed_is_known_by_what_it_left() {
        let given: Variables = [("A", "1"), ("GONE", "1"), ("SAME", "1"), ("PWD", "/")]
            .map(|(name, value)| (OsString::from(name), OsString::from(value)))
            .into();
        let left = b"declare -x A=\"2\"\ndeclare -x SAME=\"1\"\ndeclare -x B=\"x=y\nz\"\ndeclare -x SHLVL=\"2\"
            declare -x DEVSHELL_X=\"1\"\ndeclare -x C=\"\"\ndeclare -x UNSET\n";
        let changes = changes(&given, left).unwrap();
        let shown: Vec<String> = changes.iter().map(|(name, value)| format!("{name:?} {value:?}")).collect();
        let expected = ["\"GONE\" None", "\"A\" Some(\"2\")", "\"B\" Some(\"x=y\\nz\")", "\"C\" Some(\"\")"];
        assert_eq!(shown, expected);
        assert!(super::changes(&given, b"").is_none());
    }
}
