//! Systems whose programs all ask the system's own library, by way of the client.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::NameError;

#[derive(Debug)]
pub struct Names;

impl Names {
    pub const fn of_machine(_: Duration) -> Self {
        Self
    }

    /// Nothing on these systems looks names up by itself.
    #[allow(clippy::unused_self, reason = "the other one has the files of a machine")]
    pub fn addresses(&self, host: &str, _: Instant) -> Result<Vec<IpAddr>, Arc<NameError>> {
        Err(Arc::new(NameError::NoAddress(host.to_owned())))
    }
}
