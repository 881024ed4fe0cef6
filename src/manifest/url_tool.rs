//! Decodes a tool of the source `url`. Everything is worked out here, for each platform, so that
//! a mistake is reported with its place and nothing later can fail on a template.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jsonc_parser::ast::{Object, Value};
use url::Url;

use super::download::{BadTemplate, Download, LONGEST, Published, Voucher, file_name, fill, is_tamper_proof};
use super::shape::Decoder;
use super::{Detail, Manifest, Tool};
use crate::archive::Format;
use crate::digest::Integrity;
use crate::hint::nearest;
use crate::name::{CommandName, InsidePath, ToolName};
use crate::platform::Platform;
use crate::version::Requirement;

pub(super) const URL_TOOL_KEYS: &[&str] =
    &["version", "url", "platforms", "os", "arch", "libc", "format", "sha256", "checksums", "strip", "commands"];

/// The maps that rename devshell's words, and those words.
pub(super) const RENAMED: [(&str, &[&str]); 3] =
    [("os", &["darwin", "linux"]), ("arch", &["aarch64", "x86_64"]), ("libc", &["gnu", "musl"])];

/// What a template may hold; `{url}` only where there is an address already.
const PLACEHOLDERS: &[&str] = &["version", "os", "arch", "libc", "target"];

/// The deepest directory of an archive that anybody publishes tools in.
const MOST_STRIPPED: usize = 9;

/// A text with placeholders, and where it is.
type Template<'v, 'a> = (&'v Value<'a>, String);

/// The publisher's words for devshell's, by kind.
type Words = BTreeMap<&'static str, BTreeMap<String, String>>;

/// Hashes that the manifest gives.
enum Hashes {
    One(Integrity),
    Each(BTreeMap<Platform, Integrity>),
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
        let words = self.all_words(object);
        let format = object.get("format").and_then(|p| self.word::<Format>(&p.value, &Format::ALL.map(Format::name)));
        let strip = object.get("strip").and_then(|property| self.strip(&property.value));
        let paths = object.get("commands").map(|property| self.paths(&property.value)).unwrap_or_default();
        let hashes = object.get("sha256").and_then(|property| self.hashes(&property.value));
        let checksums = object.get("checksums").and_then(|property| self.template(&property.value));
        let (templates, is_named) = self.templates(name, value, object, hashes.as_ref())?;
        if let (Some(_), Some((place, _))) = (&hashes, &checksums) {
            self.at(*place, "`sha256` gives the hash already", "keep one of `sha256` and `checksums`".to_owned());
        }
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
            let meaning = |word: &str| meaning(word, &version, *platform, &words);
            let Some(url) = self.address(place, template, &meaning) else { continue };
            let Some(format) = format.or_else(|| self.format_of(place, &url)) else { continue };
            let voucher = match (&hashes, &checksums) {
                (Some(Hashes::One(hash)), _) => Voucher::Manifest(hash.clone()),
                (Some(Hashes::Each(each)), _) => match each.get(platform) {
                    Some(hash) => Voucher::Manifest(hash.clone()),
                    None => {
                        let message = format!("`{name}` has no `sha256` for {platform}");
                        self.once(value, message, "give one for each platform it is published for");
                        continue;
                    }
                },
                (None, Some((place, template))) => {
                    let with_url = |word: &str| if word == "url" { Some(url.to_string()) } else { meaning(word) };
                    let Some(url) = self.address(place, template, &with_url) else { continue };
                    Voucher::Checksums(url)
                }
                (None, None) => Voucher::Nobody,
            };
            let trusted = match &voucher {
                Voucher::Manifest(_) => None,
                Voucher::Checksums(checksums) => Some(checksums),
                Voucher::Nobody => Some(&url),
            };
            if let Some(url) = trusted.filter(|url| !is_tamper_proof(url)) {
                let message = format!("`{url}` could be tampered with, and nothing else verifies the file");
                self.once(place, message, "write `https`, or give `sha256`");
            }
            let commands = self.filled_paths(&paths, &meaning);
            files.insert(*platform, Published { url, format, voucher, commands });
        }
        if let (Some(Hashes::One(_)), Some(property)) = (&hashes, object.get("sha256"))
            && files.values().any(|file| files.values().next().is_some_and(|first| first.url != file.url))
        {
            let help = "give one for each platform: { \"x86_64-linux\": \"…\", … }";
            self.at(&property.value, "one hash cannot be that of several files", help.to_owned());
        }
        Some((version.parse().ok()?, Download { files, is_named, strip }))
    }

    /// One tool is locked once: where two environments ask for the same version, they must mean
    /// the same files.
    pub(super) fn compare_downloads(&mut self, manifest: &Manifest) {
        let tools: Vec<&Tool> = manifest.all_tools().filter(|tool| tool.detail != Detail::Plain).collect();
        let mut seen: HashMap<(&str, &str), &Tool> = HashMap::new();
        for tool in tools {
            let first: &Tool = seen.entry((tool.name.as_str(), tool.requirement.as_str())).or_insert(tool);
            if first.detail != tool.detail {
                let message =
                    format!("`{}` {} is described differently at line {}", tool.name, tool.requirement, first.line);
                self.problem(tool.range.clone(), message, Some("say the same in both places".to_owned()));
            }
        }
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

    fn all_words(&mut self, object: &Object) -> Words {
        let mut words = Words::new();
        for (kind, known) in RENAMED {
            let Some(property) = object.get(kind) else { continue };
            let Some(map) = self.object(&property.value, &format!("`{kind}`"), known) else { continue };
            for property in &map.properties {
                if let Some(word) = self.string(&property.value, "the publisher's word") {
                    words.entry(kind).or_default().insert(property.name.as_str().to_owned(), word);
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

    fn strip(&mut self, value: &Value) -> Option<usize> {
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

    fn filled_paths(
        &mut self,
        paths: &[(CommandName, Template)],
        meaning: &dyn Fn(&str) -> Option<String>,
    ) -> BTreeMap<CommandName, InsidePath> {
        let mut filled = BTreeMap::new();
        for (command, (place, template)) in paths {
            let Some(text) = self.filled(place, template, meaning) else { continue };
            match text.parse::<InsidePath>() {
                Ok(path) => {
                    filled.insert(command.clone(), path);
                }
                Err(error) => {
                    self.once(place, error.to_string(), "a path below the archive's root, such as `bin/tool`");
                }
            }
        }
        filled
    }

    fn filled(&mut self, place: &Value, template: &str, meaning: &dyn Fn(&str) -> Option<String>) -> Option<String> {
        match fill(template, meaning) {
            Ok(text) => Some(text),
            Err(BadTemplate::Open) => {
                self.once(place, "`{` without its `}`", "write `{version}`, `{os}`, `{arch}`");
                None
            }
            Err(BadTemplate::Unknown(word)) => {
                let help = nearest(word, PLACEHOLDERS.iter().copied()).map_or_else(
                    || {
                        "there are `{version}`, `{os}`, `{arch}`, `{libc}` and `{target}`; `checksums` has `{url}` too"
                            .to_owned()
                    },
                    |near| format!("did you mean `{{{near}}}`?"),
                );
                self.once(place, format!("`{{{word}}}` has no meaning here"), &help);
                None
            }
            Err(BadTemplate::Long) => {
                self.once(
                    place,
                    format!("with its placeholders filled in, it has more than {LONGEST} bytes"),
                    "write less",
                );
                None
            }
        }
    }

    fn address(&mut self, place: &Value, template: &str, meaning: &dyn Fn(&str) -> Option<String>) -> Option<Url> {
        let text = self.filled(place, template, meaning)?;
        match Url::parse(&text) {
            Ok(url) if matches!(url.scheme(), "http" | "https") => {
                if !url.username().is_empty() || url.password().is_some() {
                    self.once(place, "a manifest is no place for a password", "publish the file where it needs none");
                    return None;
                }
                Some(url)
            }
            _ => {
                self.once(place, format!("`{text}` is not an http or https URL"), "write the whole address");
                None
            }
        }
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

fn meaning(word: &str, version: &str, platform: Platform, words: &Words) -> Option<String> {
    let own = match word {
        "version" => return Some(version.to_owned()),
        "target" => return Some(platform.target()),
        "os" => platform.os(),
        "arch" => platform.arch(),
        "libc" => platform.libc().unwrap_or_default(),
        _ => return None,
    };
    Some(words.get(word).and_then(|map| map.get(own)).map_or(own, String::as_str).to_owned())
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
