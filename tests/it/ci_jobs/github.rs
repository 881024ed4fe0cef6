//! The action, in workflows that act runs. A directory of archives stands for GitHub's cache: `cache/`.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::{FILES, VERSION, commit, generate_launcher, lock, registry, root, shop, source};
use crate::recipes::page;
use crate::support::{Outcome, OwnRelease, Sandbox, own_tool};

/// The line of the page that uses the action.
const USES: &str = "uses: OWNER/devshell@v0.1.0\n";

/// A step that shows the action's outputs.
const OUTPUTS: &str =
    "      - run: echo '<${{ steps.devshell.outputs.version }}> <${{ steps.devshell.outputs.cache-hit }}>'
        shell: bash
";

struct Runner<'s> {
    sandbox: &'s Sandbox,
    release: OwnRelease,
    archives: PathBuf,
}

impl<'s> Runner<'s> {
    /// A runner, and a project with a launcher.
    fn new(sandbox: &'s Sandbox) -> Self {
        for file in FILES {
            sandbox.write(sandbox.root().join("action").join(file), source(file));
        }
        let archives = sandbox.root().join("archives");
        fs_err::create_dir_all(&archives).unwrap();
        let release = OwnRelease::new();
        generate_launcher(sandbox, &release, None);
        Self { sandbox, release, archives }
    }

    /// Runs the workflow for an event on a new machine.
    fn run(&self, workflow: &str, event: &str, payload: &Value) -> Outcome {
        for left in [".local", ".cache"] {
            self.sandbox.remove(self.sandbox.home().join(left));
        }
        self.sandbox.write(".github/workflows/test.yml", workflow);
        let payload = self.sandbox.write("../event.json", payload.to_string());
        commit(self.sandbox);
        let action = self.sandbox.root().join("action");
        let text = source("action.yml");
        let cache = text.lines().find_map(cache_action).expect("actions/cache in action.yml");
        let act =
            self.sandbox.program(own_tool("act"), &[event, "--no-cache-server", "--github-instance", "forge.invalid"]);
        let act = act.args(&["-P", "ubuntu-latest=-self-hosted", "--env", "RUNNER_ENVIRONMENT=github-hosted"]);
        let act = act.arg("--env").arg(format!("ARCHIVES={}", self.archives.display()));
        let act = act.arg("--local-repository").arg(format!("OWNER/devshell@v0.1.0={}", action.display()));
        let act = act.arg("--local-repository").arg(format!("{cache}={}/tests/it/ci_jobs/cache", root().display()));
        act.arg("--eventpath").arg(payload).run()
    }

    fn push(&self, workflow: &str) -> Outcome {
        self.run(workflow, "push", &json!({}))
    }

    /// The keys of what was saved.
    fn saved(&self) -> Vec<String> {
        let names = fs_err::read_dir(&self.archives).unwrap().map(|entry| entry.unwrap().file_name());
        names.map(|name| name.to_str().unwrap().split_once('@').unwrap().0.to_owned()).collect()
    }

    /// How many objects each archive has.
    fn objects(&self) -> Vec<usize> {
        let list = "for archive in *; do tar -tPf \"$archive\" | grep -c '/objects-1/[0-9a-f]*/$'; done";
        let outcome = self.sandbox.program("sh", &["-c", list]).directory(&self.archives).run();
        outcome.success().text().lines().map(|line| line.parse().unwrap()).collect()
    }
}

/// `actions/cache@HASH` of a line that uses a part of it.
fn cache_action(line: &str) -> Option<String> {
    let reference = line.trim().strip_prefix("uses: actions/cache/restore@")?;
    Some(format!("actions/cache@{}", reference.split(' ').next()?))
}

/// The page's workflow, which gives the action these inputs, and shows its outputs.
fn of_page(heading: &str, inputs: &str) -> String {
    let workflow = page::block(heading, "yaml", 0);
    assert_eq!(workflow.matches(USES).count(), 1, "{workflow}");
    let with = if inputs.is_empty() { String::new() } else { format!("        with: {{ {inputs} }}\n") };
    workflow.replace(USES, &format!("id: devshell\n        {USES}{with}")) + OUTPUTS
}

/// Whether a step printed this line.
fn has_printed(outcome: &Outcome, text: &str) -> bool {
    outcome.text().lines().any(|line| line.split_once("  | ").is_some_and(|(_, line)| line == text))
}

/// Expects that the job ended well, and that its steps printed these lines.
#[track_caller]
fn prints(outcome: &Outcome, lines: &[&str]) {
    outcome.success();
    for line in lines {
        assert!(has_printed(outcome, line), "no step printed `{line}`: {outcome}");
    }
}

#[test]
fn the_next_job_has_all_from_the_cache() {
    let registry = registry();
    let sandbox = shop(&registry);
    let runner = Runner::new(&sandbox);
    let workflow = of_page("GitHub Actions", "");
    prints(&runner.push(&workflow), &["tested", "formatted", &format!("<{VERSION}> <>")]);
    assert_eq!(registry.requests().len(), 1, "{:?}", registry.requests());
    let key = sandbox.run(&["cache", "key", "--json"]).success().json()["key"].as_str().unwrap().to_owned();
    assert_eq!(runner.saved(), [&*key]);

    registry.forget_requests();
    prints(&runner.push(&workflow), &["tested", "formatted", &format!("<{VERSION}> <true>")]);
    assert_eq!(registry.requests(), [""; 0]);
    assert_eq!(runner.saved(), [&*key]);

    // Another lock: the older cache is of use, and what it has too much is not saved again.
    lock(&sandbox, "22.4.0");
    registry.forget_requests();
    prints(&runner.push(&workflow), &["tested", "formatted", &format!("<{VERSION}> <false>")]);
    assert_eq!(registry.requests().len(), 1, "{:?}", registry.requests());
    assert_eq!(runner.objects(), [1, 1]);
}

#[test]
fn steps_enter_the_dev_shell_by_their_shell() {
    let registry = registry();
    let sandbox = shop(&registry);
    let runner = Runner::new(&sandbox);
    let workflow = of_page("Environment for later steps", "")
        + "      - run: echo \"<${NODE_OPTIONS-gone}>\"\n        env: { NODE_OPTIONS: --inspect }\n"
        + "      - run: command -v node || echo only there\n        shell: bash\n";
    prints(&runner.push(&workflow), &["tested", "formatted", "<gone>", "only there"]);
}

#[test]
fn a_pull_request_from_a_fork_writes_no_cache() {
    let registry = registry();
    let sandbox = shop(&registry);
    let runner = Runner::new(&sandbox);
    let workflow = of_page("GitHub Actions", "cache-write: true");
    let request_from = |repository: &str| {
        let head = json!({ "repo": { "full_name": repository } });
        json!({ "action": "opened", "pull_request": { "number": 1, "head": head } })
    };
    prints(&runner.run(&workflow, "pull_request", &request_from("stranger/shop")), &["tested"]);
    assert_eq!(runner.saved(), [""; 0]);
    // The same from the repository itself.
    prints(&runner.run(&workflow, "pull_request", &request_from("group/shop")), &["tested"]);
    assert_eq!(runner.saved().len(), 1);
}

#[test]
fn another_hash_stops_the_job_before_devshell_runs() {
    let registry = registry();
    let sandbox = shop(&registry);
    let runner = Runner::new(&sandbox);
    let wrong = "0".repeat(64);
    generate_launcher(&sandbox, &runner.release, Some(&wrong));
    let of_launcher = runner.push(&of_page("GitHub Actions", ""));
    sandbox.remove("devshell");
    let inputs = format!("version: {VERSION}, sha256: '{wrong}', url: '{}'", runner.release.url());
    let of_inputs = runner.push(&of_page("GitHub Actions", &inputs));
    let text = format!("devshell {VERSION} from address has the hash `{}`, not `{wrong}`", OwnRelease::hash());
    for outcome in [of_launcher, of_inputs] {
        outcome.code(1).stdout_contains(&format!("  | devshell: {text}\n"));
        outcome.stdout_contains(&format!("::error title=devshell::{text}\n"));
        outcome.stdout_contains("Failure - Main Get devshell");
        assert!(!outcome.text().contains("Main Check devshell.lock"), "{outcome}");
        assert!(!has_printed(&outcome, "tested"), "{outcome}");
    }
    assert_eq!(registry.requests(), [""; 0]);
    assert!(!sandbox.data().exists());
}

#[test]
fn without_a_launcher_the_inputs_say_which_devshell() {
    let registry = registry();
    let sandbox = shop(&registry);
    let runner = Runner::new(&sandbox);
    sandbox.remove("devshell");
    let (hash, url) = (OwnRelease::hash(), runner.release.url());
    let inputs = format!("version: {VERSION}, sha256: {hash}, url: '{url}', environments: docs, annotate: false");
    let workflow = of_page("GitHub Actions", &inputs) + "      - run: pages\n";
    prints(&runner.push(&workflow), &["tested", "pages", &format!("<{VERSION}> <>")]);
}

#[test]
fn a_stale_lock_is_shown_on_the_page_of_the_run() {
    let registry = registry();
    let sandbox = shop(&registry);
    let runner = Runner::new(&sandbox);
    sandbox.manifest(sandbox.read("devshell.json").replace("=22.3.0", "=22.4.0"));
    for (annotate, count) in [("true", 1), ("false", 0)] {
        let outcome = runner.push(&of_page("GitHub Actions", &format!("annotate: {annotate}")));
        outcome.code(1).stdout_contains("  | devshell: devshell.lock is stale: ");
        let command = "::error file=devshell.json,line=3,title=devshell%3A lock::devshell.lock is stale: ";
        assert_eq!(outcome.text().matches(command).count(), count, "{outcome}");
        assert_eq!(outcome.text().matches("::error").count(), count, "{outcome}");
    }
}
