//! What a person adds to the dev shells they enter, and what of it gives way: it adds to what the
//! project pins, and never replaces any of it.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use super::policy::{SCRUBBED, matches, matches_any};
use super::{PythonPaths, ToolPaths};
use crate::manifest::config::Preferences;
use crate::manifest::{Layer, Rule, Variable};

/// What a person adds to PATH and to the variables.
#[derive(Clone, Debug, Default)]
pub struct Personal {
    /// The directory of the commands that are wrapped.
    pub wrappers: Option<PathBuf>,
    pub tools: Vec<ToolPaths>,
    /// What the host's tools among them need beside themselves.
    pub companions: Option<PathBuf>,
    pub variables: Vec<Variable>,
}

/// What the project has, each with whose it is.
#[derive(Debug, Default)]
pub struct Pinned {
    commands: BTreeMap<String, String>,
    variables: BTreeMap<String, String>,
    /// Patterns of variables that are taken away.
    unset: Vec<(String, String)>,
    /// Patterns of those that are let through all the same.
    keep: Vec<String>,
}

/// Something of a person's that the project has already.
#[derive(Debug, PartialEq, Eq)]
pub struct GivesWay {
    mine: String,
    theirs: String,
}

impl fmt::Display for GivesWay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "your {} in config.json gives way to {}", self.mine, self.theirs)
    }
}

impl Pinned {
    /// What a project pins by its tools, its Python packages, which bring these commands, and its
    /// variables. One that it gives a default, or requires, is the person's to give; to one that
    /// it extends, it adds.
    pub fn of(tools: &[ToolPaths], python: Option<(&PythonPaths, Vec<String>)>, layer: &Layer) -> Self {
        let mut pinned = Self { keep: layer.keep.clone(), ..Self::default() };
        let isolation = "isolation, which removes it for everyone".to_owned();
        pinned.unset = SCRUBBED.iter().map(|pattern| ((*pattern).to_owned(), isolation.clone())).collect();
        if let Some((python, commands)) = python {
            pinned.commands.extend(commands.into_iter().map(|name| (name, "the project's Python".to_owned())));
            pinned.variables.insert("VIRTUAL_ENV".to_owned(), "the project's Python".to_owned());
            let bends = "the project's Python, which it would affect";
            pinned.unset.extend(python.unset.iter().map(|pattern| (pattern.clone(), bends.to_owned())));
        }
        for tool in tools {
            let whose = format!("the project's tool `{}`", tool.name);
            pinned.unset.extend(tool.unset.iter().map(|of| (of.clone(), format!("{whose}, which it would affect"))));
            pinned.commands.extend(tool.commands.iter().map(|name| (name.to_string(), whose.clone())));
        }
        let set = layer.variables.iter().filter(|variable| matches!(variable.rule, Rule::Set(_) | Rule::Unset));
        pinned.variables.extend(set.map(|variable| (variable.name.to_string(), "the project's own".to_owned())));
        pinned
    }

    fn variable(&self, name: &str) -> Option<&String> {
        let taken = |(pattern, _): &&(String, String)| {
            matches(pattern, name.as_ref()) && !matches_any(&self.keep, name.as_ref())
        };
        self.variables.get(name).or_else(|| self.unset.iter().find(taken).map(|(_, whose)| whose))
    }

    /// Takes away what gives way, and says what that is.
    pub fn prevail(
        &self,
        tools: &mut Vec<ToolPaths>,
        layer: &mut Layer,
        preferences: &mut Preferences,
    ) -> Vec<GivesWay> {
        let mut notes = Vec::new();
        let mut yields = |mine: String, theirs: Option<&String>| {
            notes.extend(theirs.map(|theirs| GivesWay { mine, theirs: theirs.clone() }));
            theirs.is_none()
        };
        // The person's own tools have no business with one another either.
        let mut commands = self.commands.clone();
        tools.retain(|tool| {
            let theirs = tool.commands.iter().find_map(|name| commands.get(name.as_str()));
            let stays = yields(format!("tool `{}`", tool.name), theirs);
            if stays {
                let whose = format!("your tool `{}`, which has a command of the same name", tool.name);
                commands.extend(tool.commands.iter().map(|name| (name.to_string(), whose.clone())));
            }
            stays
        });
        layer
            .variables
            .retain(|variable| yields(format!("variable `{}`", variable.name), self.variable(variable.name.as_str())));
        preferences.aliases.retain(|name, _| yields(format!("alias `{name}`"), self.commands.get(name)));
        preferences.wraps.retain(|name, _| yields(format!("wrapped `{name}`"), self.commands.get(name.as_str())));
        notes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::config;

    fn tool(name: &str, commands: &[&str]) -> ToolPaths {
        ToolPaths {
            name: name.parse().unwrap(),
            version: None,
            directory: PathBuf::new(),
            commands: commands.iter().map(|command| command.parse().unwrap()).collect(),
            unset: vec!["NODE_*".to_owned()],
            variables: Vec::new(),
            content: None,
        }
    }

    #[test]
    fn what_the_project_has_stays_the_projects() {
        let manifest = r#"{ "keep": ["NODE_ENV"], "env": {
            "SET": "1", "GONE": { "unset": true }, "DEFAULT": { "default": "1" },
            "MORE": { "prepend": "/x" }, "TOKEN": { "required": "ask" } } }"#;
        let manifest = crate::manifest::parse("devshell.json", manifest).unwrap();
        let python = PythonPaths {
            directory: PathBuf::new(),
            version: String::new(),
            commands: None,
            variables: Vec::new(),
            unset: vec!["PYTHONHOME".to_owned()],
        };
        let pinned = Pinned::of(
            &[tool("node", &["node"]), tool("typescript", &["tsc", "tsserver"])],
            Some((&python, vec!["black".to_owned()])),
            &manifest.default,
        );
        let mine = r#"{
            "env": { "SET": "2", "GONE": "2", "DEFAULT": "2", "MORE": "2", "TOKEN": "2", "OTHER": "2",
                "NODE_OPTIONS": "-x", "NODE_ENV": "test", "LD_PRELOAD": "/x", "VIRTUAL_ENV": "/x", "PYTHONHOME": "/x" },
            "aliases": { "tsc": "tsc -w", "ls": "eza", "black": "true" },
            "wrap": { "node": { "arguments": ["-i"] }, "nvim": {} }
        }"#;
        let (mut layer, mut preferences) = config::parse("config.json", mine).unwrap().select("/x", "/h");
        let mut tools =
            vec![tool("npm:tsc", &["tsc"]), tool("npm:a", &["a"]), tool("npm:b", &["a", "b"]), tool("npm:c", &["b"])];
        let notes = pinned.prevail(&mut tools, &mut layer, &mut preferences);
        let notes: Vec<String> = notes.iter().map(ToString::to_string).collect();
        let expected = [
            "tool `npm:tsc` in config.json gives way to the project's tool `typescript`",
            "tool `npm:b` in config.json gives way to your tool `npm:a`, which has a command of the same name",
            "variable `SET` in config.json gives way to the project's own",
            "variable `GONE` in config.json gives way to the project's own",
            "variable `NODE_OPTIONS` in config.json gives way to the project's tool `node`, which it would affect",
            "variable `LD_PRELOAD` in config.json gives way to isolation, which removes it for everyone",
            "variable `VIRTUAL_ENV` in config.json gives way to the project's Python",
            "variable `PYTHONHOME` in config.json gives way to the project's Python, which it would affect",
            "alias `black` in config.json gives way to the project's Python",
            "alias `tsc` in config.json gives way to the project's tool `typescript`",
            "wrapped `node` in config.json gives way to the project's tool `node`",
        ];
        assert_eq!(notes, expected.map(|note| format!("your {note}")));
        assert_eq!(tools.iter().map(|tool| tool.name.as_str()).collect::<Vec<_>>(), ["npm:a", "npm:c"]);
        let names: Vec<_> = layer.variables.iter().map(|variable| variable.name.as_str()).collect();
        assert_eq!(names, ["DEFAULT", "MORE", "TOKEN", "OTHER", "NODE_ENV"]);
        assert_eq!(preferences.aliases.keys().collect::<Vec<_>>(), ["ls"]);
        assert_eq!(preferences.wraps.keys().map(ToString::to_string).collect::<Vec<_>>(), ["nvim"]);
    }
}
