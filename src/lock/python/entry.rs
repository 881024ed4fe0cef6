//! The entry of the Python in a lock's file. One flat object, so that it can refuse a field that it does not
//! know: `serde` cannot do that for a struct with another one inside (`deny_unknown_fields` with `flatten`).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{LockedPython, PythonWish};
use crate::digest::Integrity;
use crate::lock::Artifact;
use crate::manifest::PythonOrigin;
use crate::name::{Build, PackageVersion, Suite};
use crate::version::Requirement;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Entry {
    requirement: Requirement,
    from: PythonOrigin,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    suite: Option<Suite>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    files: BTreeMap<String, Integrity>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    extras: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    groups: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    allow_build: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    exclude_newer: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    version: Option<PackageVersion>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    build: Option<Build>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    below: Option<PackageVersion>,
    uv: PackageVersion,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    artifacts: Vec<Artifact>,
}

impl From<Entry> for LockedPython {
    fn from(entry: Entry) -> Self {
        let Entry { requirement, from: origin, suite, files, extras, groups, allow_build, exclude_newer, .. } = entry;
        let wish = PythonWish { requirement, origin, suite, files, extras, groups, allow_build, exclude_newer };
        let Entry { version, build, below, uv, artifacts, .. } = entry;
        Self { wish, version, build, below, uv, artifacts }
    }
}

impl From<LockedPython> for Entry {
    fn from(python: LockedPython) -> Self {
        let LockedPython { wish, version, build, below, uv, artifacts } = python;
        let PythonWish { requirement, origin: from, suite, files, extras, groups, allow_build, exclude_newer } = wish;
        Self {
            requirement,
            from,
            suite,
            files,
            extras,
            groups,
            allow_build,
            exclude_newer,
            version,
            build,
            below,
            uv,
            artifacts,
        }
    }
}
