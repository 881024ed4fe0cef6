//! Registries: which one is asked for which names. The manifest and the user's own settings name them
//! in the same form, and each address knows which of the two named it.

use std::collections::BTreeMap;

use jsonc_parser::ast::Value;

use super::address::{Address, NamedBy, http_url, shown_text};
use super::deb_archive::DebArchive;
use super::shape::Decoder;
use crate::name::{BoundNames, Names, SourceLabel};

/// Registry base URLs, in place of the ecosystem's own settings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Registries {
    rules: BTreeMap<BoundNames, Address>,
    deb: DebArchive,
}

impl Registries {
    /// The same, read from the user's own settings.
    #[must_use]
    pub(super) fn named_by_user(mut self) -> Self {
        for address in self.rules.values_mut().chain(self.deb.addresses_mut()) {
            address.named_by = NamedBy::User;
        }
        self
    }

    /// With the rules of others about names that these say nothing of.
    #[must_use]
    pub fn or(mut self, others: Self) -> Self {
        self.deb = self.deb.or(others.deb);
        for (key, address) in others.rules {
            self.rules.entry(key).or_insert(address);
        }
        self
    }

    /// The archive of Debian packages.
    pub const fn deb(&self) -> &DebArchive {
        &self.deb
    }

    /// The registry of a source's packages that are not bound.
    pub fn of_others(&self, source: SourceLabel) -> Option<&Address> {
        self.rules.get(&BoundNames { source, names: Names::Others })
    }

    /// The names of a source that are bound to a registry, the more particular first.
    pub fn bound(&self, source: SourceLabel) -> impl Iterator<Item = (&Names, &Address)> {
        let rules = self.rules.iter().filter(move |(key, _)| key.source == source && key.names != Names::Others);
        rules.map(|(key, address)| (&key.names, address))
    }

    /// All addresses of a source.
    pub fn addresses(&self, source: SourceLabel) -> impl Iterator<Item = &Address> {
        self.rules.iter().filter(move |(key, _)| key.source == source).map(|(_, address)| address)
    }
}

impl Decoder<'_> {
    pub(super) fn registries(&mut self, value: &Value) -> Registries {
        let mut registries = Registries::default();
        let Some(object) = self.map(value, "`registries`") else { return registries };
        for property in &object.properties {
            if property.name.as_str() == "deb" {
                registries.deb = self.deb_archive(&property.value);
                continue;
            }
            let key = property.name.as_str().parse::<BoundNames>();
            let key = key.map_err(|message| self.at(&property.name, message, None));
            let Some(text) = self.string(&property.value, "a URL") else { continue };
            let url = http_url(&text);
            match (key, url) {
                (Ok(key), Some(url)) => {
                    registries.rules.insert(key, Address::of_project(url));
                }
                (Err(()), Some(_)) => {}
                (_, None) => {
                    self.at(&property.value, format!("`{}` is not an http or https URL", shown_text(&text)), None);
                }
            }
        }
        registries
    }
}

#[cfg(test)]
mod tests {
    use super::super::config::registries as parse_config;
    use super::super::problem::position;
    use super::*;

    #[test]
    fn the_most_particular_rule_is_about_a_name() {
        let text = r#"{ "registries": {
            "npm": "http://all.example/", "npm:@acme/*": "http://acme.example/", // ours
            "npm:@acme/tool": "https://tool.example/npm/", "npm:internal": "http://internal.example/" } }"#;
        let registries = parse_config("config.json", text).unwrap();
        let host = |package: &str| {
            let bound =
                registries.bound(SourceLabel::Npm).find(|(names, _)| names.include(package)).map(|(_, url)| url);
            bound.or(registries.of_others(SourceLabel::Npm)).unwrap().url.host_str().unwrap().to_owned()
        };
        for (package, expected) in [
            ("@acme/tool", "tool.example"),
            ("@acme/other", "acme.example"),
            ("@acme-evil/other", "all.example"),
            ("internal", "internal.example"),
            ("internal2", "all.example"),
            ("acme", "all.example"),
        ] {
            assert_eq!(host(package), expected, "{package}");
        }
        let users = parse_config("c", r#"{"registries": {"npm": "http://u/", "npm:x": "http://x/"}}"#).unwrap();
        let both = registries.clone().or(users);
        let others = |registries: &Registries| registries.of_others(SourceLabel::Npm).cloned();
        assert_eq!((others(&both), both.bound(SourceLabel::Npm).count()), (others(&registries), 4));
        assert_eq!((registries.of_others(SourceLabel::Pypi), registries.bound(SourceLabel::Pypi).count()), (None, 0));
        let python =
            parse_config("c", r#"{"registries": {"pypi": "http://u/", "pypi:Acme_Lib": "http://x/"}}"#).unwrap();
        let names: Vec<&Names> = python.bound(SourceLabel::Pypi).map(|(names, _)| names).collect();
        assert_eq!(names, [&Names::Package("acme-lib".to_owned())]);
    }

    #[test]
    fn an_address_knows_whose_settings_name_it() {
        let text = r#"{"registries": {"npm": "http://u/", "npm:x": "http://x/", "deb": "http://d/"}}"#;
        let users = parse_config("c", text).unwrap();
        let projects =
            super::super::parse("m", r#"{"registries": {"npm": "http://p/", "deb": {"security": "http://s/"}}}"#);
        let both = projects.unwrap().registries.or(users);
        let npm = both.addresses(SourceLabel::Npm).map(|address| (address.url.host_str().unwrap(), address.named_by));
        assert_eq!(npm.collect::<Vec<_>>(), [("x", NamedBy::User), ("p", NamedBy::Project)]);
        let deb = both.deb().addresses().map(|address| (address.url.host_str().unwrap(), address.named_by));
        assert_eq!(deb.collect::<Vec<_>>(), [("d", NamedBy::User), ("s", NamedBy::Project)]);
    }

    #[test]
    fn what_should_be_an_address_is_shown_without_its_password() {
        for (text, expected) in [
            ("htps://me:pw@a.example/x@y", "htps://a.example/x@y"),
            ("ftp://me:p@w@a.example", "ftp://a.example"),
            ("https://a.example/x?mail=me@b.example", "https://a.example/x?mail=me@b.example"),
            ("x", "x"),
        ] {
            assert_eq!(shown_text(text), expected);
        }
    }

    #[test]
    fn mistakes_have_places() {
        for (text, expected) in [
            (
                r#"{"registries": {"nmp": "http://x/"}}"#,
                "1:17 `nmp` names no packages: write `npm`, `pypi`, `deb`, `rust`, `vendor` or a forge such as `github` for all",
            ),
            (r#"{"registries": {"rust:toolchain": "http://x/"}}"#, "1:17 `rust:toolchain` names no packages"),
            (r#"{"registries": {"npm:": "http://x/"}}"#, "1:17 `npm:` names no packages"),
            (r#"{"registries": {"npm:a*": "http://x/"}}"#, "1:17 `npm:a*` names no packages"),
            (r#"{"registries": {"npm:@a*": "http://x/"}}"#, "1:17 `npm:@a*` names no packages"),
            (r#"{"registries": {"npm:*": "http://x/"}}"#, "1:17 `npm:*` names no packages"),
            (r#"{"registries": {"pypi:a*": "http://x/"}}"#, "1:17 `pypi:a*` names no packages"),
            (r#"{"registries": {"url": "http://x/"}}"#, "1:17 `url` names no packages"),
            (r#"{"registries": {"npm:a": "x"}}"#, "1:26 `x` is not an http or https URL"),
        ] {
            let problems = parse_config("config.json", text).unwrap_err();
            let (line, column) = position(text, problems.list[0].range.start);
            let shown = format!("{line}:{column} {}", problems.list[0].message);
            assert!(shown.starts_with(expected), "{shown}");
        }
    }
}
