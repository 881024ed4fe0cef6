//! Which packages a rule about registries is for: all of a source, those of a scope, or one.

use std::str::FromStr;

use super::{SourceLabel, ToolName, normalized};

/// The packages that a rule is about. The more particular sort first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Names {
    /// `npm:NAME`, `npm:@scope/name`, `pypi:NAME`, `github:OWNER/NAME`, `vendor:NAME`: this package.
    Package(String),
    /// `npm:@scope/*`, `github:OWNER/*`: every package of a scope. Holds `@scope/`.
    Scope(String),
    /// `npm`, `pypi`, `github`, `vendor`: all packages that no other rule is about.
    Others,
}

impl Names {
    /// The same for a forge, where capitals make no difference: in small letters.
    fn folded(self) -> Self {
        match self {
            Self::Package(name) => Self::Package(name.to_ascii_lowercase()),
            Self::Scope(prefix) => Self::Scope(prefix.to_ascii_lowercase()),
            Self::Others => Self::Others,
        }
    }

    /// Whether the rule is about a package. A repository is asked for in small letters.
    pub fn include(&self, package: &str) -> bool {
        match self {
            Self::Package(name) => name == package,
            Self::Scope(prefix) => package.starts_with(prefix.as_str()),
            Self::Others => true,
        }
    }
}

/// The key of such a rule: packages of a source.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct BoundNames {
    pub source: SourceLabel,
    pub names: Names,
}

/// The sources that have registries.
const SOURCES: [SourceLabel; 7] = [
    SourceLabel::Npm,
    SourceLabel::Pypi,
    SourceLabel::Rust,
    SourceLabel::Codeberg,
    SourceLabel::Github,
    SourceLabel::Gitlab,
    SourceLabel::Vendor,
];

impl FromStr for BoundNames {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (label, rest) = text.split_once(':').map_or((text, None), |(label, rest)| (label, Some(rest)));
        let is_name = |name: &str| format!("{label}:{name}").parse::<ToolName>().is_ok();
        let names = |source: SourceLabel| match (source, rest) {
            (_, None) => Some(Names::Others),
            (SourceLabel::Rust, Some(_)) => None,
            (SourceLabel::Pypi, Some(name)) => is_name(name).then(|| Names::Package(normalized(name))),
            (_, Some(name)) => match name.strip_suffix('*') {
                Some(prefix) => {
                    let is_scope = prefix.starts_with('@') || source.is_forge();
                    (is_scope && prefix.ends_with('/') && is_name(&format!("{prefix}x")))
                        .then(|| Names::Scope(prefix.to_owned()))
                }
                None => is_name(name).then(|| Names::Package(name.to_owned())),
            },
        };
        let source = SOURCES.into_iter().find(|source| source.name() == label);
        let folded = |source: SourceLabel, names: Names| if source.is_forge() { names.folded() } else { names };
        source.and_then(|source| Some(Self { source, names: folded(source, names(source)?) })).ok_or_else(|| {
            format!(
                "`{text}` names no packages: write `npm`, `pypi`, `deb`, `rust`, `vendor` or a forge such as `github` for all, `npm:@scope/*`, `npm:NAME`, `pypi:NAME`, `github:OWNER/*` or `vendor:NAME` for some"
            )
        })
    }
}
