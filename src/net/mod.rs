//! HTTP, as far as registries need it: GET with retries, credentials and the machine's own
//! certificates. Everything is lazy: a command that fetches nothing sets up no TLS. Refuses to follow a redirect
//! from https to http for what no hash covers, to send credentials along, and to read without an end.

mod answers;
mod dial;
mod error;
mod exhausted;
mod limited;
mod names;
mod record;

use std::io::Read;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use ureq::http::{Response, StatusCode};
use ureq::tls::{Certificate, RootCerts, TlsConfig, TlsProvider};
use ureq::{Agent, Body};
use url::Url;

use self::answers::Answers;
pub use self::dial::{DialError, Dialer};
pub use self::error::{NetError, place, shown, without_credentials};
use self::exhausted::Again;
pub use self::limited::{Limited, TooLong, is_too_long};
pub use self::names::{NameError, Trouble};
use self::record::Asked;

/// How often a request is made before its failure counts.
pub const ATTEMPTS: u32 = 4;

/// A header for what is known by its hash: the bytes themselves, not an encoding of them, which
/// some servers would make of a file that is gzipped already.
pub const UNENCODED: (&str, &str) = ("accept-encoding", "identity");

/// The longest body of an artifact that is read: 4 GiB.
pub const MOST_BODY: u64 = 4 << 30;

/// The headers with credentials.
const SECRET: [&str; 3] = ["authorization", "private-token", "job-token"];

/// How often a server may send on to another address.
const MOST_REDIRECTS: u32 = 10;

/// What besides the connection tells whether an answer is the right one. An answer that has nothing must come over
/// https all the way once it was asked for by https.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Vouched {
    /// Its hash is known before it is asked for.
    ByHash,
    /// It holds a signature, which is checked.
    BySignature,
    ByNothing,
}

/// Where a server may send on to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Redirects {
    Anywhere,
    /// Scheme, host and port stay.
    SameServer,
}

/// The HTTP client of one run.
#[derive(Debug)]
pub struct Http {
    agent: OnceLock<Agent>,
    offline: bool,
    patience: Duration,
    attempts: u32,
    answers: Arc<Answers>,
}

impl Http {
    /// `patience` is how long a server may say nothing.
    pub fn new(offline: bool, patience: Duration) -> Self {
        Self { agent: OnceLock::new(), offline, patience, attempts: ATTEMPTS, answers: Arc::default() }
    }

    /// The same for servers that something else can take the place of: each request is made once, and a server may say
    /// nothing for some seconds only.
    #[must_use]
    pub fn brisk(&self) -> Self {
        let (offline, answers) = (self.offline, Arc::clone(&self.answers));
        Self { agent: OnceLock::new(), offline, patience: Duration::from_secs(5), attempts: 1, answers }
    }

    /// What was answered in this run to a question that is asked once, if it was.
    pub fn answer(&self, url: &Url) -> Option<Arc<[u8]>> {
        self.answers.get(url)
    }

    /// Keeps the answer to such a question for the rest of the run.
    pub fn keep_answer(&self, url: &Url, body: &[u8]) {
        self.answers.keep(url, body);
    }

    pub const fn is_offline(&self) -> bool {
        self.offline
    }

    /// GET. A failure that may pass is tried again after a pause that doubles, or after what
    /// the server's `Retry-After` asks for (RFC 9110, section 10.2.3; seconds, at most 30).
    pub fn get(&self, url: &Url, headers: &[(&str, &str)], vouched: Vouched) -> Result<Response<Body>, NetError> {
        persist(self.attempts, || self.get_once(url, headers, Redirects::Anywhere, vouched))
    }

    /// GET of a body that is read whole and has at most `most` bytes, and a rule about where
    /// the answer may come from. A transfer that breaks off is tried again, too.
    pub fn get_whole(
        &self,
        url: &Url,
        headers: &[(&str, &str)],
        redirects: Redirects,
        vouched: Vouched,
        most: u64,
    ) -> Result<Response<Vec<u8>>, NetError> {
        persist(self.attempts, || whole(url, self.get_once(url, headers, redirects, vouched)?, most))
    }

    /// The same, once: for what can be done without.
    pub fn try_get_whole(
        &self,
        url: &Url,
        headers: &[(&str, &str)],
        vouched: Vouched,
        most: u64,
    ) -> Result<Response<Vec<u8>>, NetError> {
        let response = self.get_once(url, headers, Redirects::Anywhere, vouched);
        response.and_then(|response| whole(url, response, most)).map_err(|(error, _)| error)
    }

    fn get_once(
        &self,
        url: &Url,
        headers: &[(&str, &str)],
        redirects: Redirects,
        vouched: Vouched,
    ) -> Result<Response<Body>, Setback> {
        if self.offline {
            log::info!("{}: not asked, because of --offline", place(url));
            return Err((NetError::Offline { url: url.clone() }, None));
        }
        let response = self.follow(url, headers, redirects, vouched).map_err(|error| (error, None))?;
        let status = response.status();
        if status.is_success() || status == StatusCode::NOT_MODIFIED {
            return Ok(response);
        }
        if let Some(again) = Again::of(&response) {
            return Err((NetError::Limited { url: url.clone(), again }, None));
        }
        let retry_after = response.headers().get("retry-after").and_then(|value| value.to_str().ok()?.parse().ok());
        let asked = retry_after.map(|seconds: u64| Duration::from_secs(seconds.min(30)));
        Err((NetError::Status { url: url.clone(), status, credentials: None }, asked))
    }

    /// Asks at an address, and then wherever servers send on to, as far as that is acceptable. Credentials go
    /// on only within the server that they are for.
    fn follow(
        &self,
        url: &Url,
        headers: &[(&str, &str)],
        redirects: Redirects,
        vouched: Vouched,
    ) -> Result<Response<Body>, NetError> {
        let transport = |source| NetError::Transport { url: url.clone(), source: Box::new(source) };
        let (mut at, mut headers) = (url.clone(), headers.to_vec());
        for _ in 0..=MOST_REDIRECTS {
            let asked = Asked::now(&at);
            let answer = self.call(&at, &headers);
            asked.answered(&answer);
            let response = answer.map_err(transport)?;
            let Some(to) = sent_on(&at, &response) else { return Ok(response) };
            let url = url.clone();
            if asks_to_log_in(&at, &to) {
                return Err(NetError::Status { url, status: StatusCode::NOT_FOUND, credentials: None });
            }
            match redirects {
                Redirects::SameServer if to.origin() != url.origin() => return Err(NetError::Elsewhere { url, to }),
                Redirects::SameServer => {}
                Redirects::Anywhere if to.origin() == at.origin() => {}
                Redirects::Anywhere => {
                    headers.retain(|(name, _)| !SECRET.iter().any(|own| name.eq_ignore_ascii_case(own)));
                }
            }
            match (at.scheme(), to.scheme(), vouched) {
                ("https", "http", Vouched::ByNothing) => return Err(NetError::Downgrade { url, to }),
                (_, "http" | "https", Vouched::ByHash | Vouched::BySignature | Vouched::ByNothing) => at = to,
                _ => return Err(transport(ureq::Error::BadUri(format!("unknown scheme: {}", to.scheme())))),
            }
        }
        Err(transport(ureq::Error::TooManyRedirects))
    }

    fn call(&self, url: &Url, headers: &[(&str, &str)]) -> Result<Response<Body>, ureq::Error> {
        let mut request = self.agent.get_or_init(|| agent(self.patience)).get(url.as_str());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        // Where a server sends on to is decided above.
        request.config().max_redirects(0).build().call()
    }
}

/// Where a server sends on to, if it does (RFC 9110, section 15.4).
fn sent_on(at: &Url, response: &Response<Body>) -> Option<Url> {
    let is_redirect = matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308);
    let location = response.headers().get("location").filter(|_| is_redirect)?;
    at.join(location.to_str().ok()?).ok()
}

/// Whether a forge sends from a file of a release to its page for logging in, which is no file: that is how GitLab,
/// Forgejo and servers of GitHub's answer about a repository that is not for everyone.
fn asks_to_log_in(at: &Url, to: &Url) -> bool {
    let pages = ["/users/sign_in", "/user/login", "/login"];
    to.origin() == at.origin() && at.path().contains("/releases/") && pages.iter().any(|page| to.path().ends_with(page))
}

/// A body that is read whole.
fn whole(url: &Url, response: Response<Body>, most: u64) -> Result<Response<Vec<u8>>, Setback> {
    let (parts, body) = response.into_parts();
    let too_long = || (NetError::TooLong { url: url.clone(), most }, None);
    if body.content_length().is_some_and(|length| length > most) {
        return Err(too_long());
    }
    let mut bytes = Vec::new();
    match Limited::new(body.into_reader(), most).read_to_end(&mut bytes) {
        Ok(_) => Ok(Response::from_parts(parts, bytes)),
        Err(error) if is_too_long(&error) => Err(too_long()),
        Err(error) => Err((NetError::Transport { url: url.clone(), source: Box::new(error.into()) }, None)),
    }
}

/// A failed attempt, and the pause that the server asks for.
type Setback = (NetError, Option<Duration>);

/// Tries again while that may help.
fn persist<T>(attempts: u32, once: impl Fn() -> Result<T, Setback>) -> Result<T, NetError> {
    let mut attempt = 1;
    loop {
        match once() {
            Ok(answer) => return Ok(answer),
            Err((error, _)) if attempt == attempts || !error.is_passing() => return Err(error),
            Err((error, asked)) => {
                let pause = asked.unwrap_or_else(|| pause(attempt));
                log::warn!("attempt {attempt} of {attempts} failed, again in {} ms: {error}", pause.as_millis());
                std::thread::sleep(pause);
            }
        }
        attempt += 1;
    }
}

/// The pause before the next attempt: 0.2 s, 0.4 s, 0.8 s.
pub fn pause(attempt: u32) -> Duration {
    Duration::from_millis(100u64 << attempt)
}

fn agent(patience: Duration) -> Agent {
    let config = Agent::config_builder()
        .http_status_as_error(false)
        .user_agent(concat!("devshell/", env!("CARGO_PKG_VERSION")))
        .timeout_connect(Some(patience.min(Duration::from_secs(20))))
        .timeout_recv_response(Some(patience))
        // A large body may take its time, as long as something comes and there is an end to it.
        .timeout_per_read(Some(patience))
        .timeout_recv_body(Some(Duration::from_hours(2)))
        .max_idle_connections_per_host(8)
        .tls_config(TlsConfig::builder().provider(TlsProvider::Rustls).root_certs(root_certificates()).build())
        .build();
    names::agent(config, patience)
}

/// How many certificates the machine has.
pub fn machine_certificates() -> usize {
    rustls_native_certs::load_native_certs().certs.len()
}

/// The machine's certificates (`SSL_CERT_FILE` and `SSL_CERT_DIR` are honoured), or Mozilla's
/// where the machine has none, as in a bare container.
fn root_certificates() -> RootCerts {
    let native = rustls_native_certs::load_native_certs().certs;
    if native.is_empty() {
        return RootCerts::WebPki;
    }
    let certificates = native.iter().map(|der| Certificate::from_der(der.as_ref()).to_owned()).collect();
    RootCerts::Specific(Arc::new(certificates))
}
