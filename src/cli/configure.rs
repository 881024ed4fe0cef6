//! `devshell configure-packages`, hidden: runs the scripts of Debian packages, in a root directory that is their prefix. devshell
//! calls it itself, since a wall needs a process with a single thread.

use std::cell::RefCell;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Args;

use super::Context;
use super::failure::{Failure, code};
use crate::env::Variables;
use crate::files::{bounded, most};
use crate::sandbox::configurer;
use crate::session::{self, Ending, SpawnError, Walled};
use crate::store::Event;
use crate::text::first_few;

/// The script that has the packages configured, and where it is inside.
const SCRIPT: &str = include_str!("configure.sh");
const PLACE: &str = "/run/configure";

/// Run the scripts of Debian packages in their prefix
#[derive(Args)]
pub struct Arguments {
    /// Only see whether a wall can be built for them, and print why not
    #[arg(long = "try")]
    only_try: bool,
    /// The files of the packages
    root: PathBuf,
    /// Where changes go
    changes: PathBuf,
    /// An empty directory on the same file system
    work: PathBuf,
    #[command(flatten)]
    limits: Limits,
}

/// What the scripts may use, all in all. Tests have smaller ones.
#[derive(Args)]
struct Limits {
    /// How long they may take. TeX Live as a whole takes five minutes
    #[arg(long, value_name = "SECONDS", default_value_t = 30 * 60)]
    seconds: u64,
    /// How much of the disk they may use
    #[arg(long, value_name = "MEBIBYTES", default_value_t = 8 << 10)]
    disk: u64,
    /// How many files they may make
    #[arg(long, value_name = "COUNT", default_value_t = 1_000_000)]
    files: u64,
    /// How much of the memory they may use, with what is in `/tmp`. Others may take some meanwhile
    #[arg(long, value_name = "MEBIBYTES", default_value_t = 32 << 10)]
    memory: u64,
    /// How many processes and threads they may add to those of the machine
    #[arg(long, value_name = "COUNT", default_value_t = 4000)]
    processes: u64,
}

/// So much of the disk and of the memory they have to leave, if there was so much, in bytes.
const LEFT: u64 = 256 << 20;

pub fn run(cx: &Context, arguments: &Arguments) -> Result<Ending, Failure> {
    let Arguments { only_try, root, changes, work, limits } = arguments;
    // They have no terminal. This fails if this process was started as the first of a job, which it is not by devshell.
    let _ = rustix::process::setsid();
    let wall = configurer(root, changes, work, (Path::new(PLACE), SCRIPT));
    let directory = wall.directory.clone();
    let before = Used::now(changes);
    let since = Instant::now();
    let stopped = RefCell::new(None);
    let exceeded = || {
        let why =
            (since.elapsed().as_secs() > limits.seconds).then(|| format!("they took more than {} s", limits.seconds));
        let why = why.or_else(|| limits.exceeded(&before, &Used::now(changes)));
        let goes_on = why.is_none() && cx.ui.is_heard();
        stopped.replace(why);
        goes_on
    };
    let walled = Walled { goes_on: Some(Box::new(exceeded)), ..Walled::closed(wall) };
    let become_command = |words: &[&str]| {
        let command: Vec<OsString> = words.iter().map(OsString::from).collect();
        session::become_command(&command, &Variables::default(), &directory, Some(&walled))
    };
    if !only_try {
        let ending = become_command(&["/usr/bin/sh", PLACE]);
        // By now nothing else prints.
        if let Some(why) = stopped.take() {
            cx.ui.note(&format!("the scripts were stopped: {why}"));
        }
        return Ok(ending?);
    }
    // A directory is no program, which is found once the wall is there.
    match become_command(&["/"]) {
        Err(SpawnError::Wall(refusal)) => {
            cx.ui.text(&format!("{refusal}\n"))?;
            Ok(Ending::Exited(code::NO))
        }
        _ => Ok(Ending::SUCCESS),
    }
}

/// What to print about packages that are being configured.
pub fn notes(event: &Event) -> Vec<String> {
    match event {
        Event::Begins { packages, suite } => vec![format!("configuring {packages} packages of Debian {suite}")],
        Event::Failed(failure) => {
            let head = format!("the Debian package `{}` could not be configured:", failure.package);
            std::iter::once(head).chain(failure.lines.iter().map(|line| format!("  {line}"))).collect()
        }
        Event::Left(packages) => {
            let names = first_few(packages.iter().cloned(), 10);
            vec![format!("further Debian packages were not configured: {names}")]
        }
        Event::Refused(why) => vec![format!("Debian packages are not configured here: {why}")],
    }
}

/// What is in use of the machine, as far as it can be seen.
struct Used {
    /// Bytes and files of the disk that are not used.
    free: Option<(u64, u64)>,
    /// Bytes of memory that are not used.
    memory: Option<u64>,
    processes: Option<u64>,
}

impl Used {
    fn now(changes: &Path) -> Self {
        let disk = rustix::fs::statvfs(changes).ok();
        let free = disk.map(|disk| (disk.f_bavail * disk.f_frsize, disk.f_favail));
        Self { free, memory: memory(), processes: processes() }
    }
}

impl Limits {
    /// The limit that is exceeded, if one is.
    fn exceeded(&self, before: &Used, now: &Used) -> Option<String> {
        let uses =
            |before: u64, now: u64, most: u64| before.saturating_sub(now) > most << 20 || now < LEFT.min(before / 2);
        if let (Some((before, files_before)), Some((now, files_now))) = (before.free, now.free) {
            if uses(before, now, self.disk) {
                return Some(format!("they used more than {} MiB of the disk, or all of it", self.disk));
            }
            if files_before.saturating_sub(files_now) > self.files {
                return Some(format!("they made more than {} files", self.files));
            }
        }
        if let (Some(before), Some(now)) = (before.memory, now.memory)
            && uses(before, now, self.memory)
        {
            return Some(format!("they used more than {} MiB of memory, or all of it", self.memory));
        }
        let added = now.processes?.saturating_sub(before.processes?);
        (added > self.processes).then(|| format!("they started more than {} processes", self.processes))
    }
}

/// The memory of the machine that is not used (proc_meminfo(5)).
fn memory() -> Option<u64> {
    let text = bounded::read_text(Path::new("/proc/meminfo"), most::MACHINE).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    Some(line.trim().strip_suffix(" kB")?.parse::<u64>().ok()? << 10)
}

/// The processes and threads of the machine (proc_loadavg(5)).
fn processes() -> Option<u64> {
    let text = bounded::read_text(Path::new("/proc/loadavg"), most::MACHINE).ok()?;
    text.split_whitespace().nth(3)?.split_once('/')?.1.parse().ok()
}
