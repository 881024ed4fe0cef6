//! What uv is asked when packages are locked.

use serde::Deserialize;
use url::Url;

use super::{Uv, checked};
use crate::files::{bounded, most, write_cache};
use crate::manifest::{Kind, Python, project_of_lock};
use crate::name::PackageVersion;
use crate::platform::Platform;
use crate::source::{Interpreter, PackageResolver, Pylock, PythonError, WantedPackages};
use crate::version::{Requirement, Scheme, find_in_output};

impl PackageResolver for Uv<'_> {
    fn default_index(&self) -> Result<Url, PythonError> {
        if let Some(known) = self.default_index.get() {
            return Ok(known.clone());
        }
        // What one version of uv says, it says again.
        let kept = self.host.cache("").join(format!("uv-index-{}", self.version()?));
        if let Some(url) = bounded::read_text(&kept, most::RECORD).ok().and_then(|text| Url::parse(text.trim()).ok()) {
            return Ok(self.default_index.get_or_init(|| url).clone());
        }
        // Its help is the one place where uv names its default without being given a Python.
        let scratch = self.scratch()?;
        let help = checked(self.command(&scratch)?.args(["pip", "compile", "--help"]).output()?)?;
        let help = String::from_utf8_lossy(&help);
        let named = help.split("by default: <").nth(1).and_then(|rest| rest.split('>').next());
        let url = named.and_then(|text| Url::parse(text).ok()).ok_or_else(|| PythonError::Uv {
            text: "nothing about its default index".to_owned(),
            hint: Some("name the index: \"registries\": { \"pypi\": \"https://…/simple\" }".to_owned()),
        })?;
        write_cache(&kept, &[url.as_str().as_bytes(), b"\n"]);
        Ok(self.default_index.get_or_init(|| url).clone())
    }

    fn version(&self) -> Result<PackageVersion, PythonError> {
        if let Some(version) = self.pinned_version() {
            return Ok(version);
        }
        let scratch = self.scratch()?;
        let said = checked(self.command(&scratch)?.arg("--version").output()?)?;
        Ok(find_in_output(&String::from_utf8_lossy(&said)).unwrap_or_default().parse()?)
    }

    fn pylock(&self, wanted: &WantedPackages) -> Result<Pylock, PythonError> {
        // A lock that is there already rules.
        if let Some(file) = wanted.files.iter().find(|file| Kind::of(&file.path).is_lock()) {
            return Ok(Pylock { text: self.taken_over(&file.path, wanted.python)?, below: None });
        }
        self.compile(wanted)
    }

    fn interpreter(&self, requirement: &Requirement) -> Result<Interpreter, PythonError> {
        #[derive(Deserialize)]
        struct Build {
            version: String,
            url: Option<String>,
            variant: Option<String>,
            implementation: String,
        }
        let scratch = self.scratch()?;
        let mut command = self.command(&scratch)?;
        command.args(["python", "list", "--only-downloads", "--all-versions", "--output-format=json"]);
        let listed = checked(command.output()?)?;
        let builds: Vec<Build> = serde_json::from_slice(&listed).unwrap_or_default();
        let fits = |build: &&Build| {
            build.implementation == "cpython"
                && build.variant.as_deref().is_none_or(|variant| variant == "default")
                && requirement.accepts(&build.version, Scheme::Pep440)
                && (requirement.wants_prerelease(Scheme::Pep440) || !Scheme::Pep440.is_prerelease(&build.version))
        };
        let newest = builds.iter().filter(fits).max_by(|a, b| Scheme::Pep440.compare(&a.version, &b.version));
        let newest = newest.ok_or_else(|| PythonError::NoBuild { requirement: requirement.clone() })?;
        let build = newest.url.as_deref().and_then(date_of).unwrap_or_default();
        Ok(Interpreter { version: newest.version.parse()?, build: Some(build.parse()?) })
    }
}

/// The date in the address of a build: eight digits that are a component of their own.
fn date_of(url: &str) -> Option<String> {
    let is_date = |part: &&str| part.len() == 8 && part.bytes().all(|byte| byte.is_ascii_digit());
    url.split(['/', '+', '-']).flat_map(|part| part.split("%2B")).find(is_date).map(str::to_owned)
}

impl Uv<'_> {
    /// What a lock of uv's, or a `pylock.toml`, holds already. uv is given the lock, and of the
    /// project beside it no more than its name.
    fn taken_over(&self, file: &str, python: &Python) -> Result<String, PythonError> {
        let text = python.texts.get(file).map_or("", String::as_str);
        if Kind::of(file) == Kind::Pylock {
            return Ok(text.to_owned());
        }
        let scratch = self.scratch()?;
        scratch.write("uv.lock", text)?;
        scratch.write("pyproject.toml", project_of_lock(text))?;
        let mut command = self.command(&scratch)?;
        command.args(["export", "--quiet", "--frozen", "--format=pylock.toml", "--no-emit-workspace", "--no-header"]);
        command.args(["--offline", "--no-build", "--no-default-groups"]);
        for extra in &python.extras {
            command.arg(format!("--extra={extra}"));
        }
        for group in &python.groups {
            command.arg(format!("--group={group}"));
        }
        Ok(String::from_utf8_lossy(&checked(command.output()?)?).into_owned())
    }
}

/// What a platform is called in the names of uv's builds.
pub(super) const fn build_words(platform: Platform) -> (&'static str, &'static str, &'static str) {
    match platform {
        Platform::Aarch64Darwin => ("macos", "aarch64", "none"),
        Platform::Aarch64Linux => ("linux", "aarch64", "gnu"),
        Platform::Aarch64LinuxMusl => ("linux", "aarch64", "musl"),
        Platform::X8664Darwin => ("macos", "x86_64", "none"),
        Platform::X8664Linux => ("linux", "x86_64", "gnu"),
        Platform::X8664LinuxMusl => ("linux", "x86_64", "musl"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn builds_are_dated() {
        for (url, expected) in [
            ("https://a.example/download/20261110/cpython-3.13.18%2B20261110-x86_64.tar.gz", Some("20261110")),
            ("https://a.example/cpython-3.13.18+20261110-x86_64.tar.gz", Some("20261110")),
            ("https://a.example/cpython.tar.gz", None),
        ] {
            assert_eq!(date_of(url).as_deref(), expected, "{url}");
        }
    }
}
