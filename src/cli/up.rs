//! `devshell up`: the project's services, in the foreground, for a command, or by themselves.

use std::ffi::OsString;

use clap::Args;

use super::failure::{Failure, code};
use super::options::Chosen;
use super::run::{Options, Work, failed};
use super::services::{Here, Owner, Waited};
use super::ui::screen::Lines;
use super::{Context, walls};
use crate::services::{Client, Request};
use crate::session::{self, Ending};

/// Start the project's services, and stop them with Ctrl-C
///
/// devshell starts what the manifest has in `services`, or the services of these names and what they need, in order: each
/// once those that it needs are ready. Ctrl-C stops them in reverse order; a second Ctrl-C kills them. Whatever happens to
/// devshell, the services end with it.
#[derive(Args)]
#[command(
    override_usage = "devshell up [OPTIONS] [NAME]...\n       devshell up [OPTIONS] [NAME]... -- COMMAND [ARGUMENT]...",
    after_help = "\
Examples:
  devshell up
  devshell up postgres -- psql
  devshell up --detach && devshell logs --follow"
)]
pub struct Arguments {
    #[command(flatten)]
    chosen: Chosen,
    /// Services by name; all by default
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// Run a command once the services are ready, then stop them; the exit status is the command's
    #[arg(last = true, value_name = "COMMAND")]
    command: Vec<OsString>,
    /// Return once the services are ready, and leave them running until `devshell down`
    #[arg(short, long, conflicts_with = "command")]
    detach: bool,
    /// Print each line and each change as a JSON object
    #[arg(long, conflicts_with = "command")]
    json: bool,
}

pub fn run(cx: &Context, arguments: &Arguments) -> Result<Ending, Failure> {
    let here = Here::of(cx, &arguments.chosen)?;
    let names = here.names(&arguments.names)?;
    if arguments.detach && here.ready.walls.is_some() {
        let text = "`--detach` does not work in a sandbox: the services would end with it";
        return Err(Failure::said(code::USAGE, text, "leave `devshell up` running in another terminal".to_owned()));
    }
    if here.is_outside(cx) {
        return here.again_inside(cx, &arguments.chosen);
    }
    let lines = match (arguments.json, arguments.detach || !arguments.command.is_empty()) {
        (true, _) => Lines::Json,
        (false, true) => Lines::Hidden,
        (false, false) => Lines::Shown,
    };
    let options = Options::default();
    let mut work = Work::of(cx, here, &options, names, None)?.with_services(&arguments.chosen, lines)?;
    let ending = work.through()?;
    let Work { here, owner, manager, .. } = work;
    let Some(owner) = owner else {
        return ending.map_or_else(|| beside(cx, &here, manager, arguments), Ok);
    };
    if let Some(ending) = ending {
        let down = owner.bring_down()?;
        // What was asked for is more than to have them for a while.
        let is_enough = lines == Lines::Shown && matches!(ending, Ending::Signalled(_));
        return Ok(match ending {
            _ if is_enough => down,
            Ending::Exited(code::BEFORE_START) => Ending::Exited(code::NO),
            ending => ending,
        });
    }
    stay(cx, &here, owner, arguments)
}

/// The services are ready.
fn stay(cx: &Context, here: &Here, mut owner: Owner, arguments: &Arguments) -> Result<Ending, Failure> {
    if arguments.detach {
        owner.leave()?;
        cx.ui.note("the services are ready; `devshell down` stops them");
        return Ok(Ending::SUCCESS);
    }
    if arguments.command.is_empty() {
        return match owner.answer()? {
            Waited::Interrupted(_) => owner.bring_down(),
            _ => Ok(owner.ended()),
        };
    }
    let started = session::start_beside(&arguments.command, &here.variables, &cx.host.directory);
    let ending = match started {
        Ok(child) => owner.run_beside(child),
        Err(error) => Err(failed(cx, &here.project, &here.ready, error)),
    };
    owner.release()?;
    ending
}

/// Another process has the services already: they are used, and left as they are.
fn beside(cx: &Context, here: &Here, manager: Option<Client>, arguments: &Arguments) -> Result<Ending, Failure> {
    let Some(mut manager) = manager else { return Ok(Ending::SUCCESS) };
    if arguments.detach {
        // The process that has them may be about to end.
        manager.ask(&Request::Keep)?;
    }
    if arguments.command.is_empty() {
        cx.ui.note("the services run already, and are ready; `devshell logs --follow` shows what they print");
        return Ok(Ending::SUCCESS);
    }
    manager.hand_on();
    session::become_command(&arguments.command, &here.variables, &cx.host.directory, None)
        .map_err(|error| failed(cx, &here.project, &here.ready, error))
}

impl Here {
    /// Does the same inside of the project's wall: there, the services have the wall's files and network.
    pub fn again_inside(&self, cx: &Context, chosen: &Chosen) -> Result<Ending, Failure> {
        let directory = &cx.host.directory;
        let start = walls::Start {
            project: &self.project,
            ready: &self.ready,
            variables: &self.variables,
            directory,
            shell: None,
            interactive: false,
            grants: &chosen.grants,
        };
        let mut wall = walls::of(cx, &start).map_err(Failure::before_start)?;
        // As without a wall, root's services run as `nobody`.
        if let Some(walled) = &mut wall {
            walled.wall.users = devshell_wall::Users::RootAsNobody;
        }
        // The options that widen the wall have done so.
        let command: Vec<OsString> = std::iter::once(cx.host.lasting_executable().into_os_string())
            .chain(cx.line[1..].iter().cloned())
            .collect();
        let ending = session::become_command(&command, &self.variables, directory, wall.as_ref());
        walls::tell(cx, wall.as_ref());
        Ok(ending?)
    }
}
