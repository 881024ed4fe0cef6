//! Servers that count requests: whether one has had enough of them, and when it takes more.

use std::fmt;

use ureq::http::{Response, StatusCode};

/// The longest pause that is waited for, in seconds, all attempts together. After a longer one, asking is up to those
/// who wait.
const PATIENCE: u64 = 90;

/// When a server takes requests again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Again {
    /// In seconds since 1970.
    At(i64),
    /// After so many seconds.
    In(u64),
    Unknown,
}

impl Again {
    /// What a refusal says about it, if it is one because of too many requests: as GitHub and Forgejo say it ("Rate limits
    /// for the REST API"), or as GitLab does.
    pub fn of<B>(response: &Response<B>) -> Option<Self> {
        let header = |names: &[&str]| names.iter().find_map(|name| response.headers().get(*name)?.to_str().ok());
        let at = || header(&["x-ratelimit-reset", "ratelimit-reset"])?.parse().ok().map(Self::At);
        let pause = header(&["retry-after"]).and_then(|seconds| seconds.parse().ok());
        let shortest = match response.status() {
            StatusCode::FORBIDDEN => 0,
            // It may be asked again soon, which is no matter of limits.
            StatusCode::TOO_MANY_REQUESTS => PATIENCE,
            _ => return None,
        };
        if header(&["x-ratelimit-remaining", "ratelimit-remaining"]) == Some("0") {
            return Some(at().or(pause.map(Self::In)).unwrap_or(Self::Unknown));
        }
        // A refusal that says when to ask again is one of those, too.
        pause.filter(|seconds| *seconds > shortest).map(Self::In)
    }
}

impl fmt::Display for Again {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::At(seconds) => {
                let minutes = seconds.div_euclid(60);
                write!(f, "until {:02}:{:02} UTC", minutes.div_euclid(60).rem_euclid(24), minutes.rem_euclid(60))
            }
            Self::In(seconds) if *seconds <= 60 => f.write_str("for a minute"),
            Self::In(seconds) => write!(f, "for {} minutes", seconds.div_ceil(60)),
            Self::Unknown => f.write_str("for now"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_limit_is_shown() {
        for (again, expected) in [
            (Again::Unknown, "for now"),
            (Again::At(1_796_020_320), "until 06:32 UTC"),
            (Again::At(0), "until 00:00 UTC"),
            (Again::In(60), "for a minute"),
            (Again::In(61), "for 2 minutes"),
            (Again::In(3600), "for 60 minutes"),
        ] {
            assert_eq!(again.to_string(), expected);
        }
    }

    #[test]
    fn limits_are_told_from_other_refusals() {
        let (left, reset, pause) = ("x-ratelimit-remaining", "x-ratelimit-reset", "retry-after");
        for (status, headers, expected) in [
            (403, &[(left, "0"), (reset, "99")][..], Some(Again::At(99))),
            (429, &[(left, "0"), (reset, "99"), (pause, "5")], Some(Again::At(99))),
            (429, &[("ratelimit-remaining", "0"), ("ratelimit-reset", "99")], Some(Again::At(99))),
            (403, &[(left, "0")], Some(Again::Unknown)),
            (403, &[(pause, "60")], Some(Again::In(60))),
            (429, &[(pause, "3600")], Some(Again::In(3600))),
            // To be asked again soon, or for another reason.
            (429, &[(pause, "60")], None),
            (429, &[], None),
            (403, &[(left, "40"), (reset, "99")], None),
            (403, &[], None),
            (403, &[(pause, "0")], None),
            (200, &[(left, "0"), (reset, "99")], None),
            (503, &[(pause, "3600")], None),
        ] {
            let response = headers
                .iter()
                .fold(Response::builder().status(status), |response, (name, value)| response.header(*name, *value));
            assert_eq!(Again::of(&response.body(()).unwrap()), expected, "{status} {headers:?}");
        }
    }
}
