//! Sizes and times: mistakes by the thousand, programs that state
//! sizes they do not have, and limits that leave devshell no thread, no memory and no room.

use std::path::Path;
use std::time::Duration;

use crate::support::{Archive, DEVSHELL, Debian, Invocation, Outcome, Registry, Sandbox, Signer, deb, package, tool};

/// devshell with room for no more than 2 GB of addresses.
pub fn with_little_memory<'s>(sandbox: &'s Sandbox, words: &[&str]) -> Invocation<'s> {
    let script = r#"ulimit -v 2000000; exec "$0" "$@""#;
    sandbox.program("sh", &["-c", script, DEVSHELL]).args(words)
}

/// It may refuse, but it ends by itself.
#[track_caller]
pub fn assert_ends(outcome: &Outcome) -> &Outcome {
    let errors = outcome.errors();
    let text = outcome.to_string();
    assert!(!text.contains("signal:"), "{outcome}");
    for word in ["panicked", "out of memory", "memory allocation"] {
        assert!(!errors.contains(word), "{outcome}");
    }
    outcome
}

/// What has no end, or ends far away: a file of 256 TiB that says it has none, a device, a pipe that nobody writes to,
/// and a file of 1 TiB that takes no room.
pub const ENDLESS: [&str; 4] = ["/proc/self/pagemap", "/dev/zero", "pipe", "sparse"];

pub fn put(sandbox: &Sandbox, place: &Path, what: &str) {
    sandbox.remove(place);
    match what {
        "pipe" => {
            rustix::fs::mkfifoat(rustix::fs::CWD, place, rustix::fs::Mode::from_raw_mode(0o600)).unwrap();
        }
        "sparse" => {
            let file = fs_err::File::create(place).unwrap();
            file.set_len(1 << 40).unwrap();
        }
        path => fs_err::os::unix::fs::symlink(path, place).unwrap(),
    }
}

/// What the cache holds only saves time: a file of it that is none, or too large, is as good as not there.
#[test]
fn a_kept_environment_that_is_none_is_composed_again() {
    let registry = Registry::with(tool("node", "24.3.0"));
    let sandbox = Sandbox::new().with_registry(&registry);
    sandbox.manifest(r#"{ "tools": { "node": "24" } }"#);
    sandbox.run(&["lock"]).success();
    sandbox.run(&["run", "node"]).success();
    let kept = fs_err::read_dir(sandbox.cache().join("environments-1")).unwrap().next().unwrap().unwrap().path();
    for what in ENDLESS {
        put(&sandbox, &kept, what);
        assert_ends(&with_little_memory(&sandbox, &["run", "node"]).run()).success();
        assert!(kept.symlink_metadata().unwrap().is_file(), "it was not written again");
    }
}

/// So long a prompt may take in a build that is not optimised, on a busy machine. It took most of a minute before.
const PATIENCE: Duration = Duration::from_secs(15);

/// Each `{i}` of a line in turn, separated by commas.
fn lines(count: usize, line: &str) -> String {
    (0..count).map(|index| line.replace("{i}", &index.to_string())).collect::<Vec<_>>().join(",")
}

#[test]
fn a_manifest_of_a_megabyte_holds_no_prompt_up() {
    let manifests = [
        ("", format!("{{ \"env\": {{ {} }} }}", lines(60_000, r#""V{i}":"1""#))),
        ("", format!("/*{}*/ {{ \"env\": {{ {} }} }}", "\n".repeat(900_000), lines(5000, r#""V{i}":"1""#))),
        ("99999 mistakes", format!("{{ \"env\": {{ {} }} }}", lines(100_000, r#""A":"1""#))),
        ("45000 mistakes", format!("{{ \"env\": {{ {} }} }}", lines(45_000, r#""V{i}":"${X{i}}""#))),
        ("250001 mistakes", format!("{{ \"env\": {{ \"A\": \"{}\" }} }}", "${X}".repeat(250_000))),
        ("90000 mistakes", format!("{{ {} }}", lines(90_000, r#""x{i}":1"#))),
        ("1 mistake", format!("{{ \"{}\": 1 }}", "k".repeat(1_000_000))),
        ("60000 mistakes", format!("{{ \"tools\": {{ {} }} }}", lines(60_000, r#""nodx{i}":"1""#))),
        ("", format!("{{ \"tools\": {{ {} }} }}", lines(50_000, r#""pypi:a{i}":"1""#))),
        (
            "",
            format!(
                "{{ \"env\": {{ {} }}, \"environments\": {{ {} }} }}",
                lines(30_000, r#""V{i}":"1""#),
                lines(12_000, r#""e{i}":{"env":{"W":"${V1}"}}"#)
            ),
        ),
    ];
    for (mistakes, manifest) in manifests {
        assert!(manifest.len() <= 1 << 20, "{}", manifest.len());
        let sandbox = Sandbox::new();
        sandbox.manifest(&manifest);
        let prompt = sandbox.devshell(&["on-prompt", "bash", "x"]).run_within(PATIENCE);
        assert_eq!(prompt.success().errors().contains("has mistakes"), !mistakes.is_empty(), "{prompt}");
        let outcome = sandbox.devshell(&["run", "true"]).run_within(PATIENCE);
        outcome.stderr_contains(mistakes);
        assert!(outcome.errors().len() < 1 << 20, "{} bytes are said", outcome.errors().len());
    }
}

#[test]
fn a_hundred_mistakes_are_shown_and_the_rest_is_counted() {
    let sandbox = Sandbox::new();
    sandbox.manifest(format!("{{ \"env\": {{ {} }} }}", lines(60_000, "\n\"A\":\"1\"")));
    let outcome = sandbox.devshell(&["list"]).run_within(PATIENCE);
    outcome.code(4).stderr_contains("devshell: and 59899 more\ndevshell: 59999 mistakes in devshell.json\n");
    assert_eq!(outcome.errors().matches("error: `A` appears twice\n").count(), 100);
    outcome.stderr_contains("--> devshell.json:101:1\n");
}

/// A few lines that double one another would fill any memory; so would an address with its version in it.
#[test]
fn values_that_grow_without_an_end_are_mistakes() {
    let sandbox = Sandbox::new();
    let doubled = (1..60).map(|index| format!("\"A{index}\":\"${{A{0}}}${{A{0}}}\"", index - 1)).collect::<Vec<_>>();
    sandbox.manifest(format!("{{ \"env\": {{ \"A0\": \"${{HOME}}\",\n{} }} }}", doubled.join(",\n")));
    let outcome = with_little_memory(&sandbox, &["run", "true"]).run();
    assert_ends(&outcome).code(125).stderr_contains("error: `A18` may become longer than 128 KiB\n");

    let version = "1".repeat(400_000);
    let template = "{version}".repeat(50_000);
    let tool = format!(r#""url:a": {{ "version": "{version}", "url": "https://a.example/{template}.zip" }}"#);
    sandbox.manifest(format!("{{ \"tools\": {{ {tool} }} }}"));
    let outcome = with_little_memory(&sandbox, &["list"]).run();
    assert_ends(&outcome)
        .code(4)
        .stderr_contains("error: with its placeholders filled in, it has more than 8192 bytes\n");

    let platforms = lines(30_000, r#""x86_64-linux""#);
    let address = "x".repeat(400_000);
    let tool =
        format!(r#""url:a": {{ "version": "1", "url": "https://a.example/{address}", "platforms": [{platforms}] }}"#);
    sandbox.manifest(format!("{{ \"tools\": {{ {tool} }} }}"));
    assert_ends(&with_little_memory(&sandbox, &["list"]).run()).code(4);
}

/// A program for this machine that states other sizes than it has, in each of the ways that brought devshell down or
/// made it write 2 GiB.
fn programs() -> Vec<Vec<u8>> {
    let seed = if cfg!(target_arch = "aarch64") { "aarch64" } else { "program" };
    let seed = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds/elf").join(seed);
    let good = fs_err::read(seed).unwrap();
    let number = |at: usize| usize::try_from(u64::from_le_bytes(good[at..at + 8].try_into().unwrap())).unwrap();
    let (segments, sections) = (number(32), number(40));
    let mut places: Vec<usize> = (0..5).flat_map(|index| [8, 32].map(|at| segments + 56 * index + at)).collect();
    places.extend((1..7).flat_map(|index| [24, 32].map(|at| sections + 64 * index + at)));
    let mut programs = vec![good.clone()];
    for at in places {
        for value in [2_u64 << 30, 1 << 40, 1 << 63] {
            let mut program = good.clone();
            program[at..at + 8].copy_from_slice(&value.to_le_bytes());
            programs.push(program);
        }
    }
    programs
}

#[test]
fn a_program_with_sizes_that_are_not_its_file_s_is_left_as_it_is() {
    let programs = programs();
    let mut files = Archive::new()
        .executable("./usr/bin/tool", "#!/bin/sh\necho tool\n")
        .executable("./lib64/ld-linux-x86-64.so.2", "loader")
        .executable("./lib/ld-linux-aarch64.so.1", "loader");
    for (index, program) in programs.iter().enumerate() {
        files = files.program(&format!("./usr/bin/program{index}"), program);
    }
    let debian = Debian::with([deb("tool", "1").holding(files)]);
    let sandbox = Sandbox::new();
    sandbox.write("archive.asc", Signer::Archive.public());
    let url = debian.url();
    sandbox.manifest(format!(
        r#"{{ "tools": {{ "deb:tool": "*" }},
             "registries": {{ "deb": {{ "url": "{url}", "suite": "trixie", "keys": "archive.asc" }} }} }}"#
    ));
    sandbox.run(&["lock"]).success();
    assert_ends(&with_little_memory(&sandbox, &["run", "tool"]).run()).success().stdout("tool\n");
    let builds = fs_err::read_dir(sandbox.data().join("builds-1")).unwrap().map(|entry| entry.unwrap().path());
    let prefix = builds.into_iter().find(|path| path.is_dir()).unwrap();
    let made = |index: usize| fs_err::read(prefix.join(format!("usr/bin/program{index}"))).unwrap();
    assert_ne!(made(0), programs[0], "the good one is patched");
    for (index, program) in programs.iter().enumerate().skip(1) {
        assert!(made(index) == *program, "program {index} has {} bytes", made(index).len());
    }
    sandbox.run(&["verify"]).success();
}

/// Says that a test did not run, past the harness, which shows only what failed.
fn not_run(test: &str, why: &str) {
    use std::io::Write as _;
    let line = format!("bounds::{test} was not run: {why}\n");
    std::io::stderr().write_all(line.as_bytes()).unwrap();
}

/// A number that no other process runs under.
const NOBODY: &str = "61234";

#[test]
fn no_further_thread_is_needed() {
    const NAME: &str = "no_further_thread_is_needed";
    if !rustix::process::geteuid().is_root() {
        return not_run(NAME, "it becomes another user, whose processes nobody else adds to");
    }
    let packages: Vec<_> = (0..9)
        .map(|index| {
            package(&format!("p{index}"), "1.0.0")
                .executable("bin/x", "#!/bin/sh\necho x\n")
                .bin(&format!("x{index}"), "bin/x")
        })
        .collect();
    let registry = Registry::with([packages, tool("node", "22.3.0")].concat());
    let sandbox = Sandbox::new().with_registry(&registry);
    let tools = (0..9).map(|index| format!(r#""npm:p{index}": "1""#)).collect::<Vec<_>>().join(", ");
    sandbox.manifest(format!("{{ \"tools\": {{ {tools} }} }}"));
    let own =
        sandbox.program(which::which("chown").unwrap(), &["-R", &format!("{NOBODY}:{NOBODY}")]).arg(sandbox.root());
    own.run().success();
    // One process, which is devshell itself. What it needs to start is its own; what it becomes takes its place.
    let alone = |words: &[&str]| {
        let options = ["--nproc=1:1", "setpriv", "--reuid", NOBODY, "--regid", NOBODY, "--clear-groups", DEVSHELL];
        sandbox
            .program(which::which("prlimit").unwrap(), &options)
            .env("PATH", std::env::var_os("PATH").unwrap())
            .args(words)
            .run()
    };
    if !alone(&["--version"]).ended_well() {
        return not_run(NAME, "an ordinary user cannot reach the target directory");
    }
    for words in
        [&["lock"][..], &["outdated"], &["install"], &["run", "x3"], &["verify"], &["doctor"], &["gc", "--yes"]]
    {
        let outcome = alone(words);
        assert_ends(&outcome);
        if words[0] != "doctor" && words[0] != "outdated" {
            outcome.success();
        }
    }
}

/// The limit of `ulimit -f`, in blocks of 512 bytes.
#[test]
fn a_limit_on_the_sizes_of_files_is_an_error_and_no_death() {
    let noise: Vec<u8> = (0_u64..20_000).flat_map(|n| n.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes()).collect();
    let hello = package("hello", "1.0.0")
        .bin("hello", "bin/hello")
        .executable("bin/hello", "#!/bin/sh\necho hello\n")
        .file("noise", noise);
    let registry = Registry::with([vec![hello], tool("node", "22.3.0")].concat());
    let sandbox = Sandbox::new().with_registry(&registry);
    sandbox.manifest(r#"{ "tools": { "npm:hello": "1" } }"#);
    sandbox.run(&["lock"]).success();
    let limited = |blocks: u32, words: &[&str]| {
        let script = format!(r#"ulimit -f {blocks}; exec "$0" "$@""#);
        sandbox.program("sh", &["-c", &script, DEVSHELL]).args(words).run()
    };
    for words in [&["install"][..], &["run", "hello"]] {
        let outcome = limited(64, words);
        outcome.stderr_contains("`hello 1.0.0` cannot be put into the store\n  because failed to write");
        outcome.stderr_contains("File too large (os error 27)\nhint: `ulimit -f` limits how large files may become;");
    }
    sandbox.run(&["verify"]).success();
    sandbox.run(&["run", "hello"]).success();
    // A command is ended by the signal as it always was, whether its environment was known or is new.
    for isolation in ["path", "path", "none"] {
        let status = sandbox.run(&["run", "--isolation", isolation, "--", "cat", "/proc/self/status"]);
        for (mask, expected) in [("SigIgn:", 0), ("SigCgt:", 0)] {
            let text = status.success().text();
            let line = text.lines().find_map(|line| line.strip_prefix(mask)).unwrap();
            let bits = u64::from_str_radix(line.trim(), 16).unwrap();
            assert_eq!(bits >> 24 & 1, expected, "{mask} {line}");
        }
    }
}
