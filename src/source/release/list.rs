//! What forges answer about the releases of a repository, in one form: GitHub's ("REST API endpoints for releases"),
//! Forgejo's, which has the same fields, and GitLab's ("Releases API").

use serde::Deserialize;
use url::Url;

use crate::date::Date;
use crate::digest::Integrity;
use crate::registry::ForgeKind;

/// A release that is published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    pub tag: String,
    pub is_prerelease: bool,
    /// The repository as the forge calls it now.
    pub repository: Option<String>,
    /// When it was published, or the last of its files was uploaded, in seconds since 1970, if the forge says so.
    pub published: Option<i64>,
    /// Whether the forge lets no one change it any more. GitHub attests the files of such a release.
    pub is_immutable: bool,
    pub assets: Vec<Asset>,
}

/// A file of a release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asset {
    pub name: String,
    pub url: Url,
    /// Its number in the API of GitHub.
    pub id: Option<u64>,
    /// What the forge computed when the file was uploaded.
    pub digest: Option<Integrity>,
}

/// A page of releases. Drafts, and those of the future, are left out.
pub struct Page {
    pub releases: Vec<Release>,
    /// How many there were on the page with those that are left out.
    pub length: usize,
}

#[derive(Deserialize)]
struct Published {
    tag_name: String,
    #[serde(default)]
    html_url: Option<Url>,
    #[serde(default)]
    draft: bool,
    #[serde(default)]
    prerelease: bool,
    #[serde(default)]
    immutable: bool,
    #[serde(default, rename = "published_at")]
    time: Option<String>,
    #[serde(default)]
    assets: Vec<Uploaded>,
}

#[derive(Deserialize)]
struct Uploaded {
    name: String,
    #[serde(default)]
    id: Option<u64>,
    browser_download_url: Url,
    /// `sha256:…`, or null for what was uploaded before GitHub computed any.
    #[serde(default)]
    digest: Option<String>,
    #[serde(default)]
    created_at: Option<String>,
    #[serde(default)]
    updated_at: Option<String>,
}

#[derive(Deserialize)]
struct Linked {
    tag_name: String,
    #[serde(default, rename = "_links")]
    links: OwnLinks,
    #[serde(default)]
    upcoming_release: bool,
    /// The publisher may set it to an earlier day.
    #[serde(default)]
    released_at: Option<String>,
    #[serde(default)]
    created_at: Option<String>,
    #[serde(default)]
    assets: Links,
}

#[derive(Default, Deserialize)]
struct OwnLinks {
    #[serde(default, rename = "self")]
    own: Option<Url>,
}

#[derive(Default, Deserialize)]
struct Links {
    #[serde(default)]
    links: Vec<Link>,
}

/// A link of a release. Its name is for people; the address has the file's.
#[derive(Deserialize)]
struct Link {
    url: Url,
    #[serde(default)]
    direct_asset_url: Option<Url>,
}

/// Reads a page of releases.
pub fn page(kind: ForgeKind, body: &[u8]) -> Result<Page, serde_json::Error> {
    Ok(match kind {
        ForgeKind::Github | ForgeKind::Forgejo => {
            let page: Vec<Published> = serde_json::from_slice(body)?;
            Page { length: page.len(), releases: page.into_iter().filter_map(Published::public).collect() }
        }
        ForgeKind::Gitlab => {
            let page: Vec<Linked> = serde_json::from_slice(body)?;
            Page { length: page.len(), releases: page.into_iter().filter_map(Linked::public).collect() }
        }
    })
}

/// Reads one release.
pub fn one(kind: ForgeKind, body: &[u8]) -> Result<Option<Release>, serde_json::Error> {
    Ok(match kind {
        ForgeKind::Github | ForgeKind::Forgejo => serde_json::from_slice::<Published>(body)?.public(),
        ForgeKind::Gitlab => serde_json::from_slice::<Linked>(body)?.public(),
    })
}

impl Published {
    fn public(self) -> Option<Release> {
        // A file of an old release may be of today.
        let uploaded = self.assets.iter().flat_map(|asset| [&asset.created_at, &asset.updated_at]);
        let published = last(uploaded.chain([&self.time]));
        let assets = self.assets.into_iter().map(|asset| Asset {
            digest: asset.digest.as_deref().and_then(|text| Integrity::from_hex(text.strip_prefix("sha256:")?)),
            name: asset.name,
            url: asset.browser_download_url,
            id: asset.id,
        });
        let release = Release {
            repository: self.html_url.as_ref().and_then(repository),
            tag: self.tag_name,
            is_prerelease: self.prerelease,
            is_immutable: self.immutable,
            published,
            assets: assets.collect(),
        };
        (!self.draft).then_some(release)
    }
}

impl Linked {
    fn public(self) -> Option<Release> {
        let of_release = self.links.own.as_ref().map(Url::origin);
        let assets = self.assets.links.into_iter().filter_map(|link| {
            // A link may lead anywhere; over plain http, anyone on the way could have changed what is there.
            let url = link.direct_asset_url.unwrap_or(link.url);
            let is_safe = url.scheme() == "https" || Some(url.origin()) == of_release;
            // Below the release's own downloads a file may have a path; elsewhere, what counts is its name.
            let own = url.path().split_once("/-/releases/").and_then(|(_, rest)| rest.split_once("/downloads/"));
            let name = own.map(|(_, path)| path).or_else(|| url.path_segments()?.next_back()).filter(|_| is_safe)?;
            let name = percent_encoding::percent_decode_str(name).decode_utf8().ok()?.into_owned();
            Some(Asset { name, url, id: None, digest: None })
        });
        let release = Release {
            repository: self.links.own.as_ref().and_then(repository),
            tag: self.tag_name,
            is_prerelease: false,
            is_immutable: false,
            published: last([&self.released_at, &self.created_at]),
            assets: assets.collect(),
        };
        (!self.upcoming_release).then_some(release)
    }
}

/// The repository of a release's web page.
fn repository(page: &Url) -> Option<String> {
    let path = page.path().trim_start_matches('/');
    let (repository, _) = path.split_once("/-/releases/").or_else(|| path.split_once("/releases/"))?;
    Some(repository.to_owned())
}

/// The last of some times (RFC 3339), in seconds since 1970.
fn last<'t>(times: impl IntoIterator<Item = &'t Option<String>>) -> Option<i64> {
    times.into_iter().filter_map(|time| Date::of_rfc3339(time.as_deref()?).map(Date::seconds)).max()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_forges_answer_is_read() {
        let hex = "1".repeat(64);
        let github = format!(
            r#"[{{ "tag_name": "v2", "draft": true, "assets": [] }},
                {{ "tag_name": "v1", "html_url": "https://a.example/new/name/releases/tag/v1", "prerelease": true, "immutable": true,
                  "published_at": "1970-01-02T00:00:00Z", "assets": [
                  {{ "name": "a+b c.zip", "browser_download_url": "https://a.example/a%2Bb.zip", "digest": "sha256:{hex}", "size": 3 }},
                  {{ "name": "b.zip", "browser_download_url": "https://a.example/b.zip", "digest": null,
                    "created_at": "1970-01-02T00:00:00Z", "updated_at": "1970-01-03T00:00:00Z" }},
                  {{ "name": "c.zip", "browser_download_url": "https://a.example/c.zip", "digest": "md5:1" }}] }}]"#
        );
        let page = page(ForgeKind::Github, github.as_bytes()).unwrap();
        assert_eq!((page.length, page.releases.len()), (2, 1));
        let release = &page.releases[0];
        assert_eq!((release.tag.as_str(), release.is_prerelease, release.published), ("v1", true, Some(2 * 86_400)));
        assert!(release.is_immutable);
        assert_eq!(release.repository.as_deref(), Some("new/name"));
        let digests: Vec<bool> = release.assets.iter().map(|asset| asset.digest.is_some()).collect();
        assert_eq!(digests, [true, false, false]);
        let gitlab = r#"[{ "tag_name": "v2", "upcoming_release": true },
            { "tag_name": "v1", "_links": { "self": "https://a.example/a/b/c/-/releases/v1" },
              "released_at": "1970-01-01T00:01:00.000Z", "created_at": "1970-01-01T00:02:00Z", "assets": { "count": 5, "sources": [], "links": [
              { "name": "Linux (x86)", "url": "https://a.example/files/tool%20x-linux.zip" },
              { "name": "x", "url": "https://a.example/1", "direct_asset_url": "https://b.example/o/r/-/releases/v1/downloads/bin/tool.zip" },
              { "name": "y", "url": "http://c.example/tool-x.zip" }] } }]"#;
        let page = super::page(ForgeKind::Gitlab, gitlab.as_bytes()).unwrap();
        let names: Vec<&str> = page.releases[0].assets.iter().map(|asset| asset.name.as_str()).collect();
        assert_eq!((page.length, names), (2, vec!["tool x-linux.zip", "bin/tool.zip"]));
        assert_eq!((page.releases[0].repository.as_deref(), page.releases[0].published), (Some("a/b/c"), Some(120)));
        assert!(one(ForgeKind::Forgejo, br#"{ "tag_name": "v1", "draft": true }"#).unwrap().is_none());
        assert!(super::page(ForgeKind::Github, br#"{ "message": "Not Found" }"#).is_err());
    }
}
