//! Texts of some length that devshell brings and rarely needs. `build.rs` packs them (raw deflate, RFC 1951), and each is
//! unpacked when it is used.

use std::fmt;
use std::io::Read as _;

use flate2::read::DeflateDecoder;

/// A packed text.
#[derive(Clone, Copy)]
pub struct Packed(&'static [u8]);

impl Packed {
    /// What `build.rs` made of a text.
    pub(crate) const fn of(bytes: &'static [u8]) -> Self {
        Self(bytes)
    }

    /// The text as it was.
    pub fn text(self) -> String {
        let mut text = String::new();
        DeflateDecoder::new(self.0).read_to_string(&mut text).expect("`build.rs` packs only whole texts");
        text
    }
}

impl fmt::Debug for Packed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Packed({} bytes)", self.0.len())
    }
}

/// A text of the list in `build.rs`, by its path in the repository.
macro_rules! packed {
    ($path:literal) => {
        $crate::packed::Packed::of(include_bytes!(concat!(env!("OUT_DIR"), "/", $path)))
    };
}
pub(crate) use packed;

#[cfg(test)]
mod tests {
    #[test]
    fn a_text_is_as_it_was() {
        let packed = packed!("src/catalog/releases.json");
        let text = include_str!("catalog/releases.json");
        assert!(packed.text() == text);
        assert!(packed.0.len() * 3 < text.len(), "{packed:?}");
    }
}
