//! What messages about Rust's releases say.

use super::super::Words;

pub const WORDS: Words = Words {
    asks: "the server of Rust's releases",
    kind: "server",
    unknown: "name a release, such as `1.95`, `stable` or `nightly-2026-04-16`",
    credentials: "devshell sends no credentials to a server of Rust's releases",
};
