//! What people see. Standard output carries data and nothing else; words go to standard error.
//! No other module prints.

use std::io::Write as _;
use std::sync::Mutex;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use indicatif::{DecimalBytes, MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;

use super::failure::{Failure, Report, code};
use crate::manifest::{Problems, Shown};
use crate::store::Progress;

/// A number of bytes for people.
pub fn size(bytes: u64) -> impl std::fmt::Display {
    DecimalBytes(bytes)
}

/// A text as a terminal may see it: what would move its cursor, change its colours or turn the
/// direction of its text is spelled out. Lines stay lines.
pub fn plain(text: &str) -> String {
    let turns = |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let is_plain = |c: char| matches!(c, '\n' | '\t') || !c.is_control() && !turns(c);
    text.chars().fold(String::with_capacity(text.len()), |mut text, c| {
        if is_plain(c) {
            text.push(c);
        } else {
            text.extend(c.escape_debug());
        }
        text
    })
}

/// How much is said.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ui {
    pub quiet: bool,
    pub verbose: bool,
    /// Standard error is a terminal: bars may move, words may have colour.
    pub terminal: bool,
    pub colour: bool,
}

impl Ui {
    /// Data, to standard output, also when quiet. A reader that went away (`| head`) is no
    /// failure; a full disk is one.
    #[expect(clippy::unused_self, reason = "printing is the ui's, whatever its settings")]
    pub fn data(&self, bytes: &[u8]) -> Result<(), Failure> {
        let mut out = std::io::stdout().lock();
        Self::written(out.write_all(bytes).and_then(|()| out.flush()))
    }

    /// Help or a version, which clap writes by itself.
    #[expect(clippy::unused_self, reason = "printing is the ui's, whatever its settings")]
    pub fn help(&self, text: &clap::Error) -> Result<(), Failure> {
        Self::written(text.print())
    }

    fn written(outcome: std::io::Result<()>) -> Result<(), Failure> {
        match outcome {
            Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
                Err(Failure::said(code::NO, format!("standard output cannot be written: {error}"), None))
            }
            _ => Ok(()),
        }
    }

    /// Data for other programs.
    pub fn json(&self, value: &impl Serialize) -> Result<(), Failure> {
        let text = serde_json::to_string_pretty(value).unwrap_or_default();
        self.data((text + "\n").as_bytes())
    }

    /// A word about what is happening.
    pub fn note(&self, text: &str) {
        if !self.quiet {
            Self::say(&format!("devshell: {text}"));
        }
    }

    /// A word for who wants to know everything.
    pub fn detail(&self, text: impl FnOnce() -> String) {
        if self.verbose {
            Self::say(&format!("devshell: {}", text()));
        }
    }

    /// Why the verb failed; said also when quiet.
    pub fn failure(&self, failure: &Failure) {
        let hint_of = |report: Option<&Report>| match report {
            Some(Report::Message { hint, .. }) => hint.clone(),
            _ => None,
        };
        for (index, report) in failure.reports.iter().enumerate() {
            match report {
                Report::Message { text, causes, hint } => {
                    Self::say(&format!("devshell: {text}"));
                    for cause in causes {
                        Self::say(&format!("  because {cause}"));
                    }
                    // One hint behind several errors of a kind is enough.
                    if let Some(hint) = hint.as_ref().filter(|_| hint_of(failure.reports.get(index + 1)) != *hint) {
                        Self::say(&format!("hint: {hint}"));
                    }
                }
                Report::Problems(problems) => self.problems(problems),
            }
        }
    }

    fn problems(&self, problems: &Problems) {
        let renderer = if self.colour { Renderer::styled() } else { Renderer::plain() };
        let renderer = renderer.decor_style(DecorStyle::Ascii);
        for Shown { problem, line, column, excerpt } in problems.shown() {
            let title = Group::with_title(Level::ERROR.primary_title(problem.message.as_str()));
            let path = problems.file.as_str();
            let mut group = match excerpt {
                Some((text, place)) => {
                    let snippet = Snippet::source(text).line_start(line).path(path);
                    title.element(snippet.annotation(AnnotationKind::Primary.span(place)))
                }
                None => title.element(Origin::path(path).line(line).char_column(column)),
            };
            if let Some(help) = &problem.help {
                group = group.element(Level::HELP.message(help.as_str()));
            }
            // It spells out what the file holds, and has colours of its own.
            Self::say_as_it_is(&renderer.render(&[group]));
        }
        if problems.further() > 0 {
            Self::say(&format!("devshell: and {} more", problems.further()));
        }
        Self::say(&format!("devshell: {problems}"));
    }

    /// Asks a person, who must be there (`Host::terminals`), and takes anything but a yes for a no.
    #[expect(clippy::unused_self, reason = "printing is the ui's, whatever its settings")]
    pub fn confirm(&self, question: &str) -> bool {
        let _ = write!(std::io::stderr().lock(), "devshell: {question} [y/N] ");
        let mut answer = String::new();
        let _ = std::io::stdin().read_line(&mut answer);
        matches!(answer.trim(), "y" | "Y" | "yes")
    }

    fn say(text: &str) {
        Self::say_as_it_is(&plain(text));
    }

    fn say_as_it_is(text: &str) {
        let _ = writeln!(std::io::stderr().lock(), "{text}");
    }

    /// Shows how far an installation is: bars on a terminal, lines elsewhere.
    pub fn progress(&self) -> Box<dyn Progress> {
        match (self.quiet, self.terminal) {
            (true, _) => Box::new(Nothing),
            (false, true) => Box::new(Bars::default()),
            (false, false) => Box::new(Lines),
        }
    }
}

struct Nothing;

impl Progress for Nothing {
    fn start(&self, _id: usize, _name: &str, _bytes: Option<u64>) {}
    fn advance(&self, _id: usize, _bytes: u64) {}
    fn finish(&self, _id: usize) {}
}

struct Lines;

impl Progress for Lines {
    fn start(&self, _id: usize, name: &str, bytes: Option<u64>) {
        let size = bytes.map(|bytes| format!(" ({:.1} MB)", bytes as f64 / 1e6)).unwrap_or_default();
        Ui::say(&format!("devshell: fetching {name}{size}"));
    }

    fn advance(&self, _id: usize, _bytes: u64) {}
    fn finish(&self, _id: usize) {}
}

struct Bars {
    all: MultiProgress,
    bars: Mutex<Vec<Option<ProgressBar>>>,
}

impl Default for Bars {
    fn default() -> Self {
        Self { all: MultiProgress::with_draw_target(ProgressDrawTarget::stderr()), bars: Mutex::default() }
    }
}

impl Bars {
    fn with<T>(&self, id: usize, work: impl FnOnce(&mut Option<ProgressBar>) -> T) -> T {
        let mut bars = self.bars.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if bars.len() <= id {
            bars.resize(id + 1, None);
        }
        work(&mut bars[id])
    }
}

impl Progress for Bars {
    fn start(&self, id: usize, name: &str, bytes: Option<u64>) {
        let template = "{msg:40!} {bar:24} {decimal_bytes:>10} of {decimal_total_bytes:10} {decimal_bytes_per_sec}";
        let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        self.with(id, |slot| {
            // A second attempt goes on in the same bar.
            let new = || ProgressBar::new(0).with_style(style).with_message(name.to_owned());
            let bar = slot.take().unwrap_or_else(|| self.all.add(new()));
            bar.set_length(bytes.unwrap_or(0));
            bar.set_position(0);
            *slot = Some(bar);
        });
    }

    fn advance(&self, id: usize, bytes: u64) {
        self.with(id, |bar| bar.iter().for_each(|bar| bar.inc(bytes)));
    }

    fn finish(&self, id: usize) {
        self.with(id, |bar| bar.iter().for_each(ProgressBar::finish_and_clear));
    }
}
