//! What a person sees of services: their lines, each after the name of its service, and below them one line about how all of
//! them are. Without a terminal, one line for each change; with `--json`, one object for each.

use std::collections::BTreeSet;
use std::io::{IsTerminal as _, Write as _};
use std::sync::{Mutex, PoisonError};

use serde_json::json;

use super::Ui;
use crate::host::Host;
use crate::services::{Phase, Status, Watcher};
use crate::text;

/// How lines are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lines {
    /// With the names of their services.
    Shown,
    /// In files alone.
    Hidden,
    /// As objects of JSON.
    Json,
}

/// The colours of names (ECMA-48, 8.3.117): those that are read well on light and on dark.
const COLOURS: [u8; 6] = [36, 33, 32, 35, 34, 31];

/// Erases the line that the cursor is in, and goes to its beginning (ECMA-48, 8.3.41).
const ERASE: &[u8] = b"\r\x1b[K";

/// The names before lines, in colour on a terminal.
pub struct Names {
    all: Vec<String>,
    /// The place that the longest takes.
    width: usize,
    is_terminal: bool,
    is_coloured: bool,
}

impl Names {
    pub fn new(host: &Host, names: &[String]) -> Self {
        let is_terminal = std::io::stdout().is_terminal();
        Self {
            width: names.iter().map(String::len).max().unwrap_or(0),
            all: names.to_vec(),
            is_terminal,
            is_coloured: is_terminal && host.may_colour(),
        }
    }

    /// Prints a line with a name before it, to standard output or standard error.
    pub fn print(&self, name: &str, is_error: bool, line: &[u8]) {
        let line = self.before(name, line);
        // Nothing else can be done about an output that is closed.
        let _ = if is_error {
            std::io::stderr().lock().write_all(&line)
        } else {
            std::io::stdout().lock().write_all(&line)
        };
    }

    fn before(&self, name: &str, line: &[u8]) -> Vec<u8> {
        let width = self.width;
        let index = self.all.iter().position(|one| one == name).unwrap_or(0);
        let prefix = if self.is_coloured {
            format!("\x1b[{}m{name:width$} |\x1b[0m ", COLOURS[index % COLOURS.len()])
        } else {
            format!("{name:width$} | ")
        };
        let mut shown = prefix.into_bytes();
        if self.is_terminal {
            shown.extend(text::coloured(line, self.is_coloured).into_bytes());
        } else {
            shown.extend_from_slice(line);
        }
        shown.push(b'\n');
        shown
    }
}

pub struct Screen {
    ui: Ui,
    lines: Lines,
    names: Names,
    /// The line at the bottom, as it is now.
    bottom: Mutex<String>,
    /// The services that were ready. If another fails, the one that started it says so.
    were_ready: Mutex<BTreeSet<String>>,
}

/// Erases the line at the bottom of the terminal, for a process that has not written it.
pub fn clear_line(ui: Ui) {
    if ui.terminal {
        let _ = std::io::stderr().lock().write_all(ERASE);
    }
}

impl Screen {
    pub fn new(ui: Ui, host: &Host, lines: Lines, names: &[String]) -> Self {
        Self { ui, lines, names: Names::new(host, names), bottom: Mutex::default(), were_ready: Mutex::default() }
    }

    /// Writes above the line at the bottom.
    fn above(&self, bytes: &[u8]) {
        let bottom = self.bottom.lock().unwrap_or_else(PoisonError::into_inner);
        let mut out = std::io::stdout().lock();
        if bottom.is_empty() {
            let _ = out.write_all(bytes);
            return;
        }
        let mut all = ERASE.to_vec();
        all.extend_from_slice(bytes);
        // Both are the same terminal, or the other has nothing to erase.
        if self.names.is_terminal {
            all.extend(bottom.as_bytes());
            let _ = out.write_all(&all);
            let _ = out.flush();
        } else {
            let _ = out.write_all(bytes);
        }
    }

    fn words(&self, words: &str) {
        let mut bottom = self.bottom.lock().unwrap_or_else(PoisonError::into_inner);
        Self::erase(&mut bottom);
        self.ui.note(words);
    }

    fn erase(bottom: &mut String) {
        if !bottom.is_empty() {
            let _ = std::io::stderr().lock().write_all(ERASE);
            bottom.clear();
        }
    }

    /// The line at the bottom, cut to the terminal's width.
    fn redraw(&self, all: &[Status]) {
        let mut bottom = self.bottom.lock().unwrap_or_else(PoisonError::into_inner);
        Self::erase(&mut bottom);
        if !self.ui.terminal || self.ui.quiet || all.iter().all(|status| status.phase.is_over()) {
            return;
        }
        let line = summary(all, self.lines);
        // A command is about to have the terminal.
        if line.is_empty() {
            return;
        }
        let columns = rustix::termios::tcgetwinsize(std::io::stderr()).map_or(80, |size| size.ws_col);
        // A terminal without a width takes any line.
        let most = if columns == 0 { 80 } else { usize::from(columns) - 1 };
        *bottom = if line.chars().count() > most {
            line.chars().take(most.saturating_sub(1)).chain(['…']).collect()
        } else {
            line
        };
        let _ = std::io::stderr().lock().write_all(bottom.as_bytes());
    }
}

/// How all services are, in one line: those that need a look first.
fn summary(all: &[Status], lines: Lines) -> String {
    let mut asked: Vec<&Status> = all.iter().filter(|status| status.phase != Phase::Idle).collect();
    asked.sort_by_key(|status| (status.phase == Phase::Ready, status.phase != Phase::Failed));
    let ready = asked.iter().filter(|status| status.phase == Phase::Ready).count();
    let rest = asked.iter().filter(|status| status.phase != Phase::Ready);
    let rest: Vec<String> = rest.map(|status| format!("{} {}", status.service, status.phase.name())).collect();
    match rest.as_slice() {
        [] if lines == Lines::Hidden => String::new(),
        [] if ready == 1 => format!("{} is ready; Ctrl-C stops it", asked[0].service),
        [] => format!("all {ready} services are ready; Ctrl-C stops them"),
        rest => format!("{ready} of {} ready; {}", asked.len(), rest.join(", ")),
    }
}

/// The words about a change.
fn word(status: &Status) -> Option<String> {
    let name = &status.service;
    let ports = status.ports.values().map(|port| format!(" on port {port}")).collect::<String>();
    Some(match (status.phase, &status.reason) {
        (Phase::Ready, _) => {
            let after = status.ready_after.unwrap_or_default();
            format!("`{name}` is ready after {after:.1} s{ports}")
        }
        (Phase::Restarting, Some(reason)) => format!("`{name}` is started again: {reason}"),
        (Phase::Failed, Some(reason)) => format!("`{name}` failed: {reason}"),
        (Phase::Stopped, Some(reason)) => format!("`{name}` stopped: {reason}"),
        (Phase::Stopped, None) => format!("`{name}` is stopped"),
        _ => return None,
    })
}

impl Watcher for Screen {
    fn line(&self, service: &str, line: &[u8]) {
        match self.lines {
            Lines::Shown => self.above(&self.names.before(service, line)),
            Lines::Hidden => {}
            Lines::Json => object(&json!({ "service": service, "line": String::from_utf8_lossy(line) })),
        }
    }

    fn changed(&self, all: &[Status], which: usize) {
        if self.lines == Lines::Json {
            return object(&json!(all[which]));
        }
        // If they are there for a command, only what is wrong is worth a line.
        let mut were_ready = self.were_ready.lock().unwrap_or_else(PoisonError::into_inner);
        let is_news = match all[which].phase {
            Phase::Failed => were_ready.contains(&all[which].service),
            _ => self.lines == Lines::Shown || all[which].reason.is_some(),
        };
        if all[which].phase == Phase::Ready {
            were_ready.insert(all[which].service.clone());
        }
        if let Some(word) = word(&all[which]).filter(|_| is_news) {
            self.words(&word);
        }
        self.redraw(all);
    }
}

/// Prints one object in one line.
fn object(value: &serde_json::Value) {
    let line = text::in_json(&value.to_string()) + "\n";
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(line.as_bytes()).and_then(|()| out.flush());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(service: &str, phase: Phase) -> Status {
        Status {
            service: service.to_owned(),
            phase,
            seconds: 1.0,
            ready_after: Some(0.42),
            restarts: 0,
            ports: [].into(),
            reason: None,
            last_lines: vec![],
        }
    }

    #[test]
    fn the_line_at_the_bottom_begins_with_what_needs_a_look() {
        for (all, expected) in [
            (&[("db", Phase::Ready)][..], "db is ready; Ctrl-C stops it"),
            (
                &[("db", Phase::Ready), ("web", Phase::Ready), ("x", Phase::Idle)],
                "all 2 services are ready; Ctrl-C stops them",
            ),
            (
                &[("a", Phase::Ready), ("b", Phase::Starting), ("c", Phase::Failed)],
                "1 of 3 ready; c failed, b starting",
            ),
        ] {
            let all: Vec<Status> = all.iter().map(|(name, phase)| status(name, *phase)).collect();
            assert_eq!(summary(&all, Lines::Shown), expected);
        }
        let mut ready = status("web", Phase::Ready);
        ready.ports = [("PORT".to_owned(), 8001)].into();
        assert_eq!(word(&ready).unwrap(), "`web` is ready after 0.4 s on port 8001");
        assert!(word(&status("web", Phase::Starting)).is_none());
    }
}
