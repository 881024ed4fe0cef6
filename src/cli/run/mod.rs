//! `devshell run`: a script of the manifest, or any command, inside the environment.

mod needed;
mod progress;
mod work;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Args;

pub use work::Work;

use super::around::{Around, around};
use super::failure::{Failure, Report, code};
use super::options::Chosen;
use super::table::table;
use super::walls::{self, Start};
use super::{Context, remedy, shown};
use crate::env::Variables;
use crate::manifest::{self, Script};
use crate::project::Project;
use crate::road::{self, Ready};
use crate::session::{self, Ending, SpawnError, Walled};

/// Run a script from the manifest, or a command, in the environment
///
/// The process becomes the command, so its exit status is the command's own. Otherwise, 127 means
/// that the command does not exist, 126 that it cannot be run, 125 that devshell failed, 3 that the
/// lock is missing or stale. Without a name, devshell lists the scripts.
#[derive(Args, Debug, Default)]
#[command(
    override_usage = "devshell run [OPTIONS] [NAME [ARGUMENT]...]\n       devshell run [OPTIONS] -- COMMAND [ARGUMENT]...",
    disable_help_subcommand = true,
    after_help = "Examples:\n  devshell run test\n  devshell run -- node --version"
)]
pub struct Arguments {
    #[command(flatten)]
    chosen: Chosen,
    #[command(flatten)]
    options: Options,
    /// The name of a script, or else a command, and its arguments
    #[arg(value_name = "NAME", trailing_var_arg = true, allow_hyphen_values = true)]
    words: Vec<OsString>,
}

/// The heading of these options. On each of them, because the command's arguments come after them.
const WITH_NEEDS: &str = "Scripts with needs";

/// How scripts run that others need.
#[derive(Args, Debug, Default)]
pub struct Options {
    /// Run at most COUNT scripts at once [default: the number of CPUs]
    #[arg(short, long, value_name = "COUNT", value_parser = clap::value_parser!(u16).range(1..), help_heading = WITH_NEEDS)]
    jobs: Option<u16>,
    /// After a failure, still run what does not need the failed script
    #[arg(long, help_heading = WITH_NEEDS)]
    keep_going: bool,
    /// Run scripts although they are up to date
    #[arg(long, help_heading = WITH_NEEDS)]
    force: bool,
    /// Print why each script runs
    #[arg(long, help_heading = WITH_NEEDS)]
    why: bool,
}

impl Arguments {
    /// Words without options before them.
    pub fn of(words: &[OsString]) -> Self {
        Self { words: words.to_vec(), ..Self::default() }
    }
}

/// A script or a command, and all that it starts with.
pub struct Prepared<'a> {
    pub project: Project,
    pub ready: Ready,
    pub command: Vec<OsString>,
    pub variables: Variables,
    pub directory: PathBuf,
    pub wall: Option<Walled<'a>>,
}

pub fn run(cx: &Context, arguments: &Arguments) -> Result<Ending, Failure> {
    let words = &arguments.words;
    if words.is_empty() {
        return list_scripts(cx, arguments).map(|()| Ending::SUCCESS);
    }
    let around = around(cx, &arguments.chosen, words)?;
    if around.script.as_ref().is_some_and(|(_, script)| !script.is_plain()) {
        return needed::run(cx, &arguments.chosen, &arguments.options, words, around);
    }
    let Prepared { project, ready, command, variables, directory, wall } =
        started(cx, &arguments.chosen, words, around)?;
    let ending = session::become_command(&command, &variables, &directory, wall.as_ref());
    ended(cx, (&project, &ready), wall.as_ref(), ending)
}

/// The end of a command, with what was kept from it.
pub fn ended(
    cx: &Context,
    (project, ready): (&Project, &Ready),
    walled: Option<&Walled>,
    ending: Result<Ending, SpawnError>,
) -> Result<Ending, Failure> {
    walls::tell(cx, walled);
    ending.map_err(|error| failed(cx, project, ready, error))
}

/// What the words mean, which are at the end of the command line.
pub fn prepare<'a>(cx: &'a Context, chosen: &Chosen, words: &[OsString]) -> Result<Prepared<'a>, Failure> {
    started(cx, chosen, words, around(cx, chosen, words)?)
}

fn started<'a>(
    cx: &'a Context,
    chosen: &Chosen,
    words: &[OsString],
    Around { project, ready, variables, script }: Around,
) -> Result<Prepared<'a>, Failure> {
    let (command, directory) = match &script {
        Some((name, script)) => {
            let command = script_command(name, script, &words[1..])?;
            cx.ui.detail(|| format!("{} in {}", shown(&command), project.root.display()));
            (command, project.root.clone())
        }
        None => {
            cx.ui.detail(|| shown(words));
            (words.to_vec(), cx.host.directory.clone())
        }
    };
    let start = Start {
        project: &project,
        ready: &ready,
        variables: &variables,
        directory: &directory,
        shell: None,
        interactive: false,
        grants: &chosen.grants,
    };
    let wall = walls::of(cx, &start).map_err(Failure::before_start)?;
    Ok(Prepared { project, ready, command, variables, directory, wall })
}

/// What runs a script with these arguments.
fn script_command(name: &str, script: &Script, arguments: &[OsString]) -> Result<Vec<OsString>, Failure> {
    let line = if arguments.is_empty() { script.command.clone() } else { with_arguments(name, &script.command)? };
    let mut command = ["sh", "-c", &manifest::in_place(&line), name].map(OsString::from).to_vec();
    command.extend(arguments.iter().cloned());
    Ok(command)
}

/// The command line with `"$@"` after it, unless it looks at its arguments itself: `devshell run test
/// -k name` should not lose its `-k name`.
fn with_arguments(name: &str, line: &str) -> Result<String, Failure> {
    let is_positional = |rest: &str| {
        let rest = rest.strip_prefix('{').unwrap_or(rest);
        rest.starts_with(|c: char| c.is_ascii_digit() || "@*#".contains(c))
    };
    if line.match_indices('$').any(|(index, _)| is_positional(&line[index + 1..])) {
        return Ok(line.to_owned());
    }
    // After these the arguments would be a command of their own, or a comment's.
    if line.trim_end().ends_with([';', '&', '|', '\\']) || line.contains('#') || line.trim_end().contains('\n') {
        let text = format!("the script `{name}` does not say where its arguments go");
        return Err(Failure::said(code::BEFORE_START, text, "write \"$@\" there in the manifest".to_owned()));
    }
    Ok(format!("{line} \"$@\""))
}

/// The failure of a command that did not start, and what is known about it.
pub fn failed(cx: &Context, project: &Project, ready: &Ready, error: SpawnError) -> Failure {
    let name = match &error {
        SpawnError::NotFound(command) => command.to_str().filter(|name| !name.contains('/')).map(str::to_owned),
        _ => None,
    };
    let mut failure = Failure::from(error);
    if let Some(name) = name
        && let Some(Report::Message { hint, .. }) = failure.reports.first_mut()
    {
        *hint = way_to(cx, project, ready, &name);
    }
    failure
}

/// How a command that is not in the dev shell could get there.
pub fn way_to(cx: &Context, project: &Project, ready: &Ready, name: &str) -> Option<String> {
    let scripts = ready.scripts.iter().map(|(script, _)| script.as_str());
    let commands = ready.commands.iter().map(String::as_str);
    let manifest = cx.road().read_manifest(project).ok();
    remedy::hint(&cx.host, manifest.as_ref(), name, scripts.chain(commands))
        .or_else(|| Some("`devshell list` shows the tools, `devshell run` the scripts".to_owned()))
}

/// Prints the scripts, for which nothing needs to be there.
fn list_scripts(cx: &Context, arguments: &Arguments) -> Result<(), Failure> {
    let project = cx.project()?;
    let manifest = cx.road().read_manifest(&project)?;
    let scripts = road::select(&manifest, &arguments.chosen.environments.names(cx, &project))?.scripts;
    let rows: Vec<[String; 2]> = scripts.iter().map(|(name, script)| [name.clone(), script.shown()]).collect();
    cx.ui.text(&table(&rows))?;
    if scripts.is_empty() {
        cx.ui.note("the manifest has no scripts; `devshell run -- COMMAND` runs a command");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::with_arguments;

    #[test]
    fn arguments_reach_a_script_that_does_not_look_at_them() {
        for (script, expected) in [
            ("pytest -q", Some("pytest -q \"$@\"")),
            ("pytest \"$@\" -q", Some("pytest \"$@\" -q")),
            ("echo ${1:-x}", Some("echo ${1:-x}")),
            ("echo $HOME", Some("echo $HOME \"$@\"")),
            ("echo a;", None),
            ("echo a &", None),
            ("echo a # b", None),
            ("echo a\necho b", None),
        ] {
            assert_eq!(with_arguments("s", script).ok().as_deref(), expected, "{script}");
        }
    }
}
