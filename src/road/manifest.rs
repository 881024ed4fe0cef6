//! The manifest as a step of the road: parsed, for this devshell, with tools that have a meaning and the texts of the
//! files it names.

use super::{Road, RoadError};
use crate::catalog;
use crate::hint::Hint as _;
use crate::manifest::{self, Layer, Manifest, Problem, Problems};
use crate::project::Project;
use crate::version::Scheme;

impl Road<'_> {
    /// Parses the manifest, and checks that this devshell is one it was written for and that every
    /// tool has a meaning. What a newer devshell understands is no mistake of this file's, so the
    /// version comes first.
    pub fn read_manifest(self, project: &Project) -> Result<Manifest, RoadError> {
        let parsed = parse(project, &project.manifest_text).map_err(Box::new);
        let wanted = match &parsed {
            Ok(manifest) => manifest.devshell.clone(),
            Err(_) => manifest::wanted_devshell(&project.manifest_text),
        };
        let own = env!("CARGO_PKG_VERSION");
        if let Some(wanted) = wanted.filter(|wanted| !wanted.accepts(own, Scheme::Semver)) {
            return Err(RoadError::Devshell { wanted, own });
        }
        let manifest = parsed?;
        check_tools(project, &manifest)?;
        self.with_requirements(project, manifest)
    }

    /// Parses a text that is to become the project's manifest.
    pub fn parse_edited(self, project: &Project, text: &str) -> Result<Manifest, RoadError> {
        let manifest = parse(project, text).map_err(Box::new)?;
        self.with_requirements(project, manifest)
    }

    /// The manifest, with the texts of the files of requirements that it names.
    fn with_requirements(self, project: &Project, mut manifest: Manifest) -> Result<Manifest, RoadError> {
        let Some(python) = &mut manifest.python else { return Ok(manifest) };
        let mut list = Vec::new();
        for file in &python.requirements {
            let read = project.read_requirements(self.host, &file.path, &mut python.texts);
            if let Err(error) = read {
                list.push(Problem::new(file.range.clone(), error.to_string(), error.hint()));
            }
        }
        if list.is_empty() { Ok(manifest) } else { Err(problems(project, list)) }
    }
}

/// Checks that every tool has a meaning.
pub fn check_tools(project: &Project, manifest: &Manifest) -> Result<(), RoadError> {
    let unknown = manifest.all_tools().filter_map(|tool| Some((tool, catalog::find(&tool.name).err()?)));
    // To look for the tool that was meant takes time, which only those that are shown are worth.
    let problem = unknown.enumerate().map(|(index, (tool, error))| {
        let hint = if index < manifest::MOST_SHOWN { error.hint() } else { None };
        Problem::new(tool.range.clone(), error.to_string(), hint)
    });
    let list: Vec<Problem> = problem.collect();
    if list.is_empty() { Ok(()) } else { Err(problems(project, list)) }
}

/// The layer of the chosen environments.
pub fn select(manifest: &Manifest, environments: &[String]) -> Result<Layer, RoadError> {
    Ok(manifest.select(environments)?)
}

/// Parses a manifest, or the personal one, which wishes for tools in the same way.
fn parse(project: &Project, text: &str) -> Result<Manifest, Problems> {
    if project.is_personal {
        return manifest::config::parse(&project.manifest_name(), text).map(|config| config.manifest);
    }
    manifest::parse(&project.manifest_name(), text)
}

fn problems(project: &Project, list: Vec<Problem>) -> RoadError {
    Box::new(Problems::new(&project.manifest_name(), &project.manifest_text, list)).into()
}
