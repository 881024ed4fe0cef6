//! What a dev shell hands on to all processes in it, in one variable: the way back to what its caller had, and what
//! selected it. So a devshell that is called inside starts from the caller's variables and not from the dev
//! shell's own, which are another project's or may be old.

use std::ffi::{OsStr, OsString};

use serde::{Deserialize, Serialize};

use super::{Applied, Environment, Undo, Variables, carried};

/// What children know of the dev shell that they are in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outer {
    /// Without secrets of the caller's that are not in the dev shell anyway.
    pub undo: Undo,
    /// The options that selected it, separated by blanks.
    pub options: String,
    /// The process that became the user's shell, if one did.
    pub shell: Option<u32>,
}

impl Outer {
    /// The variable that carries it.
    pub const VARIABLE: &'static str = "DEVSHELL_OUTER";

    /// Reads it; `None` when there is nothing of that kind.
    pub fn of(variables: &Variables) -> Option<Self> {
        carried::of_text(variables.get(OsStr::new(Self::VARIABLE))?)
    }

    fn to_text(&self) -> OsString {
        carried::to_text(self).into()
    }
}

impl Applied {
    /// Adds what the processes in this dev shell need to know of it. All other variables must be there by now.
    #[must_use]
    pub fn handed_on(
        mut self,
        caller: &Variables,
        environment: &Environment,
        options: String,
        shell: Option<u32>,
    ) -> Self {
        let undo = Undo::of(caller, &self, environment).for_children(environment).within_limit();
        let name = OsString::from(Outer::VARIABLE);
        self.variables.insert(name.clone(), Outer { undo, options, shell }.to_text());
        self.origins.insert(name, vec![super::Origin::Devshell]);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Op, Origin, Step};
    use super::*;

    #[test]
    fn it_is_read_as_it_was_written() {
        let caller = Variables::from([("A".into(), "0".into()), ("GONE".into(), "1".into())]);
        let ops = vec![Op::Set("A".parse().unwrap(), "1".into()), Op::Unset("GONE".into(), vec![])];
        let environment =
            Environment { steps: ops.into_iter().map(|op| Step { op, origin: Origin::Devshell }).collect() };
        let applied = environment.apply(&caller, &[]);
        let applied = applied.handed_on(&caller, &environment, "-e docs".to_owned(), Some(7));
        assert!(applied.origins.contains_key(OsStr::new(Outer::VARIABLE)));
        let outer = Outer::of(&applied.variables).unwrap();
        assert_eq!((outer.options.as_str(), outer.shell), ("-e docs", Some(7)));
        let mut variables = applied.variables;
        variables.remove(OsStr::new(Outer::VARIABLE));
        outer.undo.restore(&mut variables);
        assert_eq!(variables, caller);
        for text in ["", "nonsense"] {
            assert_eq!(Outer::of(&Variables::from([(Outer::VARIABLE.into(), text.into())])), None, "{text}");
        }
    }
}
