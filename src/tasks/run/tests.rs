//! Tasks as real processes.

use std::cell::RefCell;
use std::ffi::OsString;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

use rustix::process::kill_process_group;
use signal_hook::consts::SIGTERM;
use signal_hook::low_level::emulate_default_handler;

use super::super::StartError;
use super::*;
use crate::files::Scratch;

/// Writes down all that it hears.
#[derive(Default)]
struct Heard(RefCell<Vec<String>>);

impl Heard {
    fn add(&self, text: String) {
        self.0.borrow_mut().push(text);
    }
}

impl Watcher for Heard {
    fn started(&self, name: &str) {
        self.add(format!("{name} started"));
    }
    fn line(&self, name: &str, is_error: bool, line: &[u8]) {
        self.add(format!("{name}{} {}", if is_error { "!" } else { ":" }, line.escape_ascii()));
    }
    fn skipped(&self, name: &str) {
        self.add(format!("{name} skipped"));
    }
    fn ended(&self, name: &str, how: &Outcome, _took: Duration) {
        self.add(match how {
            Outcome::Failed(failure) => format!("{name} failed: {failure}"),
            _ => format!("{name} succeeded"),
        });
    }
}

struct Yard {
    place: tempfile::TempDir,
    tasks: Vec<Task>,
    options: Options,
}

impl Yard {
    /// `name needs…: a line for the shell`.
    fn new(tasks: &[&str]) -> Self {
        let place = tempfile::tempdir().unwrap();
        let tasks = tasks.iter().map(|text| task(place.path(), text)).collect();
        let state = place.path().join("state");
        fs_err::create_dir(&state).unwrap();
        let options = Options { jobs: Some(1), keep_going: false, force: false, output: Output::Lines, state };
        Self { place, tasks, options }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.place.path().join(name)
    }

    /// Runs all of them. What was heard, and the report.
    fn run(&self) -> (String, Report) {
        let names: Vec<&str> = self.tasks.iter().map(|task| task.name.as_str()).collect();
        let heard = Heard::default();
        let report = run(&self.tasks, &names, &self.options, &heard).unwrap();
        (heard.0.take().join("; "), report)
    }
}

fn task(place: &Path, text: &str) -> Task {
    let (names, line) = text.split_once(": ").unwrap();
    let mut names = names.split(' ').map(str::to_owned);
    Task {
        name: names.next().unwrap(),
        needs: names.collect(),
        command: ["sh", "-c", line].map(OsString::from).to_vec(),
        directory: place.to_owned(),
        variables: [("PATH".into(), std::env::var_os("PATH").unwrap()), ("PWD".into(), "/".into())].into(),
        root: place.to_owned(),
        ..Task::default()
    }
}

#[test]
fn tasks_run_in_order_and_are_heard() {
    let yard = Yard::new(&["a b: echo A; printf 'x\\377\\ny' >&2; exit 3", "b: cat; echo B >&2; printf '%s' \"$PWD\""]);
    let (heard, report) = yard.run();
    let directory = yard.place.path().display();
    let lines = |name: &str| {
        let mut lines: Vec<&str> = heard.split("; ").filter(|line| line.starts_with(name)).collect();
        // The two pipes are heard in either order.
        lines[1..].sort_unstable();
        lines.join("; ")
    };
    assert_eq!(lines("b"), format!("b started; b succeeded; b! B; b: {directory}"));
    assert_eq!(lines("a"), "a started; a failed: exit status: 3; a! x\\xff; a! y; a: A");
    assert!(heard.contains("b succeeded; a started") && heard.ends_with("a failed: exit status: 3"), "{heard}");
    let (name, failure) = report.first_failure().unwrap();
    assert_eq!((name, failure.status(), report.signal), ("a", 3, None));
    assert!(matches!(report.outcomes[..], [(_, Outcome::Succeeded), (_, Outcome::Failed(Failure::Exited(3)))]));
}

#[test]
fn after_a_failure_nothing_starts_but_what_is_allowed() {
    let mut yard = Yard::new(&["a: kill -9 $$", "b a: true", "c b: true", "d: true", "e d: exit 7"]);
    let shown = |report: &Report| {
        let of = |outcome: &Outcome| match outcome {
            Outcome::Succeeded => "+",
            Outcome::Failed(_) => "-",
            _ => ".",
        };
        report.outcomes.iter().map(|(name, outcome)| format!("{name}{}", of(outcome))).collect::<Vec<_>>().join(" ")
    };
    let (_, report) = yard.run();
    assert_eq!(shown(&report), "a- b. c. d. e.");
    assert_eq!(report.first_failure().unwrap().1.to_string(), "signal: 9 (SIGKILL)");
    assert_eq!(report.first_failure().unwrap().1.status(), 137);
    yard.options.keep_going = true;
    let (_, report) = yard.run();
    assert_eq!(shown(&report), "a- b. c. d+ e-");
    assert_eq!(report.first_failure().unwrap().0, "a");
    // What runs is waited for.
    let mut yard = Yard::new(&["a: read x < pipe; exit 1", "b: echo > pipe; echo done > file"]);
    yard.options.jobs = Some(2);
    let pipe = yard.path("pipe");
    rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR).unwrap();
    assert_eq!(shown(&yard.run().1), "a- b+");
    assert!(yard.path("file").exists());
}

#[test]
fn so_many_run_at_once_and_no_more() {
    // Each needs the other to run, or else they wait for each other for good.
    let mut yard = Yard::new(&["a: echo 1 > one; read x < two", "b: read x < one; echo 2 > two"]);
    for pipe in ["one", "two"] {
        let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
        rustix::fs::mkfifoat(rustix::fs::CWD, yard.path(pipe), mode).unwrap();
    }
    yard.options.jobs = Some(2);
    assert!(yard.run().1.first_failure().is_none());

    let lines: Vec<String> =
        (0..12).map(|number| format!("t{number}: mkdir alone && ls / > /dev/null && rmdir alone")).collect();
    let mut yard = Yard::new(&lines.iter().map(String::as_str).collect::<Vec<_>>());
    for (jobs, output) in [(1, Output::Lines), (0, Output::Lines), (9, Output::Inherit)] {
        (yard.options.jobs, yard.options.output) = (Some(jobs), output);
        assert!(yard.run().1.first_failure().is_none());
    }
}

#[test]
fn what_cannot_start_is_a_failure_with_a_sentence() {
    let mut yard = Yard::new(&["a: true"]);
    let busy = yard.path("busy");
    fs_err::write(&busy, "#!/bin/sh\n").unwrap();
    fs_err::set_permissions(&busy, std::fs::Permissions::from_mode(0o755)).unwrap();
    let _written = fs_err::OpenOptions::new().append(true).open(&busy).unwrap();
    fs_err::write(yard.path("plain"), "").unwrap();
    let path = |name: &str| yard.path(name).into_os_string();
    let cases = [
        (vec![], "`` is not in this dev shell, or the interpreter that it names does not exist", 127),
        (vec![OsString::from("no-such\nprogram")], "`no-such\\nprogram` is not in this dev shell, or the", 127),
        (
            vec!["true".into(), "x".repeat(3 << 20).into()],
            "it has more arguments or variables than the system takes",
            126,
        ),
        (vec![path("busy")], "` is still being written by another program", 126),
        (vec![path("plain")], "` cannot be run: ", 126),
        (vec!["a\0b".into()], "` cannot be run: ", 126),
    ];
    for (command, expected, status) in cases {
        if expected.contains("still being written") && !cfg!(target_os = "linux") {
            continue;
        }
        yard.tasks[0].command = command;
        let (heard, report) = yard.run();
        assert!(heard.starts_with("a started; a failed: ") && heard.contains(expected), "{heard}");
        let Some((_, failure @ Failure::NotStarted(_))) = report.first_failure() else { panic!("{heard}") };
        assert_eq!(failure.status(), status, "{heard}");
    }
    yard.tasks[0] = task(&yard.path("nowhere"), "a: true");
    let (_, report) = yard.run();
    let is_it = |failure: &Failure| matches!(failure, Failure::NotStarted(StartError::NoDirectory(_)));
    assert!(report.first_failure().is_some_and(|(_, failure)| is_it(failure)));
}

#[test]
fn what_a_task_leaves_in_the_background_is_not_waited_for() {
    let yard = Yard::new(&["a: exec 3>&1; sleep 1000 & echo $! > pid; printf end", "b a: echo next"]);
    let since = Instant::now();
    let (heard, _) = yard.run();
    let pid: i32 = fs_err::read_to_string(yard.path("pid")).unwrap().trim().parse().unwrap();
    kill_process(Pid::from_raw(pid).unwrap(), Signal::KILL).unwrap();
    assert_eq!(heard, "a started; a: end; a succeeded; b started; b: next; b succeeded");
    assert!(since.elapsed() < Duration::from_secs(500));
}

/// Counts, because it is much.
#[derive(Default)]
struct Counting(RefCell<(usize, usize, usize)>);

impl Watcher for Counting {
    fn started(&self, _: &str) {}
    fn line(&self, _: &str, _: bool, line: &[u8]) {
        let mut count = self.0.borrow_mut();
        *count = (count.0 + 1, count.1 + line.len(), count.2.max(line.len()));
    }
    fn skipped(&self, _: &str) {}
    fn ended(&self, _: &str, _: &Outcome, _: Duration) {}
}

#[test]
fn all_of_a_long_output_is_heard() {
    let (zeros, one_line) = ("head -c 30000000 /dev/zero", "head -c 1000000 /dev/zero >&2; exit 1");
    let yard = Yard::new(&[&format!("a: {zeros} | tr '\\0' '\\n'; {zeros}; {one_line}")]);
    let counting = Counting::default();
    run(&yard.tasks, &["a"], &yard.options, &counting).unwrap();
    let (count, bytes, longest) = *counting.0.borrow();
    let pieces = 30_000_000_usize.div_ceil(LONGEST) + 1_000_000_usize.div_ceil(LONGEST);
    assert_eq!((count, bytes, longest), (30_000_000 + pieces, 31_000_000, LONGEST));
}

#[test]
fn a_task_is_skipped_when_nothing_has_changed() {
    let mut yard = Yard::new(&["a: cat in > out && test ! -e broken", "b a: true", "c a: cp out copy"]);
    for (place, inputs, outputs) in [(0, "in", "out"), (2, "out", "copy")] {
        yard.tasks[place].inputs = vec![inputs.to_owned()];
        yard.tasks[place].outputs = vec![outputs.to_owned()];
    }
    fs_err::write(yard.path("in"), "1").unwrap();
    let states = |yard: &Yard| {
        let heard = yard.run().0;
        let ran =
            |name: &str| if heard.contains(&format!("{name} started")) { name.to_uppercase() } else { name.to_owned() };
        ["a", "b", "c"].map(ran).concat()
    };
    assert_eq!(states(&yard), "ABC");
    assert_eq!(states(&yard), "aBc");
    fs_err::write(yard.path("in"), "2").unwrap();
    assert_eq!(states(&yard), "ABC");
    // It runs again, but what it makes is the same for the next one.
    fs_err::remove_file(yard.path("out")).unwrap();
    assert_eq!(states(&yard), "ABc");
    yard.options.force = true;
    assert_eq!(states(&yard), "ABC");
    // A failure leaves nothing to rely on.
    fs_err::write(yard.path("broken"), "").unwrap();
    assert_eq!(states(&yard), "Abc");
    yard.options.force = false;
    fs_err::remove_file(yard.path("broken")).unwrap();
    assert_eq!(states(&yard), "ABc");
    assert_eq!(states(&yard), "aBc");
}

#[test]
fn an_input_that_changes_meanwhile_counts_next_time() {
    let mut yard = Yard::new(&["a: cat in > out; echo 2 > in"]);
    yard.tasks[0].inputs = vec!["in".to_owned()];
    yard.tasks[0].outputs = vec!["out".to_owned()];
    fs_err::write(yard.path("in"), "1").unwrap();
    assert!(yard.run().0.starts_with("a started"));
    assert!(yard.run().0.starts_with("a started"));
    assert_eq!(yard.run().0, "a skipped");
}

/// The directory of a process that plays devshell, in a test of signals.
const DIRECTORY: &str = "TASKS_UNDER_TEST";

/// Starts this very test once more, with a line of a shell that starts it.
fn again(test: &str, directory: &Path, shell: &str) -> std::process::Child {
    let name = format!("{}::{test}", module_path!().split_once("::").unwrap().1);
    let line = format!("{shell} exec \"$0\" --exact {name}");
    let mut command = Command::new("sh");
    command.args(["-c", &line]).arg(std::env::current_exe().unwrap()).env(DIRECTORY, directory).process_group(0);
    command.stdout(std::process::Stdio::null()).spawn().unwrap()
}

/// Waits for a file, or else for the end of the process.
fn wait_for(file: &Path, child: &mut std::process::Child) {
    let end = Instant::now() + Duration::from_mins(1);
    while !file.exists() {
        assert!(Instant::now() < end && child.try_wait().unwrap().is_none(), "{} is not there", file.display());
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Elsewhere, nothing says which signals the caller ignores, so only SIGTERM is caught.
#[cfg(target_os = "linux")]
#[test]
fn a_signal_is_passed_on_and_devshell_ends_by_it_after_its_tasks() {
    let test = "a_signal_is_passed_on_and_devshell_ends_by_it_after_its_tasks";
    if let Some(directory) = std::env::var_os(DIRECTORY) {
        let directory = PathBuf::from(directory);
        // Something that signals are watched for already.
        let _scratch = directory.join("watched").exists().then(|| Scratch::new(&directory, "scratch").unwrap());
        let line = fs_err::read_to_string(directory.join("line")).unwrap();
        let mut yard = Yard::new(&[]);
        yard.tasks = vec![task(&directory, &format!("a: {line}")), task(&directory, "b: echo b >> log")];
        yard.tasks[0].outputs = vec!["log".to_owned()];
        let (heard, report) = yard.run();
        assert_eq!(fs_err::read_dir(yard.path("state")).unwrap().count(), 0, "an interrupted task has no record");
        fs_err::write(directory.join("heard"), heard).unwrap();
        emulate_default_handler(report.signal.unwrap()).unwrap();
    }
    let caught = |signal: &str| {
        format!("trap 'trap \"\" {signal}; echo {signal} >> log; sleep 0.3; echo end; exit 0' {signal};")
    };
    let until = "echo > ready; while true; do sleep 0.05; done";
    for (line, shell, to_group, signals, last) in [
        (caught("TERM"), "", false, &[Signal::TERM][..], "TERM"),
        (caught("HUP"), "", false, &[Signal::HUP], "HUP"),
        (caught("INT"), "", true, &[Signal::INT], "INT"),
        (caught("TERM"), "trap '' HUP;", true, &[Signal::HUP, Signal::TERM], "TERM"),
        // Typed once more, it becomes a stronger one.
        (format!("trap '' INT; {}", caught("TERM")), "", true, &[Signal::INT, Signal::INT], "TERM"),
    ] {
        for is_watched in [false, true] {
            let place = tempfile::tempdir().unwrap();
            let path = |name: &str| place.path().join(name);
            fs_err::write(path("line"), format!("{line} {until}")).unwrap();
            if is_watched {
                fs_err::write(path("watched"), "").unwrap();
            }
            let mut child = again(test, place.path(), shell);
            wait_for(&path("ready"), &mut child);
            let pid = Pid::from_child(&child);
            let send = |signal| if to_group { kill_process_group(pid, signal) } else { kill_process(pid, signal) };
            let (first, rest) = signals.split_first().unwrap();
            send(*first).unwrap();
            let status = loop {
                if let Some(status) = child.try_wait().unwrap() {
                    break status;
                }
                // Two that come at once are one, so it is sent until it has an effect.
                for signal in rest.iter().filter(|_| !path("log").exists()) {
                    let _ = send(*signal);
                }
                std::thread::sleep(Duration::from_millis(10));
            };
            let expected = if shell.is_empty() { *first } else { Signal::TERM };
            assert_eq!(status, ExitStatus::from_raw(expected.as_raw()), "{line}");
            assert_eq!(fs_err::read_to_string(path("log")).unwrap(), format!("{last}\n"));
            let heard = fs_err::read_to_string(path("heard")).unwrap();
            assert!(heard.contains("a: end; a succeeded") && !heard.contains("b started"), "{heard}");
        }
    }
}

#[test]
fn a_signal_does_what_it_did_once_the_tasks_have_ended() {
    if let Some(directory) = std::env::var_os(DIRECTORY) {
        Yard::new(&["a: true"]).run();
        fs_err::write(Path::new(&directory).join("ready"), "").unwrap();
        loop {
            std::thread::park();
        }
    }
    let place = tempfile::tempdir().unwrap();
    let mut child = again("a_signal_does_what_it_did_once_the_tasks_have_ended", place.path(), "");
    wait_for(&place.path().join("ready"), &mut child);
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    assert_eq!(child.wait().unwrap().signal(), Some(SIGTERM));
}
