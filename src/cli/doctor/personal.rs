//! The user's own settings: whether they can be read, what is in them, and their lock.

use super::Finding;
use crate::cli::failure::Report;
use crate::cli::{Context, locking, personal};
use crate::hint::Hint as _;
use crate::lock;
use crate::manifest::config::{self, Config};
use crate::project::Project;

const CHECK: &str = "your settings";

/// Nothing where there are none.
pub fn check(cx: &Context) -> Option<Finding> {
    let files = match Project::of_user(&cx.host) {
        Ok(files) => files.filter(|files| !files.manifest_text.is_empty())?,
        Err(error) => return Some(Finding::fault(CHECK, error.to_string(), error.hint())),
    };
    if let Err(error) = files.check_user_files(&cx.host) {
        return Some(Finding::fault(CHECK, error.to_string(), error.hint()));
    }
    let path = files.manifest_path.display().to_string();
    let config = match personal::parse(&files) {
        Ok(config) => config,
        Err(failure) => {
            let mistakes = failure.reports.iter().map(|report| match report {
                Report::Problems(problems) => problems.list.len(),
                Report::Message { .. } => 1,
            });
            let text = format!("{path} has {}", counted(mistakes.sum(), "mistake"));
            return Some(Finding::fault(CHECK, text, "`devshell list --personal` shows them".to_owned()));
        }
    };
    let locked = files.lock_text().ok().flatten().map(|text| lock::parse(config::LOCK_NAME, text));
    let is_current = locked.unwrap_or_else(|| Ok(lock::Lock::default()));
    if is_current.map_or(true, |lock| !lock.differences(&config.manifest).is_empty()) {
        let text = format!("{path}: {} does not have its tools", config::LOCK_NAME);
        return Some(Finding::fault(CHECK, text, locking::way_to_write(&files)));
    }
    Some(Finding::good(CHECK, format!("{path}: {}", content(&config))))
}

fn content(config: &Config) -> String {
    let layers = std::iter::once(&config.manifest.default).chain(config.manifest.environments.values());
    let variables = layers.map(|layer| layer.variables.len()).sum();
    let count = |of: fn(&config::Taste) -> usize| config.tastes().map(of).sum();
    let parts = [
        (config.manifest.all_tools().count(), "tool"),
        (count(|taste| taste.aliases.len()), "alias"),
        (variables, "variable"),
        (count(|taste| taste.wraps.len()), "wrapped command"),
    ];
    let parts: Vec<String> = parts.into_iter().filter(|(n, _)| *n > 0).map(|(n, what)| counted(n, what)).collect();
    if parts.is_empty() { "nothing for dev shells".to_owned() } else { parts.join(", ") }
}

fn counted(number: usize, what: &str) -> String {
    let ending = match what {
        _ if number == 1 => "",
        "alias" => "es",
        _ => "s",
    };
    format!("{number} {what}{ending}")
}
