//! A project's Python: its interpreter and its packages.

use std::collections::BTreeSet;

use super::{Interpreter, PypiSource, PythonError, ResolveError, WantedPackages};
use crate::lock::{Artifact, LockedPython, PythonWish};
use crate::manifest::{Python, PythonOrigin, hashes, places};
use crate::name::PackageVersion;

/// What was locked before.
#[derive(Clone, Copy)]
pub struct Previous<'l> {
    pub python: Option<&'l LockedPython>,
    /// Whether its versions are kept where they still fit. Otherwise it only says what may stay although it is young.
    pub is_kept: bool,
}

impl PypiSource<'_> {
    /// Resolves what a manifest asks of Python. `debian` is the version of an interpreter that is
    /// Debian's.
    pub fn python(
        &self,
        python: &Python,
        debian: Option<PackageVersion>,
        Previous { python: before, is_kept }: Previous,
    ) -> Result<LockedPython, ResolveError> {
        let previous = before.filter(|_| is_kept);
        let wish = PythonWish::of(python);
        let same_interpreter = previous
            .filter(|previous| previous.wish.requirement == wish.requirement && previous.wish.origin == wish.origin);
        let interpreter = match (python.origin, same_interpreter) {
            (PythonOrigin::Host, _) => None,
            (PythonOrigin::Deb, _) => debian.map(|version| Interpreter { version, build: None }),
            (PythonOrigin::Uv, Some(LockedPython { version: Some(version), build: Some(build), .. })) => {
                Some(Interpreter { version: version.clone(), build: Some(build.clone()) })
            }
            (PythonOrigin::Uv, _) => Some(self.resolver().interpreter(&python.version)?),
        };
        let (artifacts, below) = if python.requirements.is_empty() {
            (Vec::new(), None)
        } else {
            let wanted = WantedPackages {
                requirements: Vec::new(),
                files: &python.requirements,
                index: self.index()?,
                python,
                platforms: python.origin.platforms(self.manifest.platforms),
                limit: self.limit_of_project(before.map_or(&[], |before| &before.artifacts))?,
                from_source: Vec::new(),
                interpreter: interpreter.as_ref().map(|found| found.version.as_str()),
                previous: previous.map_or(&[], |previous| &previous.artifacts),
                fewest: false,
            };
            let (artifacts, below) = self.packages(wanted).map_err(|error| placed(error, python))?;
            (with_given_hashes(artifacts, python)?, below)
        };
        let (version, build) = interpreter.map(|found| (found.version, found.build)).unzip();
        let build = build.flatten();
        Ok(LockedPython { wish, version, build, below, uv: self.resolver().version()?, artifacts })
    }
}

/// The files that have one of the hashes that the project's files give for their package.
fn with_given_hashes(mut artifacts: Vec<Artifact>, python: &Python) -> Result<Vec<Artifact>, ResolveError> {
    let given = hashes(&python.texts);
    let packages: BTreeSet<String> = artifacts.iter().map(|artifact| artifact.package.to_string()).collect();
    artifacts.retain(|artifact| {
        let hashes = given.get(artifact.package.as_str()).map(|(_, hashes)| hashes);
        hashes.is_none_or(|hashes| hashes.contains(&artifact.integrity.to_hex().1))
    });
    for (package, (place, _)) in given.iter().filter(|(package, _)| packages.contains(*package)) {
        if !artifacts.iter().any(|artifact| *artifact.package == **package) {
            let source = Box::new(ResolveError::OtherHash { package: package.clone() });
            return Err(ResolveError::InFiles { places: place.clone(), source });
        }
    }
    Ok(artifacts)
}

/// The error with the lines of the files that it is about.
fn placed(error: ResolveError, python: &Python) -> ResolveError {
    if let ResolveError::Python(PythonError::Refused { place, .. }) = &error {
        return ResolveError::InFiles { places: place.clone(), source: Box::new(error) };
    }
    let said = match &error {
        ResolveError::Python(PythonError::Uv { text, .. } | PythonError::NoSolution { text, .. }) => text.clone(),
        ResolveError::Python(error @ PythonError::NeedsBuild { .. }) => error.to_string(),
        ResolveError::Pylock(error) => error.to_string(),
        ResolveError::NoPackage { package, .. } | ResolveError::OtherIndex { package } => package.clone(),
        _ => return error,
    };
    let mut places = places(&python.texts, &said);
    if places.is_empty() {
        // Something that one of the requirements needs in turn.
        places = python.requirements.iter().map(|file| file.path.clone()).collect();
    }
    ResolveError::InFiles { places: places.join(", "), source: Box::new(error) }
}
