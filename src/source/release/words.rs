//! What messages about forges say.

use super::super::Words;
use crate::name::SourceLabel;

const UNKNOWN: &str = "check the name; files of private repositories cannot be downloaded";

const fn forge(asks: &'static str, credentials: &'static str) -> Words {
    Words { asks, kind: "forge", unknown: UNKNOWN, credentials }
}

const LOGIN: &str = "write a login for its host into `.netrc`";

const GITHUB: Words = forge("GitHub", LOGIN);
const GITLAB: Words = forge("GitLab", LOGIN);
const CODEBERG: Words = forge("Codeberg", LOGIN);

/// The words about a forge.
pub const fn words(label: SourceLabel) -> &'static Words {
    match label {
        SourceLabel::Codeberg => &CODEBERG,
        SourceLabel::Gitlab => &GITLAB,
        _ => &GITHUB,
    }
}
