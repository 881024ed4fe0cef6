//! Why a host has no address, and which of its name servers is to blame.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use crate::hint::Hint;

/// Why a host has no address.
#[derive(Debug, thiserror::Error)]
pub enum NameError {
    #[error("`{0}` cannot be the name of a host")]
    NotAName(String),
    #[error("no name server knows `{0}`")]
    Unknown(String),
    #[error("`{0}` has no address")]
    NoAddress(String),
    #[error("`{name}` leads from alias to alias")]
    Aliases { name: String },
    #[error("`{name}` cannot be looked up: {}", shown(.troubles))]
    Servers { name: String, troubles: Vec<Trouble> },
}

/// What was the matter with one name server.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    #[error("the name server `{}` does not answer", .0.ip())]
    Silent(SocketAddr),
    #[error("the name server `{}` answers {failure}", .server.ip())]
    Failure { server: SocketAddr, failure: &'static str },
    #[error("the name server `{}` cannot be reached: {source}", .server.ip())]
    Unreachable { server: SocketAddr, source: io::Error },
}

impl Trouble {
    pub const fn server(&self) -> SocketAddr {
        match self {
            Self::Silent(server) | Self::Failure { server, .. } | Self::Unreachable { server, .. } => *server,
        }
    }
}

fn shown(troubles: &[Trouble]) -> String {
    let troubles: Vec<String> = troubles.iter().map(ToString::to_string).collect();
    troubles.join(", ")
}

impl Hint for NameError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Servers { .. } => {
                Some("check the network, and the name servers that /etc/resolv.conf names".to_owned())
            }
            // As for a server that is not there: a proxy would know the name.
            Self::NotAName(_) | Self::Unknown(_) | Self::NoAddress(_) | Self::Aliases { .. } => None,
        }
    }
}

impl NameError {
    /// Whether asking again soon may help. A server that was silent was given its time, more than once.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Servers { troubles, .. } => !troubles.iter().any(|trouble| matches!(trouble, Trouble::Silent(_))),
            Self::NotAName(_) | Self::Unknown(_) | Self::NoAddress(_) | Self::Aliases { .. } => false,
        }
    }

    /// The kind under which others know it.
    pub fn kind(&self) -> io::ErrorKind {
        match self {
            Self::NotAName(_) => io::ErrorKind::InvalidInput,
            Self::Servers { .. } => io::ErrorKind::TimedOut,
            Self::Unknown(_) | Self::NoAddress(_) | Self::Aliases { .. } => io::ErrorKind::NotFound,
        }
    }
}

/// The error of a look-up inside of an error of the client.
pub fn name_error(error: &ureq::Error) -> Option<&NameError> {
    match error {
        ureq::Error::Io(error) => error.get_ref()?.downcast_ref::<Arc<NameError>>().map(|error| &**error),
        _ => None,
    }
}
