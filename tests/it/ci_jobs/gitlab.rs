//! The component, in pipelines that gitlab-ci-local runs. It takes the component from a repository, by its tag.

use super::{VERSION, commit, generate_launcher, registry, shop, source};
use crate::recipes::page;
use crate::support::{Outcome, OwnRelease, Registry, Sandbox, own_tool};

struct Runner<'s> {
    sandbox: &'s Sandbox,
    release: OwnRelease,
}

impl<'s> Runner<'s> {
    /// A runner, and a project with a launcher.
    fn new(sandbox: &'s Sandbox) -> Self {
        let component = sandbox.root().join("component");
        sandbox.write(component.join("templates/devshell.yml"), source("templates/devshell.yml"));
        let script = "git init -q -b main; git add -A; git commit -qm one; git tag v0.1.0";
        sandbox.program("sh", &["-ec", script]).directory(&component).run().success();
        // GitLab takes components from its own server.
        let settings = sandbox.read("../.gitconfig");
        let instead = "insteadOf = https://forge.invalid/OWNER/devshell.git";
        let settings = format!("{settings}[url \"file://{}\"]\n  {instead}\n", component.display());
        sandbox.write("../.gitconfig", settings);
        sandbox.write(".gitignore", ".gitlab-ci-local\n");
        let release = OwnRelease::new();
        generate_launcher(sandbox, &release, None);
        Self { sandbox, release }
    }

    /// Runs all jobs of a pipeline on a new machine.
    fn run(&self, pipeline: &str, variables: &[&str]) -> Outcome {
        self.sandbox.write(".gitlab-ci.yml", pipeline);
        commit(self.sandbox);
        self.sandbox.remove(".gitlab-ci-local/builds");
        let node = own_tool("node").parent().unwrap().to_owned();
        let path = std::iter::once(node).chain(std::env::split_paths(self.sandbox.path()));
        let run = self.sandbox.program(own_tool("gitlab-ci-local"), &["--force-shell-executor", "--shell-isolation"]);
        let run = run.env("PATH", std::env::join_paths(path).unwrap());
        variables.iter().fold(run, |run, variable| run.args(&["--variable", variable])).run()
    }

    /// The keys of the caches.
    fn saved(&self) -> Vec<String> {
        let directory = self.sandbox.project().join(".gitlab-ci-local/cache");
        let entries = fs_err::read_dir(directory).into_iter().flatten();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    /// How many requests the registry and the server of the release got since the last time.
    fn requests(&self, registry: &Registry) -> [usize; 2] {
        [registry, &self.release.server].map(|server| {
            let count = server.requests().len();
            server.forget_requests();
            count
        })
    }
}

/// The page's pipeline, with these lines of inputs. It runs in no container, so that there is no image.
fn of_page(inputs: &str) -> String {
    let pipeline = page::block("GitLab CI", "yaml", 0);
    let (include, jobs) = pipeline.split_once("\n\n").expect("an empty line after `include`");
    let jobs: String = jobs.split_inclusive('\n').filter(|line| !line.starts_with("  image: ")).collect();
    let inputs: String = inputs.lines().map(|line| format!("      {line}\n")).collect();
    let with = if inputs.is_empty() { String::new() } else { format!("    inputs:\n{inputs}") };
    format!("{include}\n{with}\n{jobs}")
}

/// What the script printed, if the job ended well.
#[track_caller]
fn prints(outcome: &Outcome, line: &str) {
    outcome.success().stdout_contains(&format!("test > {line}\n"));
}

#[test]
fn the_next_job_has_all_from_the_cache() {
    let registry = registry();
    let sandbox = shop(&registry);
    let runner = Runner::new(&sandbox);
    prints(&runner.run(&of_page(""), &[]), "tested");
    assert_eq!(runner.requests(&registry), [1, 1]);
    assert_eq!(runner.saved().len(), 1);
    // Nothing is asked for, not even devshell.
    prints(&runner.run(&of_page(""), &[]), "tested");
    assert_eq!(runner.requests(&registry), [0, 0]);
}

#[test]
fn a_merge_request_from_a_fork_writes_no_cache() {
    let registry = registry();
    let sandbox = shop(&registry);
    let runner = Runner::new(&sandbox);
    let run = |from: &str| runner.run(&of_page(""), &[&format!("CI_MERGE_REQUEST_SOURCE_PROJECT_PATH={from}")]);
    prints(&run("stranger/shop"), "tested");
    assert_eq!(runner.saved(), [""; 0]);
    // The same from the project itself.
    prints(&run("group/shop"), "tested");
    assert_eq!(runner.saved().len(), 1);
}

#[test]
fn another_hash_stops_the_job_before_devshell_runs() {
    let registry = registry();
    let sandbox = shop(&registry);
    let runner = Runner::new(&sandbox);
    let wrong = "0".repeat(64);
    let inputs = format!("version: {VERSION}\nsha256: \"{wrong}\"\nurl: {}\n", runner.release.url());
    let of_inputs = runner.run(&of_page(&inputs), &[]);
    generate_launcher(&sandbox, &runner.release, Some(&wrong));
    let of_launcher = runner.run(&of_page(""), &[]);
    let text = format!("devshell {VERSION} from address has the hash `{}`, not `{wrong}`\n", OwnRelease::hash());
    for outcome in [of_inputs, of_launcher] {
        outcome.code(1).stderr_contains(&text);
        assert!(!outcome.text().contains("tested"), "{outcome}");
    }
    assert_eq!(runner.requests(&registry), [0, 2]);
    assert!(!sandbox.project().join(".gitlab-ci-local/builds/test/.devshell-home/data").exists());
}

#[test]
fn the_inputs_say_which_devshell_and_what_the_script_has() {
    let registry = registry();
    let sandbox = shop(&registry);
    let runner = Runner::new(&sandbox);
    sandbox.remove("devshell");
    let (hash, url) = (OwnRelease::hash(), runner.release.url());
    let inputs = format!("version: {VERSION}\nsha256: {hash}\nurl: {url}\n");
    let pipeline = of_page(&(inputs + "activate: env\nenvironments: docs\nname: .with-tools\n"));
    let pipeline = pipeline.replace("extends: .devshell", "extends: .with-tools").replace("devshell run test", "pages");
    prints(&runner.run(&pipeline, &[]), "pages");
    assert_eq!(runner.requests(&registry), [2, 1]);
}
