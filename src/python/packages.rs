//! The packages of a lock, and where their files are on the active indexes.

use std::collections::BTreeMap;

use url::Url;

use super::build::BuiltWheel;
use super::indexes::{in_lookup, index_of};
use crate::lock::Artifact;
use crate::name::SourceLabel;
use crate::parallel;
use crate::source::{PythonError, Sources};

/// How many pages of an index are asked for at once.
const PARALLEL: usize = 16;

/// One version of a package, for the machines and Pythons that its marker names.
pub struct Package<'a> {
    pub name: &'a str,
    pub version: &'a str,
    pub marker: Option<&'a str>,
    pub index: Url,
    pub wheels: Vec<File<'a>>,
    /// The source distribution, where it may be built.
    pub source: Option<File<'a>>,
}

/// A file of a package, and its address.
pub struct File<'a> {
    pub artifact: &'a Artifact,
    pub url: Url,
}

impl<'a> Package<'a> {
    /// With the addresses that the indexes give.
    pub fn located(artifacts: &[&'a Artifact], sources: &Sources) -> Result<Vec<Self>, PythonError> {
        Self::of(artifacts, looked_up(artifacts, sources)?, sources)
    }

    /// With addresses that name the files without a question to an index: of use for what uv has
    /// in its cache.
    pub fn unlocated(artifacts: &[&'a Artifact], sources: &Sources) -> Result<Vec<Self>, PythonError> {
        let url = |artifact: &&Artifact| {
            let index = index_of(&artifact.package, sources)?;
            index
                .join(file_name(artifact))
                .map_err(|_| PythonError::Uv { text: "the active index has no usable URL".to_owned(), hint: None })
        };
        let urls = artifacts.iter().map(url).collect::<Result<_, _>>()?;
        Self::of(artifacts, urls, sources)
    }

    fn of(artifacts: &[&'a Artifact], urls: Vec<Url>, sources: &Sources) -> Result<Vec<Self>, PythonError> {
        let mut packages: BTreeMap<_, Self> = BTreeMap::new();
        for (artifact, url) in artifacts.iter().copied().zip(urls) {
            let Artifact { package: name, version, .. } = artifact;
            let marker = artifact.marker.as_deref();
            let (wheels, source) = (Vec::new(), None);
            let index = index_of(name, sources)?;
            let package = packages.entry((name, version, marker)).or_insert(Self {
                name,
                version,
                marker,
                index,
                wheels,
                source,
            });
            let file = File { artifact, url };
            match file_name(artifact).strip_suffix(".whl") {
                Some(_) => package.wheels.push(file),
                None => package.source = Some(file),
            }
        }
        Ok(packages.into_values().collect())
    }

    /// Without its source, and with the wheel that was built from it, if there is one.
    pub fn with_wheels(mut self, built: &'a [BuiltWheel]) -> Self {
        let source = self.source.take();
        let own = source.and_then(|source| built.iter().find(|one| one.is_of(source.artifact)));
        let urls = own.and_then(|one| {
            let index = Url::from_directory_path(one.path.parent()?).ok()?;
            Some((one, index, Url::from_file_path(&one.path).ok()?))
        });
        if let Some((BuiltWheel { artifact, .. }, index, url)) = urls {
            (self.index, self.wheels) = (index, vec![File { artifact, url }]);
        }
        self
    }
}

/// The name of an artifact's file.
pub fn file_name(artifact: &Artifact) -> &str {
    artifact.file.as_deref().unwrap_or_default()
}

fn looked_up(artifacts: &[&Artifact], sources: &Sources) -> Result<Vec<Url>, PythonError> {
    let packages: Vec<&[&Artifact]> = artifacts.chunk_by(|a, b| a.package == b.package).collect();
    let find = |artifact: &Artifact| -> Result<Url, PythonError> {
        let location = sources.of(SourceLabel::Pypi).locate(artifact, 0).map_err(in_lookup)?;
        let missing = || PythonError::NotThere { file: file_name(artifact).to_owned() };
        location.map(|location| location.url).ok_or_else(missing)
    };
    let found: Vec<Result<Vec<Url>, PythonError>> =
        parallel::map(packages, PARALLEL, |files| files.iter().map(|artifact| find(artifact)).collect());
    Ok(found.into_iter().collect::<Result<Vec<_>, _>>()?.concat())
}
