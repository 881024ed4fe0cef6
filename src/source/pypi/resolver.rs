//! What is asked of uv about packages.

use url::Url;

use super::error::PythonError;
use crate::lock::Artifact;
use crate::manifest::{Python, RequirementsFile};
use crate::name::{Build, PackageVersion};
use crate::registry::PypiIndex;
use crate::version::Requirement;

/// Finds out which packages some packages need. That is uv's own knowledge, so the one
/// implementation asks uv.
pub trait PackageResolver: Send + Sync {
    /// The index that uv asks by default.
    fn default_index(&self) -> Result<Url, PythonError>;

    /// The text of a `pylock.toml` with everything that is needed, for all platforms.
    fn pylock(&self, wanted: &WantedPackages) -> Result<Pylock, PythonError>;

    /// The newest interpreter that uv has a build of and that satisfies a requirement.
    fn interpreter(&self, requirement: &Requirement) -> Result<Interpreter, PythonError>;

    /// uv's own version.
    fn version(&self) -> Result<PackageVersion, PythonError>;
}

/// What uv found.
#[derive(Debug)]
pub struct Pylock {
    pub text: String,
    /// From this Python on some package has nothing that could be installed.
    pub below: Option<PackageVersion>,
}

/// Packages that are wanted, with all they need.
#[derive(Debug)]
pub struct WantedPackages<'a> {
    /// Requirements as PEP 508 writes them.
    pub requirements: Vec<String>,
    /// Files with more of them, whose texts `python` has.
    pub files: &'a [RequirementsFile],
    pub index: &'a PypiIndex,
    pub python: &'a Python,
    /// Those of the packages that may be built which are only there as source.
    pub from_source: Vec<String>,
    /// The version of the interpreter, where one is locked.
    pub interpreter: Option<&'a str>,
    /// Versions to keep where they still fit.
    pub previous: &'a [Artifact],
    /// Whether one version of each package should do for every Python asked for.
    pub fewest: bool,
}

/// A build of CPython.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interpreter {
    pub version: PackageVersion,
    /// The date of the build, of one of uv's.
    pub build: Option<Build>,
}
