//! What went wrong with an addition, in words that are true of a manifest that was not changed.

use super::Wish;
use crate::cli::failure::{Failure, Report, code};
use crate::manifest::{Problems, split_requirement};
use crate::road::RoadError;
use crate::source::ResolveError;
use crate::store::LayoutError;

/// The failure of a step with the edited manifest: its lines are not those of the file, which stays as it is.
pub fn failure(error: RoadError, wishes: &[Wish]) -> Failure {
    let is_new = |name: &_| wishes.iter().any(|(wished, _)| wished == name);
    match error {
        RoadError::Manifest(problems) => mistakes(&problems),
        RoadError::Resolve(errors) => {
            RoadError::Resolve(errors.into_iter().map(ResolveError::without_line).collect()).into()
        }
        RoadError::Layout(LayoutError::NoOwnCommand { tool, has, .. }) if is_new(&tool) => {
            let list = has.iter().map(|command| format!("\"{command}\"")).collect::<Vec<_>>().join(", ");
            let hint = format!(
                "write it into the manifest with the commands you want: \"{tool}\": {{ \"version\": \"*\", \"commands\": [{list}] }}"
            );
            Failure::said(code::TOOL, format!("`{tool}` has no command of its own"), hint)
        }
        RoadError::Clash(mut clash) => {
            (clash.first.line, clash.second.line) = (None, None);
            let there = match (is_new(&clash.first.tool), is_new(&clash.second.tool)) {
                // A tool was resolved again, and has a command more.
                (false, false) => return RoadError::Clash(clash).into(),
                (true, true) => None,
                (true, false) => Some(&clash.second),
                (false, true) => Some(&clash.first),
            };
            let hint = there.map_or_else(
                || "add one of them, and leave the other".to_owned(),
                |there| format!("take the other one out first: `{}`", there.removal()),
            );
            Failure::said(code::MANIFEST, clash.to_string(), hint)
        }
        other => other.into(),
    }
}

/// The mistakes that the addition would be.
pub fn mistakes(problems: &Problems) -> Failure {
    let report = |problem: &crate::manifest::Problem| Report::Message {
        text: problem.message.clone(),
        causes: Vec::new(),
        hint: problem.help.clone(),
    };
    Failure { code: code::MANIFEST, reports: problems.list.iter().map(report).collect() }
}

/// The same failure, and what became of the rest: nothing was written.
pub fn with_rest(mut failure: Failure, words: &[String]) -> Failure {
    if words.len() < 2 {
        return failure;
    }
    let texts: Vec<String> = failure.texts().collect();
    // An error names its tool, or the package that this is.
    let is_at_fault = |word: &String| {
        let (name, _) = split_requirement(word);
        let package = name.rsplit(':').next().unwrap_or(name);
        texts.iter().any(|text| text.contains(&format!("`{name}`")) || text.contains(&format!("`{package}`")))
    };
    let (bad, good): (Vec<&String>, Vec<&String>) = words.iter().partition(|word| is_at_fault(word));
    let hint = (!bad.is_empty() && !good.is_empty()).then(|| {
        let rest = good.into_iter().map(String::as_str);
        format!("`devshell add {}` adds the rest", shell_words::join(rest))
    });
    let text = "nothing was added".to_owned();
    failure.reports.push(Report::Message { text, causes: Vec::new(), hint });
    failure
}
