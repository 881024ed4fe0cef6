//! Sources of apt, in both forms that they have (sources.list(5)): read, and the ones of Debian's
//! own archive distinguished from those of others, which often call their suites the same.

use url::Url;

/// One distribution at one address, as the files of apt name it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    pub uri: String,
    pub suite: String,
    pub components: Vec<String>,
    pub signed_by: String,
    /// What it says about an index that is past its `Valid-Until`.
    pub checks_valid_until: Option<bool>,
}

/// Names of suites that mean another release next year. They tell nothing about whose archive it
/// is: many have a `stable` of their own.
const MOVING: [&str; 6] = ["stable", "oldstable", "oldoldstable", "testing", "unstable", "sid"];

impl Entry {
    /// The entries of a file `*.list`: a line for each.
    pub fn of_lines(text: &str) -> Vec<Self> {
        text.lines().filter_map(Self::of_line).collect()
    }

    fn of_line(line: &str) -> Option<Self> {
        let line = line.split('#').next().unwrap_or_default().trim();
        let rest = line.strip_prefix("deb").filter(|rest| rest.starts_with(char::is_whitespace))?.trim_start();
        let (options, rest) = match rest.strip_prefix('[') {
            Some(rest) => rest.split_once(']')?,
            None => ("", rest),
        };
        let mut words = rest.split_whitespace().map(str::to_owned);
        let mut entry = Self { uri: words.next()?, suite: words.next()?, ..Self::default() };
        entry.components = words.collect();
        for option in options.split_whitespace() {
            match option.split_once('=') {
                Some(("signed-by", value)) => value.clone_into(&mut entry.signed_by),
                Some(("check-valid-until", value)) => entry.checks_valid_until = is_yes(value),
                _ => {}
            }
        }
        Some(entry)
    }

    /// The entries of a file `*.sources`: paragraphs of fields (deb822(5)), each of which may name
    /// several addresses and suites.
    pub fn of_paragraphs(text: &str) -> Vec<Self> {
        let mut entries = Vec::new();
        let mut fields: Vec<(String, String)> = Vec::new();
        // An empty line ends a paragraph, and so does the end of the file.
        for line in text.lines().filter(|line| !line.starts_with('#')).chain([""]) {
            if line.trim().is_empty() {
                entries.extend(Self::of_fields(&fields));
                fields.clear();
            } else if line.starts_with([' ', '\t']) {
                if let Some((_, value)) = fields.last_mut() {
                    value.push('\n');
                    value.push_str(line.trim());
                }
            } else if let Some((name, value)) = line.split_once(':') {
                fields.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
            }
        }
        entries
    }

    fn of_fields(fields: &[(String, String)]) -> Vec<Self> {
        let field = |name: &str| fields.iter().find(|(field, _)| field == name).map_or("", |(_, value)| value);
        let words = |name: &str| field(name).split_whitespace().map(str::to_owned).collect::<Vec<String>>();
        if !words("types").iter().any(|kind| kind == "deb") || is_yes(field("enabled")) == Some(false) {
            return Vec::new();
        }
        let suites = words("suites");
        let pairs = words("uris").into_iter().flat_map(|uri| suites.iter().map(move |suite| (uri.clone(), suite)));
        let entries = pairs.map(|(uri, suite)| Self {
            uri,
            suite: suite.clone(),
            components: words("components"),
            signed_by: field("signed-by").to_owned(),
            checks_valid_until: is_yes(field("check-valid-until")),
        });
        entries.collect()
    }

    /// Its address, if it is one that can be asked here.
    pub fn url(&self) -> Option<Url> {
        Url::parse(&self.uri).ok().filter(|url| matches!(url.scheme(), "http" | "https"))
    }

    /// Whether it is of the same archive as another one.
    pub fn is_beside(&self, other: &Self) -> bool {
        self.uri.trim_end_matches('/') == other.uri.trim_end_matches('/')
    }

    /// Whether its suite is one of these releases, with this after the name.
    fn is_of(&self, codename: &str, ending: &str) -> bool {
        self.suite.strip_suffix(ending).is_some_and(|suite| suite == codename || MOVING.contains(&suite))
    }
}

/// What apt takes for yes and for no.
pub fn is_yes(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "yes" | "true" | "with" | "on" | "enable" | "1" => Some(true),
        "no" | "false" | "without" | "off" | "disable" | "0" => Some(false),
        _ => None,
    }
}

/// The entry of Debian's own archive for a release. Others may be for the same release and have a
/// component `main`, too, so the one that looks most like Debian's is chosen, and of equals the
/// first. A wrong choice does no harm but a refusal, since its keys are not Debian's.
pub fn of_archive<'e>(entries: &'e [Entry], codename: &str) -> Option<&'e Entry> {
    let marks = |entry: &Entry| {
        let updates = format!("{}-updates", entry.suite);
        usize::from(entry.signed_by.contains("debian-archive"))
            + usize::from(entry.uri.trim_end_matches('/').ends_with("/debian"))
            + usize::from(entries.iter().any(|other| other.is_beside(entry) && other.suite == updates))
    };
    best(entries, |entry| entry.is_of(codename, "") && (entry.suite == codename || marks(entry) > 0), marks)
}

/// The entry of Debian's security updates for a release.
pub fn of_security<'e>(entries: &'e [Entry], codename: &str) -> Option<&'e Entry> {
    let marks = |entry: &Entry| {
        usize::from(entry.signed_by.contains("debian-archive")) + usize::from(entry.uri.contains("security"))
    };
    best(entries, |entry| entry.is_of(codename, "-security") || entry.is_of(codename, "/updates"), marks)
}

fn best(entries: &[Entry], is_wanted: impl Fn(&Entry) -> bool, marks: impl Fn(&Entry) -> usize) -> Option<&Entry> {
    let usable = entries.iter().filter(|entry| {
        entry.url().is_some() && entry.components.iter().any(|component| component == "main") && is_wanted(entry)
    });
    // Of equals `max_by_key` would take the last.
    usable.rev().max_by_key(|entry| marks(entry))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(entry: &Entry) -> String {
        format!("{} {} {} {:?}", entry.uri, entry.suite, entry.components.join("+"), entry.checks_valid_until)
    }

    #[test]
    fn lines_name_sources() {
        let text = "# deb http://no.example/debian trixie main\n\
            deb http://a.example/debian trixie main contrib # and why\n\
            \tdeb [ arch=amd64 signed-by=/k.gpg check-valid-until=no ] http://b.example/debian/ trixie-updates main\n\
            deb-src http://a.example/debian trixie main\n\
            debx http://a.example/debian trixie main\n\
            deb http://flat.example/ ./\n\
            deb [arch=amd64 http://broken.example trixie main\n\
            deb http://alone.example\n";
        let entries = Entry::of_lines(text);
        assert_eq!(
            entries.iter().map(shown).collect::<Vec<_>>(),
            [
                "http://a.example/debian trixie main+contrib None",
                "http://b.example/debian/ trixie-updates main Some(false)",
                "http://flat.example/ ./  None",
            ]
        );
        assert_eq!(entries[1].signed_by, "/k.gpg");
    }

    #[test]
    fn paragraphs_name_sources() {
        let text = "# the archive\nTypes: deb deb-src\nURIs: http://a.example/debian\n http://b.example/debian\n\
            # a comment in between\nSuites: trixie trixie-updates\ncomponents: main\nCheck-Valid-Until: No\n\
            Signed-By:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n x\n\n\
            Types: deb-src\nURIs: http://no.example\nSuites: trixie\nComponents: main\n \n\
            Types: deb\nEnabled: no\nURIs: http://no.example\nSuites: trixie\nComponents: main\n\n\n\
            Types: deb\nURIs: http://c.example\nSuites: trixie-security\nComponents: main";
        let shown: Vec<String> = Entry::of_paragraphs(text).iter().map(shown).collect();
        assert_eq!(
            shown,
            [
                "http://a.example/debian trixie main Some(false)",
                "http://a.example/debian trixie-updates main Some(false)",
                "http://b.example/debian trixie main Some(false)",
                "http://b.example/debian trixie-updates main Some(false)",
                "http://c.example trixie-security main None",
            ]
        );
        assert!(Entry::of_paragraphs(" only\nwithout colon\n\n:\n").is_empty());
    }

    #[test]
    fn others_are_not_taken_for_debian() {
        let ours = "deb http://ours.example/mirror/debian/ bookworm main\n";
        for others in [
            "deb http://containers.example/linux/debian bookworm stable\n",
            "deb http://node.example/node_20.x nodistro main\n",
            "deb http://postgres.example/repos/apt bookworm-pgdg main\n",
            "deb http://php.example/php bookworm main\n",
            "deb http://editor.example/code stable main\n",
            "deb cdrom:[Debian 12]/ bookworm main\n",
            "deb mirror://ours.example/list bookworm main\n",
            "deb tor+http://ours.example/debian bookworm main\n",
            "deb http://ours.example/debian trixie main\n",
        ] {
            let entries = Entry::of_lines(&format!("{others}{ours}{others}"));
            let chosen = of_archive(&entries, "bookworm").unwrap();
            assert_eq!(chosen.uri, "http://ours.example/mirror/debian/", "{others}");
        }
        // No one but Debian has updates beside it, or names its keys.
        for ours in [
            "deb http://ours.example/mirror bookworm main\ndeb http://ours.example/mirror/ bookworm-updates main\n",
            "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.pgp] http://ours.example/mirror stable main\n",
        ] {
            let entries = Entry::of_lines(&format!("deb http://php.example/x bookworm main\n{ours}"));
            assert_eq!(of_archive(&entries, "bookworm").unwrap().uri, "http://ours.example/mirror");
        }
        let entries = Entry::of_lines("deb http://editor.example/code stable main\n");
        assert_eq!(of_archive(&entries, "bookworm"), None);
    }

    #[test]
    fn security_updates_have_suites_of_their_own() {
        for (line, codename, found) in [
            ("deb http://s.example/debian-security bookworm-security main", "bookworm", true),
            ("deb http://s.example/ buster/updates main", "buster", true),
            ("deb http://s.example/ stable-security main", "bookworm", true),
            ("deb http://s.example/ trixie-security main", "bookworm", false),
            ("deb http://s.example/ bookworm-security contrib", "bookworm", false),
            ("deb http://s.example/ bookworm main", "bookworm", false),
        ] {
            assert_eq!(of_security(&Entry::of_lines(line), codename).is_some(), found, "{line}");
        }
    }
}
