//! How far an installation is: a bar on a terminal, a line for each tool elsewhere, nothing when quiet. The names of
//! what is fetched are a lock's, and shown as `ui` shows all texts of others.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use indicatif::{DecimalBytes, MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::ui::Ui;
use crate::store::Progress;
use crate::text;

/// Shows how far an installation is.
pub fn of(ui: &Ui) -> Box<dyn Progress> {
    match (ui.quiet, ui.terminal) {
        (true, _) => Box::new(Nothing),
        (false, true) => Box::new(Bars::default()),
        (false, false) => Box::new(Lines::default()),
    }
}

/// For those who want to see nothing.
pub struct Nothing;

impl Progress for Nothing {
    fn start(&self, _id: usize, _name: &str, _bytes: Option<u64>) {}
    fn advance(&self, _id: usize, _bytes: u64) {}
    fn finish(&self, _id: usize) {}
}

/// A line for each tool; a download that belongs to none has its own.
#[derive(Default)]
pub struct Lines {
    planned: OnceLock<Vec<String>>,
    /// The tools that have their line.
    begun: Mutex<BTreeSet<String>>,
}

impl Progress for Lines {
    fn plan(&self, tools: Vec<String>) {
        let _ = self.planned.set(tools);
    }

    fn start(&self, id: usize, name: &str, bytes: Option<u64>) {
        let Some(tool) = self.planned.get().and_then(|tools| tools.get(id)) else {
            let size = bytes.map(|bytes| format!(" ({:.1} MB)", bytes as f64 / 1e6)).unwrap_or_default();
            Ui::say(&format!("devshell: fetching {}{size}", text::word(name)));
            return;
        };
        if self.begun.lock().unwrap_or_else(PoisonError::into_inner).insert(tool.clone()) {
            Ui::say(&format!("devshell: fetching {}", text::word(tool)));
        }
    }

    fn build(&self, _id: usize, name: &str) {
        Ui::say(&format!("devshell: building {}", text::word(name)));
    }

    fn advance(&self, _id: usize, _bytes: u64) {}
    fn finish(&self, _id: usize) {}
}

/// Bars that move, on a terminal: one for each download, or one for all that are planned.
pub struct Bars {
    all: MultiProgress,
    single: Mutex<Vec<Option<ProgressBar>>>,
    whole: OnceLock<Whole>,
}

/// The one bar for many downloads.
struct Whole {
    bar: ProgressBar,
    bytes: AtomicU64,
}

impl Default for Bars {
    fn default() -> Self {
        Self::on(ProgressDrawTarget::stderr())
    }
}

impl Bars {
    fn on(target: ProgressDrawTarget) -> Self {
        Self { all: MultiProgress::with_draw_target(target), single: Mutex::default(), whole: OnceLock::new() }
    }

    fn with<T>(&self, id: usize, work: impl FnOnce(&mut Option<ProgressBar>) -> T) -> T {
        let mut bars = self.single.lock().unwrap_or_else(PoisonError::into_inner);
        if bars.len() <= id {
            bars.resize(id + 1, None);
        }
        work(&mut bars[id])
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

impl Progress for Bars {
    fn plan(&self, tools: Vec<String>) {
        // A single one has a size to show.
        if tools.len() > 1 {
            self.whole.get_or_init(|| {
                let style = style("{msg:40!} {bar:24} {pos:>4} of {len:<4} {prefix}");
                let bar = self.all.add(ProgressBar::new(tools.len() as u64).with_style(style));
                Whole { bar, bytes: AtomicU64::new(0) }
            });
        }
    }

    fn start(&self, id: usize, name: &str, bytes: Option<u64>) {
        let name = text::word(name).into_owned();
        if let Some(whole) = self.whole.get() {
            whole.bar.set_message(name);
            return;
        }
        // Of a size that is not known, nothing can be full.
        let style = style(match bytes {
            Some(_) => "{msg:40!} {bar:24} {decimal_bytes:>10} of {decimal_total_bytes:10} {decimal_bytes_per_sec}",
            // The bytes of what another program fetches are not counted: time shows that it goes on.
            None => "{msg:40!} {spinner} {elapsed}",
        });
        self.with(id, |slot| {
            // A second attempt goes on in the same bar.
            let bar = slot.take().unwrap_or_else(|| self.all.add(ProgressBar::new(0).with_message(name)));
            bar.set_style(style);
            bar.set_length(bytes.unwrap_or(0));
            bar.set_position(0);
            if bytes.is_none() {
                keep_moving(bar.clone());
            }
            *slot = Some(bar);
        });
    }

    fn advance(&self, id: usize, bytes: u64) {
        match self.whole.get() {
            Some(whole) => {
                let sum = whole.bytes.fetch_add(bytes, Ordering::Relaxed) + bytes;
                whole.bar.set_prefix(DecimalBytes(sum).to_string());
            }
            None => self.with(id, |bar| bar.iter().for_each(|bar| bar.inc(bytes))),
        }
    }

    fn finish(&self, id: usize) {
        match self.whole.get() {
            Some(whole) => {
                whole.bar.inc(1);
                if whole.bar.position() >= whole.bar.length().unwrap_or(0) {
                    whole.bar.finish_and_clear();
                }
            }
            None => self.with(id, |bar| bar.iter().for_each(ProgressBar::finish_and_clear)),
        }
    }
}

/// How often a bar without a size moves.
const TICK: Duration = Duration::from_millis(120);

/// Moves a bar on until it is finished. Where no thread can be started, it does not move.
fn keep_moving(bar: ProgressBar) {
    let ticks = move || {
        while !bar.is_finished() {
            bar.tick();
            std::thread::park_timeout(TICK);
        }
    };
    let _ = std::thread::Builder::new().name("progress".to_owned()).spawn(ticks);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A bar takes its name as it is, unlike all messages.
    #[test]
    fn a_bar_has_a_plain_name() {
        let bars = Bars::on(ProgressDrawTarget::hidden());
        bars.start(0, "evil 1\u{1b}]0;T\u{7}\u{9b}\r\n{msg}", None);
        let message = bars.with(0, |bar| bar.as_ref().map(ProgressBar::message));
        assert_eq!(message.as_deref(), Some("evil 1\\u{1b}]0;T\\u{7}\\u{9b}\\r\\n{msg}"));
    }

    #[test]
    fn many_downloads_share_a_bar() {
        let bars = Bars::on(ProgressDrawTarget::hidden());
        bars.plan(vec!["npm:a 1 (3 packages)".to_owned(); 3]);
        for id in [2, 0] {
            bars.start(id, "x 1", Some(5));
            bars.advance(id, 5);
            bars.finish(id);
        }
        let bar = &bars.whole.get().unwrap().bar;
        assert_eq!((bar.position(), bar.length(), bar.prefix().as_str()), (2, Some(3), "10 B"));
        assert!(!bar.is_finished());
        bars.finish(1);
        assert!(bar.is_finished());
    }
}
