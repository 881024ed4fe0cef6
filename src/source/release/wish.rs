//! What is asked for: a repository, and what the manifest or the catalog says about its files.

use std::borrow::Cow;

use super::super::ResolveError;
use super::files::Looked;
use crate::catalog::{self, Entry, ReleaseEntry};
use crate::manifest::{self, Manifest};
use crate::name::{CommandName, ToolName, last_part};
use crate::version::Requirement;

/// What is asked for: a repository, and what is known of its files.
pub struct Wish<'w> {
    pub name: &'w ToolName,
    pub repository: &'w str,
    pub rule: Cow<'w, manifest::Release>,
    entry: Option<&'static ReleaseEntry>,
}

impl<'w> Wish<'w> {
    pub fn of(manifest: &'w Manifest, name: &'w ToolName, requirement: &Requirement) -> Result<Self, ResolveError> {
        let entry = entry(name)?;
        // Who asks what else there is has another requirement than the manifest.
        let by_name = || manifest.all_tools().find(|tool| tool.name == *name);
        let tool = manifest.tool(name, requirement).or_else(by_name);
        let rule = tool.and_then(|tool| tool.release()).map(Cow::Borrowed);
        let rule = rule.unwrap_or_else(|| Cow::Owned(entry.map(of_catalog).unwrap_or_default()));
        Ok(Self { name, repository: repository(name)?, rule, entry })
    }

    pub fn looked<'l>(&'l self, version: &'l str) -> Looked<'l> {
        Looked {
            tool: self.name,
            version,
            rule: &self.rule,
            repository: last_part(self.repository),
            commands: self.entry.iter().flat_map(|entry| &entry.commands).map(CommandName::as_str).collect(),
            is_static: self.entry.is_some_and(|entry| entry.is_static),
        }
    }
}

/// The catalog's entry for a name, if it is one of a forge.
fn entry(name: &ToolName) -> Result<Option<&'static ReleaseEntry>, ResolveError> {
    Ok(catalog::find(name)?.entry.and_then(Entry::release))
}

/// The repository that a name means.
pub fn repository(name: &ToolName) -> Result<&str, ResolveError> {
    Ok(entry(name)?.map_or_else(|| name.package(), |entry| &entry.repository))
}

/// What the catalog says about the files of a repository.
fn of_catalog(entry: &ReleaseEntry) -> manifest::Release {
    let pattern = |text: &Option<String>, own| text.as_deref().and_then(|text| manifest::Pattern::new(text, own).ok());
    manifest::Release {
        asset: pattern(&entry.asset, "tag"),
        tag: pattern(&entry.tag, ""),
        checksums: pattern(&entry.checksums, "asset"),
        words: entry.words.clone(),
        ..manifest::Release::default()
    }
}
