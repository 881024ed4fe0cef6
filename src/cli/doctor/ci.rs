//! `devshell doctor --ci`: what is about a job of a CI system and about no other use of devshell.

use super::Finding;
use crate::host::Host;
use crate::project::Project;

/// CI systems, each with a variable that it sets for its jobs.
const SYSTEMS: &[(&str, &str)] = &[
    ("GitHub Actions", "GITHUB_ACTIONS"),
    ("GitLab CI", "GITLAB_CI"),
    ("CircleCI", "CIRCLECI"),
    ("Buildkite", "BUILDKITE"),
    ("Travis CI", "TRAVIS"),
    ("Azure Pipelines", "TF_BUILD"),
    ("Jenkins", "JENKINS_URL"),
    ("Bitbucket Pipelines", "BITBUCKET_BUILD_NUMBER"),
    ("TeamCity", "TEAMCITY_VERSION"),
    ("Drone", "DRONE"),
    ("Semaphore", "SEMAPHORE"),
    ("AppVeyor", "APPVEYOR"),
    ("AWS CodeBuild", "CODEBUILD_BUILD_ID"),
];

/// Which system runs the job, and whether devshell acts as in one.
pub fn system(host: &Host) -> Finding {
    const CHECK: &str = "CI system";
    let is_set = |name: &str| host.variable(name).is_some_and(|value| !value.is_empty());
    let known = SYSTEMS.iter().find(|(_, variable)| is_set(variable));
    match (known, host.is_under_ci()) {
        (Some((name, variable)), true) => Finding::good(CHECK, format!("{name}, which sets {variable} and CI")),
        (None, true) => Finding::good(CHECK, "one that devshell does not know, which sets CI"),
        (Some((name, variable)), false) => {
            let text = format!("{name} sets {variable}, but CI is not set, so devshell acts as on a person's machine");
            Finding::fault(CHECK, text, "set it for the whole job: `export CI=true`".to_owned())
        }
        (None, false) => Finding::skipped(CHECK, "none: CI is not set"),
    }
}

/// Whether what `DEVSHELL_SAFE_DIRECTORY` says counts, for a project that can be used.
pub fn safe_directory(host: &Host, project: &Project) -> Finding {
    const CHECK: &str = "owners";
    const NAME: &str = "DEVSHELL_SAFE_DIRECTORY";
    let Some(list) = host.variable(NAME).filter(|list| !list.is_empty()) else {
        return Finding::good(CHECK, format!("only you and root can write the project; {NAME} is not set"));
    };
    if let Some(relative) = std::env::split_paths(list).find(|path| !path.is_absolute()) {
        let text = format!("`{}` in {NAME} is not absolute, so it does not count", relative.display());
        let root = project.root.to_string_lossy();
        return Finding::fault(CHECK, text, format!("`export {NAME}={}`", shell_words::quote(&root)));
    }
    let text =
        if host.is_safe(&project.root) { "covers the project" } else { "does not cover the project, and need not" };
    Finding::good(CHECK, format!("{NAME} {text}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::env::policy;

    #[test]
    fn what_a_system_is_known_by_reaches_every_command_of_a_job() {
        for (system, variable) in SYSTEMS {
            let mut patterns = policy::ALLOWED_UNDER_CI.iter();
            assert!(patterns.any(|pattern| policy::matches(pattern, variable.as_ref())), "{system}");
        }
    }
}
