//! The base utilities of environments whose isolation leaves nothing of the host: a tool of the lock that no line of `tools`
//! asks for.

use jsonc_parser::ast::Object;
use jsonc_parser::common::Ranged as _;

use super::shape::Decoder;
use super::{Detail, Isolation, Layer, Manifest, Tool};
use crate::name::ToolName;
use crate::version::Requirement;

/// The Debian package whose recipe names the others.
pub fn base_utilities() -> ToolName {
    "deb:base-files".parse().expect("it is a tool name")
}

impl Manifest {
    /// Adds the base utilities to an environment that has none and needs its own.
    pub fn add_base(&self, layer: &mut Layer) {
        if let Some(base) = self.base.as_ref().filter(|base| layer.tools.iter().all(|tool| tool.name != base.name)) {
            layer.tools.push(base.clone());
        }
    }
}

impl Decoder<'_> {
    /// The base utilities, if one of the environments needs its own. They are asked for where the level is.
    pub(super) fn base(&self, object: &Object, manifest: &Manifest) -> Option<Tool> {
        let of = |object: &Object| {
            let property = object.get("isolation")?;
            Some((property.name.start()..property.name.end(), self.line(&property.name)))
        };
        let has_own = |layer: &Layer| layer.isolation.is_some_and(Isolation::has_own_base);
        let of_environment = |name: &str| {
            let environments = object.get("environments")?.value.as_object()?;
            of(environments.get(name)?.value.as_object()?)
        };
        let environment = || manifest.environments.iter().find(|(_, layer)| has_own(layer));
        let (range, line) = if has_own(&manifest.default) { of(object)? } else { of_environment(environment()?.0)? };
        Some(Tool {
            name: base_utilities(),
            requirement: Requirement::any(),
            commands: None,
            min_age: None,
            detail: Detail::Plain,
            range,
            line,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse;

    #[test]
    fn they_are_asked_for_where_the_level_is() {
        for (text, expected) in [
            (r#"{ "isolation": "sandbox" }"#, None),
            ("{\n \"isolation\": \"hermetic\" }", Some(2)),
            ("{\n \"environments\": { \"a\": {},\n \"b\": { \"isolation\": \"hermetic\" } } }", Some(3)),
        ] {
            let manifest = parse("devshell.json", text).unwrap();
            assert_eq!(manifest.base.as_ref().map(|base| base.line), expected, "{text}");
            assert_eq!(manifest.all_tools().count(), usize::from(expected.is_some()), "{text}");
        }
    }

    #[test]
    fn an_environment_may_name_them_itself() {
        let tools = |text: &str| {
            let manifest = parse("devshell.json", text).unwrap();
            let mut layer = manifest.select(&[]).unwrap();
            manifest.add_base(&mut layer);
            layer.tools.iter().map(|tool| format!("{} {}", tool.name, tool.requirement)).collect::<Vec<_>>()
        };
        assert_eq!(tools(r#"{ "isolation": "hermetic" }"#), ["deb:base-files *"]);
        let named = r#"{ "isolation": "hermetic", "tools": { "deb:base-files": "13" } }"#;
        assert_eq!(tools(named), ["deb:base-files 13"]);
    }
}
