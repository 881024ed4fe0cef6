//! How the three shells say the same thing.

use crate::support::Sandbox;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    Bash,
    Zsh,
    Fish,
}

impl Dialect {
    pub fn name(self) -> &'static str {
        self.choose(["bash", "zsh", "fish"])
    }

    /// One of three texts: for bash, zsh, fish.
    pub fn choose(self, texts: [&'static str; 3]) -> &'static str {
        texts[self as usize]
    }

    /// Writes the user's rc file: a prompt, an alias, and then what the test is about.
    pub fn write_rc(self, sandbox: &Sandbox, more: &str) {
        let file = self.choose([".bashrc", ".zshrc", ".config/fish/config.fish"]);
        let own = self.choose([
            "PS1='ready> '\nalias greet='echo hello from bash'\n",
            "PS1='ready> '\nalias greet='echo hello from zsh'\nHISTFILE=~/.zsh_history SAVEHIST=100\n",
            "function fish_prompt; echo -n 'ready> '; end\nset -g fish_greeting\nalias greet 'echo hello from fish'\n",
        ]);
        sandbox.write(sandbox.home().join(file), format!("{own}{more}\n"));
    }

    /// What the alias `greet` says.
    pub fn greeting(self) -> &'static str {
        self.choose(["hello from bash", "hello from zsh", "hello from fish"])
    }

    pub fn export(self, name: &str, value: &str) -> String {
        match self {
            Self::Bash | Self::Zsh => format!("export {name}={value}"),
            Self::Fish => format!("set -gx {name} {value}"),
        }
    }

    /// Puts a directory in front of PATH.
    pub fn prepend_to_path(self, directory: &str) -> String {
        match self {
            Self::Bash | Self::Zsh => format!("PATH={directory}:$PATH"),
            Self::Fish => format!("set PATH {directory} $PATH"),
        }
    }
}
