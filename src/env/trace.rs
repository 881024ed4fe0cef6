//! What becomes of one variable, step by step: what each step does to it, and its value before.

use std::ffi::{OsStr, OsString};

use super::{Applied, Environment, FileVariable, Op, Origin, Step, Variables};

/// The way of a variable from the caller into the dev shell.
#[derive(Debug, PartialEq, Eq)]
pub struct Trace {
    /// What the caller has.
    pub caller: Option<OsString>,
    pub effects: Vec<Effect>,
    /// What it is in the dev shell.
    pub value: Option<OsString>,
}

/// What one step is about for the variable.
#[derive(Debug, PartialEq, Eq)]
pub struct Effect {
    pub action: Action,
    pub origin: Origin,
    /// The value that the step brings along.
    pub given: Option<OsString>,
    /// The value before.
    pub before: Option<OsString>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    Set,
    /// Sets it unless it has a value.
    Default,
    Prepend,
    Append,
    Unset,
    /// Asks for a value, and gives none.
    Require,
}

impl Effect {
    /// Whether the value before stays, and the step's own does not count.
    pub fn is_passed_over(&self) -> bool {
        self.action == Action::Default && self.before.is_some()
    }
}

impl Environment {
    /// Follows a variable through the steps. A required one that is missing is no error here.
    pub fn trace(&self, name: &OsStr, caller: &Variables, files: &[FileVariable]) -> Trace {
        let mut applied = Applied { variables: caller.clone(), ..Applied::default() };
        let mut effects = Vec::new();
        for step in &self.steps {
            let before = applied.variables.get(name).cloned();
            let actions = effects_of(step, name, &applied.variables, files);
            step.op.take(&mut applied, &step.origin, files);
            let is_gone = before.is_some() && !applied.variables.contains_key(name);
            let before_it = actions.into_iter().scan(before, |before, (action, origin, given)| {
                let effect = Effect { action, origin, before: before.clone(), given };
                // Of several env files only the first of these finds nothing there.
                *before = before.take().or_else(|| effect.given.clone());
                Some(effect)
            });
            effects.extend(before_it.filter(|effect| effect.action != Action::Unset || is_gone));
        }
        Trace { caller: caller.get(name).cloned(), effects, value: applied.variables.remove(name) }
    }
}

/// What a step is about to do to a variable. `Keep` and `Unset` may spare it.
fn effects_of(
    Step { op, origin }: &Step,
    name: &OsStr,
    variables: &Variables,
    files: &[FileVariable],
) -> Vec<(Action, Origin, Option<OsString>)> {
    let (action, of, value) = match op {
        Op::Set(of, value) => (Action::Set, of, Some(value)),
        Op::Default(of, value) => (Action::Default, of, Some(value)),
        Op::Prepend(of, value) => (Action::Prepend, of, Some(value)),
        Op::Append(of, value) => (Action::Append, of, Some(value)),
        Op::Require(of, _) => (Action::Require, of, None),
        Op::Unset(..) | Op::Keep(_) => return vec![(Action::Unset, origin.clone(), None)],
        Op::EnvFiles => {
            let own = files.iter().rev().filter(|variable| name == variable.name.as_str());
            let origin = |variable: &FileVariable| Origin::EnvFile(variable.file.clone(), variable.line);
            return own.map(|own| (Action::Default, origin(own), Some(own.value.clone()))).collect();
        }
    };
    if name != of.as_str() {
        return Vec::new();
    }
    vec![(action, origin.clone(), value.map(|value| value.over(variables)))]
}

#[cfg(test)]
mod tests {
    use super::super::Value;
    use super::*;

    #[test]
    fn each_effect_knows_the_value_before() {
        let var = |name: &str| name.parse().unwrap();
        let manifest = |line, op| Step { op, origin: Origin::Manifest(line) };
        let environment = Environment {
            steps: vec![
                Step { op: Op::Unset("L*".into(), vec!["LC".into()]), origin: Origin::Isolation },
                Step { op: Op::EnvFiles, origin: Origin::Devshell },
                manifest(1, Op::Set(var("A"), "1".into())),
                manifest(2, Op::Prepend(var("A"), "2".into())),
                manifest(3, Op::Default(var("F"), Value::from("3"))),
                manifest(4, Op::Require(var("R"), "ask".into())),
            ],
        };
        let file = |value: &str, line| FileVariable { name: var("F"), value: value.into(), file: ".env".into(), line };
        let files = [file("early", 1), file("late", 7)];
        let caller = Variables::from(["A", "LX", "LC"].map(|name| (name.into(), "caller".into())));
        let told = |name: &str| {
            let trace = environment.trace(OsStr::new(name), &caller, &files);
            let text =
                |value: &Option<OsString>| value.as_ref().map_or("-".into(), |v| v.to_string_lossy().into_owned());
            let mut told: Vec<String> = trace
                .effects
                .iter()
                .map(|effect| {
                    let passed_over = if effect.is_passed_over() { " (passed over)" } else { "" };
                    format!(
                        "{:?} {} by {}, was {}{passed_over}",
                        effect.action,
                        text(&effect.given),
                        effect.origin,
                        text(&effect.before)
                    )
                })
                .collect();
            told.push(text(&trace.value));
            told.join("\n")
        };
        assert_eq!(told("A"), "Set 1 by manifest, line 1, was caller\nPrepend 2 by manifest, line 2, was 1\n2:1");
        assert_eq!(
            told("F"),
            "Default late by .env:7, was -\nDefault early by .env:1, was late (passed over)\n\
             Default 3 by manifest, line 3, was late (passed over)\nlate"
        );
        assert_eq!(told("LX"), "Unset - by isolation, was caller\n-");
        assert_eq!(told("LC"), "caller");
        assert_eq!(told("R"), "Require - by manifest, line 4, was -\n-");
    }
}
