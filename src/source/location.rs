//! Where an artifact may be fetched.

use url::Url;

/// An address, and what to send along.
#[derive(Debug)]
pub struct Location {
    pub url: Url,
    /// Headers by their names in small letters, such as one with credentials.
    pub headers: Vec<(&'static str, String)>,
    /// What to do about credentials that are not sent along.
    pub kept_back: Option<String>,
}

impl Location {
    /// An address that anyone may ask.
    pub const fn open(url: Url) -> Self {
        Self { url, headers: Vec::new(), kept_back: None }
    }

    /// An address for which there may be credentials.
    pub fn with_authorization(url: Url, authorization: Option<String>, kept_back: Option<String>) -> Self {
        Self { url, headers: authorization.map(|value| ("authorization", value)).into_iter().collect(), kept_back }
    }

    /// The headers to send.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.headers.iter().map(|(name, value)| (*name, value.as_str()))
    }
}
