//! `devshell completions`: what a shell needs to complete devshell's command line. The verbs and
//! options are written by `clap_complete`; what only the project knows, its scripts, environments
//! and tools, is asked for at the moment, by the pieces beside this file, from `devshell
//! candidates`.

use clap::{Args, Command, CommandFactory as _};
use clap_complete::Shell;

use super::failure::Failure;
use super::{CommandLine, Context};

/// Print the script that completes devshell's command line
///
/// bash: eval "$(devshell completions bash)" in ~/.bashrc. zsh: devshell completions zsh
/// >"${fpath[1]}/_devshell". fish: devshell completions fish
/// >~/.config/fish/completions/devshell.fish.
#[derive(Args)]
pub struct Arguments {
    shell: Shell,
}

pub fn run(cx: &Context, arguments: &Arguments) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut visible(&CommandLine::command()), "devshell", &mut script);
    let script = String::from_utf8_lossy(&script);
    let text = match arguments.shell {
        Shell::Bash => format!("{script}\n{}", include_str!("values.bash")),
        // Its function makes room for ours, which has the name that zsh loads from a file
        // `_devshell`.
        Shell::Zsh => format!("{}\n{}", script.replace("_devshell", "_devshell_options"), include_str!("values.zsh")),
        Shell::Fish => format!("{script}\n{}", include_str!("values.fish")),
        _ => script.into_owned(),
    };
    cx.ui.data(text.as_bytes())
}

/// The command line without the verbs that are not for people; `clap_complete` would offer them.
fn visible(whole: &Command) -> Command {
    let verbs = whole.get_subcommands().filter(|verb| !verb.is_hide_set());
    Command::default().name("devshell").args(whole.get_arguments()).subcommands(verbs)
}
