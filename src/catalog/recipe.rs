//! Recipes: what Debian packages need that have paths compiled in, or count on what their
//! maintainer scripts would have made. They are data (`recipes.json`), known by the names of
//! packages; this module reads them, and fills in what is known only once a prefix has its place.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use crate::name::{CommandName, VarName};
use crate::packed::packed;
use crate::platform::Platform;

/// What is known of a package. In names of packages `*` matches a version, such as `3.13`; in
/// those of commands it matches anything.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Recipe {
    pub about: String,
    /// Packages whose commands are also this tool's.
    also: Vec<String>,
    /// Packages it needs beside its dependencies.
    with: Vec<String>,
    /// Dependencies that it can do without.
    without: Vec<String>,
    /// Where its commands are, besides the usual places.
    bin: Vec<String>,
    /// Commands that alternatives would have made, with their paths in the prefix.
    links: BTreeMap<CommandName, String>,
    /// Commands that are not put on PATH.
    hide: Vec<String>,
    /// What commands are started with, by patterns of their names.
    commands: BTreeMap<String, Wrapper>,
    /// Variables of the dev shell.
    environment: BTreeMap<VarName, String>,
    /// Variables of the host that would bend it (patterns).
    pub unset: Vec<String>,
    /// What is made when the prefix is, in this order.
    pub make: Vec<Step>,
    /// Programs (patterns of paths) that do not work once they are patched, such as images of Lisp. They start in their place.
    pub unpatched: Vec<String>,
    /// The package of the interpreter that its shell scripts start. They get that one's variables, as scripts of it do.
    pub starts: Option<String>,
    /// What its maintainer scripts would do, and that it is not needed.
    pub scripts: Option<String>,
    /// What does not work, in a sentence that begins with the package.
    pub fault: Option<String>,
    /// The same where packages are not configured by their own scripts, and do not start in their place.
    pub unplaced: Option<String>,
}

/// What a command is started with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Wrapper {
    pub arguments: Vec<String>,
    pub set: BTreeMap<VarName, String>,
    /// Where the caller has no value.
    pub default: BTreeMap<VarName, String>,
    /// After the caller's value, separated by `:`.
    pub append: BTreeMap<VarName, String>,
}

/// Something that a maintainer script would have made. Paths are below the prefix, and may hold `*`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub enum Step {
    Concatenate {
        concatenate: String,
        into: String,
    },
    /// Certificates (PEM) as a trust store of Java (JKS).
    Keystore {
        keystore: String,
        into: String,
    },
    Link {
        link: String,
        to: String,
    },
    Write {
        write: String,
        text: String,
    },
    /// Texts that are replaced in files that are there.
    Edit {
        edit: String,
        replace: BTreeMap<String, String>,
    },
    /// A program of the prefix.
    Run {
        run: Vec<String>,
        #[serde(default)]
        set: BTreeMap<VarName, String>,
    },
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Recipes {
    /// Packages that nothing but maintainer scripts needs.
    prune: Vec<String>,
    /// Packages with which others are configured: dpkg, and what maintainer scripts rely on without saying so.
    configuring: Vec<String>,
    /// Directories and programs that hosts have, or that programs can do without.
    everywhere: Vec<String>,
    #[serde(rename = "recipes")]
    by_package: BTreeMap<String, Recipe>,
}

static RECIPES: LazyLock<Recipes> = LazyLock::new(|| {
    serde_json::from_str(&packed!("src/catalog/recipes.json").text()).expect("a unit test parses recipes.json")
});

/// The recipe of a package, and what `*` matches in the recipe's name.
#[derive(Clone, Debug)]
pub struct Found {
    pub recipe: &'static Recipe,
    version: String,
}

/// The values of placeholders: `{prefix}`, `{certificates}`, `{triplet}`, `{gnu}`, `{arch}`.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The absolute path of the prefix.
    pub prefix: &'a str,
    /// The file of the certificates to trust, where it is not where Debian's programs look by
    /// themselves.
    pub certificates: Option<&'a str>,
    pub platform: Platform,
}

/// The values that `{gnu}` may have in the name of a package: the triplet, as names are written.
const GNU: [&str; 2] = ["aarch64-linux-gnu", "x86-64-linux-gnu"];

impl Place<'_> {
    /// The name of the platform's libraries and compilers ("Multiarch specification" of Debian).
    pub fn triplet(&self) -> String {
        format!("{}-linux-gnu", self.platform.arch())
    }
}

/// The recipe of a package: the one whose name says most of it.
pub fn find(package: &str) -> Option<Found> {
    let fitting = RECIPES.by_package.iter().filter_map(|(name, recipe)| {
        let version = version_in(name, package)?;
        Some((name.len() - name.matches('*').count(), Found { recipe, version: version.to_owned() }))
    });
    fitting.max_by_key(|(said, _)| *said).map(|(_, found)| found)
}

/// Whether nothing but maintainer scripts needs a package.
pub fn is_pruned(package: &str) -> bool {
    RECIPES.prune.iter().any(|pattern| matches(pattern, package))
}

/// Packages with which others are configured.
pub fn configuring() -> &'static [String] {
    &RECIPES.configuring
}

/// Whether hosts have what is at a path, or programs can do without it.
pub fn is_everywhere(path: &str) -> bool {
    RECIPES.everywhere.iter().any(|pattern| fits(pattern, path))
}

/// Whether a pattern fits the name of a package.
pub fn matches(pattern: &str, package: &str) -> bool {
    version_in(pattern, package).is_some()
}

/// What the first `*` of a pattern matches in a package's name; nothing in one without.
fn version_in<'n>(pattern: &str, package: &'n str) -> Option<&'n str> {
    let is_version = |text: &str| {
        text.starts_with(|c: char| c.is_ascii_digit()) && text.chars().all(|c| c.is_ascii_digit() || c == '.')
    };
    if pattern.contains("{gnu}") {
        return GNU.iter().find_map(|gnu| matched(&pattern.replace("{gnu}", gnu), package, &is_version));
    }
    matched(pattern, package, &is_version)
}

/// Whether a pattern, in which `*` matches anything, fits a command's name.
fn fits(pattern: &str, command: &str) -> bool {
    matched(pattern, command, &|_| true).is_some()
}

fn matched<'n>(pattern: &str, name: &'n str, may_stand: &dyn Fn(&str) -> bool) -> Option<&'n str> {
    let Some((before, behind)) = pattern.split_once('*') else { return (pattern == name).then_some("") };
    let rest = name.strip_prefix(before)?;
    let ends = (0..=rest.len()).rev().filter(|end| rest.is_char_boundary(*end));
    let mut parts = ends.map(|end| rest.split_at(end));
    parts.find(|(stands, rest)| may_stand(stands) && matched(behind, rest, may_stand).is_some()).map(|(stood, _)| stood)
}

impl Found {
    /// Whether a program is run to make something.
    pub fn runs(&self) -> bool {
        self.recipe.make.iter().any(|step| matches!(step, Step::Run { .. }))
    }

    pub fn with(&self) -> Vec<String> {
        self.versioned(&self.recipe.with)
    }

    pub fn without(&self) -> Vec<String> {
        self.versioned(&self.recipe.without)
    }

    /// Whether another package's commands are also this tool's.
    pub fn has_also(&self, package: &str) -> bool {
        self.versioned(&self.recipe.also).iter().any(|pattern| matches(pattern, package))
    }

    /// Whether a command is not put on PATH.
    pub fn hides(&self, command: &str) -> bool {
        self.versioned(&self.recipe.hide).iter().any(|pattern| fits(pattern, command))
    }

    /// Further directories of commands, as patterns.
    pub fn bin(&self, place: Place) -> Vec<String> {
        self.recipe.bin.iter().map(|text| self.fill(text, place)).collect()
    }

    /// Further commands, and patterns of their paths in the prefix.
    pub fn links(&self, place: Place) -> impl Iterator<Item = (&'static CommandName, String)> {
        self.recipe.links.iter().map(move |(name, path)| (name, self.fill(path, place)))
    }

    /// What a command of one of these names is started with, filled in. `None` where no recipe
    /// speaks of it: to be started with nothing, under its own path, is something, too.
    pub fn wrapper(&self, names: &[&str], place: Place) -> Option<Wrapper> {
        let is_meant = |pattern: &str| names.iter().any(|name| fits(&self.fill(pattern, place), name));
        let mut meant = self.recipe.commands.iter().filter(|(pattern, _)| is_meant(pattern)).peekable();
        meant.peek()?;
        let mut whole = Wrapper::default();
        for (_, wrapper) in meant {
            whole.arguments.extend(wrapper.arguments.iter().map(|text| self.fill(text, place)));
            for (values, filled) in [
                (&wrapper.set, &mut whole.set),
                (&wrapper.default, &mut whole.default),
                (&wrapper.append, &mut whole.append),
            ] {
                // Where there are no certificates, they are not mentioned.
                let is_known = |value: &str| place.certificates.is_some() || !value.contains("{certificates}");
                let known = values.iter().filter(|(_, value)| is_known(value));
                filled.extend(known.map(|(name, value)| (name.clone(), self.fill(value, place))));
            }
        }
        Some(whole)
    }

    /// The variables of the dev shell.
    pub fn environment(&self, place: Place) -> impl Iterator<Item = (&'static VarName, String)> {
        self.recipe.environment.iter().map(move |(name, value)| (name, self.fill(value, place)))
    }

    /// A text with its placeholders replaced.
    pub fn fill(&self, text: &str, place: Place) -> String {
        let triplet = place.triplet();
        let text = text.replace("{version}", &self.version).replace("{gnu}", &triplet.replace('_', "-"));
        let text = text.replace("{triplet}", &triplet).replace("{arch}", place.platform.debian_arch());
        text.replace("{certificates}", place.certificates.unwrap_or_default()).replace("{prefix}", place.prefix)
    }

    fn versioned(&self, texts: &[String]) -> Vec<String> {
        texts.iter().map(|text| text.replace("{version}", &self.version)).collect()
    }
}

#[cfg(test)]
impl Found {
    /// One that is in no file.
    pub fn of(json: &str, version: &str) -> Self {
        Self { recipe: Box::leak(Box::new(serde_json::from_str(json).unwrap())), version: version.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: Place<'static> =
        Place { prefix: "/p", certificates: Some("/c.pem"), platform: Platform::Aarch64LinuxMusl };

    #[test]
    fn every_recipe_is_usable() {
        for (name, recipe) in &RECIPES.by_package {
            assert!(!recipe.about.is_empty(), "{name}");
            let found = find(&name.replace('*', "1").replace("{gnu}", GNU[0])).unwrap();
            assert_eq!(found.recipe.about, recipe.about, "{name}");
            for command in recipe.commands.keys() {
                let filled = format!("{:?}", found.wrapper(&[command], PLACE));
                assert!(
                    !["{prefix}", "{version}", "{triplet}", "{arch}"].iter().any(|it| filled.contains(it)),
                    "{name}"
                );
            }
            for path in recipe.links.values().chain(&recipe.bin) {
                assert!(!path.starts_with('/'), "{name}: {path} is a path of a system");
            }
            let starts =
                recipe.starts.as_deref().map(|starts| find(starts).and_then(|found| found.wrapper(&[starts], PLACE)));
            assert!(starts.is_none_or(|wrapper| wrapper.is_some()), "{name}");
            // A package that is needed and pruned is a contradiction, but for those that people want for themselves.
            let is_wanted = name == "base-files";
            assert!(is_wanted || !recipe.with.iter().any(|package| is_pruned(package)), "{name}");
        }
    }

    #[test]
    fn patterns_say_what_they_stood_for() {
        for (pattern, name, expected) in [
            ("jq", "jq", Some("")),
            ("jq", "jqx", None),
            ("postgresql-*", "postgresql-15", Some("15")),
            ("postgresql-*", "postgresql-common", None),
            ("openjdk-*-jdk", "openjdk-17-jdk", Some("17")),
            ("openjdk-*-jdk", "openjdk-17-jdk-headless", None),
            ("python3.*", "python3.13", Some("13")),
            ("python3.*", "python3.13-minimal", None),
            ("gcc-*-{gnu}", "gcc-14-x86-64-linux-gnu", Some("14")),
            ("gcc-{gnu}", "gcc-aarch64-linux-gnu", Some("")),
        ] {
            assert_eq!(version_in(pattern, name), expected, "{pattern} {name}");
        }
        for (pattern, name, expected) in [("*", "x", true), ("ld.*", "ld.gold", true), ("ld.*", "ld", false)] {
            assert_eq!(fits(pattern, name), expected, "{pattern} {name}");
        }
    }

    #[test]
    fn what_a_command_is_started_with_is_filled_in() {
        let found = Found::of(
            r#"{ "commands": {
                "*": { "set": { "A": "{prefix}/{triplet}" }, "default": { "C": "{certificates}" } },
                "x-{version}": { "arguments": ["{arch}", "{gnu}"] }
            } }"#,
            "3",
        );
        let wrapper = found.wrapper(&["x-3"], PLACE).unwrap();
        assert_eq!(wrapper.arguments, ["arm64", "aarch64-linux-gnu"]);
        assert_eq!(wrapper.set.into_values().collect::<Vec<_>>(), ["/p/aarch64-linux-gnu"]);
        assert_eq!(wrapper.default.into_values().collect::<Vec<_>>(), ["/c.pem"]);
        let bare = found.wrapper(&["y"], Place { certificates: None, ..PLACE }).unwrap();
        assert!(bare.arguments.is_empty() && bare.default.is_empty() && !bare.set.is_empty());
        assert!(find("no-such-package").is_none());
    }
}
