//! What tracing costs: `devshell trace` beside `devshell run`, for a build of twelve C files and for many short processes.
//!
//! `cargo bench --bench trace` runs each command once per round, in a new random order, and prints medians, the
//! medians of ratios within a round, and the fastest of each. The control runs the same again. The host needs make and a C compiler.

#![allow(clippy::print_stdout, reason = "a benchmark's output is what it is for")]

mod shipped;

use std::hash::{BuildHasher as _, RandomState};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use clap::Parser as _;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// How many C files are compiled, and how many functions each has.
const FILES: usize = 12;
const FUNCTIONS: usize = 20;

/// How many times longer a build may take with a trace.
const MOST: f64 = 1.2;

/// Five hundred processes that do nothing.
const PROCESSES: &str = "i=0; while [ $i -lt 500 ]; do /bin/true; i=$((i + 1)); done";

/// Measures tracing.
#[derive(clap::Parser)]
struct Arguments {
    /// How often each command is measured
    #[arg(long, value_name = "N")]
    rounds: Option<usize>,
    /// What cargo passes to a benchmark; without it (`cargo test --benches`) one round is enough
    #[arg(long, hide = true)]
    bench: bool,
}

/// A command, how it is run, and the times that it took.
struct Row {
    name: &'static str,
    words: Vec<&'static str>,
    /// The row that it is compared with.
    against: usize,
    milliseconds: Vec<f64>,
}

fn main() -> Outcome<()> {
    let arguments = Arguments::parse();
    let rounds = arguments.rounds.unwrap_or(if arguments.bench { 30 } else { 1 }).max(1);
    let world = World::new()?;
    let make: &[&str] = &["make", "-s", "-B"];
    let processes: &[&str] = &["sh", "-c", PROCESSES];
    let row = |name, verb, command: &[&'static str], against| {
        let words = [&[verb, "--isolation", "none", "--"], command].concat();
        Row { name, words, against, milliseconds: Vec::new() }
    };
    let mut rows = [
        row("run -- make", "run", make, 0),
        row("run -- make (the same again)", "run", make, 0),
        row("trace -- make", "trace", make, 0),
        row("run -- sh, 500 processes", "run", processes, 3),
        row("run -- sh, 500 processes (the same again)", "run", processes, 3),
        row("trace -- sh, 500 processes", "trace", processes, 3),
    ];
    for round in 0..=rounds {
        let random = RandomState::new();
        let mut order: Vec<usize> = (0..rows.len()).collect();
        order.sort_by_key(|row| random.hash_one((round, row)));
        for number in order {
            let time = world.run(&rows[number].words)?;
            // The first round fills the caches of the system.
            if round > 0 {
                rows[number].milliseconds.push(time);
            }
        }
    }
    let mut ratios = Vec::new();
    for row in &rows {
        let others = &rows[row.against].milliseconds;
        let ratio = median(row.milliseconds.iter().zip(others).map(|(own, other)| own / other).collect());
        let least = |row: &Row| row.milliseconds.iter().copied().fold(f64::INFINITY, f64::min);
        let (middle, best) = (median(row.milliseconds.clone()), least(row) / least(&rows[row.against]));
        println!("{}: {middle:.0} ms, {ratio:.2} times; the fastest: {:.0} ms, {best:.2} times", row.name, least(row));
        ratios.push(ratio);
    }
    println!("{rounds} rounds");
    if arguments.bench && ratios[2] > MOST {
        return Err(format!("a build takes more than {MOST} times as long with a trace").into());
    }
    Ok(())
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// A project in a directory of its own.
struct World {
    directory: tempfile::TempDir,
    devshell: PathBuf,
}

impl World {
    fn new() -> Outcome<Self> {
        let world = Self { directory: tempfile::tempdir()?, devshell: shipped::executable()? };
        let write = |name: &str, text: &str| fs_err::write(world.path(name), text);
        let objects: Vec<String> = (0..FILES).map(|number| format!("f{number}.o")).collect();
        for number in 0..FILES {
            let headers = ["stdio", "stdlib", "string", "unistd", "math", "errno"];
            let includes: String = headers.map(|name| format!("#include <{name}.h>\n")).concat();
            let function = |index| {
                format!(
                    "int f{number}_{index}(int x) {{ for (int i = 0; i < x; i++) x ^= printf(\"%d\\n\", i * {index}); return x; }}\n"
                )
            };
            let functions: String = (0..FUNCTIONS).map(function).collect();
            write(&format!("f{number}.c"), &(includes + &functions))?;
        }
        write("main.c", "int f1_1(int);\nint main(void) { return f1_1(0); }\n")?;
        let objects = objects.join(" ");
        write(
            "Makefile",
            &format!("all: main.o {objects}\n\tcc -o program main.o {objects}\n%.o: %.c\n\tcc -O2 -c $<\n"),
        )?;
        write("devshell.json", "{}\n")?;
        world.run(&["lock"])?;
        Ok(world)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// The milliseconds that a command of devshell takes.
    fn run(&self, words: &[&str]) -> Outcome<f64> {
        let mut command = Command::new(&self.devshell);
        command.args(words).current_dir(self.directory.path()).env("DEVSHELL_HOME", self.path("own"));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let start = Instant::now();
        let status = command.status()?;
        let time = 1e3 * start.elapsed().as_secs_f64();
        if status.success() { Ok(time) } else { Err(format!("devshell {words:?} ended with {status}").into()) }
    }
}

impl Drop for World {
    fn drop(&mut self) {
        // The store's directories are sealed, so it takes devshell's own way of removing them.
        let _ = devshell::files::remove_tree(Path::new(&self.path("own")));
    }
}
