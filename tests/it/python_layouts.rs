//! Where the modules of a project are: what an editable installation finds, for each build backend, the dev shell
//! finds as well; and the members of a uv workspace.

use crate::support::{Index, Sandbox};

/// A project with a package `shop`, whose directory is `place`.
fn project(place: &str, files: &[(&str, &str)]) -> Sandbox {
    let sandbox = Sandbox::new().with_index(&Index::new()).with_python();
    sandbox.manifest(r#"{ "python": { "version": ">=3.8", "from": "host" } }"#);
    sandbox.write(format!("{place}/__init__.py"), "def main(): print('ok', __name__)\n");
    for (name, text) in files {
        sandbox.write(name, text);
    }
    sandbox.run(&["lock"]).success();
    sandbox
}

fn pyproject(backend: &str, settings: &str) -> String {
    format!(
        "[build-system]\nrequires = ['absent']\nbuild-backend = '{backend}'\n[project]\nname = 'a-shop'\nversion = '1.0.dev'\n\
         scripts = {{ shop = 'shop:main' }}\n{settings}\n"
    )
}

#[test]
fn each_backends_modules_are_importable() {
    let (setuptools, hatch, poetry) = ("setuptools.build_meta", "hatchling.build", "poetry.core.masonry.api");
    for (place, backend, settings) in [
        ("src/shop", "uv_build", ""),
        ("test/lib/shop", setuptools, "[tool.setuptools.packages.find]\nwhere = ['lib', 'test/lib']"),
        ("lib/x/shop", setuptools, "[tool.setuptools]\npackages = ['shop']\npackage-dir = { shop = 'lib/x/shop' }"),
        // The directory is called otherwise.
        ("code/main", setuptools, "[tool.setuptools]\npackages = ['shop']\npackage-dir = { shop = 'code/main' }"),
        ("lib/shop", hatch, "[tool.hatch.build]\npackages = ['lib/shop']"),
        ("lib/shop", hatch, "[tool.hatch.build.targets.wheel]\nonly-include = ['lib/shop']\nsources = ['lib']"),
        ("code", hatch, "[tool.hatch.build.targets.wheel.sources]\n'code' = 'shop'"),
        ("b/shop", poetry, "[tool.poetry]\npackages = [{ include = 'a' }, { include = 'shop', from = 'b' }]"),
        ("python/shop", "maturin", "[tool.maturin]\npython-source = 'python'"),
        ("lib/shop", "pdm.backend", "[tool.pdm.build]\npackage-dir = 'lib'"),
    ] {
        let sandbox = project(place, &[("pyproject.toml", &pyproject(backend, settings))]);
        sandbox.run(&["run", "shop"]).success().stdout("ok shop\n");
        let version = "import importlib.metadata as metadata; print(metadata.version('a-shop'))";
        sandbox.run(&["run", "--", "python", "-c", version]).success().stdout("1.0.dev0\n");
    }
}

#[test]
fn the_older_files_of_setuptools_are_read_and_not_run() {
    let cfg = "[metadata]\nname = shop\nversion = 1.0\n[options]\npackage_dir =\n    = lib\npackages = find:\n\
               [options.packages.find]\nwhere = lib\n[options.entry_points]\nconsole_scripts =\n    shop = shop:main\n";
    let trace = "open('trace', 'w')\n";
    let py = format!("{trace}from setuptools import setup\nsetup()\n");
    let sandbox = project("lib/shop", &[("setup.cfg", cfg), ("setup.py", &py)]);
    sandbox.run(&["run", "shop"]).success().stdout("ok shop\n");
    // A change of them is seen.
    sandbox.write("setup.cfg", cfg.replace("    shop = shop:main", "    store = shop:main"));
    sandbox.run(&["run", "store"]).success().stdout("ok shop\n");
    sandbox.run(&["run", "shop"]).code(127);
    // What only running it would tell is no secret.
    let py = format!("{trace}from setuptools import setup\nsetup(name='shop', packages=computed())\n");
    let sandbox = project("shop", &[("setup.py", &py)]);
    let outcome = sandbox.run(&["run", "--", "python", "-c", "import shop; shop.main()"]);
    outcome.success().stdout("ok shop\n").stderr_contains("`setup.py` computes its packages");
    assert!(!sandbox.project().join("trace").exists());
}

#[test]
fn members_of_a_workspace_are_importable_as_uv_has_them() {
    let lock = "version = 1\nrevision = 3\nrequires-python = \">=3.8\"\n[manifest]\nmembers = MEMBERS\n";
    let member =
        |name: &str| format!("[[package]]\nname = \"{name}\"\nversion = \"1\"\nsource = {{ editable = \"{name}\" }}\n");
    let root = "[[package]]\nname = \"root\"\nversion = \"1\"\nsource = { virtual = \".\" }\n\
                dependencies = [{ name = \"lib\" }]\n";
    let own = |name: &str| {
        format!(
            "[project]\nname = '{name}'\nversion = '1'\n[build-system]\nrequires = []\nbuild-backend = 'uv_build'\n"
        )
    };
    let sandbox = Sandbox::new().with_index(&Index::new()).with_python();
    sandbox.manifest(r#"{ "python": { "version": ">=3.8", "from": "host", "requirements": ["uv.lock"] } }"#);
    sandbox.write("pyproject.toml", "[tool.uv.workspace]\nmembers = ['lib', 'other']\n");
    for name in ["lib", "other"] {
        sandbox.write(format!("{name}/pyproject.toml"), own(name));
        sandbox.write(format!("{name}/src/{name}/__init__.py"), "");
    }
    // A workspace that is no project itself: all members.
    let write = |members: &str, packages: &[String]| {
        sandbox.write("uv.lock", lock.replace("MEMBERS", members) + &packages.concat());
    };
    let (lib, other) = (member("lib"), member("other"));
    write("['lib', 'other']", &[lib.clone(), other.clone()]);
    sandbox.run(&["lock"]).success();
    // A directory of that name without any file would be importable from here, too.
    let run = |module: &str| {
        let script = format!("import {module}; assert {module}.__file__");
        sandbox.run(&["run", "--", "python", "-c", &script])
    };
    run("lib").success();
    run("other").success();
    // One that is broken for a while is noticed when it is whole again.
    sandbox.write("lib/pyproject.toml", "[project");
    run("lib").code(1);
    sandbox.write("lib/pyproject.toml", own("lib"));
    run("lib").success();
    // Else those that the project needs.
    let pyproject = "[project]\nname = 'root'\nversion = '1'\ndependencies = ['lib']\n\
                     [tool.uv.sources]\nlib = { workspace = true }\n[tool.uv.workspace]\nmembers = ['lib', 'other']\n";
    sandbox.write("pyproject.toml", pyproject);
    write("['lib', 'other', 'root']", &[lib, other, root.to_owned()]);
    sandbox.run(&["lock"]).success();
    run("lib").success();
    run("other").code(1);
    // Without the lock, what to do is named.
    sandbox.manifest(r#"{ "python": { "version": ">=3.8", "from": "host", "requirements": ["pyproject.toml"] } }"#);
    let outcome = sandbox.run(&["lock"]);
    outcome.code(5).stderr_contains("`lib` is a member of the workspace");
    outcome.stderr_contains("hint: type `uv lock`, and name `uv.lock` in `requirements` of the manifest");
}

#[test]
fn what_pyproject_cannot_say_is_named_with_what_to_do() {
    let sandbox = Sandbox::new().with_index(&Index::new()).with_python();
    let lock = |groups: &str, text: &str| {
        let block = format!(r#""version": ">=3.8", "from": "host", "requirements": ["pyproject.toml"]{groups}"#);
        sandbox.manifest(format!("{{ \"python\": {{ {block} }} }}"));
        sandbox.write("pyproject.toml", text);
        sandbox.run(&["lock"])
    };
    let poetry = "[tool.poetry]\nname = 'a'\nversion = '1'\n[tool.poetry.dependencies]\nidna = '*'\n";
    let outcome = lock("", poetry);
    outcome.code(5).stderr_contains("the packages of pyproject.toml:1 cannot be locked");
    outcome
        .stderr_contains("its dependencies are in `[tool.poetry]`, which only Poetry reads")
        .stderr_contains("hint: ");
    let dynamic = "[project]\nname = 'a'\ndynamic = ['dependencies']\n\
                   [tool.setuptools.dynamic]\ndependencies = { file = 'requirements/base.txt' }\n";
    let outcome = lock("", dynamic);
    outcome.code(5).stderr_contains("`dependencies` is dynamic");
    outcome.stderr_contains(r#"hint: name the file that it is read from: "requirements": ["requirements/base.txt"]"#);
    // Groups alone are a legal file (PEP 735).
    lock(r#", "groups": ["dev"]"#, "[dependency-groups]\ndev = []\n").success();
}
