//! Isolation `sandbox` inside of another sandbox: it works where that allows it, and says what keeps it from that elsewhere.
#![cfg(target_os = "linux")]

use crate::sandbox::shop;
use crate::support::DEVSHELL;

const BWRAP: [&str; 8] = ["--bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--unshare-user"];

#[test]
fn in_bubblewrap_it_works_if_that_allows_namespaces() {
    let sandbox = shop("");
    let script = "cat ~/.ssh/id 2>/dev/null || node --version";
    let run = ["run", "--", "sh", "-c", script];
    for own in [&["--unshare-pid"][..], &[]] {
        let bwrap = sandbox.program("bwrap", &BWRAP).args(own).arg(DEVSHELL).args(&run);
        bwrap.run().success().stdout("v22.3.0\n");
        let bwrap = sandbox.program("bwrap", &BWRAP).args(own).args(&["--disable-userns", DEVSHELL]).args(&run);
        bwrap.run().code(125).stderr_contains(
            "devshell: the wall around this dev shell cannot be built here: this is inside bubblewrap, which allows no user \
             namespaces\nhint: start bwrap without `--disable-userns`, or devshell outside of it\n",
        );
    }
}

#[test]
fn in_bubblewrap_without_namespaces_the_weaker_wall_works() {
    let sandbox = shop(r#""or": "landlock", "protect": false"#);
    let script = "node --version; cat ~/.ssh/id 2>/dev/null || echo none; sleep 1000 & exit 7";
    let bwrap = sandbox.program("bwrap", &BWRAP).args(&["--unshare-pid", "--disable-userns", DEVSHELL]);
    bwrap.args(&["run", "--", "sh", "-c", script]).run().code(7).stdout("v22.3.0\nnone\n").stderr(
        "devshell: the sandbox is weaker here: Landlock alone, because this is inside bubblewrap, which allows no user namespaces\n",
    );
}

/// What is said at the end is said by the one that has the wall.
#[test]
fn inside_itself_it_says_everything_once() {
    let sandbox = shop("");
    sandbox.run(&["run", "--", "devshell", "run", "--", "touch", ".envrc"]).success().stderr(
        "devshell: check before you go on: the command made `[PROJECT]/.envrc`, which programs outside of the sandbox obey\n",
    );
    for words in [&["run", "--isolation", "sandbox"][..], &["enter", "--isolation", "sandbox"]] {
        let inner =
            [&["run", "--", "devshell"], words, &["--", "sh", "-c", "cat ~/.ssh/id 2>/dev/null || node --version"]];
        sandbox.run(&inner.concat()).success().stdout("v22.3.0\n").stderr("");
    }
}
