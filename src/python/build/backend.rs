//! What builds a package, as its `pyproject.toml` says it (PEP 517 and 518), and which of its wishes are refused.

use std::path::{Component, Path};

use serde::Deserialize;

/// What builds a package without `[build-system]`, or one that names no backend.
const LEGACY: &str = "setuptools.build_meta:__legacy__";

/// What that needs.
const SETUPTOOLS: &str = "setuptools>=40.8.0";

/// The table `build-system`.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Backend {
    #[serde(default)]
    pub requires: Vec<String>,
    #[serde(rename = "build-backend", default = "legacy")]
    pub name: String,
    /// Directories of the source that it is imported from.
    #[serde(rename = "backend-path", default)]
    pub paths: Vec<String>,
}

fn legacy() -> String {
    LEGACY.to_owned()
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Project {
    build_system: Option<Backend>,
}

impl Backend {
    /// Of a source with this `pyproject.toml`, if it has one. An error fits "cannot be built: …".
    pub fn of(text: Option<&str>) -> Result<Self, String> {
        let project = text.map(toml::from_str::<Project>).transpose();
        let project = project.map_err(|error| format!("its `pyproject.toml` makes no sense: {}", error.message()))?;
        let Some(backend) = project.and_then(|project| project.build_system) else {
            return Ok(Self { requires: vec![SETUPTOOLS.to_owned()], name: legacy(), paths: Vec::new() });
        };
        let is_outside = |path: &&String| !Path::new(path).components().all(is_inside);
        if let Some(path) = backend.paths.iter().find(is_outside) {
            return Err(format!("`backend-path` has `{path}`, which is not in the source"));
        }
        from_indexes(&backend.requires)?;
        Ok(backend)
    }
}

fn is_inside(part: Component) -> bool {
    matches!(part, Component::Normal(_) | Component::CurDir)
}

/// Requirements of a build are fetched outside of its wall, and so only from an index. An error fits "cannot be built: …".
pub fn from_indexes(requirements: &[String]) -> Result<(), String> {
    let is_elsewhere = |text: &&String| {
        let (wanted, _marker) = text.split_once(';').unwrap_or((text.as_str(), ""));
        !wanted.trim_start().starts_with(|c: char| c.is_ascii_alphanumeric()) || wanted.contains(['@', '/', '\\'])
    };
    match requirements.iter().find(is_elsewhere) {
        Some(text) => Err(format!("its build needs `{text}`, which is not from an index")),
        None => Ok(()),
    }
}

/// The name of what a requirement is about.
pub fn wanted(requirement: &str) -> &str {
    let end = requirement.find(|c: char| !(c.is_ascii_alphanumeric() || "._-".contains(c)));
    requirement[..end.unwrap_or(requirement.len())].trim_end_matches(['.', '_', '-'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn setuptools_builds_what_names_no_backend() {
        let legacy = |requires: &[&str]| Backend {
            requires: requires.iter().map(|text| (*text).to_owned()).collect(),
            name: LEGACY.to_owned(),
            paths: Vec::new(),
        };
        assert_eq!(Backend::of(None).unwrap(), legacy(&[SETUPTOOLS]));
        assert_eq!(Backend::of(Some("[project]\nname = 'a'\n")).unwrap(), legacy(&[SETUPTOOLS]));
        assert_eq!(Backend::of(Some("[build-system]\nrequires = ['wheel']\n")).unwrap(), legacy(&["wheel"]));
        let own = "[build-system]\nrequires = []\nbuild-backend = 'own.backend:api'\nbackend-path = ['.', 'tools']\n";
        let own = Backend::of(Some(own)).unwrap();
        assert_eq!((own.name.as_str(), own.paths.len()), ("own.backend:api", 2));
    }

    #[test]
    fn what_is_not_from_an_index_is_refused() {
        for (requirement, is_fine) in [
            ("setuptools>=61", true),
            ("foo[extra]>=1,<2; platform_machine == 'a/b'", true),
            ("foo @ https://a.example/foo-1.whl", false),
            ("foo@git+https://a.example/foo", false),
            ("./foo", false),
            ("/etc/passwd", false),
            ("-r other.txt", false),
            ("", false),
        ] {
            assert_eq!(from_indexes(&[requirement.to_owned()]).is_ok(), is_fine, "{requirement}");
        }
        for path in ["..", "/tmp", "a/../.."] {
            let text = format!("[build-system]\nrequires = []\nbackend-path = ['{path}']\n");
            assert!(Backend::of(Some(&text)).unwrap_err().contains("is not in the source"), "{path}");
        }
        assert!(Backend::of(Some("[")).unwrap_err().contains("makes no sense"));
        assert_eq!(["a.b>=1", "c", "d_e [x]"].map(wanted), ["a.b", "c", "d_e"]);
    }
}
