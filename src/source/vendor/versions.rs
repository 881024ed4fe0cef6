//! Which versions a vendor has: read from its index, from the lines of a text, or from the tags of a repository, as the
//! row says.

use serde_json::{Value, json};

use super::super::ResolveError;
use super::super::age::Cutoff;
use super::super::preferred::{Accepted, takes};
use super::ask::{Ask, Offer};
use super::error::VendorError;
use super::place::Found;
use super::template;
use crate::catalog::{JsonList, LineList, VendorEntry, VersionList};
use crate::date::Date;
use crate::name::{PackageVersion, ToolName};
use crate::version::{Requirement, Scheme};

/// The versions that satisfy a requirement. Those that are listed further back are looked at while none of them is
/// old enough.
pub fn accepted(
    row: &VendorEntry,
    tool: &ToolName,
    requirement: &Requirement,
    cutoff: Option<Cutoff>,
    ask: &dyn Ask,
) -> Result<Accepted<Offer>, ResolveError> {
    match &row.versions {
        VersionList::Json(list) => Json { list, tool, cutoff, ask }.accepted(requirement),
        VersionList::Lines(list) => {
            let text = ask.index(&list.path)?.ok_or_else(|| no_index(tool, &list.path))?;
            let offers: Vec<Offer> = String::from_utf8_lossy(&text).lines().filter_map(|it| line(list, it)).collect();
            some(tool, offers).map(|offers| Accepted::of(offers, requirement))
        }
        VersionList::Github { repository, tag, .. } => ask.tagged(repository, tag, requirement, cutoff),
    }
}

/// The newest version, where the vendor says which one it is, and a requirement takes it. What it says of one alone
/// saves the list of all, and the forge's limit of requests.
pub fn newest(row: &VendorEntry, requirement: &Requirement, ask: &dyn Ask) -> Result<Option<Offer>, ResolveError> {
    let VersionList::Github { tag, newest: Some(path), .. } = &row.versions else { return Ok(None) };
    let text = ask.index(path)?.map(|text| String::from_utf8_lossy(&text).trim().to_owned());
    let (before, after) = tag.split_once("{version}").unwrap_or_default();
    let version = text.as_deref().and_then(|text| text.strip_prefix(before)?.strip_suffix(after));
    let is_version = |version: &&str| version.parse::<PackageVersion>().is_ok() && takes(requirement, version, false);
    Ok(version.filter(is_version).map(|version| Offer { version: version.to_owned(), ..Offer::default() }))
}

fn no_index(tool: &ToolName, path: &str) -> VendorError {
    VendorError::NoIndex { tool: tool.clone(), path: path.to_owned() }
}

fn some(tool: &ToolName, offers: Vec<Offer>) -> Result<Vec<Offer>, ResolveError> {
    if offers.is_empty() { Err(VendorError::NoVersions { tool: tool.clone() }.into()) } else { Ok(offers) }
}

/// A list in JSON, with the server that has it.
struct Json<'j> {
    list: &'j JsonList,
    tool: &'j ToolName,
    cutoff: Option<Cutoff>,
    ask: &'j dyn Ask,
}

impl Json<'_> {
    /// Reads the newest channels, and further ones while they have nothing that satisfies the requirement.
    fn accepted(&self, requirement: &Requirement) -> Result<Accepted<Offer>, ResolveError> {
        let channels = self.channels()?;
        let (mut offers, mut is_read) = (Vec::new(), false);
        for channel in channels.iter().filter(|channel| requirement.reaches(channel)) {
            is_read = true;
            for page in 0..self.list.pages {
                let path = template::index(&self.list.path, channel, page);
                let found = self.read(&path)?.map(|index| offers_of(self.list, &index));
                match found {
                    None if page == 0 => return Err(no_index(self.tool, &path).into()),
                    Some(found) if !found.is_empty() => offers.extend(found),
                    _ => break,
                }
                let is_taken = |offer: &Offer| takes(requirement, &offer.version, offer.is_marked);
                if offers.iter().any(|offer| is_taken(offer) && self.is_old_enough(offer)) {
                    return Ok(Accepted::of(offers, requirement));
                }
            }
        }
        if !is_read {
            return Ok(Accepted { accepted: Vec::new(), newest: channels.into_iter().next() });
        }
        some(self.tool, offers).map(|offers| Accepted::of(offers, requirement))
    }

    /// Whether it may be taken by its age. Where nothing says it, looking further back would not help.
    fn is_old_enough(&self, offer: &Offer) -> bool {
        let times = self.cutoff.zip(offer.published);
        times.is_none_or(|(cutoff, published)| cutoff.accepts(published))
    }

    /// The channels, the newest first; one without a name if there are none.
    fn channels(&self) -> Result<Vec<String>, ResolveError> {
        let Some(channels) = &self.list.channels else { return Ok(vec![String::new()]) };
        let index = self.read(&channels.path)?.ok_or_else(|| no_index(self.tool, &channels.path))?;
        let root = Found { key: "", value: &index };
        let mut names: Vec<String> = root.each(&channels.at).iter().filter_map(|found| found.text("")).collect();
        names.sort_by(|a, b| Scheme::Loose.compare(b, a));
        Ok(names)
    }

    fn read(&self, path: &str) -> Result<Option<Value>, ResolveError> {
        let senseless = |source| ResolveError::Metadata { package: self.tool.to_string(), source };
        self.ask.index(path)?.map(|body| serde_json::from_slice(&body).map_err(senseless)).transpose()
    }
}

fn offers_of(list: &JsonList, index: &Value) -> Vec<Offer> {
    let root = Found { key: "", value: index };
    let offer = |(release, found): (Found, Found)| {
        let text = found.text(&list.version)?;
        let (before, after) = list.form.split_once("{version}")?;
        let version = text.strip_prefix(before)?.strip_suffix(after)?;
        let is_other = list.without.as_ref().is_some_and(|other| version.contains(other.as_str()));
        let is_version = version.starts_with(|c: char| c.is_ascii_digit());
        let is_marked = list.stable.as_ref().is_some_and(|place| found.is_false(place));
        let time = list.published.as_ref().and_then(|place| found.text(place).or_else(|| release.text(place)));
        (is_version && !is_other).then(|| Offer {
            version: version.to_owned(),
            is_marked,
            published: time.and_then(|text| published(&text)),
            value: found.value.clone(),
        })
    };
    let releases = root.each(&list.at).into_iter();
    releases
        .flat_map(|release| release.each(&list.each).into_iter().map(move |found| (release, found)))
        .filter_map(offer)
        .collect()
}

/// When a version was published, in seconds since 1970. Of a day alone, nothing later can be meant than its end.
fn published(text: &str) -> Option<i64> {
    Date::of_rfc3339(text).or_else(|| Date::of_day(text).map(Date::a_day_later)).map(Date::seconds)
}

/// The version of a line, with its other words as fields.
fn line(list: &LineList, line: &str) -> Option<Offer> {
    let mut words = line.split_whitespace();
    let (mut version, mut time, mut value) = (None, None, json!({}));
    for pattern in list.pattern.split_whitespace() {
        let word = words.next()?;
        let (before, rest) = pattern.split_once('{')?;
        let (name, after) = rest.split_once('}')?;
        let text = word.strip_prefix(before)?.strip_suffix(after)?;
        match name {
            "version" => version = Some(text).filter(|text| text.starts_with(|c: char| c.is_ascii_digit())),
            "published" => time = published(text),
            "" => {}
            name => value[name] = Value::from(text),
        }
    }
    Some(Offer { version: version?.to_owned(), is_marked: false, published: time, value })
}
