//! Logins by host, as ftp, curl, pip and uv read them (GNU inetutils manual, "The .netrc file").

use std::path::PathBuf;

use url::Url;

use super::reach::Reach;
use crate::files::{bounded, most};
use crate::host::Host;

/// The text of the user's file, if there is one: `NETRC`, else `.netrc` in the home directory.
pub fn of(host: &Host) -> Option<String> {
    let named = host.variable("NETRC").filter(|value| !value.is_empty()).map(PathBuf::from);
    let file = named.or_else(|| Some(host.home.as_deref()?.join(".netrc")))?;
    bounded::read_named(&file, most::SETTINGS).ok()
}

/// What became of an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It has the file's login.
    LoggedIn,
    /// The file has a login for it, which does not reach that far.
    KeptBack,
    /// It has one of its own, or the file has none.
    AsBefore,
}

/// Gives an address without credentials those that the file has for its host, or else for all.
pub fn log_in(url: &mut Url, netrc: &str, reach: Reach) -> Outcome {
    log_in_where(url, netrc, reach, |machine, url| machine.is_none() || machine == url.host_str())
}

/// Gives an address without credentials those of the first entry that is for it, as a rule decides that
/// gets the word after `machine`, or nothing for `default`.
pub fn log_in_where(url: &mut Url, netrc: &str, reach: Reach, is_for: impl Fn(Option<&str>, &Url) -> bool) -> Outcome {
    if !url.username().is_empty() || url.password().is_some() {
        return Outcome::AsBefore;
    }
    // An entry for all hosts is not for one that a stranger thought of.
    let counts = |machine: Option<&str>| (machine.is_some() || reach == Reach::All) && is_for(machine, url);
    match login(netrc, counts) {
        None => Outcome::AsBefore,
        Some(_) if reach == Reach::Nothing => Outcome::KeptBack,
        Some((login, password)) => {
            let _ = url.set_username(&login).and_then(|()| url.set_password(password.as_deref()));
            Outcome::LoggedIn
        }
    }
}

fn login(netrc: &str, is_for: impl Fn(Option<&str>) -> bool) -> Option<(String, Option<String>)> {
    let text = without_macros(netrc);
    let mut words = text.split_whitespace();
    let (mut is_ours, mut login, mut password) = (false, None, None);
    while let Some(word) = words.next() {
        match word {
            "machine" | "default" => {
                if is_ours {
                    break;
                }
                is_ours = is_for(if word == "default" { None } else { Some(words.next().unwrap_or_default()) });
            }
            "login" | "password" | "account" => {
                let value = words.next().filter(|_| is_ours);
                match word {
                    "login" => login = value.or(login),
                    "password" => password = value.or(password),
                    _ => {}
                }
            }
            _ => {}
        }
    }
    Some((login?.to_owned(), password.map(str::to_owned)))
}

/// The lines that are no macro and no comment. A macro ends with an empty line.
fn without_macros(netrc: &str) -> String {
    let mut is_macro = false;
    let lines = netrc.lines().filter(|line| {
        is_macro = !line.trim().is_empty() && (is_macro || line.trim_start().starts_with("macdef"));
        !is_macro && !line.trim_start().starts_with('#')
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_has_the_first_entry_of_its_name() {
        let text = "# machine a.example login no\nmachine a.example\n  login me password p:/@\nmacdef init\nmachine b.example login no\n\nmachine b.example login b account x\nmachine a.example login later\ndefault login anonymous password me@\n";
        let of = |text, host| login(text, |machine: Option<&str>| machine.is_none_or(|machine| machine == host));
        let known = |host| of(text, host).map(|(login, password)| (login, password.unwrap_or_default()));
        for (host, expected) in
            [("a.example", ("me", "p:/@")), ("b.example", ("b", "")), ("c.example", ("anonymous", "me@"))]
        {
            assert_eq!(known(host), Some((expected.0.to_owned(), expected.1.to_owned())), "{host}");
        }
        assert_eq!(of("machine a.example login me", "b.example"), None);
        assert_eq!(of("machine", "machine"), None);
    }

    #[test]
    fn an_address_keeps_its_own_credentials() {
        let logged_in = |text: &str| {
            let mut url = Url::parse(text).unwrap();
            log_in(&mut url, "default login me password s@/", Reach::All);
            url.to_string()
        };
        assert_eq!(logged_in("https://a.example/x"), "https://me:s%40%2F@a.example/x");
        assert_eq!(logged_in("https://you@a.example/x"), "https://you@a.example/x");
    }

    #[test]
    fn a_login_reaches_so_far_and_no_further() {
        let netrc = "machine a.example login me password pw\ndefault login all password pw\n";
        for (host, reach, expected, user) in [
            ("a.example", Reach::All, Outcome::LoggedIn, "me"),
            ("a.example", Reach::Host, Outcome::LoggedIn, "me"),
            ("a.example", Reach::Nothing, Outcome::KeptBack, ""),
            ("b.example", Reach::All, Outcome::LoggedIn, "all"),
            ("b.example", Reach::Host, Outcome::AsBefore, ""),
            ("b.example", Reach::Nothing, Outcome::AsBefore, ""),
            ("x.a.example", Reach::Host, Outcome::AsBefore, ""),
            ("a.example.evil.example", Reach::Host, Outcome::AsBefore, ""),
        ] {
            let mut url = Url::parse(&format!("https://{host}/simple")).unwrap();
            assert_eq!(log_in(&mut url, netrc, reach), expected, "{host} {reach:?}");
            assert_eq!((url.username(), url.password().is_some()), (user, !user.is_empty()), "{host} {reach:?}");
        }
    }
}
