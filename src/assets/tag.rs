//! Which of a repository's tags are versions: those with the prefix that most of its newest ones have (`v`, `jq-`,
//! `kustomize/v`, `@yarnpkg/cli/`).

use super::file::plain;
use crate::version::is_stage;

/// How many of the newest tags are looked at.
pub const NEWEST: usize = 30;

/// The longest tag that can be one of a version, in bytes.
const LONGEST: usize = 255;

/// Nothing says which of a repository's tags are its versions.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", said(prefixes))]
pub struct Unclear {
    /// Those that there are, with that of the newest tag first; none if no tag is a version.
    pub prefixes: Vec<String>,
}

fn said(prefixes: &[String]) -> String {
    let listed = prefixes.iter().map(|prefix| format!("`{prefix}`")).collect::<Vec<_>>().join(", ");
    match prefixes {
        [] => "none of the newest tags is a version".to_owned(),
        _ => format!("the newest tags are versions of several products, with the prefixes {listed}"),
    }
}

/// The tags that begin alike.
struct Group<'a> {
    /// The prefix of the newest of them.
    prefix: &'a str,
    count: usize,
}

/// The prefix of the tags that are versions of the repository's tool; `tags` has the newest first. If there are several,
/// it is the one that is the repository's name, unless hardly any tag has it, else the one that names no product, else
/// the one of nearly all. A `v` makes no other product: of `v2.4.0` and `1.29.0`, both are versions, and the prefix is
/// that of the newest.
pub fn prefix<'a>(tags: &[&'a str], repository: &str) -> Result<&'a str, Unclear> {
    let mut groups: Vec<Group<'a>> = Vec::new();
    for prefix in tags.iter().take(NEWEST).filter_map(|tag| split(tag)).map(|(prefix, _)| prefix) {
        match groups.iter_mut().find(|group| without_mark(group.prefix) == without_mark(prefix)) {
            Some(group) => group.count += 1,
            None => groups.push(Group { prefix, count: 1 }),
        }
    }
    let of_product = |wanted: &str| {
        let groups = groups.iter().filter(|group| product(group.prefix) == wanted);
        groups.rev().max_by_key(|group| group.count)
    };
    let all: usize = groups.iter().map(|group| group.count).sum();
    let nearly_all = groups.iter().find(|group| group.count * 4 >= all * 3);
    let own = of_product(&plain(repository));
    // A chart of the tool has the repository's name too, and a release now and then.
    own.filter(|own| own.count * 5 >= all)
        .or_else(|| of_product(""))
        .or_else(|| own.xor(nearly_all))
        .map(|group| group.prefix)
        .ok_or_else(|| Unclear { prefixes: groups.iter().map(|group| group.prefix.to_owned()).collect() })
}

/// The version that a tag with this prefix is, whether the prefix has a `v` at its end or not.
pub fn version_of<'a>(tag: &'a str, prefix: &str) -> Option<&'a str> {
    let stem = without_mark(prefix);
    let rest = tag.strip_prefix(stem)?;
    let version = if is_apart(stem) { rest.strip_prefix(MARKS).unwrap_or(rest) } else { rest };
    (tag.len() <= LONGEST && is_version(version)).then_some(version)
}

/// What only says that a version follows.
const MARKS: [char; 2] = ['v', 'V'];

/// A prefix without the `v` of the version.
fn without_mark(prefix: &str) -> &str {
    prefix.strip_suffix(MARKS).filter(|stem| is_apart(stem)).unwrap_or(prefix)
}

/// Whether what follows this text begins a word.
fn is_apart(text: &str) -> bool {
    text.is_empty() || text.ends_with(|c: char| "-_/@+ ".contains(c))
}

/// A tag as a prefix and a version. The version begins after a separator or a `v`; else, as in `go1.22` and `b6123`,
/// with the first digit that a version can begin with.
fn split(tag: &str) -> Option<(&str, &str)> {
    if tag.len() > LONGEST {
        return None;
    }
    let starts = || tag.char_indices().filter(|(_, c)| c.is_ascii_digit()).map(|(index, _)| index);
    let is_start = |index: &usize| is_version(&tag[*index..]) && !tag[..*index].ends_with(|c: char| c.is_ascii_digit());
    let is_clear = |index: &usize| {
        let before = &tag[..*index];
        is_apart(before.strip_suffix(MARKS).unwrap_or(before))
    };
    let found = starts().filter(is_start).find(is_clear).or_else(|| starts().find(is_start))?;
    Some(tag.split_at(found))
}

/// The product that a prefix names, without what only says that a version follows.
fn product(prefix: &str) -> String {
    let words = plain(prefix);
    let words: Vec<&str> = words.split('-').collect();
    let is_mark = |word: &&str| ["v", "r", "b", "ver", "version", "release", "rel", "stable", "tag", ""].contains(word);
    let end = words.iter().rposition(|word| !is_mark(word)).map_or(0, |last| last + 1);
    let begin = words[..end].iter().position(|word| !is_mark(word)).unwrap_or(end);
    words[begin..end].join("-")
}

/// Whether a text is a version: numbers with dots, dashes or underscores between them, then maybe the name of a
/// pre-release or of a build.
fn is_version(text: &str) -> bool {
    let end = text.find(|c: char| !c.is_ascii_digit() && !"._".contains(c)).unwrap_or(text.len());
    let (numbers, rest) = text.split_at(end);
    let is_numbered = numbers.starts_with(|c: char| c.is_ascii_digit()) && !numbers.contains("..");
    let rest_is_plain = rest.chars().all(|c| c.is_ascii_alphanumeric() || ".-+~_".contains(c));
    let letters = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
    is_numbered && rest_is_plain && (letters <= 1 || is_stage(&rest[..letters]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_prefix_of_most_tags_is_found() {
        for (tags, repository, expected) in [
            (&["v2.1.0", "v2.0.0-rc.1", "nightly", "v1.9.9"][..], "tool", Ok("v")),
            (&["1.2", "1.1", "1.0.1"], "tool", Ok("")),
            (&["jq-1.8.1", "jq-1.7rc2", "jq-1.6"], "jq", Ok("jq-")),
            (&["bun-v1.3.0", "canary", "bun-v1.2.9"], "bun", Ok("bun-v")),
            (&["cli-v3.1.0", "cli-v3.0.9"], "something", Ok("cli-v")),
            (&["rust-1.2", "rust-1.1"], "other", Ok("rust-")),
            (&["apps_v1.20.1", "apps_v1.20.0"], "kubernetes-dashboard", Ok("apps_v")),
            (&["@yarnpkg/cli/4.10.3", "@yarnpkg/core/4.4.3", "@yarnpkg/cli/4.10.2"], "cli", Err(())),
            (&["@yarnpkg/cli/4.10.3", "@yarnpkg/cli/4.10.2"], "berry", Ok("@yarnpkg/cli/")),
            (&["tool@1.2.0", "lib@9.0.0", "lib@8.0.0", "lib@7.0.0"], "tool", Ok("tool@")),
            (&["r45", "r44"], "tool", Ok("r")),
            (&["b6123", "b6122"], "llama.cpp", Ok("b")),
            (&["go1.22.1", "go1.23rc1"], "go", Ok("go")),
            (&["log4j-2.17.1", "log4j-2.17.0"], "logging", Ok("log4j-")),
            (&["h2-1.0", "h2-0.9"], "h2", Ok("h2-")),
            (&["release-2024-01-05", "release-2023-12-01"], "tool", Ok("release-")),
            (
                &["kustomize/v5.6.0", "api/v0.19.0", "kyaml/v0.19.0", "cmd/config/v0.19.0"],
                "kustomize",
                Ok("kustomize/v"),
            ),
            (&["api/v0.19.0", "v1.2.0", "api/v0.18.0", "v1.1.0"], "tool", Ok("v")),
            (&["v2.0.0", "v1.1.0", "1.0.0"], "tool", Ok("v")),
            (&["v2.4.0", "1.29.0", "1.28.0", "1.27.0"], "tool", Ok("v")),
            (&["2.4.0", "V1.29.0", "v1.28.0", "api/v9.0.0"], "tool", Ok("")),
            (&["tool-v2.4.0", "tool-1.29.0", "api-1.0", "api-0.9"], "tool", Ok("tool-v")),
            (&["tool-0.3.0", "v1.9", "v1.8", "v1.7", "v1.6", "v1.5", "v1.4", "v1.3", "v1.2", "v1.1"], "tool", Ok("v")),
            (&["tool-0.3.0", "cli-1.4", "cli-1.3", "cli-1.2", "cli-1.1", "cli-1.0"], "tool", Err(())),
            (&["tool/v1", "api/v4", "lib/v4", "api/v3", "lib/v3", "api/v2", "lib/v2"], "tool", Ok("tool/v")),
            (&["tool-0.3.0", "v1.4", "v1.3", "v1.2", "v1.1"], "tool", Ok("tool-")),
            (&["cli-v1.0.0", "sdk-v2.0.0"], "tool", Err(())),
            (&["nightly", "latest"], "tool", Err(())),
            (&[], "tool", Err(())),
        ] {
            assert_eq!(prefix(tags, repository).map_err(|_| ()), expected, "{tags:?}");
        }
        let unclear = prefix(&["cli-v1.0.0", "sdk-v2.0.0"], "tool").unwrap_err().to_string();
        assert!(unclear.ends_with("the prefixes `cli-v`, `sdk-v`"), "{unclear}");
        assert_eq!(prefix(&["stable"], "tool").unwrap_err().to_string(), "none of the newest tags is a version");
    }

    #[test]
    fn only_a_version_is_left_of_a_tag() {
        for (tag, prefix, expected) in [
            ("v1.2.3", "v", Some("1.2.3")),
            ("v1.2.3-rc.1+build5", "v", Some("1.2.3-rc.1+build5")),
            ("v1.28.3+k3s1", "v", Some("1.28.3+k3s1")),
            ("1.2.3", "v", Some("1.2.3")),
            ("V1.2.3", "", Some("1.2.3")),
            ("tool-v1.2.3", "tool-", Some("1.2.3")),
            ("tool-1.2.3", "tool-v", Some("1.2.3")),
            ("bv1.2.3", "b", None),
            ("dev1.2.3", "dev", Some("1.2.3")),
            ("api-1.2.3", "v", None),
            ("2_6_4", "", Some("2_6_4")),
            ("5.6.0.GA", "", Some("5.6.0.GA")),
            ("5.6.0.SP1", "", Some("5.6.0.SP1")),
            ("vnext", "v", None),
            ("v1", "v", Some("1")),
            ("jq-1.7rc2", "jq-", Some("1.7rc2")),
            ("openssl-1.1.1w", "openssl-", Some("1.1.1w")),
            ("tool-1.2/x", "tool-", None),
            ("api/v1", "v", None),
            ("v1..2", "v", None),
            ("v2fast", "v", None),
        ] {
            assert_eq!(version_of(tag, prefix), expected, "{tag}");
        }
    }
}
