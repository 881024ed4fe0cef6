//! What is printed while scripts run that another one needs.

use std::time::Duration;

use crate::cli::Context;
use crate::cli::ui::Ui;
use crate::cli::ui::screen::Names;
use crate::tasks::{Failure, Outcome, Output, Reason, Task, Watcher};

pub struct Progress {
    ui: Ui,
    /// Whether it is printed why a script is not skipped.
    why: bool,
    output: Output,
    names: Names,
}

impl Progress {
    pub fn new(cx: &Context, why: bool, output: Output, tasks: &[Task]) -> Self {
        let names: Vec<String> = tasks.iter().map(|task| task.name.clone()).collect();
        Self { ui: cx.ui, why, output, names: Names::new(&cx.host, &names) }
    }
}

impl Watcher for Progress {
    fn stale(&self, name: &str, why: &Reason) {
        if self.why {
            self.ui.note(&format!("`{name}` runs because {why}"));
        }
    }

    fn started(&self, name: &str) {
        if !self.why && self.output == Output::Lines {
            self.ui.detail(|| format!("`{name}` runs"));
        }
    }

    fn line(&self, name: &str, is_error: bool, line: &[u8]) {
        self.names.print(name, is_error, line);
    }

    fn skipped(&self, name: &str) {
        self.ui.note(&format!("`{name}` is up to date"));
    }

    fn ended(&self, name: &str, how: &Outcome, took: Duration) {
        match how {
            Outcome::Failed(Failure::Exited(status)) => {
                self.ui.warning(&format!("`{name}` failed with exit status {status}"));
            }
            Outcome::Failed(Failure::Signalled(signal)) => {
                self.ui.warning(&format!("`{name}` was ended by signal {signal}"));
            }
            Outcome::Failed(Failure::NotStarted(error)) => self.ui.warning(&format!("`{name}` did not start: {error}")),
            _ => self.ui.detail(|| format!("`{name}` took {:.1} s", took.as_secs_f64())),
        }
    }
}
