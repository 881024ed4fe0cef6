//! Templates of a download, filled in: texts, addresses and paths.

use std::collections::BTreeMap;

use jsonc_parser::ast::Value;
use url::Url;

use super::download::{BadTemplate, LONGEST, fill};
use super::shape::Decoder;
use crate::hint::nearest;
use crate::name::{CommandName, InsidePath};

/// A text with placeholders, and where it is.
pub type Template<'v, 'a> = (&'v Value<'a>, String);

/// What a template may hold; `{url}` only where there is an address already.
const PLACEHOLDERS: &[&str] = &["version", "os", "arch", "libc", "target"];

impl Decoder<'_> {
    pub(super) fn filled_paths(
        &mut self,
        paths: &[(CommandName, Template)],
        meaning: &dyn Fn(&str) -> Option<String>,
    ) -> BTreeMap<CommandName, InsidePath> {
        let mut filled = BTreeMap::new();
        for (command, (place, template)) in paths {
            let Some(text) = self.filled(place, template, meaning) else { continue };
            match text.parse::<InsidePath>() {
                Ok(path) => {
                    filled.insert(command.clone(), path);
                }
                Err(error) => {
                    self.once(place, error.to_string(), "a path below the archive's root, such as `bin/tool`");
                }
            }
        }
        filled
    }

    pub(super) fn filled(
        &mut self,
        place: &Value,
        template: &str,
        meaning: &dyn Fn(&str) -> Option<String>,
    ) -> Option<String> {
        fill(template, meaning).map_err(|error| self.bad_template(place, &error, PLACEHOLDERS)).ok()
    }

    /// Says what is wrong with a text that has placeholders, and which there are.
    pub(super) fn bad_template(&mut self, place: &Value, error: &BadTemplate, known: &[&str]) {
        match error {
            BadTemplate::Open => self.once(place, "`{` without its `}`", "write `{version}`, `{os}`, `{arch}`"),
            BadTemplate::Unknown(word) => {
                let help = nearest(word, known.iter().copied()).map_or_else(
                    || {
                        let list = known.iter().map(|word| format!("`{{{word}}}`")).collect::<Vec<_>>().join(", ");
                        let more = if known == PLACEHOLDERS { "; `checksums` has `{url}` too" } else { "" };
                        format!("there are {list}{more}")
                    },
                    |near| format!("did you mean `{{{near}}}`?"),
                );
                self.once(place, format!("`{{{word}}}` has no meaning here"), &help);
            }
            BadTemplate::Long => {
                let message = format!("with its placeholders filled in, it has more than {LONGEST} bytes");
                self.once(place, message, "write less");
            }
        }
    }

    pub(super) fn address(
        &mut self,
        place: &Value,
        template: &str,
        meaning: &dyn Fn(&str) -> Option<String>,
    ) -> Option<Url> {
        let text = self.filled(place, template, meaning)?;
        match Url::parse(&text) {
            Ok(url) if matches!(url.scheme(), "http" | "https") => {
                if !url.username().is_empty() || url.password().is_some() {
                    self.once(place, "a manifest is no place for a password", "publish the file where it needs none");
                    return None;
                }
                Some(url)
            }
            _ => {
                self.once(place, format!("`{text}` is not an http or https URL"), "write the whole address");
                None
            }
        }
    }
}
