//! What a directory says of the tools that it needs, in the files that other programs read. Nothing is run.

use std::path::Path;

use super::conda::Environment;
use crate::files::bounded;
use crate::manifest::nix_shell_file;
use crate::version::Requirement;

/// More than any such file has.
const MOST_BYTES: u64 = 1 << 20;

/// What the files of a directory say about Python.
#[derive(Debug, Default)]
pub struct Python {
    /// The version, and the file that has it.
    pub version: Option<(Requirement, &'static str)>,
    /// The file that lists the packages.
    pub packages: Option<&'static str>,
    /// A conda environment, and its file.
    pub conda: Option<(Environment, &'static str)>,
}

const CONDA: [&str; 2] = ["environment.yml", "environment.yaml"];

pub fn text(directory: &Path, name: &str) -> Option<String> {
    bounded::read_text(&directory.join(name), MOST_BYTES).ok()
}

impl Python {
    pub fn of(directory: &Path) -> Self {
        let conda = CONDA.into_iter().find_map(|name| Some((Environment::read(&text(directory, name)?), name)));
        let of_conda = || {
            let (environment, name) = conda.as_ref()?;
            Some((requirement(environment.python.as_deref()?)?, *name))
        };
        let of_line = |name: &'static str| {
            let text = text(directory, name)?;
            let line = text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#'))?;
            Some((minor(line.strip_prefix("python-").unwrap_or(line))?, name))
        };
        let of_pyproject = || Some((requires_python(&text(directory, "pyproject.toml")?)?, "pyproject.toml"));
        let version =
            of_line(".python-version").or_else(|| of_line("runtime.txt")).or_else(of_conda).or_else(of_pyproject);
        let lists_packages = |name: &&&str| match **name {
            "pyproject.toml" => text(directory, name).is_some_and(|text| text.contains("[project]")),
            _ => directory.join(name).is_file(),
        };
        let packages = ["requirements.txt", "pyproject.toml"].iter().find(lists_packages).copied();
        Self { version, packages, conda }
    }
}

/// The version up to its second number: a patch release is the lock's to choose.
fn minor(version: &str) -> Option<Requirement> {
    let mut numbers = version.split('.');
    let (major, minor) = (numbers.next()?, numbers.next().filter(|minor| !minor.is_empty())?);
    format!("{major}.{minor}").parse().ok()
}

/// A version of conda's: `3.11`, `3.11.*`, `>=3.10,<3.12`.
fn requirement(version: &str) -> Option<Requirement> {
    if version.starts_with(['<', '>']) {
        return version.replace(' ', "").parse().ok();
    }
    minor(version.trim_end_matches('*').trim_end_matches('.'))
}

fn requires_python(pyproject: &str) -> Option<Requirement> {
    let line = pyproject.lines().find_map(|line| line.trim().strip_prefix("requires-python"))?;
    line.trim_start().strip_prefix('=')?.trim().trim_matches(['"', '\'']).replace(' ', "").parse().ok()
}

/// For a directory without a manifest: what to type for the files that are there, at most two lines.
pub fn advice(directory: &Path) -> Vec<String> {
    let has = |name: &str| directory.join(name).is_file();
    let mut advice = Vec::new();
    let python = Python::of(directory);
    let template = if has("manage.py") {
        Some(("manage.py", "django"))
    } else if let Some((_, name)) = &python.conda {
        Some((*name, "python-data"))
    } else {
        python.packages.or(python.version.map(|(_, name)| name)).map(|name| (name, "algorithms"))
    };
    if let Some((file, template)) = template {
        advice.push(format!("{file} is there: `devshell init {template}` writes a `python` block for it"));
    }
    if let Some(file) = nix_shell_file(has) {
        advice.push(format!("{file} is there: \"nix\": true in devshell.json adds its dev shell to the environment"));
    }
    let adds: Vec<(&str, String)> = [node(directory), go(directory), others(&has)].into_iter().flatten().collect();
    if !adds.is_empty() {
        let files: Vec<&str> = adds.iter().map(|(file, _)| *file).collect();
        let tools: Vec<&str> = adds.iter().map(|(_, tools)| tools.as_str()).collect();
        let verb = if files.len() == 1 { "is" } else { "are" };
        advice.push(format!("{} {verb} there: `devshell add {}`", files.join(", "), tools.join(" ")));
    }
    advice
}

/// Node and its package manager, with the versions that are named.
fn node(directory: &Path) -> Option<(&'static str, String)> {
    let of_line = |name: &'static str| {
        let text = text(directory, name)?;
        let version = text.trim().trim_start_matches('v').trim_end_matches(".x").to_owned();
        version.parse::<Requirement>().ok().map(|version| (name, version))
    };
    let package =
        text(directory, "package.json").and_then(|text| serde_json::from_str::<serde_json::Value>(&text).ok());
    let engines = || {
        let text = package.as_ref()?["engines"]["node"].as_str()?;
        Some(("package.json", text.split_whitespace().collect::<Vec<_>>().join(",").parse::<Requirement>().ok()?))
    };
    let version = of_line(".nvmrc").or_else(|| of_line(".node-version")).or_else(engines);
    let (file, node) = match (&version, &package) {
        (Some((file, version)), _) => (*file, shown("node", version)),
        (None, Some(_)) => ("package.json", "node".to_owned()),
        (None, None) => return None,
    };
    let manager = package.as_ref().and_then(|package| package["packageManager"].as_str()).map(str::to_owned);
    // A hash of the manager may follow its version.
    let manager = manager.and_then(|manager| manager.split('+').next().map(str::to_owned));
    let is_known = |manager: &String| ["pnpm@", "yarn@", "npm@", "bun@"].iter().any(|name| manager.starts_with(name));
    let is_plain = |manager: &String| manager.chars().all(|c| c.is_ascii_alphanumeric() || "@.-".contains(c));
    let tools: Vec<String> = [node].into_iter().chain(manager.filter(is_known).filter(is_plain)).collect();
    Some((file, tools.join(" ")))
}

fn go(directory: &Path) -> Option<(&'static str, String)> {
    let text = text(directory, "go.mod")?;
    let version = text.lines().find_map(|line| minor(line.trim().strip_prefix("go ")?.trim()));
    Some(("go.mod", version.map_or_else(|| "go".to_owned(), |version| shown("go", &version))))
}

fn others(has: &impl Fn(&str) -> bool) -> Option<(&'static str, String)> {
    let known = [
        ("rust-toolchain.toml", "deb:rustc deb:cargo"),
        ("Cargo.toml", "deb:rustc deb:cargo"),
        ("pom.xml", "deb:maven"),
        ("Gemfile", "deb:ruby deb:ruby-bundler"),
        ("composer.json", "deb:composer"),
        ("CMakeLists.txt", "cmake ninja"),
    ];
    known.into_iter().find(|(file, _)| has(file)).map(|(file, tools)| (file, tools.to_owned()))
}

/// A tool with a version, as a command line has it.
fn shown(tool: &str, version: &Requirement) -> String {
    shell_words::quote(&format!("{tool}@{version}")).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_read_for_versions() {
        for (files, expected) in [
            (&[("environment.yml", "dependencies:\n  - python=3.11.4\n")][..], Some("3.11")),
            (&[("runtime.txt", "python-3.11.9\n"), ("environment.yml", "dependencies:\n- python=3.9")], Some("3.11")),
            (&[(".python-version", "# x\n3.12\n"), ("runtime.txt", "python-3.11.9\n")], Some("3.12")),
            (&[("pyproject.toml", "[project]\nrequires-python = \">=3.10, <3.13\"\n")], Some(">=3.10,<3.13")),
            (&[(".python-version", "pypy3.9-7.3\n")], None),
            (&[("requirements.txt", "x")], None),
        ] {
            let place = tempfile::tempdir().unwrap();
            for (name, text) in files {
                fs_err::write(place.path().join(name), text).unwrap();
            }
            let found = Python::of(place.path()).version.map(|(version, _)| version.to_string());
            assert_eq!(found.as_deref(), expected, "{files:?}");
        }
    }

    #[test]
    fn files_lead_to_what_they_need() {
        let package = r#"{ "packageManager": "pnpm@10.12.1+sha512.ab", "engines": { "node": ">=22 <23" } }"#;
        for (files, expected) in [
            (
                &[("package.json", package)][..],
                &["package.json is there: `devshell add 'node@>=22,<23' pnpm@10.12.1`"][..],
            ),
            (
                &[("package.json", package), (".nvmrc", "v22\n")],
                &[".nvmrc is there: `devshell add node@22 pnpm@10.12.1`"],
            ),
            (
                &[("package.json", "{ \"packageManager\": \"pnpm@1`x`\" }")],
                &["package.json is there: `devshell add node`"],
            ),
            (
                &[("go.mod", "module a\n\ngo 1.24.3\n"), (".nvmrc", "lts/*")],
                &["go.mod is there: `devshell add go@1.24`"],
            ),
            (
                &[("manage.py", ""), ("requirements.txt", "")],
                &["manage.py is there: `devshell init django` writes a `python` block for it"],
            ),
            (
                &[("environment.yml", "dependencies:\n"), ("Cargo.toml", "")],
                &[
                    "environment.yml is there: `devshell init python-data` writes a `python` block for it",
                    "Cargo.toml is there: `devshell add deb:rustc deb:cargo`",
                ],
            ),
            (&[("README", "")], &[]),
        ] {
            let place = tempfile::tempdir().unwrap();
            for (name, text) in files {
                fs_err::write(place.path().join(name), text).unwrap();
            }
            assert_eq!(advice(place.path()), expected, "{files:?}");
        }
    }
}
