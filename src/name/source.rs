//! The labels of the sources.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Makes the enumeration, and everything that has to name each of its values.
macro_rules! labels {
    ($($label:ident = $name:literal),+ $(,)?) => {
        /// Where tools come from. The label is what is before the colon in `npm:prettier`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "lowercase")]
        pub enum SourceLabel {
            $($label),+
        }

        impl SourceLabel {
            pub const ALL: [Self; [$($name),+].len()] = [$(Self::$label),+];

            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$label => $name),+
                }
            }
        }
    };
}

labels! {
    Codeberg = "codeberg",
    Deb = "deb",
    Github = "github",
    Gitlab = "gitlab",
    Host = "host",
    Npm = "npm",
    Pypi = "pypi",
    Rust = "rust",
    Url = "url",
    Vendor = "vendor",
}

impl SourceLabel {
    /// The sources whose packages are repositories of a forge.
    pub const FORGES: [Self; 3] = [Self::Codeberg, Self::Github, Self::Gitlab];

    /// Whether its packages are repositories of a forge, such as `cli/cli`.
    pub fn is_forge(self) -> bool {
        Self::FORGES.contains(&self)
    }

    /// All of them, for a sentence: `deb:`, `host:` and so on.
    pub fn listed() -> String {
        let [others @ .., last] = Self::ALL.map(|label| format!("`{label}:`"));
        format!("{} and {last}", others.join(", "))
    }
}

/// The sources whose servers are the same for all their packages.
pub fn with_servers() -> impl Iterator<Item = SourceLabel> {
    SourceLabel::ALL
        .into_iter()
        .filter(|label| !matches!(label, SourceLabel::Host | SourceLabel::Url | SourceLabel::Vendor))
}

impl fmt::Display for SourceLabel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
