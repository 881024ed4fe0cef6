//! Where a lock and a manifest speak of the same thing. Of most tools a manifest says only which
//! versions will do; of a download or a release's file it says more, and what it says counts.

use super::{Form, LockedTool};
use crate::manifest::{Download, Manifest, Release, Toolchain, Voucher};
use crate::platform::{Platform, Platforms};

impl LockedTool {
    /// Whether the manifest says something else about this tool's files: another hash, another kind of file, other
    /// platforms, an attestation, another release, another Python to run it, other packages beside it, other parts of a
    /// toolchain. Another address alone is no contradiction, since the bytes are known by their hash; and of
    /// platforms, only those count that the manifest wants and the lock was made for.
    pub fn contradicts(&self, manifest: &Manifest, locked: Platforms) -> bool {
        let platforms = manifest.platforms.and(locked);
        match self.form() {
            Form::Venv { python, .. } if *python != manifest.interpreter().version => return true,
            Form::Prefix { suite } if manifest.suite(&self.tool, &self.requirement) != Some(suite) => return true,
            Form::Asserted | Form::Object(_) | Form::Tree | Form::Sysroot | Form::Venv { .. } | Form::Prefix { .. } => {
            }
        }
        if self.provenance.is_none() && manifest.requires_provenance(&self.tool) {
            return true;
        }
        if manifest.tool(&self.tool, &self.requirement).is_some_and(|tool| *tool.additions() != *self.with) {
            return true;
        }
        let tool = manifest.tool(&self.tool, &self.requirement);
        if tool.is_some_and(|tool| tool.toolchain().map(Toolchain::parts) != self.toolchain) {
            return true;
        }
        tool.and_then(|tool| tool.download()).is_some_and(|download| self.differs_from_download(download, platforms))
            || tool.and_then(|tool| tool.release()).is_some_and(|release| self.differs_from_release(release, platforms))
    }

    fn differs_from_download(&self, download: &Download, platforms: Platforms) -> bool {
        platforms.iter().any(|platform| match (download.files.get(&platform), self.artifacts_on(platform).next()) {
            (None, None) => false,
            (None, Some(_)) => true,
            (Some(_), None) => download.is_named,
            (Some(file), Some(artifact)) => {
                artifact.unpack != Some(file.format)
                    || matches!(&file.voucher, Voucher::Manifest(hash) if *hash != artifact.integrity)
            }
        })
    }

    /// Whether its files are others than those that the manifest names, as far as it names any.
    fn differs_from_release(&self, release: &Release, platforms: Platforms) -> bool {
        let version = self.version.as_deref().unwrap_or_default();
        let is_wrong = |platform: Platform| {
            let Some(artifact) = self.artifacts_on(platform).next() else {
                return release.platforms.is_some_and(|wanted| wanted.contains(platform));
            };
            let tag = artifact.tag.as_ref().map_or("", |tag| tag.as_str());
            let is_other = |name: String| artifact.file.as_deref() != Some(name.as_str());
            !release.wants(platform)
                || release.asset(version, tag, platform).is_some_and(is_other)
                || release.format.is_some_and(|format| artifact.unpack != Some(format))
                || release.tag(version).is_some_and(|wanted| wanted != tag)
        };
        platforms.iter().any(is_wrong)
    }
}

#[cfg(test)]
mod tests {
    use crate::lock::Lock;
    use crate::manifest;

    const ONES: &str = "1111111111111111111111111111111111111111111111111111111111111111";
    const LOCK: &str = r#"{ "format": 1, "tools": [{ "tool": "url:a", "requirement": "1.0", "version": "1.0", "artifacts": [
        { "platforms": ["x86_64-linux"], "registry": "url", "package": "a", "version": "1.0",
          "integrity": "sha256-ERERERERERERERERERERERERERERERERERERERERERE=", "unpack": "tar.gz" }] }] }"#;

    #[test]
    fn what_the_manifest_says_of_a_release_counts() {
        let lock = LOCK
            .replace("\"url:a\", \"requirement\": \"1.0\"", "\"github:o/a\", \"requirement\": \"1\"")
            .replace("\"registry\": \"url\", \"package\": \"a\"", "\"registry\": \"github\", \"package\": \"o/a\"")
            .replace("\"integrity\"", "\"tag\": \"v1.0\", \"file\": \"a-x86_64.tar.gz\", \"integrity\"");
        let lock: Lock = super::super::parse("devshell.lock", &lock).unwrap();
        for (keys, expected) in [
            ("", false),
            (r#", "asset": "a-{arch}.tar.gz""#, false),
            (r#", "asset": "b-{arch}.tar.gz""#, true),
            (r#", "platforms": ["x86_64-linux"]"#, false),
            (r#", "platforms": ["x86_64-linux", "aarch64-linux"]"#, true),
            (r#", "platforms": ["aarch64-linux"]"#, true),
            (r#", "tag": "v{version}""#, false),
            (r#", "tag": "a-{version}""#, true),
            (r#", "format": "zip""#, true),
        ] {
            let text = format!(r#"{{ "tools": {{ "github:o/a": {{ "version": "1"{keys} }} }} }}"#);
            let manifest = manifest::parse("devshell.json", &text).unwrap();
            assert_eq!(lock.tools[0].contradicts(&manifest, lock.platforms), expected, "{keys}");
        }
    }

    #[test]
    fn platforms_that_are_not_locked_for_are_no_contradiction() {
        let lock: Lock = super::super::parse("devshell.lock", LOCK).unwrap();
        let only = |name: &str| [name.parse().unwrap()].into_iter().collect();
        for (wanted, locked, expected) in [
            ("", lock.platforms, true),
            (r#""platforms": ["x86_64-linux"], "#, lock.platforms, false),
            ("", only("x86_64-linux"), false),
            (r#""platforms": ["aarch64-linux"], "#, lock.platforms, true),
        ] {
            let tool = r#"{ "version": "1.0", "url": "https://a.example/a.tgz", "platforms": ["x86_64-linux", "aarch64-linux"] }"#;
            let text = format!(r#"{{ {wanted}"tools": {{ "url:a": {tool} }} }}"#);
            let manifest = manifest::parse("devshell.json", &text).unwrap();
            assert_eq!(lock.tools[0].contradicts(&manifest, locked), expected, "{wanted}");
        }
    }

    #[test]
    fn what_the_manifest_says_counts() {
        let lock: Lock = super::super::parse("devshell.lock", LOCK).unwrap();
        let twos = ONES.replace('1', "2");
        for (keys, expected) in [
            (r#""url": "https://a.example/{arch}.tar.gz""#.to_owned(), false),
            (r#""url": "https://elsewhere.example/a.tgz""#.to_owned(), false),
            (r#""url": "https://a.example/{arch}.zip""#.to_owned(), true),
            (r#""url": "https://a.example/a", "format": "tar.gz""#.to_owned(), false),
            (r#""url": "https://a.example/a.tgz", "platforms": ["x86_64-linux"]"#.to_owned(), false),
            (r#""url": "https://a.example/a.tgz", "platforms": ["aarch64-linux"]"#.to_owned(), true),
            (r#""url": "https://a.example/a.tgz", "platforms": ["aarch64-linux", "x86_64-linux"]"#.to_owned(), true),
            (format!(r#""url": "https://a.example/a.tgz", "sha256": {{ "x86_64-linux": "{ONES}" }}"#), false),
            (format!(r#""url": "https://a.example/a.tgz", "sha256": {{ "x86_64-linux": "{twos}" }}"#), true),
        ] {
            let text = format!(r#"{{ "tools": {{ "url:a": {{ "version": "1.0", {keys} }} }} }}"#);
            let manifest = manifest::parse("devshell.json", &text).unwrap();
            assert_eq!(lock.tools[0].contradicts(&manifest, lock.platforms), expected, "{keys}");
            assert_eq!(lock.differences(&manifest).is_empty(), !expected, "{keys}");
        }
    }
}
