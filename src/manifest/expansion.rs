//! Values that refer to other things: `${NAME}` is a variable's value, `${tools.NAME.dir}` the directory of a tool in
//! the store, `$$` a dollar.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::name::{BadName, ToolName, VarName};

/// A value of the manifest, taken apart once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expansion(pub Vec<Piece>);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Piece {
    Text(String),
    Variable(VarName),
    /// The directory of a tool.
    Directory(ToolName),
}

/// What is wrong with an expansion, as a message and a help text.
pub struct BadExpansion {
    pub message: String,
    pub help: String,
}

impl Expansion {
    /// A value without references.
    pub fn literal(text: impl Into<String>) -> Self {
        Self(vec![Piece::Text(text.into())])
    }

    /// Parses a value as the manifest writes it.
    pub fn parse(text: &str) -> Result<Self, BadExpansion> {
        let mut pieces = Vec::new();
        let mut plain = String::new();
        let mut rest = text;
        while let Some(dollar) = rest.find('$') {
            plain.push_str(&rest[..dollar]);
            rest = &rest[dollar + 1..];
            if let Some(after) = rest.strip_prefix('$') {
                plain.push('$');
                rest = after;
            } else if let Some(after) = rest.strip_prefix('{') {
                let (inside, after) = after.split_once('}').ok_or_else(|| BadExpansion {
                    message: "`${` without its `}`".to_owned(),
                    help: "write `${NAME}`, or `$$` for a dollar".to_owned(),
                })?;
                if !plain.is_empty() {
                    pieces.push(Piece::Text(std::mem::take(&mut plain)));
                }
                pieces.push(reference(inside)?);
                rest = after;
            } else if rest.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
                let name: String = rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
                return Err(BadExpansion {
                    message: format!("`${name}` without braces is not a reference"),
                    help: format!("write `${{{name}}}` for the variable, or `$${name}` for the text"),
                });
            } else {
                plain.push('$');
            }
        }
        plain.push_str(rest);
        if !plain.is_empty() {
            pieces.push(Piece::Text(plain));
        }
        Ok(Self(pieces))
    }

    /// The text with these values; a variable without one has none.
    pub fn with(&self, value: impl Fn(&VarName) -> Option<String>) -> String {
        let piece = |piece: &Piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Variable(name) => value(name).unwrap_or_default(),
            Piece::Directory(_) => String::new(),
        };
        self.0.iter().map(piece).collect()
    }

    /// The variables it refers to.
    pub fn references(&self) -> impl Iterator<Item = &VarName> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Variable(name) => Some(name),
            Piece::Text(_) | Piece::Directory(_) => None,
        })
    }

    /// The tools whose directories it refers to.
    pub fn directories(&self) -> impl Iterator<Item = &ToolName> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Directory(tool) => Some(tool),
            Piece::Text(_) | Piece::Variable(_) => None,
        })
    }

    /// The same, where the directories of tools are these.
    #[must_use]
    pub fn with_directories(&self, directory: impl Fn(&ToolName) -> Option<String>) -> Self {
        let piece = |piece: &Piece| match piece {
            Piece::Directory(tool) => Piece::Text(directory(tool).unwrap_or_default()),
            Piece::Text(_) | Piece::Variable(_) => piece.clone(),
        };
        Self(self.0.iter().map(piece).collect())
    }
}

/// What is between `${` and `}`.
fn reference(inside: &str) -> Result<Piece, BadExpansion> {
    let Some(rest) = inside.strip_prefix("tools.") else {
        return inside.parse().map(Piece::Variable).map_err(|error: BadName| BadExpansion {
            message: error.to_string(),
            help: "between `${` and `}` is one variable name, or `tools.NAME.dir`".to_owned(),
        });
    };
    let tool = rest.strip_suffix(".dir").map(str::parse::<ToolName>);
    match tool {
        Some(Ok(tool)) => Ok(Piece::Directory(tool)),
        Some(Err(error)) => {
            Err(BadExpansion { message: error.to_string(), help: "name a tool of the manifest".to_owned() })
        }
        None => Err(BadExpansion {
            message: format!("`${{{inside}}}` is not a property of a tool"),
            help: "write `${tools.NAME.dir}` for the directory of a tool".to_owned(),
        }),
    }
}

impl fmt::Display for Expansion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|piece| match piece {
            Piece::Text(text) => f.write_str(text),
            Piece::Variable(name) => write!(f, "${{{name}}}"),
            Piece::Directory(tool) => write!(f, "${{tools.{tool}.dir}}"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expansions_are_taken_apart() {
        let good = [
            ("plain", "plain", 0),
            ("${HOME}/x", "${HOME}/x", 1),
            ("a${B}c${D}", "a${B}c${D}", 2),
            ("$$HOME costs 5$", "$HOME costs 5$", 0),
            ("", "", 0),
            ("${tools.node.dir}/include:${HOME}", "${tools.node.dir}/include:${HOME}", 1),
            ("${tools.npm:@a/b.c.dir}", "${tools.npm:@a/b.c.dir}", 0),
            ("$(not a command) `nor this`", "$(not a command) `nor this`", 0),
        ];
        for (text, shown, references) in good {
            let expansion = Expansion::parse(text).ok().unwrap();
            assert_eq!((expansion.to_string().as_str(), expansion.references().count()), (shown, references));
        }
        for (text, message) in [
            ("$HOME", "without braces"),
            ("${HOME", "without its"),
            ("${a-b}", "variable name"),
            ("${tools.node}", "not a property of a tool"),
            ("${tools.a b.dir}", "a b"),
        ] {
            assert!(Expansion::parse(text).err().unwrap().message.contains(message), "{text}");
        }
    }
}
