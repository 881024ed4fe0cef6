//! The package that a project itself is: what `pyproject.toml` says of it, as an editable
//! installation would record it. Nothing is built: only what is in the file is known.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use pep440_rs::Version;
use serde::Deserialize;
use url::Url;

use crate::manifest::source_directory;
use crate::name::{CommandName, PackageVersion, normalized};

/// Text files by their paths, or other texts by a name.
type Texts = BTreeMap<String, String>;

/// The tables of a `pyproject.toml` that count ("pyproject.toml specification").
#[derive(Deserialize)]
struct Pyproject {
    project: Option<Project>,
    #[serde(rename = "build-system")]
    build_system: Option<toml::Value>,
    #[serde(default)]
    tool: toml::Table,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Project {
    name: String,
    version: Option<String>,
    description: Option<String>,
    requires_python: Option<String>,
    #[serde(default)]
    dependencies: Vec<String>,
    #[serde(default)]
    scripts: Texts,
    #[serde(default)]
    gui_scripts: Texts,
    #[serde(default)]
    entry_points: BTreeMap<String, Texts>,
}

impl Project {
    /// Whether its name and version are such ("Names and normalization" and "Version specifiers" of
    /// the Python Packaging User Guide). They become names of files.
    fn is_named(&self) -> bool {
        let is_part = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        let is_end = |c: char| c.is_ascii_alphanumeric();
        let is_name = self.name.starts_with(is_end) && self.name.ends_with(is_end) && self.name.chars().all(is_part);
        let is_version =
            |version: &String| version.parse::<PackageVersion>().is_ok() && version.parse::<Version>().is_ok();
        is_name && self.version.as_ref().is_none_or(is_version)
    }
}

/// The version of a project whose version its build would find out.
const UNKNOWN_VERSION: &str = "0.dev0";

/// A project that is a package.
pub struct OwnPackage {
    project: Project,
    tool: toml::Table,
}

impl OwnPackage {
    /// What a `pyproject.toml` says. `None` when the project is no package: it has no name, or
    /// nothing to build it with.
    pub fn of(text: &str) -> Option<Self> {
        let Pyproject { project, build_system, tool } = toml::from_str(text).ok()?;
        let is_named = project.as_ref().is_none_or(Project::is_named);
        let wanted = tool.get("uv").and_then(|uv| uv.get("package")).and_then(toml::Value::as_bool);
        (is_named && wanted.unwrap_or(build_system.is_some())).then_some(Self { project: project?, tool })
    }

    /// The directory of its modules, from the project's own; `None` for that itself.
    pub fn source_directory(&self, is_directory: impl Fn(&str) -> bool) -> Option<String> {
        source_directory(&self.tool, is_directory)
    }

    /// The files that make it known to the interpreter: where its modules are, and its metadata
    /// ("Recording installed projects" of the Python Packaging User Guide).
    pub fn files(&self, root: &Path, source: &Path) -> Texts {
        let name = normalized(&self.project.name).replace('-', "_");
        let info = format!("{name}-{}.dist-info", self.version());
        let url = Url::from_directory_path(root).map_or_else(|()| String::new(), |url| url.to_string());
        let direct_url = serde_json::json!({ "url": url, "dir_info": { "editable": true } });
        Texts::from([
            (format!("{name}.pth"), format!("{}\n", source.display())),
            (format!("{info}/METADATA"), self.metadata()),
            (format!("{info}/entry_points.txt"), self.entry_points()),
            (format!("{info}/direct_url.json"), direct_url.to_string()),
            (format!("{info}/INSTALLER"), "devshell\n".to_owned()),
        ])
    }

    /// The programs of its commands.
    pub fn commands(&self) -> Texts {
        let scripts = self.project.scripts.iter().chain(&self.project.gui_scripts);
        let program = |(name, place): (&String, &String)| {
            name.parse::<CommandName>().ok()?;
            let place = place.split('[').next().unwrap_or_default().trim();
            let (module, attribute) = place.split_once(':')?;
            let first = attribute.split('.').next().unwrap_or_default();
            let is_name = |text: &str| {
                text.split('.').all(|part| !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || c == '_'))
            };
            (is_name(module) && is_name(attribute))
                .then(|| (name.clone(), format!("import sys\nfrom {module} import {first}\nsys.exit({attribute}())\n")))
        };
        scripts.filter_map(program).collect()
    }

    fn version(&self) -> &str {
        self.project.version.as_deref().unwrap_or(UNKNOWN_VERSION)
    }

    fn metadata(&self) -> String {
        let project = &self.project;
        let line = |text: &str| text.replace(['\n', '\r'], " ");
        let mut text =
            format!("Metadata-Version: 2.1\nName: {}\nVersion: {}\n", line(&project.name), line(self.version()));
        for (key, value) in [("Summary", &project.description), ("Requires-Python", &project.requires_python)] {
            if let Some(value) = value {
                let _ = writeln!(text, "{key}: {}", line(value));
            }
        }
        for dependency in &project.dependencies {
            let _ = writeln!(text, "Requires-Dist: {}", line(dependency));
        }
        text
    }

    fn entry_points(&self) -> String {
        let own = [("console_scripts", &self.project.scripts), ("gui_scripts", &self.project.gui_scripts)];
        let own = own.into_iter().filter(|(_, entries)| !entries.is_empty());
        let groups = self.project.entry_points.iter().map(|(group, entries)| (group.as_str(), entries));
        own.chain(groups).filter(|(group, _)| !group.contains(|c: char| c.is_control() || "[]".contains(c))).fold(
            String::new(),
            |mut text, (group, entries)| {
                let _ = writeln!(text, "[{group}]");
                // A name or a place of several lines would be several entries.
                let is_line = |text: &str| !text.contains(char::is_control);
                for (name, place) in entries.iter().filter(|(name, place)| is_line(name) && is_line(place)) {
                    let _ = writeln!(text, "{name} = {place}");
                }
                text.push('\n');
                text
            },
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROJECT: &str = "[build-system]\nrequires = []\n[project]\nname = 'My.Shop'\nversion = '1.2'\n\
        dependencies = ['django>=5']\n[project.scripts]\nshop = 'shop.cli:main'\nbad = 'x y:z'\n\
        [project.entry-points.'shop.plugins']\na = 'shop.a'\n";

    #[test]
    fn a_project_is_a_package_if_something_builds_it() {
        for (text, expected) in [
            (PROJECT, true),
            ("[project]\nname = 'a'\n", false),
            ("[project]\nname = 'a'\n[tool.uv]\npackage = true\n", true),
            ("[project]\nname = 'a'\n[build-system]\n[tool.uv]\npackage = false\n", false),
            ("[build-system]\n", false),
            ("[build-system]\n[project]\nname = '/abs/x'\n", false),
            ("[build-system]\n[project]\nname = \"a\\nb\"\n", false),
            ("[build-system]\n[project]\nname = 'a'\nversion = '1/../../x'\n", false),
            ("[build-system]\n[project]\nname = 'a'\nversion = '..'\n", false),
            ("[build-system]\n[project]\nname = 'a'\nversion = '1.0.dev3+local'\n", true),
            ("[", false),
        ] {
            assert_eq!(OwnPackage::of(text).is_some(), expected, "{text}");
        }
    }

    #[test]
    fn its_modules_are_where_the_build_looks() {
        for (tool, has_src, expected) in [
            ("", true, Some("src")),
            ("", false, None),
            ("[tool.setuptools.package-dir]\n'' = 'lib'", true, Some("lib")),
            ("[tool.setuptools.packages.find]\nwhere = ['python']", true, Some("python")),
            ("[tool.uv.build-backend]\nmodule-root = ''", true, None),
            ("[tool.hatch.build.targets.wheel]\npackages = ['code/shop']", true, Some("code")),
            ("[tool.setuptools.package-dir]\n'' = '../lib'", true, None),
            ("[tool.setuptools.package-dir]\n'' = '/lib'", true, None),
            ("[tool.setuptools.package-dir]\n'' = \"a\\nimport os\"", true, None),
            ("[[tool.poetry.packages]]\ninclude = 'shop'\nfrom = 'lib'", true, Some("lib")),
        ] {
            let package = OwnPackage::of(&format!("{PROJECT}{tool}\n")).unwrap();
            let found = package.source_directory(|path| path != "src" || has_src);
            assert_eq!(found.as_deref(), expected, "{tool}");
        }
    }

    #[test]
    fn it_is_recorded_as_an_editable_installation_is() {
        let package = OwnPackage::of(PROJECT).unwrap();
        let files = package.files(Path::new("/shop"), Path::new("/shop/src"));
        assert_eq!(files["my_shop.pth"], "/shop/src\n");
        let metadata = &files["my_shop-1.2.dist-info/METADATA"];
        assert!(metadata.contains("Name: My.Shop\nVersion: 1.2\nRequires-Dist: django>=5\n"), "{metadata}");
        let entry_points = &files["my_shop-1.2.dist-info/entry_points.txt"];
        assert!(entry_points.contains("shop = shop.cli:main\n\n[shop.plugins]\na = shop.a\n"), "{entry_points}");
        assert!(files["my_shop-1.2.dist-info/direct_url.json"].contains("file:///shop/"));
        let commands = package.commands();
        assert_eq!(commands.keys().collect::<Vec<_>>(), ["shop"]);
        assert_eq!(commands["shop"], "import sys\nfrom shop.cli import main\nsys.exit(main())\n");
    }
}
