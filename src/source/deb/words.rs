//! What messages about archives of Debian packages say.

use super::super::Words;

pub const WORDS: Words = Words {
    asks: "the Debian archive",
    kind: "archive",
    unknown: "check the spelling, and the archive in `registries`",
    credentials: "the archive wants credentials: a login in its address, in apt's `auth.conf` or in `.netrc`",
};
