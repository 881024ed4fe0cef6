//! Where a word leads that people type for a tool: to another name in the catalog, to a release of its publisher, to
//! Debian's package, to a download, or to the host. It is data (`aliases.json`), from which each hint takes only what
//! is known of the word; about a package that was not looked at, nothing is suggested.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::{ENTRIES, Entry, SourceLabel, provider, releases};
use crate::hint::mistyped;
use crate::packed::packed;

/// What the table has for a word.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Alias {
    /// The tool of the catalog that has it.
    tool: Option<String>,
    /// The repository of its publisher, in the table of releases.
    release: Option<String>,
    /// Debian's package.
    deb: Option<String>,
    /// The file that its publisher offers for download, with placeholders where they fit.
    url: Option<String>,
    /// The tool of the host that is the same.
    host: Option<String>,
    /// What else to know, before the ways.
    note: Option<String>,
}

static ALIASES: LazyLock<BTreeMap<String, Alias>> = LazyLock::new(|| {
    serde_json::from_str(&packed!("src/catalog/aliases.json").text()).expect("a unit test parses aliases.json")
});

/// One way to get what a word means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// A tool of the catalog that is pinned.
    Tool(&'static str),
    /// A repository on GitHub, with releases.
    Release(&'static str),
    /// A package of Debian.
    Deb(&'static str),
    /// A download, by the name of its file.
    Url(&'static str),
    /// The host's own, by its name in the catalog. It is not pinned.
    Host(&'static str),
}

/// What is known of a word.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lead {
    pub note: Option<&'static str>,
    /// The pinned ones first.
    pub ways: Vec<Way>,
}

impl Lead {
    /// Its ways but for the host.
    pub fn pinned(&self) -> impl Iterator<Item = Way> {
        self.ways.iter().copied().filter(|way| !matches!(way, Way::Host(_)))
    }

    /// The command that adds each way, and what it adds, in one sentence. `word` names a download, and a version that
    /// was asked for goes along where the way has versions of the same kind.
    pub fn sentence(&self, word: &str, version: Option<&str>) -> String {
        let ways = self.ways.iter().map(|way| way.sentence(word, version));
        self.note.map(str::to_owned).into_iter().chain(ways).collect::<Vec<_>>().join("; ")
    }
}

impl Way {
    pub fn source(self) -> SourceLabel {
        match self {
            Self::Tool(tool) => ENTRIES.get(tool).map_or(SourceLabel::Host, |providers| providers.first().source()),
            Self::Release(_) => SourceLabel::Github,
            Self::Deb(_) => SourceLabel::Deb,
            Self::Url(_) => SourceLabel::Url,
            Self::Host(_) => SourceLabel::Host,
        }
    }

    /// The tool, as `devshell add` takes it; a download has no name of its own.
    pub fn tool(self) -> Option<String> {
        match self {
            Self::Tool(tool) => Some(tool.to_owned()),
            Self::Release(repository) => Some(releases::full_name(repository)),
            Self::Deb(package) => Some(format!("deb:{package}")),
            Self::Host(tool) => Some(format!("host:{tool}")),
            Self::Url(_) => None,
        }
    }

    pub fn sentence(self, word: &str, version: Option<&str>) -> String {
        let at = version.map(|version| format!("@{version}")).unwrap_or_default();
        match self {
            Self::Tool(tool) => format!("`devshell add {tool}{at}` adds it"),
            Self::Release(repository) => {
                format!("`devshell add {}{at}` adds its publisher's release", releases::full_name(repository))
            }
            Self::Deb(package) => format!("`devshell add deb:{package}` adds Debian's package"),
            Self::Url(file) => format!(
                "`devshell add url:{word}@{} --url 'https://…/{file}'` adds its publisher's download",
                version.unwrap_or("VERSION")
            ),
            Self::Host(tool) => format!("`devshell add host:{tool}` takes the host's, not pinned"),
        }
    }
}

/// Where a word leads that is the name of a tool or of a command: `None` for one that neither the table nor the
/// catalog knows.
pub fn lead(word: &str) -> Option<Lead> {
    let lower = word.to_lowercase();
    let alias = ALIASES.get(word).or_else(|| ALIASES.get(&lower));
    let entry = provider(word);
    if alias.is_none() && entry.is_none() {
        return None;
    }
    let mut lead = Lead::default();
    let mut add = |tool: &'static str, entry: &Entry| {
        lead.ways.push(if matches!(entry, Entry::Host(_)) { Way::Host(tool) } else { Way::Tool(tool) });
    };
    if let Some((tool, entry)) = alias.and_then(|alias| ENTRIES.get_key_value(alias.tool.as_deref()?)) {
        add(tool, entry.first());
    } else if let Some((tool, entry)) = entry {
        add(tool, entry);
    }
    if let Some(alias) = alias {
        lead.note = alias.note.as_deref();
        lead.ways.extend(alias.release.as_deref().map(Way::Release));
        lead.ways.extend(alias.deb.as_deref().map(Way::Deb));
        lead.ways.extend(alias.url.as_deref().map(Way::Url));
        lead.ways.extend(alias.host.as_deref().map(Way::Host));
    }
    // Stable: what is pinned keeps its order.
    lead.ways.sort_by_key(|way| matches!(way, Way::Host(_)));
    lead.ways.dedup();
    Some(lead)
}

/// The name or command that a word was mistyped from.
pub fn meant(word: &str) -> Option<&'static str> {
    let commands =
        ENTRIES.values().flat_map(|providers| providers.first().commands()).map(crate::name::CommandName::as_str);
    mistyped(word, ENTRIES.keys().chain(ALIASES.keys()).map(String::as_str).chain(commands))
}

/// The words of the table with a part that begins with each of `words`, itself or in the package or tool it leads to.
pub fn search(words: &[String]) -> Vec<(&'static str, Lead)> {
    let words: Vec<String> = words.iter().map(|word| word.to_lowercase()).collect();
    let has = |name: &str, alias: &Alias| {
        let of_alias = [alias.tool.as_deref(), alias.deb.as_deref()];
        let texts: Vec<String> = of_alias.into_iter().flatten().chain([name]).map(str::to_lowercase).collect();
        // `tsc` is no part of `ghostscript`.
        let begins = |text: &String, word: &String| text.starts_with(word) || text.contains(&format!("-{word}"));
        words.iter().all(|word| texts.iter().any(|text| begins(text, word)))
    };
    let found = ALIASES.iter().filter(|(name, alias)| has(name, alias));
    found.filter_map(|(name, _)| Some((name.as_str(), lead(name)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_alias_leads_somewhere() {
        for (name, alias) in ALIASES.iter() {
            let own = ENTRIES.get(name).map(super::super::Providers::first);
            let is_pinned = own.is_some_and(|entry| !matches!(entry, Entry::Host(_)));
            let has_other = alias.tool.is_some() || alias.release.is_some() || alias.url.is_some();
            assert!(!is_pinned || !has_other, "`{name}` is pinned by the catalog");
            if let Some(release) = &alias.release {
                assert!(releases::of_repository(release).is_some(), "{name}: {release}");
                let full = releases::full_name(release).parse().unwrap();
                assert!(super::super::find(&full).unwrap().entry.is_none(), "{name}: {release} is in the catalog");
                assert!(alias.tool.is_none() && alias.url.is_none(), "{name} has its publisher's releases");
            }
            if let Some(tool) = &alias.tool {
                assert!(ENTRIES.contains_key(tool), "{name}: {tool}");
                assert!(own.is_none() || alias.host.is_none(), "{name}");
            }
            if let Some(host) = &alias.host {
                assert!(
                    ENTRIES.get(host).is_some_and(|providers| providers.of(SourceLabel::Host).is_some()),
                    "{name}: {host}"
                );
                assert!(own.is_none(), "{name} is the host's by itself");
            }
            if let Some(deb) = &alias.deb {
                format!("deb:{deb}").parse::<crate::name::ToolName>().unwrap();
            }
            assert!(!lead(name).unwrap().ways.is_empty() || alias.note.is_some(), "{name}");
        }
    }

    #[test]
    fn names_lead_to_what_they_mean() {
        for (word, expected) in [
            ("golang", "`devshell add go@1.24` adds it"),
            ("aws", "`devshell add awscli@1.24` adds it"),
            ("rg", "`devshell add ripgrep@1.24` adds it"),
            (
                "openjdk",
                "`devshell add java@1.24` adds it; `devshell add deb:default-jdk-headless` adds Debian's package",
            ),
            ("gleam", "`devshell add github:gleam-lang/gleam@1.24` adds its publisher's release"),
            (
                "hx",
                "`devshell add github:helix-editor/helix@1.24` adds its publisher's release; `devshell add deb:hx` adds Debian's package",
            ),
            ("Rscript", "`devshell add deb:r-base-core` adds Debian's package"),
            ("LaTeX", "`devshell add deb:texlive-latex-base` adds Debian's package"),
            (
                "mongosh",
                "`devshell add url:mongosh@1.24 --url 'https://…/mongosh-{version}-{os}-….tgz'` adds its publisher's download",
            ),
        ] {
            assert_eq!(lead(word).unwrap().sentence(word, Some("1.24")), expected, "{word}");
        }
        assert_eq!(lead("no-such-name"), None);
    }

    /// Names that many people type, and what none of them may be taken for.
    #[test]
    fn no_name_is_taken_for_a_stranger() {
        let names = "conda openjdk maven erlang golang ghc bat nim consul composer git-lfs bundler gopls rustup pip \
             sbt dub vlang gleam mill bazel buck2 pants nix guix elm dune coq lean agda idris purescript roc odin \
             dart flutter swift crystal haxe julia scilab stata sage gap maxima cargo clippy miri cross wasmer \
             wasmtime wasm-pack wrangler vercel netlify flyctl heroku render pulumi crossplane istioctl linkerd \
             cilium eksctl kops krew stern tilt garden okteto podman nerdctl lima colima vagrant virtualbox qemu \
             salt puppet chef inspec trivy grype syft cosign sops step vegeta wrk hey ab siege locust gatling";
        for name in names.split_whitespace() {
            if lead(name).is_none() {
                assert_eq!(meant(name), None, "{name}");
            }
        }
        for (word, expected) in [
            ("nodee", Some("node")),
            ("ripgerp", Some("ripgrep")),
            ("postgers", Some("postgres")),
            ("kubctl", Some("kubectl")),
        ] {
            assert_eq!(meant(word), expected, "{word}");
        }
    }
}
