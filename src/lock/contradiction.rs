//! Where a lock and a manifest speak of the same thing. Of most tools a manifest says only which
//! versions will do; of one of the source `url` it says more, and what it says counts.

use super::{Form, LockedTool};
use crate::manifest::{Manifest, Voucher};
use crate::platform::Platform;

impl LockedTool {
    /// Whether the manifest says something else about this tool's files: another hash, another
    /// kind of file, other platforms, another release, another Python to run it, other packages beside it. Another address alone is no
    /// contradiction, since the bytes are known by their hash.
    pub fn contradicts(&self, manifest: &Manifest) -> bool {
        match self.form() {
            Form::Venv { python, .. } if *python != manifest.interpreter().version => return true,
            Form::Prefix { suite } if manifest.suite(&self.tool, &self.requirement) != Some(suite) => return true,
            Form::Asserted | Form::Object(_) | Form::Tree | Form::Venv { .. } | Form::Prefix { .. } => {}
        }
        if manifest.tool(&self.tool, &self.requirement).is_some_and(|tool| *tool.additions() != *self.with) {
            return true;
        }
        let Some(download) = manifest.download(&self.tool, &self.requirement) else { return false };
        Platform::ALL.into_iter().any(|platform| {
            match (download.files.get(&platform), self.artifacts_on(platform).next()) {
                (None, None) => false,
                (None, Some(_)) => true,
                (Some(_), None) => download.is_named,
                (Some(file), Some(artifact)) => {
                    artifact.unpack != Some(file.format)
                        || matches!(&file.voucher, Voucher::Manifest(hash) if *hash != artifact.integrity)
                }
            }
        })
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
            assert_eq!(lock.tools[0].contradicts(&manifest), expected, "{keys}");
            assert_eq!(lock.differences(&manifest).is_empty(), !expected, "{keys}");
        }
    }
}
