//! The user's own settings: whether they can be read, what is in them, and their lock.

use super::{Finding, counted};
use crate::cli::Context;
use crate::hint::Hint as _;
use crate::manifest::config::{self, Config};
use crate::project::Project;
use crate::road::lock::Status;
use crate::road::{self, RoadError, personal};

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
        Err(error) => {
            let mistakes = if let RoadError::Manifest(problems) = &error { problems.list.len() } else { 1 };
            let text = format!("{path} has {}", counted(mistakes, "mistake"));
            return Some(Finding::fault(CHECK, text, "`devshell list --personal` shows them".to_owned()));
        }
    };
    let sources = cx.road().sources(&files, &config.manifest);
    let status = road::lock::status(&files, &config.manifest, &sources);
    if !matches!(status, Ok((_, Status::NotNeeded | Status::Current))) {
        let text = format!("{path}: {} does not have its tools", config::LOCK_NAME);
        return Some(Finding::fault(CHECK, text, road::lock::way_to_write(&files)));
    }
    Some(Finding::good(CHECK, format!("{path}: {}", content(&config))))
}

fn content(config: &Config) -> String {
    let variables = config.manifest.layers().map(|layer| layer.variables.len()).sum();
    let count = |of: fn(&config::Preferences) -> usize| config.preferences_of_all().map(of).sum();
    let parts = [
        (config.manifest.all_tools().count(), "tool"),
        (count(|preferences| preferences.aliases.len()), "alias"),
        (variables, "variable"),
        (count(|preferences| preferences.wraps.len()), "wrapped command"),
    ];
    let parts: Vec<String> = parts.into_iter().filter(|(n, _)| *n > 0).map(|(n, what)| counted(n, what)).collect();
    if parts.is_empty() { "nothing for dev shells".to_owned() } else { parts.join(", ") }
}
