//! The six platforms a lock speaks of, and sets of them. A platform is what decides which binary runs:
//! architecture, system and, on Linux, the C library.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A platform, named `<architecture>-<system>`; with `-musl` where Linux has no glibc.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Platform {
    #[serde(rename = "aarch64-darwin")]
    Aarch64Darwin,
    #[serde(rename = "aarch64-linux")]
    Aarch64Linux,
    #[serde(rename = "aarch64-linux-musl")]
    Aarch64LinuxMusl,
    #[serde(rename = "x86_64-darwin")]
    X8664Darwin,
    #[serde(rename = "x86_64-linux")]
    X8664Linux,
    #[serde(rename = "x86_64-linux-musl")]
    X8664LinuxMusl,
}

impl Platform {
    /// The same machine with the GNU C library, for one with musl.
    pub const fn with_glibc(self) -> Option<Self> {
        match self {
            Self::Aarch64LinuxMusl => Some(Self::Aarch64Linux),
            Self::X8664LinuxMusl => Some(Self::X8664Linux),
            _ => None,
        }
    }

    /// The same machine with musl, for one with the GNU C library.
    pub const fn with_musl(self) -> Option<Self> {
        match self {
            Self::Aarch64Linux => Some(Self::Aarch64LinuxMusl),
            Self::X8664Linux => Some(Self::X8664LinuxMusl),
            _ => None,
        }
    }

    /// The loader that executables for it usually name, on Linux: each C library puts its own where its ABI says.
    pub const fn loader(self) -> Option<&'static str> {
        match self {
            Self::Aarch64Darwin | Self::X8664Darwin => None,
            Self::Aarch64Linux => Some("/lib/ld-linux-aarch64.so.1"),
            Self::Aarch64LinuxMusl => Some("/lib/ld-musl-aarch64.so.1"),
            Self::X8664Linux => Some("/lib64/ld-linux-x86-64.so.2"),
            Self::X8664LinuxMusl => Some("/lib/ld-musl-x86_64.so.1"),
        }
    }

    /// Every platform, in the order in which a lock lists them.
    pub const ALL: [Self; 6] = [
        Self::Aarch64Darwin,
        Self::Aarch64Linux,
        Self::Aarch64LinuxMusl,
        Self::X8664Darwin,
        Self::X8664Linux,
        Self::X8664LinuxMusl,
    ];

    /// The name used in locks, catalogs and messages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Aarch64Darwin => "aarch64-darwin",
            Self::Aarch64Linux => "aarch64-linux",
            Self::Aarch64LinuxMusl => "aarch64-linux-musl",
            Self::X8664Darwin => "x86_64-darwin",
            Self::X8664Linux => "x86_64-linux",
            Self::X8664LinuxMusl => "x86_64-linux-musl",
        }
    }

    /// The architecture: `x86_64` or `aarch64`.
    pub const fn arch(self) -> &'static str {
        match self {
            Self::Aarch64Darwin | Self::Aarch64Linux | Self::Aarch64LinuxMusl => "aarch64",
            Self::X8664Darwin | Self::X8664Linux | Self::X8664LinuxMusl => "x86_64",
        }
    }

    /// The architecture as Debian calls it.
    pub const fn debian_arch(self) -> &'static str {
        match self {
            Self::Aarch64Darwin | Self::Aarch64Linux | Self::Aarch64LinuxMusl => "arm64",
            Self::X8664Darwin | Self::X8664Linux | Self::X8664LinuxMusl => "amd64",
        }
    }

    /// The system: `linux` or `darwin`.
    pub const fn os(self) -> &'static str {
        match self {
            Self::Aarch64Darwin | Self::X8664Darwin => "darwin",
            _ => "linux",
        }
    }

    /// The C library of a Linux: `gnu` or `musl`; nothing elsewhere.
    pub const fn libc(self) -> Option<&'static str> {
        match self {
            Self::Aarch64Darwin | Self::X8664Darwin => None,
            Self::Aarch64Linux | Self::X8664Linux => Some("gnu"),
            Self::Aarch64LinuxMusl | Self::X8664LinuxMusl => Some("musl"),
        }
    }

    /// Whether this machine runs its programs by itself. A Mac with Apple silicon runs those for Intel too (Rosetta), and
    /// one of them may be devshell itself, so the architecture says nothing there.
    pub fn runs_here(self) -> bool {
        let own = (std::env::consts::ARCH, if cfg!(target_os = "macos") { "darwin" } else { "linux" });
        (self.arch(), self.os()) == own || self.os() == "darwin" && own.1 == "darwin"
    }

    /// The name of the platform in the tool chains of LLVM and Rust (`x86_64-unknown-linux-gnu`).
    pub fn target(self) -> String {
        match self.libc() {
            Some(libc) => format!("{}-unknown-linux-{libc}", self.arch()),
            None => format!("{}-apple-darwin", self.arch()),
        }
    }

    /// The platform for an architecture and system as Rust names them (`std::env::consts`);
    /// `None` when devshell does not know it.
    pub fn of(arch: &str, os: &str, musl: bool) -> Option<Self> {
        Some(match (arch, os, musl) {
            ("aarch64", "macos", _) => Self::Aarch64Darwin,
            ("x86_64", "macos", _) => Self::X8664Darwin,
            ("aarch64", "linux", false) => Self::Aarch64Linux,
            ("aarch64", "linux", true) => Self::Aarch64LinuxMusl,
            ("x86_64", "linux", false) => Self::X8664Linux,
            ("x86_64", "linux", true) => Self::X8664LinuxMusl,
            _ => return None,
        })
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A set of platforms: all of them, unless a manifest names some.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "Vec<Platform>", into = "Vec<Platform>")]
pub struct Platforms(u8);

impl Platforms {
    pub const ALL: Self = Self((1 << Platform::ALL.len()) - 1);

    pub const fn contains(self, platform: Platform) -> bool {
        self.0 & (1 << platform as u8) != 0
    }

    #[allow(clippy::trivially_copy_pass_by_ref, reason = "serde's `skip_serializing_if` passes a reference")]
    pub const fn is_all(&self) -> bool {
        self.0 == Self::ALL.0
    }

    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// In the order of `Platform::ALL`.
    pub fn iter(self) -> impl Iterator<Item = Platform> + Clone {
        Platform::ALL.into_iter().filter(move |platform| self.contains(*platform))
    }

    /// Those that are in both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Those that the other set lacks.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// The same, and for each machine with musl the one with the GNU C library.
    #[must_use]
    pub fn with_glibc(self) -> Self {
        self.iter().chain(self.iter().filter_map(Platform::with_glibc)).collect()
    }
}

impl Default for Platforms {
    fn default() -> Self {
        Self::ALL
    }
}

impl FromIterator<Platform> for Platforms {
    fn from_iter<I: IntoIterator<Item = Platform>>(platforms: I) -> Self {
        Self(platforms.into_iter().fold(0, |set, platform| set | 1 << platform as u8))
    }
}

impl From<Vec<Platform>> for Platforms {
    fn from(platforms: Vec<Platform>) -> Self {
        platforms.into_iter().collect()
    }
}

impl From<Platforms> for Vec<Platform> {
    fn from(platforms: Platforms) -> Self {
        platforms.iter().collect()
    }
}

impl fmt::Display for Platforms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.iter().map(Platform::name).collect::<Vec<_>>().join(", "))
    }
}

/// The word is not one of the six platform names.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not a platform devshell knows")]
pub struct UnknownPlatform(String);

impl UnknownPlatform {
    /// The word.
    pub fn word(&self) -> &str {
        &self.0
    }
}

impl FromStr for Platform {
    type Err = UnknownPlatform;

    fn from_str(text: &str) -> Result<Self, UnknownPlatform> {
        Self::ALL.into_iter().find(|p| p.name() == text).ok_or_else(|| UnknownPlatform(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::{Platform, Platforms};

    #[test]
    fn names_round_trip_and_are_sorted() {
        for platform in Platform::ALL {
            assert_eq!(platform.name().parse::<Platform>().unwrap(), platform);
            assert_eq!(serde_json::to_string(&platform).unwrap(), format!("\"{platform}\""));
        }
        assert!(Platform::ALL.is_sorted_by_key(|p| p.name()));
        for platform in Platform::ALL {
            let musl = if platform.libc() == Some("musl") { "-musl" } else { "" };
            assert_eq!(platform.name(), format!("{}-{}{musl}", platform.arch(), platform.os()));
            assert!(platform.target().starts_with(platform.arch()));
        }
        assert!("sparc-solaris".parse::<Platform>().is_err());
        assert_eq!(Platform::of("x86_64", "linux", true), Some(Platform::X8664LinuxMusl));
        assert_eq!(Platform::of("riscv64", "linux", false), None);
    }

    #[test]
    fn sets_are_counted() {
        assert!(Platforms::ALL.is_all() && Platforms::ALL.iter().eq(Platform::ALL));
        let linux: Platforms = [Platform::X8664Linux, Platform::Aarch64Linux].into_iter().collect();
        let musl: Platforms = [Platform::X8664LinuxMusl].into_iter().collect();
        assert_eq!(linux.to_string(), "aarch64-linux, x86_64-linux");
        assert_eq!(serde_json::to_string(&linux).unwrap(), r#"["aarch64-linux","x86_64-linux"]"#);
        assert_eq!(serde_json::from_str::<Platforms>(r#"["x86_64-linux","aarch64-linux"]"#).unwrap(), linux);
        assert!(linux.and(musl).is_empty() && linux.without(musl) == linux && Platforms::default().is_all());
        assert_eq!(musl.with_glibc().to_string(), "x86_64-linux, x86_64-linux-musl");
    }
}
