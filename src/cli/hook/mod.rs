//! `devshell hook`: what a shell's rc file evaluates, so that `cd` alone loads the environments of
//! allowed projects. The pieces beside this file look at each prompt whether anything has
//! changed, without a process, and ask `devshell on-prompt` only then.

mod notation;

use clap::Args;
use clap::builder::PossibleValuesParser;

pub use self::notation::{Answer, Changes, Notation};
use super::Context;
use super::failure::Failure;

/// Print the hook that loads allowed projects into your shell on `cd`
///
/// In nushell, type this once: devshell hook nu | save -f ($nu.user-autoload-dirs.0 | path join
/// devshell.nu). For direnv, type devshell hook direnv >~/.config/direnv/lib/devshell.sh, and write
/// `use devshell` in an .envrc.
#[derive(Args)]
#[command(after_help = "\
Examples:
  eval \"$(devshell hook bash)\"     # in ~/.bashrc; for zsh in ~/.zshrc
  devshell hook fish | source      # in ~/.config/fish/config.fish")]
pub struct Arguments {
    /// The shell to write it for
    #[arg(value_name = "SHELL", value_parser = PossibleValuesParser::new(HOOKS.map(|hook| hook.name)))]
    shell: String,
}

/// What can look at each prompt.
struct Hook {
    name: &'static str,
    notation: Notation,
    script: &'static str,
}

const HOOKS: [Hook; 5] = [
    Hook { name: "bash", notation: Notation::Bash, script: include_str!("hook.bash") },
    Hook { name: "zsh", notation: Notation::Zsh, script: include_str!("hook.zsh") },
    Hook { name: "fish", notation: Notation::Fish, script: include_str!("hook.fish") },
    Hook { name: "nu", notation: Notation::Nu, script: include_str!("hook.nu") },
    Hook { name: "direnv", notation: Notation::Bash, script: include_str!("hook.direnv") },
];

pub fn run(cx: &Context, arguments: &Arguments) -> Result<(), Failure> {
    for Hook { notation, script, .. } in HOOKS.iter().filter(|hook| hook.name == arguments.shell) {
        let mut text = notation.program(cx.host.lasting_executable().as_os_str());
        let script = if cx.ui.quiet { script.replace(" on-", " -q on-") } else { (*script).to_owned() };
        text.extend_from_slice(script.as_bytes());
        cx.ui.data(&text)?;
    }
    Ok(())
}
