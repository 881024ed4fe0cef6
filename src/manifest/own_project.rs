//! What a project says of itself, as a package that is used from its sources: `pyproject.toml`, and
//! the older files of setuptools beside it. Settings of formatters, descriptions and comments do not count.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use toml::Table;

use super::modules::Modules;
use super::setup_files::{Identity, SetupFiles};

/// The tables and keys that decide which commands, modules and packages a dev shell has
/// ("pyproject.toml specification"). Where modules are follows from the settings of the backend.
const DECIDE: [&[&str]; 12] = [
    &["build-system"],
    &["dependency-groups"],
    &["project", "dependencies"],
    &["project", "dynamic"],
    &["project", "entry-points"],
    &["project", "gui-scripts"],
    &["project", "name"],
    &["project", "optional-dependencies"],
    &["project", "requires-python"],
    &["project", "scripts"],
    &["project", "version"],
    &["tool", "uv"],
];

/// A project, by its own files.
#[derive(Clone, Debug, Default)]
pub struct OwnProject {
    /// Where it is, from the directory of the manifest; an empty text is that itself.
    pub directory: String,
    pyproject: Table,
    cfg: Option<String>,
    py: Option<String>,
}

impl OwnProject {
    /// The names of the files.
    pub const FILES: [&'static str; 3] = ["pyproject.toml", "setup.cfg", "setup.py"];

    /// A project of which `read` gives the files by their names. `None` when there is none, or when its
    /// `pyproject.toml` is no TOML.
    pub fn of<E>(directory: &str, read: impl Fn(&str) -> Result<Option<String>, E>) -> Result<Option<Self>, E> {
        let [pyproject, cfg, py] = Self::FILES;
        let (pyproject, directory) = (read(pyproject)?, directory.to_owned());
        let Some(pyproject) = pyproject.map_or(Some(Table::new()), |text| text.parse().ok()) else { return Ok(None) };
        let project = Self { directory, pyproject, cfg: None, py: None };
        if !project.is_of_setuptools() {
            return Ok(Some(project).filter(|project| !project.pyproject.is_empty()));
        }
        let project = Self { cfg: read(cfg)?, py: read(py)?, ..project };
        let is_there = !project.pyproject.is_empty() || project.cfg.is_some() || project.py.is_some();
        Ok(is_there.then_some(project))
    }

    /// The path of a file in the directory of a project, from the directory of the manifest.
    pub fn path_in(directory: &str, name: &str) -> String {
        if directory.is_empty() { name.to_owned() } else { format!("{directory}/{name}") }
    }

    /// Its `pyproject.toml`; an empty table when there is none.
    pub const fn pyproject(&self) -> &Table {
        &self.pyproject
    }

    /// Whether setuptools builds it, as it does what names no backend.
    fn is_of_setuptools(&self) -> bool {
        let backend = self.pyproject.get("build-system").and_then(|build| build.get("build-backend"));
        backend.and_then(toml::Value::as_str).is_none_or(|backend| backend.starts_with("setuptools"))
    }

    fn setup(&self) -> SetupFiles<'_> {
        SetupFiles { cfg: self.cfg.as_deref(), py: self.py.as_deref() }
    }

    /// Whether something builds it: it is a package then.
    pub fn is_built(&self) -> bool {
        let wanted = self.pyproject.get("tool").and_then(|tool| tool.get("uv")?.get("package")?.as_bool());
        wanted.unwrap_or_else(|| self.pyproject.contains_key("build-system") || self.has_setup())
    }

    /// Whether it has a file of setuptools that says what it is, as many have for formatters alone.
    fn has_setup(&self) -> bool {
        self.py.is_some() || self.setup().identity().name.is_some()
    }

    /// What the older files say of its name, version and commands.
    pub fn identity(&self) -> Identity {
        self.setup().identity()
    }

    /// Where its modules are, from the directory of the manifest. `is_directory` says of which paths there
    /// are directories.
    pub fn modules(&self, is_directory: impl Fn(&str) -> bool) -> Modules {
        let here = |path: &str| match (self.directory.as_str(), path) {
            ("", path) => path.to_owned(),
            (directory, "") => directory.to_owned(),
            (directory, path) => format!("{directory}/{path}"),
        };
        let mut modules = Modules::of(&self.pyproject, self.setup(), &|path| is_directory(&here(path)));
        modules.directories = modules.directories.iter().map(|path| here(path)).collect();
        modules.renamed = modules.renamed.iter().map(|(name, path)| (name.clone(), here(path))).collect();
        modules
    }

    /// What of it decides, by its place.
    pub fn deciding(&self, is_directory: impl Fn(&str) -> bool) -> Value {
        let mut found = Map::new();
        for path in DECIDE {
            let Some((first, rest)) = path.split_first() else { continue };
            let value = rest.iter().try_fold(self.pyproject.get(*first), |value, key| Some(value?.get(key)));
            if let Some(value) = value.flatten().and_then(|value| serde_json::to_value(value).ok()) {
                found.insert(path.join("."), value);
            }
        }
        let Modules { directories, renamed, .. } = self.modules(is_directory);
        // As it was written when there was one at most.
        let source = match directories.as_slice() {
            [] => Value::Null,
            [one] if one.is_empty() => Value::Null,
            [one] => Value::from(one.as_str()),
            several => Value::from(several),
        };
        found.insert("source".to_owned(), source);
        if !renamed.is_empty() {
            found.insert("renamed".to_owned(), renamed.into_iter().collect::<BTreeMap<_, _>>().into_iter().collect());
        }
        let Identity { name, version, entry_points } = self.identity();
        if name.is_some() || !entry_points.is_empty() {
            found.insert("setup".to_owned(), serde_json::json!([name, version, entry_points]));
        }
        Value::Object(found)
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    const PROJECT: &str = "[build-system]\nrequires = []\n[project]\nname = 'shop'\nversion = '1'\n";

    fn project(files: &[(&str, &str)]) -> Option<OwnProject> {
        let read = |name: &str| {
            let found = files.iter().find(|(file, _)| *file == name);
            Ok::<_, Infallible>(found.map(|(_, text)| (*text).to_owned()))
        };
        let Ok(found) = OwnProject::of("", read);
        found
    }

    fn deciding(text: &str, is_directory: impl Fn(&str) -> bool) -> Value {
        project(&[("pyproject.toml", text)]).unwrap().deciding(is_directory)
    }

    #[test]
    fn only_what_decides_counts() {
        let of = |more: &str| deciding(&format!("{PROJECT}{more}"), |path| path == "lib" || path == "lib/shop");
        for more in
            ["# a comment\n", "description = 'x'\n", "[tool.black]\nline-length = 100\n", "[tool.ruff]\nx = nan\n"]
        {
            assert_eq!(of(more), of(""), "{more}");
        }
        for more in [
            "dependencies = ['a']\n",
            "dynamic = ['version']\n",
            "[project.scripts]\nls = 'shop:e'\n",
            "[project.gui-scripts]\nls = 'shop:e'\n",
            "[project.entry-points.pytest11]\na = 'b'\n",
            "[project.optional-dependencies]\ndev = ['a']\n",
            "[dependency-groups]\ndev = ['a']\n",
            "[tool.uv]\npackage = false\n",
            "[tool.setuptools.package-dir]\n'' = 'lib'\n",
            "[tool.setuptools.package-dir]\nmore = 'lib/shop'\n",
        ] {
            assert_ne!(of(more), of(""), "{more}");
        }
        assert_ne!(deciding(PROJECT, |path| path == "src"), deciding(PROJECT, |_| false));
        assert_ne!(deciding(PROJECT, |_| true), deciding(&PROJECT.replace("'1'", "'2'"), |_| true));
        assert!(project(&[("pyproject.toml", "[")]).is_none());
        assert!(project(&[]).is_none());
    }

    #[test]
    fn the_older_files_count_where_setuptools_builds() {
        let cfg = "[metadata]\nname = shop\n[options]\npackage_dir =\n  = lib\n";
        let py = "setup(name='shop')\n";
        let is_directory = |path: &str| path == "lib";
        let of = |files: &[(&str, &str)]| {
            project(files).map(|project| (project.is_built(), project.modules(is_directory).directories))
        };
        let lib = Some((true, vec!["lib".to_owned()]));
        let root = Some((true, vec![String::new()]));
        assert_eq!(of(&[("setup.cfg", cfg)]), lib);
        assert_eq!(of(&[("setup.cfg", cfg), ("setup.py", py)]), lib);
        assert_eq!(of(&[("setup.py", py)]), root);
        assert_eq!(of(&[("setup.cfg", cfg), ("pyproject.toml", PROJECT)]), lib);
        let hatch = PROJECT.replace("requires = []", "build-backend = 'hatchling.build'");
        assert_eq!(of(&[("setup.cfg", cfg), ("pyproject.toml", &hatch)]), root);
        // Settings of a formatter make no package.
        assert_eq!(of(&[("setup.cfg", "[flake8]\nx = 1\n")]), Some((false, vec![String::new()])));
    }
}
