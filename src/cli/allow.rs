//! `devshell allow`: lets a project change the shells that are in it, as long as its files say
//! what they say now.

use std::path::Path;

use clap::Args;
use serde_json::json;

use super::Context;
use super::failure::{Failure, code};
use super::table::table;
use crate::consent::{self, Approval, Decision, Subject, Verdict};
use crate::manifest::{FILE_NAMES, NIX_FILES};
use crate::project::Project;
use crate::registry::{self, NPMRC, Sending};
use crate::text::word;

/// Let this project change your shell on `cd`, as its files are now
///
/// Your consent covers the content of the manifest, the lock, the env files, the files that decide
/// about Python, .npmrc and what `hooks.enter` names. If one of them changes, devshell needs your
/// consent again. It prints what is new, and which of your variables the `.npmrc` sends to which
/// address. `devshell enter` and `devshell run` need no consent: you give it by typing them.
#[derive(Args)]
#[command(after_help = "\
Examples:
  devshell allow --diff
  devshell allow")]
pub struct Arguments {
    /// Show what has changed since you allowed it, and allow nothing; end with exit code 1 if it is
    /// not allowed as it is
    #[arg(long, conflicts_with_all = ["list", "prune"])]
    diff: bool,
    /// List your decisions about projects
    #[arg(long, conflicts_with = "prune")]
    list: bool,
    /// Forget projects that no longer exist
    #[arg(long)]
    prune: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub fn run(cx: &Context, arguments: &Arguments) -> Result<(), Failure> {
    if arguments.list {
        return list(cx, arguments.json);
    }
    if arguments.prune {
        return prune(cx);
    }
    let (project, subject) = subject(cx)?;
    let verdict = subject.verdict(&cx.host);
    let differences = subject.differences(&verdict);
    let sendings = sendings(&subject);
    let (root, digest) = (project.root.display(), &subject.digest);
    if arguments.json {
        let differences: Vec<String> = differences.iter().map(ToString::to_string).collect();
        let (root, verdict, beyond) = (root.to_string(), verdict.name(), &subject.inputs.beyond);
        cx.ui.json(&json!({
            "root": root, "standing": verdict, "digest": digest, "differences": differences, "sends": sendings,
            "beyond": beyond,
        }))?;
    } else {
        let mut lines: String = differences.iter().map(|difference| format!("{difference}\n")).collect();
        if !matches!(verdict, Verdict::Allowed) {
            let shown = sendings.iter().map(|sending| word(&format!("`{NPMRC}` sends {sending}")).into_owned() + "\n");
            lines.extend(shown);
        }
        cx.ui.text(&lines)?;
        for beyond in &subject.inputs.beyond {
            cx.ui.note(&format!("consent does not cover {beyond}"));
        }
    }
    if arguments.diff {
        if matches!(verdict, Verdict::Allowed) {
            return Ok(());
        }
        let hint = "`devshell allow` allows it as it is".to_owned();
        return Err(Failure::said(code::NO, format!("`{root}` is not allowed"), hint));
    }
    consent::record(&cx.host, &subject, Decision::Allowed)?;
    cx.ui.note(&format!("`{root}` is allowed until its files change; `devshell deny` takes that back"));
    cx.ui.detail(|| format!("for automation: DEVSHELL_ALLOW={digest}"));
    Ok(())
}

/// The variables that the project's `.npmrc` sends, once it is allowed. One that cannot be read sends none.
fn sendings(subject: &Subject) -> Vec<Sending> {
    subject.npmrc().and_then(|text| registry::sendings(text).ok()).unwrap_or_default()
}

/// Runs a typed command that writes a project's files, and gives it as it is then. One that was
/// allowed before is allowed afterwards: what is typed is consent. It is given to what was written
/// and to the files that were judged before, and not to what others have made of them meanwhile.
pub fn follow(cx: &Context, work: impl FnOnce() -> Result<Project, Failure>) -> Result<(), Failure> {
    let is_allowed = |(project, subject): (Project, Subject)| {
        let is_recorded = consent::place(&cx.host, &project.root).is_file();
        // The verb works on the same files.
        let _ = cx.judged.set(project);
        is_recorded && matches!(subject.verdict(&cx.host), Verdict::Allowed)
    };
    let was_allowed = subject(cx).is_ok_and(is_allowed);
    let project = work()?;
    if was_allowed && !project.is_personal {
        consent::record(&cx.host, &subject_of(cx, &project)?, Decision::Allowed)?;
    }
    Ok(())
}

/// The project and what is to be consented to.
pub fn subject(cx: &Context) -> Result<(Project, Subject), Failure> {
    let project = cx.project()?;
    let subject = subject_of(cx, &project)?;
    Ok((project, subject))
}

fn subject_of(cx: &Context, project: &Project) -> Result<Subject, Failure> {
    let manifest = cx.road().read_manifest(project)?;
    Ok(Subject::of(&cx.host, project, &manifest)?)
}

fn list(cx: &Context, json: bool) -> Result<(), Failure> {
    let approvals = consent::approvals(&cx.host)?;
    let state = |approval: &Approval| match approval.decision {
        Decision::Denied => "denied",
        Decision::Allowed if is_gone(approval) => "gone",
        Decision::Allowed => "allowed",
    };
    if json {
        let rows = approvals
            .iter()
            .map(|(_, approval)| json!({ "root": approval.root, "state": state(approval), "digest": approval.digest }));
        return cx.ui.json(&rows.collect::<Vec<_>>());
    }
    let rows: Vec<[String; 2]> =
        approvals.iter().map(|(_, approval)| [approval.root.clone(), state(approval).to_owned()]).collect();
    cx.ui.text(&table(&rows))
}

fn prune(cx: &Context) -> Result<(), Failure> {
    let mut forgotten = 0;
    for (file, approval) in consent::approvals(&cx.host)? {
        if is_gone(&approval) {
            consent::forget(&file)?;
            forgotten += 1;
        }
    }
    cx.ui.note(&format!("forgot {forgotten} projects"));
    Ok(())
}

fn is_gone(approval: &Approval) -> bool {
    let mut names = FILE_NAMES.iter().chain(&NIX_FILES);
    !names.any(|name| Path::new(&approval.root).join(name).is_file())
}
