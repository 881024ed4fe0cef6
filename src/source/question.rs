//! A question to a registry about what it has: the answer is kept with its ETag, so that asking
//! again is cheap, and so that there is an answer when the registry must not be asked.

use std::path::Path;

use ureq::http::StatusCode;
use url::Url;

use crate::digest;
use crate::files::{bounded, write_cache};
use crate::net::{Http, NetError, Redirects, Vouched, place, without_credentials};

/// The longest metadata of today is a tenth of this.
const MOST_BYTES: u64 = 256 << 20;
/// What the cache has beside it: an ETag, which is one header of an answer.
const MOST_HEADER: u64 = 64 << 10;

pub struct Question<'q> {
    pub url: &'q Url,
    pub accept: &'q str,
    pub authorization: Option<&'q str>,
    pub redirects: Redirects,
    pub vouched: Vouched,
}

impl Question<'_> {
    /// The answer's bytes: from the registry, or from the cache when the registry says that
    /// nothing changed, or when it must not be asked.
    pub fn ask(&self, http: &Http, cache: &Path) -> Result<Vec<u8>, NetError> {
        // The name of the entry reveals nothing of a password.
        let entry = cache.join(digest::key(&[without_credentials(self.url).as_str().as_bytes()]));
        let cached = bounded::read(&entry, MOST_BYTES + MOST_HEADER).ok().and_then(|bytes| Cached::parse(&bytes));
        if let (true, Some(cached)) = (http.is_offline(), &cached) {
            log::info!("{}: {} bytes from the cache, because of --offline", place(self.url), cached.body.len());
            return Ok(cached.body.clone());
        }
        let mut headers = vec![("accept", self.accept)];
        headers.extend(self.authorization.map(|value| ("authorization", value)));
        if let Some(cached) = cached.as_ref().filter(|cached| !cached.etag.is_empty()) {
            headers.push(("if-none-match", &cached.etag));
        }
        let response = http.get_whole(self.url, &headers, self.redirects, self.vouched, MOST_BYTES)?;
        if let (StatusCode::NOT_MODIFIED, Some(cached)) = (response.status(), cached) {
            return Ok(cached.body);
        }
        let etag = response.headers().get("etag").and_then(|etag| etag.to_str().ok()).map(str::to_owned);
        let body = response.into_body();
        write_cache(&entry, &[etag.unwrap_or_default().as_bytes(), b"\n", &body]);
        Ok(body)
    }
}

/// A cached answer: the ETag on the first line, the body after it.
struct Cached {
    etag: String,
    body: Vec<u8>,
}

impl Cached {
    fn parse(bytes: &[u8]) -> Option<Self> {
        let newline = bytes.iter().position(|byte| *byte == b'\n')?;
        let etag = String::from_utf8(bytes[..newline].to_vec()).ok()?;
        Some(Self { etag, body: bytes[newline + 1..].to_vec() })
    }
}
