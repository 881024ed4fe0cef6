//! How much of the host the dev shell sees: the levels, their names, and what each of them means
//! for a dev shell. Nothing outside asks which level it is.

use std::fmt;
use std::str::FromStr;

/// How much of the host the dev shell sees.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Isolation {
    /// The host's PATH follows the dev shell's.
    None,
    /// PATH is ours alone: the pinned tools and the base utilities.
    #[default]
    Path,
    /// Also, only an allowlist of the caller's variables passes.
    Pure,
    /// Also, of the host's files only those can be reached that the manifest names.
    Sandbox,
    /// Also, the base utilities and all else below `/usr` and `/etc` are from the lock.
    Hermetic,
}

/// A text that names no level.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not an isolation level: {names}", names = Isolation::names())]
pub struct UnknownIsolation(String);

impl Isolation {
    pub const ALL: [Self; 5] = [Self::None, Self::Path, Self::Pure, Self::Sandbox, Self::Hermetic];

    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Path => "path",
            Self::Pure => "pure",
            Self::Sandbox => "sandbox",
            Self::Hermetic => "hermetic",
        }
    }

    /// What the level means, for the editor of a manifest.
    pub(super) const fn meaning(self) -> &'static str {
        match self {
            Self::None => "The host's PATH follows the dev shell's.",
            Self::Path => "PATH has only the dev shell's entries (the default).",
            Self::Pure => "Also, only an allowlist of the caller's variables passes.",
            Self::Sandbox => {
                "Also, of the host's files only the system's and those of `sandbox` can be reached (Linux)."
            }
            Self::Hermetic => {
                "Also, instead of the system's files there are Debian packages from the lock (Linux). They are of the suite in `registries.deb`."
            }
        }
    }

    /// Whether the host's PATH is left out.
    pub const fn hides_the_host(self) -> bool {
        match self {
            Self::None => false,
            Self::Path | Self::Pure | Self::Sandbox | Self::Hermetic => true,
        }
    }

    /// Whether only those of the caller's variables cross that are on a list.
    pub const fn keeps_only_what_is_allowed(self) -> bool {
        match self {
            Self::None | Self::Path => false,
            Self::Pure | Self::Sandbox | Self::Hermetic => true,
        }
    }

    /// Whether commands run inside a wall that the kernel holds.
    pub const fn has_walls(self) -> bool {
        match self {
            Self::None | Self::Path | Self::Pure => false,
            Self::Sandbox | Self::Hermetic => true,
        }
    }

    /// Whether the base utilities are from the lock, and the host's are nowhere to be found.
    pub const fn has_own_base(self) -> bool {
        match self {
            Self::None | Self::Path | Self::Pure | Self::Sandbox => false,
            Self::Hermetic => true,
        }
    }

    /// The names of all levels, as help and messages list them.
    pub fn names() -> impl fmt::Display {
        let [first @ .., last] = Self::ALL.map(Self::name);
        format!("{} or {last}", first.join(", "))
    }
}

impl FromStr for Isolation {
    type Err = UnknownIsolation;

    fn from_str(text: &str) -> Result<Self, UnknownIsolation> {
        Self::ALL.into_iter().find(|level| level.name() == text).ok_or_else(|| UnknownIsolation(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_level_answers_for_itself() {
        let answers = |level: Isolation| {
            [level.hides_the_host(), level.keeps_only_what_is_allowed(), level.has_walls(), level.has_own_base()]
        };
        // Each one has what the one before it has, and one thing more.
        let expected = [0, 1, 2, 3, 4].map(|count| [0, 1, 2, 3].map(|place| place < count));
        assert_eq!(Isolation::ALL.map(answers), expected);
    }

    #[test]
    fn a_level_is_read_by_its_name() {
        for level in Isolation::ALL {
            assert_eq!(level.name().parse::<Isolation>().unwrap(), level);
        }
        let error = "paht".parse::<Isolation>().unwrap_err();
        assert_eq!(error.to_string(), "`paht` is not an isolation level: none, path, pure, sandbox or hermetic");
    }
}
