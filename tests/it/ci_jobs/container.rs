//! The action's scripts in a job's container: root runs them, while the checkout and the home directory belong to the
//! runner's user.

use super::{FILES, registry, shop, source};
use crate::recipes::root::Root;
use crate::support::{Outcome, OwnRelease};

const WORKSPACE: &str = "/__w/shop/shop";
const HOME: &str = "/github/home";

struct Job<'r, 's> {
    root: &'r Root<'s>,
    variables: Vec<(String, String)>,
}

impl Job<'_, '_> {
    fn set(&mut self, name: &str, value: &str) {
        self.variables.push((name.to_owned(), value.to_owned()));
    }

    /// A step of the action.
    fn step(&self, name: &str) -> Outcome {
        let command = ["bash", "/srv/action/dist/ci/github.sh", name];
        self.root.start(0, WORKSPACE, &self.variables, &command).run()
    }

    fn written(&self, path: &str) -> String {
        fs_err::read_to_string(self.root.outside(path)).unwrap()
    }
}

#[test]
fn root_works_in_the_runners_checkout() {
    let registry = registry();
    let sandbox = shop(&registry);
    let Some(root) = Root::new(&sandbox, "container", "ci_jobs::container::root_works_in_the_runners_checkout") else {
        return;
    };
    root.add_user("runner", 1001);
    for file in FILES {
        root.write(&format!("/srv/action/{file}"), source(file));
    }
    for file in ["devshell.json", "devshell.lock", "test.js"] {
        root.write(&format!("{WORKSPACE}/{file}"), sandbox.read(file));
    }
    let script = format!("mkdir -p {HOME}; chown -R runner:runner /__w {HOME}; touch /tmp/env /tmp/path /tmp/output");
    root.sh(0, &script).run().success();
    let mut job = Job { root: &root, variables: Vec::new() };
    let url = root.publish();
    for (name, value) in [
        ("CI", "true"),
        ("HOME", HOME),
        ("NPM_CONFIG_REGISTRY", registry.url()),
        ("DEVSHELL_CI_ANNOTATE", "true"),
        ("DEVSHELL_CI_VERSION", OwnRelease::VERSION),
        ("DEVSHELL_CI_SHA256", OwnRelease::hash()),
        ("DEVSHELL_CI_URL", url),
        ("DEVSHELL_CI_ENVIRONMENTS", "docs"),
        ("DEVSHELL_CI_CACHE_WRITE", ""),
        ("GITHUB_EVENT_NAME", "push"),
        ("GITHUB_WORKSPACE", WORKSPACE),
        ("GITHUB_ENV", "/tmp/env"),
        ("GITHUB_PATH", "/tmp/path"),
        ("GITHUB_OUTPUT", "/tmp/output"),
        ("RUNNER_TEMP", "/tmp"),
    ] {
        job.set(name, value);
    }
    job.step("get").success();
    let directory = job.written("/tmp/path").trim_end().to_owned();
    job.set("PATH", &format!("{directory}:{}", crate::recipes::root::PATH));
    // The error is on the page of the run, too.
    let text = format!("`{HOME}` belongs to another user (uid 1001), and devshell would run what is in it");
    job.step("check")
        .code(125)
        .stderr_contains(&format!("devshell: {text}"))
        .stderr_contains(&format!("::error title=devshell::{text}"));
    let defined = job.written("/tmp/env");
    let (name, value) = defined.trim_end().split_once('=').unwrap();
    assert_eq!((name, value), ("DEVSHELL_SAFE_DIRECTORY", &*format!("{WORKSPACE}:{HOME}")));
    job.set(name, value);
    job.step("check").success();
    assert!(job.written("/tmp/output").ends_with("\nwrite=true\n"));
    job.step("install").success();
    root.start(0, WORKSPACE, &job.variables, &["devshell", "run", "test"]).run().success().stdout("tested\n");
    root.start(0, WORKSPACE, &job.variables, &["devshell", "run", "-e", "docs", "pages"])
        .run()
        .success()
        .stdout("pages\n");
}
