//! The file of a version for each platform, with its hash.

use std::collections::{BTreeMap, BTreeSet};

use super::super::{Asked, ResolveError, at_once, checksums};
use super::ask::{Ask, Offer};
use super::error::VendorError;
use super::place::Found;
use super::template::Meanings;
use crate::archive::Format;
use crate::catalog::VendorEntry;
use crate::digest::Integrity;
use crate::name::{PackageFile, ToolName, last_part};
use crate::platform::{Platform, Platforms};

/// The file for a platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    pub name: PackageFile,
    pub format: Format,
    pub integrity: Integrity,
}

/// A file whose hash is not known yet.
struct Named {
    name: PackageFile,
    format: Format,
    /// What the index says.
    hash: Option<Integrity>,
    /// The address of its checksums, or of the file itself if there are none.
    asked: String,
}

/// The file for each platform that there is one for. One without the hash that its vendor publishes counts as missing.
pub fn files(
    row: &VendorEntry,
    asked: &Asked,
    offer: &Offer,
    ask: &dyn Ask,
) -> Result<BTreeMap<Platform, File>, ResolveError> {
    let (tool, is_locked) = (asked.name, asked.version.is_some());
    let mut named = BTreeMap::new();
    for platform in wanted(row, asked.platforms) {
        if let Some(file) = name(row, tool, offer, platform)? {
            named.insert(platform, file);
        }
    }
    let open = named.values().filter(|file| file.hash.is_none()).map(|file| file.asked.as_str());
    let version = &offer.version;
    let asked: BTreeSet<&str> = open.collect();
    let has_hash_in_index = row.file.listed.as_ref().is_some_and(|listed| listed.hash.is_some());
    let published = row.file.checksums.is_some();
    let answers = at_once(asked.into_iter().filter(|_| !has_hash_in_index), |path| {
        let answer = if published {
            Answer::Checksums(ask.checksums(path, version)?)
        } else {
            Answer::Recorded(ask.recorded(path, version)?)
        };
        Ok((path.to_owned(), answer))
    });
    let answers: BTreeMap<String, Answer> = answers.into_iter().collect::<Result<_, ResolveError>>()?;
    let found = named.into_iter().filter_map(|(platform, file)| {
        let Named { name, format, hash, asked } = file;
        let integrity = hash.or_else(|| answers.get(&asked)?.hash(name.name()))?;
        Some((platform, File { name, format, integrity }))
    });
    let found: BTreeMap<Platform, File> = found.collect();
    // A version that is locked has files for other platforms.
    if found.is_empty() && !is_locked {
        return Err(VendorError::NoFile { tool: tool.clone(), version: version.clone() }.into());
    }
    Ok(found)
}

/// The platforms that are wanted of those that a row has.
pub fn wanted(row: &VendorEntry, platforms: Platforms) -> impl Iterator<Item = Platform> {
    row.platforms().filter(move |platform| platforms.contains(*platform))
}

/// What a vendor's server has about a hash.
enum Answer {
    Checksums(Option<String>),
    Recorded(Option<Integrity>),
}

impl Answer {
    fn hash(&self, file: &str) -> Option<Integrity> {
        match self {
            Self::Checksums(text) => checksums::find(text.as_deref()?, file),
            Self::Recorded(hash) => hash.clone(),
        }
    }
}

/// What the file for a platform is called, by the row and the index; `None` where the index has none.
fn name(row: &VendorEntry, tool: &ToolName, offer: &Offer, platform: Platform) -> Result<Option<Named>, ResolveError> {
    let meanings = Meanings { row, version: &offer.version, platform, file: "" };
    let template = row.file.name.as_ref().map(|template| meanings.text(template));
    let meanings = Meanings { file: template.as_deref().unwrap_or_default(), ..meanings };
    let (mut name, mut hash) = (template.clone(), None);
    if let Some(listed) = &row.file.listed {
        let is_wanted = |found: &Found| {
            listed
                .wanted
                .iter()
                .all(|(place, wanted)| found.text(place).is_some_and(|text| text == meanings.text(wanted)))
        };
        let all = Found { key: "", value: &offer.value }.each(&listed.at);
        let Some(found) = all.into_iter().find(is_wanted) else { return Ok(None) };
        if let Some(place) = &listed.name {
            name = found.text(place).map(|text| last_part(&text).to_owned());
        }
        hash = listed.hash.as_ref().and_then(|place| Integrity::from_hex(&found.text(place)?.to_lowercase()));
    }
    let Some(name) = name else { return Ok(None) };
    let format = Format::of(&name).map_err(|source| VendorError::Format {
        tool: tool.clone(),
        version: offer.version.clone(),
        file: name.clone(),
        source,
    })?;
    let meanings = Meanings { file: &name, ..meanings };
    let asked = meanings.address(row.file.checksums.as_ref().unwrap_or(&row.file.path));
    let named = name.parse().map_err(|source| ResolveError::Name { package: tool.to_string(), source })?;
    Ok(Some(Named { name: named, format, hash, asked }))
}
