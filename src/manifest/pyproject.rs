//! `pyproject.toml`: what of it decides which commands, modules and packages a dev shell has. Settings of formatters,
//! descriptions and comments do not.

use serde_json::{Map, Value};

use crate::name::InsidePath;

/// The tables and keys that decide ("pyproject.toml specification"; those of the backends say where modules are).
const DECIDE: [&[&str]; 15] = [
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
    &["tool", "hatch"],
    &["tool", "poetry"],
    &["tool", "setuptools"],
    &["tool", "uv"],
];

/// What of a `pyproject.toml` decides, by its place; `None` when it is no TOML. `is_directory` says of which paths
/// from its own directory there are directories.
pub fn deciding(text: &str, is_directory: impl Fn(&str) -> bool) -> Option<Value> {
    let table: toml::Table = toml::from_str(text).ok()?;
    let mut found = Map::new();
    for path in DECIDE {
        let (first, rest) = path.split_first()?;
        let value = rest.iter().try_fold(table.get(*first), |value, key| Some(value?.get(key)));
        if let Some(value) = value.flatten() {
            found.insert(path.join("."), serde_json::to_value(value).ok()?);
        }
    }
    let source = table.get("tool").and_then(toml::Value::as_table);
    let source = source_directory(source.unwrap_or(&toml::Table::new()), is_directory);
    found.insert("source".to_owned(), source.map_or(Value::Null, Value::String));
    Some(Value::Object(found))
}

/// The directory of a project's modules, from the project's own; `None` for that itself. It is where the
/// build's settings (the table `tool`) say, else `src` if there is one.
pub fn source_directory(tool: &toml::Table, is_directory: impl Fn(&str) -> bool) -> Option<String> {
    let at = |path: &[&str]| {
        let (first, rest) = path.split_first()?;
        rest.iter().try_fold(tool.get(*first)?, |value, key| value.get(*key))
    };
    let text = |value: &toml::Value| value.as_str().map(str::to_owned);
    let first = |value: &toml::Value| value.as_array()?.first().cloned();
    let above = |path: String| path.rsplit_once('/').map_or(String::new(), |(above, _)| above.to_owned());
    let told = at(&["setuptools", "package-dir", ""])
        .and_then(text)
        .or_else(|| text(&first(at(&["setuptools", "packages", "find", "where"])?)?))
        .or_else(|| text(at(&["uv", "build-backend", "module-root"])?))
        .or_else(|| Some(above(text(&first(at(&["hatch", "build", "targets", "wheel", "packages"])?)?)?)))
        .or_else(|| text(first(at(&["poetry", "packages"])?)?.get("from")?));
    let source = told.unwrap_or_else(|| "src".to_owned());
    // A directory of the project's, whose name is one line of a file.
    let source: InsidePath = source.trim_end_matches('/').parse().ok()?;
    Some(source.as_str().to_owned()).filter(|path| is_directory(path))
}

#[cfg(test)]
mod tests {
    use super::deciding;

    const PROJECT: &str = "[build-system]\nrequires = []\n[project]\nname = 'shop'\nversion = '1'\n";

    #[test]
    fn only_what_decides_counts() {
        let of = |more: &str| deciding(&format!("{PROJECT}{more}"), |path| path == "lib").unwrap();
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
            "[tool.hatch.build.targets.wheel]\npackages = ['lib/shop']\n",
            "[[tool.poetry.packages]]\ninclude = 'shop'\nfrom = 'lib'\n",
        ] {
            assert_ne!(of(more), of(""), "{more}");
        }
        assert_ne!(deciding(PROJECT, |path| path == "src"), deciding(PROJECT, |_| false));
        assert_ne!(deciding(PROJECT, |_| true), deciding(&PROJECT.replace("'1'", "'2'"), |_| true));
        assert_eq!(deciding("[", |_| true), None);
    }
}
