//! Keys that sign an archive of tests, and files that are signed by one (RFC 9580, section 7).

use std::sync::LazyLock;

use pgp::composed::{
    ArmorOptions, CleartextSignedMessage, KeyType, SecretKeyParamsBuilder, SignedSecretKey, SubkeyParamsBuilder,
};
use pgp::crypto::hash::HashAlgorithm;
use pgp::packet::{SignatureConfig, SignatureType, Subpacket, SubpacketData};
use pgp::types::{KeyDetails as _, Password, Timestamp};
use rand::SeedableRng as _;
use rand::rngs::StdRng;

/// When the keys were made, and when they sign, in seconds since 1970: 1 January and 1 June 2024.
const MADE: u32 = 1_704_067_200;
const SIGNS: u32 = 1_717_200_000;

/// Who signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signer {
    /// The key of the archive.
    Archive,
    /// Another one.
    Stranger,
    Nobody,
}

impl Signer {
    fn key(self) -> Option<&'static SignedSecretKey> {
        static ARCHIVE: LazyLock<SignedSecretKey> = LazyLock::new(|| generate(1));
        static STRANGER: LazyLock<SignedSecretKey> = LazyLock::new(|| generate(2));
        match self {
            Self::Archive => Some(&ARCHIVE),
            Self::Stranger => Some(&STRANGER),
            Self::Nobody => None,
        }
    }

    /// The public key, armored.
    pub fn public(self) -> String {
        let key = self.key().expect("nobody has no key").to_public_key();
        key.to_armored_string(ArmorOptions::default()).unwrap()
    }

    /// The text with its signature behind it. The same text has the same signature.
    pub fn sign(self, text: &str) -> String {
        let Some(key) = self.key() else { return text.to_owned() };
        let key = &key.secret_subkeys[0].key;
        let mut config = SignatureConfig::v4(SignatureType::Text, key.algorithm(), HashAlgorithm::Sha256);
        let words = [
            SubpacketData::SignatureCreationTime(Timestamp::from_secs(SIGNS)),
            SubpacketData::IssuerFingerprint(key.fingerprint()),
        ];
        config.hashed_subpackets = words.map(|word| Subpacket::regular(word).unwrap()).into();
        // What GnuPG looks the key up by.
        config.unhashed_subpackets = vec![Subpacket::regular(SubpacketData::IssuerKeyId(key.legacy_key_id())).unwrap()];
        let message = CleartextSignedMessage::new(text, config, key, &Password::empty()).unwrap();
        message.to_armored_string(ArmorOptions::default()).unwrap()
    }
}

/// In the older of the two forms that Ed25519 has in OpenPGP, which GnuPG knows everywhere.
fn generate(seed: u64) -> SignedSecretKey {
    let made = Timestamp::from_secs(MADE);
    let mut subkey = SubkeyParamsBuilder::default();
    subkey.key_type(KeyType::Ed25519Legacy).can_sign(true).created_at(made);
    let mut key = SecretKeyParamsBuilder::default();
    key.key_type(KeyType::Ed25519Legacy).can_certify(true).created_at(made);
    key.primary_user_id(format!("Archive {seed} <archive@a.example>")).subkeys(vec![subkey.build().unwrap()]);
    key.build().unwrap().generate(StdRng::seed_from_u64(seed)).unwrap()
}
