//! What is asked of uv about packages.

use url::Url;

use super::error::PythonError;
use crate::age::Age;
use crate::lock::Artifact;
use crate::manifest::{Python, RequirementsFile};
use crate::name::{Build, PackageVersion};
use crate::platform::Platforms;
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
    /// The platforms that need wheels.
    pub platforms: Platforms,
    /// Those of the packages that may be built which are only there as source.
    pub from_source: Vec<String>,
    /// The version of the interpreter, where one is locked.
    pub interpreter: Option<&'a str>,
    /// Versions to keep where they still fit.
    pub previous: &'a [Artifact],
    /// What was uploaded too late.
    pub limit: Limit,
    /// Whether one version of each package should do for every Python asked for.
    pub fewest: bool,
}

/// Up to when files have to have been uploaded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Limit {
    /// A date or a duration in uv's notation.
    pub exclude_newer: Option<String>,
    /// The packages that are locked already in versions that came later, each with a time of its own (RFC 3339).
    pub locked: Vec<(String, String)>,
    /// The `min-age` that sets it, if one does, and how to be exempt from that.
    pub min_age: Option<(Age, String)>,
}

/// A build of CPython.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interpreter {
    pub version: PackageVersion,
    /// The date of the build, of one of uv's.
    pub build: Option<Build>,
}
