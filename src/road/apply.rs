//! The variables of an environment for a caller, with what the env files say now.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use super::{BadEnvFile, Ready, Road, RoadError};
use crate::env::{self, Applied, Definition, FileVariable, Origin, Pipes, Remark, Secrets, Variables};
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

    /// For a dev shell that begins again, and has these variables: what its pipes contained is among them, and is not there
    /// a second time.
    pub fn apply_again(self, project: &Project, ready: &Ready, given: &Variables) -> Result<Applied, RoadError> {
        let is_plain = |path: &&PathBuf| fs_err::metadata(path).map_or(true, |metadata| metadata.is_file());
        let (plain, pipes): (Vec<&PathBuf>, Vec<&PathBuf>) = ready.env_files.iter().partition(is_plain);
        let mut applied = ready.environment.apply(&self.host.variables, &self.read_env_files(project, plain)?);
        let Some(pipe) = pipes.first() else { return Ok(applied) };
        // PATH is the host's while rc files run.
        let is_own = |name: &str| name == "PATH" || VarName::is_reserved(name);
        for (name, value) in given {
            if self.host.variables.get(name) != Some(value) && !name.to_str().is_some_and(is_own) {
                applied.origins.entry(name.clone()).or_insert_with(|| vec![Origin::EnvFile((*pipe).clone(), 1)]);
                applied.variables.insert(name.clone(), value.clone());
            }
        }
        let Applied { missing, variables, .. } = &mut applied;
        missing.retain(|one| variables.get(OsStr::new(one.name.as_str())).is_none_or(|value| value.is_empty()));
        Ok(applied)
    }

    /// The same as for any caller, and which of the variables people are not shown.
    pub fn apply_with_secrets(self, project: &Project, ready: &Ready) -> Result<(Applied, Secrets), RoadError> {
        let files = self.env_files(project, ready)?;
        let applied = ready.environment.apply(&self.host.variables, &files);
        Ok((applied, Secrets::of(&ready.environment, &files)))
    }

    /// What the env files say, a later one after an earlier one. One that was read already is not read
    /// again, be it by the process that this one takes the place of. devshell's own variables are none of theirs.
    pub fn env_files(self, project: &Project, ready: &Ready) -> Result<Vec<FileVariable>, RoadError> {
        self.read_env_files(project, &ready.env_files)
    }

    fn read_env_files<'f>(
        self,
        project: &Project,
        paths: impl IntoIterator<Item = &'f PathBuf>,
    ) -> Result<Vec<FileVariable>, RoadError> {
        let mut files = Vec::new();
        for path in paths {
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
