//! What the log says about requests: the method, the address without what is secret in it, and the answer.

use std::time::Instant;

use ureq::Body;
use ureq::http::{Response, StatusCode};
use url::Url;

use super::place;

/// One request, while it is on its way.
pub struct Asked {
    /// As the log shows it; empty when nothing is logged.
    address: String,
    since: Instant,
}

impl Asked {
    pub fn now(url: &Url) -> Self {
        let address = if log::log_enabled!(log::Level::Info) { place(url) } else { String::new() };
        Self { address, since: Instant::now() }
    }

    /// Logs the answer.
    pub fn answered(&self, answer: &Result<Response<Body>, ureq::Error>) {
        let (address, took) = (&self.address, self.since.elapsed().as_millis());
        match answer {
            Ok(response) => {
                let size = match (response.status(), response.body().content_length()) {
                    (StatusCode::NOT_MODIFIED, _) => "the cached answer is still right".to_owned(),
                    (_, Some(bytes)) => format!("{bytes} bytes"),
                    (_, None) => "a body of unknown length".to_owned(),
                };
                log::info!("GET {address}: {}, {size}, {took} ms", response.status());
            }
            Err(error) => log::info!("GET {address}: no answer: {error}, {took} ms"),
        }
    }
}
