//! `DEVSHELL_LOG`: what devshell does and why, on standard error. It keeps nothing. Libraries are heard at `trace`
//! only, and never those that log whole requests.

use std::ffi::OsStr;

use log::{LevelFilter, Log, Metadata, Record};

use super::ui::Ui;
use crate::host::Host;

/// The variable that asks for it.
const VARIABLE: &str = "DEVSHELL_LOG";

const LEVELS: [(&str, LevelFilter); 5] = [
    ("error", LevelFilter::Error),
    ("warn", LevelFilter::Warn),
    ("info", LevelFilter::Info),
    ("debug", LevelFilter::Debug),
    ("trace", LevelFilter::Trace),
];

/// The parts of libraries that are heard. `ureq::run` logs addresses with their queries, which may hold a signature,
/// and `ureq_proto` each byte of a request, with its credentials.
const LIBRARIES: [&str; 3] = ["rustls", "ureq::tls", "ureq::unversioned"];

struct Logger;

/// Logs from now on what the variable asks for. Without it nothing is set up, and each record costs one comparison.
pub fn start(host: &Host, ui: Ui) {
    let Some(value) = host.variable(VARIABLE).filter(|value| !value.is_empty()) else { return };
    match LEVELS.iter().find(|(name, _)| value == OsStr::new(name)) {
        Some((_, level)) => {
            if log::set_logger(&Logger).is_ok() {
                log::set_max_level(*level);
            }
        }
        None => {
            let value = value.to_string_lossy();
            ui.note(&format!("{VARIABLE} is `{value}`, and not one of {}", LEVELS.map(|(name, _)| name).join(", ")));
        }
    }
}

impl Log for Logger {
    fn enabled(&self, metadata: &Metadata) -> bool {
        let is_in = |part: &str| {
            metadata.target().strip_prefix(part).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
        };
        let is_heard = is_in("devshell") || log::max_level() == LevelFilter::Trace && LIBRARIES.into_iter().any(is_in);
        is_heard && metadata.level() <= log::max_level()
    }

    fn log(&self, record: &Record) {
        if self.enabled(record.metadata()) {
            let level = record.level().as_str().to_ascii_lowercase();
            Ui::say(&format!("devshell[{level}]: {}", record.args()));
        }
    }

    fn flush(&self) {}
}

#[cfg(test)]
mod tests {
    use log::Level;

    use super::*;

    #[test]
    fn libraries_are_heard_at_trace_only_and_without_what_is_secret() {
        let is_heard =
            |target: &str, level: Level| Logger.enabled(&Metadata::builder().target(target).level(level).build());
        for (most, target, level, heard) in [
            (LevelFilter::Off, "devshell::warm", Level::Error, false),
            (LevelFilter::Info, "devshell::warm", Level::Info, true),
            (LevelFilter::Info, "devshell::warm", Level::Debug, false),
            (LevelFilter::Debug, "rustls::client", Level::Warn, false),
            (LevelFilter::Trace, "rustls::client", Level::Warn, true),
            (LevelFilter::Trace, "rustls_platform", Level::Warn, false),
            (LevelFilter::Trace, "ureq::unversioned::transport::tcp", Level::Debug, true),
            (LevelFilter::Trace, "ureq::run", Level::Debug, false),
            (LevelFilter::Trace, "ureq::pool", Level::Debug, false),
            (LevelFilter::Trace, "ureq_proto::util", Level::Trace, false),
        ] {
            log::set_max_level(most);
            assert_eq!(is_heard(target, level), heard, "{target} {level} at {most}");
        }
        log::set_max_level(LevelFilter::Off);
    }
}
