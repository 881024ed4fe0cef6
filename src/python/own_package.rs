//! The package that a project itself is: what `pyproject.toml` says of it, as an editable
//! installation would record it. Nothing is built: only what is in the file is known.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use pep440_rs::Version;
use serde::Deserialize;
use url::Url;

use crate::manifest::{Identity, Modules, OwnProject};
use crate::name::{CommandName, PackageVersion, normalized};

/// Text files by their paths, or other texts by a name.
pub type Texts = BTreeMap<String, String>;

/// The table `project` of a `pyproject.toml` ("pyproject.toml specification").
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
    /// What the older files of setuptools say, where there is no such table.
    fn of_setup(identity: Identity) -> Option<Self> {
        let Identity { name, version, mut entry_points } = identity;
        let mut scripts = |group: &str| entry_points.remove(group).unwrap_or_default();
        let (scripts, gui_scripts) = (scripts("console_scripts"), scripts("gui_scripts"));
        let name = name?;
        let (description, requires_python, dependencies) = (None, None, Vec::new());
        Some(Self { name, version, description, requires_python, dependencies, scripts, gui_scripts, entry_points })
    }

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
    modules: Modules,
}

impl OwnPackage {
    /// What a project's files say. `None` when it is no package: it has no name, or nothing to build
    /// it with. `is_directory` says of which paths from the manifest there are directories.
    pub fn of(own: &OwnProject, is_directory: impl Fn(&str) -> bool) -> Option<Self> {
        let project = match own.pyproject().get("project") {
            Some(table) => table.clone().try_into().ok(),
            None => Project::of_setup(own.identity()),
        };
        let project = project.filter(|project: &Project| project.is_named() && own.is_built())?;
        Some(Self { project, modules: own.modules(is_directory) })
    }

    /// Why it may have more modules than were found.
    pub fn beyond(&self) -> Option<&str> {
        self.modules.beyond.as_deref()
    }

    fn name(&self) -> String {
        normalized(&self.project.name).replace('-', "_")
    }

    /// The directory of links to packages that are called otherwise than their directories.
    fn renamed(&self) -> String {
        format!("modules-{}", self.name())
    }

    /// The links to such packages, and where they lead.
    pub fn links(&self, root: &Path) -> Vec<(PathBuf, PathBuf)> {
        let link = |(name, path): (&String, &String)| {
            (Path::new(&self.renamed()).join(name.replace('.', "/")), root.join(path))
        };
        self.modules.renamed.iter().map(link).collect()
    }

    /// The files that make it known to the interpreter: where its modules are, and its metadata
    /// ("Recording installed projects" of the Python Packaging User Guide).
    pub fn files(&self, root: &Path) -> Texts {
        let name = self.name();
        let info = format!("{name}-{}.dist-info", self.version());
        let url = Url::from_directory_path(root).map_or_else(|()| String::new(), |url| url.to_string());
        let direct_url = serde_json::json!({ "url": url, "dir_info": { "editable": true } });
        let mut places: Vec<String> =
            self.modules.directories.iter().map(|path| joined(root, path).display().to_string()).collect();
        if !self.modules.renamed.is_empty() {
            // From the directory of this file.
            places.push(self.renamed());
        }
        Texts::from([
            (format!("{name}.pth"), places.iter().map(|place| format!("{place}\n")).collect()),
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

    /// Its version, as PEP 440 spells it.
    fn version(&self) -> String {
        let version = self.project.version.as_deref().unwrap_or(UNKNOWN_VERSION);
        version.parse().map_or_else(|_| version.to_owned(), |version: Version| version.to_string())
    }

    fn metadata(&self) -> String {
        let project = &self.project;
        let line = |text: &str| text.replace(['\n', '\r'], " ");
        let mut text = format!("Metadata-Version: 2.1\nName: {}\nVersion: {}\n", line(&project.name), self.version());
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

/// A path below a directory, or that itself.
fn joined(root: &Path, path: &str) -> PathBuf {
    if path.is_empty() { root.to_owned() } else { root.join(path) }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    const PROJECT: &str = "[build-system]\nrequires = []\n[project]\nname = 'My.Shop'\nversion = '1.2'\n\
        dependencies = ['django>=5']\n[project.scripts]\nshop = 'shop.cli:main'\nbad = 'x y:z'\n\
        [project.entry-points.'shop.plugins']\na = 'shop.a'\n";

    /// The package of a project with these files, which has a directory `src`.
    fn package(files: &[(&str, &str)]) -> Option<OwnPackage> {
        let read = |name: &str| {
            let found = files.iter().find(|(file, _)| *file == name);
            Ok::<_, Infallible>(found.map(|(_, text)| (*text).to_owned()))
        };
        let Ok(own) = OwnProject::of("", read);
        OwnPackage::of(&own?, |path| path == "src")
    }

    #[test]
    fn the_older_files_of_setuptools_make_a_package_too() {
        let cfg = "[metadata]\nname = shop\nversion = 1.2.dev\n[options]\npackage_dir =\n  shop = src\n\
                   [options.entry_points]\nconsole_scripts =\n  shop = shop.cli:main\n";
        let package = package(&[("setup.cfg", cfg)]).unwrap();
        assert_eq!(package.commands().keys().collect::<Vec<_>>(), ["shop"]);
        let files = package.files(Path::new("/shop"));
        assert_eq!(files["shop.pth"], "/shop\nmodules-shop\n");
        assert!(files["shop-1.2.dev0.dist-info/METADATA"].contains("Version: 1.2.dev0\n"));
        let link = (PathBuf::from("modules-shop/shop"), PathBuf::from("/shop/src"));
        assert_eq!(package.links(Path::new("/shop")), [link]);
    }

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
            assert_eq!(package(&[("pyproject.toml", text)]).is_some(), expected, "{text}");
        }
    }

    #[test]
    fn it_is_recorded_as_an_editable_installation_is() {
        let package = package(&[("pyproject.toml", PROJECT)]).unwrap();
        let files = package.files(Path::new("/shop"));
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
