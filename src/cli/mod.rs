//! The command line: what can be typed, and one file for each verb.

mod add;
mod allow;
mod around;
mod audience;
mod cache;
mod candidates;
mod completions;
mod configure;
mod context;
mod deny;
mod doctor;
mod down;
mod enter;
mod env;
mod export;
mod failure;
mod gc;
mod generate;
mod grants;
mod hook;
mod in_place;
mod init;
mod install;
mod line;
mod list;
mod lock;
mod logger;
mod logs;
mod man;
mod not_there;
mod options;
mod outdated;
mod own_base;
mod overridden;
mod progress;
mod prompt;
mod reload;
mod remedy;
mod remove;
mod run;
mod schema;
mod search;
mod services;
mod shell;
mod shell_hook;
mod state;
mod status;
mod table;
mod tool_names;
mod trace;
mod tried;
mod ui;
mod up;
mod update;
mod verify;
mod walled;
mod walls;
mod which;
mod whose;
mod why;

use std::ffi::OsString;
use std::sync::{Mutex, OnceLock};

use clap::{CommandFactory as _, Subcommand};

use self::context::Context;
use self::failure::{Failure, code};
use self::line::CommandLine;
use self::options::{Environments, Level};
use self::ui::Ui;
use crate::builder;
use crate::host::{self, Host};
use crate::net::Http;
use crate::session::Ending;
use crate::store;

#[derive(Subcommand)]
enum Verb {
    Init(init::Arguments),
    Add(add::Arguments),
    Remove(remove::Arguments),
    Lock(lock::Arguments),
    Update(update::Arguments),
    Outdated(outdated::Arguments),
    Install(install::Arguments),
    Enter(enter::Arguments),
    Run(run::Arguments),
    Trace(trace::Arguments),
    Up(up::Arguments),
    Status(status::Arguments),
    Logs(logs::Arguments),
    Down(down::Arguments),
    Env(env::Arguments),
    Export(export::Arguments),
    List(list::Arguments),
    Which(which::Arguments),
    Why(why::Arguments),
    Search(search::Arguments),
    State(state::Arguments),
    Completions(completions::Arguments),
    Man(man::Arguments),
    Schema(schema::Arguments),
    Generate(generate::Arguments),
    #[command(hide = true)]
    Candidates(candidates::Arguments),
    #[command(hide = true)]
    NotThere(not_there::Arguments),
    #[command(hide = true)]
    Overridden(overridden::Arguments),
    Cache(cache::Arguments),
    Gc(gc::Arguments),
    Verify(verify::Arguments),
    Doctor(doctor::Arguments),
    Reload(reload::Arguments),
    Hook(hook::Arguments),
    Allow(allow::Arguments),
    Deny(deny::Arguments),
    #[command(hide = true)]
    OnPrompt(prompt::Arguments),
    #[command(hide = true)]
    OnEntered(prompt::EnteredArguments),
    #[command(hide = true)]
    OnDirenv(prompt::DirenvArguments),
    #[command(hide = true)]
    Prepare(prompt::PrepareArguments),
    #[command(hide = true)]
    Walled(walled::Arguments),
    #[command(hide = true)]
    ConfigurePackages(configure::Arguments),
}

impl Verb {
    /// Whether it uses the store, the cache or the state, and does not look itself whose they are. What
    /// enters an environment looks once the environment is not known, and `doctor` tells.
    const fn relies_on_own_directories(&self) -> bool {
        matches!(
            self,
            Self::Add(_)
                | Self::Remove(_)
                | Self::Lock(_)
                | Self::Update(_)
                | Self::Outdated(_)
                | Self::Install(_)
                | Self::List(_)
                | Self::Which(_)
                | Self::Why(_)
                | Self::Search(_)
                | Self::State(_)
                | Self::Status(_)
                | Self::Logs(_)
                | Self::Down(_)
                | Self::Gc(_)
                | Self::Verify(_)
                | Self::Reload(_)
                | Self::Allow(_)
                | Self::Deny(_)
        )
    }
}

/// The command line as clap has it: each command with its whole name and the options of all.
pub fn command() -> clap::Command {
    let mut whole = CommandLine::command().disable_help_subcommand(true);
    whole.build();
    whole
}

/// Runs devshell with the process's own command line, and returns the exit code.
pub fn main(line: Vec<OsString>) -> u8 {
    host::open_standard_streams();
    if let Some((link, arguments)) = in_place::words(&line) {
        let failure = in_place::run(link, arguments);
        Ui::default().failure(&failure);
        return failure.code;
    }
    verb(line)
}

/// Does what was typed.
fn verb(line: Vec<OsString>) -> u8 {
    let CommandLine { global, verb } = match CommandLine::of(&line) {
        Ok(command_line) => command_line,
        Err(error) => {
            let ui = Ui::default();
            return match ui.help(&error) {
                _ if error.use_stderr() => code::USAGE,
                Ok(()) => 0,
                Err(failure) => {
                    ui.failure(&failure);
                    failure.code
                }
            };
        }
    };
    let plain = Ui { quiet: global.quiet, verbose: global.verbose, ..Ui::default() };
    let mut host = match Host::snapshot(global.directory.as_deref()) {
        Ok(host) => host,
        Err(error) => {
            // One verb has something to say about that.
            let failure = match &verb {
                Verb::Doctor(arguments) => doctor::without_host(&plain, arguments, &error).err(),
                _ => None,
            };
            let failure = failure.unwrap_or_else(|| Failure::new(code::BEFORE_START, &error));
            plain.failure(&failure);
            return failure.code;
        }
    };
    settle(&mut host, &line, &verb);
    let terminal = host.terminals.stderr;
    let colour = terminal && host.may_colour();
    let ui = Ui { terminal, colour, ..plain };
    logger::start(&host, ui);
    let cx = Context {
        line,
        http: Http::new(global.offline, host.patience),
        ui,
        host,
        noted: Mutex::default(),
        judged: OnceLock::new(),
    };
    // These set it themselves where they go on to write: a command that is known already needs no file.
    if !matches!(verb, Verb::Enter(_) | Verb::Run(_) | Verb::Up(_) | Verb::Trace(_) | Verb::OnPrompt(_)) {
        host::survive_large_files();
    }
    store::on_waiting(move |waiting| ui.note(&waiting.to_string()));
    builder::on_unwalled(move |text| ui.note(text));
    store::on_configuring(move |event| configure::notes(event).iter().for_each(|line| ui.note(line)));
    let checked = if verb.relies_on_own_directories() { cx.check_own() } else { Ok(()) };
    let outcome = checked.and_then(|()| perform(&cx, verb));
    match outcome {
        Ok(ending) => ending.pass_on(),
        Err(failure) => {
            cx.ui.failure(&failure);
            failure.code
        }
    }
}

/// What the machine is to this command line.
fn settle(host: &mut Host, line: &[OsString], verb: &Verb) {
    host.called = line.first().cloned();
    if matches!(verb, Verb::OnPrompt(_)) {
        host.drop_entries_without_owner();
    }
}

fn perform(cx: &Context, verb: Verb) -> Result<Ending, Failure> {
    let done = match verb {
        Verb::Enter(arguments) => return enter::run(cx, &arguments),
        Verb::Run(arguments) => return run::run(cx, &arguments),
        Verb::Trace(arguments) => return trace::run(cx, &arguments),
        Verb::Up(arguments) => return up::run(cx, &arguments),
        Verb::Reload(arguments) => return reload::run(cx, &arguments),
        Verb::Walled(arguments) => return walled::run(cx, &arguments),
        Verb::ConfigurePackages(arguments) => return configure::run(cx, &arguments),
        Verb::Status(arguments) => status::run(cx, &arguments),
        Verb::Logs(arguments) => logs::run(cx, &arguments),
        Verb::Down(arguments) => down::run(cx, &arguments),
        Verb::Init(arguments) => init::run(cx, &arguments),
        Verb::Add(arguments) => allow::follow(cx, || add::run(cx, &arguments)),
        Verb::Remove(arguments) => allow::follow(cx, || remove::run(cx, &arguments)),
        Verb::Lock(arguments) => allow::follow(cx, || lock::run(cx, &arguments)),
        Verb::Update(arguments) => allow::follow(cx, || update::run(cx, &arguments)),
        Verb::Outdated(arguments) => outdated::run(cx, &arguments),
        Verb::Install(arguments) => install::run(cx, &arguments),
        Verb::Env(arguments) => env::run(cx, &arguments),
        Verb::Export(arguments) => export::run(cx, &arguments),
        Verb::List(arguments) => list::run(cx, &arguments),
        Verb::Which(arguments) => which::run(cx, &arguments),
        Verb::Why(arguments) => why::run(cx, &arguments),
        Verb::Search(arguments) => search::run(cx, &arguments),
        Verb::State(arguments) => state::run(cx, &arguments),
        Verb::Completions(arguments) => completions::run(cx, &arguments),
        Verb::Man(arguments) => man::run(cx, &arguments),
        Verb::Schema(arguments) => schema::run(cx, &arguments),
        Verb::Generate(arguments) => generate::run(cx, &arguments),
        Verb::Candidates(arguments) => candidates::run(cx, &arguments),
        Verb::NotThere(arguments) => not_there::run(cx, &arguments),
        Verb::Overridden(arguments) => overridden::run(cx, &arguments),
        Verb::Cache(arguments) => cache::run(cx, &arguments),
        Verb::Gc(arguments) => gc::run(cx, &arguments),
        Verb::Verify(arguments) => verify::run(cx, &arguments),
        Verb::Doctor(arguments) => doctor::run(cx, &arguments),
        Verb::Hook(arguments) => hook::run(cx, &arguments),
        Verb::Allow(arguments) => allow::run(cx, &arguments),
        Verb::Deny(arguments) => deny::run(cx, &arguments),
        Verb::OnPrompt(arguments) => prompt::run(cx, &arguments),
        Verb::OnEntered(arguments) => prompt::on_entered(cx, &arguments),
        Verb::OnDirenv(arguments) => prompt::on_direnv(cx, &arguments),
        Verb::Prepare(arguments) => prompt::prepare(cx, &arguments),
    };
    done.map(|()| Ending::SUCCESS)
}

/// A command and its arguments, as messages show them.
fn shown(command: &[OsString]) -> String {
    shell_words::join(command.iter().map(|word| word.to_string_lossy()))
}
