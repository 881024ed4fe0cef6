//! `tests/run`: which tests `--quick` leaves out, and what it does about missing programs.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::support::{Outcome, Sandbox};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The words of a list in tests/run.
fn list(name: &str) -> Vec<String> {
    let script = fs_err::read_to_string(root().join("tests/run")).unwrap();
    let (_, rest) = script.split_once(&format!("\n{name}='")).unwrap_or_else(|| panic!("no list `{name}`"));
    rest.split('\'').next().unwrap().split_whitespace().map(str::to_owned).collect()
}

/// The names of all tests, as they are found in the texts.
fn tests() -> BTreeSet<String> {
    let (mut found, mut open) = (BTreeSet::new(), vec![(root().join("tests/it"), String::new())]);
    while let Some((path, module)) = open.pop() {
        for entry in fs_err::read_dir(path).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            let inside = if name == "mod" { module.clone() } else { format!("{module}{name}::") };
            if path.is_dir() {
                open.push((path, inside));
                continue;
            }
            let text = fs_err::read_to_string(&path).unwrap();
            for part in text.split("#[test]\n").skip(1) {
                let (_, function) = part.split_once("fn ").unwrap();
                found.insert(inside.clone() + function.split('(').next().unwrap());
            }
        }
    }
    found
}

#[test]
fn each_module_is_in_one_list() {
    let main = fs_err::read_to_string(root().join("tests/it/main.rs")).unwrap();
    let modules = main.lines().filter_map(|line| line.strip_prefix("mod ")?.strip_suffix(';'));
    let modules: BTreeSet<String> = modules.filter(|module| *module != "support").map(str::to_owned).collect();
    let (quick, whole) = (list("quick"), list("whole"));
    for module in &modules {
        let count = quick.iter().chain(&whole).filter(|listed| *listed == module).count();
        assert_eq!(count, 1, "tests/run has to list the module `{module}` once, in `quick` or in `whole`");
    }
    for listed in quick.iter().chain(&whole) {
        assert!(modules.contains(listed), "tests/run lists `{listed}`, which is no module");
    }
}

/// libtest skips whatever contains a word.
#[test]
fn nothing_else_is_skipped() {
    let (quick, whole, single) = (list("quick"), list("whole"), list("single"));
    let tests = tests();
    assert!(tests.len() > 500, "{}", tests.len());
    for test in &tests {
        let module = test.split("::").next().unwrap().to_owned();
        let by_module = whole.iter().any(|module| test.contains(&format!("{module}::")));
        let by_name = single.iter().any(|name| test.contains(name.as_str()));
        assert_eq!(by_module, whole.contains(&module), "{test}");
        assert_eq!(by_name, single.contains(test), "{test}");
        assert!(!(by_module && by_name), "{test} is skipped twice");
    }
    for name in &single {
        assert!(tests.contains(name), "tests/run lists `{name}`, which is no test");
        assert!(quick.iter().any(|module| name.starts_with(&format!("{module}::"))), "{name}");
    }
}

/// `tests/run` where the programs are few, and cargo only prints what it is asked.
fn called(prepare: impl Fn(&Sandbox, PathBuf), arguments: &[&str]) -> Outcome {
    let mut sandbox = Sandbox::new();
    let host = sandbox.host_directory("hostbin");
    sandbox.write_executable(host.join("cargo"), "#!/bin/sh\necho \"cargo $*\"\n");
    prepare(&sandbox, host);
    sandbox.program(root().join("tests/run"), arguments).run()
}

/// An apt-get that only prints what it is asked, and a user who is root or not.
fn with_apt(sandbox: &Sandbox, host: &Path, user: &str) {
    sandbox.write_executable(host.join("apt-get"), "#!/bin/sh\necho \"apt-get $*\"\n");
    sandbox.write_executable(host.join("id"), &format!("#!/bin/sh\necho {user}\n"));
}

#[test]
fn missing_programs_are_named_and_not_installed() {
    let run = called(|_, _| {}, &[]);
    run.code(1).stdout("").stderr_contains("elvish").stderr_contains("install them with your system's package manager");
    run.stderr_contains("`tests/run --quick` needs only bash and git");
    let run = called(|sandbox, host| with_apt(sandbox, &host, "0"), &[]);
    run.code(1).stdout("").stderr_contains("or type: tests/run --setup");
    // Without root's rights they are not, even when asked for.
    let run = called(|sandbox, host| with_apt(sandbox, &host, "1000"), &["--setup"]);
    run.code(1).stdout("").stderr_contains("type: sudo apt-get install ").stderr_contains(" python3 python3-pip\n");
}

#[test]
fn setup_installs_and_then_runs_everything() {
    let run = called(|sandbox, host| with_apt(sandbox, &host, "0"), &["--setup", "which::", "--", "--nocapture"]);
    run.success().stdout_contains("apt-get install -y -qq ").stdout_contains(" elvish ");
    run.stdout_contains("\ncargo test which:: --workspace -- --nocapture\n");
}

#[test]
fn quick_needs_few_programs_and_skips_the_rest() {
    let run = called(|_, _| {}, &["--quick"]);
    run.success().stderr("").stdout_contains("cargo test --lib --\ncargo test --test it -- --skip cd:: ");
    for word in list("whole").iter().map(|module| format!("{module}::")).chain(list("single")) {
        run.stdout_contains(&format!(" --skip {word}"));
    }
}
