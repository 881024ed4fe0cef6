//! Decodes `require-provenance`: the tools that are only locked if it is attested where their files were made.

use jsonc_parser::ast::Value;

use super::Manifest;
use super::shape::{Decoder, did_you_mean};
use crate::name::ToolName;

impl Decoder<'_> {
    /// The names of tools that the manifest has.
    pub(super) fn require_provenance(&mut self, value: &Value, manifest: &Manifest) -> Vec<ToolName> {
        let Some(elements) = self.array(value, "a list of tools") else { return Vec::new() };
        let mut names = Vec::new();
        for element in elements {
            let Some(text) = self.string(element, "a tool") else { continue };
            match manifest.all_tools().find(|tool| *tool.name.as_str() == *text) {
                Some(tool) => names.push(tool.name.clone()),
                None => {
                    let known = manifest.all_tools().map(|tool| tool.name.as_str());
                    self.at(
                        element,
                        format!("`{text}` is not one of the manifest's tools"),
                        did_you_mean(&text, known),
                    );
                }
            }
        }
        names
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse;

    #[test]
    fn what_requires_provenance_is_a_tool_of_the_manifest() {
        let of = |list: &str| {
            let text = format!(
                r#"{{ "tools": {{ "gh": "2" }}, "environments": {{ "js": {{ "tools": {{ "npm:prettier": "3" }} }} }},
                    "require-provenance": {list} }}"#
            );
            parse("devshell.json", &text)
        };
        let manifest = of(r#"["gh", "npm:prettier"]"#).unwrap();
        let (gh, node) = ("gh".parse().unwrap(), "node".parse().unwrap());
        assert!(manifest.requires_provenance(&gh) && !manifest.requires_provenance(&node));
        assert!(of("[]").unwrap().require_provenance.is_empty());
        for (list, expected) in [
            (r#"["gb"]"#, "`gb` is not one of the manifest's tools"),
            (r#"["prettier"]"#, "`prettier` is not one of the manifest's tools"),
            ("true", "expected a list of tools"),
            ("[1]", "expected a tool"),
        ] {
            let problems = of(list).unwrap_err();
            assert!(problems.list[0].message.contains(expected), "{list}: {}", problems.list[0].message);
        }
    }
}
