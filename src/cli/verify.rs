//! `devshell verify`: whether the store still has what was put into it; repairs it on request.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use clap::Args;
use serde::Serialize;

use super::failure::{Failure, Report, code};
use super::ui::size;
use super::{Context, progress};
use crate::lock::Artifact;
use crate::road;
use crate::store::{Broken, Fault, Store, Verified, object_key};
use crate::text::word;

/// Check every file in the store against its hash
///
/// The exit code is 1 if a file was changed, is missing, or does not belong there.
#[derive(Args)]
#[command(after_help = "\
Examples:
  devshell verify
  devshell verify --repair")]
pub struct Arguments {
    /// Fetch again what the project's lock knows, and remove anything else that is broken
    #[arg(long)]
    repair: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Outcome {
    directories: usize,
    files: usize,
    bytes: u64,
    broken: Vec<Shown>,
}

#[derive(Serialize)]
struct Shown {
    directory: String,
    /// The package, when the project's lock knows it.
    package: Option<String>,
    faults: Vec<ShownFault>,
    /// What became of it: `fetched` or `removed`; null without `--repair`, and when it failed.
    repair: Option<&'static str>,
}

#[derive(Serialize)]
struct ShownFault {
    kind: &'static str,
    path: Option<String>,
}

pub fn run(cx: &Context, arguments: &Arguments) -> Result<(), Failure> {
    let store = Store::new(&cx.host.directories.data);
    let verified = store.verify()?;
    // Outside of a project, and in one that cannot be read, the store is checked all the same.
    let project = || {
        let project = cx.project().ok()?;
        let manifest = cx.road().read_manifest(&project).ok()?;
        let mut lock = road::lock::read(&project).ok()?;
        // What it says of others is not fetched.
        cx.road().sources(&project, &manifest).keep_fitting(&mut lock);
        Some((project, manifest, lock))
    };
    let project = if verified.broken.is_empty() { None } else { project() };
    let known: BTreeMap<String, &Artifact> =
        project.iter().flat_map(|(_, _, lock)| lock.artifacts()).map(|one| (object_key(one), one)).collect();
    let mut reports = Vec::new();
    let mut shown = Vec::new();
    for broken in &verified.broken {
        let key = broken.path.file_name().unwrap_or_default().to_string_lossy();
        let artifact = known.get(key.as_ref()).copied();
        let repair = match (arguments.repair, artifact, &project) {
            (false, ..) => None,
            (true, Some(artifact), Some((project, manifest, _))) => {
                let sources = cx.road().sources(project, manifest);
                let progress = progress::of(&cx.ui);
                let outcome = store.replace(artifact, &sources, &cx.http, progress.as_ref());
                let failure = outcome.map_err(|error| Failure::new(code::TOOL, &error));
                failure.map_err(|failure| reports.extend(failure.reports)).ok().map(|()| "fetched")
            }
            (true, ..) => {
                let failure = store.remove(&broken.path).map_err(Failure::from);
                failure.map_err(|failure| reports.extend(failure.reports)).ok().map(|()| "removed")
            }
        };
        shown.push(Shown::of(broken, artifact, repair));
    }
    print(cx, arguments, &verified, shown)?;
    finish(cx, arguments, &verified, reports)
}

impl Shown {
    fn of(broken: &Broken, artifact: Option<&Artifact>, repair: Option<&'static str>) -> Self {
        let fault = |fault: &Fault| {
            let (kind, path) = fault.parts();
            ShownFault { kind, path: path.map(str::to_owned) }
        };
        Self {
            directory: broken.path.display().to_string(),
            package: artifact.map(|artifact| format!("{} {}", artifact.package, artifact.version)),
            faults: broken.faults.iter().map(fault).collect(),
            repair,
        }
    }
}

fn print(cx: &Context, arguments: &Arguments, verified: &Verified, shown: Vec<Shown>) -> Result<(), Failure> {
    if arguments.json {
        let Verified { directories, files, bytes, .. } = *verified;
        return cx.ui.json(&Outcome { directories, files, bytes, broken: shown });
    }
    let mut text = String::new();
    for (broken, shown) in verified.broken.iter().zip(&shown) {
        let package = shown.package.as_ref().map(|package| format!(" ({package})")).unwrap_or_default();
        let _ = writeln!(text, "{}", word(&format!("{}{package}", shown.directory)));
        for fault in &broken.faults {
            let _ = writeln!(text, "  {}", word(&fault.to_string()));
        }
    }
    cx.ui.text(&text)?;
    for shown in shown {
        match (shown.repair, shown.package) {
            (Some("fetched"), Some(package)) => cx.ui.note(&format!("repaired {package}")),
            (Some(_), _) if shown.directory.contains("/objects-1/") => {
                cx.ui.note(&format!("removed {}; `devshell install` in its project fetches it again", shown.directory));
            }
            (Some(_), _) => cx.ui.note(&format!("removed {}; the next entry makes it again", shown.directory)),
            (None, _) => {}
        }
    }
    Ok(())
}

fn finish(cx: &Context, arguments: &Arguments, verified: &Verified, reports: Vec<Report>) -> Result<(), Failure> {
    let Verified { directories, files, bytes, broken } = verified;
    cx.ui.note(&format!("checked {directories} directories with {files} files, {}", size(*bytes)));
    if !reports.is_empty() {
        return Err(Failure { code: code::TOOL, reports });
    }
    if broken.is_empty() || arguments.repair {
        return Ok(());
    }
    let count = broken.len();
    let text = if count == 1 { "1 of them is broken".to_owned() } else { format!("{count} of them are broken") };
    Err(Failure::said(code::NO, text, "`devshell verify --repair` repairs it".to_owned()))
}
