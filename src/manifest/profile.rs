//! The profiles of Rust toolchains (rustup book, "Profiles"), as far as devshell has them.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Which components a toolchain has to begin with, as rustup's profiles say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// What compiling needs.
    Minimal,
    /// That, `rustfmt` and `clippy`.
    #[default]
    Default,
}

impl Profile {
    pub const ALL: [Self; 2] = [Self::Minimal, Self::Default];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Minimal => "minimal",
            Self::Default => "default",
        }
    }
}

impl FromStr for Profile {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|profile| profile.name() == text).ok_or(())
    }
}
