//! What uv writes about a set of packages: `pylock.toml` (PEP 751, "A file format to record Python
//! dependencies for installation reproducibility"). Only what decides which bytes are installed
//! is read.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::marker;
use super::pythons::Pythons;
use super::wheel::Wheel;
use crate::digest::Integrity;
use crate::lock::Artifact;
use crate::name::{BadName, Marker, SourceLabel, normalized};
use crate::platform::{Platform, Platforms};

/// Why a set of packages cannot be locked.
#[derive(Debug, thiserror::Error)]
pub enum PylockError {
    #[error("the pylock.toml makes no sense")]
    Syntax(#[from] toml::de::Error),
    #[error("`{package}` is wanted from {from}, not from an index, so nothing guarantees its bytes")]
    Foreign { package: String, from: &'static str },
    #[error("a package of it cannot be locked")]
    Name(#[from] BadName),
    #[error("the index gives no hash for `{file}` that could be trusted")]
    NoHash { file: String },
}

/// What a set of packages is for.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    pub pythons: &'a Pythons,
    pub platforms: Platforms,
    /// Packages that may be built from their source, by normalised name.
    pub allow_build: &'a BTreeSet<String>,
}

/// What there is of a set of packages.
#[derive(Debug, Default)]
pub struct Found {
    /// The files to install.
    pub artifacts: Vec<Artifact>,
    /// The packages without any, each with its version: they would have to be built.
    pub without: Vec<(String, String)>,
}

#[derive(Deserialize)]
struct Content {
    #[serde(default)]
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    #[serde(default)]
    version: String,
    marker: Option<String>,
    #[serde(default)]
    wheels: Vec<File>,
    sdist: Option<File>,
    vcs: Option<toml::Value>,
    directory: Option<toml::Value>,
    archive: Option<toml::Value>,
}

#[derive(Deserialize)]
struct File {
    name: Option<String>,
    url: Option<String>,
    path: Option<String>,
    #[serde(default)]
    hashes: Hashes,
}

#[derive(Default, Deserialize)]
struct Hashes {
    sha256: Option<String>,
    sha512: Option<String>,
}

/// The files to install, with their packages: wheels for our platforms and the Pythons asked for,
/// and the source distributions of packages that may be built. A package that none of these Pythons
/// gets is left out.
pub fn found(text: &str, scope: Scope) -> Result<Found, PylockError> {
    let pylock: Content = toml::from_str(text)?;
    let mut found = Found::default();
    for package in pylock.packages {
        let foreign = [
            ("a version control system", &package.vcs),
            ("a directory", &package.directory),
            ("an archive", &package.archive),
        ];
        if let Some((from, _)) = foreign.into_iter().find(|(_, place)| place.is_some()) {
            return Err(PylockError::Foreign { package: package.name, from });
        }
        let Some(marker) = package
            .marker
            .as_deref()
            .map_or(Some(String::new()), |marker| marker::shortened(marker, scope.pythons, scope.platforms))
        else {
            continue;
        };
        let minors = marker::minors(&marker, scope.pythons);
        let marker = Some(marker).filter(|marker| !marker.is_empty()).map(|marker| marker.parse()).transpose()?;
        let files = package.files(marker.as_ref(), &minors, scope)?;
        if files.is_empty() && !is_elsewhere(&package, scope.platforms) {
            found.without.push((normalized(&package.name), package.version));
        }
        for file in files {
            // An index that is searched twice, or a version with two markers that come to the same.
            let mut same = found.artifacts.iter().rev().take_while(|one| one.package == file.package);
            if !same.any(|one| *one == file) {
                found.artifacts.push(file);
            }
        }
    }
    Ok(found)
}

/// The source distributions of some packages, by normalized name.
pub fn sdists(text: &str, names: &BTreeSet<String>) -> Result<Vec<Artifact>, PylockError> {
    let pylock: Content = toml::from_str(text)?;
    let mut found = Vec::new();
    for package in pylock.packages.iter().filter(|package| names.contains(&normalized(&package.name))) {
        if let Some(sdist) = &package.sdist {
            found.push(package.artifact(sdist, None)?);
        }
    }
    Ok(found)
}

impl Package {
    fn artifact(&self, file: &File, marker: Option<&Marker>) -> Result<Artifact, PylockError> {
        let file_name = file.file_name();
        let hash = file.hashes.sha256.as_ref().or(file.hashes.sha512.as_ref());
        let integrity = hash.and_then(|hex| Integrity::from_hex(hex));
        let integrity = integrity.ok_or_else(|| PylockError::NoHash { file: file_name.to_owned() })?;
        Ok(Artifact {
            file: Some(file_name.parse()?),
            marker: marker.cloned(),
            ..Artifact::new(SourceLabel::Pypi, normalized(&self.name).parse()?, self.version.parse()?, integrity)
        })
    }

    /// The files that count for a marker, which is for some minor versions of Python 3.
    fn files(&self, marker: Option<&Marker>, minors: &[u32], scope: Scope) -> Result<Vec<Artifact>, PylockError> {
        let name = normalized(&self.name);
        let artifact = |file: &File| self.artifact(file, marker);
        let mut found = Vec::new();
        for file in &self.wheels {
            let Some(wheel) = Wheel::parse(file.file_name()) else { continue };
            let mut platforms = wheel.platforms();
            if platforms.len() == Platform::ALL.len() {
                platforms.clear();
            } else {
                platforms.retain(|platform| scope.platforms.contains(*platform));
                if platforms.is_empty() {
                    continue;
                }
            }
            if !wheel.fits_any_of(minors) {
                continue;
            }
            found.push(Artifact { platforms, ..artifact(file)? });
        }
        if let Some(sdist) = self.sdist.as_ref().filter(|_| scope.allow_build.contains(&name)) {
            found.push(artifact(sdist)?);
        }
        Ok(found)
    }
}

impl File {
    fn file_name(&self) -> &str {
        let place = || self.url.as_deref().or(self.path.as_deref()).unwrap_or_default();
        self.name.as_deref().unwrap_or_else(|| {
            let path = place().split(['?', '#']).next().unwrap_or_default();
            path.rsplit('/').next().unwrap_or(path)
        })
    }
}

/// Whether it has wheels, none of which is for us: such as those for Windows alone.
fn is_elsewhere(package: &Package, platforms: Platforms) -> bool {
    let is_ours = |wheel: &Wheel| wheel.platforms().iter().any(|platform| platforms.contains(*platform));
    let mut wheels = package.wheels.iter().filter_map(|file| Wheel::parse(file.file_name())).peekable();
    let elsewhere =
        package.marker.as_deref().is_some_and(|marker| marker.contains("'win32'") || marker.contains("'nt'"));
    elsewhere && wheels.peek().is_some() && !wheels.any(|wheel| is_ours(&wheel))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEX: &str = "1111111111111111111111111111111111111111111111111111111111111111";

    fn read(packages: &str, python: &str, allowed: &[&str]) -> Result<(Vec<String>, Vec<String>), PylockError> {
        read_for(packages, python, allowed, Platforms::ALL)
    }

    fn read_for(
        packages: &str,
        python: &str,
        allowed: &[&str],
        platforms: Platforms,
    ) -> Result<(Vec<String>, Vec<String>), PylockError> {
        let text = format!("lock-version = '1.0'\nrequires-python = '>=3.10'\n{packages}").replace("HEX", HEX);
        let pythons = Pythons::of(&python.parse().unwrap(), None);
        let allow_build = allowed.iter().map(|name| (*name).to_owned()).collect();
        let shown = |artifact: Artifact| {
            let platforms: Vec<&str> = artifact.platforms.iter().map(|platform| platform.name()).collect();
            let marker = artifact.marker.map(|marker| format!(" ; {marker}")).unwrap_or_default();
            format!(
                "{} {} {} {}{marker}",
                artifact.package,
                artifact.version,
                artifact.file.unwrap(),
                platforms.join(",")
            )
        };
        let found = found(&text, Scope { pythons: &pythons, platforms, allow_build: &allow_build })?;
        let without = found.without.into_iter().map(|(name, version)| format!("{name} {version}")).collect();
        Ok((found.artifacts.into_iter().map(shown).collect(), without))
    }

    const PYTHONS: &str = ">=3.10,<3.13";

    #[test]
    fn the_files_for_us_are_read() {
        let packages = r#"
[[packages]]
name = "NumPy"
version = "2.2.6"
marker = "python_full_version == '3.10.*' and (sys_platform == 'darwin' or sys_platform == 'linux')"
sdist = { url = "https://a.example/numpy-2.2.6.tar.gz", hashes = { sha256 = "HEX" } }
wheels = [
  { url = "https://a.example/numpy-2.2.6-cp310-cp310-manylinux_2_17_x86_64.whl", hashes = { sha256 = "HEX" } },
  { url = "https://a.example/numpy-2.2.6-cp39-cp39-manylinux_2_17_x86_64.whl", hashes = { sha256 = "HEX" } },
  { url = "https://a.example/numpy-2.2.6-cp311-cp311-manylinux_2_17_x86_64.whl", hashes = { sha256 = "HEX" } },
  { url = "https://a.example/numpy-2.2.6-cp310-cp310-win_amd64.whl", hashes = { sha256 = "HEX" } },
]
[[packages]]
name = "six"
version = "1.0"
marker = "python_full_version >= '3.10' and (sys_platform == 'darwin' or sys_platform == 'linux')"
wheels = [{ name = "six-1.0-py2.py3-none-any.whl", path = "x", hashes = { sha256 = "HEX" } }]
"#;
        let mac = ["aarch64-darwin".parse().unwrap()].into_iter().collect();
        let (files, without) = read_for(packages, PYTHONS, &[], mac).unwrap();
        assert_eq!(
            (files, without),
            (vec!["six 1.0 six-1.0-py2.py3-none-any.whl ".to_owned()], vec!["numpy 2.2.6".to_owned()])
        );
        let expected = [
            "numpy 2.2.6 numpy-2.2.6-cp310-cp310-manylinux_2_17_x86_64.whl x86_64-linux ; python_full_version == '3.10.*'",
            "six 1.0 six-1.0-py2.py3-none-any.whl ",
        ];
        assert_eq!(read(packages, PYTHONS, &[]).unwrap().0, expected);
        assert_eq!(
            read(packages, PYTHONS, &["numpy"]).unwrap().0[1],
            "numpy 2.2.6 numpy-2.2.6.tar.gz  ; python_full_version == '3.10.*'"
        );
    }

    #[test]
    fn what_cannot_be_trusted_or_installed_is_refused() {
        for (package, said) in [
            ("vcs = { type = 'git', url = 'x', commit-id = '0' }", "`a` is wanted from a version control system"),
            ("directory = { path = '.' }", "`a` is wanted from a directory"),
            ("archive = { url = 'https://a.example/a.whl', hashes = {} }", "`a` is wanted from an archive"),
            ("wheels = [{ url = 'https://a.example/a-1-py3-none-any.whl' }]", "no hash for `a-1-py3-none-any.whl`"),
        ] {
            let text = format!("[[packages]]\nname = 'a'\nversion = '1'\n{package}\n");
            let error = read(&text, PYTHONS, &[]).unwrap_err().to_string();
            assert!(error.contains(said), "{error}");
        }
        assert!(read("packages = 1", PYTHONS, &[]).is_err());
    }

    #[test]
    fn what_has_no_wheel_is_listed_and_what_no_python_gets_is_left_out() {
        let package = |name: &str, marker: &str, wheel: &str| {
            format!(
                "[[packages]]\nname = '{name}'\nversion = '1'\nmarker = \"{marker}\"\n\
                 sdist = {{ url = 'https://a.example/{name}-1.tar.gz', hashes = {{ sha256 = 'HEX' }} }}\n\
                 wheels = [{{ url = 'https://a.example/{name}-1-{wheel}.whl', hashes = {{ sha256 = 'HEX' }} }}]\n"
            )
        };
        let packages = [
            package("old", "python_full_version < '3.11'", "cp310-cp310-manylinux_2_17_x86_64"),
            package("new", "python_full_version >= '3.11'", "cp312-cp312-manylinux_2_17_x86_64"),
            package("pypy", "implementation_name == 'pypy'", "pp311-pypy311_pp73-manylinux_2_17_x86_64"),
            package("gone", "sys_platform == 'linux'", "cp39-cp39-manylinux_2_17_x86_64"),
            package("both", "python_full_version < '3.12'", "cp311-cp311-manylinux_2_17_x86_64"),
            package("both", "python_full_version == '3.11.*'", "cp311-cp311-manylinux_2_17_x86_64"),
        ];
        let (files, without) = read(&packages.concat(), "3.11", &[]).unwrap();
        assert_eq!(files, ["both 1 both-1-cp311-cp311-manylinux_2_17_x86_64.whl x86_64-linux"]);
        assert_eq!(without, ["new 1", "gone 1"]);
    }
}
