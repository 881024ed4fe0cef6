//! A question to a registry about what it has: the answer is kept with its ETag, so that asking
//! again is cheap, and so that there is an answer when the registry must not be asked.

use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use ureq::http::StatusCode;
use url::Url;

use crate::digest;
use crate::files::{bounded, write_cache};
use crate::host::now;
use crate::net::{Http, NetError, Redirects, Vouched, place, without_credentials};

/// The longest metadata of today is a tenth of this.
const MOST_BYTES: u64 = 256 << 20;
/// What the cache has beside it: an ETag, which is one header of an answer.
const MOST_HEADER: u64 = 64 << 10;

/// How servers answer a question about something that they don't have, or don't know.
const NOTHING: [StatusCode; 5] = [
    StatusCode::BAD_REQUEST,
    StatusCode::NOT_FOUND,
    StatusCode::METHOD_NOT_ALLOWED,
    StatusCode::GONE,
    StatusCode::UNPROCESSABLE_ENTITY,
];

pub struct Question<'q> {
    pub url: &'q Url,
    pub accept: &'q str,
    /// Further headers.
    pub headers: Vec<(&'q str, &'q str)>,
    /// The header with the credentials.
    pub secret: Option<(&'q str, &'q str)>,
    pub redirects: Redirects,
    pub vouched: Vouched,
    /// For how many seconds an answer is good without asking again.
    pub good_for: i64,
    /// Whether the answer is good for the rest of the run.
    pub is_asked_once: bool,
    /// The answer that a registry means by saying that there is nothing, or that it does not know the question.
    pub nothing: Option<&'q [u8]>,
}

impl<'q> Question<'q> {
    /// A question without credentials, whose answer is asked for each time and may come from anywhere.
    pub const fn new(url: &'q Url, accept: &'q str) -> Self {
        let (redirects, vouched) = (Redirects::Anywhere, Vouched::ByNothing);
        Self {
            url,
            accept,
            headers: Vec::new(),
            secret: None,
            redirects,
            vouched,
            good_for: 0,
            is_asked_once: false,
            nothing: None,
        }
    }
}

impl Question<'_> {
    /// The answer's bytes: from the registry, or from the cache when the registry says that
    /// nothing changed, or when it must not be asked.
    pub fn ask(&self, http: &Http, cache: &Path) -> Result<Vec<u8>, NetError> {
        if !self.is_asked_once {
            return self.ask_again(http, cache);
        }
        if let Some(body) = http.answer(self.url) {
            return Ok(body.to_vec());
        }
        let body = self.ask_again(http, cache)?;
        http.keep_answer(self.url, &body);
        Ok(body)
    }

    fn ask_again(&self, http: &Http, cache: &Path) -> Result<Vec<u8>, NetError> {
        // The name of the entry reveals nothing of a password.
        let entry = cache.join(digest::key(&[without_credentials(self.url).as_str().as_bytes()]));
        let cached = bounded::read(&entry, MOST_BYTES + MOST_HEADER).ok().and_then(|bytes| Cached::parse(&bytes));
        if let (true, Some(cached)) = (http.is_offline(), &cached) {
            log::info!("{}: {} bytes from the cache, because of --offline", place(self.url), cached.body.len());
            return Ok(cached.body.clone());
        }
        if let Some(cached) = cached.as_ref().filter(|_| self.is_good(&entry)) {
            log::info!("{}: {} bytes from the cache, since they are new", place(self.url), cached.body.len());
            return Ok(cached.body.clone());
        }
        let mut headers = vec![("accept", self.accept)];
        headers.extend(self.headers.iter().copied().chain(self.secret));
        if let Some(cached) = cached.as_ref().filter(|cached| !cached.etag.is_empty()) {
            headers.push(("if-none-match", &cached.etag));
        }
        let response = http.get_whole(self.url, &headers, self.redirects, self.vouched, MOST_BYTES);
        if let (Err(NetError::Status { status, .. }), Some(nothing)) = (&response, self.nothing)
            && NOTHING.contains(status)
        {
            write_cache(&entry, &[b"\n", nothing]);
            return Ok(nothing.to_vec());
        }
        let response = response?;
        if let (StatusCode::NOT_MODIFIED, Some(cached)) = (response.status(), cached) {
            if self.good_for > 0 {
                write_cache(&entry, &[cached.etag.as_bytes(), b"\n", &cached.body]);
            }
            return Ok(cached.body);
        }
        let etag = response.headers().get("etag").and_then(|etag| etag.to_str().ok()).map(str::to_owned);
        let body = response.into_body();
        write_cache(&entry, &[etag.unwrap_or_default().as_bytes(), b"\n", &body]);
        Ok(body)
    }
}

impl Question<'_> {
    /// Whether an answer is so new that it is good without asking.
    fn is_good(&self, entry: &Path) -> bool {
        let written = || fs_err::metadata(entry).ok().map(|metadata| metadata.mtime());
        self.good_for > 0 && written().is_some_and(|written| (0..self.good_for).contains(&(now() - written)))
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
