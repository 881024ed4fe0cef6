//! The recipes of `docs/ci.md`. Each is read from the page and run as its service would run it, in a root directory of
//! its own with the users that the service has, so that the page cannot go stale. What the services do around a recipe
//! is in these files; none of it was tried on the services themselves. `tests/it/ci_jobs` runs the recipes of GitHub and GitLab
//! with programs that read all of them.

mod bot;
mod circleci;
mod debian;
mod docker;
mod git_hook;
mod gitlab;
pub mod page;
pub mod root;
mod yaml;

use crate::support::{Registry, Sandbox, tool};

/// An address where no server listens.
const NOWHERE: &str = "http://127.0.0.1:1/";

/// A locked project whose tool prints its version, or runs a script of `sh`.
const MANIFEST: &str = r#"{
  "name": "shop",
  "tools": { "node": "22" },
  "scripts": {
    "test": "node test.js",
    "format": "echo formatted",
    "start": "node server.js"
  }
}"#;

const SERVER: &str = r#"
trap 'echo got TERM; exit 0' TERM
touch "$DEVSHELL_STATE/mark" 2>/dev/null && state=writable || state=none
echo "ready: user $(id -u), process $$, home $HOME, state $state"
while :; do sleep 60 & wait $!; done
"#;

fn shop(registry: &Registry) -> Sandbox {
    registry.publish(tool("node", "22.3.0"));
    let sandbox = Sandbox::new().with_registry(registry);
    sandbox.manifest(MANIFEST);
    sandbox.write("test.js", "echo tested\n");
    sandbox.write("server.js", SERVER);
    sandbox.run(&["lock"]).success();
    sandbox
}
