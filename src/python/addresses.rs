//! Where the files of a lock lie on the indexes in force.

use url::Url;

use crate::lock::Artifact;
use crate::name::SourceLabel;
use crate::source::{PythonError, ResolveError, Sources};

/// How many pages of an index are asked for at once.
const PARALLEL: usize = 16;

/// The addresses that the indexes give.
pub fn found(artifacts: &[&Artifact], sources: &Sources) -> Result<Vec<Url>, PythonError> {
    let packages: Vec<&[&Artifact]> = artifacts.chunk_by(|a, b| a.package == b.package).collect();
    let share = packages.len().div_ceil(PARALLEL).max(1);
    let find = |artifact: &Artifact| -> Result<Url, PythonError> {
        let location = sources.of(SourceLabel::Pypi).locate(artifact, 0).map_err(looked_up)?;
        let file = artifact.file.as_deref().unwrap_or_default();
        location.map(|location| location.url).ok_or_else(|| PythonError::NotThere { file: file.to_owned() })
    };
    let urls: Vec<Result<Vec<Url>, PythonError>> = std::thread::scope(|scope| {
        let find = &find;
        let threads: Vec<_> = packages
            .chunks(share)
            .map(|packages| scope.spawn(move || packages.iter().flat_map(|one| *one).map(|a| find(a)).collect()))
            .collect();
        threads.into_iter().map(|thread| thread.join().expect("asking an index does not panic")).collect()
    });
    Ok(urls.into_iter().collect::<Result<Vec<_>, _>>()?.concat())
}

/// Addresses that name the files without a question to an index: of use for what uv has in its
/// cache.
pub fn assumed(artifacts: &[&Artifact], sources: &Sources) -> Result<Vec<Url>, PythonError> {
    let url = |artifact: &&Artifact| {
        let index = index_of(&artifact.package, sources)?;
        index.join(artifact.file.as_deref().unwrap_or_default()).map_err(|_| no_index())
    };
    artifacts.iter().map(url).collect()
}

/// Gives a file's address the credentials of its index, if it lies on the same server.
pub fn add_credentials(url: &mut Url, index: &Url) {
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
