//! What uv is given when packages are installed: a `pylock.toml` (PEP 751) of just what is locked.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use url::Url;

use crate::digest::Integrity;
use crate::lock::Artifact;
use crate::name::SourceLabel;
use crate::source::{PythonError, ResolveError, Sources};

/// How many pages of an index are asked for at once.
const PARALLEL: usize = 16;

/// With the addresses that the indexes in force give.
pub fn located(artifacts: &[&Artifact], sources: &Sources) -> Result<String, PythonError> {
    let packages: Vec<&[&Artifact]> = artifacts.chunk_by(|a, b| a.package == b.package).collect();
    let share = packages.len().div_ceil(PARALLEL).max(1);
    let find = |artifact: &Artifact| -> Result<Url, PythonError> {
        let location = sources.of(SourceLabel::Pypi).locate(artifact, 0).map_err(looked_up)?;
        let file = artifact.file.as_deref().unwrap_or_default();
        let location = location.ok_or_else(|| PythonError::Uv {
            text: format!("nothing: `{file}` is not on the index in force"),
            hint: Some("check the index; `devshell update` moves to what it has".to_owned()),
        })?;
        let index = sources.python_index_of(&artifact.package).map_err(looked_up)?;
        Ok(with_credentials(location.url, &index))
    };
    let found: Vec<Result<Vec<Url>, PythonError>> = std::thread::scope(|scope| {
        let find = &find;
        let threads: Vec<_> = packages
            .chunks(share)
            .map(|packages| scope.spawn(move || packages.iter().flat_map(|one| *one).map(|a| find(a)).collect()))
            .collect();
        threads.into_iter().map(|thread| thread.join().expect("asking an index does not panic")).collect()
    });
    let urls: Vec<Url> = found.into_iter().collect::<Result<Vec<_>, _>>()?.concat();
    write(artifacts, &urls, sources)
}

/// Without knowing addresses: of use for what uv has in its cache.
pub fn unlocated(artifacts: &[&Artifact], sources: &Sources) -> Result<String, PythonError> {
    let url = |artifact: &&Artifact| {
        let index = sources.python_index_of(&artifact.package).map_err(looked_up)?;
        index.join(artifact.file.as_deref().unwrap_or_default()).map_err(|_| no_index())
    };
    let urls: Vec<Url> = artifacts.iter().map(url).collect::<Result<_, _>>()?;
    write(artifacts, &urls, sources)
}

fn write(artifacts: &[&Artifact], urls: &[Url], sources: &Sources) -> Result<String, PythonError> {
    type Key<'a> = (&'a str, &'a str, Option<&'a str>);
    let mut packages: BTreeMap<Key, Vec<(&Artifact, &Url)>> = BTreeMap::new();
    for (artifact, url) in artifacts.iter().zip(urls) {
        let key = (artifact.package.as_str(), artifact.version.as_str(), artifact.marker.as_deref());
        packages.entry(key).or_default().push((artifact, url));
    }
    let mut text = String::from("lock-version = \"1.0\"\ncreated-by = \"devshell\"\n");
    for ((name, version, marker), files) in packages {
        let index = sources.python_index_of(name).map_err(looked_up)?;
        let quoted = |text: &str| toml::Value::String(text.to_owned());
        let value = |text: &str| serde_json::to_string(&quoted(text)).expect("a text is JSON");
        let _ = writeln!(text, "[[packages]]\nname = {}\nversion = {}", value(name), value(version));
        let _ = writeln!(text, "index = {}", value(index.as_str()));
        if let Some(marker) = marker {
            let _ = writeln!(text, "marker = {}", value(marker));
        }
        let entry = |artifact: &Artifact, url: &Url| {
            let file = artifact.file.as_deref().unwrap_or_default();
            let (algorithm, hex) = hex(&artifact.integrity);
            format!("{{ name = {}, url = {}, hashes = {{ {algorithm} = \"{hex}\" }} }}", value(file), value(url.as_str()))
        };
        let is_wheel = |artifact: &Artifact| artifact.file.as_deref().is_some_and(|file| file.ends_with(".whl"));
        let wheels = files.iter().filter(|(artifact, _)| is_wheel(artifact));
        let wheels: Vec<String> = wheels.map(|(artifact, url)| entry(artifact, url)).collect();
        if let Some((artifact, url)) = files.iter().find(|(artifact, _)| !is_wheel(artifact)) {
            let _ = writeln!(text, "sdist = {}", entry(artifact, url));
        }
        if !wheels.is_empty() {
            let _ = writeln!(text, "wheels = [{}]", wheels.join(", "));
        }
    }
    Ok(text)
}

/// A hash as `pylock.toml` writes it: its algorithm, and hexadecimal digits.
pub fn hex(integrity: &Integrity) -> (&'static str, String) {
    let digits = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    match integrity {
        Integrity::Sha256(bytes) => ("sha256", digits(bytes)),
        Integrity::Sha512(bytes) => ("sha512", digits(bytes)),
    }
}

/// The address of a file with the credentials of its index, if it lies on the same server.
fn with_credentials(mut url: Url, index: &Url) -> Url {
    if url.origin() == index.origin() && url.username().is_empty() {
        let _ = url.set_username(index.username());
        let _ = url.set_password(index.password());
    }
    url
}

fn no_index() -> PythonError {
    PythonError::Uv { text: "the index in force has no usable address".to_owned(), hint: None }
}

/// Looking something up is a part of installing.
fn looked_up(error: ResolveError) -> PythonError {
    PythonError::Lookup(Box::new(error))
}
