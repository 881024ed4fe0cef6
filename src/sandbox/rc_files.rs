//! Files of the user that shells, git and editors read, and that hold settings and no secrets: at isolation `sandbox` they
//! are read-only.

use std::path::PathBuf;

use crate::dialect::Places;

/// In the home directory. Where a program also writes, the directory itself is not among them.
const AT_HOME: &[&str] = &[
    ".aliases",
    ".antigen",
    ".bash_aliases",
    ".bash_completion",
    ".bash_functions",
    ".bash_it",
    ".bash_login",
    ".bash_profile",
    ".bash_prompt",
    ".bashrc",
    ".cargo/env",
    ".cshrc",
    ".dircolors",
    ".functions",
    ".fzf.bash",
    ".fzf.zsh",
    ".gitconfig",
    ".inputrc",
    ".kshrc",
    ".lesskey",
    ".local/share/omf",
    ".local/share/zinit",
    ".mkshrc",
    ".nanorc",
    ".oh-my-bash",
    ".oh-my-zsh",
    ".p10k.zsh",
    ".profile",
    ".tcshrc",
    ".terminfo",
    ".tmux.conf",
    ".vimrc",
    ".yashrc",
    ".zim",
    ".zlogin",
    ".zplug",
    ".zprezto",
    ".zprofile",
    ".zsh_aliases",
    ".zshenv",
    ".zshrc",
];

/// In the directory of settings, which is `~/.config` if no variable says otherwise.
const IN_SETTINGS: &[&str] = &[
    "bat",
    "elvish/lib",
    "elvish/rc.elv",
    "fish/completions",
    "fish/conf.d",
    "fish/config.fish",
    "fish/fish_plugins",
    "fish/functions",
    "git",
    "helix",
    "nano",
    "nushell/autoload",
    "nushell/config.nu",
    "nushell/env.nu",
    "nvim",
    "omf",
    "starship.toml",
    "tmux",
];

/// In a directory of zsh's own, next to its history.
const OF_ZSH: &[&str] =
    &[".p10k.zsh", ".zlogin", ".zprofile", ".zsh_aliases", ".zshenv", ".zshrc", "functions", "plugins"];

/// All that may be there.
pub fn rc_files(places: &Places) -> Vec<PathBuf> {
    let zsh = places.config.join("zsh");
    let zsh = places.zdotdir.unwrap_or(&zsh);
    let below = [(places.home, AT_HOME), (places.config, IN_SETTINGS), (zsh, OF_ZSH)];
    below.into_iter().flat_map(|(directory, files)| files.iter().map(move |file| directory.join(file))).collect()
}
