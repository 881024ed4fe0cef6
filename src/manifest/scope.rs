//! The variables that a value may refer to: those above it, and those of the default environment for one in
//! another environment. Knows how long their values may become, so that a few lines that double one another
//! cannot fill the memory.

use std::collections::HashMap;

use super::{Expansion, Piece, Rule, Variable};
use crate::name::VarName;

/// The longest value that a program can be given. Linux has this limit (`MAX_ARG_STRLEN`, execve(2)).
pub(super) const LONGEST_VALUE: usize = 128 << 10;

/// How many names are looked through for the one that a misspelt reference may have meant.
const MOST_LOOKED_AT: usize = 1000;

#[derive(Default)]
pub(super) struct Scope<'a> {
    above: Option<&'a Scope<'a>>,
    /// What each value may have at least, in bytes.
    lengths: HashMap<VarName, usize>,
    names: Vec<VarName>,
}

impl<'a> Scope<'a> {
    /// With these variables, and those of the scope around it.
    pub(super) fn new(above: Option<&'a Self>, variables: &[Variable]) -> Self {
        let mut scope = Self { above, ..Self::default() };
        for variable in variables {
            scope.add(&variable.name, &variable.rule);
        }
        scope
    }

    /// Adds variables that have a port.
    pub(super) fn add_ports(&mut self, names: impl IntoIterator<Item = VarName>) {
        for name in names {
            self.add(&name, &Rule::Set(Expansion::literal("65535")));
        }
    }

    /// Adds a variable. Returns whether its value may become longer than any program can be given.
    pub(super) fn add(&mut self, name: &VarName, rule: &Rule) -> bool {
        self.names.push(name.clone());
        let length = match rule {
            Rule::Unset => return false,
            Rule::Required(_) => 1,
            Rule::Set(value) | Rule::Default(value) | Rule::Prepend(value) | Rule::Append(value) => self.length(value),
        };
        let is_too_long = length > LONGEST_VALUE;
        // What is made of it is not reported once more for each.
        self.lengths.insert(name.clone(), if is_too_long { 1 } else { length });
        is_too_long
    }

    pub(super) fn has(&self, name: &VarName) -> bool {
        self.lengths.contains_key(name) || self.above.is_some_and(|above| above.has(name))
    }

    /// Some names, the nearest first.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        let above = self.above.map(|above| above.names.iter().rev()).into_iter().flatten();
        self.names.iter().rev().chain(above).take(MOST_LOOKED_AT).map(VarName::as_str)
    }

    fn length(&self, value: &Expansion) -> usize {
        value.0.iter().fold(0, |length: usize, piece| {
            length.saturating_add(match piece {
                Piece::Text(text) => text.len(),
                Piece::Variable(name) => self.length_of(name),
                Piece::Directory(_) => 1,
            })
        })
    }

    fn length_of(&self, name: &VarName) -> usize {
        let own = self.lengths.get(name).copied();
        // Of devshell's own and the caller's it is known that there may be something.
        own.unwrap_or_else(|| self.above.map_or(1, |above| above.length_of(name)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_double_one_another_have_an_end() {
        let name = |name: &str| name.parse::<VarName>().unwrap();
        let set = |text: &str| Rule::Set(Expansion::parse(text).ok().unwrap());
        let mut outer = Scope::default();
        assert!(!outer.add(&name("V0"), &set("${HOME}${HOME}")));
        let mut said = Vec::new();
        for index in 1..40 {
            let value = format!("${{V{0}}}${{V{0}}}", index - 1);
            if outer.add(&name(&format!("V{index}")), &set(&value)) {
                said.push(index);
            }
        }
        // 2 bytes at the least, doubled: the first one above the limit is reported, and those that begin again.
        assert_eq!(said, [17, 35]);
        let mut inner = Scope::new(Some(&outer), &[]);
        assert!(inner.add(&name("W"), &set("${V16}x")));
        assert!(inner.has(&name("V3")) && inner.has(&name("W")) && !inner.has(&name("X")));
        inner.add(&name("X"), &Rule::Unset);
        assert!(!inner.has(&name("X")));
        assert_eq!(inner.names().take(3).collect::<Vec<_>>(), ["X", "W", "V39"]);
    }
}
