//! The version of the host's GNU C library. It decides whose libraries programs find where Debian packages are laid over the
//! host.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use memchr::memmem;

use crate::files::{bounded, most};

/// What the library says of itself, in its file.
const NAME: &[u8] = b"GNU C Library";
const VERSION: &[u8] = b" version ";

/// The first two numbers of the version of a C library, such as 2 and 36.
pub type CLibraryVersion = (u32, u32);

/// That of the host, if it has one where programs look for it.
pub fn c_library_version() -> Option<CLibraryVersion> {
    static FOUND: OnceLock<Option<CLibraryVersion>> = OnceLock::new();
    let places = || {
        let triplet = format!("{}-linux-gnu", std::env::consts::ARCH);
        ["/lib/".to_owned() + &triplet, "/lib64".to_owned(), "/lib".to_owned()]
            .map(|place| PathBuf::from(place).join("libc.so.6"))
    };
    *FOUND.get_or_init(|| {
        places().iter().find_map(|path| version_in(&bounded::read(Path::new(path), most::PROGRAM).ok()?))
    })
}

/// The version in such a file.
fn version_in(library: &[u8]) -> Option<CLibraryVersion> {
    let text = &library[memmem::find(library, NAME)?..];
    let text = &text[..text.len().min(200)];
    let text = &text[memmem::find(text, VERSION)? + VERSION.len()..];
    numbers(&String::from_utf8_lossy(text))
}

/// The first two numbers of a text that begins with them.
pub fn numbers(text: &str) -> Option<CLibraryVersion> {
    let (first, rest) = text.split_once('.')?;
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    Some((first.parse().ok()?, rest[..end].parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_found_in_the_file() {
        let library =
            b"\x7fELF\0GNU C Library (Debian GLIBC 2.36-9+deb12u14) stable release version 2.36.\nCopyright\0";
        assert_eq!(version_in(library), Some((2, 36)));
        for other in [&b""[..], b"GNU C Library", b"GNU C Library version ", b"GNU C Library version two.3"] {
            assert_eq!(version_in(other), None);
        }
        assert_eq!(numbers("2.41-12"), Some((2, 41)));
        assert_eq!(numbers("2"), None);
    }
}
