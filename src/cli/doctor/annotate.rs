//! Problems as workflow commands of GitHub Actions, which shows them at their lines in a pull request. The runner reads
//! them from standard error as well, so that standard output stays the report.

use std::path::Path;

use super::{Finding, Place, State};
use crate::cli::ui::Ui;
use crate::host::Host;

/// Prints a command for each fault, in a job of GitHub Actions.
pub fn faults(host: &Host, checks: &[Finding]) {
    if host.variable("GITHUB_ACTIONS").is_none_or(|value| value != "true") {
        return;
    }
    // Paths in the commands begin in the repository.
    let repository = host.variable("GITHUB_WORKSPACE").and_then(|path| fs_err::canonicalize(Path::new(path)).ok());
    for finding in checks.iter().filter(|finding| finding.state == State::Fault) {
        Ui::say(&command(finding, repository.as_deref()));
    }
}

fn command(finding: &Finding, repository: Option<&Path>) -> String {
    let title = format!("title={}", property(&format!("devshell: {}", finding.check)));
    let place = finding.place.as_ref().map(|Place { path, line, .. }| {
        let inside = repository.and_then(|repository| path.strip_prefix(repository).ok()).unwrap_or(path);
        format!("file={},line={line},", property(&inside.to_string_lossy()))
    });
    let hint = finding.hint.as_ref().map(|hint| format!("\nhint: {hint}"));
    let message = data(&format!("{}{}", finding.text, hint.unwrap_or_default()));
    format!("::error {}{title}::{message}", place.unwrap_or_default())
}

/// A text after the second `::`.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The value of a property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_end_no_property_and_no_command() {
        let finding = |text: &str, hint: Option<&str>| Finding::fault("lock", text, hint.map(str::to_owned));
        for (finding, expected) in [
            (finding("it is stale", None), "::error title=devshell%3A lock::it is stale"),
            (
                finding("50% of a,b:\r\n::error::c", Some("d")).at(Path::new("/w/a,b:c%/devshell.json"), 7),
                "::error file=a%2Cb%3Ac%25/devshell.json,line=7,title=devshell%3A lock::\
                 50%25 of a,b:%0D%0A::error::c%0Ahint: d",
            ),
            (
                finding("x", None).at(Path::new("/elsewhere/devshell.json"), 1),
                "::error file=/elsewhere/devshell.json,line=1,title=devshell%3A lock::x",
            ),
        ] {
            assert_eq!(command(&finding, Some(Path::new("/w"))), expected);
        }
    }
}
