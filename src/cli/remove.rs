//! `devshell remove`: a tool out of the manifest and the lock. The store keeps it for others.

use clap::Args;

use super::Context;
use super::failure::{Failure, code};
use super::tool_names;
use super::whose::Whose;
use crate::manifest::{Layer, Manifest, Service};
use crate::name::ToolName;
use crate::project::Project;
use crate::road;
use crate::{lock, manifest};

/// Remove tools from the manifest and the lock
#[derive(Args)]
#[command(after_help = "\
Examples:
  devshell remove prettier
  devshell remove -e docs marked")]
pub struct Arguments {
    /// A tool, by its name in the manifest
    #[arg(value_name = "TOOL", required = true)]
    tools: Vec<String>,
    /// Remove from the environment NAME
    #[arg(short, long, value_name = "NAME", conflicts_with = "personal")]
    environment: Option<String>,
    #[command(flatten)]
    whose: Whose,
}

pub fn run(cx: &Context, arguments: &Arguments) -> Result<Project, Failure> {
    let mut project = arguments.whose.project(cx)?;
    let before = cx.road().read_manifest(&project)?;
    let mut text = project.manifest_text.clone();
    for word in &arguments.tools {
        let name = tool_names::parse(word)?;
        let spelled = before.all_tools().map(|tool| &tool.name).find(|known| **known == name).unwrap_or(&name);
        let edited = manifest::remove_tool(&text, arguments.environment.as_deref(), spelled)
            .map_err(|error| Failure::said(code::USAGE, error.to_string(), None))?;
        text = edited.ok_or_else(|| {
            let has = |layer: &Layer| layer.tools.iter().any(|tool| tool.name == name);
            let elsewhere =
                before.environments.iter().find(|(_, layer)| has(layer)).map(|(environment, _)| environment);
            let hint = match elsewhere {
                Some(environment) => Some(format!("it is in the environment `{environment}`: `-e {environment}`")),
                None if before.base.as_ref().is_some_and(|base| base.name == name) => {
                    Some("isolation `hermetic` brings it; another level does not".to_owned())
                }
                None if has(&before.default) => Some(match service_of(&before, &name) {
                    Some(service) => format!("the service `{service}` brings it: take that out of `services`"),
                    None => "it is in the default environment; leave `-e` out".to_owned(),
                }),
                None if before.default.services.contains_key(word) => {
                    Some(format!("`{word}` is a service: take it out of `services` in {}", project.manifest_name()))
                }
                None => tool_names::did_you_mean(word, before.all_tools().map(|tool| &tool.name)),
            };
            tool_names::unknown(&name, hint)
        })?;
    }
    let manifest = cx.road().parse_edited(&project, &text)?;
    let sources = cx.road().sources(&project, &manifest);
    let updated = road::lock::update_after_removal(&manifest, &road::lock::read(&project)?, &sources)?;
    project.write_both(text, lock::write(&updated.lock))?;
    cx.road().note_changes(&updated, &sources);
    Ok(project)
}

/// The service whose preset has a tool: in the manifest, both have the same place.
fn service_of<'m>(manifest: &'m Manifest, tool: &ToolName) -> Option<&'m str> {
    let places: Vec<_> = manifest.all_tools().filter(|one| one.name == *tool).map(|one| &one.range).collect();
    let has = |service: &Service| service.preset.as_ref().is_some_and(|preset| places.contains(&&preset.range));
    let mut services = manifest.layers().flat_map(|layer| &layer.services);
    services.find(|(_, service)| has(service)).map(|(name, _)| name.as_str())
}
