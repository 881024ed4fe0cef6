//! How far the user's logins go with an address: it depends on whose settings name the address, and on what
//! protects it on its way. Refuses to send anything of the user's where only a repository says so.

use url::{Host, Origin, Url};

use crate::manifest::{Address, NamedBy};

/// Which of the user's logins count for an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Every entry that fits, one for all hosts too: the user's own settings name the server.
    All,
    /// The entries of this very host: a repository names it, and TLS proves that it is that host.
    Host,
    /// None.
    Nothing,
}

/// The servers that the user's own settings name.
#[derive(Clone, Debug, Default)]
pub struct OwnServers(Vec<Origin>);

impl OwnServers {
    pub fn of<'a>(urls: impl IntoIterator<Item = &'a Url>) -> Self {
        Self(urls.into_iter().map(Url::origin).collect())
    }

    pub fn include(&self, url: &Url) -> bool {
        self.0.contains(&url.origin())
    }

    /// Which logins by host count for an address.
    pub fn reach(&self, address: &Address) -> Reach {
        match address.named_by {
            NamedBy::User => Reach::All,
            NamedBy::Project if self.include(&address.url) => Reach::All,
            NamedBy::Project if address.url.scheme() == "https" => Reach::Host,
            NamedBy::Project => Reach::Nothing,
        }
    }

    /// Whether a secret for just this address may be sent there: encrypted, within this machine, or because the
    /// user's own settings name the server as it is.
    pub fn may_get_secret(&self, url: &Url) -> bool {
        url.scheme() == "https" || is_this_machine(url) || self.include(url)
    }
}

/// Whether an address is on the loopback interface.
pub fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logins_go_where_the_user_or_tls_says() {
        let url = |text: &str| Url::parse(text).unwrap();
        let own = OwnServers::of(&[url("http://own.example:8080/simple"), url("https://own.example/")]);
        for (text, of_user, of_project) in [
            ("https://new.example/", Reach::All, Reach::Host),
            ("http://new.example/", Reach::All, Reach::Nothing),
            ("http://127.0.0.1:8712/", Reach::All, Reach::Nothing),
            ("http://localhost/", Reach::All, Reach::Nothing),
            ("https://own.example/else", Reach::All, Reach::All),
            ("http://own.example:8080/else", Reach::All, Reach::All),
            ("http://own.example:8081/", Reach::All, Reach::Nothing),
            ("http://own.example/", Reach::All, Reach::Nothing),
        ] {
            assert_eq!(own.reach(&Address::of_user(url(text))), of_user, "{text}");
            assert_eq!(own.reach(&Address::of_project(url(text))), of_project, "{text}");
        }
    }

    #[test]
    fn secrets_are_encrypted_unless_the_user_says_so() {
        let url = |text: &str| Url::parse(text).unwrap();
        let own = OwnServers::of(&[url("http://own.example/npm/")]);
        for (text, expected) in [
            ("https://new.example/", true),
            ("http://new.example/", false),
            ("http://own.example/else", true),
            ("http://own.example:81/", false),
            ("http://127.0.0.1:8712/", true),
            ("http://[::1]:1/", true),
            ("http://localhost:1/", true),
            ("http://localhost.new.example/", false),
            ("http://10.0.0.1/", false),
        ] {
            assert_eq!(own.may_get_secret(&url(text)), expected, "{text}");
        }
    }
}
