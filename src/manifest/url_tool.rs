//! Decodes a tool of the source `url`. Everything is worked out here, for each platform, so that
//! a mistake is reported with its place and nothing later can fail on a template.

use std::collections::{BTreeMap, BTreeSet};

use jsonc_parser::ast::{Object, Value};
use url::Url;

use super::download::{Download, Published, Voucher, file_name, is_tamper_proof};
use super::filled::Template;
use super::pattern::{Meanings, PublisherWords};
use super::shape::Decoder;
use crate::archive::Format;
use crate::digest::Integrity;
use crate::name::{CommandName, ToolName};
use crate::platform::Platform;
use crate::version::Requirement;

pub(super) const URL_TOOL_KEYS: &[&str] = &[
    "version",
    "url",
    "platforms",
    "os",
    "arch",
    "libc",
    "format",
    "sha256",
    "checksums",
    "strip",
    "commands",
    "min-age",
];

/// The maps that rename devshell's words, and those words.
pub(super) const RENAMED: [(&str, &[&str]); 3] =
    [("os", &["darwin", "linux"]), ("arch", &["aarch64", "x86_64"]), ("libc", &["gnu", "musl"])];

/// The deepest directory of an archive that anybody publishes tools in.
const MOST_STRIPPED: usize = 9;

/// Hashes that the manifest gives.
enum Hashes {
    One(Integrity),
    Each(BTreeMap<Platform, Integrity>),
}

/// What the manifest says about the hashes of a tool's files.
struct Sums<'v, 'a> {
    hashes: Option<Hashes>,
    /// Where the publisher's are.
    checksums: Option<Template<'v, 'a>>,
}

impl Decoder<'_> {
    pub(super) fn url_tool(&mut self, name: &ToolName, value: &Value) -> Option<(Requirement, Download)> {
        let told = self.problems.len();
        let object = match value {
            Value::Object(_) => self.object(value, "a tool of the source `url`", URL_TOOL_KEYS)?,
            _ => {
                let version = value.as_string_lit().map_or("1.4.0", |literal| literal.value.as_ref());
                self.at(value, format!("`{name}` needs an address"), how_to_write(name, version));
                return None;
            }
        };
        let version = match object.get("version") {
            Some(property) => self.exact_version(&property.value),
            None => {
                self.at(value, format!("`{name}` needs a version"), how_to_write(name, "1.4.0"));
                None
            }
        };
        let words = self.words(object, &["os", "arch", "libc"]);
        let format = object.get("format").and_then(|p| self.word::<Format>(&p.value, &Format::ALL.map(Format::name)));
        let strip = object.get("strip").and_then(|property| self.strip(&property.value));
        let paths = object.get("commands").map(|property| self.paths(&property.value)).unwrap_or_default();
        let sums = self.sums(object);
        let (templates, is_named) = self.templates(name, value, object, sums.hashes.as_ref())?;
        if templates.is_empty() {
            // A mistake in a platform's name has been reported; an empty list has not.
            if self.problems.len() == told {
                let help = "name one, or leave `platforms` out";
                self.once(value, format!("`{name}` is published for no platform"), help);
            }
            return None;
        }
        let version = version?;

        let mut files = BTreeMap::new();
        for (platform, (place, template)) in &templates {
            let meanings = Meanings { version: &version, platform: *platform, words: &words };
            let meaning = |word: &str| meanings.of(word);
            let Some(url) = self.address(place, template, &meaning) else { continue };
            let Some(format) = format.or_else(|| self.format_of(place, &url)) else { continue };
            let Some(voucher) = self.voucher(name, value, *platform, (place, &url), &sums, &meaning) else { continue };
            let commands = self.filled_paths(&paths, &meaning);
            files.insert(*platform, Published { url, format, voucher, commands });
        }
        if let (Some(Hashes::One(_)), Some(property)) = (&sums.hashes, object.get("sha256"))
            && files.values().any(|file| files.values().next().is_some_and(|first| first.url != file.url))
        {
            let help = "give one for each platform: { \"x86_64-linux\": \"…\", … }";
            self.at(&property.value, "one hash cannot be that of several files", help.to_owned());
        }
        Some((version.parse().ok()?, Download { files, is_named, strip }))
    }

    fn sums<'v, 'a>(&mut self, object: &'v Object<'a>) -> Sums<'v, 'a> {
        let hashes = object.get("sha256").and_then(|property| self.hashes(&property.value));
        let checksums = object.get("checksums").and_then(|property| self.template(&property.value));
        if let (Some(_), Some((place, _))) = (&hashes, &checksums) {
            self.at(*place, "`sha256` gives the hash already", "keep one of `sha256` and `checksums`".to_owned());
        }
        Sums { hashes, checksums }
    }

    /// What the file of a platform is verified by. Only over https does nothing have to be given.
    fn voucher(
        &mut self,
        name: &ToolName,
        value: &Value,
        platform: Platform,
        (place, url): (&Value, &Url),
        sums: &Sums,
        meaning: &dyn Fn(&str) -> Option<String>,
    ) -> Option<Voucher> {
        let voucher = match (&sums.hashes, &sums.checksums) {
            (Some(Hashes::One(hash)), _) => Voucher::Manifest(hash.clone()),
            (Some(Hashes::Each(each)), _) => {
                let Some(hash) = each.get(&platform) else {
                    let message = format!("`{name}` has no `sha256` for {platform}");
                    self.once(value, message, "give one for each platform it is published for");
                    return None;
                };
                Voucher::Manifest(hash.clone())
            }
            (None, Some((place, template))) => {
                let with_url = |word: &str| if word == "url" { Some(url.to_string()) } else { meaning(word) };
                Voucher::Checksums(self.address(place, template, &with_url)?)
            }
            (None, None) => Voucher::Nobody,
        };
        let trusted = match &voucher {
            Voucher::Manifest(_) => None,
            Voucher::Checksums(checksums) => Some(checksums),
            Voucher::Nobody => Some(url),
        };
        if let Some(url) = trusted.filter(|url| !is_tamper_proof(url)) {
            let message = format!("`{url}` could be tampered with, and nothing else verifies the file");
            self.once(place, message, "write `https`, or give `sha256`");
        }
        Some(voucher)
    }

    fn exact_version(&mut self, value: &Value) -> Option<String> {
        let requirement = self.requirement(value)?;
        if requirement.is_plain_version() {
            return Some(requirement.as_str().to_owned());
        }
        let message = format!("`{requirement}` is not a single version, and no registry lists the versions");
        self.at(value, message, "write the version itself, such as \"1.4.0\"".to_owned());
        None
    }

    /// The platforms and their templates, and whether the manifest names the platforms.
    fn templates<'v, 'a>(
        &mut self,
        name: &ToolName,
        value: &'v Value<'a>,
        object: &'v Object<'a>,
        hashes: Option<&Hashes>,
    ) -> Option<(BTreeMap<Platform, Template<'v, 'a>>, bool)> {
        let common = object.get("url").map(|property| self.template(&property.value));
        let named = match object.get("platforms").map(|property| &property.value) {
            Some(value @ Value::Object(_)) => {
                let own = self.by_platform(value, "`platforms`", "an address");
                if let Some(url) = object.get("url") {
                    let help = "remove one of them".to_owned();
                    self.at(&url.name, "`platforms` gives the addresses already", help);
                }
                return Some((own, true));
            }
            Some(value) => {
                let elements = self.array(value, "a list of platforms")?;
                Some(elements.iter().filter_map(|one| self.word(one, &Platform::ALL.map(Platform::name))).collect())
            }
            None => match hashes {
                Some(Hashes::Each(each)) => Some(each.keys().copied().collect()),
                _ => None,
            },
        };
        let Some(common) = common else {
            self.at(value, format!("`{name}` needs an address"), how_to_write(name, "1.4.0"));
            return None;
        };
        let (common, is_named) = (common?, named.is_some());
        let platforms: BTreeSet<Platform> = named.unwrap_or_else(|| Platform::ALL.into());
        Some((platforms.into_iter().map(|platform| (platform, common.clone())).collect(), is_named))
    }

    fn template<'v, 'a>(&mut self, value: &'v Value<'a>) -> Option<Template<'v, 'a>> {
        Some((value, self.string(value, "an address")?))
    }

    /// An object with platforms for keys and texts for values.
    fn by_platform<'v, 'a>(
        &mut self,
        value: &'v Value<'a>,
        what: &str,
        of: &str,
    ) -> BTreeMap<Platform, Template<'v, 'a>> {
        let Some(object) = self.object(value, what, &Platform::ALL.map(Platform::name)) else {
            return BTreeMap::new();
        };
        let entries = object.properties.iter().filter_map(|property| {
            let text = self.string(&property.value, of)?;
            Some((property.name.as_str().parse().ok()?, (&property.value, text)))
        });
        entries.collect()
    }

    /// The publisher's words of some kinds.
    pub(super) fn words(&mut self, object: &Object, kinds: &[&str]) -> PublisherWords {
        let mut words = PublisherWords::new();
        for (kind, known) in RENAMED.iter().filter(|(kind, _)| kinds.contains(kind)) {
            let Some(property) = object.get(kind) else { continue };
            let Some(map) = self.object(&property.value, &format!("`{kind}`"), known) else { continue };
            for property in &map.properties {
                if let Some(word) = self.string(&property.value, "the publisher's word") {
                    words.entry((*kind).to_owned()).or_default().insert(property.name.as_str().to_owned(), word);
                }
            }
        }
        words
    }

    fn hashes(&mut self, value: &Value) -> Option<Hashes> {
        if let Value::Object(_) = value {
            let texts = self.by_platform(value, "`sha256`", "64 hexadecimal digits");
            let each =
                texts.into_iter().filter_map(|(platform, (place, text))| Some((platform, self.hash(place, &text)?)));
            return Some(Hashes::Each(each.collect()));
        }
        let text = self.string(value, "64 hexadecimal digits")?;
        Some(Hashes::One(self.hash(value, &text)?))
    }

    fn hash(&mut self, place: &Value, text: &str) -> Option<Integrity> {
        // Publishers write the algorithm first, too.
        match Integrity::from_hex(text.strip_prefix("sha256:").unwrap_or(text)) {
            Some(hash @ Integrity::Sha256(_)) => Some(hash),
            _ => {
                self.at(place, format!("`{text}` is not a SHA-256: 64 hexadecimal digits"), None);
                None
            }
        }
    }

    pub(super) fn strip(&mut self, value: &Value) -> Option<usize> {
        let number = value.as_number_lit().and_then(|number| number.value.parse().ok());
        if number.is_none_or(|number: usize| number > MOST_STRIPPED) {
            self.at(value, format!("`strip` is a number from 0 to {MOST_STRIPPED}, without quotes"), None);
            return None;
        }
        number
    }

    /// The paths of `commands`, when it is a map; a list of names is what other tools have too.
    fn paths<'v, 'a>(&mut self, value: &'v Value<'a>) -> Vec<(CommandName, Template<'v, 'a>)> {
        let Value::Object(_) = value else { return Vec::new() };
        let Some(map) = self.map(value, "`commands`") else { return Vec::new() };
        let mut paths = Vec::new();
        for property in &map.properties {
            let Some(text) = self.string(&property.value, "a path inside the archive") else { continue };
            match property.name.as_str().parse() {
                Ok(command) => paths.push((command, (&property.value, text))),
                Err(error) => self.at(&property.name, format!("{error}"), None),
            }
        }
        paths
    }

    fn format_of(&mut self, place: &Value, url: &Url) -> Option<Format> {
        match Format::of(file_name(url)) {
            Ok(format) => Some(format),
            Err(error) => {
                let known = Format::ALL.map(|format| format!("`{}`", format.name())).join(", ");
                self.once(place, error.to_string(), &format!("it can unpack {known}; `format` says which one this is"));
                None
            }
        }
    }
}

/// What a tool of this source looks like in the manifest.
fn how_to_write(name: &ToolName, version: &str) -> String {
    let package = name.package();
    format!(
        "write \"{name}\": {{ \"version\": \"{version}\", \"url\": \"https://…/{package}-{{version}}-{{os}}-{{arch}}.tar.gz\" }}"
    )
}

#[cfg(test)]
mod tests;
