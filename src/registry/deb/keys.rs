//! Whose signature makes an index believable: Debian's archive keys, which devshell brings so that
//! no host needs to have them, or those of a file that the settings name.

mod signature;

use std::path::PathBuf;

use pgp::composed::{Deserializable as _, SignedPublicKey};

pub use self::signature::SignatureError;
use crate::files::{bounded, most};

/// The keys of the package `debian-archive-keyring` 2025.1, exported by `gpg --export-options
/// export-minimal --armor --export`: the archive's, the security archive's and the release's
/// keys of Debian 11, 12 and 13. A unit test lists them; Debian's page "Archive Signing Keys" shows
/// the fingerprints.
const DEBIAN: &[u8] = include_bytes!("debian-archive.asc");

const BEGIN: &str = "-----BEGIN PGP PUBLIC KEY BLOCK-----";

/// The trusted keys. They are read when there is something to verify.
#[derive(Debug)]
pub struct Keys {
    file: Option<PathBuf>,
}

impl Keys {
    /// Those of a file, or else Debian's.
    pub const fn of(file: Option<PathBuf>) -> Self {
        Self { file }
    }

    /// The text that is signed in a message, if one of these keys signed it.
    pub fn verified(&self, message: &[u8], now: i64) -> Result<String, SignatureError> {
        signature::verified(&self.read()?, message, now)
    }

    fn read(&self) -> Result<Vec<SignedPublicKey>, SignatureError> {
        let Some(file) = &self.file else { return Ok(parse(DEBIAN)) };
        let keys = parse(&bounded::read(file, most::KEYS)?);
        if keys.is_empty() { Err(SignatureError::NoKeys { file: file.clone() }) } else { Ok(keys) }
    }
}

/// The keys in a file, armored or not. One that cannot be read does not spoil the others.
fn parse(bytes: &[u8]) -> Vec<SignedPublicKey> {
    let block = |bytes| {
        SignedPublicKey::from_reader_many(bytes).map_or_else(|_| Vec::new(), |(keys, _)| keys.flatten().collect())
    };
    match std::str::from_utf8(bytes) {
        // People append one armored file to another. Each ends where the next one begins, at the latest: one
        // without an end would be read to the end of the file, once for each that follows.
        Ok(text) => {
            let begins: Vec<usize> = text.match_indices(BEGIN).map(|(begin, _)| begin).collect();
            let ends = begins.iter().copied().skip(1).chain([bytes.len()]);
            begins.iter().zip(ends).flat_map(|(begin, end)| block(&bytes[*begin..end])).collect()
        }
        Err(_) => block(bytes),
    }
}

#[cfg(test)]
mod tests {
    use pgp::composed::ArmorOptions;
    use pgp::types::KeyDetails as _;
    use rand::rngs::StdRng;
    use rand::{Rng as _, SeedableRng as _};

    use super::*;

    #[test]
    fn debians_keys_are_those_of_its_keyring() {
        let keys = parse(DEBIAN);
        let all = keys.iter().flat_map(|key| {
            let subkeys = key.public_subkeys.iter().map(|subkey| subkey.key.fingerprint());
            std::iter::once(key.primary_key.fingerprint()).chain(subkeys)
        });
        let mut all: Vec<String> = all.map(|fingerprint| fingerprint.to_string().to_uppercase()).collect();
        all.sort();
        assert_eq!(
            all,
            [
                "04B54C3CDCA79751B16BC6B5225629DF75B188BD", // archive, 13
                "05AB90340C0C5E797F44A8C8254CF3B5AEC0A8F0", // security, 12
                "1F89983E0081FDE018F3CC9673A4F27B8DD47936", // archive, 11
                "41587F7DB8C774BCCF131416762F67A0B2C39DE4", // release, 13
                "4CB50190207B4758A3F73A796ED0E7B82643E131",
                "4D64FEC119C2029067D6E791F8D2585B8783D481", // release, 12
                "5E04A1E3223A19A20706E20F9904613D4CCE68C6", // security, 13
                "89C87ACEA5DD6B8E6A7068808E9F831205B4BA95",
                "A4285295FC7B1A81600062A9605C66F00D6C9793", // release, 11
                "A7236886F3CCCAAD148A27F80E98404D386FA1D9",
                "AC530D520F2F3269F5E98313A48449044AAD5C5D", // security, 11
                "B0CAB9266E8C3929798B3EEEBDE6D2B9216EC7A8",
                "B8B80B5B623EAB6AD8775C45B7C5D7D6350947F8", // archive, 12
                "B8E5F13176D2A7A75220028078DBA3BC47EF2265",
                "ED541312A33F1128F10B1C6C54404762BBB6E853",
            ]
        );
    }

    #[test]
    fn keys_are_read_in_either_form() {
        let keys = &parse(DEBIAN)[..2];
        let binary: Vec<u8> = keys.iter().flat_map(|key| pgp::ser::Serialize::to_bytes(key).unwrap()).collect();
        assert_eq!(parse(&binary), keys);
        let armored: String = keys.iter().map(|key| key.to_armored_string(ArmorOptions::default()).unwrap()).collect();
        assert_eq!(parse(armored.as_bytes()), keys);
        assert_eq!(parse(format!("Ours:\n{armored}-----BEGIN PGP").as_bytes()), keys);
        assert!(parse(b"").is_empty() && parse(b"nothing").is_empty() && parse(&[0xff; 40]).is_empty());
    }

    /// A repository may name any file.
    #[test]
    fn keys_that_are_none_bring_nothing_down() {
        let binary: Vec<u8> =
            parse(DEBIAN)[..2].iter().flat_map(|key| pgp::ser::Serialize::to_bytes(key).unwrap()).collect();
        let mut random = StdRng::seed_from_u64(1);
        for _ in 0..500 {
            let mut changed = binary.clone();
            for _ in 0..random.gen_range(1..5) {
                let at = random.gen_range(0..changed.len());
                changed[at] = [0, 1, 0x7f, 0xff, random.r#gen()][random.gen_range(0..5)];
            }
            changed.truncate(if random.gen_range(0..4) == 0 { random.gen_range(0..changed.len()) } else { usize::MAX });
            parse(&changed);
        }
        // Each begins and none ends.
        assert!(parse(format!("{BEGIN}\n\nxx").repeat(20_000).as_bytes()).is_empty());
    }
}
