//! What Python packages cost, beside uv doing the same with its own project.
//!
//! `cargo bench --bench python` locks some sixty packages from the index in force, and then, in turn:
//! installs them with warm caches (`devshell install`, `uv sync --frozen`), locks them with warm
//! caches (`devshell lock`, `uv pip compile --universal`), and enters a second checkout of the same
//! lock for the first time. uv is the one devshell uses; python3 is the first on PATH.

#![allow(clippy::print_stdout, reason = "a benchmark's output is what it is for")]
#![allow(clippy::disallowed_methods, reason = "the index in force is the caller's")]

mod shipped;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use clap::Parser as _;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// What a project of some size asks for.
const PACKAGES: [&str; 13] = [
    "black",
    "celery",
    "django",
    "fastapi",
    "flask",
    "matplotlib",
    "numpy",
    "pandas",
    "pydantic",
    "pytest",
    "requests",
    "sqlalchemy",
    "uvicorn",
];

/// The Pythons of both sides. Of a newer one some package may have no wheel yet.
const PYTHON: &str = ">=3.10,<3.14";

/// Measures locking and installing Python packages.
#[derive(clap::Parser)]
struct Arguments {
    /// How often each is done
    #[arg(long, value_name = "N")]
    rounds: Option<usize>,
    /// What cargo passes to a benchmark; without it (`cargo test --benches`) one round is enough
    #[arg(long, hide = true)]
    bench: bool,
}

struct World {
    home: tempfile::TempDir,
    devshell: PathBuf,
}

fn main() -> Outcome<()> {
    let arguments = Arguments::parse();
    let rounds = arguments.rounds.unwrap_or(if arguments.bench { 15 } else { 1 });
    let world = World { home: tempfile::tempdir()?, devshell: shipped::executable()? };
    let (ours, theirs) = (world.project("ours")?, world.project("theirs")?);
    world.run(&world.devshell, &["lock"], &ours)?;
    world.run(&world.devshell, &["install"], &ours)?;
    let uv = world.uv()?;
    world.run(&uv, &["lock", "--quiet"], &theirs)?;
    world.run(&uv, &["sync", "--quiet", "--frozen"], &theirs)?;

    compare(rounds, "devshell install", "uv sync --frozen", || {
        world.forget_environments()?;
        let our_time = world.run(&world.devshell, &["install"], &ours)?;
        fs_err::remove_dir_all(theirs.join(".venv"))?;
        Ok((our_time, world.run(&uv, &["sync", "--quiet", "--frozen"], &theirs)?))
    })?;

    let compile = ["pip", "compile", "--quiet", "--offline", "--universal", "--python-version=3.10"];
    let compile = [&compile[..], &["requirements.txt", "--output-file=out.txt"]].concat();
    let lock = fs_err::read(ours.join("devshell.lock"))?;
    compare(rounds, "devshell lock", "uv pip compile --universal", || {
        fs_err::remove_file(ours.join("devshell.lock"))?;
        let our_time = world.run(&world.devshell, &["lock", "--offline"], &ours)?;
        let _ = fs_err::remove_file(theirs.join("out.txt"));
        Ok((our_time, world.run(&uv, &compile, &theirs)?))
    })?;
    fs_err::write(ours.join("devshell.lock"), lock)?;
    world.run(&world.devshell, &["install"], &ours)?;

    let mut first = Vec::new();
    for round in 0..rounds {
        let checkout = world.home.path().join(format!("checkout-{round}"));
        fs_err::create_dir(&checkout)?;
        for file in ["devshell.json", "devshell.lock", "requirements.txt"] {
            fs_err::copy(ours.join(file), checkout.join(file))?;
        }
        first.push(world.run(&world.devshell, &["run", "--", "true"], &checkout)?);
    }
    println!(
        "devshell run -- true, in a second checkout for the first time: {:.0} ms",
        1e3 * median(first).as_secs_f64()
    );
    Ok(())
}

/// Times two things in turn, and prints the medians and the median of the pairs' ratios.
fn compare(
    rounds: usize,
    ours: &str,
    theirs: &str,
    mut pair: impl FnMut() -> Outcome<(Duration, Duration)>,
) -> Outcome<()> {
    let pairs = (0..rounds).map(|_| pair()).collect::<Outcome<Vec<_>>>()?;
    let mut ratios: Vec<f64> = pairs.iter().map(|(a, b)| a.as_secs_f64() / b.as_secs_f64()).collect();
    ratios.sort_by(f64::total_cmp);
    let (a, b) = pairs.into_iter().unzip();
    let (a, b): (Vec<_>, Vec<_>) = (a, b);
    println!("{ours}: {:.3} s", median(a).as_secs_f64());
    println!("{theirs}: {:.3} s; ratio of the pairs {:.2}", median(b).as_secs_f64(), ratios[ratios.len() / 2]);
    Ok(())
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

impl World {
    /// A project that asks for the packages, of devshell and of uv.
    fn project(&self, name: &str) -> Outcome<PathBuf> {
        let directory = self.home.path().join(name);
        fs_err::create_dir(&directory)?;
        fs_err::write(directory.join("requirements.txt"), PACKAGES.join("\n") + "\n")?;
        let python = format!(r#""version": "{PYTHON}", "from": "host", "requirements": ["requirements.txt"]"#);
        fs_err::write(directory.join("devshell.json"), format!("{{ \"python\": {{ {python} }} }}\n"))?;
        let dependencies = PACKAGES.map(|name| format!("\"{name}\"")).join(", ");
        let project = format!("name = \"x\"\nversion = \"0\"\nrequires-python = \"{PYTHON}\"");
        fs_err::write(
            directory.join("pyproject.toml"),
            format!("[project]\n{project}\ndependencies = [{dependencies}]\n"),
        )?;
        Ok(directory)
    }

    fn data(&self) -> PathBuf {
        self.home.path().join("devshell/data")
    }

    /// The uv that devshell has fetched, or else the host's.
    fn uv(&self) -> Outcome<PathBuf> {
        for object in fs_err::read_dir(self.data().join("objects-1"))? {
            for entry in fs_err::read_dir(object?.path()).into_iter().flatten() {
                let path = entry?.path();
                let places = [path.join("uv"), path.join("scripts/uv")];
                if let Some(uv) = places.into_iter().find(|place| place.is_file()) {
                    return Ok(uv);
                }
            }
        }
        Ok("uv".into())
    }

    fn forget_environments(&self) -> Outcome<()> {
        for build in fs_err::read_dir(self.data().join("builds-1"))? {
            let path = build?.path();
            if path.is_dir() {
                fs_err::remove_dir_all(path)?;
            }
        }
        Ok(())
    }

    fn run(&self, program: &Path, arguments: &[&str], directory: &Path) -> Outcome<Duration> {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(directory).stdin(Stdio::null());
        command.env("DEVSHELL_HOME", self.home.path().join("devshell"));
        command.env("UV_CACHE_DIR", self.home.path().join("uv")).env("UV_PYTHON_DOWNLOADS", "never");
        // Neither side pays for what the other, or the deleting before it, left to be written.
        Command::new("sync").status()?;
        let start = Instant::now();
        let output = command.output()?;
        let time = start.elapsed();
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            return Err(
                format!("{} {} ends with {}: {said}", program.display(), arguments.join(" "), output.status).into()
            );
        }
        Ok(time)
    }
}
