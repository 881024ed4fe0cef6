//! Where the modules of a project are: what an editable installation would put on the path, as far
//! as the settings of its build backend say it. Nothing is built for that.

use std::collections::{BTreeMap, BTreeSet};

use toml::{Table, Value};

use super::setup_files::SetupFiles;
use crate::name::{InsidePath, normalized};

/// Where modules are, from the project's own directory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Modules {
    /// The directories to put on the path; an empty text is the project's own.
    pub directories: Vec<String>,
    /// Packages that are called otherwise than their directories: `shop` is in `code/main`.
    pub renamed: BTreeMap<String, String>,
    /// Why there may be more, which only a build would tell.
    pub beyond: Option<String>,
}

impl Modules {
    /// Those of a project. `is_directory` tells of a path from its own directory whether there is a directory.
    pub fn of(pyproject: &Table, setup: SetupFiles, is_directory: &dyn Fn(&str) -> bool) -> Self {
        let text = |path: &[&str]| at(pyproject, path).and_then(Value::as_str);
        let name = text(&["project", "name"]).map(|name| normalized(name).replace('-', "_"));
        let tool = pyproject.get("tool").and_then(Value::as_table).cloned().unwrap_or_default();
        let backend = text(&["build-system", "build-backend"]).unwrap_or("setuptools.build_meta");
        let mut found = Found { tool: &tool, name: name.unwrap_or_default(), is_directory, modules: Self::default() };
        match backend.split(['.', ':', '_']).next().unwrap_or_default() {
            "setuptools" => found.setuptools(setup),
            "hatchling" => found.hatch(),
            "poetry" => found.poetry(),
            "pdm" => found.pdm(),
            "flit" => found.by_name(&["src"], &["flit", "module", "name"]),
            "uv" => found.uv(),
            "maturin" => found.maturin(),
            "scikit" => found.scikit(),
            "mesonpy" => {
                found.by_name(&["src"], &[]);
                found.modules.beyond = Some("`meson.build` says where its modules are".to_owned());
            }
            // Where most have them.
            _ => found.anywhere(),
        }
        found.modules.checked(is_directory)
    }

    /// Without what is no directory of the project, or no name; with the project's own if nothing is left.
    fn checked(mut self, is_directory: &dyn Fn(&str) -> bool) -> Self {
        let mut seen = BTreeSet::new();
        let inside = |path: &str| {
            let path = path.trim_start_matches("./").trim_end_matches('/');
            if path.is_empty() || path == "." {
                return Some(String::new());
            }
            let path: InsidePath = path.parse().ok()?;
            is_directory(path.as_str()).then(|| path.as_str().to_owned())
        };
        let directories = self.directories.iter().filter_map(|path| inside(path));
        self.directories = directories.filter(|path| seen.insert(path.clone())).collect();
        // Python runs these by itself at its start, so consent has to see them where modules are.
        let is_startup = |name: &str| ["sitecustomize", "usercustomize"].contains(&name);
        let is_name = |name: &str| {
            !is_startup(name.split('.').next().unwrap_or_default())
                && name.split('.').all(|part| {
                    part.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
                        && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
                })
        };
        let renamed = std::mem::take(&mut self.renamed).into_iter().filter(|(name, _)| is_name(name));
        let renamed: BTreeMap<String, String> =
            renamed.filter_map(|(name, path)| Some((name, inside(&path)?))).collect();
        // Below a link to a directory of the project nothing can be put.
        let is_within = |name: &str| name.match_indices('.').any(|(at, _)| renamed.contains_key(&name[..at]));
        self.renamed =
            renamed.iter().filter(|(name, _)| !is_within(name)).map(|(a, b)| (a.clone(), b.clone())).collect();
        if self.directories.is_empty() && self.renamed.is_empty() {
            self.directories.push(String::new());
        }
        self
    }
}

/// What is found in the settings of one backend.
struct Found<'t> {
    tool: &'t Table,
    /// What the project's package is called when nothing says otherwise.
    name: String,
    is_directory: &'t dyn Fn(&str) -> bool,
    modules: Modules,
}

impl Found<'_> {
    fn add(&mut self, directory: &str) {
        self.modules.directories.push(directory.to_owned());
    }

    /// A package, and its directory: whose parent is on the path if they are called the same.
    fn package(&mut self, name: &str, directory: &str) {
        let directory = directory.trim_start_matches("./").trim_end_matches('/');
        match directory.strip_suffix(&name.replace('.', "/")).filter(|above| above.is_empty() || above.ends_with('/')) {
            Some(above) => self.add(above),
            None => {
                self.modules.renamed.insert(name.to_owned(), directory.to_owned());
            }
        }
    }

    /// `src`, if there is one, else the project's own directory.
    fn anywhere(&mut self) {
        let directory = if (self.is_directory)("src") { "src" } else { "" };
        self.add(directory);
    }

    /// The first of some directories that has the package whose name a setting says.
    fn by_name(&mut self, directories: &[&str], setting: &[&str]) {
        let named = if setting.is_empty() { None } else { at(self.tool, setting).and_then(Value::as_str) };
        let name = named.map_or_else(|| self.name.clone(), |name| name.replace('.', "/"));
        let first = name.split('/').next().unwrap_or_default();
        let has = |directory: &&&str| (self.is_directory)(&format!("{directory}/{first}"));
        match directories.iter().find(has) {
            Some(directory) => self.add(directory),
            None if (self.is_directory)(first) => self.add(""),
            // A module that is one file.
            None => self.anywhere(),
        }
    }

    /// "Package Discovery" of setuptools.
    fn setuptools(&mut self, setup: SetupFiles) {
        let own = |key: &str| at(self.tool, &["setuptools", key]);
        let mut places = setup.places();
        if let Some(table) = own("package-dir").and_then(Value::as_table) {
            places.package_dir =
                table.iter().filter_map(|(name, path)| Some((name.clone(), path.as_str()?.to_owned()))).collect();
        }
        let find = at(self.tool, &["setuptools", "packages", "find"]);
        let find = find.or_else(|| at(self.tool, &["setuptools", "packages", "find-namespace"]));
        if let Some(find) = find {
            places.is_listed = true;
            places.searched = texts(find.get("where")).map(str::to_owned).collect();
        }
        places.is_listed |= own("packages").is_some_and(Value::is_array) || own("py-modules").is_some();
        let is_listed = places.is_listed || places.package_dir.contains_key("");
        for (name, path) in &places.package_dir {
            if name.is_empty() { self.add(path) } else { self.package(name, path) }
        }
        places.searched.iter().for_each(|path| self.add(path));
        if self.modules.directories.is_empty() {
            if is_listed || !self.modules.renamed.is_empty() { self.add("") } else { self.anywhere() }
        }
        self.modules.beyond = places.beyond;
    }

    /// "Build configuration" of hatch, and its wheel target.
    fn hatch(&mut self) {
        let build = |key: &str| at(self.tool, &["hatch", "build", key]);
        let of_wheel = |key: &str| at(self.tool, &["hatch", "build", "targets", "wheel", key]).or_else(|| build(key));
        let of_editable: Vec<String> = texts(build("dev-mode-dirs")).map(str::to_owned).collect();
        let packages: Vec<String> = texts(of_wheel("packages")).map(str::to_owned).collect();
        let sources = of_wheel("sources").cloned();
        let is_selected = ["only-include", "include", "force-include"].iter().any(|key| of_wheel(key).is_some());
        for directory in &of_editable {
            self.add(directory);
        }
        if !of_editable.is_empty() {
            return;
        }
        for path in &packages {
            self.add(above(path));
        }
        texts(sources.as_ref()).for_each(|directory| self.add(directory));
        for (from, to) in sources.as_ref().and_then(Value::as_table).into_iter().flatten() {
            match to.as_str().map(|to| to.trim_matches('/')) {
                Some("") => self.add(from),
                Some(to) => self.package(&to.replace('/', "."), from),
                None => {}
            }
        }
        let is_empty = self.modules.directories.is_empty() && self.modules.renamed.is_empty();
        match (is_empty, is_selected) {
            (true, true) => self.add(""),
            (true, false) => self.by_name(&["src"], &[]),
            _ => {}
        }
    }

    /// "The pyproject.toml file", `packages`, of Poetry.
    fn poetry(&mut self) {
        let packages = at(self.tool, &["poetry", "packages"]).and_then(Value::as_array);
        let from = |package: &Value| package.get("from").and_then(Value::as_str).unwrap_or_default().to_owned();
        let from: Vec<String> = packages.into_iter().flatten().map(from).collect();
        for directory in &from {
            self.add(directory);
        }
        if from.is_empty() {
            self.by_name(&["src"], &["poetry", "name"]);
        }
    }

    /// "Build configuration", `package-dir`, of PDM's backend.
    fn pdm(&mut self) {
        match at(self.tool, &["pdm", "build", "package-dir"]).and_then(Value::as_str).map(str::to_owned) {
            Some(directory) => self.add(&directory),
            None => self.anywhere(),
        }
    }

    /// "The uv build backend", `module-root`.
    fn uv(&mut self) {
        let root = at(self.tool, &["uv", "build-backend", "module-root"]).and_then(Value::as_str);
        let root = root.unwrap_or("src").to_owned();
        self.add(&root);
    }

    /// "Project layout" of maturin. `src` is usually what is written in Rust.
    fn maturin(&mut self) {
        let module = at(self.tool, &["maturin", "module-name"]).and_then(Value::as_str);
        let module =
            module.map_or_else(|| self.name.clone(), |name| name.split('.').next().unwrap_or_default().to_owned());
        match at(self.tool, &["maturin", "python-source"]).and_then(Value::as_str).map(str::to_owned) {
            Some(directory) => self.add(&directory),
            None if (self.is_directory)(&format!("src/{module}")) => self.add("src"),
            None => self.add(""),
        }
        self.modules.beyond = Some("what is written in Rust is not built: `maturin develop`".to_owned());
    }

    /// "Customizing the built project", `wheel.packages`, of scikit-build-core.
    fn scikit(&mut self) {
        match at(self.tool, &["scikit-build", "wheel", "packages"]).cloned() {
            Some(Value::Array(paths)) => {
                paths.iter().filter_map(Value::as_str).for_each(|path| self.add(above(path)));
            }
            Some(Value::Table(packages)) => {
                for (name, path) in &packages {
                    self.package(&name.replace('/', "."), path.as_str().unwrap_or_default());
                }
            }
            _ => self.by_name(&["src", "python"], &[]),
        }
        self.modules.beyond = Some("what CMake builds is not built".to_owned());
    }
}

fn at<'t>(table: &'t Table, path: &[&str]) -> Option<&'t Value> {
    let (first, rest) = path.split_first()?;
    rest.iter().try_fold(table.get(*first)?, |value, key| value.get(*key))
}

/// The texts of a list, or the one text.
fn texts(value: Option<&Value>) -> impl Iterator<Item = &str> {
    let one = value.and_then(Value::as_str);
    one.into_iter().chain(value.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str))
}

/// The directory that a path is in.
fn above(path: &str) -> &str {
    path.trim_end_matches('/').rsplit_once('/').map_or("", |(above, _)| above)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The directories, then what is renamed, of a project with these settings and directories.
    fn found(backend: &str, settings: &str, there: &[&str]) -> Vec<String> {
        let text = format!("[project]\nname = 'My.Shop'\n[build-system]\nbuild-backend = '{backend}'\n{settings}\n");
        let is_directory = |path: &str| {
            there.iter().any(|one| *one == path || one.strip_prefix(path).is_some_and(|rest| rest.starts_with('/')))
        };
        let modules = Modules::of(&toml::from_str(&text).unwrap(), SetupFiles::default(), &is_directory);
        let renamed = modules.renamed.iter().map(|(name, path)| format!("{name}={path}"));
        modules.directories.into_iter().chain(renamed).collect()
    }

    #[test]
    fn each_backend_says_where_modules_are() {
        let (setuptools, hatch, poetry) = ("setuptools.build_meta", "hatchling.build", "poetry.core.masonry.api");
        let (pdm, flit, uv) = ("pdm.backend", "flit_core.buildapi", "uv_build");
        let (maturin, scikit, meson) = ("maturin", "scikit_build_core.build", "mesonpy");
        for (backend, settings, there, expected) in [
            (setuptools, "", &["src"][..], &["src"][..]),
            (setuptools, "", &[], &[""]),
            (setuptools, "[tool.setuptools]\npackages = ['shop']", &["src", "shop"], &[""]),
            (setuptools, "[tool.setuptools]\npy-modules = ['shop']", &["src"], &[""]),
            (
                setuptools,
                "[tool.setuptools.packages.find]\nwhere = ['lib', 'test/lib']",
                &["lib", "test/lib"],
                &["lib", "test/lib"],
            ),
            (setuptools, "[tool.setuptools.package-dir]\n'' = 'lib'", &["lib", "src"], &["lib"]),
            (setuptools, "[tool.setuptools.package-dir]\nshop = 'lib/x/shop'", &["lib/x/shop"], &["lib/x"]),
            (
                setuptools,
                "[tool.setuptools.package-dir]\nshop = 'code'\n'shop.a' = 'other/shop/a'",
                &["code", "other/shop/a"],
                &["other", "shop=code"],
            ),
            (setuptools, "[tool.setuptools.package-dir]\n'' = '../lib'", &["src"], &[""]),
            (setuptools, "[tool.setuptools.package-dir]\n'' = \"a\\nimport os\"", &["src"], &[""]),
            (hatch, "[tool.hatch.build]\npackages = ['lib/shop']", &["lib/shop"], &["lib"]),
            (hatch, "[tool.hatch.build.targets.wheel]\npackages = ['a/shop', 'b/more']", &["a", "b"], &["a", "b"]),
            (
                hatch,
                "[tool.hatch.build.targets.wheel]\nonly-include = ['lib/shop']\nsources = ['lib']",
                &["lib"],
                &["lib"],
            ),
            (hatch, "[tool.hatch.build.targets.wheel]\nonly-include = ['shop']", &["src", "shop"], &[""]),
            (hatch, "[tool.hatch.build.targets.wheel.sources]\n'code/x' = 'shop'", &["code/x"], &["shop=code/x"]),
            (hatch, "[tool.hatch.build]\ndev-mode-dirs = ['lib', '.']", &["lib"], &["lib", ""]),
            (hatch, "", &["src/my_shop"], &["src"]),
            (hatch, "", &["src/other", "my_shop"], &[""]),
            (
                poetry,
                "[[tool.poetry.packages]]\ninclude = 'a'\n[[tool.poetry.packages]]\ninclude = 'b'\nfrom = 'lib'",
                &["a", "lib/b"],
                &["", "lib"],
            ),
            (poetry, "", &["my_shop", "src/x"], &[""]),
            (pdm, "[tool.pdm.build]\npackage-dir = 'lib'", &["lib", "src"], &["lib"]),
            (pdm, "", &["src"], &["src"]),
            (flit, "[tool.flit.module]\nname = 'shop'", &["src/shop"], &["src"]),
            (flit, "[tool.flit.module]\nname = 'shop'", &["shop", "src/x"], &[""]),
            (uv, "", &["src"], &["src"]),
            (uv, "[tool.uv.build-backend]\nmodule-root = ''\nmodule-name = 'a.b'", &["src", "a/b"], &[""]),
            (maturin, "[tool.maturin]\npython-source = 'python'", &["python", "src"], &["python"]),
            (maturin, "", &["src", "my_shop"], &[""]),
            (maturin, "", &["src/my_shop"], &["src"]),
            (scikit, "[tool.scikit-build]\nwheel.packages = ['python/shop']", &["python/shop"], &["python"]),
            (scikit, "[tool.scikit-build.wheel.packages]\nshop = 'code'", &["code"], &["shop=code"]),
            (scikit, "", &["python/my_shop", "src"], &["python"]),
            (meson, "", &["my_shop", "src"], &[""]),
            ("absent", "", &["src"], &["src"]),
        ] {
            assert_eq!(found(backend, settings, there), expected, "{backend} {settings} {there:?}");
        }
    }
}
