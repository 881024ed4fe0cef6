//! Files of the user that shells, git and editors read, and that hold settings and no secrets: at isolation `sandbox` they
//! are read-only.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

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

/// Those that are there, as far as the entries of three directories say.
pub fn rc_files(places: &Places) -> Vec<PathBuf> {
    let zsh = places.config.join("zsh");
    let zsh = places.zdotdir.unwrap_or(&zsh);
    let below = [(places.home, AT_HOME), (places.config, IN_SETTINGS), (zsh, OF_ZSH)];
    below.into_iter().flat_map(|(directory, files)| there(directory, files)).collect()
}

/// Looking for each would take longer than all the rest of a plan.
fn there(directory: &Path, files: &[&str]) -> Vec<PathBuf> {
    let Ok(entries) = fs_err::read_dir(directory) else { return Vec::new() };
    let names: BTreeSet<OsString> = entries.flatten().map(|entry| entry.file_name()).collect();
    let is_there = |file: &&&str| Path::new(file).iter().next().is_some_and(|first| names.contains(first));
    files.iter().filter(is_there).map(|file| directory.join(file)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_there_is_named() {
        let home = tempfile::tempdir().unwrap();
        let home = home.path();
        let config = home.join("settings");
        for file in [".bashrc", ".cargo/env", ".other", "settings/git/config", "settings/zsh/.zshrc"] {
            fs_err::create_dir_all(home.join(file).parent().unwrap()).unwrap();
            fs_err::write(home.join(file), "").unwrap();
        }
        let found = rc_files(&Places { home, config: &config, zdotdir: None });
        let expected = [".bashrc", ".cargo/env", "settings/git", "settings/zsh/.zshrc"];
        assert_eq!(found, expected.map(|file| home.join(file)));
    }
}
