//! Tools of the host among what is to be added: whether they are there, and how they could be pinned instead.

use super::Wish;
use crate::catalog;
use crate::catalog::ways::{self, Lead};
use crate::cli::Context;
use crate::cli::failure::{Failure, Report, code};
use crate::manifest::{Manifest, Tool};
use crate::name::ToolName;
use crate::parallel;
use crate::probe::{self, ProbeError};

/// A tool of the host that is to be added, and the version that is there.
pub struct Seen {
    name: ToolName,
    version: Option<String>,
}

/// Looks at the tools of the host before anything is locked or written.
pub fn look(cx: &Context, edited: &Manifest, wishes: &[Wish]) -> Result<Vec<Seen>, Failure> {
    let of_host = |tool: &&Tool| catalog::is_of_host(&tool.name);
    let tools = wishes.iter().filter_map(|(name, _)| edited.all_tools().find(|tool| tool.name == *name));
    let tools: Vec<&Tool> = tools.filter(of_host).collect();
    let looked = parallel::map(tools, parallel::processors(), |tool| {
        probe::check(&cx.host, tool)?;
        Ok(Seen { name: tool.name.clone(), version: probe::version(&cx.host, tool) })
    });
    let (mut seen, mut reports) = (Vec::new(), Vec::new());
    for one in looked {
        match one {
            Ok(one) => seen.push(one),
            Err(error) => reports.push(report(&error)),
        }
    }
    if reports.is_empty() { Ok(seen) } else { Err(Failure { code: code::TOOL, reports }) }
}

/// The error in words that name no line of a manifest: none was written.
fn report(error: &ProbeError) -> Report {
    let text = match error {
        ProbeError::NotFound { command, .. } => format!("the host has no `{command}`"),
        ProbeError::Version { command, found, wanted, .. } => {
            format!("the host's `{command}` is {found}, and another version is wanted: `{wanted}`")
        }
        ProbeError::Silent { .. } => error.to_string(),
    };
    let otherwise = if matches!(error, ProbeError::Version { .. }) { "ask for another version" } else { "" };
    Report::Message { text, causes: Vec::new(), hint: Some(error.way_on(otherwise)) }
}

/// Says of each that it is not pinned, and what would pin it.
pub fn tell(cx: &Context, seen: &[Seen]) {
    for Seen { name, version } in seen {
        let version = version.as_ref().map(|version| format!(" {version}")).unwrap_or_default();
        let lead = if name.source().is_none() { ways::lead(name.package()) } else { None };
        let pinned = lead.iter().flat_map(Lead::pinned).map(|way| way.sentence(name.package(), None));
        let pinned: Vec<String> = pinned.collect();
        let more = if pinned.is_empty() { String::new() } else { format!(": {}", pinned.join("; ")) };
        cx.ui.note(&format!("  {name} is the host's{version}, not pinned{more}"));
    }
}
