//! Scripts of a project as tasks: what running one takes, and what decides whether it can be skipped.

use std::collections::BTreeSet;
use std::ffi::OsString;

use super::{Ready, Road, RoadError, own_variables};
use crate::digest;
use crate::env::{Environment, Op, Origin, Variables};
use crate::manifest::Script;
use crate::project::Project;
use crate::tasks::Task;

impl Road<'_> {
    /// A script as a task, which runs this command.
    pub fn task(
        self,
        project: &Project,
        ready: &Ready,
        (name, script): (&str, &Script),
        variables: &Variables,
        command: Vec<OsString>,
    ) -> Result<Task, RoadError> {
        let of_files = self.env_files(project, ready)?.into_iter().map(|variable| variable.name.to_string().into());
        let of_manifest = ready.environment.steps.iter().filter(|step| matches!(step.origin, Origin::Manifest(_)));
        let of_manifest = of_manifest.filter_map(|step| name_of(&step.op)).map(OsString::from);
        let own = script.variables.iter().map(|(name, _)| OsString::from(name.as_str()));
        let counted: BTreeSet<OsString> = of_files.chain(of_manifest).chain(own).collect();
        let is_script = |need: &&String| ready.scripts.iter().any(|(name, _)| name == *need);
        Ok(Task {
            name: name.to_owned(),
            needs: script.needs.iter().filter(is_script).cloned().collect(),
            command,
            directory: script.directory.as_ref().map_or_else(|| project.root.clone(), |it| project.root.join(it)),
            variables: own_variables(&script.variables, variables),
            counted,
            inputs: script.inputs.clone(),
            outputs: script.outputs.clone(),
            root: project.root.clone(),
            basis: basis(&ready.environment),
        })
    }
}

/// A digest of the tools: of where they are in the store, which follows from what was locked.
fn basis(environment: &Environment) -> String {
    let is_tool = |origin: &Origin| {
        matches!(origin, Origin::Tool(_) | Origin::Nix(_) | Origin::Companions | Origin::BaseUtilities)
    };
    let tools = environment.steps.iter().filter(|step| is_tool(&step.origin));
    let tools: Vec<Vec<u8>> = tools.map(|step| format!("{:?}", step.op).into_bytes()).collect();
    digest::key(&tools.iter().map(Vec::as_slice).collect::<Vec<_>>())
}

fn name_of(op: &Op) -> Option<&str> {
    match op {
        Op::Set(name, _) | Op::Default(name, _) | Op::Prepend(name, _) | Op::Append(name, _) | Op::Require(name, _) => {
            Some(name.as_str())
        }
        Op::Unset(..) | Op::Keep(_) | Op::EnvFiles => None,
    }
}
