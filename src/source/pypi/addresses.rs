//! The addresses of the active indexes, and of the servers that have their files: an index says where these are only in the
//! pages of packages.

use url::Url;

use super::PypiSource;
use crate::files::{bounded, most, time_of, write_cache};
use crate::host::now;
use crate::source::ResolveError;

/// A package that every index has which has all of them.
const COMMON: &str = "pip";

/// How long an answer counts, in seconds: a day.
const KEPT: i64 = 86_400;

pub fn of(source: &PypiSource) -> Result<Vec<Url>, ResolveError> {
    let index = source.index()?;
    let others = source.index_of("")?;
    let bound = index.bound().iter().map(|(_, url)| url.clone());
    let mut addresses: Vec<Url> = std::iter::once(others.clone()).chain(bound).collect();
    addresses.extend(files(source, &others));
    Ok(addresses)
}

/// Where an index has its files. An index that does not know the package has them itself, as far as anyone can tell.
fn files(source: &PypiSource, index: &Url) -> Vec<Url> {
    let name = xxhash_rust::xxh3::xxh3_64(index.as_str().as_bytes());
    let kept = source.host.cache("").join(format!("pypi-files-{name:016x}"));
    let is_fresh = time_of(&kept).is_some_and(|(seconds, _)| now() - seconds < KEPT);
    if let Some(text) = is_fresh.then(|| bounded::read_text(&kept, most::RECORD).ok()).flatten() {
        return text.lines().filter_map(|line| line.parse().ok()).collect();
    }
    let Ok(files) = source.files(COMMON) else { return Vec::new() };
    let mut servers: Vec<Url> = files.iter().filter_map(|file| file.url.join("/").ok()).collect();
    servers.sort_unstable();
    servers.dedup();
    let lines: String = servers.iter().map(|url| format!("{url}\n")).collect();
    write_cache(&kept, &[lines.as_bytes()]);
    servers
}
