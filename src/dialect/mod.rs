//! What each shell needs: how it is started so that the user's rc files are read and
//! yet do not win, how a value is quoted, how a variable is set. One file per dialect.
//!
//! The start files are static. Whatever is particular to a dev shell reaches them through
//! environment variables (`Handover`), so that no value is ever quoted into a script and no
//! secret is on disk.

mod bash;
mod blame;
mod elvish;
mod env_file;
mod fish;
mod nu;
mod posix;
mod pwsh;
pub mod quote;
mod table;
mod tcsh;
mod xonsh;
mod zsh;

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

pub use bash::Bash;
pub use blame::{Places, setter};
pub use elvish::Elvish;
pub use env_file::EnvFile;
pub use fish::Fish;
pub use nu::Nu;
pub use posix::Posix;
pub use pwsh::Pwsh;
pub use table::{ALL, Known, known, of, start_files};
pub use tcsh::Tcsh;
pub use xonsh::Xonsh;
pub use zsh::Zsh;

/// How a shell is started: the arguments after its name, and more variables.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Launch {
    pub arguments: Vec<OsString>,
    pub variables: Vec<(OsString, OsString)>,
}

/// With this, a start file passes over the user's rc files.
const NO_RC: &str = "__DEVSHELL_NO_RC";

impl Launch {
    fn with_arguments(arguments: &[&str]) -> Self {
        Self { arguments: arguments.iter().map(OsString::from).collect(), variables: Vec::new() }
    }

    fn without_rc_files(mut self) -> Self {
        self.variables.push((NO_RC.into(), "1".into()));
        self
    }
}

/// A start file: its path below their directory, and its text.
pub type StartFile = (&'static str, &'static str);

/// A shell language, as far as devshell speaks it.
pub trait Dialect: Sync {
    /// The shell's usual name.
    fn name(&self) -> &'static str;

    /// What it reads after the user's rc files.
    fn start_files(&self) -> &'static [StartFile];

    /// Starts an interactive shell that reads the user's rc files and then ours, which are in
    /// `start`. `None` if this shell has no such option: then rc files may win.
    fn interactive(&self, start: &Path) -> Option<Launch>;

    /// Starts one that reads ours alone. `None` if it always reads the user's.
    fn without_rc_files(&self, _start: &Path) -> Option<Launch> {
        None
    }

    /// For a shell without such an option: a variable that puts the marker into its prompt.
    fn prompt(&self, _marker: &str) -> Option<(&'static str, String)> {
        None
    }

    /// Whether its prompt in a dev shell says that the manifest or the lock has changed.
    fn notices_changes(&self) -> bool {
        false
    }

    /// The user's own files that an interactive shell reads before ours, in their order; a directory
    /// means what is in it.
    fn rc_files(&self, _places: &Places) -> Vec<PathBuf> {
        Vec::new()
    }

    /// Starts a shell that reads a script from standard input, and no rc file.
    fn script(&self) -> Launch;

    /// A line that exports a variable. The value is quoted; any bytes but NUL will do, as far as
    /// the shell can hold them: nushell and PowerShell know Unicode only.
    fn set(&self, name: &str, value: &OsStr) -> OsString;

    /// A line that takes a variable away.
    fn unset(&self, name: &str) -> OsString;
}

/// What the start files get, as `__DEVSHELL_*` variables.
#[derive(Debug)]
pub struct Handover<'a> {
    /// The variables to apply after the rc files.
    pub set: Vec<(&'a OsStr, &'a OsStr)>,
    /// Patterns of variables that shall not be exported after the rc files.
    pub unset: BTreeSet<&'a str>,
    /// At isolation `pure`: patterns of the variables that may remain exported.
    pub keep: Option<Vec<&'a str>>,
    /// Commands that no alias or function may hide.
    pub commands: Vec<&'a str>,
    /// Aliases of the user's, by name: names of letters, digits and `._+-`, and commands in the
    /// words of their shell, without control characters.
    pub aliases: &'a [(String, String)],
    /// What the prompt begins with.
    pub marker: &'a str,
    /// Where the history is kept, if that is not where the user's own is.
    pub history: Option<&'a Path>,
    /// Where the start files are.
    pub start: &'a Path,
    pub shell: &'a Path,
    /// The user's directory.
    pub directory: &'a Path,
    /// The caller's own values of the variables that the launch sets.
    pub replaced: Vec<(&'a OsStr, &'a OsStr)>,
    pub manifest: &'a Path,
    /// The manifest and the lock are newer than this file once they have changed.
    pub stamp: &'a Path,
    /// The project's env files, in which a change is noted in the same way.
    pub env_files: &'a [PathBuf],
    /// The options to reload with, separated by blanks.
    pub options: &'a str,
    /// The way back to the caller's variables. The shell keeps it to itself, and gives it to `devshell
    /// reload` alone, as `__DEVSHELL_UNDO`. Under that name, the user's rc files would take it for a hook's.
    pub undo: String,
}

impl Handover<'_> {
    /// The variables that carry it.
    pub fn variables(&self) -> Vec<(OsString, OsString)> {
        let words = |list: &[&str]| OsString::from(list.join(" "));
        let mut names = OsString::new();
        let mut variables = Vec::new();
        for (name, value) in &self.set {
            if !names.is_empty() {
                names.push(" ");
            }
            names.push(name);
            let mut carrier = OsString::from("__DEVSHELL_V_");
            carrier.push(name);
            variables.push((carrier, OsString::from(value)));
        }
        for (name, value) in &self.replaced {
            let mut carrier = OsString::from("__DEVSHELL_");
            carrier.push(name);
            variables.push((carrier, OsString::from(value)));
        }
        let mut add = |name: &str, value: OsString| variables.push((name.into(), value));
        add("__DEVSHELL_NAMES", names);
        add("__DEVSHELL_UNSET", words(&self.unset.iter().copied().collect::<Vec<_>>()));
        if let Some(keep) = &self.keep {
            add("__DEVSHELL_KEEP", words(keep));
        }
        add("__DEVSHELL_COMMANDS", words(&self.commands));
        if !self.aliases.is_empty() {
            // A line for each, `name=command` and a newline. Neither holds a newline and no name a
            // `=`, so nothing is escaped: a start file takes the line apart and assigns.
            let lines = self.aliases.iter().map(|(name, command)| format!("{name}={command}\n"));
            add("__DEVSHELL_ALIASES", lines.collect::<String>().into());
        }
        add("__DEVSHELL_MARKER", self.marker.into());
        if let Some(history) = self.history {
            add("__DEVSHELL_HISTORY", history.into());
        }
        add("__DEVSHELL_START", self.start.into());
        add("__DEVSHELL_SHELL", self.shell.into());
        add("__DEVSHELL_CWD", self.directory.into());
        add("__DEVSHELL_MANIFEST", self.manifest.into());
        add("__DEVSHELL_STAMP", self.stamp.into());
        if !self.env_files.is_empty() {
            // A line for each. One with a newline in it is not there, and never changes.
            let files: Vec<&OsStr> = self.env_files.iter().map(|file| file.as_os_str()).collect();
            add("__DEVSHELL_ENV_FILES", files.join(OsStr::new("\n")));
        }
        add("__DEVSHELL_OPTIONS", self.options.into());
        add("__DEVSHELL_BACK", self.undo.clone().into());
        variables
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What cannot be tried in the shell itself.
    #[test]
    fn powershell_runs_the_start_file_and_stays() {
        let launch = Pwsh.interactive(Path::new("/start")).unwrap();
        assert_eq!(launch.arguments, ["-NoLogo", "-NoExit", "-File", "/start/start.ps1"].map(OsString::from));
        let [(_, text)] = Pwsh.start_files() else { panic!("it has one start file") };
        let depth = |open, close| text.matches(open).count().cast_signed() - text.matches(close).count().cast_signed();
        assert_eq!((depth("{", "}"), depth("(", ")")), (0, 0), "brackets that do not close");
        assert!(!text.contains("Invoke-Expression"), "values are never evaluated");
    }
}
