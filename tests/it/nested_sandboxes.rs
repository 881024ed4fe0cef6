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
