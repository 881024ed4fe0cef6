//! Why something could not be fetched, and addresses as messages show them.

use ureq::http::StatusCode;
use url::Url;

use super::exhausted::Again;
use super::names::{self, NameError};
use crate::hint::Hint;

/// Why something could not be fetched.
#[derive(Debug, thiserror::Error)]
pub enum NetError {
    #[error("`{}` was not asked, because of --offline", shown(.url))]
    Offline { url: Url },
    /// `credentials` is what to do about those that the server wants.
    #[error("`{}` answers {status}", shown(.url))]
    Status { url: Url, status: StatusCode, credentials: Option<String> },
    /// A server that counts requests takes no more of them for now.
    #[error("`{}` takes no more requests {again}", shown(.url))]
    Limited { url: Url, again: Again },
    #[error("`{}` redirects to `{}`, which is another server", shown(.url), place(.to))]
    Elsewhere { url: Url, to: Url },
    #[error("`{}` redirects to `{}`, which could be tampered with", shown(.url), place(.to))]
    Downgrade { url: Url, to: Url },
    #[error("the answer from `{}` has more than {} MiB", shown(.url), .most >> 20)]
    TooLong { url: Url, most: u64 },
    #[error("`{}` cannot be reached", shown(.url))]
    Transport { url: Url, source: Box<ureq::Error> },
}

/// What TLS has against a server. During the handshake it comes as an error of reading.
fn tls_error(error: &ureq::Error) -> Option<&rustls::Error> {
    match error {
        ureq::Error::Rustls(error) => Some(error),
        ureq::Error::Io(error) => error.get_ref()?.downcast_ref(),
        _ => None,
    }
}

/// An address as messages show it: without the user and password it may hold.
pub fn shown(url: &Url) -> String {
    without_credentials(url).into()
}

/// An address as the log shows it, and one that a server sent on to: without its query too, which may hold a signature
/// that opens it.
pub fn place(url: &Url) -> String {
    let mut url = without_credentials(url);
    url.set_query(None);
    url.set_fragment(None);
    url.into()
}

/// An address without the user and password it may hold.
pub fn without_credentials(url: &Url) -> Url {
    let mut url = url.clone();
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url
}

impl Hint for NetError {
    fn hint(&self) -> Option<String> {
        use rustls::CertificateError::{Expired, ExpiredContext, NotValidYet, NotValidYetContext};
        match self {
            Self::Offline { .. } => Some("run it once without `--offline`, while there is a network".to_owned()),
            Self::Status { credentials, .. } => credentials.clone(),
            Self::TooLong { .. } => None,
            Self::Limited { .. } => Some("try again then".to_owned()),
            Self::Downgrade { .. } => Some(
                "no hash covers the answer, so it must use https all the way; tell the server's operators".to_owned(),
            ),
            Self::Elsewhere { .. } => Some("the name is bound to its registry, and requested from no other".to_owned()),
            Self::Transport { source, .. } => Some(match tls_error(source) {
                Some(rustls::Error::InvalidCertificate(
                    Expired | ExpiredContext { .. } | NotValidYet | NotValidYetContext { .. },
                )) => "check this machine's clock; if it is right, tell the registry's operators".to_owned(),
                Some(_) => "if a proxy signs for the registry, name its certificate in SSL_CERT_FILE".to_owned(),
                None => names::name_error(source)
                    .and_then(Hint::hint)
                    .unwrap_or_else(|| "check the network and the proxy settings (HTTPS_PROXY, NO_PROXY)".to_owned()),
            }),
        }
    }
}

impl NetError {
    /// Whether the server answered that there is no such thing.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Status { status, .. } if matches!(*status, StatusCode::NOT_FOUND | StatusCode::GONE))
    }

    /// The same, with what to do if the server refused: about credentials that were kept back, or else about
    /// giving some.
    #[must_use]
    pub fn with_credentials(mut self, kept_back: Option<String>, to_give: &str) -> Self {
        if let Self::Status { status, credentials, .. } = &mut self {
            *credentials = match status.as_u16() {
                401 | 403 => kept_back.or_else(|| Some(to_give.to_owned())),
                404 => kept_back,
                _ => None,
            };
        }
        self
    }

    /// Whether asking again may help.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Offline { .. }
            | Self::Limited { .. }
            | Self::Elsewhere { .. }
            | Self::Downgrade { .. }
            | Self::TooLong { .. } => false,
            Self::Status { status, .. } => status.is_server_error() || *status == StatusCode::TOO_MANY_REQUESTS,
            Self::Transport { source, .. } => {
                let is_lasting = |error: &NameError| !error.is_passing();
                !matches!(source.as_ref(), ureq::Error::BadUri(_))
                    && tls_error(source).is_none()
                    && !names::name_error(source).is_some_and(is_lasting)
            }
        }
    }
}
