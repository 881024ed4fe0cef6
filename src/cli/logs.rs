//! `devshell logs`: what the project's services have printed.

use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use clap::Args;

use super::Context;
use super::failure::Failure;
use super::options::Environments;
use super::services::{declared, unknown};
use super::ui::screen::{Lines, Screen};
use crate::files::bounded;
use crate::services::{Place, Watcher as _};
use crate::tasks;

/// How often new lines are looked for.
const PAUSE: Duration = Duration::from_millis(50);

/// So much of a file is looked through for its last lines, in bytes.
const MOST: u64 = 4 << 20;

/// Show what the project's services have printed
///
/// The lines of each service come after its name. They are kept in files below DEVSHELL_STATE, the last 8 to 16 MB of each
/// service.
#[derive(Args)]
#[command(after_help = "\
Examples:
  devshell logs postgres
  devshell logs --follow
  devshell logs --lines 1000 web")]
pub struct Arguments {
    #[command(flatten)]
    environments: Environments,
    /// Services by name; all by default
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// Go on with new lines, until the services have stopped
    #[arg(short, long)]
    follow: bool,
    /// How many lines of each service to begin with
    #[arg(short = 'n', long, value_name = "COUNT", default_value_t = 100)]
    lines: usize,
    /// Print each line as a JSON object
    #[arg(long)]
    json: bool,
}

pub fn run(cx: &Context, arguments: &Arguments) -> Result<(), Failure> {
    let (place, services) = declared(cx, &arguments.environments)?;
    let known: Vec<String> = services.keys().cloned().collect();
    if let Some(name) = arguments.names.iter().find(|name| !known.contains(name) && !place.log(name).exists()) {
        return Err(unknown(name, known.iter().map(String::as_str)));
    }
    let names = if arguments.names.is_empty() { known } else { arguments.names.clone() };
    let lines = if arguments.json { Lines::Json } else { Lines::Shown };
    let screen = Screen::new(cx.ui, &cx.host, lines, &names);
    let mut files: Vec<Followed> = names.iter().map(|name| Followed::of(&place, name)).collect();
    for file in &mut files {
        file.show_last(arguments.lines, &screen)?;
    }
    loop {
        // What is printed in the end is looked for once more.
        let goes_on = arguments.follow && place.is_leased();
        for file in &mut files {
            file.show_new(&screen)?;
        }
        if !goes_on {
            for file in &mut files {
                file.lines.finish(|line| show(&file.name, line, &screen));
            }
            return Ok(());
        }
        thread::sleep(PAUSE);
    }
}

/// The file of a service, and how far it was read.
struct Followed {
    name: String,
    path: PathBuf,
    file: Option<fs_err::File>,
    lines: tasks::Lines,
}

impl Followed {
    fn of(place: &Place, name: &str) -> Self {
        Self { name: name.to_owned(), path: place.log(name), file: None, lines: tasks::Lines::default() }
    }

    fn show_last(&mut self, lines: usize, screen: &Screen) -> Result<(), Failure> {
        let Ok(mut file) = fs_err::File::open(&self.path) else { return Ok(()) };
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(MOST)))?;
        let bytes = bounded::all(file.by_ref().take(MOST), MOST)?;
        let ends = bytes.iter().enumerate().rev().filter(|(_, byte)| **byte == b'\n').map(|(index, _)| index);
        // The end of the last line is no line of its own.
        let skipped = usize::from(bytes.last() == Some(&b'\n'));
        let start = ends.skip(skipped).nth(lines.saturating_sub(1)).map_or(0, |index| index + 1);
        let start = if lines == 0 { bytes.len() } else { start };
        self.file = Some(file);
        self.show(&bytes[start..], screen);
        Ok(())
    }

    fn show_new(&mut self, screen: &Screen) -> Result<(), Failure> {
        loop {
            let bytes = match &mut self.file {
                Some(file) => bounded::all(file.by_ref().take(MOST), MOST)?,
                None => Vec::new(),
            };
            if !bytes.is_empty() {
                self.show(&bytes, screen);
                continue;
            }
            // A file that was full has another in its place.
            let Ok(there) = fs_err::File::open(&self.path) else { return Ok(()) };
            if self.file.as_ref().is_some_and(|file| is_same(file, &there)) {
                return Ok(());
            }
            self.file = Some(there);
        }
    }

    fn show(&mut self, bytes: &[u8], screen: &Screen) {
        self.lines.feed(bytes, |line| show(&self.name, line, screen));
    }
}

fn show(service: &str, line: &[u8], screen: &Screen) {
    screen.line(service, line.strip_suffix(b"\r").unwrap_or(line));
}

fn is_same(one: &fs_err::File, other: &fs_err::File) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let identity = |file: &fs_err::File| file.metadata().map(|metadata| (metadata.dev(), metadata.ino())).ok();
    identity(one) == identity(other)
}
