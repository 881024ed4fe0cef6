//! Trust stores of Java, in the format JKS: the certificates of a system, as Java looks for them.
//! Its reader is `sun.security.provider.JavaKeyStore` of OpenJDK, which also says what is in it.

use std::io;
use std::path::PathBuf;

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use sha1::{Digest as _, Sha1};

use crate::files::{bounded, most};

const MAGIC: u32 = 0xfeed_feed;
const VERSION: u32 = 2;
/// What an entry is: a certificate that is trusted.
const TRUSTED: u32 = 2;

/// What everybody has for a password. The hash at the end is over it; nothing is secret here.
const PASSWORD: &str = "changeit";
const WHITENER: &[u8] = b"Mighty Aphrodite";

/// A trust store of certificates, each in a file (PEM, RFC 7468) that it is named after.
pub fn of(certificates: &[PathBuf]) -> io::Result<Vec<u8>> {
    let count = u32::try_from(certificates.len()).map_err(io::Error::other)?;
    let mut store = [MAGIC, VERSION, count].map(u32::to_be_bytes).concat();
    for path in certificates {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().to_lowercase();
        let certificate = decoded(&bounded::read_text(path, most::SETTINGS)?)
            .ok_or_else(|| io::Error::other(format!("`{}` is not a certificate", path.display())))?;
        store.extend(TRUSTED.to_be_bytes());
        store.extend(text(&name)?);
        // When it was added, which would be another time in each store.
        store.extend(0_u64.to_be_bytes());
        store.extend(text("X.509")?);
        store.extend(u32::try_from(certificate.len()).map_err(io::Error::other)?.to_be_bytes());
        store.extend(certificate);
    }
    let password: Vec<u8> = PASSWORD.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let hash = Sha1::new().chain_update(password).chain_update(WHITENER).chain_update(&store).finalize();
    store.extend(hash);
    Ok(store)
}

/// The bytes of the first certificate of a file.
fn decoded(pem: &str) -> Option<Vec<u8>> {
    let (_, behind) = pem.split_once("-----BEGIN CERTIFICATE-----")?;
    let (inside, _) = behind.split_once("-----END CERTIFICATE-----")?;
    BASE64.decode(inside.split_whitespace().collect::<String>()).ok()
}

/// A text with its length before it; what is ASCII is the same in Java's own form of UTF-8.
fn text(text: &str) -> io::Result<Vec<u8>> {
    let text: String = text.chars().map(|c| if c.is_ascii() && c != '\0' { c } else { '_' }).collect();
    let length = u16::try_from(text.len()).map_err(io::Error::other)?;
    Ok([&length.to_be_bytes(), text.as_bytes()].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_holds_its_certificates_and_their_hash() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("A_Root.crt");
        fs_err::write(&path, "# x\n-----BEGIN CERTIFICATE-----\nMAMC\nAQE=\n-----END CERTIFICATE-----\n").unwrap();
        let store = of(std::slice::from_ref(&path)).unwrap();
        let head = b"\xfe\xed\xfe\xed\0\0\0\x02\0\0\0\x01\0\0\0\x02\0\x06a_root";
        let entry = b"\0\0\0\0\0\0\0\0\0\x05X.509\0\0\0\x05\x30\x03\x02\x01\x01";
        assert_eq!(store[..store.len() - 20], [&head[..], entry].concat());
        // Worked out with another program.
        assert_eq!(crate::digest::hex(&store[store.len() - 20..]), "85fd8ffb79abd7f37caa0864432d7cac1a7c32b5");
        fs_err::write(&path, "no certificate").unwrap();
        assert!(of(&[path]).is_err());
    }
}
