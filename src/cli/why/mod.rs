//! `devshell why`: who put something into the dev shell, and which line of which file asks for it.

mod command;
mod provider;
mod tool;
mod variable;
mod work;

use clap::Args;
use serde::Serialize;

use self::command::{Command, Entry};
use self::tool::ToolAnswer;
use self::variable::Variable;
use self::work::{ScriptAnswer, ServiceAnswer};
use super::failure::{Failure, code};
use super::table::table;
use super::{Context, Environments, Level, run};
use crate::env::{FileVariable, Secrets};
use crate::hint::mistyped;
use crate::lock::Lock;
use crate::manifest::{Layer, Manifest, Rule, Variable as ManifestVariable};
use crate::project::Project;
use crate::road::{self, Ready, Stale};
use crate::text;

/// Explain where a command, a variable, a script, a service, a tool or a PATH entry comes from
///
/// devshell names the line in the manifest or the env file that asks for it, and what it hides or
/// overrides. It does not show values from env files or values that look secret. The exit code is 1
/// if nothing has that name.
#[derive(Args)]
#[command(after_help = "\
Examples:
  devshell why node
  devshell why LOG_LEVEL")]
pub struct Arguments {
    #[command(flatten)]
    chosen: Environments,
    #[command(flatten)]
    level: Level,
    /// A command, a variable, a script, a service, a tool, or a directory on PATH
    #[arg(value_name = "NAME")]
    name: String,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// What the answers are found in.
struct Question<'q> {
    cx: &'q Context,
    project: &'q Project,
    manifest: &'q Manifest,
    /// The chosen environments.
    layer: &'q Layer,
    environments: &'q [String],
    lock: &'q Lock,
    ready: &'q Ready,
    files: &'q [FileVariable],
    secrets: Secrets,
    name: &'q str,
}

/// All that has the name.
#[derive(Serialize)]
struct Answer {
    name: String,
    command: Option<Command>,
    script: Option<ScriptAnswer>,
    service: Option<ServiceAnswer>,
    variable: Option<Variable>,
    entry: Option<Entry>,
    tool: Option<ToolAnswer>,
}

pub fn run(cx: &Context, arguments: &Arguments) -> Result<(), Failure> {
    let mut project = cx.project()?;
    let selection = arguments.chosen.selection(cx, &project, &arguments.level, false);
    let environments = &selection.environments;
    let ready = cx.road().prepare(&mut project, &selection, Stale::Refuse)?;
    let manifest = cx.road().read_manifest(&project)?;
    let layer = selection.layer(&manifest)?;
    let lock = road::lock::read(&project)?;
    let files = cx.road().env_files(&project, &ready)?;
    let question = Question {
        secrets: Secrets::of(&ready.environment, &files),
        cx,
        project: &project,
        manifest: &manifest,
        layer: &layer,
        environments,
        lock: &lock,
        ready: &ready,
        files: &files,
        name: &arguments.name,
    };
    let (command, script) = (question.command(), question.script());
    let hook = if command.is_none() && script.is_none() { question.after_hook()? } else { None };
    let answer = Answer {
        name: arguments.name.clone(),
        command,
        script,
        service: question.service(),
        variable: question.variable(hook),
        entry: question.entry(),
        tool: question.tool(),
    };
    if arguments.json {
        cx.ui.json(&answer)?;
    } else {
        cx.ui.text(&answer.to_text())?;
    }
    if answer.is_empty() {
        let text = format!("nothing in this dev shell has the name `{}`", arguments.name);
        return Err(Failure::said(code::NO, text, question.way_on()));
    }
    Ok(())
}

impl Answer {
    const fn is_empty(&self) -> bool {
        self.command.is_none()
            && self.script.is_none()
            && self.service.is_none()
            && self.variable.is_none()
            && self.entry.is_none()
            && self.tool.is_none()
    }

    /// The answer for a person to read: a heading for each kind, and lines below it.
    fn to_text(&self) -> String {
        let sections = [
            ("command", self.command.as_ref().map(Command::rows)),
            ("script", self.script.as_ref().map(|script| script.rows(&self.name))),
            ("service", self.service.as_ref().map(|service| service.rows(&self.name))),
            ("variable", self.variable.as_ref().map(Variable::rows)),
            ("PATH entry", self.entry.as_ref().map(Entry::rows)),
            ("tool", self.tool.as_ref().map(ToolAnswer::rows)),
        ];
        let name = text::cell(&self.name);
        let section = |(kind, rows): (&str, Option<Vec<Row>>)| {
            let lines: String = table(&rows?).lines().map(|line| format!("  {line}\n")).collect();
            Some(format!("{name}, a {kind}\n{lines}"))
        };
        sections.into_iter().filter_map(section).collect::<Vec<_>>().join("\n")
    }
}

/// What a line is about, and what there is to say.
type Row = [String; 2];

fn row(about: impl Into<String>, text: impl Into<String>) -> Row {
    [about.into(), text.into()]
}

impl Question<'_> {
    /// What to type instead, when there is nothing of the name.
    fn way_on(&self) -> Option<String> {
        if self.name.contains('/') {
            return Some("`devshell env --explain` shows what is on PATH".to_owned());
        }
        let scripts = self.ready.scripts.iter().map(|(script, _)| script.as_str());
        let services = self.ready.services.iter().map(|(service, _)| service.as_str());
        let commands = self.ready.commands.iter().map(String::as_str);
        let variables = self.layer.variables.iter().map(|variable| variable.name.as_str());
        let tools = self.layer.tools.iter().map(|tool| tool.name.as_str());
        if let Some(near) = mistyped(self.name, scripts.chain(services).chain(commands).chain(variables).chain(tools)) {
            return Some(format!("did you mean `{near}`?"));
        }
        let has = |layer: &Layer| {
            let gives_it = |v: &ManifestVariable| v.name.as_str() == self.name && v.rule != Rule::Unset;
            layer.variables.iter().any(gives_it) || layer.needs_of(self.name).is_some()
        };
        if let Some((environment, _)) = self.manifest.environments.iter().find(|(_, layer)| has(layer)) {
            return Some(format!(
                "it is in the environment `{environment}`: `devshell why -e {environment} {}`",
                self.name
            ));
        }
        run::way_to(self.cx, self.project, self.ready, self.name)
    }
}
