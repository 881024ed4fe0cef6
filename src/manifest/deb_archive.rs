//! The rule `deb` of `registries`: which archive Debian packages come from.

use super::address::{Address, http_url, shown_text};
use super::shape::Decoder;
use crate::name::Suite;
use jsonc_parser::ast::Value;

pub(super) const DEB_KEYS: &[&str] = &["url", "security", "snapshot", "suite", "keys", "check-valid-until"];

/// An archive of Debian packages, as far as a file says something of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DebArchive {
    /// The mirror: the directory that holds `dists` and `pool`.
    pub url: Option<Address>,
    /// The mirror of the security updates.
    pub security: Option<Address>,
    /// A service that keeps what mirrors drop: it has `archive/debian/DATE/` below it.
    pub snapshot: Option<Address>,
    /// The release of packages that name none.
    pub suite: Option<Suite>,
    /// A file of OpenPGP keys that sign the archive, in place of Debian's: from the directory of
    /// the file that names it.
    pub keys: Option<String>,
    /// Whether an index whose `Valid-Until` has passed is refused, as it is by
    /// default.
    pub check_valid_until: Option<bool>,
}

impl DebArchive {
    pub(super) fn addresses_mut(&mut self) -> impl Iterator<Item = &mut Address> {
        [&mut self.url, &mut self.security, &mut self.snapshot].into_iter().flatten()
    }

    pub fn addresses(&self) -> impl Iterator<Item = &Address> {
        [&self.url, &self.security, &self.snapshot].into_iter().flatten()
    }

    /// With what another says where this one says nothing. Whose keys count, where the security
    /// updates are and whether the mirror is frozen belong to the mirror, so they are set where it is.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        let Self { url, security, snapshot, suite, keys, check_valid_until } = other;
        let of_mirror = self.url.is_none().then_some((security, keys, check_valid_until));
        let (security, keys, check_valid_until) = of_mirror.unwrap_or_default();
        Self {
            url: self.url.or(url),
            security: self.security.or(security),
            snapshot: self.snapshot.or(snapshot),
            suite: self.suite.or(suite),
            keys: self.keys.or(keys),
            check_valid_until: self.check_valid_until.or(check_valid_until),
        }
    }
}

impl Decoder<'_> {
    pub(super) fn deb_archive(&mut self, value: &Value) -> DebArchive {
        let mut archive = DebArchive::default();
        if matches!(value, Value::StringLit(_)) {
            archive.url = self.url(value);
            return archive;
        }
        let Some(object) = self.object(value, "`deb`", DEB_KEYS) else { return archive };
        for property in &object.properties {
            let value = &property.value;
            match property.name.as_str() {
                "url" => archive.url = self.url(value),
                "security" => archive.security = self.url(value),
                "snapshot" => archive.snapshot = self.url(value),
                "suite" => archive.suite = self.suite(value),
                "keys" => archive.keys = self.string(value, "a path"),
                "check-valid-until" => match value {
                    Value::BooleanLit(literal) => archive.check_valid_until = Some(literal.value),
                    _ => self.at(value, "`check-valid-until` is true or false", None),
                },
                _ => {}
            }
        }
        archive
    }

    fn url(&mut self, value: &Value) -> Option<Address> {
        let text = self.string(value, "a URL")?;
        let url = http_url(&text);
        if url.is_none() {
            self.at(value, format!("`{}` is not an http or https URL", shown_text(&text)), None);
        }
        url.map(Address::of_project)
    }
}

#[cfg(test)]
mod tests {
    use super::super::config::registries;

    #[test]
    fn an_archive_is_an_address_or_says_more() {
        let deb = |text: &str| registries("config.json", text).unwrap().deb().clone();
        let plain = deb(r#"{"registries": {"deb": "http://a.example/debian"}}"#);
        assert_eq!(plain.url.as_ref().unwrap().url.path(), "/debian");
        let whole = deb(r#"{"registries": {"deb": {"security": "http://s.example/", "snapshot": "http://n.example/",
            "suite": "trixie", "keys": "keys.asc", "check-valid-until": false}}}"#);
        assert_eq!((whole.suite.as_ref().unwrap().as_str(), whole.check_valid_until), ("trixie", Some(false)));
        // The keys and what belongs to a mirror are set where the mirror is.
        let both = plain.clone().or(whole.clone());
        assert_eq!((both.keys, both.security, both.suite), (None, None, whole.suite.clone()));
        assert_eq!(whole.or(plain).keys.as_deref(), Some("keys.asc"));
        for (text, expected) in [
            (r#"{"registries": {"deb": "x"}}"#, "`x` is not an http or https URL"),
            (r#"{"registries": {"deb": {"suite": "stable"}}}"#, "`stable` means another release next year"),
            (r#"{"registries": {"deb": {"suites": "trixie"}}}"#, "unknown key `suites`"),
            (r#"{"registries": {"deb": {"check-valid-until": "no"}}}"#, "`check-valid-until` is true or false"),
            (r#"{"registries": {"deb:jq": "http://x/"}}"#, "`deb:jq` names no packages"),
        ] {
            let problems = registries("config.json", text).unwrap_err();
            assert!(problems.list[0].message.starts_with(expected), "{}", problems.list[0].message);
        }
    }
}
