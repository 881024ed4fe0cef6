//! GitLab: its runner clones and cleans, as root with the umask 0000 before a job in a container, or as the user of the
//! runner; the job is one script of `sh`.

use std::path::Path;

use serde_json::Value;

use super::root::Root;
use super::{NOWHERE, page, shop, yaml};
use crate::support::{Outcome, OwnRelease, Registry};

const PROJECT: &str = "/builds/group/shop";

/// A runner's user, the user of the job's container, and the umask of the clone.
struct Runner {
    clones: u32,
    runs: u32,
    umask: &'static str,
}

struct Job {
    /// The component's job, with the script of the page's.
    recipe: Value,
    variables: Vec<(String, String)>,
}

impl Job {
    /// A job of the page, with the component's own inputs except for where devshell is.
    fn of_page(url: &str) -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates/devshell.yml");
        let component = fs_err::read_to_string(path).unwrap();
        let (_, job) = component.split_once("\n---\n").unwrap();
        let inputs = [
            ("name", ".devshell"),
            ("version", OwnRelease::VERSION),
            ("sha256", OwnRelease::hash()),
            ("url", url),
            ("lock", "devshell.lock"),
            ("environments", ""),
            ("activate", "none"),
            ("cache-prefix", "devshell"),
        ];
        let given = |job: String, (name, value): &(&str, &str)| job.replace(&format!("$[[ inputs.{name} ]]"), value);
        let job = inputs.iter().fold(job.to_owned(), given);
        let mut recipe = yaml::parse(&job.replace("\".devshell\":", ".devshell:"))[".devshell"].take();
        recipe["script"] = yaml::parse(&page::block("GitLab CI", "yaml", 0))["test"]["script"].take();
        let given = [("CI", "true"), ("GITLAB_CI", "true"), ("CI_PROJECT_DIR", PROJECT)];
        let own = recipe["variables"].as_object().unwrap().iter();
        let own = own.map(|(name, value)| (name.as_str(), value.as_str().unwrap()));
        let expanded = |value: &str| value.replace("$CI_PROJECT_DIR", PROJECT);
        let variables: Vec<(String, String)> =
            given.into_iter().chain(own).map(|(name, value)| (name.to_owned(), expanded(value))).collect();
        assert!(variables.iter().all(|(_, value)| !value.contains('$')), "{variables:?}");
        Self { recipe, variables }
    }

    fn variable(&self, name: &str) -> &str {
        &self.variables.iter().find(|(own, _)| own == name).unwrap_or_else(|| panic!("no {name}")).1
    }

    /// What the runner does before a job.
    fn get_sources(&self, root: &Root, runner: &Runner) -> Outcome {
        let script = format!(
            "umask {}; if [ -d {PROJECT} ]; then cd {PROJECT}; git fetch -q; git checkout -qf --detach origin/HEAD
             git clean {}; else mkdir -p {PROJECT}; git clone -q /srv/shop.git {PROJECT}; fi",
            runner.umask,
            self.variable("GIT_CLEAN_FLAGS"),
        );
        root.sh(runner.clones, &script).run()
    }

    /// The job's script, of these keys of the recipe.
    fn run(&self, root: &Root, runner: &Runner, keys: &[&str], registry: &str) -> Outcome {
        let lines = keys.iter().flat_map(|key| self.recipe[*key].as_array().unwrap());
        let script: String = lines.map(|line| format!("{}\n", line.as_str().unwrap())).collect();
        let mut variables = self.variables.clone();
        variables.push(("NPM_CONFIG_REGISTRY".to_owned(), registry.to_owned()));
        root.start(runner.runs, PROJECT, &variables, &["/bin/sh", "-ec", &script]).run()
    }

    /// Keeps what is to be cached, and takes the checkout away, as before a job on another machine.
    fn move_cache(&self, root: &Root, runner: &Runner) {
        let paths: Vec<&str> =
            self.recipe["cache"]["paths"].as_array().unwrap().iter().map(|path| path.as_str().unwrap()).collect();
        let script =
            format!("cd {PROJECT}; tar -cf /tmp/cache.tar $(ls -d {}); cd /; rm -rf {PROJECT}", paths.join(" "));
        root.sh(0, &script).run().success();
        self.get_sources(root, runner).success();
        root.sh(runner.clones, &format!("cd {PROJECT}; umask {}; tar -xpf /tmp/cache.tar", runner.umask))
            .run()
            .success();
    }
}

/// All of the job.
const BOTH: &[&str] = &["before_script", "script"];

#[test]
fn in_a_container_root_clones_so_that_everyone_can_write() {
    let registry = Registry::new();
    let sandbox = shop(&registry);
    let Some(root) = Root::new(&sandbox, "gitlab", "recipes::gitlab::in_a_container") else { return };
    root.make_repository("");
    let (mut job, runner) = (Job::of_page(root.publish()), Runner { clones: 0, runs: 0, umask: "0000" });
    job.get_sources(&root, &runner).success();
    let modes = root.sh(0, &format!("cd {PROJECT}; stat -c %a . devshell.json")).run();
    modes.success().stdout("777\n666\n");
    job.run(&root, &runner, BOTH, registry.url()).success().stdout("tested\n");
    // The next job on this machine, and one on another, with the cache.
    job.get_sources(&root, &runner).success();
    job.run(&root, &runner, BOTH, NOWHERE).success().stdout("tested\n");
    job.move_cache(&root, &runner);
    job.run(&root, &runner, BOTH, NOWHERE).success().stdout("tested\n");
    // Without the component's variables, one message names all, and the variable.
    root.sh(0, "cp /srv/devshell /usr/local/bin/devshell").run().success();
    job.variables.retain(|(name, _)| !["DEVSHELL_SAFE_DIRECTORY", "DEVSHELL_HOME"].contains(&name.as_str()));
    job.run(&root, &runner, &["script"], NOWHERE).code(125).stderr(&format!(
        "devshell: `{PROJECT}`, `{PROJECT}/devshell.json` and `{PROJECT}/devshell.lock` can be written by other users\n\
         hint: `chmod -R go-w {PROJECT}`; or, if you trust everyone who can write there, \
         `export DEVSHELL_SAFE_DIRECTORY={PROJECT}`\n"
    ));
}

#[test]
fn a_runner_that_is_not_root_cleans_the_checkout_between_two_jobs() {
    let registry = Registry::new();
    let sandbox = shop(&registry);
    let Some(root) = Root::new(&sandbox, "gitlab", "recipes::gitlab::a_runner_that_is_not_root") else { return };
    root.make_repository("");
    root.add_user("gitlab-runner", 998);
    root.sh(0, "mkdir -m 755 /builds && chown 998:998 /builds").run().success();
    let (mut job, runner) = (Job::of_page(root.publish()), Runner { clones: 998, runs: 998, umask: "0022" });
    job.get_sources(&root, &runner).success();
    job.run(&root, &runner, BOTH, registry.url()).success().stdout_contains("tested\n");
    root.sh(998, &format!("touch {PROJECT}/untracked")).run().success();
    job.get_sources(&root, &runner).success().stderr("");
    root.sh(998, &format!("cd {PROJECT}; test ! -e untracked")).run().success();
    job.run(&root, &runner, BOTH, NOWHERE).success().stdout_contains("tested\n");
    // The runner's own flags want to delete the store, whose directories are read-only.
    for (name, value) in &mut job.variables {
        if name == "GIT_CLEAN_FLAGS" {
            *value = "-ffdx".to_owned();
        }
    }
    job.get_sources(&root, &runner).code(1).stderr_contains("Permission denied");
    // As the page says to.
    let remove = format!("cd {PROJECT}; {}", super::page::inline("GitLab CI", "chmod -R u+w"));
    root.sh(998, &remove).run().success();
    job.get_sources(&root, &runner).success();
}

#[test]
fn the_user_of_an_image_works_in_roots_clone_and_with_roots_cache() {
    let registry = Registry::new();
    let sandbox = shop(&registry);
    let Some(root) = Root::new(&sandbox, "gitlab", "recipes::gitlab::the_user_of_an_image") else { return };
    root.make_repository("");
    root.add_user("app", 1000);
    let (job, runner) = (Job::of_page(root.publish()), Runner { clones: 0, runs: 1000, umask: "0000" });
    job.get_sources(&root, &runner).success();
    job.run(&root, &runner, BOTH, registry.url()).success().stdout_contains("tested\n");
    job.get_sources(&root, &runner).success();
    job.run(&root, &runner, BOTH, NOWHERE).success().stdout_contains("tested\n");
    // What the runner unpacks belongs to root.
    job.move_cache(&root, &runner);
    job.run(&root, &runner, BOTH, NOWHERE).success().stdout_contains("tested\n");
}
