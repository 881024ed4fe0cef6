//! The environment in the notations other programs read.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};

use super::{Applied, Environment, Origin, Variables};
use crate::dialect::Dialect;
use crate::digest;
use crate::name::VarName;

/// Writes the difference between the caller's variables and the dev shell's, for a shell to evaluate.
pub fn render(applied: &Applied, caller: &Variables, dialect: &dyn Dialect) -> Vec<u8> {
    let unset =
        caller.keys().filter(|name| !applied.variables.contains_key(*name)).map(|name| (name.as_os_str(), None));
    let set = set(applied, caller).map(|(name, value)| (name.as_os_str(), Some(value.as_os_str())));
    lines(dialect, unset.chain(set))
}

/// Writes what is to be set as lines of an env file, which cannot unset.
pub fn render_dotenv(applied: &Applied, caller: &Variables) -> Vec<u8> {
    set(applied, caller).flat_map(|(name, value)| dotenv_line(name, value).into_vec()).collect()
}

/// The variables that have another value than the caller's.
fn set<'a>(applied: &'a Applied, caller: &'a Variables) -> impl Iterator<Item = (&'a OsString, &'a OsString)> {
    applied.variables.iter().filter(|(name, value)| caller.get(*name) != Some(*value))
}

/// Lines for a shell to evaluate that export variables or take them away. Names that it cannot assign
/// (exported bash functions) cannot be written down for it.
pub fn lines<'a>(dialect: &dyn Dialect, changes: impl Iterator<Item = (&'a OsStr, Option<&'a OsStr>)>) -> Vec<u8> {
    let changes = changes.filter_map(|(name, value)| Some((VarName::assignable(name)?, value)));
    let line = |(name, value): (&str, Option<&OsStr>)| match value {
        Some(value) => dialect.set(name, value),
        None => dialect.unset(name),
    };
    changes.flat_map(|change| line(change).into_vec()).collect()
}

fn dotenv_line(name: &OsStr, value: &OsStr) -> OsString {
    let mut line = name.as_bytes().to_vec();
    line.extend_from_slice(b"=\"");
    for &byte in value.as_bytes() {
        match byte {
            b'\n' => line.extend_from_slice(b"\\n"),
            b'\r' => line.extend_from_slice(b"\\r"),
            b'"' | b'\\' | b'$' | b'`' => line.extend_from_slice(&[b'\\', byte]),
            _ => line.push(byte),
        }
    }
    line.extend_from_slice(b"\"\n");
    OsString::from_vec(line)
}

/// What to append to the files that `GITHUB_ENV` and `GITHUB_PATH` name, as GitHub documents
/// them under "Workflow commands for GitHub Actions". The runner keeps its own PATH after
/// ours, and cannot unset a variable for later steps.
pub fn render_github(environment: &Environment, applied: &Applied, caller: &Variables) -> (Vec<u8>, Vec<u8>) {
    let mut variables = Vec::new();
    // The first is written below; the others are about this process, and a later step that adds
    // to PATH should not be held to what the host's was.
    let own = ["PATH", "DEVSHELL_HOST_PATH", "DEVSHELL_KEY"];
    let is_for_later = |name: &OsString| !own.iter().any(|own| name == own);
    for (name, value) in set(applied, caller).filter(|(name, _)| is_for_later(name)) {
        // A line of the value that equals the delimiter would end it early and could set
        // anything, so the delimiter is derived from the value.
        let delimiter = format!("devshell_{}", digest::key(&[name.as_bytes(), value.as_bytes()]));
        for part in
            [name.as_bytes(), b"<<", delimiter.as_bytes(), b"\n", value.as_bytes(), b"\n", delimiter.as_bytes(), b"\n"]
        {
            variables.extend_from_slice(part);
        }
    }
    // The runner puts each line before the earlier ones.
    let mut path = Vec::new();
    for (entry, origin) in environment.path().rev() {
        if matches!(origin, Origin::Tool(_) | Origin::Nix(_) | Origin::Companions | Origin::Devshell) {
            path.extend_from_slice(entry.as_bytes());
            path.push(b'\n');
        }
    }
    (variables, path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::{Bash, Fish, Pwsh, Zsh};

    fn text(value: &str, render: impl Fn(&Applied, &Variables) -> Vec<u8>) -> String {
        let caller = Variables::from([("GONE".into(), "1".into()), ("SAME".into(), "1".into())]);
        let variables = Variables::from([("A".into(), value.into()), ("SAME".into(), "1".into())]);
        let applied = Applied { variables, ..Applied::default() };
        String::from_utf8(render(&applied, &caller)).unwrap()
    }

    #[test]
    fn only_differences_are_written() {
        let cases: [(&dyn Dialect, &str, &str); 4] = [
            (&Bash, "x y", "unset GONE\nexport A='x y'\n"),
            (&Zsh, "it's", "unset GONE\nexport A='it'\\''s'\n"),
            (&Fish, "it's \\", "set -e GONE\nset -gx A 'it\\'s \\\\'\n"),
            (&Pwsh, "it's", "Remove-Item -LiteralPath Env:GONE -ErrorAction Ignore\n$env:A = 'it''s'\n"),
        ];
        for (dialect, value, expected) in cases {
            assert_eq!(text(value, |applied, caller| render(applied, caller, dialect)), expected);
        }
        assert_eq!(text("a\n\"$b\"", render_dotenv), "A=\"a\\n\\\"\\$b\\\"\"\n");
    }

    #[test]
    fn dotenv_output_is_read_back() {
        for value in ["", " a ", "#", "a\nb", "\"'`$x\\", "ä"] {
            let line = dotenv_line(OsStr::new("A"), OsStr::new(value)).into_string().unwrap();
            let read = super::super::parse_env_file(&line).unwrap();
            assert_eq!(read.variables[0].value, value, "{line}");
        }
    }

    #[test]
    fn github_delimiters_depend_on_the_value() {
        let variables = Variables::from([("A".into(), "x\ny".into())]);
        let applied = Applied { variables, ..Applied::default() };
        let (text, path) = render_github(&Environment::default(), &applied, &Variables::new());
        let text = String::from_utf8(text).unwrap();
        let delimiter = text.lines().next().unwrap().strip_prefix("A<<").unwrap();
        assert_eq!(text, format!("A<<{delimiter}\nx\ny\n{delimiter}\n"));
        assert!(path.is_empty());
    }
}
