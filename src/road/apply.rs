//! The variables of an environment for a caller, with what the env files say now.

use super::{BadEnvFile, Ready, Road, RoadError};
use crate::env::{self, Applied, Definition, FileVariable, Secrets, Variables};
use crate::files::most;
use crate::name::VarName;
use crate::project::Project;

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
            let Some(content) = project.content(self.host, path, most::ENV_FILE)? else { continue };
            let variables = env::parse_env_file(content.text(path)?);
            let variables = variables.map_err(|bad| BadEnvFile { path: path.clone(), bad })?;
            let variables = variables.into_iter().filter(|variable| !VarName::is_reserved(variable.name.as_str()));
            files.extend(variables.map(|Definition { name, value, line }| FileVariable {
                name,
                value: value.into(),
                file: path.clone(),
                line,
            }));
        }
        Ok(files)
    }
}

fn applied(ready: &Ready, caller: &Variables, files: &[FileVariable]) -> Result<Applied, RoadError> {
    ready.environment.apply(caller, files).map_err(RoadError::Variables)
}
