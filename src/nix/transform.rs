//! From the JSON of a dev shell to operations on variables: what `nix develop` does to its caller's environment, but for
//! the directories for temporary files, which stay the caller's.

use std::path::Path;

use super::DevEnv;
use super::dev_env::Variable;
use super::hook;
use crate::env::Op;
use crate::name::VarName;

/// The builder's own, which `nix develop` does not take over either, in one version or another.
const DROPPED: &[&str] = &[
    "BASHOPTS",
    "HOME",
    "NIX_BUILD_TOP",
    "NIX_ENFORCE_PURITY",
    "NIX_LOG_FD",
    "NIX_REMOTE",
    "OLDPWD",
    "PPID",
    "PWD",
    "SHELL",
    "SHELLOPTS",
    "SHLVL",
    "SOURCE_DATE_EPOCH",
    "SSL_CERT_FILE",
    "TEMP",
    "TEMPDIR",
    "TERM",
    "TMP",
    "TMPDIR",
    "TZ",
    "UID",
    "_",
];

/// Where a dev shell is.
#[derive(Clone, Copy, Debug)]
pub struct Surroundings<'a> {
    /// The project's directory.
    pub root: &'a Path,
    /// A directory for the files that belong to it.
    pub files: &'a Path,
    /// The store path that keeps it from Nix's garbage collector.
    pub kept_by: Option<&'a Path>,
}

/// A dev shell of Nix, as far as it is known without running anything.
#[derive(Debug, Default)]
pub struct DevShell {
    /// What it has on PATH.
    pub path: Vec<String>,
    /// What it does to all other variables.
    pub variables: Vec<Op>,
    /// The files that belong to it, by their names.
    pub files: Vec<(&'static str, String)>,
    /// The script for bash that runs its `shellHook`, if it has one.
    pub hook: Option<String>,
}

const JSON_FILE: (&str, &str) = ("NIX_ATTRS_JSON_FILE", ".attrs.json");
const SH_FILE: (&str, &str) = ("NIX_ATTRS_SH_FILE", ".attrs.sh");

/// What `nix develop` makes of a dev shell.
pub fn transform(env: &DevEnv, at: &Surroundings) -> DevShell {
    let rewrites = Rewrites::of(env, at);
    let mut shell = DevShell::default();
    for (name, variable) in &env.variables {
        let (Variable::Exported(value), false) = (variable, DROPPED.contains(&name.as_str())) else { continue };
        let value = rewrites.apply(value);
        if name == "PATH" {
            shell.path = value.split(':').filter(|entry| !entry.is_empty()).map(str::to_owned).collect();
            continue;
        }
        let Some(name) = name.parse::<VarName>().ok().filter(|name| !VarName::is_reserved(name.as_str())) else {
            continue;
        };
        let op = if name.as_str() == "XDG_DATA_DIRS" { Op::Prepend } else { Op::Set };
        shell.variables.push(op(name, value.into()));
    }
    if let Some(path) = at.kept_by {
        let name = "NIX_GCROOT".parse().expect("it is the name of a variable");
        shell.variables.push(Op::Set(name, path.to_path_buf().into_os_string().into()));
    }
    if let Some(attributes) = &env.structured {
        shell.files = vec![(JSON_FILE.1, attributes.json.clone()), (SH_FILE.1, attributes.sh.clone())];
    }
    shell.hook = hook::script(env, &|text| rewrites.apply(text));
    shell
}

/// What is written in the place of other texts, in all values and functions.
struct Rewrites(Vec<(String, String)>);

impl Rewrites {
    /// The outputs, which were never built, and the files of structured attributes, whose directory is gone.
    fn of(env: &DevEnv, at: &Surroundings) -> Self {
        let outputs = at.root.join("outputs");
        let text = |path: &Path| path.to_string_lossy().into_owned();
        let outputs = env.outputs().into_iter().map(|(name, path)| (path.to_owned(), text(&outputs.join(name))));
        let files = [JSON_FILE, SH_FILE].into_iter().filter(|_| env.structured.is_some());
        let files =
            files.filter_map(|(variable, name)| Some((env.text(variable)?.to_owned(), text(&at.files.join(name)))));
        Self(outputs.chain(files).filter(|(from, _)| !from.is_empty()).collect())
    }

    fn apply(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn transformed(json: &str) -> DevShell {
        let at = Surroundings { root: Path::new("/p"), files: Path::new("/k"), kept_by: Some(Path::new("/s/x-env")) };
        transform(&DevEnv::parse(json.as_bytes()).unwrap(), &at)
    }

    /// `NAME=value` of what is set, with a `+` where the caller's value stays after it.
    fn set(shell: &DevShell) -> Vec<String> {
        let shown = |op: &Op| match op {
            Op::Set(name, value) => format!("{name}={value:?}"),
            Op::Prepend(name, value) => format!("{name}+={value:?}"),
            other => format!("{other:?}"),
        };
        shell.variables.iter().map(|op| shown(op).replace("Literal(\"", "").replace("\")", "")).collect()
    }

    #[test]
    fn values_of_the_builder_stay_out_and_outputs_are_below_the_project() {
        let shell = transformed(
            r#"{ "bashFunctions": {}, "variables": {
                "out": { "type": "exported", "value": "/s/o" }, "outputs": { "type": "exported", "value": "out" },
                "A": { "type": "exported", "value": "-I/s/o/include" }, "HOME": { "type": "exported", "value": "/h" },
                "TMPDIR": { "type": "exported", "value": "/b" }, "DEVSHELL_ROOT": { "type": "exported", "value": "/x" },
                "B": { "type": "var", "value": "2" }, "PATH": { "type": "exported", "value": "/s/a/bin::/s/o/bin" },
                "LD_LIBRARY_PATH": { "type": "exported", "value": "/s/l" },
                "SOURCE_DATE_EPOCH": { "type": "exported", "value": "315532800" },
                "XDG_DATA_DIRS": { "type": "exported", "value": "/s/a/share" } } }"#,
        );
        assert_eq!(shell.path, ["/s/a/bin", "/p/outputs/out/bin"]);
        let expected = [
            "A=-I/p/outputs/out/include",
            "LD_LIBRARY_PATH=/s/l",
            "XDG_DATA_DIRS+=/s/a/share",
            "out=/p/outputs/out",
            "outputs=out",
            "NIX_GCROOT=/s/x-env",
        ];
        assert_eq!(set(&shell), expected);
        assert!(shell.hook.is_none() && shell.files.is_empty());
    }

    #[test]
    fn structured_attributes_are_in_files_that_stay() {
        let shell = transformed(
            r#"{ "bashFunctions": {}, "structuredAttrs": { ".attrs.json": "{}", ".attrs.sh": "declare A=1" }, "variables": {
                "NIX_ATTRS_JSON_FILE": { "type": "exported", "value": "/b/.attrs.json" },
                "NIX_ATTRS_SH_FILE": { "type": "exported", "value": "/b/.attrs.sh" },
                "outputs": { "type": "associative", "value": { "out": "/s/o" } },
                "A": { "type": "var", "value": "1" } } }"#,
        );
        let expected = ["NIX_ATTRS_JSON_FILE=/k/.attrs.json", "NIX_ATTRS_SH_FILE=/k/.attrs.sh", "NIX_GCROOT=/s/x-env"];
        assert_eq!(set(&shell), expected);
        assert_eq!(shell.files, [(".attrs.json", "{}".to_owned()), (".attrs.sh", "declare A=1".to_owned())]);
    }
}
