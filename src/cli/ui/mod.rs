//! What people see. Standard output carries data and nothing else; words go to standard error.
//! No other module prints. A terminal gets no control character from here but line breaks, tabs and
//! devshell's own colours, whatever repositories, registries and archives call their things.

pub mod screen;

use std::io::{IsTerminal as _, Write as _};

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use indicatif::DecimalBytes;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use serde::Serialize;

use super::failure::{Failure, Report, code};
use crate::manifest::{Problems, Shown};
use crate::text;

/// A number of bytes for people.
pub fn size(bytes: u64) -> impl std::fmt::Display {
    DecimalBytes(bytes)
}

/// How much is printed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ui {
    pub quiet: bool,
    pub verbose: bool,
    /// Standard error is a terminal: bars may move, words may have colour.
    pub terminal: bool,
    pub colour: bool,
}

impl Ui {
    /// Data for other programs, to standard output, also when quiet: byte for byte, but for what a
    /// terminal would obey, on a terminal. A reader that went away (`| head`) is no failure; a full
    /// disk is one.
    #[expect(clippy::unused_self, reason = "printing is the ui's, whatever its settings")]
    pub fn data(&self, bytes: &[u8]) -> Result<(), Failure> {
        let mut out = std::io::stdout().lock();
        let written =
            if out.is_terminal() { out.write_all(text::plain_bytes(bytes).as_bytes()) } else { out.write_all(bytes) };
        Self::written(written.and_then(|()| out.flush()))
    }

    /// Data for another program, not for people: on a terminal, nothing.
    pub fn hidden(&self, bytes: &[u8]) -> Result<(), Failure> {
        if std::io::stdout().is_terminal() { Ok(()) } else { self.data(bytes) }
    }

    /// Data for people, to standard output, also when quiet. Wherever it goes, it may end up on a
    /// terminal.
    pub fn text(&self, text: &str) -> Result<(), Failure> {
        self.data(text::plain(text).as_bytes())
    }

    /// Whether another process reads what is printed on standard error. If it was killed, none does.
    #[expect(clippy::unused_self, reason = "printing is the ui's, whatever its settings")]
    pub fn is_heard(&self) -> bool {
        let errors = std::io::stderr();
        let mut streams = [PollFd::new(&errors, PollFlags::empty())];
        let now = Timespec { tv_sec: 0, tv_nsec: 0 };
        poll(&mut streams, Some(&now)).is_err() || !streams[0].revents().contains(PollFlags::ERR)
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

    /// The same data for other programs. JSON has a way to write what a terminal would obey.
    pub fn json(&self, value: &impl Serialize) -> Result<(), Failure> {
        let text = serde_json::to_string_pretty(value).unwrap_or_default();
        self.data((text::in_json(&text) + "\n").as_bytes())
    }

    /// Data that belongs beside the standard output of a command: to a file that the user has named, or to standard
    /// error, also when quiet. Wherever it goes, it may end up on a terminal.
    #[expect(clippy::unused_self, reason = "printing is the ui's, whatever its settings")]
    pub fn beside(&self, text: &str, file: Option<fs_err::File>) -> Result<(), Failure> {
        let text = text::plain(text);
        match file {
            Some(mut file) => Ok(file.write_all(text.as_bytes())?),
            None => Self::written(std::io::stderr().lock().write_all(text.as_bytes())),
        }
    }

    /// A word about what is happening.
    pub fn note(&self, text: &str) {
        if !self.quiet {
            Self::say(&format!("devshell: {text}"));
        }
    }

    /// A word about what holds less than was asked for; printed even if quiet.
    #[expect(clippy::unused_self, reason = "printing is the ui's, whatever its settings")]
    pub fn warning(&self, text: &str) {
        Self::say(&format!("devshell: {text}"));
    }

    /// A line that belongs to a warning: what a program printed.
    #[expect(clippy::unused_self, reason = "printing is the ui's, whatever its settings")]
    pub fn warning_line(&self, line: &str) {
        Self::say(&format!("  {line}"));
    }

    /// The same word for a shell to print later; `None` if it is not to be printed.
    pub fn noted(&self, text: &str) -> Option<String> {
        (!self.quiet).then(|| text::message(&format!("devshell: {text}")))
    }

    /// A word for who wants to know everything.
    pub fn detail(&self, text: impl FnOnce() -> String) {
        if self.verbose {
            Self::say(&format!("devshell: {}", text()));
        }
    }

    /// Why the verb failed; printed even if quiet.
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
                    // One hint after several errors of a kind is enough.
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
        let path = text::word(&problems.file);
        for Shown { problem, line, column, excerpt } in problems.shown() {
            let title = Group::with_title(Level::ERROR.primary_title(text::message(&problem.message)));
            let mut group = match excerpt {
                Some((excerpt, place)) => {
                    let snippet = Snippet::source(text::in_place(excerpt)).line_start(line).path(path.as_ref());
                    title.element(snippet.annotation(AnnotationKind::Primary.span(place)))
                }
                None => title.element(Origin::path(path.as_ref()).line(line).char_column(column)),
            };
            if let Some(help) = &problem.help {
                group = group.element(Level::HELP.message(text::message(help)));
            }
            // It has colours of its own, and spells out the other control characters of ASCII.
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
        matches!(Self::answer(&format!("{question} [y/N] ")).as_str(), "y" | "Y" | "yes")
    }

    /// Asks a person, who must be there, for one line; `None` for an empty one.
    #[expect(clippy::unused_self, reason = "printing is the ui's, whatever its settings")]
    pub fn ask(&self, question: &str) -> Option<String> {
        Some(Self::answer(&format!("{question}: "))).filter(|answer| !answer.is_empty())
    }

    fn answer(question: &str) -> String {
        let _ = write!(std::io::stderr().lock(), "devshell: {}", text::message(question));
        let mut answer = String::new();
        let _ = std::io::stdin().read_line(&mut answer);
        answer.trim().to_owned()
    }

    /// One message, which may have texts of others in it.
    pub fn say(text: &str) {
        Self::say_as_it_is(&text::message(text));
    }

    fn say_as_it_is(text: &str) {
        let _ = writeln!(std::io::stderr().lock(), "{text}");
    }
}
