//! An operation on variables: what it does, and how that is taken back. The two are side by side, each a
//! match over all operations, so that a new one cannot have the one without the other.

use std::ffi::{OsStr, OsString};

use serde::{Deserialize, Serialize};

use super::{Applied, FileVariable, Origin, Variables, join, policy, without};
use crate::manifest::{Expansion, Piece};
use crate::name::VarName;

/// An operation on variables.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Op {
    Set(VarName, Value),
    /// Sets the variable unless it has a value.
    Default(VarName, Value),
    /// Before the value, separated by `:`.
    Prepend(VarName, Value),
    /// After the value, separated by `:`.
    Append(VarName, Value),
    /// Takes every variable away that matches the pattern and none of the exceptions.
    Unset(String, Vec<String>),
    /// Takes every variable away that matches none of the patterns.
    Keep(Vec<String>),
    /// Sets the variables of the env files, unless they have a value.
    EnvFiles,
    /// The variable must have a value by now; the text says how to get one.
    Require(VarName, String),
}

/// A value: bytes as they are, or an expansion over the variables set so far.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Value {
    Literal(OsString),
    Expansion(Expansion),
}

/// How what an operation did to a variable is taken back. Either way, the variable gets what it had before, and
/// what has been done to it since then stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inverse<'o> {
    /// As a whole, if it is still as the operation made it.
    Whole,
    /// This list, entry by entry.
    ByEntry(&'o VarName),
    /// Nothing was done.
    Nothing,
}

impl Op {
    /// Does it.
    pub(super) fn take(&self, to: &mut Applied, origin: &Origin, files: &[FileVariable]) {
        match self {
            Self::Set(name, value) => to.set(name, value.over(&to.variables), origin),
            Self::Default(name, value) => {
                if !to.has(name) {
                    to.set(name, value.over(&to.variables), origin);
                }
            }
            Self::Prepend(name, value) => {
                let (value, there) = (value.over(&to.variables), to.value(name));
                to.set_further(name, join(value.clone(), &without(&there, &value)), origin);
            }
            Self::Append(name, value) => {
                let (value, there) = (value.over(&to.variables), to.value(name));
                to.set_further(name, join(without(&there, &value), &value), origin);
            }
            Self::Unset(pattern, except) => {
                to.drop_where(origin, |name| policy::matches(pattern, name) && !policy::matches_any(except, name));
            }
            Self::Keep(patterns) => to.drop_where(origin, |name| !policy::matches_any(patterns, name)),
            Self::EnvFiles => {
                for FileVariable { name, value, file, line } in files.iter().rev() {
                    if !to.has(name) {
                        to.set(name, value.clone(), &Origin::EnvFile(file.clone(), *line));
                    }
                }
            }
            Self::Require(..) => {}
        }
    }

    /// How that is taken back; `Undo` does it for all operations of an environment at once.
    pub(super) const fn inverse(&self) -> Inverse<'_> {
        match self {
            Self::Set(..) | Self::Default(..) | Self::EnvFiles | Self::Unset(..) | Self::Keep(_) => Inverse::Whole,
            Self::Prepend(name, _) | Self::Append(name, _) => Inverse::ByEntry(name),
            Self::Require(..) => Inverse::Nothing,
        }
    }

    /// The value that it brings along for a variable.
    pub(super) const fn brings(&self) -> Option<(&VarName, &Value)> {
        match self {
            Self::Set(name, value)
            | Self::Default(name, value)
            | Self::Prepend(name, value)
            | Self::Append(name, value) => Some((name, value)),
            Self::Unset(..) | Self::Keep(_) | Self::EnvFiles | Self::Require(..) => None,
        }
    }

    /// The pattern of variables that it takes away, and the exceptions. A shell takes them away once more
    /// after its rc files.
    pub const fn unsets(&self) -> Option<(&str, &[String])> {
        match self {
            Self::Unset(pattern, except) => Some((pattern.as_str(), except.as_slice())),
            Self::Keep(_)
            | Self::Set(..)
            | Self::Default(..)
            | Self::Prepend(..)
            | Self::Append(..)
            | Self::EnvFiles
            | Self::Require(..) => None,
        }
    }

    /// The patterns of the variables that it leaves, if it takes all others away.
    pub const fn keeps(&self) -> Option<&[String]> {
        match self {
            Self::Keep(patterns) => Some(patterns.as_slice()),
            Self::Unset(..)
            | Self::Set(..)
            | Self::Default(..)
            | Self::Prepend(..)
            | Self::Append(..)
            | Self::EnvFiles
            | Self::Require(..) => None,
        }
    }

    /// The value that it brings along as it is for this variable. PATH and devshell's own variables are composed of such
    /// operations alone.
    pub(super) fn literal(&self, of: &str) -> Option<&OsStr> {
        match self.brings()? {
            (name, Value::Literal(value)) if name.as_str() == of => Some(value),
            (_, Value::Literal(_) | Value::Expansion(_)) => None,
        }
    }
}

impl<T: Into<OsString>> From<T> for Value {
    fn from(text: T) -> Self {
        Self::Literal(text.into())
    }
}

impl Value {
    /// The value, where variables have these values.
    pub(super) fn over(&self, variables: &Variables) -> OsString {
        let of = |name: &VarName| variables.get(OsStr::new(name.as_str())).map_or(OsStr::new(""), OsString::as_os_str);
        match self {
            Self::Literal(text) => text.clone(),
            Self::Expansion(Expansion(pieces)) => pieces.iter().fold(OsString::new(), |mut whole, piece| {
                whole.push(match piece {
                    Piece::Text(text) => OsStr::new(text),
                    Piece::Variable(name) => of(name),
                    // The composer has put it in.
                    Piece::Directory(_) => OsStr::new(""),
                });
                whole
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Environment, Step, Undo};
    use super::*;

    /// One of each kind; the match does not compile without a new one.
    fn examples() -> Vec<Op> {
        let var = |name: &str| name.parse::<VarName>().unwrap();
        let all = vec![
            Op::Set(var("A"), "1".into()),
            Op::Default(var("NEW"), "1".into()),
            Op::Prepend(var("LIST"), "1".into()),
            Op::Append(var("LIST"), "1".into()),
            Op::Unset("A".into(), vec![]),
            Op::Keep(vec!["LIST".into()]),
            Op::EnvFiles,
            Op::Require(var("A"), "ask".into()),
        ];
        let number = |op: &Op| match op {
            Op::Set(..) => 0,
            Op::Default(..) => 1,
            Op::Prepend(..) => 2,
            Op::Append(..) => 3,
            Op::Unset(..) => 4,
            Op::Keep(_) => 5,
            Op::EnvFiles => 6,
            Op::Require(..) => 7,
        };
        assert!(all.iter().map(number).eq(0..8));
        all
    }

    #[test]
    fn each_operation_is_taken_back() {
        let pair = |(name, value): (&str, &str)| (OsString::from(name), OsString::from(value));
        let caller: Variables = [("A", "0"), ("B", "0"), ("LIST", "x:y")].map(pair).into();
        let value = OsString::from("from a file");
        let file = FileVariable { name: "FILE".parse().unwrap(), value, file: ".env".into(), line: 1 };
        for op in examples() {
            let environment = Environment { steps: vec![Step { op: op.clone(), origin: Origin::Devshell }] };
            let applied = environment.apply(&caller, std::slice::from_ref(&file));
            assert_eq!(applied.variables == caller, op.inverse() == Inverse::Nothing, "{op:?}");
            let undo = Undo::of(&caller, &applied, &environment);
            let mut variables = applied.variables;
            undo.restore(&mut variables);
            assert_eq!(variables, caller, "{op:?}");
            // What was added since stays, where there are entries.
            let mut variables = environment.apply(&caller, &[]).variables;
            let Inverse::ByEntry(name) = op.inverse() else { continue };
            variables.get_mut(OsStr::new(name.as_str())).unwrap().push(":mine");
            undo.restore(&mut variables);
            assert_eq!(variables[OsStr::new("LIST")], "x:y:mine", "{op:?}");
        }
    }
}
