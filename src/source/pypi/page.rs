//! What an index says about a package: the page of the simple repository API ("Simple repository
//! API" of the Python Packaging User Guide), in JSON or, from an index that knows no other, HTML.

use serde::{Deserialize, Deserializer};
use url::Url;

use super::wheel::Wheel;
use crate::date::Date;
use crate::digest::Integrity;

/// The media types, the likeliest to be understood in full first.
pub const ACCEPT: &str =
    "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html; q=0.2, text/html; q=0.1";

/// A file of a package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    pub name: String,
    pub url: Url,
    /// Absent when the index gives none that can be trusted.
    pub integrity: Option<Integrity>,
    pub is_yanked: bool,
    /// When it was uploaded, in seconds since 1970 (PEP 700); only pages in JSON say so.
    pub uploaded: Option<i64>,
    /// Where its attestations are (PEP 740).
    pub provenance: Option<Url>,
}

impl File {
    /// The version of the release it belongs to; `None` for what is no wheel.
    pub fn wheel(&self) -> Option<Wheel<'_>> {
        Wheel::parse(&self.name)
    }
}

/// The page makes no sense.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    #[error("the index's answer is neither JSON of the simple repository API nor HTML")]
    Json(#[from] serde_json::Error),
}

/// Reads a page that was fetched from this address.
pub fn parse(body: &[u8], from: &Url) -> Result<Vec<File>, PageError> {
    if body.trim_ascii_start().starts_with(b"{") {
        json(body, from)
    } else {
        Ok(html(&String::from_utf8_lossy(body), from))
    }
}

fn json(body: &[u8], from: &Url) -> Result<Vec<File>, PageError> {
    #[derive(Deserialize)]
    struct Page {
        files: Vec<Entry>,
    }
    #[derive(Deserialize)]
    struct Entry {
        filename: String,
        url: String,
        #[serde(default)]
        hashes: Hashes,
        #[serde(default, deserialize_with = "yanked")]
        yanked: bool,
        #[serde(default, rename = "upload-time")]
        uploaded: Option<String>,
        #[serde(default)]
        provenance: Option<String>,
    }
    #[derive(Default, Deserialize)]
    struct Hashes {
        sha256: Option<String>,
        sha512: Option<String>,
    }
    /// A reason, `true`, or `false`.
    fn yanked<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
        let value = serde_json::Value::deserialize(deserializer)?;
        Ok(value.is_string() || value == true)
    }
    let page: Page = serde_json::from_slice(body)?;
    let file = |entry: Entry| {
        let hash = entry.hashes.sha256.or(entry.hashes.sha512);
        Some(File {
            url: from.join(&entry.url).ok()?,
            integrity: hash.and_then(|hex| Integrity::from_hex(&hex)),
            is_yanked: entry.yanked,
            uploaded: entry.uploaded.and_then(|time| Date::of_rfc3339(&time)).map(Date::seconds),
            provenance: entry.provenance.and_then(|place| from.join(&place).ok()),
            name: entry.filename,
        })
    };
    Ok(page.files.into_iter().filter_map(file).collect())
}

/// Every anchor is a file: its text is the name, the fragment of its address the hash.
fn html(text: &str, from: &Url) -> Vec<File> {
    let mut files = Vec::new();
    let mut rest = text;
    while let Some(start) = find_tag(rest, "<a") {
        rest = &rest[start + 2..];
        let Some(end) = rest.find('>') else { break };
        let (attributes, behind) = (&rest[..end], &rest[end + 1..]);
        let name = unescaped(behind[..behind.find('<').unwrap_or(behind.len())].trim());
        rest = behind;
        let Some(url) = attribute(attributes, "href").and_then(|href| from.join(&href).ok()) else { continue };
        let integrity = url.fragment().and_then(|fragment| fragment.split_once('=')).and_then(|(algorithm, hex)| {
            matches!(algorithm, "sha256" | "sha512").then(|| Integrity::from_hex(hex)).flatten()
        });
        let mut url = url;
        url.set_fragment(None);
        files.push(File {
            name,
            url,
            integrity,
            is_yanked: attribute(attributes, "data-yanked").is_some(),
            uploaded: None,
            provenance: attribute(attributes, "data-provenance").and_then(|place| from.join(&place).ok()),
        });
    }
    files
}

/// The first place of a tag with attributes, in whatever case.
fn find_tag(text: &str, tag: &str) -> Option<usize> {
    let follows = |at: &usize| text.as_bytes().get(at + tag.len()).is_some_and(u8::is_ascii_whitespace);
    let bytes = text.as_bytes();
    (0..bytes.len().saturating_sub(tag.len()))
        .filter(|at| bytes[*at..at + tag.len()].eq_ignore_ascii_case(tag.as_bytes()))
        .find(follows)
}

/// The value of an attribute, which is empty for one without.
fn attribute(attributes: &str, name: &str) -> Option<String> {
    let mut rest = attributes.trim_start();
    while !rest.is_empty() {
        let end = rest.find(|c: char| c == '=' || c.is_whitespace()).unwrap_or(rest.len());
        let (key, behind) = (&rest[..end], rest[end..].trim_start());
        let (value, behind) = match behind.strip_prefix('=').map(str::trim_start) {
            None => ("", behind),
            Some(behind) => match behind.chars().next().filter(|quote| matches!(quote, '"' | '\'')) {
                Some(quote) => behind[1..].split_once(quote).unwrap_or((&behind[1..], "")),
                None => behind.split_once(char::is_whitespace).unwrap_or((behind, "")),
            },
        };
        if key.eq_ignore_ascii_case(name) {
            return Some(unescaped(value));
        }
        // A lone `=` or quote must not hold us up.
        rest = if end == 0 && behind.len() == rest.len() { "" } else { behind.trim_start() };
    }
    None
}

/// The character references that occur in addresses and file names.
fn unescaped(text: &str) -> String {
    let mut text = text.to_owned();
    for (reference, character) in
        [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&#x27;", "'"), ("&amp;", "&")]
    {
        text = text.replace(reference, character);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEX: &str = "1111111111111111111111111111111111111111111111111111111111111111";

    fn shown(body: &str) -> Vec<String> {
        let from = Url::parse("http://a.example/simple/x/").unwrap();
        let show = |file: File| {
            let hash = if file.integrity.is_some() { "hashed" } else { "bare" };
            let yanked = if file.is_yanked { " yanked" } else { "" };
            let uploaded = file.uploaded.map(|time| format!(" at {time}")).unwrap_or_default();
            let attested = file.provenance.map(|url| format!(" attested by {url}")).unwrap_or_default();
            format!("{} {} {hash}{yanked}{uploaded}{attested}", file.name, file.url)
        };
        parse(body.as_bytes(), &from).unwrap().into_iter().map(show).collect()
    }

    #[test]
    fn a_page_in_json_is_read() {
        let body = r#"{ "meta": { "api-version": "1.1" }, "name": "x", "files": [
            { "filename": "x-1.whl", "url": "../../f/x-1.whl", "hashes": { "sha256": "HEX" }, "yanked": false,
              "upload-time": "1970-01-01T00:01:00.5Z", "provenance": "https://a.example/p/x-1.whl" },
            { "filename": "x-2.whl", "url": "https://b.example/x-2.whl", "hashes": {}, "yanked": "broken" },
            { "filename": "x-3.whl", "url": "x-3.whl", "hashes": { "md5": "00" }, "provenance": null } ] }"#;
        assert_eq!(
            shown(&body.replace("HEX", HEX)),
            [
                "x-1.whl http://a.example/f/x-1.whl hashed at 60 attested by https://a.example/p/x-1.whl",
                "x-2.whl https://b.example/x-2.whl bare yanked",
                "x-3.whl http://a.example/simple/x/x-3.whl bare",
            ]
        );
        assert!(parse(b"{ \"files\": 1 }", &Url::parse("http://a.example/").unwrap()).is_err());
    }

    #[test]
    fn a_page_in_html_is_read() {
        let body = format!(
            "<!DOCTYPE html><html><body><h1>Links</h1><abbr title='x'>y</abbr>\n\
             <a href=\"../../f/x-1.whl#sha256={HEX}\" data-requires-python=\"&gt;=3.8\" data-provenance=\"../p/x-1\">x-1.whl</a><br/>\n\
             <A class=a HREF='x-2.whl?a=1&amp;b=2' data-yanked >x-2.whl</A>\n\
             <a rel=x href=x-3.whl data-yanked=\"\">\n x-3.whl </a><a>no address</a><a = href>"
        );
        assert_eq!(
            shown(&body),
            [
                "x-1.whl http://a.example/f/x-1.whl hashed attested by http://a.example/simple/p/x-1",
                "x-2.whl http://a.example/simple/x/x-2.whl?a=1&b=2 bare yanked",
                "x-3.whl http://a.example/simple/x/x-3.whl bare yanked",
            ]
        );
        assert_eq!(shown("<a"), [""; 0]);
    }
}
