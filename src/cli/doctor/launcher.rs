//! The launcher of the repository: whether this devshell is the one that it pins. The launcher itself starts any copy of
//! that version on PATH, without comparing its hash.

use super::Finding;
use crate::cli::Context;
use crate::cli::generate::launcher::{Pinned, pinned};
use crate::digest::Hasher;
use crate::files::{bounded, most};
use crate::project::Project;

const CHECK: &str = "launcher";

/// The name under which it is committed.
const NAME: &str = "devshell";

/// `None` if the project has no launcher.
pub fn check(cx: &Context, project: &Project) -> Option<Finding> {
    let path = project.root.join(NAME);
    let script = bounded::read_text(&path, most::NAMED).ok()?;
    let Pinned { version, line, hash } = pinned(&script, cx.host.machine)?;
    let fault = |text: String, hint: &str| Some(Finding::fault(CHECK, text, hint.to_owned()).at(&path, line));
    let own = env!("CARGO_PKG_VERSION");
    if version != own {
        let text = format!("this is devshell {own}, and `./{NAME}` pins devshell {version}");
        return fault(text, "start devshell as `./devshell`; or `devshell generate launcher`, and commit the file");
    }
    let Some(hash) = hash else {
        let text = format!("`./{NAME}` pins devshell {version}, and has no hash for {}", cx.host.machine);
        return Some(Finding::skipped(CHECK, text));
    };
    let found = match bounded::read(&cx.host.executable, most::PROGRAM) {
        Ok(bytes) => {
            let mut hasher = Hasher::sha256();
            hasher.update(&bytes);
            hasher.finish().to_hex().1
        }
        Err(error) => return Some(Finding::skipped(CHECK, format!("this executable cannot be read: {error}"))),
    };
    if found != hash {
        let text = format!("this executable has the hash {found}, and `./{NAME}` pins {hash}");
        return fault(text, "start devshell as `./devshell`, which compares what it fetches");
    }
    Some(Finding::good(CHECK, format!("`./{NAME}` pins this executable: devshell {version}, sha256 {hash}")))
}
