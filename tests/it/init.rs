//! `devshell init`: a first manifest, and never over anything that is there.

use devshell::templates::TEMPLATES;

use crate::support::{Sandbox, tree};

fn names(sandbox: &Sandbox) -> Vec<String> {
    tree(sandbox.project()).into_keys().filter(|path| sandbox.project().join(path).is_file()).collect()
}

#[test]
fn without_a_template_it_is_a_minimal_manifest_that_works() {
    let sandbox = Sandbox::new();
    sandbox.write("README", "an old project");
    sandbox.run(&["init"]).success().stdout("").stderr(
        "devshell: wrote devshell.json\n\
         devshell: `devshell add TOOL` adds a tool; `devshell enter` enters\n",
    );
    assert_eq!(names(&sandbox), ["README", "devshell.json"]);
    sandbox.run(&["lock", "--check"]).success();
    sandbox.run(&["run", "true"]).success();
    sandbox.run(&["add", "host:sh"]).success();
    assert!(sandbox.read("devshell.json").contains("// The tools on PATH"));
}

#[test]
fn a_template_brings_its_sample_into_an_empty_directory() {
    for template in TEMPLATES {
        let sandbox = Sandbox::new();
        // What begins with a dot does not count: a fresh clone has `.git`.
        sandbox.write(".git/HEAD", "ref: refs/heads/main\n");
        sandbox.run(&["init", template.name]).success().stderr_contains("devshell: wrote devshell.lock\n");
        let mut expected: Vec<&str> = template.sample.iter().map(|(path, _)| *path).collect();
        expected.extend([".git/HEAD", "devshell.json", "devshell.lock"]);
        expected.sort_unstable();
        assert_eq!(names(&sandbox), expected);
        for (path, text) in template.sample {
            assert_eq!(sandbox.read(path), *text, "{path}");
        }
        assert_eq!(sandbox.read("devshell.json"), template.manifest);
        sandbox.run(&["lock", "--check"]).success();
    }
}

#[test]
fn a_template_brings_only_its_tools_elsewhere() {
    for template in TEMPLATES {
        let sandbox = Sandbox::new();
        sandbox.write("main.c", "int main;");
        // What has a manifest for such a project is locked then, and here no registry answers.
        let is_locked = template.project.is_none();
        sandbox.run(&["init", template.name, "--offline"]).code(if is_locked { 0 } else { 5 });
        let mut expected = vec!["devshell.json", "main.c"];
        expected.extend(is_locked.then_some("devshell.lock"));
        // What the manifest itself names comes along.
        expected.extend(template.sample.iter().map(|(path, _)| *path).filter(|path| *path == "requirements.txt"));
        expected.sort_unstable();
        assert_eq!(names(&sandbox), expected);
        let text = sandbox.read("devshell.json");
        assert_eq!((text.contains("\"scripts\""), text.contains("\"name\"")), (!is_locked, false), "{text}");
        assert!(text.contains("\"tools\"") || text.contains("\"python\""), "{text}");
        sandbox.run(&["lock", "--check"]).code(i32::from(!is_locked));
    }
}

#[test]
fn nothing_is_overwritten() {
    for there in ["devshell.json", "devshell.jsonc", "devshell.lock"] {
        for arguments in [&["init"][..], &["init", "node"]] {
            if there == "devshell.lock" && arguments.len() == 1 {
                continue;
            }
            let sandbox = Sandbox::new();
            sandbox.write(there, "mine");
            let before = tree(sandbox.project());
            let again = arguments.join(" ");
            let way = match there {
                "devshell.lock" => "`devshell init` never overwrites: `mv",
                _ => "`devshell add TOOL` adds to it; to begin again, `mv",
            };
            sandbox.run(arguments).code(1).stderr(&format!(
                "devshell: `[PROJECT]/{there}` already exists\n\
                 hint: {way} {there} {there}.old && devshell {again}`\n"
            ));
            assert_eq!(tree(sandbox.project()), before);
        }
    }
}

#[test]
fn a_link_to_nowhere_is_something_too() {
    let sandbox = Sandbox::new();
    fs_err::os::unix::fs::symlink("elsewhere.json", sandbox.project().join("devshell.json")).unwrap();
    let before = tree(sandbox.project());
    sandbox.run(&["init"]).code(1);
    assert_eq!(tree(sandbox.project()), before);
}

#[test]
fn templates_are_listed_and_a_misspelt_one_is_recognised() {
    let sandbox = Sandbox::new();
    let list = sandbox.run(&["init", "--list"]);
    list.success().stderr("");
    let text = list.text();
    let listed: Vec<&str> = text.lines().map(|line| line.split_whitespace().next().unwrap()).collect();
    assert_eq!(listed, TEMPLATES.iter().map(|template| template.name).collect::<Vec<_>>());
    sandbox.run(&["init", "nod"]).code(2).stderr("devshell: there is no template `nod`\nhint: did you mean `node`?\n");
    sandbox.run(&["init", "zzz"]).code(2).stderr_contains("hint: `devshell init --list` lists them\n");
    assert!(names(&sandbox).is_empty());
}

#[test]
fn another_directory_can_be_meant() {
    let sandbox = Sandbox::new();
    sandbox.write("sub/file", "");
    sandbox.run(&["-C", "sub", "init"]).success();
    assert!(sandbox.project().join("sub/devshell.json").is_file());
    let refused = sandbox.run(&["-C", "absent", "init"]);
    refused.stderr("devshell: there is no directory `absent`\nhint: check the directory after `-C`\n");
    assert!(!refused.ended_well());
}
