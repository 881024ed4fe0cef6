//! `devshell completions`: what a shell needs to complete devshell's command line. The verbs and
//! options are written by `clap_complete`; what only the project knows, its scripts, environments
//! and tools, is asked for at the moment, by the pieces beside this file, from `devshell
//! candidates`.

use clap::{Args, Command, CommandFactory as _, ValueEnum};
use clap_complete::Generator;
use clap_complete_nushell::Nushell;

use super::failure::Failure;
use super::{CommandLine, Context};

/// Print a completion script for your shell
///
/// For other shells, write the output to a file that the shell's configuration reads.
#[derive(Args)]
#[command(after_help = "\
Examples:
  eval \"$(devshell completions bash)\"   # in ~/.bashrc
  devshell completions zsh >\"${fpath[1]}/_devshell\"
  devshell completions fish >~/.config/fish/completions/devshell.fish")]
pub struct Arguments {
    /// The shell to write it for
    shell: Shell,
}

#[derive(Clone, Copy, ValueEnum)]
enum Shell {
    Bash,
    Zsh,
    Fish,
    #[value(alias = "nu")]
    Nushell,
    Elvish,
    Powershell,
}

pub fn run(cx: &Context, arguments: &Arguments) -> Result<(), Failure> {
    let text = match arguments.shell {
        Shell::Bash => script(clap_complete::Shell::Bash) + "\n" + include_str!("values.bash"),
        // Its function makes room for ours, which has the name that zsh loads from a file
        // `_devshell`.
        Shell::Zsh => {
            let options = script(clap_complete::Shell::Zsh).replace("_devshell", "_devshell_options");
            options + "\n" + include_str!("values.zsh")
        }
        Shell::Fish => script(clap_complete::Shell::Fish) + "\n" + include_str!("values.fish"),
        // It has one completer for each parameter, which may ask too.
        Shell::Nushell => {
            let parameter = ": string@\"nu-complete devshell project\"";
            let options = script(Nushell).replace(": string ", &format!("{parameter} "));
            let options = options.replace(": string\n", &format!("{parameter}\n"));
            options.replacen("module completions {\n", concat!("module completions {\n", include_str!("values.nu")), 1)
        }
        Shell::Elvish => script(clap_complete::Shell::Elvish),
        Shell::Powershell => script(clap_complete::Shell::PowerShell),
    };
    cx.ui.data(text.as_bytes())
}

/// What `clap_complete` writes for a shell.
fn script(shell: impl Generator) -> String {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut visible(&CommandLine::command()), "devshell", &mut script);
    String::from_utf8_lossy(&script).into_owned()
}

/// The command line without the verbs that are not for people; `clap_complete` would offer them.
fn visible(whole: &Command) -> Command {
    let verbs = whole.get_subcommands().filter(|verb| !verb.is_hide_set());
    Command::default().name("devshell").args(whole.get_arguments()).subcommands(verbs)
}
