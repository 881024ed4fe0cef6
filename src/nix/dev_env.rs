//! The JSON that `nix print-dev-env --json` prints. It has been the same since Nix 2.4; `structuredAttrs` came with 2.19.

use std::collections::BTreeMap;

use serde::Deserialize;

/// A dev shell as its derivation's builder left it, in bash.
#[derive(Debug, Deserialize)]
pub struct DevEnv {
    #[serde(rename = "bashFunctions", default)]
    pub functions: BTreeMap<String, String>,
    pub variables: BTreeMap<String, Variable>,
    #[serde(rename = "structuredAttrs")]
    pub structured: Option<StructuredAttrs>,
}

/// A variable of bash. Those with two attributes, such as `declare -ix`, are left out by Nix.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "type", content = "value", rename_all = "lowercase")]
pub enum Variable {
    Exported(String),
    /// Not exported.
    Var(String),
    Array(Vec<String>),
    Associative(BTreeMap<String, String>),
}

/// The two files that a derivation with `__structuredAttrs` finds its attributes in.
#[derive(Debug, Deserialize)]
pub struct StructuredAttrs {
    #[serde(rename = ".attrs.json")]
    pub json: String,
    #[serde(rename = ".attrs.sh")]
    pub sh: String,
}

/// A text that is not what Nix prints.
#[derive(Debug, thiserror::Error)]
#[error("what Nix printed is not a dev shell")]
pub struct BadDevEnv(#[from] serde_json::Error);

impl DevEnv {
    pub fn parse(json: &[u8]) -> Result<Self, BadDevEnv> {
        Ok(serde_json::from_slice(json)?)
    }

    /// The value of a variable that is a text.
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.variables.get(name)? {
            Variable::Exported(value) | Variable::Var(value) => Some(value),
            Variable::Array(_) | Variable::Associative(_) => None,
        }
    }

    /// The outputs of the derivation, and where they would be.
    pub fn outputs(&self) -> Vec<(&str, &str)> {
        let path = |name| Some((name, self.text(name)?));
        match self.variables.get("outputs") {
            Some(Variable::Associative(outputs)) => {
                outputs.iter().map(|(n, path)| (n.as_str(), path.as_str())).collect()
            }
            Some(Variable::Exported(names) | Variable::Var(names)) => {
                names.split_whitespace().filter_map(path).collect()
            }
            Some(Variable::Array(names)) => names.iter().filter_map(|name| path(name)).collect(),
            None => path("out").into_iter().collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_kinds_of_variables_are_read() {
        let env = DevEnv::parse(
            br#"{ "bashFunctions": { "f": " \n    echo\n" }, "variables": {
                "A": { "type": "exported", "value": "1" }, "B": { "type": "var", "value": "2" },
                "C": { "type": "array", "value": ["x", "y z"] }, "D": { "type": "associative", "value": { "k": "v" } } } }"#,
        )
        .unwrap();
        assert_eq!(env.functions["f"], " \n    echo\n");
        assert_eq!(env.variables["C"], Variable::Array(vec!["x".into(), "y z".into()]));
        assert_eq!((env.text("A"), env.text("B"), env.text("C")), (Some("1"), Some("2"), None));
        assert!(DevEnv::parse(b"{}").is_err());
    }

    #[test]
    fn outputs_are_named_in_three_ways() {
        for (outputs, expected) in [
            (r#""outputs": { "type": "exported", "value": "out dev" },"#, vec![("out", "/s/a"), ("dev", "/s/b")]),
            (r#""outputs": { "type": "array", "value": ["out"] },"#, vec![("out", "/s/a")]),
            (r#""outputs": { "type": "associative", "value": { "out": "/s/c" } },"#, vec![("out", "/s/c")]),
            ("", vec![("out", "/s/a")]),
        ] {
            let own =
                r#""out": { "type": "exported", "value": "/s/a" }, "dev": { "type": "exported", "value": "/s/b" }"#;
            let env = DevEnv::parse(format!("{{ \"variables\": {{ {outputs} {own} }} }}").as_bytes()).unwrap();
            assert_eq!(env.outputs(), expected);
        }
    }
}
