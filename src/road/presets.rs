//! Services that devshell knows how to run: what the catalog says about them becomes a part of the manifest, as if it had
//! been written there. What the manifest says itself stays.

use std::collections::BTreeSet;

use crate::catalog::services::{self as presets, Preset, PresetVersion, Provided, Ready, filled};
use crate::hint::nearest;
use crate::manifest::{
    self, Detail, Expansion, Layer, Manifest, Piece, Port, Problem, Readiness, Rule, Service, Tool, Variable,
};
use crate::name::VarName;

/// Fills in the presets of all services. The mistakes are those of their names and versions.
pub(super) fn fill(manifest: &mut Manifest) -> Vec<Problem> {
    let mut list = Vec::new();
    for layer in manifest.layers_mut() {
        let mut services = std::mem::take(&mut layer.services);
        let mut provided = BTreeSet::new();
        // The one that is called like its preset is the one that clients find, or else the first.
        let mut names: Vec<String> = services.keys().cloned().collect();
        let is_own = |name: &String| services[name].preset.as_ref().is_some_and(|preset| preset.name == *name);
        names.sort_by_key(|name| !is_own(name));
        for name in names {
            let Some(service) = services.get_mut(&name) else { continue };
            match find(service) {
                Ok(None) => {}
                Ok(Some((preset, version))) => {
                    let wanted = service.preset.as_ref().map(|preset| preset.name.clone()).unwrap_or_default();
                    fill_one(layer, (&name, service), preset, version, provided.insert(wanted));
                }
                Err(problem) => list.push(problem),
            }
        }
        layer.services = services;
    }
    list
}

/// What the catalog has for a service that names a preset.
fn find(service: &Service) -> Result<Option<(&'static Preset, &'static PresetVersion)>, Problem> {
    let Some(manifest::Preset { name, version, range }) = &service.preset else { return Ok(None) };
    let Some(preset) = presets::preset(name) else {
        let all = || presets::names().collect::<Vec<_>>().join("`, `");
        let help = nearest(name, presets::names()).map_or_else(
            || format!("give it `run`, a command line; the presets are `{}`", all()),
            |near| format!("did you mean `{near}`?"),
        );
        return Err(Problem::new(range.clone(), format!("devshell has no preset `{name}`"), Some(help)));
    };
    let Some(found) = preset.version(version) else {
        let all = preset.versions.iter().map(|version| format!("\"{}\"", version.version)).collect::<Vec<_>>();
        let help = format!("write {}", all.join(" or "));
        return Err(Problem::new(range.clone(), format!("the preset `{name}` has no version `{version}`"), Some(help)));
    };
    Ok(Some((preset, found)))
}

fn fill_one(
    layer: &mut Layer,
    (name, service): (&str, &mut Service),
    preset: &Preset,
    version: &PresetVersion,
    is_found: bool,
) {
    let text = |text: &str| filled(text, name);
    let value = |it: &str| Expansion::parse(&text(it)).unwrap_or_else(|_| Expansion::literal(it));
    if service.run.is_empty() {
        service.run = text(&preset.run);
    }
    service.prepare = service.prepare.take().or_else(|| preset.prepare.as_deref().map(text));
    service.about.get_or_insert_with(|| preset.about.clone());
    service.stop = service.stop.or_else(|| preset.stop.parse().ok());
    service.ready.get_or_insert_with(|| match &preset.ready {
        Ready::Command(line) => Readiness::Command(text(line)),
        Ready::Port { port } => Readiness::Port(Expansion(vec![Piece::Variable(port.clone())])),
    });
    for (variable, wished) in &preset.ports {
        if service.ports.iter().all(|port| port.name != *variable) {
            service.ports.push(Port { name: variable.clone(), wished: *wished, line: service.line });
        }
    }
    let (line, ports) = (service.line, &service.ports);
    // What the service's own `env` says about a variable by which clients find it is for the clients, too.
    let mut own = std::mem::take(&mut service.variables);
    let mut provide = |variable: &VarName, provided: &Provided| {
        let said = own.iter().position(|(name, _)| name == variable).filter(|_| is_found).map(|at| own.remove(at).1);
        let rule = match (said, provided) {
            (Some(said), _) => Rule::Set(said),
            (None, Provided::Value(text)) => Rule::Set(value(text)),
            (None, Provided::Default { default }) => Rule::Default(value(default)),
            (None, Provided::Unset { .. }) => Rule::Unset,
        };
        Variable { name: variable.clone(), rule, line }
    };
    let is_free = |name: &VarName| ports.iter().all(|port| port.name != *name);
    let provided: Vec<Variable> =
        preset.provides.iter().filter(|(name, _)| is_free(name)).map(|(name, it)| provide(name, it)).collect();
    let inner = preset.env.iter().chain(&version.env).map(|(name, text)| (name.clone(), value(text)));
    let mut variables = Vec::new();
    if is_found {
        // Those of the manifest's own `env` stay, and come first, so that others can refer to them.
        let is_new = |variable: &Variable| layer.variables.iter().all(|mine| mine.name != variable.name);
        let provided = needed_first(provided.into_iter().filter(is_new).collect());
        layer.variables.extend(provided);
    } else {
        let set = |variable: Variable| match variable.rule {
            Rule::Set(value) | Rule::Default(value) => Some((variable.name, value)),
            _ => None,
        };
        variables.extend(needed_first(provided).into_iter().filter_map(set));
    }
    variables.extend(inner);
    variables.retain(|(name, _)| own.iter().all(|(mine, _)| mine != name));
    variables.extend(own);
    service.variables = variables;
    add_tools(layer, service, version);
}

/// The order in which each variable comes after those that its value refers to.
fn needed_first(mut variables: Vec<Variable>) -> Vec<Variable> {
    let mut ordered: Vec<Variable> = Vec::new();
    while !variables.is_empty() {
        let refers = |variable: &Variable, rest: &[Variable]| match &variable.rule {
            Rule::Set(value) | Rule::Default(value) => value
                .references()
                .any(|name| rest.iter().any(|other| other.name == *name && other.name != variable.name)),
            _ => false,
        };
        let next = variables.iter().position(|variable| !refers(variable, &variables)).unwrap_or(0);
        ordered.push(variables.remove(next));
    }
    ordered
}

/// Its tools, unless the manifest has them itself.
fn add_tools(layer: &mut Layer, service: &Service, version: &PresetVersion) {
    let Some(manifest::Preset { range, .. }) = &service.preset else { return };
    for (name, tool) in &version.tools {
        if layer.tools.iter().any(|mine| mine.name == *name) {
            continue;
        }
        let Ok(requirement) = tool.version.parse() else { continue };
        layer.tools.push(Tool {
            name: name.clone(),
            requirement,
            commands: None,
            min_age: None,
            detail: tool.suite.clone().map_or(Detail::Plain, Detail::Suite),
            range: range.clone(),
            line: service.line,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Manifest, Vec<String>) {
        let mut manifest = manifest::parse("devshell.json", text).unwrap();
        let problems = fill(&mut manifest);
        let shown =
            |problem: &Problem| format!("{} ({})", problem.message, problem.help.as_deref().unwrap_or_default());
        (manifest, problems.iter().map(shown).collect())
    }

    fn variables(layer: &Layer) -> Vec<String> {
        layer.variables.iter().map(|variable| variable.name.to_string()).collect()
    }

    #[test]
    fn a_preset_fills_in_what_the_manifest_does_not_say() {
        let (manifest, problems) = read(
            r#"{ "env": { "PGUSER": "me" }, "services": { "postgres": "17",
                "second": { "preset": "postgres", "version": "15", "env": { "PGDATABASE": "two" }, "restart": "always" } } }"#,
        );
        assert!(problems.is_empty(), "{problems:?}");
        let layer = &manifest.default;
        let names = variables(layer);
        assert_eq!(names.iter().filter(|name| *name == "PGUSER").count(), 1);
        let at = |name: &str| names.iter().position(|one| one == name).unwrap();
        assert!(at("PGDATABASE") < at("DATABASE_URL"));
        let tools: Vec<String> = layer.tools.iter().map(|tool| format!("{} {}", tool.name, tool.requirement)).collect();
        assert_eq!(tools, ["deb:postgresql-17 17", "deb:postgresql-15 15"]);
        let own = |service: &str, name: &str| {
            let found = layer.services[service].variables.iter().find(|(one, _)| one.as_str() == name);
            found.map(|(_, value)| value.with(|name| Some(format!("<{name}>"))))
        };
        assert_eq!(own("postgres", "PGDATA").unwrap(), "<DEVSHELL_STATE>/postgres/data");
        assert_eq!(own("postgres", "PGHOST"), None);
        assert_eq!(own("second", "PGHOST").unwrap(), "<DEVSHELL_STATE>/second");
        assert_eq!(own("second", "PGDATABASE").unwrap(), "two");
    }

    #[test]
    fn a_port_and_a_name_of_ones_own_are_the_clients_too() {
        let (manifest, _) = read(
            r#"{ "services": { "db": { "preset": "postgres", "version": "17", "ports": { "PGPORT": 5432 },
                "env": { "PGDATABASE": "shop" }, "stop": "QUIT" } } }"#,
        );
        let layer = &manifest.default;
        assert!(!variables(layer).contains(&"PGPORT".to_owned()));
        let database = layer.variables.iter().find(|variable| variable.name.as_str() == "PGDATABASE").unwrap();
        assert_eq!(database.rule, Rule::Set(Expansion::literal("shop")));
        assert!(layer.services["db"].run.contains("PGPORT"));
    }

    #[test]
    fn what_is_no_preset_is_a_mistake() {
        for (text, expected) in [
            (r#"{"services": {"postgress": "17"}}"#, "devshell has no preset `postgress` (did you mean `postgres`?)"),
            (r#"{"services": {"postgres": "9"}}"#, "the preset `postgres` has no version `9` (write \"18\" or "),
            (r#"{"services": {"xyzzy": "9"}}"#, "devshell has no preset `xyzzy` (give it `run`, a command line; "),
        ] {
            let (_, problems) = read(text);
            assert!(problems.len() == 1 && problems[0].starts_with(expected), "{problems:?}");
        }
    }
}
