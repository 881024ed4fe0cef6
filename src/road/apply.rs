//! The variables of an environment for a caller, with what the env files say now.

use std::path::Path;

use super::{BadEnvFile, Ready, Road, RoadError};
use crate::env::{self, Applied, Definition, FileVariable, Remark, Secrets, Variables};
use crate::name::VarName;
use crate::project::Project;

/// So many remarks about one env file are shown.
const MOST_REMARKS: usize = 3;

impl Road<'_> {
    /// For this caller.
    pub fn apply(self, project: &Project, ready: &Ready) -> Result<Applied, RoadError> {
        applied(ready, &self.host.variables, &self.env_files(project, ready)?)
    }

    /// For this caller, and which of the variables people are not shown.
    pub fn apply_with_secrets(self, project: &Project, ready: &Ready) -> Result<(Applied, Secrets), RoadError> {
        let files = self.env_files(project, ready)?;
        Ok((applied(ready, &self.host.variables, &files)?, Secrets::of(&ready.environment, &files)))
    }

    /// What the env files say, a later one after an earlier one. One that was read already is not read
    /// again. devshell's own variables are none of theirs.
    pub fn env_files(self, project: &Project, ready: &Ready) -> Result<Vec<FileVariable>, RoadError> {
        let mut files = Vec::new();
        for path in &ready.env_files {
            // An env file decides what runs as much as the manifest does.
            let Some(content) = project.env_file(self.host, path)? else { continue };
            let read = env::parse_env_file(content.text(path)?);
            let read = read.map_err(|bad| BadEnvFile { path: path.clone(), bad })?;
            self.note_remarks(path, &read.remarks);
            let variables = read.variables.into_iter().filter(|variable| !VarName::is_reserved(variable.name.as_str()));
            files.extend(variables.map(|Definition { name, value, line }| FileVariable {
                name,
                value: value.into(),
                file: path.clone(),
                line,
            }));
        }
        Ok(files)
    }

    /// What a reader of an env file might not expect, once in a run.
    fn note_remarks(self, path: &Path, remarks: &[Remark]) {
        let (shown, more) = remarks.split_at(remarks.len().min(MOST_REMARKS));
        for remark in shown {
            self.audience.note_once(&format!("{}, {remark}", path.display()));
        }
        if !more.is_empty() {
            self.audience.note_once(&format!("{}: {} more lines like these", path.display(), more.len()));
        }
    }
}

fn applied(ready: &Ready, caller: &Variables, files: &[FileVariable]) -> Result<Applied, RoadError> {
    ready.environment.apply(caller, files).map_err(RoadError::Variables)
}
