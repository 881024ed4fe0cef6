//! Why there is no dev shell of Nix.

use crate::hint::Hint;
use crate::nix::{Asked, BadDevEnv, Refusal};
use crate::project::ProjectError;

/// Why there is no dev shell of Nix.
#[derive(Debug, thiserror::Error)]
pub enum NixError {
    #[error("there is no file for `{name}`, which line {line} of the manifest names")]
    NoFile { name: String, line: usize },
    #[error("`{0}` needs Nix, and this machine has no `nix`")]
    NoNix(String),
    /// No one asked for an evaluation.
    #[error("`{0}` is not evaluated as it is now")]
    NotEvaluated(String),
    #[error("`{0}` changed while Nix evaluated it")]
    Changed(String),
    #[error("{}", .refusal.text(.errors, .asked))]
    Refused { refusal: Refusal, errors: String, asked: Box<Asked> },
    #[error(transparent)]
    Unreadable(#[from] BadDevEnv),
    #[error(transparent)]
    Project(#[from] ProjectError),
    #[error(transparent)]
    Files(#[from] std::io::Error),
}

impl NixError {
    /// Whether it is about a flake.lock that is missing or stale.
    pub const fn is_about_lock(&self) -> bool {
        matches!(self, Self::Refused { refusal: Refusal::Locking, .. })
    }

    /// Whether it is about what is here and now, and not about the project.
    pub(super) const fn may_pass(&self) -> bool {
        matches!(self, Self::NoNix(_) | Self::Refused { refusal: Refusal::Network | Refusal::Daemon, .. })
    }
}

impl Hint for NixError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::NoFile { .. } => Some("write \"nix\": true beside a flake.nix, a shell.nix or a default.nix".to_owned()),
            Self::NoNix(_) => Some(
                "install Nix; devshell has it too, as `deb:nix-bin`: put its directory on PATH where devshell is started"
                    .to_owned(),
            ),
            Self::NotEvaluated(_) => Some("`devshell install` evaluates it".to_owned()),
            Self::Changed(_) => Some("type the command again".to_owned()),
            Self::Refused { refusal, asked, .. } => refusal.hint(asked),
            Self::Project(error) => error.hint(),
            Self::Unreadable(_) | Self::Files(_) => None,
        }
    }
}
