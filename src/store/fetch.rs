//! From an artifact to a directory of the store: fetched, hashed and unpacked in one pass, and
//! visible only when the hash is right.

use std::io::{self, Read};
use std::path::Path;

use url::Url;

use super::garbage::{self, move_aside};
use super::unpack::{UnpackError, unpack};
use super::{Store, object_key, object_sums};
use crate::digest::{Hasher, Integrity};
use crate::files::{remove_tree, seal, way_to_write};
use crate::hint::Hint;
use crate::lock::Artifact;
use crate::net::{
    ATTEMPTS, Http, Limited, MOST_BODY, NetError, TooLong, UNENCODED, Vouched, is_too_long, pause, shown,
};
use crate::parallel;
use crate::source::{CHANGED, Missing, ResolveError, Sources};

/// How many artifacts are fetched at once.
const PARALLEL: usize = 8;

/// Who wants to know how far an installation is. `id` is the artifact's place in the list.
pub trait Progress: Send + Sync {
    /// What is about to be fetched: for each artifact the tool that it is for, in words for people.
    fn plan(&self, _tools: Vec<String>) {}
    fn start(&self, id: usize, name: &str, bytes: Option<u64>);
    /// What is about to be built.
    fn build(&self, id: usize, name: &str) {
        self.start(id, &format!("building {name}"), None);
    }
    fn advance(&self, id: usize, bytes: u64);
    fn finish(&self, id: usize);
}

/// Why an artifact is not in the store. The store is as it was.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    #[error("`{artifact}` cannot be fetched")]
    Net { artifact: String, source: NetError },
    #[error("`{artifact}`{} cannot be located", further(*.others))]
    Locate { artifact: String, others: usize, source: Box<ResolveError> },
    #[error("`{artifact}` {}", .missing.text)]
    Missing { artifact: String, missing: Missing },
    #[error("`{artifact}` from `{}` has the hash {found}, and the lock says {expected}", shown(.url))]
    Hash { artifact: String, url: Url, expected: Integrity, found: Integrity, advice: &'static str },
    #[error("`{artifact}` was refused")]
    Archive { artifact: String, source: UnpackError },
    #[error("the download of `{artifact}` was interrupted")]
    Cut { artifact: String, source: io::Error },
    #[error("`{artifact}` from `{}` is refused", shown(.url))]
    TooLong { artifact: String, url: Url, source: io::Error },
    #[error("`{artifact}` cannot be put into the store")]
    Store { artifact: String, source: io::Error },
}

/// Of those that cannot be located for one and the same reason, one.
fn one_for_each_cause(errors: impl Iterator<Item = FetchError>) -> Vec<FetchError> {
    let mut kept: Vec<FetchError> = Vec::new();
    for error in errors {
        let same = kept.iter_mut().find_map(|other| match (other, &error) {
            (FetchError::Locate { others, source, .. }, FetchError::Locate { source: cause, .. })
                if source.to_string() == cause.to_string() =>
            {
                Some(others)
            }
            _ => None,
        });
        match same {
            Some(others) => *others += 1,
            None => kept.push(error),
        }
    }
    kept
}

fn further(others: usize) -> String {
    if others == 0 { String::new() } else { format!(" and {others} more") }
}

impl Hint for FetchError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Net { source, .. } => source.hint(),
            Self::Locate { source, .. } => source.hint(),
            Self::Missing { missing, .. } => missing.hint.clone(),
            Self::Hash { advice, .. } => Some((*advice).to_owned()),
            Self::Cut { .. } => Some("check the network and try again; nothing is lost".to_owned()),
            Self::Archive { .. } | Self::TooLong { .. } => None,
            Self::Store { source, .. } => Some(way_to_write(source)),
        }
    }
}

impl Store {
    /// Puts the artifacts into the store that are not there yet, several at once.
    ///
    /// # Errors
    /// Every artifact that is not available; the others are there.
    pub fn install(
        &self,
        artifacts: &[&Artifact],
        sources: &Sources,
        http: &Http,
        progress: &dyn Progress,
    ) -> Result<(), Vec<FetchError>> {
        let outcomes = parallel::map(artifacts.iter().enumerate(), PARALLEL, |(id, artifact)| {
            let advice = sources.of(artifact.registry).changed();
            let arrival = Arrival { store: self, progress, id, artifact, replaces: false, advice };
            let outcome = Transfer { arrival, sources, http }.run();
            progress.finish(id);
            outcome
        });
        let failed = one_for_each_cause(outcomes.into_iter().filter_map(Result::err));
        if failed.is_empty() { Ok(()) } else { Err(failed) }
    }

    /// Fetches an artifact whose object is broken, and puts it in the object's place. The broken
    /// one stays until the new one is whole.
    pub fn replace(
        &self,
        artifact: &Artifact,
        sources: &Sources,
        http: &Http,
        progress: &dyn Progress,
    ) -> Result<(), FetchError> {
        let _access = self.share();
        let advice = sources.of(artifact.registry).changed();
        let arrival = Arrival { store: self, progress, id: 0, artifact, replaces: true, advice };
        let outcome = Transfer { arrival, sources, http }.run();
        progress.finish(0);
        outcome
    }

    /// Puts an artifact into the store from a file that another program fetched.
    pub fn adopt(&self, artifact: &Artifact, file: &Path, progress: &dyn Progress) -> Result<(), FetchError> {
        let arrival = Arrival { store: self, progress, id: 0, artifact, replaces: false, advice: CHANGED };
        let url = Url::from_file_path(file).expect("a file that was fetched has an absolute path");
        arrival.once(|| {
            let body =
                fs_err::File::open(file).map_err(|source| FetchError::Cut { artifact: arrival.name(), source })?;
            arrival.receive(body, &url)
        })
    }

    /// Puts an unpacked artifact in its place, with the list of its files' hashes beside it.
    fn place(&self, artifact: &Artifact, staging: &Path, sums: &[u8]) -> io::Result<()> {
        seal(staging)?;
        fs_err::write(self.objects().join(object_sums(&object_key(artifact))), sums)?;
        fs_err::rename(staging, self.object(artifact))
    }

    /// Removes a broken directory of the store, with its list.
    pub fn remove(&self, broken: &Path) -> io::Result<()> {
        let key = broken.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let _access = self.share();
        let _object = broken.starts_with(self.objects()).then(|| self.lock_object(&key)).transpose()?;
        let _build = broken.starts_with(self.builds()).then(|| self.lock_build(broken)).transpose()?;
        match fs_err::remove_file(broken.with_file_name(object_sums(&key))) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        Self::move_out(broken)
    }

    /// Takes a directory away in one step, and then apart: an open file of it stays readable.
    fn move_out(directory: &Path) -> io::Result<()> {
        // What cannot be deleted is found by sweeps: it may belong to another user.
        move_aside(directory).map(|place| drop(garbage::remove(&place)))
    }
}

/// One artifact on its way into the store.
struct Arrival<'a> {
    store: &'a Store,
    progress: &'a dyn Progress,
    id: usize,
    artifact: &'a Artifact,
    /// What is there is broken, and gives way to what arrives.
    replaces: bool,
    /// What to do where the bytes are not the right ones.
    advice: &'static str,
}

impl Arrival<'_> {
    fn name(&self) -> String {
        format!("{} {}", self.artifact.package, self.artifact.version)
    }

    fn in_store(&self, source: io::Error) -> FetchError {
        FetchError::Store { artifact: self.name(), source }
    }

    /// Does the work unless the artifact is there. Processes that want the same artifact wait for
    /// one another.
    fn once(&self, work: impl FnOnce() -> Result<(), FetchError>) -> Result<(), FetchError> {
        let is_there = || !self.replaces && self.store.has(self.artifact);
        if is_there() {
            return Ok(());
        }
        let _access = self.store.lock_object(&object_key(self.artifact)).map_err(|error| self.in_store(error))?;
        if is_there() { Ok(()) } else { work() }
    }

    /// Unpacks a body beside its place, and puts it there if its hash is the expected one.
    fn receive(&self, body: impl Read + Send, url: &Url) -> Result<(), FetchError> {
        let (objects, key) = (self.store.objects(), object_key(self.artifact));
        // The name is the artifact's, and we hold its lock: what is there was left by a killed
        // process.
        let staging = objects.join(format!(".staging-{key}"));
        remove_tree(&staging).and_then(|()| fs_err::create_dir(&staging)).map_err(|error| self.in_store(error))?;
        let outcome = self.unpack_into(&staging, body, url).and_then(|sums| {
            let there = self.store.object(self.artifact);
            let cleared = if self.replaces { Store::move_out(&there) } else { Ok(()) };
            let placed = cleared.and_then(|()| self.store.place(self.artifact, &staging, &sums));
            placed.map_err(|error| self.in_store(error))
        });
        if outcome.is_ok() {
            log::debug!("{} is unpacked in {}", self.name(), self.store.object(self.artifact).display());
        }
        if outcome.is_err() {
            let _ = remove_tree(&staging);
        }
        outcome
    }

    /// Unpacks a body that must have the expected hash, and returns the hashes of its files.
    fn unpack_into(&self, staging: &Path, body: impl Read + Send, url: &Url) -> Result<Vec<u8>, FetchError> {
        let expected = &self.artifact.integrity;
        let advance = |bytes| self.progress.advance(self.id, bytes);
        let mut body = Hashed { inner: body, hasher: Hasher::like(expected), advance: &advance, broken: None };
        let unpacked = unpack(&mut body, self.artifact, staging);
        // The hash is of all bytes, also of those after the archive's end.
        let drained = io::copy(&mut body, &mut io::sink());
        if let Some(source) = body.broken.take().or(drained.err()) {
            let artifact = self.name();
            return Err(if is_too_long(&source) {
                FetchError::TooLong { artifact, url: url.clone(), source }
            } else {
                FetchError::Cut { artifact, source }
            });
        }
        if let Err(UnpackError::Write(source)) = unpacked {
            return Err(self.in_store(source));
        }
        let found = body.hasher.finish();
        if found != *expected {
            let expected = expected.clone();
            let (artifact, url, advice) = (self.name(), url.clone(), self.advice);
            return Err(FetchError::Hash { artifact, url, expected, found, advice });
        }
        unpacked.map_err(|source| FetchError::Archive { artifact: self.name(), source })
    }
}

/// One artifact that is fetched.
struct Transfer<'a> {
    arrival: Arrival<'a>,
    sources: &'a Sources<'a>,
    http: &'a Http,
}

impl Transfer<'_> {
    fn run(&self) -> Result<(), FetchError> {
        self.arrival.once(|| {
            let mut attempt = 1;
            loop {
                match self.attempt() {
                    Err(FetchError::Cut { .. }) if attempt < ATTEMPTS => {
                        std::thread::sleep(pause(attempt));
                        attempt += 1;
                    }
                    outcome => return outcome,
                }
            }
        })
    }

    /// One attempt at all the addresses the artifact may have.
    fn attempt(&self) -> Result<(), FetchError> {
        let Arrival { artifact, progress, id, .. } = self.arrival;
        let name = || self.arrival.name();
        let from = self.sources.of(artifact.registry);
        let mut asked = None;
        for place in 0.. {
            let location = from.locate(artifact, place).map_err(|source| FetchError::Locate {
                others: 0,
                artifact: name(),
                source: Box::new(source),
            })?;
            let Some(location) = location else { break };
            let headers: Vec<(&str, &str)> = location.headers().chain([UNENCODED]).collect();
            match self.http.get(&location.url, &headers, Vouched::ByHash) {
                Ok(response) => {
                    let body = response.into_body();
                    if body.content_length().is_some_and(|length| length > MOST_BODY) {
                        let source = io::Error::new(io::ErrorKind::FileTooLarge, TooLong { most: MOST_BODY });
                        return Err(FetchError::TooLong { artifact: name(), url: location.url, source });
                    }
                    progress.start(id, &name(), body.content_length());
                    return self.arrival.receive(Limited::new(body.into_reader(), MOST_BODY), &location.url);
                }
                Err(error) if error.is_not_found() => asked = Some(location.url),
                Err(source) => {
                    let source = source.with_credentials(location.kept_back, from.words().credentials);
                    return Err(FetchError::Net { artifact: name(), source });
                }
            }
        }
        Err(FetchError::Missing { artifact: name(), missing: from.missing(asked.as_ref()) })
    }
}

/// Hashes and counts what is read through it, and remembers why reading failed.
struct Hashed<'a, R> {
    inner: R,
    hasher: Hasher,
    advance: &'a (dyn Fn(u64) + Sync),
    broken: Option<io::Error>,
}

impl<R: Read> Read for Hashed<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.inner.read(buffer) {
            Ok(read) => {
                self.hasher.update(&buffer[..read]);
                (self.advance)(read as u64);
                Ok(read)
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Err(error),
            Err(error) => {
                let told = io::Error::new(error.kind(), error.to_string());
                self.broken.get_or_insert(error);
                Err(told)
            }
        }
    }
}
