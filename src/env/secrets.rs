//! Which values of an environment people are not shown: what `policy::is_secret` says, what env
//! files give, and what the manifest makes of either.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};

use super::{Environment, FileVariable, Value, policy};

/// The variables of an environment that are not shown whatever their values are.
#[derive(Clone, Debug, Default)]
pub struct Secrets(BTreeSet<OsString>);

impl Secrets {
    pub fn of(environment: &Environment, files: &[FileVariable]) -> Self {
        let mut secrets = Self(files.iter().map(|variable| variable.name.as_str().into()).collect());
        for step in &environment.steps {
            if let Some((name, Value::Expansion(expansion))) = step.op.brings()
                && expansion.references().any(|name| secrets.hide(OsStr::new(name.as_str()), OsStr::new("")))
            {
                secrets.0.insert(name.as_str().into());
            }
        }
        secrets
    }

    /// Whether this value of the variable is not shown.
    pub fn hide(&self, name: &OsStr, value: &OsStr) -> bool {
        self.0.contains(name) || policy::is_secret(name, value)
    }

    /// The value as people may see it. What is not UTF-8 is shown with U+FFFD.
    pub fn shown(&self, name: &OsStr, value: &OsStr) -> String {
        if self.hide(name, value) { policy::NOT_SHOWN.to_owned() } else { value.to_string_lossy().into_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Op, Origin, Step};
    use super::*;
    use crate::manifest::Expansion;

    #[test]
    fn what_is_made_of_a_secret_is_one() {
        let set = |name: &str, text: &str| {
            let value = Value::Expansion(Expansion::parse(text).ok().unwrap());
            Step { op: Op::Set(name.parse().unwrap(), value), origin: Origin::Manifest(1) }
        };
        let steps = vec![set("A", "x"), set("B", "${FILE}"), set("C", "<${B}>"), set("D", "${A} ${API_TOKEN}")];
        let file = FileVariable { name: "FILE".parse().unwrap(), value: "".into(), file: ".env".into(), line: 1 };
        let secrets = Secrets::of(&Environment { steps }, &[file]);
        let shown = |name: &str| secrets.shown(OsStr::new(name), OsStr::new("value"));
        assert_eq!(["A", "B", "C", "D", "FILE"].map(shown).join(" "), "value".to_owned() + &" (not shown)".repeat(4));
    }
}
