//! `devshell gc` asks a person before it deletes anything.

use super::{MANIFEST, shop_with};
use crate::support::pty::Terminal;
use crate::support::{DEVSHELL, Registry};

#[test]
fn what_other_projects_need_goes_after_a_yes() {
    let registry = Registry::new();
    let sandbox = shop_with(&registry, MANIFEST);
    let other = sandbox.write(sandbox.data().join("objects-1/00000000000000000000000000000000/file"), "other\n");
    for answer in ["n", "", "y"] {
        let words = [DEVSHELL, "gc", "--only-here"];
        let mut terminal = Terminal::start(&sandbox, &words, sandbox.project(), &[]);
        terminal.wait_for("delete this, which other projects may have to fetch again, and free ");
        terminal.send_line(answer);
        assert_eq!(terminal.exit_status(), 0, "{terminal}");
        assert_eq!(other.exists(), answer != "y", "{terminal}");
    }
    sandbox.run(&["--offline", "run", "node", "--version"]).success().stdout("v24.3.0\n");
}
