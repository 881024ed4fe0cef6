//! The address of a registry, and whose settings name it: that decides which of the user's secrets may go there.

use url::Url;

/// Whose settings name an address. It decides which secrets of the user's may go there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NamedBy {
    /// The user's own: `config.json`, variables, the settings of npm, pip, uv and apt in the user's directories and
    /// of the machine.
    User,
    /// Those of the repository: the manifest, and the `.npmrc` beside it.
    Project,
}

/// The address of a registry, and whose settings name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    pub url: Url,
    pub named_by: NamedBy,
}

impl Address {
    pub const fn of_user(url: Url) -> Self {
        Self { url, named_by: NamedBy::User }
    }

    pub const fn of_project(url: Url) -> Self {
        Self { url, named_by: NamedBy::Project }
    }
}

/// A text that should be an address, as messages show it: without the user and password it may hold.
pub fn shown_text(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("//") else { return text.to_owned() };
    let server = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    match rest[..server].rfind('@') {
        Some(at) => format!("{scheme}//{}", &rest[at + 1..]),
        None => text.to_owned(),
    }
}

/// An address that a registry may have.
pub(super) fn http_url(text: &str) -> Option<Url> {
    Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"))
}
