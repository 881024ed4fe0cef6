//! The pages of the simple repository API, version 1.1: as HTML with the addresses of files relative
//! to the page, as mirrors have them, and as JSON with whole addresses.

use serde_json::{Value, json};

use super::{Distribution, sha256};

const VERSION: &str = "1.1";

/// The forms of a page, the one for those who do not care first (PEP 691, "Content-Types").
pub const KINDS: &[&str] = &["text/html", "application/vnd.pypi.simple.v1+html", "application/vnd.pypi.simple.v1+json"];

pub trait Page {
    fn html(&self) -> String;
    /// `base` is the server's address.
    fn json(&self, base: &str) -> Value;
}

/// All projects by name.
pub struct Root(pub Vec<String>);

/// The files of one.
pub struct Project<'a> {
    pub name: &'a str,
    pub files: &'a [Distribution],
    pub has_metadata: bool,
}

impl Page for Root {
    fn html(&self) -> String {
        let links = self.0.iter().map(|name| link(&format!("{name}/"), "", name));
        document("Simple index", &links.collect::<String>())
    }

    fn json(&self, _: &str) -> Value {
        let projects: Vec<Value> = self.0.iter().map(|name| json!({ "name": name })).collect();
        json!({ "meta": { "api-version": VERSION }, "projects": projects })
    }
}

impl Project<'_> {
    /// The hash of what lies beside a file. The pages have it under the name of PEP 714 only, since
    /// releases of pip from before it misread what they know by the old one (pypa/pip#12042).
    fn metadata_sha256(&self, file: &Distribution) -> Option<String> {
        let metadata = file.metadata.as_ref().filter(|_| self.has_metadata)?;
        Some(sha256(metadata))
    }
}

impl Page for Project<'_> {
    fn html(&self) -> String {
        let links = self.files.iter().map(|file| {
            let metadata = self.metadata_sha256(file).map(|hash| format!("sha256={hash}"));
            let provenance = file.provenance.as_ref().map(|place| format!("../../{place}"));
            let attributes = [
                ("data-requires-python", &file.python),
                ("data-yanked", &file.yanked),
                ("data-core-metadata", &metadata),
                ("data-provenance", &provenance),
            ];
            let attributes = attributes.into_iter().filter_map(|(name, value)| Some((name, value.as_ref()?)));
            let attributes: String =
                attributes.map(|(name, value)| format!(" {name}=\"{}\"", escaped(value))).collect();
            link(&format!("../../files/{0}#sha256={1}", file.file_name, file.sha256), &attributes, &file.file_name)
        });
        document(&format!("Links for {}", self.name), &links.collect::<String>())
    }

    fn json(&self, base: &str) -> Value {
        let files = self.files.iter().map(|file| {
            let mut entry = json!({
                "filename": file.file_name,
                "url": format!("{base}files/{}", file.file_name),
                "hashes": { "sha256": file.sha256 },
                "size": file.size,
                "upload-time": file.uploaded,
                // PEP 691: a reason, or whether at all.
                "yanked": match file.yanked.as_deref() {
                    None => json!(false),
                    Some("") => json!(true),
                    Some(reason) => json!(reason),
                },
            });
            if let Some(python) = &file.python {
                entry["requires-python"] = json!(python);
            }
            if let Some(place) = &file.provenance {
                entry["provenance"] =
                    json!(if place.contains("://") { place.clone() } else { format!("{base}{place}") });
            }
            entry["core-metadata"] = self.metadata_sha256(file).map_or(json!(false), |hash| json!({ "sha256": hash }));
            entry
        });
        let mut versions: Vec<&str> = self.files.iter().map(|file| file.version.as_str()).collect();
        versions.sort_unstable();
        versions.dedup();
        json!({
            "meta": { "api-version": VERSION },
            "name": self.name,
            "versions": versions,
            "files": files.collect::<Vec<_>>(),
        })
    }
}

fn document(title: &str, links: &str) -> String {
    format!(
        "<!DOCTYPE html>\n<html>\n<head>\n<meta name=\"pypi:repository-version\" content=\"{VERSION}\">\n\
         <title>{title}</title>\n</head>\n<body>\n<h1>{title}</h1>\n{links}</body>\n</html>\n"
    )
}

fn link(address: &str, attributes: &str, text: &str) -> String {
    format!("<a href=\"{address}\"{attributes}>{text}</a><br>\n")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;").replace('>', "&gt;")
}
