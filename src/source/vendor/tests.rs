//! Each row of the vendors against answers in the documented form, made up and short (`recorded.json`): which version is
//! taken, and which file with which hash on each platform. `@7@` is a SHA-256 of zeros and a 7, `@@7@@` a SHA-512.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;

use super::super::age::{Ages, Cutoff};
use super::super::passed::PassedOver;
use super::super::preferred::{Accepted, Choosing};
use super::super::{Asked, ResolveError, Source as _};
use super::ask::{Ask, Offer};
use super::{Preferred, VendorSource, artifacts, preferred};
use crate::age::Age;
use crate::catalog::{self, VendorEntry};
use crate::date::Date;
use crate::digest::Integrity;
use crate::hint::Hint as _;
use crate::host::Host;
use crate::lock::LockedTool;
use crate::manifest::Manifest;
use crate::name::ToolName;
use crate::net::Http;
use crate::platform::{Platform, Platforms};
use crate::version::Requirement;

/// One vendor's answers.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    vendor: String,
    /// By address below the vendor's: JSON, or a text.
    #[serde(default)]
    answers: BTreeMap<String, Value>,
    /// The versions by the tags of its repository.
    #[serde(default)]
    tags: Vec<String>,
    /// The files that are downloaded for their hash.
    #[serde(default)]
    downloads: BTreeMap<String, String>,
    #[serde(default)]
    wanted: Vec<Wanted>,
}

/// What follows from the answers.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    requirement: Requirement,
    version: Option<String>,
    /// When it was published, of a vendor that says it.
    published: Option<String>,
    /// The newest one there is.
    newest: String,
    /// The name of a platform's file, its hash, and its address below the vendor's.
    #[serde(default)]
    files: BTreeMap<Platform, (String, String, String)>,
}

fn cases() -> Vec<Case> {
    serde_json::from_str(include_str!("recorded.json")).unwrap()
}

/// The digits that a short text is for.
fn hash(short: &str) -> String {
    let digits = short.trim_matches('@');
    let length = if short.starts_with("@@") { 128 } else { 64 };
    format!("{digits:0>length$}")
}

/// A text with its short hashes written out.
fn expanded(text: &str) -> String {
    (0..99).fold(text.to_owned(), |text, number| {
        ["@@", "@"].into_iter().fold(text, |text, at| {
            let short = format!("{at}{number}{at}");
            text.replace(&short, &hash(&short))
        })
    })
}

impl Ask for Case {
    fn index(&self, path: &str) -> Result<Option<Vec<u8>>, ResolveError> {
        Ok(self.text(path).map(String::into_bytes))
    }

    fn tagged(
        &self,
        repository: &str,
        tag: &str,
        requirement: &Requirement,
        _: Option<Cutoff>,
    ) -> Result<Accepted<Offer>, ResolveError> {
        assert!(repository.contains('/') && tag == "v{version}", "{repository} {tag}");
        let offers = self.tags.iter().map(|version| Offer { version: version.clone(), ..Offer::default() });
        Ok(Accepted::of(offers.collect(), requirement))
    }

    fn checksums(&self, path: &str, _: &str) -> Result<Option<String>, ResolveError> {
        Ok(self.text(path))
    }

    fn recorded(&self, path: &str, _: &str) -> Result<Option<Integrity>, ResolveError> {
        Ok(self.downloads.get(path).and_then(|short| Integrity::from_hex(&hash(short))))
    }
}

fn source<'a>(host: &'a Host, http: &'a Http) -> VendorSource<'a> {
    let manifest = Manifest::default();
    VendorSource::new(host, http, (&manifest, &Arc::new(Ages::new(host, &manifest))))
}

/// What is taken for all platforms, whatever its age.
fn best(
    row: &VendorEntry,
    name: &ToolName,
    requirement: &Requirement,
    ask: &dyn Ask,
) -> Result<Preferred, ResolveError> {
    old_enough(row, (name, requirement), None, ask)
}

/// What is taken of those that were published before a time.
fn old_enough(
    row: &VendorEntry,
    (name, requirement): (&ToolName, &Requirement),
    cutoff: Option<Cutoff>,
    ask: &dyn Ask,
) -> Result<Preferred, ResolveError> {
    let passed = PassedOver::default();
    let asked = &Asked::best(name, requirement, Platforms::ALL);
    preferred(row, &Choosing { asked, cutoff, passed: &passed, from: "the server" }, ask)
}

impl Case {
    fn row(&self) -> (ToolName, &'static VendorEntry) {
        let name: ToolName = format!("vendor:{}", self.vendor).parse().unwrap();
        let row = super::row(&name).unwrap();
        (name, row)
    }

    #[track_caller]
    fn check(&self, wanted: &Wanted, source: &VendorSource) {
        let ((name, row), requirement) = (self.row(), &wanted.requirement);
        let about = format!("{name} {requirement}");
        let (found, newest) = best(row, &name, requirement, self).unwrap_or_else(|error| panic!("{about}: {error}"));
        assert_eq!(newest.as_ref(), Some(&wanted.newest), "{about}");
        assert_eq!(found.as_ref().map(|(offer, _)| &offer.version), wanted.version.as_ref(), "{about}");
        let Some((offer, files)) = found else { return };
        let published = offer.published.map(|seconds| Date::of_seconds(seconds).rfc3339());
        assert_eq!(published, wanted.published, "{about}");
        let version = offer.version.parse().unwrap();
        let artifacts = artifacts(&row.name.parse().unwrap(), &version, files);
        let locked = LockedTool { version: Some(version), artifacts, ..LockedTool::new(name, requirement.clone()) };
        source.fits(&locked).unwrap_or_else(|unfit| panic!("{about}: {unfit:?}"));
        let server = source.server(row).unwrap();
        for platform in Platform::ALL {
            let found = locked.artifacts_on(platform).next().map(|artifact| {
                let url = source.locate(artifact, 0).unwrap().unwrap().url;
                (artifact.file.as_deref().unwrap().to_owned(), artifact.integrity.clone(), url)
            });
            let expected = wanted.files.get(&platform).map(|(file, short, path)| {
                (file.clone(), Integrity::from_hex(&hash(short)).unwrap(), server.file_url(path))
            });
            assert_eq!(found, expected, "{about} {platform}");
        }
    }

    fn text(&self, path: &str) -> Option<String> {
        let value = self.answers.get(path)?;
        Some(expanded(&value.as_str().map_or_else(|| value.to_string(), str::to_owned)))
    }
}

#[test]
fn each_vendor_gives_version_file_and_hash() {
    let (host, http) = (Host::snapshot(None).unwrap(), Http::new(true, std::time::Duration::ZERO));
    let source = source(&host, &http);
    let mut seen = BTreeSet::new();
    for case in cases() {
        for wanted in &case.wanted {
            case.check(wanted, &source);
        }
        seen.insert(case.vendor);
    }
    let rows: BTreeSet<String> = catalog::vendors().map(|(_, entry)| entry.vendor().unwrap().name.clone()).collect();
    assert_eq!(seen, rows);
}

/// What is too young is left out, and what is listed further back is looked at: other channels, further pages. A day
/// alone counts from its end.
#[test]
fn a_young_version_waits() {
    let age = || "3 days".parse::<Age>().unwrap();
    let taken = |vendor: &str, requirement: &str, now: &str| {
        let case = cases().into_iter().find(|case| case.vendor == vendor).unwrap();
        let (name, row) = case.row();
        let cutoff = Some(Cutoff::new(Date::of_rfc3339(now).unwrap().seconds(), age()));
        let found = old_enough(row, (&name, &requirement.parse().unwrap()), cutoff, &case);
        found.map(|(found, _)| found.unwrap().0.version).map_err(|error| error.to_string())
    };
    let some = |version: &str| Ok(version.to_owned());
    for (vendor, requirement, now, version) in [
        ("dotnet", "*", "2026-08-14T23:59:59Z", "9.0.308"),
        ("dotnet", "*", "2026-08-15T00:00:00Z", "10.0.101"),
        ("temurin", "*", "2026-09-19T20:14:31Z", "21.0.12.1+1"),
        ("temurin", "*", "2026-09-19T20:14:32Z", "25+36"),
        ("temurin", "21", "2026-08-01T00:00:00Z", "21.0.12+8"),
        ("elixir", "1", "2026-05-24T08:31:36Z", "1.18.4"),
        ("node", "24", "2026-08-05T00:00:00Z", "24.1.0"),
        ("zig", "*", "2026-01-05T00:00:00Z", "0.15.1"),
    ] {
        assert_eq!(taken(vendor, requirement, now), some(version), "{vendor} {requirement} {now}");
    }
    let young = "no version of `vendor:elixir` within `1` is old enough: 1.18.4 is 2 days old, and `min-age` is 3 days";
    assert_eq!(taken("elixir", "1", "2026-05-24T08:31:35Z"), Err(young.to_owned()));
    // These list no times.
    for vendor in ["consul", "go", "nomad", "opentofu", "packer", "terraform", "vault"] {
        let silent = format!(
            "the server does not say when versions of `vendor:{vendor}` were published, and `min-age` is 3 days"
        );
        assert_eq!(taken(vendor, "1", "2026-12-01T00:00:00Z"), Err(silent));
    }
}

#[test]
fn what_is_missing_is_said() {
    for (answers, expected) in [
        ("{}", "the vendor's server has no index of `vendor:zig` at `index.json`"),
        (r#"{ "index.json": {} }"#, "the vendor's index lists no version of `vendor:zig`"),
        (r#"{ "index.json": "<html>" }"#, "the registry's answer about `vendor:zig` makes no sense"),
        (
            r#"{ "index.json": { "0.15.1": { "x86_64-linux": { "tarball": "x/zig.tar.xz", "shasum": "1" } } } }"#,
            "`vendor:zig` 0.15.1 has no file with a published hash for a platform that devshell knows",
        ),
    ] {
        let case = format!(r#"{{ "vendor": "zig", "answers": {answers} }}"#);
        let case: Case = serde_json::from_str(&case).unwrap();
        let (name, row) = case.row();
        let error = best(row, &name, &Requirement::any(), &case).map(drop).unwrap_err();
        assert_eq!(error.to_string(), expected);
    }
    let unknown = catalog::find(&"vendor:terrafrom".parse().unwrap()).unwrap_err();
    assert_eq!(unknown.to_string(), "`vendor:terrafrom` is not in the catalog");
    let hint = unknown.hint().unwrap();
    assert!(hint.starts_with("did you mean `vendor:terraform`? there are `vendor:consul`, "), "{hint}");
}

/// A lock is not believed that has another file than the vendor's.
#[test]
fn a_lock_has_the_vendors_files() {
    let (host, http) = (Host::snapshot(None).unwrap(), Http::new(true, std::time::Duration::ZERO));
    let source = source(&host, &http);
    let lock = |vendor: &str, rest: &str| {
        let text = format!(
            r#"{{ "format": 1, "tools": [{{ "tool": "vendor:{vendor}", "requirement": "1", "version": "1.27.3", "artifacts": [
                {{ "platforms": ["x86_64-linux"], "registry": "vendor", {rest},
                   "integrity": "sha256-ERERERERERERERERERERERERERERERERERERERERERE=" }}] }}] }}"#
        );
        crate::lock::parse("devshell.lock", &text).unwrap().tools.remove(0)
    };
    let go = |package: &str, version: &str, file: &str, unpack: &str| {
        let rest = format!(r#""package": "{package}", "version": "{version}", "file": "{file}", "unpack": "{unpack}""#);
        source.fits(&lock("go", &rest)).is_ok()
    };
    assert!(go("go", "1.27.3", "go1.27.3.linux-amd64.tar.gz", "tar.gz"));
    assert!(!go("zig", "1.27.3", "go1.27.3.linux-amd64.tar.gz", "tar.gz"));
    assert!(!go("go", "1.27.2", "go1.27.2.linux-amd64.tar.gz", "tar.gz"));
    assert!(!go("go", "1.27.3", "go1.27.2.linux-amd64.tar.gz", "tar.gz"));
    assert!(!go("go", "1.27.3", "go1.27.3.linux-arm64.tar.gz", "tar.gz"));
    assert!(!go("go", "1.27.3", "go1.27.3.linux-amd64.tar.gz", "zip"));
    let zig = |file: &str| {
        let rest = format!(r#""package": "zig", "version": "1.27.3", "file": "{file}", "unpack": "tar.xz""#);
        source.fits(&lock("zig", &rest)).is_ok()
    };
    assert!(zig("zig-x86_64-linux-1.27.3.tar.xz") && !zig("up/zig-x86_64-linux-1.27.3.tar.xz"));
}
