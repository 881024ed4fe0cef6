//! The GitHub action and the GitLab component, run as a project's jobs by act and gitlab-ci-local: devshell comes from a
//! server of the tests, and the tools from a registry of theirs. Neither program needs a container or a service.

mod checks;
mod container;
mod github;
mod gitlab;
mod script;

use std::path::Path;

use crate::support::{OwnRelease, Registry, Sandbox, package, tool};

/// What the action needs of this repository.
const FILES: [&str; 4] = ["action.yml", "dist/ci/get.sh", "dist/ci/github.sh", "src/cli/generate/launcher.sh"];

const VERSION: &str = OwnRelease::VERSION;

/// What the jobs need of the host besides the usual commands. There is no node, and no devshell.
const COMMANDS: [&str; 2] = ["curl", "rsync"];

/// What the jobs install.
fn registry() -> Registry {
    let pages = package("pages", "1.0.0").bin("pages", "pages.js").file("pages.js", "echo pages\n");
    Registry::with([tool("node", "22.3.0"), tool("node", "22.4.0"), vec![pages]].concat())
}

/// A locked project with an environment. Its user commits as someone.
fn shop(registry: &Registry) -> Sandbox {
    let mut sandbox = Sandbox::new().with_registry(registry);
    let host = sandbox.host_directory("host");
    for command in COMMANDS {
        let program = which::which(command).unwrap_or_else(|_| panic!("`{command}` is needed: `tests/run --setup`"));
        fs_err::os::unix::fs::symlink(program, host.join(command)).unwrap();
    }
    sandbox.write("../.gitconfig", "[user]\n  name = a\n  email = a@b\n");
    sandbox.write("test.js", "echo tested\n");
    lock(&sandbox, "22.3.0");
    registry.forget_requests();
    sandbox
}

/// Locks a version of the tool.
fn lock(sandbox: &Sandbox, node: &str) {
    let manifest = r#"{
        "name": "shop",
        "tools": { "node": "=VERSION" },
        "scripts": { "test": "node test.js", "format": "echo formatted" },
        "environments": { "docs": { "tools": { "npm:pages": "1" } } }
    }"#;
    sandbox.manifest(manifest.replace("VERSION", node));
    sandbox.run(&["lock"]).success();
}

/// Writes a launcher into the project, with another hash or the right one.
fn generate_launcher(sandbox: &Sandbox, release: &OwnRelease, hash: Option<&str>) {
    sandbox.write("../SHA256SUMS", OwnRelease::sums(hash));
    let url = release.url().replace("{version}", VERSION);
    sandbox.run(&["generate", "launcher", "--sums", "../SHA256SUMS", "--url", &url]).success();
}

/// Commits all files of the project, which is a repository afterwards.
fn commit(sandbox: &Sandbox) {
    let script = "git init -q -b main; git add -A; git commit -qm one --allow-empty
        git remote | grep -q . || git remote add origin https://forge.invalid/group/shop.git";
    sandbox.program("sh", &["-ec", script]).run().success();
}

/// A file of this repository.
fn source(path: &str) -> String {
    fs_err::read_to_string(root().join(path)).unwrap()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
