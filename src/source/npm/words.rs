//! What messages about npm's registry say.

use super::super::Words;

pub const WORDS: Words = Words {
    asks: "the npm registry",
    kind: "registry",
    unknown: "check the spelling, and the registry in `.npmrc`",
    credentials: "the registry wants credentials: a token in `.npmrc`",
};
