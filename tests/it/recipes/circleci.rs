//! CircleCI: each step is a command of its shell, `/bin/bash -eo pipefail` unless the step names another one, and
//! `BASH_ENV` names the same file in all of them.

use serde_json::Value;

use super::root::{PATH, Root};
use super::{MANIFEST, NOWHERE, page, shop, yaml};
use crate::support::{Outcome, OwnRelease, Registry};

const PROJECT: &str = "/home/circleci/project";
const USER: u32 = 3434;
/// The file does not exist before a step writes to it.
const BASH_ENV: &str = "/tmp/.bash_env-1";

/// How a step's command reaches its shell.
#[derive(Clone, Copy)]
enum As {
    File,
    Argument,
}

fn step(root: &Root, step: &Value, registry: &str, way: As) -> Option<Outcome> {
    if step == "checkout" {
        root.sh(USER, &format!("git clone -q /srv/shop.git {PROJECT}")).run().success();
        return None;
    }
    let run = &step["run"];
    if run.is_null() {
        assert!(step["restore_cache"].is_object() || step["save_cache"].is_object(), "what is {step}?");
        return None;
    }
    let command = run.as_str().or_else(|| run["command"].as_str()).unwrap();
    let shell = run["shell"].as_str().unwrap_or("/bin/bash -eo pipefail");
    let mut words: Vec<&str> = shell.split(' ').collect();
    match way {
        As::File => {
            root.write("/srv/step", command);
            words.push("/srv/step");
        }
        As::Argument => words.extend(["-c", command]),
    }
    let given = [("CI", "true"), ("CIRCLECI", "true"), ("BASH_ENV", BASH_ENV), ("NPM_CONFIG_REGISTRY", registry)];
    let variables = given.into_iter().chain([("PATH", PATH)]);
    let variables: Vec<(String, String)> = variables.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    Some(root.start(USER, PROJECT, &variables, &words).run())
}

#[test]
fn what_one_step_leaves_in_bash_env_the_next_one_has_inside_and_outside() {
    // At `pure` nothing crosses that no list names.
    for (isolation, way) in [("path", As::File), ("pure", As::Argument)] {
        let registry = Registry::new();
        let sandbox = shop(&registry);
        sandbox.manifest(MANIFEST.replace("\"tools\"", &format!("\"isolation\": \"{isolation}\",\n  \"tools\"")));
        let Some(root) = Root::new(&sandbox, "circleci", "recipes::circleci::what_one_step_leaves") else { return };
        let url = root.publish().replace("{version}", OwnRelease::VERSION);
        sandbox.write("../SHA256SUMS", OwnRelease::sums(None));
        sandbox.run(&["generate", "launcher", "--sums", "../SHA256SUMS", "--url", &url]).success();
        root.make_repository("");
        root.add_user("circleci", USER);
        let recipe = yaml::parse(&page::block("CircleCI", "yaml", 0));
        let job = &recipe["jobs"]["test"];
        let run = |one: &Value, registry: &str| step(&root, one, registry, way);
        let outcomes = job["steps"].as_array().unwrap().iter().filter_map(|one| run(one, registry.url()));
        let texts: Vec<String> = outcomes.map(|outcome| outcome.success().text()).collect();
        assert_eq!(texts[texts.len() - 3..], ["tested\n", "", "v22.3.0\n"], "{isolation}");
        // And what a step outside has left is there inside.
        let outside = serde_json::json!({ "run": "echo 'export LEFT=behind' >>\"$BASH_ENV\"" });
        run(&outside, NOWHERE).unwrap().success();
        let inside = serde_json::json!({ "run": {
            "shell": "./devshell enter -- bash -eo pipefail", "command": "echo \"$LEFT\"; node --version",
        } });
        run(&inside, NOWHERE).unwrap().success().stdout("behind\nv22.3.0\n");
        // On a machine of a person's, bash reads no such file.
        let mine: Vec<(String, String)> = vec![("BASH_ENV".to_owned(), BASH_ENV.to_owned())];
        let command = ["./devshell", "enter", "--", "bash", "-c", "echo \"<$LEFT$BASH_ENV>\""];
        root.start(USER, PROJECT, &mine, &command).run().success().stdout("<>\n");
    }
}
