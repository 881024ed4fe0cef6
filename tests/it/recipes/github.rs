//! GitHub's runner: each step is a script in a file of its own, started as its `shell` says; what a step writes to
//! `GITHUB_ENV` and `GITHUB_PATH` counts for the steps after it.

use serde_json::Value;

use super::root::{PATH, Root, where_devshell_is};
use super::{NOWHERE, page, shop, yaml};
use crate::support::{Outcome, Registry};

const WORKSPACE: &str = "/home/runner/jobs/shop/shop";
const TEMP: &str = "/home/runner/jobs/_temp";
const RUNNER: u32 = 1001;

/// What the runner keeps between the steps of a job.
struct Job<'r, 's> {
    root: &'r Root<'s>,
    shell: String,
    variables: Vec<(String, String)>,
    paths: Vec<String>,
    steps: usize,
}

impl<'r, 's> Job<'r, 's> {
    /// A job on a new machine.
    fn new(root: &'r Root<'s>, recipe: &Value, registry: &str) -> Self {
        root.sh(0, "rm -rf /home/runner && mkdir /home/runner && chown 1001:1001 /home/runner").run().success();
        root.sh(RUNNER, &format!("mkdir -p {WORKSPACE} {TEMP}")).run().success();
        let shell = recipe["jobs"]["test"]["defaults"]["run"]["shell"].as_str().unwrap().to_owned();
        let given = [
            ("CI", "true"),
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_WORKSPACE", WORKSPACE),
            ("NPM_CONFIG_REGISTRY", registry),
        ];
        let variables = given.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        Self { root, shell, variables, paths: Vec::new(), steps: 0 }
    }

    /// A step. Of actions, those that are in the recipe are known.
    fn step(&mut self, step: &Value) -> Option<Outcome> {
        match step["uses"].as_str() {
            Some(action) if action.starts_with("actions/checkout@") => {
                self.root.sh(RUNNER, &format!("git clone -q /srv/shop.git {WORKSPACE}")).run().success();
                return None;
            }
            Some(action) if action.starts_with("actions/cache@") => {
                let path = step["with"]["path"].as_str().unwrap();
                assert_eq!(path, "~/.local/share/devshell");
                let script = "if [ -e /srv/cache.tar ]; then tar -xPf /srv/cache.tar; fi";
                self.root.sh(RUNNER, script).run().success();
                return None;
            }
            Some(action) => panic!("what is `{action}`?"),
            None => {}
        }
        self.steps += 1;
        let [script, env, path] = ["script", "env", "path"].map(|name| format!("{TEMP}/{name}-{}", self.steps));
        self.root.write(&script, step["run"].as_str().unwrap());
        self.root.sh(0, &format!("touch {env} {path}; chown {RUNNER} {env} {path}")).run().success();
        let shell = match step["shell"].as_str().unwrap_or(&self.shell) {
            "bash" => "bash --noprofile --norc -eo pipefail {0}",
            shell => shell,
        };
        let command: Vec<&str> = shell.split(' ').map(|word| if word == "{0}" { &script } else { word }).collect();
        let mut variables = self.variables.clone();
        variables.push(("GITHUB_ENV".to_owned(), env.clone()));
        variables.push(("GITHUB_PATH".to_owned(), path.clone()));
        let search: Vec<&str> = self.paths.iter().rev().map(String::as_str).chain([PATH]).collect();
        variables.push(("PATH".to_owned(), search.join(":")));
        for (name, value) in step["env"].as_object().into_iter().flatten() {
            let value = value.as_str().unwrap();
            let of_repository =
                where_devshell_is().into_iter().find(|(own, _)| value == format!("${{{{ vars.{own} }}}}"));
            variables.push((name.clone(), of_repository.map_or_else(|| value.to_owned(), |(_, value)| value)));
        }
        let outcome = self.root.start(RUNNER, WORKSPACE, &variables, &command).run();
        let read = |path: &str| fs_err::read_to_string(self.root.outside(path)).unwrap();
        let (defined, added) = (read(&env), read(&path));
        self.define(&defined);
        self.paths.extend(added.lines().map(str::to_owned));
        Some(outcome)
    }

    /// Takes definitions as the runner reads them: `NAME=VALUE`, or `NAME<<END`, lines and `END`.
    fn define(&mut self, text: &str) {
        let mut lines = text.lines();
        while let Some(line) = lines.next() {
            let (name, value) = match line.split_once("<<") {
                Some((name, end)) if !name.contains('=') => {
                    let value: Vec<&str> = lines.by_ref().take_while(|line| *line != end).collect();
                    (name, value.join("\n"))
                }
                _ => line.split_once('=').map(|(name, value)| (name, value.to_owned())).expect("NAME=VALUE"),
            };
            self.variables.retain(|(own, _)| own != name);
            self.variables.push((name.to_owned(), value));
        }
    }

    /// All steps; what the last two of them print.
    fn run(&mut self, steps: &Value) -> Vec<String> {
        let outcomes = steps.as_array().unwrap().iter().filter_map(|step| self.step(step));
        let texts: Vec<String> = outcomes.map(|outcome| outcome.success().text()).collect();
        texts[texts.len() - 2..].to_vec()
    }
}

#[test]
fn steps_run_in_the_dev_shell_and_the_next_job_takes_the_store_from_the_cache() {
    let registry = Registry::new();
    let sandbox = shop(&registry);
    let Some(root) = Root::new(&sandbox, "github", "recipes::github::steps_run_in_the_dev_shell") else { return };
    root.make_repository("");
    root.add_user("runner", RUNNER);
    let recipe = yaml::parse(&page::block("GitHub Actions", "yaml", 0));
    let steps = &recipe["jobs"]["test"]["steps"];
    assert_eq!(Job::new(&root, &recipe, registry.url()).run(steps), ["tested\n", "formatted\n"]);
    // As the action does at the end of a job.
    root.sh(0, "tar -cPf /srv/cache.tar /home/runner/.local/share/devshell").run().success();
    assert_eq!(Job::new(&root, &recipe, NOWHERE).run(steps), ["tested\n", "formatted\n"]);
}

#[test]
fn one_step_exports_the_environment_for_those_after_it() {
    let registry = Registry::new();
    let sandbox = shop(&registry);
    let Some(root) = Root::new(&sandbox, "github", "recipes::github::one_step_exports") else { return };
    root.make_repository("");
    root.add_user("runner", RUNNER);
    let recipe = yaml::parse(&page::block("GitHub Actions", "yaml", 0));
    let mut steps = recipe["jobs"]["test"]["steps"].as_array().unwrap().clone();
    steps.retain(|step| step["uses"].is_string() || step["name"] == "get devshell");
    let exported = yaml::parse(&page::block("Environment for later steps", "yaml", 0));
    steps.extend(exported.as_array().unwrap().iter().cloned());
    let texts = Job::new(&root, &recipe, registry.url()).run(&Value::Array(steps));
    assert_eq!(texts, ["", "v22.3.0\n"]);
}
