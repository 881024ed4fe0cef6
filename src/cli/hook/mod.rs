//! `devshell hook`: what a shell's rc file evaluates, so that `cd` alone puts the environments of
//! allowed projects in force. The pieces beside this file look at each prompt whether anything has
//! changed, without a process, and ask `devshell on-prompt` only then.

mod notation;

use clap::{Args, ValueEnum};

pub use self::notation::{Answer, Notation};
use super::Context;
use super::failure::Failure;

/// Print the script that puts allowed projects in force on `cd`
///
/// bash: eval "$(devshell hook bash)" in ~/.bashrc. zsh: eval "$(devshell hook zsh)" in ~/.zshrc.
/// fish: devshell hook fish | source in ~/.config/fish/config.fish. nushell: devshell hook nu |
/// save -f ($nu.user-autoload-dirs.0 | path join devshell.nu), once. direnv: devshell hook direnv
/// >~/.config/direnv/lib/devshell.sh, then `use devshell` in an .envrc.
#[derive(Args)]
pub struct Arguments {
    shell: Shell,
}

/// What can be told to look at each prompt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Shell {
    Bash,
    Zsh,
    Fish,
    Nu,
    Direnv,
}

pub fn run(cx: &Context, arguments: &Arguments) -> Result<(), Failure> {
    let (notation, script) = match arguments.shell {
        Shell::Bash => (Notation::Bash, include_str!("hook.bash")),
        Shell::Zsh => (Notation::Zsh, include_str!("hook.zsh")),
        Shell::Fish => (Notation::Fish, include_str!("hook.fish")),
        Shell::Nu => (Notation::Nu, include_str!("hook.nu")),
        Shell::Direnv => (Notation::Bash, include_str!("hook.direnv")),
    };
    let mut text = notation.program(cx.host.executable.as_os_str());
    let script = if cx.ui.quiet { script.replace(" on-prompt ", " -q on-prompt ") } else { script.to_owned() };
    text.extend_from_slice(script.as_bytes());
    cx.ui.data(&text)
}
