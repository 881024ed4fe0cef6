//! `nix` in the manifest: the dev shell of a flake, or of a file such as `shell.nix`, that an environment begins with.

use std::fmt;
use std::ops::Range;

use jsonc_parser::ast::{Object, Value};
use jsonc_parser::common::Ranged as _;

use super::shape::Decoder;

pub(super) const NIX_KEYS: &[&str] = &["flake", "attr", "file", "impure", "hook", "watch"];

/// The manifest of a project that has no `devshell.json`, but a dev shell for Nix.
pub const IMPLIED: &str = "{ \"nix\": true }\n";

/// The files that may have a dev shell, in the order in which they are looked for.
pub const NIX_FILES: [&str; 3] = ["flake.nix", "shell.nix", "default.nix"];

/// That of them which is there for a dev shell: a default.nix is mostly a package.
pub fn nix_shell_file(is_there: impl Fn(&str) -> bool) -> Option<&'static str> {
    NIX_FILES.into_iter().take(2).find(|file| is_there(file))
}

/// A dev shell that Nix makes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nix {
    pub place: NixPlace,
    /// The attribute that is the dev shell, if it is not the usual one.
    pub attribute: Option<String>,
    /// Whether its evaluation may look at the machine.
    pub impure: bool,
    /// Whether its `shellHook` runs.
    pub hook: bool,
    /// Files beside those that are found, whose change makes another dev shell.
    pub watch: Vec<String>,
    /// Where it is in the manifest, in bytes, and the line, counted from 1.
    pub range: Range<usize>,
    pub line: usize,
}

/// What has the dev shell. Paths begin in the manifest's directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NixPlace {
    /// The first of `NIX_FILES` that is there.
    Usual,
    /// The directory of a `flake.nix`; empty for the manifest's own.
    Flake(String),
    /// Another file of Nix.
    File(String),
}

/// As the command line of Nix has it: `.#ci`, `./web`, `shell.nix`.
impl fmt::Display for Nix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            NixPlace::Usual => f.write_str(".")?,
            NixPlace::Flake(directory) if directory.is_empty() => f.write_str(".")?,
            NixPlace::Flake(directory) => write!(f, "./{directory}")?,
            NixPlace::File(file) => f.write_str(file)?,
        }
        self.attribute.as_ref().map_or(Ok(()), |attribute| write!(f, "#{attribute}"))
    }
}

impl Decoder<'_> {
    /// `nix` of an environment, if it has that.
    pub(super) fn nix(&mut self, object: &Object) -> Option<Nix> {
        let property = object.get("nix")?;
        let mut nix = Nix {
            place: NixPlace::Usual,
            attribute: None,
            impure: false,
            hook: true,
            watch: Vec::new(),
            range: property.value.start()..property.value.end(),
            line: self.line(&property.name),
        };
        match &property.value {
            Value::BooleanLit(literal) if literal.value => {}
            value @ Value::StringLit(_) => {
                let text = self.string(value, "a flake")?;
                (nix.place, nix.attribute) = self.flake(value, &text)?;
            }
            value @ Value::Object(_) => self.nix_object(value, &mut nix)?,
            value => {
                let help = "write true, \".#NAME\", or { \"file\": \"shell.nix\" }".to_owned();
                self.at(value, "`nix` is true, a flake in quotes, or an object", help);
                return None;
            }
        }
        Some(nix)
    }

    fn nix_object(&mut self, value: &Value, nix: &mut Nix) -> Option<()> {
        let object = self.object(value, "`nix`", NIX_KEYS)?;
        if let (Some(file), Some(_)) = (object.get("file"), object.get("flake")) {
            self.at(&file.name, "`nix` has a flake and a file", "take one of the two out".to_owned());
        }
        if let Some(property) = object.get("flake") {
            let text = self.string(&property.value, "a flake")?;
            (nix.place, nix.attribute) = self.flake(&property.value, &text)?;
        }
        if let Some(property) = object.get("file") {
            nix.place = NixPlace::File(self.own_path(&property.value)?);
        }
        if let Some(property) = object.get("attr") {
            let attribute = self.string(&property.value, "an attribute")?;
            nix.attribute = Some(self.attribute(&property.value, attribute)?);
        }
        if let Some(property) = object.get("watch") {
            let elements = self.array(&property.value, "a list of paths")?;
            nix.watch = elements.iter().filter_map(|element| self.own_path(element)).collect();
        }
        let flag = |decoder: &mut Self, name, usual| {
            object.get(name).and_then(|property| decoder.boolean(&property.value)).unwrap_or(usual)
        };
        nix.impure = flag(self, "impure", nix.impure);
        nix.hook = flag(self, "hook", nix.hook);
        Some(())
    }

    /// A flake of the project, with the attribute after its `#`.
    fn flake(&mut self, value: &Value, text: &str) -> Option<(NixPlace, Option<String>)> {
        let (place, attribute) = text.split_once('#').map_or((text, None), |(place, name)| (place, Some(name)));
        let directory = place.strip_prefix("./").or_else(|| place.strip_prefix('.').filter(|rest| rest.is_empty()));
        let is_inside = |path: &&str| path.is_empty() || path.split('/').all(|part| !matches!(part, "" | "." | ".."));
        let Some(directory) = directory.map(|path| path.trim_end_matches('/')).filter(is_inside) else {
            let help =
                "write \".\" for the flake beside the manifest, \"./DIRECTORY\" for one below it, and \".#NAME\" \
                        for one of its dev shells"
                    .to_owned();
            self.at(value, format!("`{text}` is not a flake of this project"), help);
            return None;
        };
        let attribute = attribute.filter(|attribute| !attribute.is_empty());
        let attribute = attribute.map(|attribute| self.attribute(value, attribute.to_owned()));
        Some((NixPlace::Flake(directory.to_owned()), attribute.map_or(Some(None), |one| one.map(Some))?))
    }

    fn attribute(&mut self, value: &Value, text: String) -> Option<String> {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "._-'\"".contains(c);
        if !text.is_empty() && !text.starts_with('-') && text.chars().all(is_plain) {
            return Some(text);
        }
        self.at(value, format!("`{text}` is not an attribute, such as \"ci\""), None);
        None
    }

    /// A path from the manifest's directory that stays in it.
    fn own_path(&mut self, value: &Value) -> Option<String> {
        let path = self.string(value, "a path")?;
        let path = path.trim_start_matches("./").to_owned();
        if !path.starts_with('/') && path.split('/').all(|part| !matches!(part, "" | "." | "..")) {
            return Some(path);
        }
        let help = "write a path from the manifest's directory, such as \"shell.nix\"".to_owned();
        self.at(value, format!("`{path}` leads out of the project"), help);
        None
    }
}

#[cfg(test)]
mod tests {
    use super::super::{parse, position};
    use super::*;

    #[test]
    fn a_dev_shell_of_nix_is_named_in_four_ways() {
        for (text, shown, rest) in [
            ("true", ".", (false, true, 0)),
            ("\".\"", ".", (false, true, 0)),
            ("\".#ci\"", ".#ci", (false, true, 0)),
            ("\"./web#ci\"", "./web#ci", (false, true, 0)),
            (r#"{ "attr": "ci", "impure": true }"#, ".#ci", (true, true, 0)),
            (
                r#"{ "file": "./nix/shell.nix", "hook": false, "watch": ["a", "b/c"] }"#,
                "nix/shell.nix",
                (false, false, 2),
            ),
            (r#"{ "flake": "./web", "attr": "ci" }"#, "./web#ci", (false, true, 0)),
        ] {
            let manifest = parse("devshell.json", &format!("{{\n \"nix\": {text} }}")).unwrap();
            let nix = manifest.default.nix.unwrap();
            assert_eq!((nix.to_string().as_str(), nix.line), (shown, 2), "{text}");
            assert_eq!((nix.impure, nix.hook, nix.watch.len()), rest, "{text}");
        }
        assert_eq!(parse("devshell.json", IMPLIED).unwrap().default.nix.unwrap().place, NixPlace::Usual);
    }

    #[test]
    fn an_environment_may_have_another_one() {
        let text = r#"{ "nix": true, "environments": { "ci": { "nix": ".#ci" }, "docs": {} } }"#;
        let manifest = parse("devshell.json", text).unwrap();
        let of = |name: &str| manifest.select(&[name.to_owned()]).unwrap().nix.unwrap().to_string();
        assert_eq!([of("ci"), of("docs")], [".#ci", "."]);
    }

    #[test]
    fn mistakes_have_places() {
        for (text, expected) in [
            ("false", "1:10 `nix` is true, a flake in quotes, or an object"),
            ("1", "1:10 `nix` is true, a flake in quotes, or an object"),
            ("\"nixpkgs#hello\"", "1:10 `nixpkgs#hello` is not a flake of this project"),
            ("\"../up\"", "1:10 `../up` is not a flake of this project"),
            ("\"./a/../../b\"", "1:10 `./a/../../b` is not a flake of this project"),
            ("\".#a b\"", "1:10 `a b` is not an attribute"),
            (r#"{ "attr": "--impure" }"#, "1:20 `--impure` is not an attribute"),
            (r#"{ "file": "/etc/shell.nix" }"#, "1:20 `/etc/shell.nix` leads out of the project"),
            (r#"{ "file": "shell.nix", "flake": "." }"#, "1:12 `nix` has a flake and a file"),
            (r#"{ "attribute": "x" }"#, "1:12 unknown key `attribute`"),
        ] {
            let text = format!("{{ \"nix\": {text} }}");
            let problems = parse("devshell.json", &text).unwrap_err();
            let (line, column) = position(&text, problems.list[0].range.start);
            let shown = format!("{line}:{column} {}", problems.list[0].message);
            assert!(shown.starts_with(expected), "{shown}");
        }
    }
}
