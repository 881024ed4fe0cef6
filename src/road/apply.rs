//! The variables of an environment for a caller, with what the env files say now.

use std::path::Path;

use super::{BadEnvFile, Ready, Road, RoadError};
use crate::env::{self, Applied, Definition, FileVariable, Pipes, Remark, Secrets};
use crate::name::VarName;
use crate::project::{Known, Project};

/// So many remarks about one env file are shown.
const MOST_REMARKS: usize = 3;

impl Road<'_> {
    /// For this caller.
    pub fn apply(self, project: &Project, ready: &Ready) -> Result<Applied, RoadError> {
        self.apply_partly(project, ready).and_then(complete)
    }

    /// The same, even if required variables have no value.
    pub fn apply_partly(self, project: &Project, ready: &Ready) -> Result<Applied, RoadError> {
        Ok(ready.environment.apply(&self.host.variables, &self.env_files(project, ready)?))
    }

    /// The same, and which of the variables people are not shown.
    pub fn apply_with_secrets(self, project: &Project, ready: &Ready) -> Result<(Applied, Secrets), RoadError> {
        let files = self.env_files(project, ready)?;
        let applied = ready.environment.apply(&self.host.variables, &files);
        Ok((applied, Secrets::of(&ready.environment, &files)))
    }

    /// What the env files say, a later one after an earlier one. One that was read already is not read
    /// again, be it by the process that this one takes the place of. devshell's own variables are none of theirs.
    pub fn env_files(self, project: &Project, ready: &Ready) -> Result<Vec<FileVariable>, RoadError> {
        let mut files = Vec::new();
        for path in &ready.env_files {
            let content;
            let text = match self.host.pipes.text(path) {
                Some(text) => text,
                None => {
                    // An env file decides what runs as much as the manifest does.
                    let Some(there) = project.env_file(self.host, path)? else { continue };
                    content = there;
                    content.text(path)?
                }
            };
            let read = env::parse_env_file(text);
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

    /// Those of the env files that are pipes, as they were read.
    pub fn pipes(self, project: &Project, ready: &Ready) -> Result<Pipes, RoadError> {
        let mut read = Vec::new();
        for path in &ready.env_files {
            if let Known::Content(content) = project.known(path)
                && content.is_pipe()
            {
                read.push((path.clone(), content.text(path)?.to_owned()));
            }
        }
        Ok(Pipes::new(read.into_iter()))
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

/// Refuses one that lacks required variables.
pub fn complete(applied: Applied) -> Result<Applied, RoadError> {
    if applied.missing.is_empty() { Ok(applied) } else { Err(RoadError::Variables(applied.missing)) }
}
