//! The project itself in its environment: importable, with its metadata and commands, as an
//! editable installation would have it, and with nothing written into the repository.

use std::path::{Path, PathBuf};

use crate::support::{Index, Sandbox, wheel};

const PYPROJECT: &str = "[build-system]\nrequires = [\"absent\"]\nbuild-backend = \"absent\"\n\
    [project]\nname = \"My.Shop\"\nversion = \"1.2\"\ndependencies = [\"alpha\"]\n\
    [project.scripts]\nshop = \"my_shop.cli:main\"\n[project.entry-points.\"shop.plugins\"]\nplain = \"my_shop.cli:main\"\n";
const CLI: &str = "import alpha, sys\ndef main():\n    print('one', *sys.argv[1:], alpha.VERSION)\n    return 3\n";

fn index() -> Index {
    Index::with(
        ["1.0", "2.0"].map(|version| wheel("alpha", version).module("alpha.py", format!("VERSION = {version}\n"))),
    )
}

fn write(sandbox: &Sandbox, root: &Path, cli: &str) {
    sandbox.write(
        root.join("devshell.json"),
        r#"{ "python": { "version": ">=3.8", "from": "host", "requirements": ["pyproject.toml"] } }"#,
    );
    sandbox.write(root.join("pyproject.toml"), PYPROJECT);
    sandbox.write(root.join("src/my_shop/__init__.py"), "");
    sandbox.write(root.join("src/my_shop/cli.py"), cli);
}

fn project(index: &Index) -> Sandbox {
    let sandbox = Sandbox::new().with_index(index).with_python();
    write(&sandbox, sandbox.project(), CLI);
    sandbox.run(&["lock"]).success();
    sandbox
}

#[track_caller]
fn python(sandbox: &Sandbox, script: &str) -> String {
    sandbox.run(&["run", "--", "python", "-c", script]).success().text()
}

fn interpreter(sandbox: &Sandbox) -> PathBuf {
    let state = String::from_utf8(sandbox.run(&["state", "path"]).success().bytes().to_owned()).unwrap();
    PathBuf::from(state.trim_end()).join("python/bin/python")
}

#[test]
fn the_project_is_importable_and_known() {
    let index = index();
    let sandbox = project(&index);
    sandbox.run(&["run", "shop", "a"]).code(3).stdout("one a 2.0\n");
    let script = "
import importlib.metadata as metadata, my_shop.cli
print(metadata.version('my-shop'), my_shop.cli.__file__)
print(*[point.load()() for point in metadata.entry_points().select(group='shop.plugins')])
print(metadata.requires('My.Shop'))
";
    let expected = "1.2 [PROJECT]/src/my_shop/cli.py\none 2.0\n3\n['alpha']\n";
    assert_eq!(python(&sandbox, script.trim_start()).replace("-c ", ""), expected);
    sandbox.run(&["run", "--", "python", "-m", "my_shop.cli"]).success();
    // Its build backend does not even exist.
    assert_eq!(index.requests_for("absent"), [""; 0]);
    // From outside too.
    let run = sandbox.program(interpreter(&sandbox), &["-c", "import my_shop.cli; my_shop.cli.main()"]);
    run.directory("..").run().success().stdout("one 2.0\n");
}

#[test]
fn a_change_is_seen_at_once() {
    let index = index();
    let sandbox = project(&index);
    sandbox.run(&["run", "shop"]).code(3).stdout("one 2.0\n");
    sandbox.write("src/my_shop/cli.py", "def main(): print('a change')\n");
    sandbox.run(&["run", "shop"]).success().stdout("a change\n");
    // So are the commands and the version, which are no matter of the lock.
    let text = PYPROJECT.replace("shop = \"my_shop", "store = \"my_shop").replace("\"1.2\"", "\"1.3\"");
    sandbox.write("pyproject.toml", text);
    sandbox.run(&["lock", "--check"]).success();
    sandbox.run(&["run", "store"]).success().stdout("a change\n");
    sandbox.run(&["run", "shop"]).code(127);
    assert_eq!(python(&sandbox, "import importlib.metadata as m; print(m.version('my-shop'))"), "1.3\n");
}

/// A file that makes the project a package can come later than its environment.
#[test]
fn a_new_setup_file_is_seen_at_once() {
    let sandbox = Sandbox::new().with_index(&Index::new()).with_python();
    sandbox.manifest(r#"{ "python": { "version": ">=3.8", "from": "host" } }"#);
    sandbox.write("shop.py", "def main(): print('from setup.cfg')\n");
    sandbox.run(&["lock"]).success();
    sandbox.run(&["run", "shop"]).code(127);
    let setup = "[metadata]\nname = shop\n[options]\npy_modules = shop\n\
                 [options.entry_points]\nconsole_scripts = shop = shop:main\n";
    sandbox.write("setup.cfg", setup);
    sandbox.run(&["run", "shop"]).success().stdout("from setup.cfg\n");
    sandbox.remove("setup.cfg");
    sandbox.run(&["run", "shop"]).code(127);
}

#[test]
fn each_checkout_sees_its_own_source() {
    let index = index();
    let sandbox = project(&index);
    sandbox.run(&["run", "shop"]).code(3);
    let other = sandbox.home().join("other");
    write(&sandbox, &other, &CLI.replace("one", "two"));
    sandbox.write(other.join("devshell.lock"), sandbox.read("devshell.lock"));
    index.forget_requests();
    sandbox.devshell(&["run", "shop"]).directory(&other).run().code(3).stdout("two 2.0\n");
    sandbox.run(&["run", "shop"]).code(3).stdout("one 2.0\n");
    for (directory, expected) in [(sandbox.project(), "one 2.0\n"), (&other, "two 2.0\n")] {
        let arguments = ["run", "--", "python", "-c", "import my_shop.cli as cli; cli.sys.argv[1:] = []; cli.main()"];
        sandbox.devshell(&arguments).directory(directory).run().success().stdout(expected);
    }
    assert_eq!(index.requests(), [""; 0]);
}

/// Going back to an older commit: its environment is known already, and the project is in it.
#[test]
fn an_environment_of_before_has_the_project_too() {
    let index = index();
    let sandbox = project(&index);
    sandbox.run(&["run", "shop"]).code(3).stdout("one 2.0\n");
    let before = sandbox.read("devshell.lock");
    sandbox.write("pyproject.toml", PYPROJECT.replace("\"alpha\"", "\"alpha<2\""));
    sandbox.run(&["lock"]).success();
    sandbox.run(&["run", "shop"]).code(3).stdout("one 1.0\n");
    sandbox.write("pyproject.toml", PYPROJECT);
    sandbox.write("devshell.lock", before);
    for _ in 0..2 {
        sandbox.run(&["run", "shop"]).code(3).stdout("one 2.0\n");
        let run = sandbox.run(&["run", "--", "python", "-c", "import my_shop.cli, alpha; print(alpha.VERSION)"]);
        run.success().stdout("2.0\n");
    }
}

#[test]
fn nothing_appears_in_the_repository() {
    let index = index();
    let sandbox = project(&index);
    let git = |arguments: &[&str]| {
        let run = sandbox.program("git", &["-c", "user.name=a", "-c", "user.email=a@b.example"]).args(arguments);
        run.run().success().text()
    };
    git(&["init", "-q"]);
    git(&["add", "-A"]);
    git(&["commit", "-q", "-m", "all"]);
    for verb in [&["install"][..], &["run", "--", "pip", "list"], &["run", "--", "python", "-c", "import alpha"]] {
        sandbox.run(verb).success();
    }
    assert_eq!(git(&["status", "--porcelain", "--ignored"]), "");
}
