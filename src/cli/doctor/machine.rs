//! The machine: the user's shell, certificates, the clock, the kernel.

use std::path::Path;

use super::Finding;
use crate::files::{bounded, most};
use crate::hint::Hint as _;
use crate::host::{Host, now};
use crate::{net, session};

/// 2025-01-01 and 2100-01-01: a clock outside of this makes certificates invalid.
const PLAUSIBLE: std::ops::Range<i64> = 1_735_689_600..4_102_444_800;

/// What current builds of node, and so most of the catalog's tools, ask for.
const OLDEST_KERNEL: (u32, u32) = (4, 18);

pub fn checks(host: &Host) -> Vec<Finding> {
    let mut checks = vec![shell(host), certificates(host), clock(now())];
    let release = bounded::read_text(Path::new("/proc/sys/kernel/osrelease"), most::MACHINE);
    checks.extend(release.ok().map(|release| kernel(release.trim())));
    checks
}

fn shell(host: &Host) -> Finding {
    if let Some(shell) = host.variable("SHELL").filter(|shell| !shell.is_empty())
        && !Path::new(shell).is_file()
    {
        let text = format!("SHELL names `{}`, which does not exist", shell.display());
        return Finding::fault("shell", text, "name another one: `devshell enter --shell bash`".to_owned());
    }
    match session::choose_shell(None, host.variable("SHELL"), Host::login_shell, |name| host.find(name)) {
        Ok(shell) if shell.dialect.interactive(Path::new("")).is_none() => {
            let text = format!("{}, for which devshell has no start-up hook", shell.path.display());
            Finding::good("shell", text)
        }
        Ok(shell) => Finding::good("shell", shell.path.display().to_string()),
        Err(error) => Finding::fault("shell", error.to_string(), error.hint()),
    }
}

fn certificates(host: &Host) -> Finding {
    match net::machine_certificates() {
        0 => {
            let named = ["SSL_CERT_FILE", "SSL_CERT_DIR"].into_iter().find(|name| host.variable(name).is_some());
            let hint = match named {
                Some(name) => format!("no certificate that {name} names can be read; correct or unset it"),
                None => "install the package `ca-certificates`; devshell itself uses Mozilla's".to_owned(),
            };
            Finding::fault("certificates", "the machine has no CA certificates", hint)
        }
        count => Finding::good("certificates", format!("{count} from this machine")),
    }
}

fn clock(now: i64) -> Finding {
    if PLAUSIBLE.contains(&now) {
        return Finding::good("clock", "plausible");
    }
    let text = format!("the clock says {now} seconds since 1970; certificates will not be valid then");
    Finding::fault("clock", text, "set it: `timedatectl set-ntp true`".to_owned())
}

fn kernel(release: &str) -> Finding {
    let mut numbers = release.split(['.', '-']).map_while(|number| number.parse::<u32>().ok());
    let version = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    if version >= OLDEST_KERNEL {
        return Finding::good("kernel", format!("Linux {release}"));
    }
    let text = format!("Linux {release} is too old for current tools");
    Finding::fault("kernel", text, format!("update it to {}.{} or newer", OLDEST_KERNEL.0, OLDEST_KERNEL.1))
}

#[cfg(test)]
mod tests {
    use super::super::State;
    use super::*;

    #[test]
    fn implausible_clocks_and_old_kernels_are_told() {
        for (seconds, state) in [(0, State::Fault), (1_800_000_000, State::Good), (i64::MAX, State::Fault)] {
            assert_eq!(clock(seconds).state, state, "{seconds}");
        }
        for (release, state) in [
            ("6.18.44-fc", State::Good),
            ("4.18.0", State::Good),
            ("4.17.99", State::Fault),
            ("3.10.0-1160.el7", State::Fault),
            ("5.4-rc1", State::Good),
        ] {
            assert_eq!(kernel(release).state, state, "{release}");
        }
    }
}
