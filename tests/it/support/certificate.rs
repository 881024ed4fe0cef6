//! Certificates for `localhost` that a test makes itself, good ones and others.

use std::sync::Arc;

use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;

/// A certificate that signs for itself, and its key.
#[must_use]
pub struct Certified {
    certificate: rcgen::Certificate,
    key: KeyPair,
}

impl Certified {
    /// Good for as long as anybody will run these tests.
    pub fn new() -> Self {
        Self::between(1975, 4096)
    }

    /// Good from the beginning of one year to that of another.
    pub fn between(first: i32, end: i32) -> Self {
        let mut parameters = CertificateParams::new(["localhost".to_owned()]).unwrap();
        parameters.not_before = date_time_ymd(first, 1, 1);
        parameters.not_after = date_time_ymd(end, 1, 1);
        let key = KeyPair::generate().unwrap();
        Self { certificate: parameters.self_signed(&key).unwrap(), key }
    }

    /// What `SSL_CERT_FILE` may name.
    pub fn pem(&self) -> String {
        self.certificate.pem()
    }

    /// What a server needs to speak with it.
    pub fn server(&self) -> Arc<ServerConfig> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let key = PrivateKeyDer::try_from(self.key.serialize_der()).unwrap();
        let settings = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        Arc::new(settings.with_no_client_auth().with_single_cert(vec![self.certificate.der().clone()], key).unwrap())
    }
}
