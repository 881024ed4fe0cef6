//! `devshell doctor`: what is wrong with the machine, the store and the project, and the command
//! that mends each. Each check is a function that returns what it found.

mod annotate;
mod ci;
mod files;
mod installed;
mod launcher;
mod loader;
mod machine;
mod personal;
mod project;
mod registries;
mod scripts;
mod store;
mod tools;
mod walls;

use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;

use super::failure::{Failure, code};
use super::ui::Ui;
use super::{Context, Environments};
use crate::hint::Hint as _;
use crate::host::HostError;
use crate::text::cell;

/// Find problems with the machine, the store and the project, and show how to fix each
///
/// doctor also says how this devshell was installed, and what updates it. In a project, it checks the manifest, the lock
/// and the host tools too. The exit code is 1 if something is wrong. With --offline it asks no registry.
///
/// With --ci, it checks what a job of a CI system relies on instead, and needs no network: the lock, the devshell that the
/// repository's launcher pins, and what of the lock is in the store. On GitHub Actions, problems appear on the pull request.
#[derive(Args)]
#[command(after_help = "\
Examples:
  devshell doctor
  devshell doctor --json
  devshell doctor --ci --json   # in a job, after `devshell install`")]
pub struct Arguments {
    /// Check what a job of a CI system relies on, without a network
    #[arg(long)]
    ci: bool,
    /// With --ci: the job uses the manifest's environment NAME; you may repeat this option
    #[arg(short, long = "environment", value_name = "NAME", requires = "ci")]
    environments: Vec<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// What a check found.
#[derive(Debug, Serialize)]
struct Finding {
    check: &'static str,
    state: State,
    text: String,
    hint: Option<String>,
    /// Where in the project's files it is, if that is known.
    place: Option<Place>,
}

#[derive(Debug, Serialize)]
struct Place {
    #[serde(skip)]
    path: PathBuf,
    /// The name of the file.
    file: String,
    line: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum State {
    Good,
    Fault,
    /// Not judged, and why.
    Skipped,
}

impl Finding {
    fn good(check: &'static str, text: impl Into<String>) -> Self {
        Self { check, state: State::Good, text: text.into(), hint: None, place: None }
    }

    fn fault(check: &'static str, text: impl Into<String>, hint: impl Into<Option<String>>) -> Self {
        Self { check, state: State::Fault, text: text.into(), hint: hint.into(), place: None }
    }

    fn skipped(check: &'static str, text: impl Into<String>) -> Self {
        Self { check, state: State::Skipped, text: text.into(), hint: None, place: None }
    }

    /// The same at a line of a file.
    fn at(self, path: &Path, line: usize) -> Self {
        let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Self { place: Some(Place { path: path.to_owned(), file, line }), ..self }
    }
}

#[derive(Serialize)]
struct Outcome {
    healthy: bool,
    checks: Vec<Finding>,
}

pub fn run(cx: &Context, arguments: &Arguments) -> Result<(), Failure> {
    let mut checks = vec![installed::check(&cx.host)];
    if arguments.ci {
        checks.push(ci::system(&cx.host));
        checks.extend(store::checks(&cx.host));
        checks.extend(project::checks_of_job(cx, &Environments { environments: arguments.environments.clone() }));
        annotate::faults(&cx.host, &checks);
        return finish(&cx.ui, arguments, checks);
    }
    checks.extend(machine::checks(&cx.host));
    checks.extend(store::checks(&cx.host));
    checks.extend(personal::check(cx));
    checks.extend(project::checks(cx));
    finish(&cx.ui, arguments, checks)
}

/// For a machine on which nothing else can start.
pub fn without_host(ui: &Ui, arguments: &Arguments, error: &HostError) -> Result<(), Failure> {
    finish(ui, arguments, vec![Finding::fault("machine", error.to_string(), error.hint())])
}

fn finish(ui: &Ui, arguments: &Arguments, checks: Vec<Finding>) -> Result<(), Failure> {
    let faults = checks.iter().filter(|finding| finding.state == State::Fault).count();
    if arguments.json {
        ui.json(&Outcome { healthy: faults == 0, checks })?;
    } else {
        ui.text(&table(&checks))?;
    }
    match faults {
        0 => Ok(()),
        1 => Err(Failure::said(code::NO, "1 thing is wrong", None)),
        n => Err(Failure::said(code::NO, format!("{n} things are wrong"), None)),
    }
}

fn table(checks: &[Finding]) -> String {
    let width = checks.iter().map(|finding| finding.check.len()).max().unwrap_or(0);
    let line = |finding: &Finding| {
        let state = match finding.state {
            State::Good => "good",
            State::Fault => "FAULT",
            State::Skipped => "-",
        };
        let hint = finding.hint.as_ref().map(|hint| format!("{:6} {:width$}  hint: {}\n", "", "", cell(hint)));
        format!("{state:6} {:width$}  {}\n{}", finding.check, cell(&finding.text), hint.unwrap_or_default())
    };
    checks.iter().map(line).collect()
}

fn counted(number: usize, what: &str) -> String {
    let ending = match what {
        _ if number == 1 => "",
        "alias" => "es",
        _ => "s",
    };
    format!("{number} {what}{ending}")
}
