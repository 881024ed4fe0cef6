//! What some programs do with their arguments, as data: which run another command, which run a script, and which
//! read a file of the project that says what to run.

/// What a program makes of its arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Does {
    /// It runs nothing of the project's, and its arguments are no files that it reads.
    Nothing,
    /// It runs nothing of the project's, and reads what it is given.
    Looks,
    /// It runs the rest as a command. Some of its options have values.
    Runs { options: &'static str },
    /// It runs what follows one of these words, and reads files else.
    RunsAfter { words: &'static [&'static str], files: &'static [&'static str] },
    /// It runs the first plain argument as a script, or a line after `-c`.
    Shell,
    /// It runs the first plain argument as a script. Options are about code that is not followed.
    Script,
    /// It reads files, and runs what they say. An option names another file, and one a directory.
    Reads { files: &'static [&'static str], file: &'static [&'static str], directory: &'static [&'static str] },
}

const fn reads(files: &'static [&'static str]) -> Does {
    Does::Reads { files, file: &[], directory: &[] }
}

const PACKAGE: Does =
    Does::Reads { files: &["package.json"], file: &[], directory: &["--prefix", "-C", "--dir", "--cwd"] };
const PYPROJECT: &[&str] = &["pyproject.toml"];
const COMPOSE: Does = Does::Reads {
    files: &["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"],
    file: &["-f", "--file"],
    directory: &[],
};

const PROGRAMS: &[(&[&str], Does)] = &[
    (
        &[
            ":", "[", "[[", "alias", "basename", "chmod", "clear", "date", "dirname", "echo", "false", "hash", "kill",
            "ln", "ls", "mkdir", "popd", "printf", "pwd", "read", "return", "exit", "rm", "rmdir", "set", "shift",
            "sleep", "stty", "tee", "test", "touch", "tput", "true", "type", "ulimit", "umask", "unalias", "uname",
            "unset", "wait", "which", "whoami", "break", "continue", "id", "hostname",
        ],
        Does::Nothing,
    ),
    (
        &[
            "cat", "head", "tail", "grep", "sort", "wc", "tr", "cut", "cp", "mv", "diff", "cmp", "curl", "wget", "awk",
            "sed",
        ],
        Does::Looks,
    ),
    (&["command", "builtin", "exec", "nohup", "setsid", "time"], Does::Runs { options: "a" }),
    (&["env"], Does::Runs { options: "uC" }),
    (&["nice", "ionice"], Does::Runs { options: "ncp" }),
    (&["timeout"], Does::Runs { options: "sk" }),
    (&["sudo", "doas"], Does::Runs { options: "ugCD" }),
    (&["xargs"], Does::Runs { options: "adILnPs" }),
    (&["stdbuf"], Does::Runs { options: "ioe" }),
    (&["npx", "bunx", "pnpx"], Does::Runs { options: "p" }),
    (&["poetry", "pipenv", "pdm", "hatch", "rye", "uv"], Does::RunsAfter { words: &["run"], files: PYPROJECT }),
    (&["bundle"], Does::RunsAfter { words: &["exec"], files: &["Gemfile"] }),
    (&["mise", "rtx"], Does::RunsAfter { words: &["exec", "x"], files: &["mise.toml", ".mise.toml"] }),
    (&["sh", "bash", "dash", "zsh", "ksh", "mksh", "yash", "fish", "busybox"], Does::Shell),
    (
        &[
            "python", "python2", "python3", "pypy", "pypy3", "ipython", "node", "nodejs", "bun", "deno", "tsx",
            "ts-node", "perl", "ruby", "php", "lua", "luajit", "Rscript", "nu", "pwsh", "xonsh", "elvish", "tclsh",
            "guile",
        ],
        Does::Script,
    ),
    (
        &["make", "gmake", "bmake"],
        Does::Reads {
            files: &["GNUmakefile", "makefile", "Makefile"],
            file: &["-f", "--file", "--makefile"],
            directory: &["-C", "--directory"],
        },
    ),
    (&["npm", "pnpm", "yarn"], PACKAGE),
    (
        &["just"],
        Does::Reads {
            files: &["justfile", "Justfile", ".justfile"],
            file: &["-f", "--justfile"],
            directory: &["-d", "--working-directory"],
        },
    ),
    (
        &["task", "go-task"],
        Does::Reads {
            files: &["Taskfile.yml", "Taskfile.yaml", "taskfile.yml", "taskfile.yaml"],
            file: &["-t", "--taskfile"],
            directory: &["-d", "--dir"],
        },
    ),
    (&["docker", "podman", "docker-compose", "podman-compose"], COMPOSE),
    (&["pre-commit", "prek"], reads(&[".pre-commit-config.yaml"])),
    (&["lefthook"], reads(&["lefthook.yml", "lefthook.yaml", ".lefthook.yml"])),
    (&["cargo"], reads(&["Cargo.toml", "build.rs", ".cargo/config.toml"])),
    (&["go"], reads(&["go.mod"])),
    (&["tox"], reads(&["tox.ini"])),
    (&["nox"], reads(&["noxfile.py"])),
    (&["invoke", "inv"], reads(&["tasks.py"])),
    (&["rake"], reads(&["Rakefile"])),
    (&["composer"], reads(&["composer.json"])),
    (&["mix"], reads(&["mix.exs"])),
    (&["gradle"], reads(&["build.gradle", "build.gradle.kts", "settings.gradle"])),
    (&["mvn"], reads(&["pom.xml"])),
    (&["ninja"], reads(&["build.ninja"])),
    (&["direnv"], reads(&[".envrc"])),
];

/// What is known of a program, by its name or its path.
pub fn find(program: &str) -> Option<Does> {
    let name = program.rsplit('/').next().unwrap_or(program);
    // `python3.12`.
    let name = if name.starts_with("python3.") { "python3" } else { name };
    PROGRAMS.iter().find(|(names, _)| names.contains(&name)).map(|(_, does)| *does)
}
