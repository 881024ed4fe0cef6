//! The variables of a manifest: which names they may have, the one rule that each has, and what its value may refer to.

use jsonc_parser::ast::{ObjectPropName, Value};
use jsonc_parser::common::Ranged;

use super::scope::{LONGEST_VALUE, Scope};
use super::shape::Decoder;
use super::{Expansion, Layer, Rule, Tool, Variable};
use crate::hint::nearest;
use crate::name::VarName;

pub(super) const VARIABLE_KEYS: &[&str] = &["set", "default", "prepend", "append", "unset", "required"];

/// Variables that a value may refer to although the manifest does not define them.
pub(super) const KNOWN_VARIABLES: &[&str] = &["DEVSHELL_ROOT", "DEVSHELL_STATE", "DEVSHELL_NAME", "HOME"];

impl Decoder<'_> {
    pub(super) fn variables(&mut self, value: &Value, above: Option<&Scope>) -> Vec<Variable> {
        let mut variables: Vec<Variable> = Vec::new();
        let mut scope = Scope::new(above, &[]);
        let Some(object) = self.map(value, "`env`") else { return variables };
        for property in &object.properties {
            let Some(name) = self.variable_name(&property.name) else { continue };
            if let Some(rule) = self.rule(&property.value, &name, &scope) {
                if scope.add(&name, &rule) {
                    let message = format!("`{name}` may become longer than {} KiB", LONGEST_VALUE >> 10);
                    self.at(&property.value, message, "no program can be given such a variable".to_owned());
                }
                variables.push(Variable { name, rule, line: self.line(&property.name) });
            }
        }
        variables
    }

    /// The name of a variable that the manifest may set.
    pub(super) fn variable_name(&mut self, key: &ObjectPropName) -> Option<VarName> {
        let name = match key.as_str().parse::<VarName>() {
            Ok(name) => name,
            Err(error) => {
                self.at(key, error.to_string(), None);
                return None;
            }
        };
        if name.as_str() == "PATH" {
            self.at(key, "`PATH` is devshell's own", "add the tools you need to `tools`".to_owned());
            return None;
        }
        (!self.refuse_reserved(key, name.as_str())).then_some(name)
    }

    /// Whether a variable's name, or a pattern of names, is devshell's own, which is a mistake.
    pub(super) fn refuse_reserved(&mut self, place: &impl Ranged, name: &str) -> bool {
        let is_reserved = VarName::is_reserved(name);
        if is_reserved {
            self.at(place, format!("`{name}` is devshell's own"), "choose another prefix".to_owned());
        }
        is_reserved
    }

    fn rule(&mut self, value: &Value, name: &VarName, above: &Scope) -> Option<Rule> {
        let Value::Object(_) = value else { return Some(Rule::Set(self.expansion(value, Some(name), above)?)) };
        let object = self.object(value, "a variable", VARIABLE_KEYS)?;
        let [property] = object.properties.as_slice() else {
            let keys = VARIABLE_KEYS.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ");
            self.at(value, "a variable has exactly one rule", format!("one of {keys}"));
            return None;
        };
        let value = &property.value;
        Some(match property.name.as_str() {
            "set" => Rule::Set(self.expansion(value, Some(name), above)?),
            "default" => Rule::Default(self.expansion(value, Some(name), above)?),
            "prepend" => Rule::Prepend(self.expansion(value, Some(name), above)?),
            "append" => Rule::Append(self.expansion(value, Some(name), above)?),
            "required" => Rule::Required(self.string(value, "a text that says how to get the value")?),
            "unset" => match value {
                Value::BooleanLit(literal) if literal.value => Rule::Unset,
                _ => {
                    self.at(value, "`unset` takes `true` and nothing else", None);
                    return None;
                }
            },
            _ => return None,
        })
    }

    /// Expects that the tools whose directories a layer's values refer to are there.
    pub(super) fn check_directories(&mut self, layer: &Layer, others: &[Tool]) {
        for (name, range) in &layer.directories {
            if layer.tools.iter().chain(others).any(|tool| tool.name == *name) {
                continue;
            }
            let help = match name.as_str() {
                "python" => "the directory of the project's Python is in `VIRTUAL_ENV`".to_owned(),
                _ => format!("add it to `tools`: `devshell add {name}`"),
            };
            let message = format!("`${{tools.{name}.dir}}` is the directory of a tool that is not in the manifest");
            self.problem(range.clone(), message, Some(help));
        }
    }

    /// A value, of a variable if it has this name.
    pub(super) fn expansion(&mut self, value: &Value, name: Option<&VarName>, above: &Scope) -> Option<Expansion> {
        let text = self.string(value, "a value")?;
        if text.contains('\0') {
            self.at(value, "a variable cannot hold a NUL", None);
            return None;
        }
        let expansion = match Expansion::parse(&text) {
            Ok(expansion) => expansion,
            Err(bad) => {
                self.at(value, bad.message, bad.help);
                return None;
            }
        };
        let place = value.start()..value.end();
        self.directories.extend(expansion.directories().map(|tool| (tool.clone(), place.clone())));
        for reference in expansion.references() {
            if above.has(reference) || KNOWN_VARIABLES.contains(&reference.as_str()) {
                continue;
            }
            let help = if Some(reference) == name {
                "to extend the caller's value write { \"prepend\": … } or { \"append\": … }".to_owned()
            } else {
                let candidates = above.names().chain(KNOWN_VARIABLES.iter().copied());
                match Some(candidates).filter(|_| self.is_heard()).and_then(|known| nearest(reference.as_str(), known))
                {
                    Some(word) => format!("did you mean `${{{word}}}`?"),
                    None => {
                        "a value may use HOME, DEVSHELL_ROOT, DEVSHELL_STATE, DEVSHELL_NAME and the variables above it"
                            .to_owned()
                    }
                }
            };
            self.at(value, format!("`${{{reference}}}` is not known here"), help);
        }
        Some(expansion)
    }
}
