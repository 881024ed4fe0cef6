//! What CI systems read, held against their schemas and looked at by a linter; and copies that have to be the same.

use std::path::PathBuf;

use super::{root, source};
use crate::recipes::page;
use crate::support::sources::files;
use crate::support::{Invocation, Sandbox, own_tool};

const COMPONENT: &str = "templates/devshell.yml";

fn check<'s>(sandbox: &'s Sandbox, schema: &str) -> Invocation<'s> {
    let name = format!("vendor.{schema}");
    sandbox.program(own_tool("check-jsonschema"), &["--builtin-schema", &name])
}

/// The workflows of this repository, and those of the page.
fn workflows(sandbox: &Sandbox) -> Vec<PathBuf> {
    let of_page = ["GitHub Actions", "Environment for later steps"].map(|heading| {
        sandbox.write(format!(".github/workflows/{}.yml", heading.replace(' ', "-")), page::block(heading, "yaml", 0))
    });
    let mut workflows = files(&root().join(".github/workflows"), "yml");
    assert!(workflows.len() > 1, "{workflows:?}");
    workflows.extend(of_page);
    workflows
}

#[test]
fn each_file_has_its_schema() {
    let sandbox = Sandbox::new().on_whole_host();
    for path in workflows(&sandbox) {
        check(&sandbox, "github-workflows").arg(path).run().success();
    }
    check(&sandbox, "github-actions").arg(root().join("action.yml")).run().success();
    check(&sandbox, "dependabot").arg(root().join(".github/dependabot.yml")).run().success();
    // The component is two documents: its inputs, and a pipeline.
    let component = source(COMPONENT);
    for (index, document) in component.split("\n---\n").enumerate() {
        let path = sandbox.write(format!("{index}.yml"), document);
        check(&sandbox, "gitlab-ci").arg(path).run().success();
    }
    let pipeline = sandbox.write("pipeline.yml", page::block("GitLab CI", "yaml", 0));
    check(&sandbox, "gitlab-ci").arg(pipeline).run().success();
    // A mistake is found.
    for (schema, wrong) in [
        ("github-workflows", "on: push\njobs: { test: { steps: [] } }\n"),
        ("github-actions", "name: a\ndescription: b\nruns: { using: composite }\n"),
        ("gitlab-ci", "test: { script: [a], cache: { policy: [b] } }\n"),
    ] {
        let wrong = sandbox.write("wrong.yml", wrong);
        check(&sandbox, schema).arg(wrong).run().code(1);
    }
}

#[test]
fn zizmor_finds_nothing() {
    let sandbox = Sandbox::new().on_whole_host();
    let zizmor = || sandbox.program(own_tool("zizmor"), &["--offline", "--no-progress", "--persona", "auditor"]);
    zizmor().arg(root().join("action.yml")).arg(root().join(".github")).run().success();
    let wrong = source("action.yml").replacen("$GITHUB_ACTION_PATH", "${{ inputs.directory }}", 1);
    let wrong = sandbox.write("action/action.yml", wrong);
    assert!(!zizmor().arg(wrong).run().ended_well());
}

/// The text of a file as it is in the component: `DEVSHELL_WRITE_COMPONENT=1` writes it there.
#[test]
fn the_component_has_the_scripts_of_the_action() {
    let mut component = source(COMPONENT);
    for path in ["src/cli/generate/launcher.sh", "dist/ci/get.sh"] {
        let end = format!("      END OF {path}\n");
        let (before, rest) = component.split_once(&format!("<<'END OF {path}'\n")).expect("a copy");
        let (_, after) = rest.split_once(&end).expect("its end");
        let indented = |line: &str| if line.trim().is_empty() { line.to_owned() } else { format!("      {line}") };
        let copy: String = source(path).split_inclusive('\n').map(indented).collect();
        component = format!("{before}<<'END OF {path}'\n{copy}{end}{after}");
    }
    if std::env::var_os("DEVSHELL_WRITE_COMPONENT").is_some() {
        fs_err::write(root().join(COMPONENT), &component).unwrap();
    }
    assert_eq!(source(COMPONENT), component, "run `DEVSHELL_WRITE_COMPONENT=1 cargo test --test it ci_jobs::checks`");
}

/// What GitLab caches is what devshell says, and the executable.
#[test]
fn the_component_keeps_what_devshell_names() {
    let sandbox = Sandbox::new();
    sandbox.manifest("{}");
    sandbox.run(&["lock"]).success();
    let home = sandbox.project().join(".devshell-home");
    let json = sandbox.devshell(&["cache", "key", "--json"]).env("DEVSHELL_HOME", &home).run().success().json();
    let paths = json["paths"].as_array().unwrap().iter().map(|path| path.as_str().unwrap());
    let paths: String = paths
        .map(|path| {
            format!(
                "      - {}\n",
                path.strip_prefix(sandbox.project().to_str().unwrap()).unwrap().trim_start_matches('/')
            )
        })
        .collect();
    let expected = format!("    paths:\n      - .devshell-home/launcher\n{paths}    policy:");
    assert!(source(COMPONENT).contains(&expected), "{expected}");
}
