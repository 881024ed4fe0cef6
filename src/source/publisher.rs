//! What a publisher's own server has, where no registry says what it is: files of checksums, and files whose hash is
//! known only once they are downloaded.

use std::collections::BTreeMap;
use std::io;

use url::Url;

use super::once::Once;
use super::{Location, at_once};
use crate::digest::{Hasher, Integrity};
use crate::files::bounded;
use crate::hint::Hint;
use crate::name::ToolName;
use crate::net::{ATTEMPTS, Http, Limited, MOST_BODY, NetError, UNENCODED, Vouched, is_too_long, pause, shown};
use crate::platform::Platform;

/// The longest file of checksums that makes sense.
const MOST_CHECKSUMS: u64 = 16 << 20;

/// Why a tool that no registry has cannot be locked.
#[derive(Debug, thiserror::Error)]
pub enum DownloadError {
    #[error("the manifest gives no address for `{tool}` {version}")]
    NoAddress { tool: ToolName, version: String },
    #[error("`{tool}` {version} is not published anywhere: there is no `{}`, nor a file for any other platform", shown(.url))]
    Nowhere { tool: ToolName, version: String, url: Url },
    #[error("`{tool}` {version} for {platform}, which the manifest names, is missing: there is no `{}`", shown(.url))]
    Missing { tool: ToolName, version: String, platform: Platform, url: Url },
    #[error("`{tool}` {version} cannot be looked up")]
    Net { tool: ToolName, version: String, source: NetError },
    #[error("the download of `{}` was interrupted", shown(.url))]
    Cut { url: Url, source: io::Error },
    #[error("`{}` is refused", shown(.url))]
    TooLong { url: Url, source: io::Error },
}

impl Hint for DownloadError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NoAddress { .. } => "`devshell lock`".to_owned(),
            Self::Nowhere { .. } => {
                "compare the address with the publisher's; `os` and `arch` rename devshell's words".to_owned()
            }
            Self::Missing { .. } => "take it out of `platforms`, or give it its own address".to_owned(),
            Self::Net { source: NetError::Status { status, .. }, .. } if matches!(status.as_u16(), 401 | 403) => {
                "devshell sends no credentials to such addresses; `platforms` keeps it from asking for more".to_owned()
            }
            Self::Net { source: NetError::Downgrade { .. }, .. } => {
                "write the publisher's hash into the manifest: \"sha256\"; it verifies the bytes, wherever they come from".to_owned()
            }
            Self::Net { source, .. } => return source.hint(),
            Self::Cut { .. } => "check the network and try again; nothing is lost".to_owned(),
            Self::TooLong { .. } => "compare the address with the publisher's".to_owned(),
        })
    }
}

pub type Failed<'f> = &'f (dyn Fn(NetError) -> DownloadError + Sync);

/// Asks publishers' servers, for each file once a run.
pub struct Publisher<'a> {
    http: &'a Http,
    /// Hashes of what was downloaded, by address and number of headers.
    recorded: Once<(Url, usize), Option<Integrity>>,
}

impl<'a> Publisher<'a> {
    pub fn new(http: &'a Http) -> Self {
        Self { http, recorded: Once::default() }
    }

    /// The text of a file of checksums; `None` when it is not there.
    pub fn checksums(&self, place: &Location, failed: Failed) -> Result<Option<String>, DownloadError> {
        let mut text = Vec::new();
        let read = self.read(place, failed, MOST_CHECKSUMS, &mut |body| {
            bounded::all(body, MOST_CHECKSUMS).map(|whole| text = whole)
        })?;
        Ok(read.then(|| String::from_utf8_lossy(&bounded::utf8(text)).into_owned()))
    }

    /// The hash of what is there now; `None` when nothing is.
    pub fn record(&self, place: &Location, failed: Failed) -> Result<Option<Integrity>, DownloadError> {
        // Those who send more headers may find something where others find nothing.
        let question = (place.url.clone(), place.headers.len());
        let hash = self.recorded.get(question, |_| self.hash(place, failed))?;
        Ok(hash.as_ref().clone())
    }

    fn hash(&self, place: &Location, failed: Failed) -> Result<Option<Integrity>, DownloadError> {
        let mut hash = None;
        self.read(place, failed, MOST_BODY, &mut |body| {
            let mut hasher = Hasher::sha256();
            let mut buffer = vec![0; 1 << 16];
            loop {
                match body.read(&mut buffer) {
                    Ok(0) => break,
                    Ok(read) => hasher.update(&buffer[..read]),
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(error) => return Err(error),
                }
            }
            hash = Some(hasher.finish());
            Ok(())
        })?;
        Ok(hash)
    }

    /// Reads what is at an address, at most so many bytes, again when the transfer breaks off. Whether it is
    /// there. No hash is known of it.
    fn read(
        &self,
        place: &Location,
        failed: Failed,
        most: u64,
        consume: &mut dyn FnMut(&mut dyn io::Read) -> io::Result<()>,
    ) -> Result<bool, DownloadError> {
        let url = &place.url;
        let headers: Vec<(&str, &str)> = place.headers().chain([UNENCODED]).collect();
        let mut attempt = 1;
        loop {
            let response = match self.http.get(url, &headers, Vouched::ByNothing) {
                Ok(response) => response,
                Err(error) if error.is_not_found() => return Ok(false),
                Err(error) => return Err(failed(error)),
            };
            match consume(&mut Limited::new(response.into_body().into_reader(), most)) {
                Ok(()) => return Ok(true),
                Err(source) if is_too_long(&source) => return Err(DownloadError::TooLong { url: url.clone(), source }),
                Err(_) if attempt < ATTEMPTS => {
                    std::thread::sleep(pause(attempt));
                    attempt += 1;
                }
                Err(source) => return Err(DownloadError::Cut { url: url.clone(), source }),
            }
        }
    }
}

/// Asks about several addresses at once, and keeps the answers by address.
pub fn by_address<T: Send>(
    urls: Vec<&Url>,
    ask: impl Fn(&Url) -> Result<T, DownloadError> + Sync,
) -> Result<BTreeMap<&Url, T>, DownloadError> {
    at_once(urls, |url| Ok((url, ask(url)?))).into_iter().collect()
}
