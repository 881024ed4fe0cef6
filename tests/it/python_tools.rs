//! Programs in Python as tools: each in an environment of its own, with all packages it needs.

use crate::support::{Index, Sandbox, Wheel, wheel};

/// What two tools need in two versions.
fn shared(version: &str) -> Wheel {
    wheel("shared", version)
        .module("shared/__init__.py", format!("VERSION = {version:?}\n"))
        .module("shared/cli.py", "from shared import VERSION\ndef main(): print('shared', VERSION)\n")
        .entry_point("share", "shared.cli:main")
}

/// A program that says which version of `shared` it has.
fn program(name: &str, version: &str, needs: &str) -> Wheel {
    let text = format!("import shared\ndef main(): print({name:?}, shared.VERSION)\n");
    wheel(name, version)
        .module(&format!("{name}.py"), text)
        .entry_point(name, &format!("{name}:main"))
        .requires(&format!("shared{needs}"))
}

fn index() -> Index {
    Index::with([shared("1.4"), shared("2.6"), program("left", "1.0", "<2"), program("right", "1.0", ">=2")])
}

fn project(index: &Index, tools: &str) -> Sandbox {
    let sandbox = Sandbox::new().with_index(index).with_python();
    write(&sandbox, tools, ">=3.8");
    sandbox
}

fn write(sandbox: &Sandbox, tools: &str, python: &str) {
    let python = format!(r#""python": {{ "version": "{python}", "from": "host" }}"#);
    sandbox.manifest(format!(r#"{{ {python}, "tools": {{ {tools} }} }}"#));
}

#[test]
fn tools_that_need_two_versions_of_a_package_run_side_by_side() {
    let index = index();
    let sandbox = project(&index, r#""pypi:left": "*", "pypi:right": "1""#);
    sandbox.run(&["lock"]).success().stderr_contains("+ pypi:left 1.0\n").stderr_contains("+ pypi:right 1.0\n");
    let lock = sandbox.lock();
    for (tool, expected) in
        [("pypi:left", "shared-1.4-py3-none-any.whl"), ("pypi:right", "shared-2.6-py3-none-any.whl")]
    {
        let tool = lock["tools"].as_array().unwrap().iter().find(|locked| locked["tool"] == tool).unwrap();
        let files = tool["artifacts"].as_array().unwrap();
        assert!(files.iter().any(|artifact| artifact["file"] == expected), "{tool}");
        assert_eq!((files.len(), &tool["python"]), (2, &">=3.8".into()), "{tool}");
    }
    let text = sandbox.read("devshell.lock");
    assert!(!text.contains("://") && !text.contains("127.0.0.1"), "{text}");
    let both = "left; right; command -v share";
    sandbox.run(&["run", "--", "sh", "-c", both]).code(127).stdout("left 1.4\nright 2.6\n");
    sandbox
        .run(&["list"])
        .success()
        .stdout("python      >=3.8 (host)\npypi:left   1.0           left\npypi:right  1.0           right\n");
    // To find their environments, the host's Python would have to be started, which completion does not do.
    sandbox.run(&["candidates", "--", "run", "--", ""]).success().stdout("");
    // What is there is used without asking.
    index.forget_requests();
    sandbox.remove(sandbox.cache().join("env-1"));
    sandbox.run(&["--offline", "run", "left"]).success().stdout("left 1.4\n").stderr("");
    assert_eq!(index.requests(), [""; 0]);
}

#[test]
fn the_manifest_chooses_a_command_of_a_dependency() {
    let index = index();
    let sandbox = project(&index, r#""pypi:left": { "version": "1", "commands": ["left", "share"] }"#);
    sandbox.run(&["lock"]).success();
    sandbox.run(&["run", "share"]).success().stdout("shared 1.4\n");
    sandbox.run(&["run", "left"]).success();
    // Which commands is no matter of the lock.
    write(&sandbox, r#""pypi:left": { "version": "1", "commands": ["share"] }"#, ">=3.8");
    sandbox.run(&["run", "share"]).success();
    sandbox.run(&["run", "left"]).code(127);
    write(&sandbox, r#""pypi:left": { "version": "1", "commands": ["absent"] }"#, ">=3.8");
    let outcome = sandbox.run(&["run", "share"]);
    outcome.code(125).stderr_contains("`pypi:left` has no command `absent`, which line 1 of the manifest names\n");
    outcome.stderr_contains("`left`").stderr_contains("`share`");
}

#[test]
fn a_package_without_commands_says_which_there_are() {
    let index = index();
    index.publish([wheel("library", "1.0").requires("shared<2")]);
    let sandbox = project(&index, r#""pypi:library": "1""#);
    sandbox.run(&["lock"]).success();
    let outcome = sandbox.run(&["run", "--", "true"]);
    outcome.code(125).stderr_contains("`pypi:library`, at line 1 of the manifest, has no command of its own\n");
    let hint =
        r#"hint: say which commands of the packages it needs you want: "pypi:library": { "commands": ["share"] }"#;
    outcome.stderr_contains(hint);
    write(&sandbox, r#""pypi:library": { "version": "1", "commands": ["share"] }"#, ">=3.8");
    sandbox.run(&["run", "share"]).success().stdout("shared 1.4\n");
}

/// A package that is made of others has their commands, as the catalog says.
#[test]
fn the_catalog_knows_packages_whose_commands_are_anothers() {
    let core = wheel("ansible-core", "2.0")
        .module("core.py", "def main(): print('core')\n")
        .entry_point("ansible-playbook", "core:main")
        .requires("shared");
    let index = index();
    index.publish([core, wheel("ansible", "12.0").requires("ansible-core")]);
    let sandbox = project(&index, r#""ansible": "12""#);
    sandbox.run(&["lock"]).success();
    sandbox.run(&["run", "ansible-playbook"]).success().stdout("core\n");
    sandbox.run(&["list"]).success().stdout("python   >=3.8 (host)\nansible  12.0          ansible-playbook\n");
}

#[test]
fn another_python_makes_the_lock_stale() {
    let index = index();
    let sandbox = project(&index, r#""pypi:left": "1""#);
    sandbox.run(&["lock"]).success();
    sandbox.run(&["lock", "--check"]).success();
    write(&sandbox, r#""pypi:left": "1""#, ">=3.9");
    sandbox.run(&["lock", "--check"]).code(1);
    let outcome = sandbox.run(&["install"]);
    outcome.code(3).stderr_contains("devshell.lock is stale: ").stderr_contains("hint: type `devshell lock`");
    sandbox.run(&["lock"]).success();
    sandbox.run(&["run", "left"]).success().stdout("left 1.4\n");
}

#[test]
fn add_finds_a_program_and_update_moves_all_it_needs() {
    let index = index();
    let sandbox = project(&index, "");
    sandbox.run(&["add", "pypi:right"]).success().stderr_contains("+ pypi:right 1.0\n");
    assert!(sandbox.read("devshell.json").contains(r#""pypi:right": "^1.0""#), "{}", sandbox.read("devshell.json"));
    index.publish([shared("3.0"), program("right", "1.2", ">=2")]);
    sandbox.remove(sandbox.cache());
    // A lock that is right stays as it is.
    sandbox.run(&["lock"]).success();
    sandbox.run(&["run", "right"]).success().stdout("right 2.6\n");
    sandbox.run(&["update", "pypi:right"]).success().stderr_contains("~ pypi:right 1.0 -> 1.2\n");
    sandbox.run(&["run", "right"]).success().stdout("right 3.0\n");
}

#[test]
fn the_callers_python_does_not_reach_a_tool() {
    let index = index();
    let sandbox = project(&index, r#""pypi:left": "1""#);
    sandbox.run(&["lock"]).success();
    sandbox.write("evil/shared/__init__.py", "VERSION = 'evil'\n");
    let evil = sandbox.project().join("evil");
    let run = sandbox.devshell(&["run", "left"]).env("PYTHONPATH", &evil).env("PYTHONHOME", &evil);
    run.run().success().stdout("left 1.4\n");
}

#[test]
fn a_package_beside_a_program_is_resolved_locked_and_installed_with_it() {
    let index = index();
    index.cache_control("no-cache");
    let plugin = wheel("plugin", "1.0").module("plugin.py", "NAME = 'plugin'\n").requires("shared<1.5");
    index.publish([
        plugin,
        wheel("loads", "1.0")
            .requires("shared")
            .entry_point("loads", "loads:main")
            .module("loads.py", "import plugin, shared\ndef main(): print(plugin.NAME, shared.VERSION)\n"),
    ]);
    let sandbox = project(&index, r#""pypi:loads": { "version": "1", "with": ["plugin@1"] }"#);
    sandbox.run(&["lock"]).success().stderr_contains("+ pypi:loads 1.0\n");
    // The plugin decides which version of what both need.
    sandbox.run(&["run", "loads"]).success().stdout("plugin 1.4\n");
    sandbox
        .run(&["list"])
        .success()
        .stdout("python      >=3.8 (host)\npypi:loads  1.0           loads  (with plugin@1)\n");
    assert_eq!(sandbox.lock()["tools"][0]["with"][0], "plugin@1");
    // Without it, the tool is another one.
    write(&sandbox, r#""pypi:loads": "1""#, ">=3.8");
    sandbox.run(&["run", "loads"]).code(3).stderr_contains("devshell.lock is stale");
    sandbox.run(&["lock"]).success().stderr_contains("~ pypi:loads 1.0, with nothing else\n");
    sandbox.run(&["run", "loads"]).code(1).stderr_contains("No module named 'plugin'");
    sandbox.run(&["add", "pypi:loads", "--with", "pypi:plugin"]).success();
    let manifest = sandbox.read("devshell.json");
    assert!(manifest.contains(r#""with": ["pypi:plugin"]"#) && manifest.contains(r#""version": "1""#), "{manifest}");
    sandbox.run(&["run", "loads"]).success().stdout("plugin 1.4\n");
    // It moves with the tool.
    index.publish([wheel("plugin", "1.1").module("plugin.py", "NAME = 'plugin 1.1'\n").requires("shared<1.5")]);
    sandbox.run(&["run", "loads"]).success().stdout("plugin 1.4\n");
    sandbox.run(&["update", "pypi:loads"]).success().stderr_contains("~ pypi:loads 1.0, with other artifacts\n");
    sandbox.run(&["run", "loads"]).success().stdout("plugin 1.1 1.4\n");
}

#[test]
fn the_environments_of_a_project_stay_when_everything_else_goes() {
    let index = index();
    let sandbox = project(&index, r#""pypi:left": "*", "pypi:right": "1""#);
    sandbox.run(&["lock"]).success();
    sandbox.run(&["run", "left"]).success();
    let builds = || {
        let entries =
            fs_err::read_dir(sandbox.data().join("builds-1")).unwrap().map(|entry| entry.unwrap().file_name());
        let mut names: Vec<String> = entries.map(|name| name.to_string_lossy().into_owned()).collect();
        names.retain(|name| !name.starts_with('.'));
        names.sort();
        names
    };
    let first = builds();
    index.publish([program("left", "1.1", "<2")]);
    sandbox.remove(sandbox.cache());
    sandbox.run(&["update"]).success().stderr_contains("~ pypi:left 1.0 -> 1.1\n");
    sandbox.run(&["run", "left"]).success();
    assert!(builds().len() > first.len());
    sandbox.run(&["gc", "--only-here", "--yes"]).success();
    assert_eq!(builds().len(), first.len());
    sandbox.run(&["--offline", "run", "--", "sh", "-c", "left; right"]).success().stdout("left 1.4\nright 2.6\n");
}
