//! How far an installation is: bars on a terminal, lines elsewhere, nothing when quiet. The names of
//! what is fetched are a lock's, and shown as `ui` shows all texts of others.

use std::sync::Mutex;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::ui::Ui;
use crate::store::Progress;
use crate::text;

/// Shows how far an installation is: bars on a terminal, lines elsewhere.
pub fn of(ui: &Ui) -> Box<dyn Progress> {
    match (ui.quiet, ui.terminal) {
        (true, _) => Box::new(Nothing),
        (false, true) => Box::new(Bars::default()),
        (false, false) => Box::new(Lines),
    }
}

/// For those who want to see nothing.
pub struct Nothing;

impl Progress for Nothing {
    fn start(&self, _id: usize, _name: &str, _bytes: Option<u64>) {}
    fn advance(&self, _id: usize, _bytes: u64) {}
    fn finish(&self, _id: usize) {}
}

/// A line for each download.
pub struct Lines;

impl Progress for Lines {
    fn start(&self, _id: usize, name: &str, bytes: Option<u64>) {
        let size = bytes.map(|bytes| format!(" ({:.1} MB)", bytes as f64 / 1e6)).unwrap_or_default();
        Ui::say(&format!("devshell: fetching {}{size}", text::word(name)));
    }

    fn advance(&self, _id: usize, _bytes: u64) {}
    fn finish(&self, _id: usize) {}
}

/// Bars that move, on a terminal.
pub struct Bars {
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
            let new = || ProgressBar::new(0).with_style(style).with_message(text::word(name).into_owned());
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A bar takes its name as it is, unlike all messages.
    #[test]
    fn a_bar_has_a_plain_name() {
        let bars = Bars { all: MultiProgress::with_draw_target(ProgressDrawTarget::hidden()), bars: Mutex::default() };
        bars.start(0, "evil 1\u{1b}]0;T\u{7}\u{9b}\r\n{msg}", None);
        let message = bars.with(0, |bar| bar.as_ref().map(ProgressBar::message));
        assert_eq!(message.as_deref(), Some("evil 1\\u{1b}]0;T\\u{7}\\u{9b}\\r\\n{msg}"));
    }
}
