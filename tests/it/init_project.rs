//! `devshell init` in a directory that has files: what they say is taken, and what is not is named.

use crate::support::Sandbox;

const ENVIRONMENT: &str = "\
name: sales
channels:
  - conda-forge
dependencies:
  - python=3.11
  - pandas=2.1
  - matplotlib
  - r-base
  - pip:
      - tqdm~=4.66
";

/// No package index answers, so that nothing can be locked.
#[test]
fn a_conda_environment_becomes_a_python_and_a_list() {
    let sandbox = Sandbox::new();
    sandbox.write("environment.yml", ENVIRONMENT);
    sandbox.write("sales.ipynb", "{}");
    let outcome = sandbox.run(&["init", "python-data", "--offline"]);
    outcome
        .code(5)
        .stderr_contains("devshell: wrote devshell.json\ndevshell: wrote requirements.txt\n")
        .stderr_contains("devshell: pinned Python 3.11, from environment.yml\n")
        .stderr_contains("devshell: requirements.txt has the packages of environment.yml, under their names on PyPI\n")
        .stderr_contains("devshell:   without `r-base`: not a Python package; `devshell search` may know it\n")
        .stderr_contains(
            "devshell: devshell.json is written, but not locked yet\nhint: fix that, then type `devshell lock`\n",
        );
    assert_eq!(sandbox.read("requirements.txt"), "# From environment.yml.\npandas==2.1.*\nmatplotlib\ntqdm~=4.66\n");
    let text = sandbox.read("devshell.json");
    assert!(text.contains("\"version\": \"3.11\",\n    \"requirements\": [\"requirements.txt\"]"), "{text}");
    assert!(text.contains("\"execute\"") && !text.contains("\"from\""), "{text}");
    assert!(!sandbox.project().join("devshell.lock").exists());
    sandbox.run(&["lock", "--check"]).code(1).stderr_contains("devshell.lock is missing");
}

#[test]
fn what_is_there_is_used_and_never_replaced() {
    let sandbox = Sandbox::new();
    sandbox.write("requirements.txt", "Django\n");
    sandbox.write("runtime.txt", "python-3.12.4\n");
    sandbox.write("manage.py", "");
    sandbox.run(&["init", "django", "--offline"]).code(5).stderr_contains("is written, but not locked yet");
    assert_eq!(sandbox.read("requirements.txt"), "Django\n");
    let text = sandbox.read("devshell.json");
    for expected in ["\"version\": \"3.12\"", "\"postgres\": { \"version\": \"17\"", "\"needs\": [\"postgres\"]"] {
        assert!(text.contains(expected), "{expected}: {text}");
    }
    sandbox.run(&["run"]).success().stdout_contains("migrate");
}

#[test]
fn a_minimal_manifest_gives_way_to_a_template() {
    let sandbox = Sandbox::new();
    sandbox.write("main.c", "int main;");
    sandbox.run(&["init"]).success();
    sandbox.run(&["init", "node"]).success().stderr_contains("devshell: wrote devshell.json\n");
    assert!(sandbox.read("devshell.json").contains("\"node\""));
    sandbox.run(&["lock", "--check"]).success();
    // That one is the user's.
    sandbox.run(&["init", "algorithms"]).code(1).stderr(
        "devshell: `[PROJECT]/devshell.json` already exists\n\
         hint: `devshell add TOOL` adds to it; to begin again, `mv devshell.json devshell.json.old && devshell init algorithms`\n",
    );
}

#[test]
fn files_that_are_there_lead_on() {
    let sandbox = Sandbox::new();
    sandbox.write("environment.yml", ENVIRONMENT);
    sandbox.write("go.mod", "module a\n\ngo 1.24\n");
    sandbox.write(".env", "A=1\n");
    sandbox.run(&["init"]).success().stderr(
        "devshell: wrote devshell.json\n\
         devshell: .env is there: \"env_files\": [\".env\"] in devshell.json reads it\n\
         devshell: environment.yml is there: `devshell init python-data` writes a `python` block for it\n\
         devshell: go.mod is there: `devshell add go@1.24`\n",
    );
}
