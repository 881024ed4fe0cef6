//! What uv is given when packages are installed: a `pylock.toml` (PEP 751) of just what is locked.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use url::Url;

use crate::lock::{Artifact, LockedPython};
use crate::name::SourceLabel;
use crate::net::without_credentials;
use crate::source::{PythonError, ResolveError, Sources};

/// How many pages of an index are asked for at once.
const PARALLEL: usize = 16;

/// With the addresses that the indexes in force give.
pub fn located(artifacts: &[&Artifact], sources: &Sources) -> Result<String, PythonError> {
    let mut urls = addresses(artifacts, sources)?;
    for (artifact, url) in artifacts.iter().zip(&mut urls) {
        add_credentials(url, &index_of(&artifact.package, sources)?);
    }
    write(artifacts, &urls, |package| index_of(package, sources))
}

/// The packages of a lock for others to install, with addresses and without credentials.
pub fn exported(python: &LockedPython, sources: &Sources) -> Result<String, PythonError> {
    let artifacts: Vec<&Artifact> = python.artifacts.iter().collect();
    let index = |package: &str| Ok(without_credentials(&index_of(package, sources)?));
    let urls: Vec<Url> = addresses(&artifacts, sources)?.iter().map(without_credentials).collect();
    let text = write(&artifacts, &urls, index)?;
    let below = python.below.as_ref().map(|below| format!(",<{below}")).unwrap_or_default();
    let requires = format!("requires-python = \"{}{below}\"\n", python.wish.requirement.to_pep440());
    Ok(text.replacen("[[packages]]", &format!("{requires}[[packages]]"), 1))
}

fn addresses(artifacts: &[&Artifact], sources: &Sources) -> Result<Vec<Url>, PythonError> {
    let packages: Vec<&[&Artifact]> = artifacts.chunk_by(|a, b| a.package == b.package).collect();
    let share = packages.len().div_ceil(PARALLEL).max(1);
    let find = |artifact: &Artifact| -> Result<Url, PythonError> {
        let location = sources.of(SourceLabel::Pypi).locate(artifact, 0).map_err(looked_up)?;
        let file = artifact.file.as_deref().unwrap_or_default();
        location.map(|location| location.url).ok_or_else(|| PythonError::NotThere { file: file.to_owned() })
    };
    let found: Vec<Result<Vec<Url>, PythonError>> = std::thread::scope(|scope| {
        let find = &find;
        let threads: Vec<_> = packages
            .chunks(share)
            .map(|packages| scope.spawn(move || packages.iter().flat_map(|one| *one).map(|a| find(a)).collect()))
            .collect();
        threads.into_iter().map(|thread| thread.join().expect("asking an index does not panic")).collect()
    });
    Ok(found.into_iter().collect::<Result<Vec<_>, _>>()?.concat())
}

/// Without knowing addresses: of use for what uv has in its cache.
pub fn unlocated(artifacts: &[&Artifact], sources: &Sources) -> Result<String, PythonError> {
    let url = |artifact: &&Artifact| {
        let index = index_of(&artifact.package, sources)?;
        index.join(artifact.file.as_deref().unwrap_or_default()).map_err(|_| no_index())
    };
    let urls: Vec<Url> = artifacts.iter().map(url).collect::<Result<_, _>>()?;
    write(artifacts, &urls, |package| index_of(package, sources))
}

fn write(
    artifacts: &[&Artifact],
    urls: &[Url],
    index_of: impl Fn(&str) -> Result<Url, PythonError>,
) -> Result<String, PythonError> {
    type Key<'a> = (&'a str, &'a str, Option<&'a str>);
    let mut packages: BTreeMap<Key, Vec<(&Artifact, &Url)>> = BTreeMap::new();
    for (artifact, url) in artifacts.iter().zip(urls) {
        let key = (artifact.package.as_str(), artifact.version.as_str(), artifact.marker.as_deref());
        packages.entry(key).or_default().push((artifact, url));
    }
    let mut text = String::from("lock-version = \"1.0\"\ncreated-by = \"devshell\"\n");
    for ((name, version, marker), files) in packages {
        let index = index_of(name)?;
        // A text in JSON is a basic string in TOML.
        let value = |text: &str| serde_json::Value::from(text).to_string();
        let _ = writeln!(text, "[[packages]]\nname = {}\nversion = {}", value(name), value(version));
        let _ = writeln!(text, "index = {}", value(index.as_str()));
        if let Some(marker) = marker {
            let _ = writeln!(text, "marker = {}", value(marker));
        }
        let entry = |artifact: &Artifact, url: &Url| {
            let file = artifact.file.as_deref().unwrap_or_default();
            let (algorithm, hex) = artifact.integrity.to_hex();
            format!(
                "{{ name = {}, url = {}, hashes = {{ {algorithm} = \"{hex}\" }} }}",
                value(file),
                value(url.as_str())
            )
        };
        let is_one = |artifact: &Artifact| artifact.file.as_deref().is_some_and(is_wheel);
        let wheels = files.iter().filter(|(artifact, _)| is_one(artifact));
        let wheels: Vec<String> = wheels.map(|(artifact, url)| entry(artifact, url)).collect();
        if let Some((artifact, url)) = files.iter().find(|(artifact, _)| !is_one(artifact)) {
            let _ = writeln!(text, "sdist = {}", entry(artifact, url));
        }
        if !wheels.is_empty() {
            let _ = writeln!(text, "wheels = [{}]", wheels.join(", "));
        }
    }
    Ok(text)
}

fn is_wheel(file: &str) -> bool {
    file.strip_suffix(".whl").is_some()
}

/// Gives a file's address the credentials of its index, if it lies on the same server.
fn add_credentials(url: &mut Url, index: &Url) {
    if url.origin() == index.origin() && url.username().is_empty() {
        let _ = url.set_username(index.username()).and_then(|()| url.set_password(index.password()));
    }
}

fn no_index() -> PythonError {
    PythonError::Uv { text: "the index in force has no usable address".to_owned(), hint: None }
}

/// The address of a package's index.
pub fn index_of(package: &str, sources: &Sources) -> Result<Url, PythonError> {
    sources.python_index_of(package).map_err(looked_up)
}

/// Looking something up is a part of installing.
fn looked_up(error: ResolveError) -> PythonError {
    PythonError::Lookup(Box::new(error))
}
