//! Edits of the manifest's text that keep its comments and formatting.

use jsonc_parser::cst::{CstInputValue, CstObject, CstObjectProp, CstRootNode};

use super::decode::SYNTAX;
use super::python::PythonOrigin;
use crate::name::{Suite, ToolName};
use crate::version::Requirement;

/// Why an edit could not be made. The manifest has been parsed before, so these are rare.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    #[error("the manifest's text cannot be edited: {0}")]
    Syntax(String),
    #[error("the manifest has no environment `{0}`")]
    NoEnvironment(String),
}

/// What a key of a tool's entry says.
#[derive(Clone, Debug)]
pub enum Said {
    Text(String),
    List(Vec<String>),
}

impl Said {
    fn value(&self) -> CstInputValue {
        let text = |text: &String| CstInputValue::String(text.clone());
        match self {
            Self::Text(one) => text(one),
            Self::List(list) => CstInputValue::Array(list.iter().map(text).collect()),
        }
    }
}

/// Adds a tool, or gives it another requirement when it is there; `more` are further keys and
/// what they say. Without a requirement, they say which versions are meant. `environment` names the environment to add to; `None` is the default one.
pub fn add_tool(
    text: &str,
    environment: Option<&str>,
    name: &ToolName,
    requirement: Option<&Requirement>,
    more: &[(&str, Said)],
) -> Result<String, EditError> {
    let root = root(text)?;
    let tools = layer(&root, environment, true)?.object_value_or_set("tools");
    let version = requirement.map(|requirement| ("version", Said::Text(requirement.to_string())));
    let values: Vec<&(&str, Said)> = version.iter().chain(more).collect();
    let whole = || match values.as_slice() {
        [(_, said)] if more.is_empty() => said.value(),
        _ => CstInputValue::Object(values.iter().map(|(key, said)| ((*key).to_owned(), said.value())).collect()),
    };
    match tools.get(name.as_str()) {
        None => {
            tools.append(name.as_str(), whole());
        }
        // An object may say more: only what is given is replaced.
        Some(property) => match property.object_value() {
            None => property.set_value(whole()),
            Some(object) => {
                for (key, said) in values {
                    match object.get(key) {
                        Some(property) => property.set_value(said.value()),
                        None if *key == "version" => {
                            object.insert(0, key, said.value());
                        }
                        None => {
                            object.append(key, said.value());
                        }
                    }
                }
            }
        },
    }
    Ok(root.to_string())
}

/// Gives the manifest a `python` block, or the one that is there another version and origin. A tool
/// `python`, which would be the same twice, goes.
pub fn set_python(
    text: &str,
    version: &Requirement,
    origin: Option<PythonOrigin>,
    suite: Option<&Suite>,
) -> Result<String, EditError> {
    let root = root(text)?;
    let whole = root.object_value_or_set();
    if let Some(tools) = whole.object_value("tools") {
        for name in ["python", "host:python"] {
            if let Some(property) = tools.get(name) {
                property.remove();
                forget(&root, &name.parse().expect("it is a tool name"));
            }
        }
        if let Some(property) = whole.get("tools").filter(|_| tools.properties().is_empty()) {
            property.remove();
        }
    }
    let python = whole.object_value_or_set("python");
    let set = |key: &str, index: usize, value: &str| {
        let value = CstInputValue::String(value.to_owned());
        match python.get(key) {
            Some(property) => property.set_value(value),
            None => {
                python.insert(index, key, value);
            }
        }
    };
    set("version", 0, version.as_str());
    if let Some(origin) = origin {
        let is_default = origin == PythonOrigin::default();
        match python.get("from").filter(|_| is_default) {
            Some(property) => property.remove(),
            None if is_default => {}
            None => set("from", 1, origin.name()),
        }
        if let Some(property) = python.get("suite").filter(|_| origin != PythonOrigin::Deb) {
            property.remove();
        }
    }
    if let Some(suite) = suite {
        set("suite", 2, suite.as_str());
    }
    Ok(root.to_string())
}

/// Gives `registries` the address of the archive of Debian packages, in the manifest or in the user's own settings.
pub fn set_deb_archive(text: &str, url: &str) -> Result<String, EditError> {
    let root = root(text)?;
    let registries = root.object_value_or_set().object_value_or_set("registries");
    let value = || CstInputValue::String(url.to_owned());
    match registries.get("deb").map(|property| (property.object_value(), property)) {
        None => {
            registries.append("deb", value());
        }
        Some((None, property)) => property.set_value(value()),
        // What else it says stays.
        Some((Some(object), _)) => match object.get("url") {
            Some(property) => property.set_value(value()),
            None => {
                object.insert(0, "url", value());
            }
        },
    }
    Ok(root.to_string())
}

/// Removes a tool; `None` when it is not there.
pub fn remove_tool(text: &str, environment: Option<&str>, name: &ToolName) -> Result<Option<String>, EditError> {
    let root = root(text)?;
    let tools = layer(&root, environment, false)?.object_value("tools");
    let Some(property) = tools.and_then(|tools| tools.get(name.as_str())) else { return Ok(None) };
    property.remove();
    forget(&root, name);
    Ok(Some(root.to_string()))
}

/// Takes a tool out of `require-provenance` if no environment has it any more.
fn forget(root: &CstRootNode, name: &ToolName) {
    let Some(whole) = root.object_value() else { return };
    let has = |layer: &CstObject| layer.object_value("tools").is_some_and(|tools| tools.get(name.as_str()).is_some());
    let environments = whole.object_value("environments").map(|all| all.properties()).unwrap_or_default();
    let is_elsewhere = environments.iter().filter_map(CstObjectProp::object_value).any(|layer| has(&layer));
    let Some(list) = whole.array_value("require-provenance").filter(|_| !is_elsewhere && !has(&whole)) else { return };
    for element in list.elements() {
        let text = element.as_string_lit().and_then(|text| text.decoded_value().ok());
        if text.as_deref() == Some(name.as_str()) {
            element.remove();
        }
    }
    if let Some(property) = whole.get("require-provenance").filter(|_| list.elements().is_empty()) {
        property.remove();
    }
}

/// Removes a key of the manifest with all that is below it.
pub fn remove_key(text: &str, key: &str) -> Result<String, EditError> {
    let root = root(text)?;
    if let Some(property) = root.object_value().and_then(|whole| whole.get(key)) {
        property.remove();
    }
    Ok(root.to_string())
}

fn root(text: &str) -> Result<CstRootNode, EditError> {
    CstRootNode::parse(text, &SYNTAX).map_err(|error| EditError::Syntax(error.to_string()))
}

fn layer(root: &CstRootNode, environment: Option<&str>, create: bool) -> Result<CstObject, EditError> {
    let whole = root.object_value_or_set();
    let Some(name) = environment else { return Ok(whole) };
    // The layers of the user's own settings are named by paths, which no environment is.
    let layers = if name.starts_with(['/', '~']) { "projects" } else { "environments" };
    if create {
        return Ok(whole.object_value_or_set(layers).object_value_or_set(name));
    }
    whole
        .object_value(layers)
        .and_then(|environments| environments.object_value(name))
        .ok_or_else(|| EditError::NoEnvironment(name.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn add(text: &str, environment: Option<&str>, name: &str, requirement: &str) -> String {
        add_tool(text, environment, &name.parse().unwrap(), Some(&requirement.parse().unwrap()), &[]).unwrap()
    }

    #[test]
    fn adding_keeps_what_is_there() {
        let text = "{\n  // tools\n  \"tools\": {\n    \"node\": \"22\", // the LTS\n  },\n}\n";
        let added = add(text, None, "npm:prettier", "^3");
        assert_eq!(
            added,
            "{\n  // tools\n  \"tools\": {\n    \"node\": \"22\", // the LTS\n    \"npm:prettier\": \"^3\",\n  },\n}\n"
        );
        assert!(add(text, None, "node", "24").contains("\"node\": \"24\", // the LTS"));
        let detailed = "{\"tools\": {\"node\": {\"commands\": [\"node\"]}}}";
        let changed = add(detailed, None, "node", "24");
        let manifest = super::super::parse("devshell.json", &changed).unwrap();
        assert_eq!(manifest.default.tools[0].requirement.as_str(), "24");
        assert_eq!(manifest.default.tools[0].commands.as_ref().unwrap().len(), 1);
    }

    #[test]
    fn a_tool_with_an_address_is_added_and_changed() {
        let text = "{\n  \"tools\": {\n    \"node\": \"22\", // the LTS\n  },\n}\n";
        let name = "url:a".parse().unwrap();
        let add = |text: &str, version: &str, url: &str| {
            add_tool(text, None, &name, Some(&version.parse().unwrap()), &[("url", Said::Text(url.to_owned()))])
                .unwrap()
        };
        let added = add(text, "1.0", "https://example.org/a-{version}");
        assert!(added.contains("// the LTS"), "{added}");
        let commented = added.replace("\"version\"", "/* pinned */ \"version\"");
        let changed = add(&commented, "1.1", "https://example.org/{version}/a");
        assert!(changed.contains("/* pinned */") && changed.contains("// the LTS"), "{changed}");
        let manifest = super::super::parse("devshell.json", &changed).unwrap();
        let file = manifest.default.tools[1].download().unwrap().files.values().next().unwrap();
        assert_eq!(file.url.as_str(), "https://example.org/1.1/a");
    }

    #[test]
    fn tools_and_environments_are_made_when_absent() {
        for (text, environment) in [("{}", None), ("{}", Some("docs")), ("{\"environments\": {}}", Some("docs"))] {
            let added = add(text, environment, "node", "22");
            let manifest = super::super::parse("devshell.json", &added).unwrap();
            let names: Vec<_> = environment.map(str::to_owned).into_iter().collect();
            assert_eq!(manifest.select(&names).unwrap().tools.len(), 1, "{added}");
        }
    }

    #[test]
    fn a_python_is_written_as_a_block() {
        let set =
            |text: &str, version: &str, origin| set_python(text, &version.parse().unwrap(), origin, None).unwrap();
        assert_eq!(set("{}", "3.13", None), "{\n  \"python\": {\n    \"version\": \"3.13\"\n  }\n}");
        let text =
            "{\n  \"python\": {\n    \"version\": \"3.11\", // as in CI\n    \"requirements\": [\"r.txt\"]\n  }\n}\n";
        let changed = set(text, "3.13", Some(PythonOrigin::Host));
        assert!(changed.contains("\"version\": \"3.13\", // as in CI"), "{changed}");
        assert!(changed.contains("\"from\": \"host\",") && changed.contains("r.txt"), "{changed}");
        assert_eq!(set(&changed, "3.11", Some(PythonOrigin::Uv)), text);
        // A tool would be the same twice.
        let both = set("{ \"tools\": { \"python\": \"*\", \"node\": \"22\" } }", ">=3.10", Some(PythonOrigin::Host));
        let manifest = super::super::parse("devshell.json", &both).unwrap();
        assert_eq!((manifest.default.tools.len(), manifest.python.unwrap().origin), (1, PythonOrigin::Host));
    }

    #[test]
    fn an_archive_is_named_beside_what_is_there() {
        let set = |text: &str| set_deb_archive(text, "http://a.example/debian").unwrap();
        let compact = |text: &str| set(text).replace([' ', '\n'], "");
        let whole = r#"{"registries":{"deb":"http://a.example/debian"}}"#;
        for text in ["", "{}", r#"{ "registries": {} }"#, r#"{ "registries": { "deb": "http://b.example" } }"#] {
            assert_eq!(compact(text), whole, "{text}");
        }
        let added = set("{\n  // mine\n  \"registries\": { \"deb\": { \"keys\": \"k.asc\" } }\n}\n");
        assert!(added.starts_with("{\n  // mine\n"), "{added}");
        let compact = added.replace([' ', '\n'], "");
        assert!(compact.ends_with(r#""deb":{"url":"http://a.example/debian","keys":"k.asc"}}}"#), "{added}");
    }

    #[test]
    fn a_key_is_removed_whole() {
        let text = "{\n  \"tools\": {},\n  \"scripts\": {\n    \"a\": \"b\"\n  }\n}\n";
        assert_eq!(remove_key(text, "scripts").unwrap(), "{\n  \"tools\": {}\n}\n");
        assert_eq!(remove_key("{}", "scripts").unwrap(), "{}");
    }

    #[test]
    fn removing_takes_only_that_tool() {
        let text = "{\n  \"tools\": {\n    \"a\": \"1\",\n    // about b\n    \"b\": \"2\"\n  }\n}\n";
        let name = "a".parse().unwrap();
        let removed = remove_tool(text, None, &name).unwrap().unwrap();
        assert_eq!(removed, "{\n  \"tools\": {\n    // about b\n    \"b\": \"2\"\n  }\n}\n");
        assert_eq!(remove_tool(&removed, None, &name).unwrap(), None);
        assert!(matches!(remove_tool(text, Some("x"), &name), Err(EditError::NoEnvironment(_))));
    }
}
