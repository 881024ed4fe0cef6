//! What messages about forges say.

use super::super::Words;
use crate::name::SourceLabel;

const UNKNOWN: &str = "check the name; for a private repository, devshell needs a token of yours";

const fn forge(asks: &'static str, credentials: &'static str) -> Words {
    Words { asks, kind: "forge", unknown: UNKNOWN, credentials }
}

const GITHUB: Words = forge("GitHub", "set GH_TOKEN to a token that may read the repository");
const GITLAB: Words = forge("GitLab", "set GITLAB_TOKEN to a token that may read the repository");
const CODEBERG: Words = forge("Codeberg", "write a login for its host into `.netrc`");

/// The words about a forge.
pub const fn words(label: SourceLabel) -> &'static Words {
    match label {
        SourceLabel::Codeberg => &CODEBERG,
        SourceLabel::Gitlab => &GITLAB,
        _ => &GITHUB,
    }
}
