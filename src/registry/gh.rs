//! The tokens of `gh`, GitHub's own program.

use std::path::PathBuf;

use crate::files::{bounded, most};
use crate::host::Host;

/// The token that it has for a server.
pub fn token(host: &Host, server: &str) -> Option<String> {
    token_in(&settings(host)?, server)
}

/// What `gh` keeps, where it does not use the system's keyring.
fn settings(host: &Host) -> Option<String> {
    let named = host.variable("GH_CONFIG_DIR").filter(|value| !value.is_empty()).map(PathBuf::from);
    let below = host.variable("XDG_CONFIG_HOME").filter(|value| !value.is_empty()).map(PathBuf::from);
    let below = below.or_else(|| Some(host.home.as_deref()?.join(".config")));
    let directory = named.or_else(|| Some(below?.join("gh")))?;
    bounded::read_named(&directory.join("hosts.yml"), most::SETTINGS).ok()
}

/// The token of a host in `hosts.yml`: a key with the host's name, and below it `oauth_token` at the first level.
fn token_in(text: &str, host: &str) -> Option<String> {
    let mut is_ours = false;
    let mut level = None;
    for line in text.lines().filter(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#')) {
        let indent = line.len() - line.trim_start().len();
        let (key, value) = line.trim().split_once(':')?;
        let plain = |text: &str| text.trim().trim_matches(['"', '\'']).to_owned();
        if indent == 0 {
            (is_ours, level) = (plain(key) == host, None);
        } else if is_ours && *level.get_or_insert(indent) == indent && key == "oauth_token" {
            return Some(plain(value)).filter(|token| !token.is_empty());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ghs_settings_have_a_token_for_each_host() {
        let text = "# gh\ngithub.com:\n    users:\n        me:\n            oauth_token: no\n    git_protocol: https\n    \
                    oauth_token: \"one\"\n    user: me\ngit.acme.example:\n    oauth_token: two\n    user: me\nempty.example:\n    user: me\n";
        for (host, expected) in
            [("github.com", Some("one")), ("git.acme.example", Some("two")), ("empty.example", None), ("acme", None)]
        {
            assert_eq!(token_in(text, host).as_deref(), expected, "{host}");
        }
    }
}
