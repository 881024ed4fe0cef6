//! What messages about forges say.

use super::super::Words;
use crate::name::SourceLabel;

const fn forge(asks: &'static str, unknown: &'static str) -> Words {
    Words { asks, kind: "forge", unknown, credentials: LOGIN }
}

const LOGIN: &str = "write a login for its host into `.netrc`";

const GITHUB: Words =
    forge("GitHub", "check the name; a private repository needs a token that may read it, such as in GH_TOKEN");
const GITLAB: Words =
    forge("GitLab", "check the name; a private repository needs a token that may read it, such as in GITLAB_TOKEN");
const CODEBERG: Words =
    forge("Codeberg", "check the name; a private repository needs a token that may read it, such as in FORGEJO_TOKEN");

/// The words about a forge.
pub const fn words(label: SourceLabel) -> &'static Words {
    match label {
        SourceLabel::Codeberg => &CODEBERG,
        SourceLabel::Gitlab => &GITLAB,
        _ => &GITHUB,
    }
}
