//! The table of dialects: which executables speak one, and where devshell offers it. What a dialect
//! needs is in its own file.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::Path;

use super::{Bash, Dialect, Elvish, EnvFile, Fish, Nu, Posix, Pwsh, Tcsh, Xonsh, Zsh};

/// A row of the table.
pub struct Known {
    pub dialect: &'static dyn Dialect,
    /// The names of the executables that speak it.
    pub executables: &'static [&'static str],
    /// Whether `devshell env --format` writes it.
    pub is_format: bool,
    /// Whether a process of that name most likely runs a script, and is not the user's choice.
    pub runs_scripts: bool,
}

/// All dialects that are known by name, in the order in which help lists them.
pub const ALL: &[Known] = &[
    Known { dialect: &Bash, executables: &["bash"], is_format: true, runs_scripts: false },
    Known { dialect: &Zsh, executables: &["zsh"], is_format: true, runs_scripts: false },
    Known { dialect: &Fish, executables: &["fish"], is_format: true, runs_scripts: false },
    Known { dialect: &Nu, executables: &["nu"], is_format: true, runs_scripts: false },
    Known { dialect: &Elvish, executables: &["elvish"], is_format: true, runs_scripts: false },
    Known { dialect: &Xonsh, executables: &["xonsh"], is_format: true, runs_scripts: false },
    Known { dialect: &Tcsh, executables: &["tcsh", "csh"], is_format: true, runs_scripts: false },
    Known { dialect: &Pwsh, executables: &["pwsh"], is_format: true, runs_scripts: false },
    Known { dialect: &EnvFile::Sh, executables: &["sh"], is_format: false, runs_scripts: true },
    Known { dialect: &EnvFile::Dash, executables: &["dash"], is_format: false, runs_scripts: true },
    Known { dialect: &EnvFile::Ash, executables: &["ash"], is_format: false, runs_scripts: true },
    Known { dialect: &EnvFile::Busybox, executables: &["busybox"], is_format: false, runs_scripts: true },
    Known { dialect: &EnvFile::Ksh, executables: &["ksh", "ksh93"], is_format: false, runs_scripts: false },
    Known { dialect: &EnvFile::Mksh, executables: &["mksh", "lksh"], is_format: false, runs_scripts: false },
    Known { dialect: &EnvFile::Yash, executables: &["yash"], is_format: false, runs_scripts: false },
];

/// The row of a shell, by the name of its executable.
pub fn known(shell: &Path) -> Option<&'static Known> {
    let name = shell.file_name().and_then(OsStr::to_str)?;
    ALL.iter().find(|known| known.executables.contains(&name))
}

/// The dialect a shell speaks, by the name of its executable. One that is not known is taken for a
/// plain POSIX shell.
pub fn of(shell: &Path) -> &'static dyn Dialect {
    known(shell).map_or(&Posix, |known| known.dialect)
}

/// The start files of all dialects, each once. They go together, since a `~/.bashrc` may end in
/// `exec fish`.
pub fn start_files() -> BTreeMap<&'static str, &'static str> {
    ALL.iter().flat_map(|known| known.dialect.start_files()).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_notices_changes_compares_them_in_its_start_files() {
        for Known { dialect, .. } in ALL {
            // POSIX, fish, nushell, xonsh.
            let marks = ["-nt $__devshell_stamp", "-nt \"$__devshell_stamp\"", "> $then", "> stamp"];
            let compares = dialect.start_files().iter().any(|(_, text)| marks.iter().any(|mark| text.contains(mark)));
            assert_eq!(dialect.notices_changes(), compares, "{}", dialect.name());
        }
    }

    #[test]
    fn a_shell_is_known_by_the_name_of_its_executable() {
        let cases = [
            ("bash", "bash"),
            ("nu", "nu"),
            ("elvish", "elvish"),
            ("xonsh", "xonsh"),
            ("tcsh", "tcsh"),
            ("csh", "tcsh"),
            ("pwsh", "pwsh"),
            ("ksh93", "ksh"),
            ("lksh", "mksh"),
            ("busybox", "busybox"),
            ("rc", "sh"),
        ];
        for (file, name) in cases {
            assert_eq!(of(&Path::new("/usr/bin").join(file)).name(), name, "{file}");
        }
        assert!(of(Path::new("rc")).interactive(Path::new("/start")).is_none());
    }

    #[test]
    fn no_name_leads_to_two_rows() {
        let mut names: Vec<_> = ALL.iter().flat_map(|known| known.executables).collect();
        let count = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), count);
        for known in ALL.iter().filter(|known| known.is_format) {
            assert_eq!(known.executables[0], known.dialect.name(), "the name of a format is the shell's own");
        }
    }
}
