//! Packages that have no wheel, built from their source. What a build needs is fetched outside, and the build itself runs
//! inside a wall. The wheel that it makes is kept in the cache, and installed as any other.

mod backend;
mod failed;
mod metadata;
mod source_tree;
mod steps;

use std::path::{Path, PathBuf};

pub use self::metadata::Metadata;
use self::source_tree::not_buildable;
use self::steps::{Build, answer};
use super::Uv;
use super::interpreter::Found;
use crate::digest::{self, Hasher, Integrity};
use crate::files::{bounded, most, publish, touch, write_cache};
use crate::lock::Artifact;
use crate::name::normalized;
use crate::parallel;
use crate::source::{PythonError, Sources};
use crate::version::Scheme;

/// The directory of the cache for what was built.
const BUILT: &str = "built-1";

/// A wheel that was built on this machine.
#[derive(Debug)]
pub struct BuiltWheel {
    pub artifact: Artifact,
    pub path: PathBuf,
    /// What it was built from.
    source: Integrity,
}

impl BuiltWheel {
    /// Whether it was built from this source.
    pub fn is_of(&self, sdist: &Artifact) -> bool {
        self.source == sdist.integrity && self.artifact.package == sdist.package
    }
}

impl Uv<'_> {
    /// The wheel of a source for an interpreter, built if it is not there. The caller has a shared turn at the store.
    pub(super) fn wheel(
        &self,
        sdist: &Artifact,
        interpreter: &Found,
        sources: &Sources,
    ) -> Result<BuiltWheel, PythonError> {
        let program = interpreter.program.to_string_lossy();
        let parts = [&sdist.integrity.to_string(), interpreter.version.as_str(), &program];
        let place = self.host.cache(BUILT).join(digest::key(&parts.map(str::as_bytes)));
        if let Some(there) = there(&place, sdist) {
            let _ = touch(&place);
            return Ok(there);
        }
        source_tree::fetch(self, &[sdist], sources)?;
        let source = source_tree::directory(self, sdist)?;
        self.progress.build(0, &format!("{} {}", sdist.package, sdist.version));
        let built = Build { uv: self, sdist, interpreter, sources }.run(&source, "wheel");
        self.progress.finish(0);
        let site = built?;
        let out = site.out();
        let name: String = serde_json::from_slice(&answer(&out, "wheel.json", most::RECORD)?).unwrap_or_default();
        if !is_wheel_of(&name, sdist) {
            return Err(not_buildable(sdist, format!("its build makes `{name}`, which is not its wheel")));
        }
        let bytes = answer(&out, &name, most::PROGRAM)?;
        self.host.make_cache(BUILT)?;
        publish(&place, |directory| directory.write(Path::new(&name), &bytes, 0o644))?;
        there(&place, sdist).ok_or_else(|| not_buildable(sdist, "its wheel cannot be kept".to_owned()))
    }

    /// What sources say about other packages. Where only a build can tell, it is asked with this interpreter.
    pub(super) fn metadata(
        &self,
        sdists: &[Artifact],
        interpreter: impl Fn() -> Result<Found, PythonError>,
        sources: &Sources,
    ) -> Result<Vec<Metadata>, PythonError> {
        let _access = self.store().share();
        let unknown: Vec<&Artifact> = sdists.iter().filter(|sdist| self.kept(sdist).is_none()).collect();
        source_tree::fetch(self, &unknown, sources)?;
        let mut found = sdists.iter().map(|sdist| self.without_build(sdist)).collect::<Result<Vec<_>, _>>()?;
        let asked: Vec<usize> = (0..sdists.len()).filter(|index| found[*index].is_none()).collect();
        if !asked.is_empty() {
            let interpreter = interpreter()?;
            let ask = |index: usize| self.asked(&sdists[index], &interpreter, sources);
            let answers = parallel::map(asked.iter().copied(), parallel::processors(), ask);
            for (index, answer) in asked.into_iter().zip(answers) {
                found[index] = Some(answer?);
            }
        }
        Ok(found.into_iter().flatten().collect())
    }

    /// Where the metadata of a source are kept that a build has found out.
    fn place_of_metadata(&self, sdist: &Artifact) -> PathBuf {
        let key = digest::key(&[sdist.integrity.to_string().as_bytes(), b"metadata"]);
        self.host.cache(BUILT).join(key)
    }

    fn kept(&self, sdist: &Artifact) -> Option<Metadata> {
        let place = self.place_of_metadata(sdist);
        let text = bounded::read_text(&place, most::DESCRIPTION).ok()?;
        let _ = touch(&place);
        Some(Metadata::parse(&text))
    }

    /// The metadata of a source as far as they are known already, or the source itself has them.
    fn without_build(&self, sdist: &Artifact) -> Result<Option<Metadata>, PythonError> {
        if let Some(kept) = self.kept(sdist) {
            return Ok(Some(kept));
        }
        let text = source_tree::text(&source_tree::directory(self, sdist)?, "PKG-INFO")?;
        Ok(text.and_then(|text| Metadata::of_source(&text)))
    }

    /// The same as the backend answers it.
    fn asked(&self, sdist: &Artifact, interpreter: &Found, sources: &Sources) -> Result<Metadata, PythonError> {
        let build = Build { uv: self, sdist, interpreter, sources };
        let site = build.run(&source_tree::directory(self, sdist)?, "metadata")?;
        let text = answer(&site.out(), "METADATA", most::DESCRIPTION)?;
        if self.host.make_cache(BUILT).is_ok() {
            write_cache(&self.place_of_metadata(sdist), &[&text]);
        }
        Ok(Metadata::parse(&String::from_utf8_lossy(&text)))
    }
}

/// The wheel in a directory, if it is there as a whole.
fn there(place: &Path, sdist: &Artifact) -> Option<BuiltWheel> {
    let path = fs_err::read_dir(place).ok()?.next()?.ok()?.path();
    let mut hasher = Hasher::sha256();
    hasher.update(&bounded::read(&path, most::PROGRAM).ok()?);
    let file = path.file_name()?.to_str()?.parse().ok()?;
    let artifact = Artifact { file: Some(file), integrity: hasher.finish(), ..sdist.clone() };
    Some(BuiltWheel { artifact, path, source: sdist.integrity.clone() })
}

/// Whether a name is that of a wheel of the package and the version.
fn is_wheel_of(name: &str, sdist: &Artifact) -> bool {
    let parts: Vec<&str> = name.strip_suffix(".whl").map(|stem| stem.split('-').collect()).unwrap_or_default();
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "._-+!".contains(c);
    match parts.as_slice() {
        [package, version, _, _, _] | [package, version, _, _, _, _] => {
            name.chars().all(is_plain)
                && normalized(package) == sdist.package.as_str()
                && Scheme::Pep440.compare(version, &sdist.version).is_eq()
        }
        _ => false,
    }
}
