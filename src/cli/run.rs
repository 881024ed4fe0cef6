//! `devshell run`: a script of the manifest, or any command, inside the environment.

use std::ffi::OsString;

use clap::Args;

use super::failure::Failure;
use super::locking::Stale;
use super::road;
use super::{Chosen, Context, shown};
use crate::session::{self, SpawnError};
use crate::warm::Ready;

/// Run a script of the manifest, or a command, in the environment
///
/// The process becomes the command: its exit status is the command's own. Before that, 127 means
/// that it is not there, 126 that it cannot be run, 125 that devshell failed, 3 that the lock is
/// missing or stale. Without a name, the scripts are listed.
#[derive(Args)]
#[command(
    override_usage = "devshell run [OPTIONS] [NAME [ARGUMENT]...]\n       devshell run [OPTIONS] -- COMMAND [ARGUMENT]...",
    disable_help_subcommand = true
)]
pub struct Arguments {
    #[command(flatten)]
    chosen: Chosen,
    /// A script's name, or else a command, and its arguments
    #[arg(value_name = "NAME", trailing_var_arg = true, allow_hyphen_values = true)]
    words: Vec<OsString>,
}

pub fn run(cx: &Context, arguments: &Arguments) -> Result<(), Failure> {
    let mut project = cx.project().map_err(Failure::before_start)?;
    let selection = road::selection(&arguments.chosen.environments, arguments.chosen.isolation, false);
    let ready = road::prepare(cx, &mut project, &selection, Stale::Refuse).map_err(Failure::before_start)?;
    let words = &arguments.words;
    let [name, rest @ ..] = words.as_slice() else {
        list_scripts(cx, &ready);
        return Ok(());
    };
    let mut variables = road::apply(cx, &ready).map_err(Failure::before_start)?.variables;
    let script = ready.scripts.iter().find(|(script, _)| name == script.as_str());
    if let Some((name, script)) = script.filter(|_| !is_forced(words)) {
        variables.insert("DEVSHELL_CWD".into(), cx.host.directory.clone().into());
        let mut command: Vec<OsString> = ["sh", "-c"].map(OsString::from).to_vec();
        command.extend([with_arguments(script, rest.is_empty()).into(), name.into()]);
        command.extend(rest.iter().cloned());
        cx.ui.detail(&format!("{} in {}", shown(&command), project.root.display()));
        return Err(failed(cx, &ready, &session::become_command(&command, &variables, &project.root)));
    }
    cx.ui.detail(&shown(words));
    Err(failed(cx, &ready, &session::become_command(words, &variables, &cx.host.directory)))
}

/// Whether `--` stands in front of the words: then a command is meant even if a script has its
/// name. clap takes that `--` out, so the command line, which ends in the words, is asked.
fn is_forced(words: &[OsString]) -> bool {
    let line: Vec<OsString> = std::env::args_os().collect();
    line.len().checked_sub(words.len() + 1).is_some_and(|before| line[before] == "--")
}

/// The script with `"$@"` behind it when there are arguments that it would not look at:
/// `devshell run test -k name` should not lose its `-k name`.
fn with_arguments(script: &str, none: bool) -> String {
    let positional = |rest: &str| {
        let rest = rest.strip_prefix('{').unwrap_or(rest);
        rest.starts_with(|c: char| c.is_ascii_digit() || "@*#".contains(c))
    };
    let looks = script.match_indices('$').any(|(index, _)| positional(&script[index + 1..]));
    if none || looks { script.to_owned() } else { format!("{script} \"$@\"") }
}

/// The failure of a command that did not start, and what can be said about it.
pub fn failed(cx: &Context, ready: &Ready, error: &SpawnError) -> Failure {
    let mut failure = Failure::new(error.status(), error);
    if let SpawnError::NotFound(command) = error
        && let Some(name) = command.to_str().filter(|name| !name.contains('/'))
        && let Some(super::failure::Report::Message { hint, .. }) = failure.reports.first_mut()
    {
        let scripts = ready.scripts.iter().map(|(name, _)| name.as_str());
        let commands = ready.commands.iter().map(String::as_str);
        *hint = if let Some(near) = crate::hint::nearest(name, scripts.chain(commands)) {
            Some(format!("did you mean `{near}`?"))
        } else if let Some(path) = cx.host.find(name) {
            Some(format!("the host has it at {}; `devshell add host:{name}` lets it in", path.display()))
        } else {
            Some(format!("`devshell add {name}` if it is a tool the project should have"))
        };
    }
    failure
}

fn list_scripts(cx: &Context, ready: &Ready) {
    let width = ready.scripts.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let lines: String = ready.scripts.iter().map(|(name, script)| format!("{name:width$}  {script}\n")).collect();
    cx.ui.data(lines.as_bytes());
    if ready.scripts.is_empty() {
        cx.ui.note("the manifest has no scripts; `devshell run -- COMMAND` runs a command");
    }
}

#[cfg(test)]
mod tests {
    use super::with_arguments;

    #[test]
    fn arguments_reach_a_script_that_does_not_look_at_them() {
        for (script, expected) in [
            ("pytest -q", "pytest -q \"$@\""),
            ("pytest \"$@\" -q", "pytest \"$@\" -q"),
            ("echo ${1:-x}", "echo ${1:-x}"),
            ("echo $HOME", "echo $HOME \"$@\""),
        ] {
            assert_eq!(with_arguments(script, false), expected);
            assert_eq!(with_arguments(script, true), script);
        }
    }
}
