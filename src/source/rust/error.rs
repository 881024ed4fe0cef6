//! Why no release of Rust can be locked.

use url::Url;

use super::choice::Lack;
use crate::hint::Hint;
use crate::net::shown;

/// Why no release of Rust can be locked.
#[derive(Debug, thiserror::Error)]
pub enum RustError {
    #[error("there is no release `{0}` of Rust")]
    NoRelease(String),
    #[error("Rust {version} has no {}", lacking(.lack))]
    Lack { version: String, lack: Lack },
    #[error("`{}` makes no sense: {text}", shown(.url))]
    Senseless { url: Url, text: String },
    #[error("`{}` does not have the hash that is beside it", shown(.url))]
    Hash { url: Url },
}

fn lacking(lack: &Lack) -> String {
    match lack {
        Lack::Unknown { what, name, .. } => format!("{what} `{name}`"),
        Lack::Unavailable { what, name } => format!("{what} `{name}` for a platform that devshell knows"),
    }
}

impl Hint for RustError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NoRelease(name) if name.contains('-') => {
                "not every day has a release; `nightly` without a date locks the newest".to_owned()
            }
            Self::NoRelease(_) => "`stable` is the newest release; `1.95` the newest 1.95.x".to_owned(),
            Self::Lack { lack: Lack::Unknown { near: Some(near), .. }, .. } => format!("did you mean `{near}`?"),
            Self::Lack { lack: Lack::Unknown { what: "target", .. }, .. } => {
                "a target without a compiled standard library needs the component `rust-src` and cargo's `build-std`"
                    .to_owned()
            }
            Self::Lack { .. } => "take it out, or try another release".to_owned(),
            Self::Senseless { .. } => {
                "name a mirror of Rust's releases in `registries`: \"rust\": \"https://…\"".to_owned()
            }
            Self::Hash { .. } => "a release may be on its way; try again in a few minutes".to_owned(),
        })
    }
}
