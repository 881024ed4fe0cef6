//! What shells run for devshell - start files, hooks, completions, the repository's own scripts - checked by
//! linters, formatters and the shells themselves. No file without a check, and no check that finds nothing.

use std::path::{Path, PathBuf};

use crate::real;
use crate::support::{Outcome, Sandbox, shell};

/// A program and its arguments. The path of the file comes last.
type Check = &'static [&'static str];

struct Language {
    /// How the names of its files end.
    endings: &'static [&'static str],
    checks: &'static [Check],
    /// A text that each check must refuse.
    wrong: &'static str,
}

const LANGUAGES: &[Language] = &[
    Language {
        endings: &["start.sh", "fuzz/run", "npm-bin.sh", "launcher.sh", "get.sh"],
        checks: &[
            &["shellcheck", "--shell=sh"],
            &["shellcheck", "--shell=dash"],
            &["shellcheck", "--shell=ksh"],
            &["shfmt", "-ln", "posix", "-i", "2", "-ci", "-d"],
            &["dash", "-n"],
            &["ash", "-n"],
            &["ksh", "-n"],
            &["mksh", "-n"],
            &["yash", "-n"],
            &["bash", "--posix", "-n"],
        ],
        wrong: "if true; then\n",
    },
    Language {
        endings: &["bashrc", ".bash", "hook.direnv", "tests/run", ".ci/run", "catalog/run", "dist/build", "github.sh"],
        checks: &[&["shellcheck", "--shell=bash"], &["shfmt", "-ln", "bash", "-i", "2", "-ci", "-d"], &["bash", "-n"]],
        wrong: "if true; then\n",
    },
    Language {
        endings: &[".zsh", ".zshenv", ".zprofile", ".zshrc"],
        checks: &[&["zsh", "-f", "-n"]],
        wrong: "if true; then\n",
    },
    Language {
        endings: &[".fish"],
        checks: &[&["fish", "--no-config", "--no-execute"], &["fish_indent", "--check"]],
        wrong: "if true\necho\n",
    },
    Language { endings: &[".csh", ".cshrc"], checks: &[&["tcsh", "-f", "-n"]], wrong: "echo `ls\n" },
    Language {
        endings: &[".nu"],
        checks: &[&["nu", "--no-config-file", "-c", "def main [file] { nu-check --debug $file }"]],
        wrong: "def x [ {\n",
    },
    // elvish has no module `edit:` where nobody types, so its findings are looked at below.
    Language { endings: &[".elv"], checks: &[], wrong: "" },
    // xonsh's start file is plain Python.
    Language {
        endings: &[".py"],
        checks: &[&["python3", "-I", "-c", "import sys; f = sys.argv[1]; compile(open(f).read(), f, 'exec')"]],
        wrong: "if True:\n",
    },
    // Debian has no PowerShell.
    Language { endings: &[".ps1"], checks: &[], wrong: "" },
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All files below a directory of the repository but those in Rust.
fn files(directory: &str) -> Vec<PathBuf> {
    let (mut found, mut open) = (Vec::new(), vec![root().join(directory)]);
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(fs_err::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else if path.extension().is_none_or(|extension| extension != "rs") {
            found.push(path);
        }
    }
    found
}

fn language(path: &Path) -> &'static Language {
    let text = path.to_str().unwrap();
    let is_its = |language: &&Language| language.endings.iter().any(|ending| text.ends_with(ending));
    let found = LANGUAGES.iter().find(is_its);
    found.unwrap_or_else(|| panic!("no check is known for {text}: give its language a row in tests/it/lints.rs"))
}

fn check(sandbox: &Sandbox, check: Check, path: &Path) -> Outcome {
    let program = match check[0] {
        "python3" | "shellcheck" | "shfmt" | "fish_indent" => sandbox.find(check[0]),
        name => shell(name),
    };
    sandbox.program(program, &check[1..]).arg(path).run()
}

/// What elvish finds but that there is no `edit:`.
fn elvish(sandbox: &Sandbox, path: &Path) -> Vec<String> {
    let outcome = sandbox.program(shell("elvish"), &["-norc", "-compileonly", "-json"]).arg(path).run();
    let found: Vec<serde_json::Value> = serde_json::from_slice(outcome.bytes()).unwrap_or_default();
    let messages = found.iter().map(|finding| finding["message"].as_str().unwrap().to_owned());
    messages.filter(|message| !message.contains("variable $edit:")).collect()
}

#[test]
fn nothing_is_found_in_what_shells_run() {
    let sandbox = Sandbox::new().on_whole_host();
    let directories = [
        "src/dialect/start",
        "src/cli/hook",
        "src/cli/completions",
        "tests/run",
        "fuzz/run",
        ".ci/run",
        "catalog/run",
        "dist",
        "site/build.py",
        "site/console.py",
        "site/llms.py",
        "site/pages.py",
    ];
    // The words below are nothing without the line before or the module around them.
    let pieces = ["hook.nu", "values.nu"].map(|name| Some(name.as_ref()));
    let all: Vec<PathBuf> = directories.iter().flat_map(|directory| files(directory)).collect();
    assert!(all.len() > 30, "{all:?}");
    for path in all.iter().filter(|path| !pieces.contains(&path.file_name())) {
        for each in language(path).checks {
            check(&sandbox, each, path).success();
        }
        if path.extension().is_some_and(|extension| extension == "elv") {
            assert_eq!(elvish(&sandbox, path), Vec::<String>::new(), "{}", path.display());
        }
    }
}

/// The same for whole scripts, which have parts that the library for command lines writes. Those are as it formats them.
#[test]
fn every_shell_reads_its_hook_and_its_completions() {
    let sandbox = Sandbox::new().on_whole_host();
    for (verb, name, ending) in [
        ("hook", "bash", "bash"),
        ("hook", "zsh", "zsh"),
        ("hook", "fish", "fish"),
        ("hook", "nu", "nu"),
        ("hook", "direnv", "bash"),
        ("completions", "bash", "bash"),
        ("completions", "zsh", "zsh"),
        ("completions", "fish", "fish"),
        ("completions", "nushell", "nu"),
        ("completions", "elvish", "elv"),
    ] {
        let text = sandbox.run(&[verb, name]).success().bytes().to_owned();
        let path = sandbox.write(format!("{verb}-{name}.{ending}"), text);
        let is_shells = |check: &&Check| check.contains(&"-n") || check[0] == "fish" || check[0] == "nu";
        for each in language(&path).checks.iter().filter(is_shells) {
            check(&sandbox, each, &path).success();
        }
        if ending == "elv" {
            assert_eq!(elvish(&sandbox, &path), Vec::<String>::new());
        }
    }
}

#[test]
fn every_shell_reads_a_launcher() {
    let sandbox = Sandbox::new().on_whole_host();
    sandbox.write("SHA256SUMS", format!("{}  devshell-cli-1.2.3-x86_64-linux/devshell\n", "0".repeat(64)));
    sandbox.run(&["generate", "launcher", "--sums", "SHA256SUMS", "launcher.sh"]).success();
    let path = sandbox.project().join("launcher.sh");
    for each in language(&path).checks {
        check(&sandbox, each, &path).success();
    }
}

#[test]
fn every_check_finds_a_mistake() {
    let sandbox = Sandbox::new().on_whole_host();
    for Language { endings, checks, wrong } in LANGUAGES {
        let path = sandbox.write(format!("wrong/{}", endings[0].trim_start_matches('.')), wrong);
        for each in *checks {
            assert!(!check(&sandbox, each, &path).ended_well(), "{each:?} finds nothing in {wrong:?}");
        }
    }
    let path = sandbox.write("wrong.elv", "echo (\n");
    assert_eq!(elvish(&sandbox, &path), ["should be ')'"]);
    let path = sandbox.write("wrong.elv", "set edit:prompt = $no\n");
    assert_eq!(elvish(&sandbox, &path), ["variable $no not found"]);
}

/// Spelling, Python and the repository's own scripts, by the versions of linters that the project pins for itself.
#[test]
fn the_projects_own_linters_find_nothing() {
    real::run(&real::sandbox(), &["-C", env!("CARGO_MANIFEST_DIR"), "run", "-e", "lint", "lint"]).success();
}
