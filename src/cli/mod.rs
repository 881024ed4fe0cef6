//! The command line: what can be typed, and one file for each verb.

mod add;
mod allow;
mod audience;
mod candidates;
mod completions;
mod deny;
mod doctor;
mod enter;
mod env;
mod export;
mod failure;
mod gc;
mod hook;
mod init;
mod install;
mod list;
mod lock;
mod logger;
mod man;
mod not_there;
mod outdated;
mod overridden;
mod progress;
mod prompt;
mod reload;
mod remedy;
mod remove;
mod run;
mod schema;
mod search;
mod state;
mod table;
mod tool_names;
mod ui;
mod update;
mod verify;
mod which;
mod whose;
mod why;

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::OnceLock;

use clap::{Args, Parser, Subcommand};

use self::failure::{Failure, code};
use self::ui::Ui;
use crate::host::{self, Host};
use crate::manifest::Isolation;
use crate::net::Http;
use crate::project::Project;
use crate::road::Selection;
use crate::session::Ending;
use crate::store;
use crate::text;

/// Enter a repository's development environment: its pinned tools, and nothing from the host by
/// accident.
#[derive(Parser)]
#[command(name = "devshell", version, max_term_width = 100)]
struct CommandLine {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    verb: Verb,
}

/// A command line with one verb, and nothing of the others: describing those to clap costs as much
/// as all the rest of a warm run.
#[derive(Parser)]
#[command(disable_help_subcommand = true)]
struct ShortLine<V: Subcommand> {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    verb: V,
}

#[derive(Subcommand)]
enum RunVerb {
    Run(run::Arguments),
}

#[derive(Subcommand)]
enum EnterVerb {
    Enter(enter::Arguments),
}

impl CommandLine {
    /// Parses the process's own command line, which begins with the program's name.
    fn of(line: &[OsString]) -> Result<Self, clap::Error> {
        if let Some(verb) = Verb::plain(line.get(1..).unwrap_or_default()) {
            return Ok(Self { global: Global::default(), verb });
        }
        match line.iter().find(|word| *word == "run" || *word == "enter") {
            Some(word) if word == "run" => {
                if let Ok(ShortLine { global, verb: RunVerb::Run(arguments) }) = ShortLine::try_parse_from(line) {
                    return Ok(Self { global, verb: Verb::Run(arguments) });
                }
            }
            Some(_) => {
                if let Ok(ShortLine { global, verb: EnterVerb::Enter(arguments) }) = ShortLine::try_parse_from(line) {
                    return Ok(Self { global, verb: Verb::Enter(arguments) });
                }
            }
            None => {}
        }
        // The whole command line reports any mistake, and it repeats words.
        let shown = |word: &OsString| OsString::from(text::word(&word.to_string_lossy()).into_owned());
        Self::try_parse_from(line).map_err(|mistake| {
            let again = Self::try_parse_from(line.iter().map(shown)).err();
            again.filter(clap::Error::use_stderr).unwrap_or(mistake)
        })
    }
}

#[derive(Args, Debug, Default)]
struct Global {
    /// Run as if started in DIR
    #[arg(short = 'C', value_name = "DIR", global = true)]
    directory: Option<PathBuf>,
    /// Ask no registry; use only the store and the cache
    #[arg(long, global = true)]
    offline: bool,
    /// Print only errors
    #[arg(short, long, global = true)]
    quiet: bool,
    /// Print more, such as the commands that are run
    #[arg(short, long, global = true, conflicts_with = "quiet")]
    verbose: bool,
}

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
    #[command(hide = true)]
    Candidates(candidates::Arguments),
    #[command(hide = true)]
    NotThere(not_there::Arguments),
    #[command(hide = true)]
    Overridden(overridden::Arguments),
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
    OnDirenv(prompt::DirenvArguments),
    #[command(hide = true)]
    Prepare(prompt::PrepareArguments),
}

impl Verb {
    /// The verb of a command line without options that enters or runs something: these are read by
    /// hand, since even one verb takes clap a while.
    fn plain(line: &[OsString]) -> Option<Self> {
        match line {
            [verb] if verb == "enter" => Some(Self::Enter(enter::Arguments::default())),
            [verb, separator, words @ ..] if verb == "run" && separator == "--" && !words.is_empty() => {
                Some(Self::Run(run::Arguments::of(words)))
            }
            [verb, words @ ..] if verb == "run" && words.first()?.as_encoded_bytes().first()? != &b'-' => {
                Some(Self::Run(run::Arguments::of(words)))
            }
            [verb, shell, last] if verb == "on-prompt" => prompt::Arguments::of(shell, last).map(Self::OnPrompt),
            _ => None,
        }
    }
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
                | Self::Gc(_)
                | Self::Verify(_)
                | Self::Reload(_)
                | Self::Allow(_)
                | Self::Deny(_)
        )
    }
}

/// Which environment is meant.
#[derive(Args, Debug, Default)]
struct Environments {
    /// Add the manifest's environment NAME; you may repeat this option
    #[arg(short, long = "environment", value_name = "NAME")]
    environments: Vec<String>,
}

impl Environments {
    fn selection(&self, level: &Level, interactive: bool) -> Selection {
        Selection::new(&self.environments, level.isolation, interactive)
    }
}

/// How much of the host the environment sees.
#[derive(Args, Debug, Default)]
struct Level {
    #[arg(
        long,
        value_name = "LEVEL",
        help = format!("How much of the host to hide: {} [default: the manifest's level]", Isolation::names())
    )]
    isolation: Option<Isolation>,
}

/// What every verb works with.
struct Context {
    /// The command line, with the program's name.
    line: Vec<OsString>,
    host: Host,
    http: Http,
    ui: Ui,
    /// Whether what is worth one line in a run was printed.
    noted: OnceLock<()>,
    /// The project as it was when it was asked whether it is allowed: what a verb then makes of it,
    /// it makes of that.
    judged: OnceLock<Project>,
}

impl Context {
    fn project(&self) -> Result<Project, Failure> {
        if let Some(project) = self.judged.get() {
            return Ok(project.clone());
        }
        Project::find(&self.host).map_err(|error| Failure::new(code::MANIFEST, &error))
    }

    /// Prints a line for those who are in the project's dev shell.
    fn note_inside(&self, project: &Project, text: &str) {
        let inside = self.host.variable("DEVSHELL_ROOT");
        // One's own tools are in every dev shell.
        if inside == Some(project.root.as_os_str()) || (project.is_personal && inside.is_some()) {
            self.ui.note(text);
        }
    }

    /// Refuses to use directories of devshell's own that another user could have changed.
    fn check_own(&self) -> Result<(), Failure> {
        self.host.check_own().map_err(|error| Failure::new(code::BEFORE_START, &error))
    }
}

/// Runs devshell with the process's own command line, and returns the exit code.
pub fn main(line: Vec<OsString>) -> u8 {
    host::open_standard_streams();
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
    let host = match Host::snapshot(global.directory.as_deref()) {
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
    let terminal = host.terminals.stderr;
    let colour = terminal && host.variable("NO_COLOR").is_none_or(std::ffi::OsStr::is_empty);
    let ui = Ui { terminal, colour, ..plain };
    logger::start(&host, ui);
    let cx = Context {
        line,
        http: Http::new(global.offline, host.patience),
        ui,
        host,
        noted: OnceLock::new(),
        judged: OnceLock::new(),
    };
    // These set it themselves where they go on to write: a command that is known already needs no file.
    if !matches!(verb, Verb::Enter(_) | Verb::Run(_) | Verb::OnPrompt(_)) {
        host::survive_large_files();
    }
    store::on_waiting(move |waiting| ui.note(&waiting.to_string()));
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

fn perform(cx: &Context, verb: Verb) -> Result<Ending, Failure> {
    let done = match verb {
        Verb::Enter(arguments) => return enter::run(cx, &arguments),
        Verb::Run(arguments) => return run::run(cx, &arguments),
        Verb::Reload(arguments) => return reload::run(cx, &arguments),
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
        Verb::Candidates(arguments) => candidates::run(cx, &arguments),
        Verb::NotThere(arguments) => not_there::run(cx, &arguments),
        Verb::Overridden(arguments) => overridden::run(cx, &arguments),
        Verb::Gc(arguments) => gc::run(cx, &arguments),
        Verb::Verify(arguments) => verify::run(cx, &arguments),
        Verb::Doctor(arguments) => doctor::run(cx, &arguments),
        Verb::Hook(arguments) => hook::run(cx, &arguments),
        Verb::Allow(arguments) => allow::run(cx, &arguments),
        Verb::Deny(arguments) => deny::run(cx, &arguments),
        Verb::OnPrompt(arguments) => prompt::run(cx, &arguments),
        Verb::OnDirenv(arguments) => prompt::on_direnv(cx, &arguments),
        Verb::Prepare(arguments) => prompt::prepare(cx, &arguments),
    };
    done.map(|()| Ending::SUCCESS)
}

/// A command and its arguments, as messages show them.
fn shown(command: &[OsString]) -> String {
    shell_words::join(command.iter().map(|word| word.to_string_lossy()))
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use clap::Parser as _;

    use super::{CommandLine, Verb};

    #[test]
    fn lines_read_by_hand_are_read_as_clap_reads_them() {
        for (line, is_plain) in [
            ("enter", true),
            ("enter --shell bash", false),
            ("enter -- true", false),
            ("run", false),
            ("run --", false),
            ("run -- true", true),
            ("run -- -q --help", true),
            ("run -- --", true),
            ("run test", true),
            ("run test -k name --offline -C dir", true),
            ("run test -- -C dir", true),
            ("run true -- --", true),
            ("run -q test", false),
            ("-q run test", false),
            ("run help", true),
            ("list", false),
        ] {
            let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            let by_hand = Verb::plain(&words);
            assert_eq!(by_hand.is_some(), is_plain, "{line}");
            let Some(by_hand) = by_hand else { continue };
            let by_clap = CommandLine::try_parse_from([OsString::from("devshell")].into_iter().chain(words)).unwrap();
            assert_eq!(format!("{:?}", by_clap.global), format!("{:?}", super::Global::default()), "{line}");
            match (by_hand, by_clap.verb) {
                (Verb::Enter(ours), Verb::Enter(theirs)) => assert_eq!(format!("{ours:?}"), format!("{theirs:?}")),
                (Verb::Run(ours), Verb::Run(theirs)) => assert_eq!(format!("{ours:?}"), format!("{theirs:?}")),
                _ => panic!("{line}: another verb"),
            }
        }
    }
}
