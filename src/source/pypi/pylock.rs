//! What uv writes about a set of packages: `pylock.toml` (PEP 751, "A file format to record Python
//! dependencies for installation reproducibility"). Only what decides which bytes are installed
//! is read.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::marker;
use super::wheel::Wheel;
use crate::digest::Integrity;
use crate::lock::Artifact;
use crate::name::{BadName, Marker, SourceLabel, normalized};
use crate::platform::Platform;
use crate::version::{Requirement, Scheme};

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
    #[error("`{package}` {version} has no wheel for any of Python {python} here, only what would have to be built")]
    NoWheel { package: String, version: String, python: Requirement },
}

/// What a set of packages is for.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    pub python: &'a Requirement,
    /// Of these, only those below a version count.
    pub below: Option<&'a str>,
    /// Packages that may be built from their source, by normalised name.
    pub allow_build: &'a BTreeSet<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Content {
    requires_python: Option<String>,
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

/// Every Python of the third line that is out, or that may come while this lock lives.
const MINORS: std::ops::RangeInclusive<u32> = 7..=19;

/// The minor versions of Python 3 that a requirement lets through.
pub fn minors(python: &Requirement) -> Vec<u32> {
    // Some release of that series must do; which ones there are is not known here.
    let fits = |minor: &u32| (0..40).any(|patch| python.accepts(&format!("3.{minor}.{patch}"), Scheme::Pep440));
    MINORS.filter(fits).collect()
}

/// The lowest Python that a requirement lets through, as `3.N`.
pub fn lowest(python: &Requirement) -> Option<String> {
    minors(python).first().map(|minor| format!("3.{minor}"))
}

/// The files to install, with their packages: wheels for our platforms and the Pythons asked for,
/// and the source distributions of packages that may be built.
pub fn artifacts(text: &str, scope: Scope) -> Result<Vec<Artifact>, PylockError> {
    let pylock: Content = toml::from_str(text)?;
    let mut minors = minors(scope.python);
    minors.retain(|minor| scope.below.is_none_or(|below| Scheme::Pep440.compare(&format!("3.{minor}"), below).is_lt()));
    let always = pylock.requires_python.as_deref().and_then(|text| text.strip_prefix(">="));
    let always = always.map(|lowest| format!("python_full_version >= '{}'", lowest.trim()));
    let mut found = Vec::new();
    for package in pylock.packages {
        let foreign = [
            ("a version control system", &package.vcs),
            ("a directory", &package.directory),
            ("an archive", &package.archive),
        ];
        if let Some((from, _)) = foreign.into_iter().find(|(_, place)| place.is_some()) {
            return Err(PylockError::Foreign { package: package.name, from });
        }
        // The lock is for no other Python.
        let never_above = scope.below.map(|below| format!(" and python_full_version < '{below}'"));
        let marker = package.marker.as_deref().map(|marker| match &never_above {
            Some(true_here) => marker::shortened(&marker.replace(true_here, "")),
            None => marker::shortened(marker),
        });
        let marker = marker.filter(|marker| !marker.is_empty() && Some(marker) != always.as_ref());
        let marker: Option<Marker> = marker.map(|marker| marker.parse()).transpose()?;
        let minors = marker.as_deref().map_or_else(|| minors.clone(), |marker| marker::minors(marker, &minors));
        let name = normalized(&package.name);
        let artifact = |file: &File| -> Result<Artifact, PylockError> {
            let file_name = file.file_name();
            let hash = file.hashes.sha256.as_ref().or(file.hashes.sha512.as_ref());
            let integrity = hash.and_then(|hex| Integrity::from_hex(hex));
            let integrity = integrity.ok_or_else(|| PylockError::NoHash { file: file_name.to_owned() })?;
            Ok(Artifact {
                file: Some(file_name.parse()?),
                marker: marker.clone(),
                ..Artifact::new(SourceLabel::Pypi, name.parse()?, package.version.parse()?, integrity)
            })
        };
        let before = found.len();
        for file in &package.wheels {
            let Some(wheel) = Wheel::parse(file.file_name()) else { continue };
            let platforms = wheel.platforms();
            if platforms.is_empty() || !wheel.fits_any_of(&minors) {
                continue;
            }
            let platforms = if platforms.len() == Platform::ALL.len() { Vec::new() } else { platforms };
            found.push(Artifact { platforms, ..artifact(file)? });
        }
        if let Some(sdist) = package.sdist.as_ref().filter(|_| scope.allow_build.contains(&name)) {
            found.push(artifact(sdist)?);
        }
        if found.len() == before && !is_elsewhere(&package) {
            let (package, version) = (name, package.version.clone());
            return Err(PylockError::NoWheel { package, version, python: scope.python.clone() });
        }
    }
    Ok(found)
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
fn is_elsewhere(package: &Package) -> bool {
    let mut wheels = package.wheels.iter().filter_map(|file| Wheel::parse(file.file_name())).peekable();
    let elsewhere =
        package.marker.as_deref().is_some_and(|marker| marker.contains("'win32'") || marker.contains("'nt'"));
    elsewhere && wheels.peek().is_some() && wheels.all(|wheel| wheel.platforms().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEX: &str = "1111111111111111111111111111111111111111111111111111111111111111";

    fn read(packages: &str, allowed: &[&str]) -> Result<Vec<String>, PylockError> {
        let text = format!("lock-version = '1.0'\nrequires-python = '>=3.10'\n{packages}").replace("HEX", HEX);
        let python: Requirement = ">=3.10,<3.13".parse().unwrap();
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
        Ok(artifacts(&text, Scope { python: &python, below: None, allow_build: &allow_build })?
            .into_iter()
            .map(shown)
            .collect())
    }

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
        let expected = [
            "numpy 2.2.6 numpy-2.2.6-cp310-cp310-manylinux_2_17_x86_64.whl x86_64-linux ; python_full_version == '3.10.*'",
            "six 1.0 six-1.0-py2.py3-none-any.whl ",
        ];
        assert_eq!(read(packages, &[]).unwrap(), expected);
        assert_eq!(
            read(packages, &["numpy"]).unwrap()[1],
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
            ("sdist = { url = 'https://a.example/a-1.tar.gz', hashes = { sha256 = 'HEX' } }", "`a` 1 has no wheel"),
            ("wheels = [{ url = 'https://a.example/a-1-cp39-cp39-linux_x86_64.whl' }]", "`a` 1 has no wheel"),
        ] {
            let error =
                read(&format!("[[packages]]\nname = 'a'\nversion = '1'\n{package}\n"), &[]).unwrap_err().to_string();
            assert!(error.contains(said), "{error}");
        }
        assert!(read("packages = 1", &[]).is_err());
    }

    #[test]
    fn requirements_mean_series() {
        let minors = |text: &str| minors(&text.parse().unwrap());
        assert_eq!(minors(">=3.10,<3.13"), [10, 11, 12]);
        assert_eq!(minors("3.13"), [13]);
        assert_eq!(minors("=3.11.4"), [11]);
        assert_eq!(minors(">3.17"), [18, 19]);
        assert_eq!(minors("2.7"), [0; 0]);
    }
}
