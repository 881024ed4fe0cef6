//! The lines of a requirements file ("Requirements file format" of pip), each parsed once into
//! what it asks for. An option that builds a package, reaches out or names a place is refused:
//! what devshell hands to uv is made from what is parsed here.

/// A line, and its number counted from 1. Of a line that goes on it is the first one's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    pub number: usize,
    pub line: Line,
}

/// What a line says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// A package by its name (PEP 508), and the hashes that are given for it.
    Requirement {
        text: String,
        hashes: Vec<String>,
    },
    /// Another file.
    Reference {
        is_constraint: bool,
        path: String,
    },
    /// The address of an index.
    Index(String),
    /// An option that changes nothing for devshell.
    Idle,
    Refused(Refused),
}

/// Why a line, or a part of a file, is not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    pub message: String,
    pub help: Option<String>,
}

impl Refused {
    pub(super) fn new(message: impl Into<String>, help: &str) -> Self {
        Self { message: message.into(), help: Some(help.to_owned()) }
    }
}

/// What is not from an index.
const FOREIGN: &str = "devshell installs only what an index has, and checks it against a hash";
const NO_DIRECTORY: &str = "take it out; the project itself is importable without being listed";
const NO_ADDRESS: &str = "ask for it by its name, and say in `registries` of the manifest which index has it";

/// The lines that say something.
pub fn lines(text: &str) -> Vec<Placed> {
    let logical = logical_lines(text.trim_start_matches('\u{feff}'));
    logical.into_iter().map(|(number, text)| Placed { number, line: parse(&text) }).collect()
}

/// Lines without comments, joined where one ends in a backslash.
fn logical_lines(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut current: Option<(usize, String)> = None;
    for (index, line) in text.lines().enumerate() {
        let (start, mut joined) = current.take().unwrap_or((index + 1, String::new()));
        let is_comment = line.trim_start().starts_with('#');
        match line.strip_suffix('\\').filter(|_| !is_comment) {
            Some(part) => {
                joined.push_str(part);
                joined.push(' ');
                current = Some((start, joined));
                continue;
            }
            None if !is_comment => joined.push_str(line),
            None => {}
        }
        found.push((start, joined));
    }
    found.extend(current);
    let without_comment = |(number, text): (usize, String)| {
        let is_comment = |at: &usize| *at == 0 || text.as_bytes()[at - 1].is_ascii_whitespace();
        let end = text.match_indices('#').map(|(at, _)| at).find(is_comment).unwrap_or(text.len());
        (number, text[..end].trim().to_owned())
    };
    found.into_iter().map(without_comment).filter(|(_, text)| !text.is_empty()).collect()
}

fn parse(text: &str) -> Line {
    if let Some(refused) = unfit(text) {
        return Line::Refused(refused);
    }
    if text.starts_with('-') { option(text) } else { requirement(text) }
}

/// What may be in no text: a variable, which uv would fill in, and what no line consists of.
pub(super) fn unfit(text: &str) -> Option<Refused> {
    if text.contains("${") {
        let help = "write the value itself; a login belongs in your own settings or in `.netrc`";
        return Some(Refused::new("`${` asks for the value of a variable, and a repository's file gets none", help));
    }
    let is_foreign = |c: char| c.is_control() && c != '\t';
    text.contains(is_foreign).then(|| Refused::new("a control character is in it", "retype the line as plain text"))
}

/// An option with its value.
fn option(text: &str) -> Line {
    let end = text.find([' ', '\t', '=']).unwrap_or(text.len());
    let (name, value) = (&text[..end], text[end..].trim_start_matches(['=', ' ', '\t']).trim());
    let refused = |help: &str| Line::Refused(Refused::new(format!("devshell does not take the option `{name}`"), help));
    match name {
        "-r" | "--requirement" | "-c" | "--constraint" if value.is_empty() => refused("name a file after it"),
        "-r" | "--requirement" | "-c" | "--constraint" => reference(name, value),
        "-i" | "--index-url" | "--extra-index-url" if !value.is_empty() => Line::Index(value.to_owned()),
        "--pre" | "--prefer-binary" | "--require-hashes" | "--use-feature" => Line::Idle,
        "-e" | "--editable" => Line::Refused(foreign(value)),
        "--no-binary" => {
            refused("say in the manifest what may be built: \"python\": { …, \"allow-build\": [\"PACKAGE\"] }")
        }
        "--only-binary" => refused("take it out: only wheels are installed, but for `allow-build` of the manifest"),
        "-f" | "--find-links" | "-i" | "--index-url" | "--extra-index-url" | "--no-index" => {
            refused("say in the manifest which index to ask: \"registries\": { \"pypi\": \"https://…/simple\" }")
        }
        "--trusted-host" => refused("take it out; UV_INSECURE_HOST is for you to set"),
        _ => refused("take it out"),
    }
}

fn reference(option: &str, path: &str) -> Line {
    if path.contains("://") || path.starts_with("file:") {
        let message = format!("`{path}` is an address, and no hash says what is there");
        return Line::Refused(Refused::new(message, "put the file into the repository, and name it by its path"));
    }
    if path.starts_with(['/', '~']) {
        let message = format!("`{path}` is a path of one machine");
        return Line::Refused(Refused::new(message, "name the file by its path from this one"));
    }
    Line::Reference { is_constraint: option.starts_with("-c") || option.starts_with("--c"), path: path.to_owned() }
}

/// A requirement, and the options after it.
fn requirement(text: &str) -> Line {
    let words: Vec<&str> = text.split_whitespace().collect();
    let end = words.iter().position(|word| word.starts_with("--")).unwrap_or(words.len());
    let (wanted, options) = words.split_at(end);
    let mut hashes = Vec::new();
    let mut options = options.iter();
    while let Some(option) = options.next() {
        match option.strip_prefix("--hash") {
            Some("") => hashes.extend(options.next().map(ToString::to_string)),
            Some(hash) if hash.starts_with('=') => hashes.push(hash[1..].to_owned()),
            _ => {
                let name = option.split('=').next().unwrap_or_default();
                let message = format!("devshell does not take the option `{name}`");
                return Line::Refused(Refused::new(message, "take it out; building is the manifest's `allow-build`"));
            }
        }
    }
    let is_hash = |hash: &String| hash.chars().all(|c| c.is_ascii_alphanumeric() || c == ':');
    if let Some(hash) = hashes.iter().find(|hash| !is_hash(hash)) {
        return Line::Refused(Refused::new(format!("`{hash}` is not a hash"), "write `--hash=sha256:…`"));
    }
    let text = wanted.join(" ");
    match not_from_an_index(&text) {
        Some(refused) => Line::Refused(refused),
        None => Line::Requirement { text, hashes },
    }
}

/// Refuses a requirement that is not a name (PEP 508, "Names"), or that says where the package is.
pub(super) fn not_from_an_index(text: &str) -> Option<Refused> {
    let behind = text[package(text).len()..].trim_start();
    let behind = match behind.strip_prefix('[') {
        Some(extras) => extras.split_once(']').map_or(behind, |(_, rest)| rest.trim_start()),
        None => behind,
    };
    let is_version = behind.is_empty() || behind.starts_with(['<', '>', '=', '!', '~', ';', '(']);
    (package(text).is_empty() || !is_version).then(|| match behind.strip_prefix('@') {
        Some(place) => foreign(place.trim()),
        None => foreign(text),
    })
}

/// The name at the start of a requirement; nothing if it starts otherwise.
pub(super) fn package(text: &str) -> &str {
    let is_part = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    let name = &text[..text.find(|c: char| !is_part(c)).unwrap_or(text.len())];
    if name.starts_with(|c: char| c.is_ascii_alphanumeric()) { name } else { "" }
}

pub(super) fn foreign(place: &str) -> Refused {
    let is_address = place.contains("://") && !place.starts_with("file:");
    let (kind, help) = if is_address { ("an address", NO_ADDRESS) } else { ("a directory or a file", NO_DIRECTORY) };
    Refused::new(format!("`{place}` is {kind}: {FOREIGN}"), help)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<String> {
        let shown = |placed: Placed| match placed.line {
            Line::Requirement { text, hashes } => format!("{} {text} {hashes:?}", placed.number),
            Line::Reference { is_constraint, path } => format!("{} {is_constraint} {path}", placed.number),
            Line::Index(url) => format!("{} index {url}", placed.number),
            Line::Idle => format!("{} idle", placed.number),
            Line::Refused(refused) => format!("{} REFUSED {}", placed.number, refused.message),
        };
        lines(text).into_iter().map(shown).collect()
    }

    #[test]
    fn lines_are_joined_and_lose_their_comments() {
        let text = "\u{feff}# head\na==1 \\\n  --hash=sha256:AA \\\n  --hash sha512:bb # why\n\nb ; python_version \\\n< '3.9'\n\
                    c[x, y]>=1 # d \\\n# e\n";
        let expected = ["2 a==1 [\"sha256:AA\", \"sha512:bb\"]", "6 b ; python_version < '3.9' []", "8 c[x, y]>=1 []"];
        assert_eq!(shown(text), expected);
    }

    #[test]
    fn options_are_what_they_are() {
        let text =
            "-r base.txt\n--constraint=../c.txt\n -c\tlow.txt\n-i https://a.example/simple\n--pre\n--require-hashes\n";
        let expected = [
            "1 false base.txt",
            "2 true ../c.txt",
            "3 true low.txt",
            "4 index https://a.example/simple",
            "5 idle",
            "6 idle",
        ];
        assert_eq!(shown(text), expected);
    }

    #[test]
    fn what_builds_or_reaches_out_is_refused() {
        for line in [
            "--no-binary a",
            "--no-binary=:all:",
            "--only-binary :none:",
            "-f https://a.example/",
            "--find-links=./wheels",
            "-r https://a.example/r.txt",
            "--constraint http://a.example/c.txt",
            "-r file:///r.txt",
            "-r /etc/r.txt",
            "-rbase.txt",
            "-e .",
            "--editable=git+https://a.example/x",
            "--trusted-host a.example",
            "--no-index",
            "--hash=sha256:aa",
            "-i",
            "--index-url https://a.example/${SECRET}/",
            "a==${VERSION}",
            "a --config-settings=x=y",
            "a --global-option --foo",
            "a --hash=sha256:aa --no-binary=a",
            "a --hash=\"; touch x\"",
            "a @ https://a.example/a.whl",
            "a[b]@file:///a",
            "a@../a",
            "./a",
            "../a",
            "/a",
            "~/a",
            "a/b",
            "a.whl/",
            "https://a.example/a.whl",
            "git+ssh://git@a.example/a",
            "hg+https://a.example/a",
            "file:///a",
            "C:\\a",
            "a\u{0}b",
        ] {
            let shown = shown(&format!("ok\n{line}\n"));
            assert!(shown.len() == 2 && shown[1].starts_with("2 REFUSED "), "{line}: {shown:?}");
        }
    }

    #[test]
    fn names_of_all_kinds_are_requirements() {
        for line in [
            "a",
            "A.b_c-d",
            "a == 1",
            "a~=1.2 ; extra == 'x'",
            "a (>=1)",
            "a[b] >=1,<2",
            "a[b,c];python_version<'3'",
            "1a",
            "alpha >>> 1",
        ] {
            assert!(matches!(lines(line)[0].line, Line::Requirement { .. }), "{line}");
        }
    }
}
