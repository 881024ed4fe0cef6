//! A name's addresses from the name servers: which names it may be short for, which server is asked next, where an
//! alias leads, and what to say when none knows.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Instant;

use super::config::Config;
use super::error::{NameError, Trouble};
use super::exchange::{self, Said};
use super::message::Answer;
use crate::name::is_host_name;

/// How many answers may say no more than which other name to ask for.
const MOST_ALIASES: u32 = 8;

/// What the servers say about one name.
enum Found {
    Addresses(Vec<IpAddr>),
    Alias(String),
    Nothing,
    NoName,
}

/// Asks the name servers for a host's addresses. There is at least one.
pub fn lookup(config: &Config, host: &str, until: Instant) -> Result<Vec<IpAddr>, NameError> {
    let name = host.trim_end_matches('.');
    if !is_host_name(name) {
        return Err(NameError::NotAName(host.to_owned()));
    }
    // Such a name never means anything (RFC 6761, section 6.4).
    if name.rsplit('.').next().is_some_and(|last| last.eq_ignore_ascii_case("invalid")) {
        return Err(NameError::Unknown(host.to_owned()));
    }
    let (mut is_there, mut failure) = (false, None);
    for candidate in config.candidates(host).into_iter().filter(|candidate| is_host_name(candidate)) {
        match follow(config, candidate, until) {
            Ok(addresses) => return Ok(addresses),
            Err(NameError::Unknown(_)) => {}
            Err(NameError::NoAddress(_)) => is_there = true,
            // A server that fails for one name may know the next. One that is silent was waited for.
            Err(error @ NameError::Servers { .. }) if error.is_passing() => failure = Some(error),
            Err(error) => return Err(error),
        }
    }
    let nothing = if is_there { NameError::NoAddress } else { NameError::Unknown };
    Err(failure.unwrap_or_else(|| nothing(host.to_owned())))
}

/// The addresses of one whole name, or of what it is an alias for.
fn follow(config: &Config, name: String, until: Instant) -> Result<Vec<IpAddr>, NameError> {
    let mut at = name.clone();
    for _ in 0..=MOST_ALIASES {
        match ask_servers(config, &at, until)? {
            Found::Addresses(addresses) => return Ok(addresses),
            Found::Alias(next) if is_host_name(&next) => at = next,
            Found::Alias(_) | Found::Nothing => return Err(NameError::NoAddress(name)),
            Found::NoName => return Err(NameError::Unknown(name)),
        }
    }
    Err(NameError::Aliases { name })
}

/// Asks one server after the other until one knows.
fn ask_servers(config: &Config, name: &str, until: Instant) -> Result<Found, NameError> {
    let mut servers = config.servers.clone();
    if config.rotate {
        let first = usize::from(exchange::random()) % servers.len();
        servers.rotate_left(first);
    }
    let mut troubles: Vec<Trouble> = Vec::new();
    for _ in 0..config.attempts {
        for server in &servers {
            let now = Instant::now();
            if now >= until && !troubles.is_empty() {
                return Err(NameError::Servers { name: name.to_owned(), troubles });
            }
            match judge(*server, exchange::ask(*server, name, config.tcp, until.min(now + config.timeout))) {
                Ok(found) => return Ok(found),
                Err(trouble) => {
                    // Of each server, the last counts.
                    troubles.retain(|other| other.server() != trouble.server());
                    troubles.push(trouble);
                }
            }
        }
    }
    Err(NameError::Servers { name: name.to_owned(), troubles })
}

/// Puts together what a server says about both kinds. Addresses of one are enough.
fn judge(server: SocketAddr, Said { v4, v6 }: Said) -> Result<Found, Trouble> {
    let (mut addresses, mut alias, mut is_nothing, mut trouble) = (Vec::new(), None, false, None);
    // Version 6 comes first among equals, as `order` would have it.
    for said in [v6, v4] {
        match said {
            Ok(Answer::Addresses(found)) => addresses.extend(found),
            Ok(Answer::Alias(name)) => alias = Some(name),
            Ok(Answer::Nothing) => is_nothing = true,
            Ok(Answer::NoName) => {}
            Ok(Answer::Failure(failure)) => trouble = Some(Trouble::Failure { server, failure }),
            Ok(Answer::Truncated) => trouble = Some(Trouble::Failure { server, failure: "half" }),
            Err(error) if error.kind() == io::ErrorKind::TimedOut => trouble = Some(Trouble::Silent(server)),
            Err(source) => trouble = Some(Trouble::Unreachable { server, source }),
        }
    }
    match (alias, trouble) {
        _ if !addresses.is_empty() => Ok(Found::Addresses(addresses)),
        (Some(alias), _) => Ok(Found::Alias(alias)),
        (None, Some(trouble)) => Err(trouble),
        (None, None) if is_nothing => Ok(Found::Nothing),
        (None, None) => Ok(Found::NoName),
    }
}
