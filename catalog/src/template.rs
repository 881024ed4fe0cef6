//! aqua's templates: Go's `text/template` with a few functions.

/// What a template can name.
#[derive(Clone, Debug, Default)]
pub struct Variables {
    pub os: String,
    pub arch: String,
    pub format: String,
    pub goos: String,
    pub goarch: String,
    pub version: String,
    pub semver: String,
    pub asset: String,
}

impl Variables {
    fn get(&self, name: &str) -> Option<String> {
        Some(match name {
            ".OS" => self.os.clone(),
            ".Arch" => self.arch.clone(),
            ".Format" => self.format.clone(),
            ".GOOS" => self.goos.clone(),
            ".GOARCH" => self.goarch.clone(),
            ".Version" => self.version.clone(),
            ".SemVer" => self.semver.clone(),
            ".Asset" => self.asset.clone(),
            ".AssetWithoutExt" => without_ending(&self.asset).to_owned(),
            _ => return None,
        })
    }
}

/// The text, or nothing if it uses what is not known here.
pub fn expand(template: &str, variables: &Variables) -> Option<String> {
    let mut text = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        let (expression, after) = after.split_once("}}")?;
        text.push_str(before);
        text.push_str(&value(expression, variables)?);
        rest = after;
    }
    text.push_str(rest);
    Some(text)
}

/// A pipeline: the value of each part is the last argument of the next.
fn value(expression: &str, variables: &Variables) -> Option<String> {
    let mut value = None;
    for part in expression.trim_matches('-').split('|') {
        let words = words(part.trim());
        let (function, arguments) = words.split_first()?;
        let argument = |word: &String| match word.strip_prefix('"') {
            Some(quoted) => Some(quoted.to_owned()),
            None => variables.get(word),
        };
        let mut arguments: Vec<String> = arguments.iter().map(argument).collect::<Option<_>>()?;
        arguments.extend(value.take());
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        value = Some(match (function.as_str(), arguments.as_slice()) {
            (name, []) if name.starts_with('.') => variables.get(name)?,
            ("trimV", [text]) => text.strip_prefix('v').unwrap_or(text).to_owned(),
            ("title", [text]) => text[..1].to_uppercase() + &text[1..],
            ("trimPrefix", [prefix, text]) => text.strip_prefix(prefix).unwrap_or(text).to_owned(),
            ("trimSuffix", [suffix, text]) => text.strip_suffix(suffix).unwrap_or(text).to_owned(),
            ("replace", [old, new, text]) => text.replace(old, new),
            _ => return None,
        });
    }
    value
}

/// The words of a part; one in quotes keeps the first of them.
fn words(part: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = part.trim_start();
    while !rest.is_empty() {
        let (word, after) = match rest.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').map_or((rest, ""), |(text, after)| (&rest[..text.len() + 1], after)),
            None => rest.split_once(' ').unwrap_or((rest, "")),
        };
        words.push(word.to_owned());
        rest = after.trim_start();
    }
    words
}

fn without_ending(asset: &str) -> &str {
    const ENDINGS: [&str; 12] =
        [".tar.gz", ".tar.xz", ".tar.zst", ".tar.bz2", ".tgz", ".txz", ".tbz", ".zip", ".gz", ".xz", ".zst", ".bz2"];
    ENDINGS.iter().find_map(|ending| asset.strip_suffix(ending)).unwrap_or(asset)
}
