//! The addresses of hosts. On Linux the C library is not asked: in a static executable its `getaddrinfo` would load
//! the modules that `/etc/nsswitch.conf` names, which belong to the host's C library and crash in any other one.
//! A name is an address itself, or this machine, or in `/etc/hosts`, or known to the name servers of
//! `/etc/resolv.conf`, among them systemd's. What else a system may ask (mDNS, NIS, LDAP) is not asked.

mod error;

#[cfg(target_os = "linux")]
mod config;
#[cfg(target_os = "macos")]
mod elsewhere;
#[cfg(target_os = "linux")]
mod exchange;
#[cfg(target_os = "linux")]
mod hosts;
#[cfg(target_os = "linux")]
mod lookup;
#[cfg(target_os = "linux")]
mod message;
#[cfg(target_os = "linux")]
mod order;
#[cfg(target_os = "linux")]
mod resolver;
#[cfg(target_os = "linux")]
mod shared;

use std::time::Duration;

use ureq::Agent;
use ureq::config::Config;

pub use self::error::{NameError, Trouble, name_error};

#[cfg(target_os = "macos")]
pub use self::elsewhere::Names;
#[cfg(target_os = "linux")]
pub use self::resolver::Names;

/// A client that finds hosts as this system allows it. `patience` is how long a look-up may take in all.
#[cfg(target_os = "linux")]
pub fn agent(config: Config, patience: Duration) -> Agent {
    use ureq::unversioned::transport::DefaultConnector;
    Agent::with_parts(config, DefaultConnector::default(), resolver::Names::of_machine(patience))
}

/// On macOS all programs share the system's own library.
#[cfg(target_os = "macos")]
#[allow(clippy::needless_pass_by_value, reason = "the other one takes it")]
pub fn agent(config: Config, _: Duration) -> Agent {
    config.new_agent()
}

#[cfg(all(test, target_os = "linux"))]
mod tests;
