//! What makes a signature count (RFC 9580): it fits the text, and the key that made it is trusted, for
//! signing, and neither expired nor revoked. The library verifies single signatures; what they say
//! about one another is judged here.

use std::cmp::Reverse;
use std::path::PathBuf;

use pgp::armor::DearmorOptions;
use pgp::composed::{CleartextSignedMessage, SignedPublicKey, SignedPublicSubKey};
use pgp::crypto::hash::HashAlgorithm;
use pgp::packet::{Signature, SignatureType, SubpacketData};
use pgp::types::{Duration, Fingerprint, KeyDetails, Tag, Timestamp};

use crate::hint::Hint;

/// How much later than ours a signer's clock may be, in seconds.
const SLACK: i64 = 24 * 60 * 60;

const BEGIN: &[u8] = b"-----BEGIN PGP SIGNED MESSAGE-----";

/// Why an index is not believed. The worst for the reader to overlook comes last.
#[derive(Debug, thiserror::Error)]
pub enum SignatureError {
    #[error("the configured keys cannot be read")]
    File(#[from] std::io::Error),
    #[error("`{}` contains no OpenPGP key", file.display())]
    NoKeys { file: PathBuf },
    #[error("the index is not signed")]
    NotSigned,
    #[error("the index is not text with its signatures at the end")]
    Unreadable(#[source] Box<pgp::errors::Error>),
    #[error("the index is signed by an untrusted key: {0}")]
    Foreign(String),
    #[error("the key {0}, which signed the index, is not for signing")]
    Unfit(String),
    #[error("the key {key} signed the index by {hash}, which is too weak")]
    Weak { key: String, hash: HashAlgorithm },
    #[error("the signature by the key {0} has expired or is from the future")]
    Untimely(String),
    #[error("the key {0}, which signed the index, has expired")]
    KeyExpired(String),
    #[error("the key {0}, which signed the index, has been revoked")]
    KeyRevoked(String),
    #[error("the index was changed after the key {0} had signed it")]
    Altered(String),
}

impl Hint for SignatureError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::File(_) | Self::NoKeys { .. } => {
                "see `keys` of `registries.deb`: it names a file of public keys, armored or binary".to_owned()
            }
            Self::Foreign(_) => {
                "if it is the archive's own key, export it into a file and name that as `keys` of `registries.deb`"
                    .to_owned()
            }
            Self::Untimely(_) | Self::KeyExpired(_) => {
                "check this machine's clock; if it is right, the mirror is old, or its keys are newer than devshell's: name them as `keys` of `registries.deb`".to_owned()
            }
            Self::NotSigned | Self::Unreadable(_) | Self::Altered(_) => {
                "something between here and the archive changes what it sends: try another mirror in `registries.deb`"
                    .to_owned()
            }
            Self::Unfit(_) | Self::Weak { .. } | Self::KeyRevoked(_) => {
                "do not use this archive; tell its operators".to_owned()
            }
        })
    }
}

impl SignatureError {
    /// How much it says: of several signatures, none of which counts, the most telling is named.
    const fn weight(&self) -> u8 {
        match self {
            Self::Altered(_) => 5,
            Self::KeyRevoked(_) => 4,
            Self::KeyExpired(_) => 3,
            Self::Weak { .. } | Self::Unfit(_) | Self::Untimely(_) => 2,
            Self::Foreign(_) => 1,
            _ => 0,
        }
    }
}

/// How many signatures of one message are looked at. Debian's have three, and each costs a hash of the text.
const MOST_SIGNATURES: usize = 32;

/// The text of a message with cleartext signatures (RFC 9580, section 7), as it was signed, if one of
/// the signatures counts. `now` is in seconds since 1970.
pub fn verified(keys: &[SignedPublicKey], message: &[u8], now: i64) -> Result<String, SignatureError> {
    // Nothing may be before the text; the library refuses what is after it.
    if !message.starts_with(BEGIN) {
        return Err(SignatureError::NotSigned);
    }
    let unreadable = |error| SignatureError::Unreadable(Box::new(error));
    let (message, _) =
        CleartextSignedMessage::from_armor_buf(message, DearmorOptions::default()).map_err(unreadable)?;
    let text = message.signed_text();
    let mut worst = SignatureError::NotSigned;
    for signature in message.signatures().iter().take(MOST_SIGNATURES) {
        let mut verdicts: Vec<_> = keys.iter().filter_map(|key| judge(signature, key, &text, now)).collect();
        if verdicts.is_empty() {
            verdicts.push(Err(SignatureError::Foreign(issuer(signature))));
        }
        for verdict in verdicts {
            match verdict {
                // Lines end as they are read here, not as they are hashed.
                Ok(()) => return Ok(text.replace("\r\n", "\n")),
                Err(error) if error.weight() > worst.weight() => worst = error,
                Err(_) => {}
            }
        }
    }
    Err(worst)
}

/// Whether a signature counts, if it is by this key or a subkey of it.
fn judge(signature: &Signature, key: &SignedPublicKey, text: &str, now: i64) -> Option<Result<(), SignatureError>> {
    if is_issuer(signature, &key.primary_key) {
        let id = shown(&key.primary_key.fingerprint());
        let fits = fits(signature, signature.verify(&key.primary_key, text.as_bytes()).is_ok(), &id, now);
        return Some(fits.and_then(|()| primary_counts(key, true, now).map_err(|why| why(id))));
    }
    let subkey = key.public_subkeys.iter().find(|subkey| is_issuer(signature, &subkey.key))?;
    let id = shown(&subkey.key.fingerprint());
    let fits = fits(signature, signature.verify(&subkey.key, text.as_bytes()).is_ok(), &id, now);
    let counts = || primary_counts(key, false, now).and_then(|()| subkey_counts(key, subkey, now));
    Some(fits.and_then(|()| counts().map_err(|why| why(id))))
}

/// Who made a signature, as far as it says so.
fn issuer(signature: &Signature) -> String {
    let fingerprints = signature.issuer_fingerprint().into_iter().map(shown);
    let ids = signature.issuer_key_id().into_iter().map(|id| id.to_string().to_uppercase());
    fingerprints.chain(ids).next().unwrap_or_else(|| "it does not say which".to_owned())
}

fn shown(fingerprint: &Fingerprint) -> String {
    fingerprint.to_string().to_uppercase()
}

/// Whether a signature says that it is by a key.
fn is_issuer(signature: &Signature, key: &impl KeyDetails) -> bool {
    let (fingerprints, ids) = (signature.issuer_fingerprint(), signature.issuer_key_id());
    match fingerprints.first() {
        Some(fingerprint) => **fingerprint == key.fingerprint(),
        None => ids.first().is_some_and(|id| **id == key.legacy_key_id()),
    }
}

/// Whether a signature is of a text, by means that are strong enough, of this time, and `verified`.
fn fits(signature: &Signature, verified: bool, id: &str, now: i64) -> Result<(), SignatureError> {
    let hash = signature.hash_alg().unwrap_or(HashAlgorithm::None);
    if !is_strong(hash) {
        return Err(SignatureError::Weak { key: id.to_owned(), hash });
    }
    if !verified {
        return Err(SignatureError::Altered(id.to_owned()));
    }
    let is_of_text = matches!(signature.typ(), Some(SignatureType::Text | SignatureType::Binary));
    if !is_of_text || !is_understood(signature) {
        return Err(SignatureError::Unfit(id.to_owned()));
    }
    if is_timely(signature, now) { Ok(()) } else { Err(SignatureError::Untimely(id.to_owned())) }
}

/// At least 128 bits against collisions.
const fn is_strong(hash: HashAlgorithm) -> bool {
    use HashAlgorithm::{Sha3_256, Sha3_512, Sha256, Sha384, Sha512};
    matches!(hash, Sha256 | Sha384 | Sha512 | Sha3_256 | Sha3_512)
}

/// Whether nothing is in a signature that has to be understood and is not (RFC 9580, section
/// 5.2.3.7). No notation is; what else is unknown the library refuses itself.
fn is_understood(signature: &Signature) -> bool {
    signature.config().is_some_and(|config| {
        let is_notation = |data: &SubpacketData| matches!(data, SubpacketData::Notation(_));
        !config.hashed_subpackets().any(|subpacket| subpacket.is_critical && is_notation(&subpacket.data))
    })
}

/// Made by now, and not expired.
fn is_timely(signature: &Signature, now: i64) -> bool {
    signature.created().is_some_and(|created| {
        i64::from(created.as_secs()) <= now + SLACK && !has_ended(created, signature.signature_expiration_time(), now)
    })
}

/// Whether a term that began then is over. A term of nothing never ends.
fn has_ended(begin: Timestamp, term: Option<Duration>, now: i64) -> bool {
    let term = term.map_or(0, Duration::as_secs);
    term > 0 && i64::from(begin.as_secs()) + i64::from(term) <= now
}

/// A key's own words about itself that count, the last one first.
fn in_force<'s>(
    signatures: impl IntoIterator<Item = &'s Signature>,
    now: i64,
    verifies: impl Fn(&Signature) -> bool,
) -> Option<&'s Signature> {
    let counts = |signature: &&Signature| {
        is_strong(signature.hash_alg().unwrap_or(HashAlgorithm::None))
            && is_understood(signature)
            && is_timely(signature, now)
            && verifies(signature)
    };
    let mut signatures: Vec<&Signature> = signatures.into_iter().collect();
    signatures.sort_by_key(|signature| Reverse(signature.created()));
    signatures.into_iter().find(counts)
}

/// Makes an error of a key's name.
type Why = fn(String) -> SignatureError;

/// Whether a primary key is neither revoked nor expired, and, where that matters, is for signing.
fn primary_counts(key: &SignedPublicKey, signs: bool, now: i64) -> Result<(), Why> {
    let primary = &key.primary_key;
    if key.details.revocation_signatures.iter().any(|signature| signature.verify_key(primary).is_ok()) {
        return Err(SignatureError::KeyRevoked);
    }
    let of_users = key.details.users.iter().filter_map(|user| {
        let verifies = |signature: &Signature| signature.verify_certification(primary, Tag::UserId, &user.id).is_ok();
        let last = in_force(&user.signatures, now, verifies)?;
        // A name may have been taken back.
        (last.typ() != Some(SignatureType::CertRevocation)).then_some(last)
    });
    let of_user = of_users.max_by_key(|signature| signature.created());
    let direct = in_force(&key.details.direct_signatures, now, |signature| {
        signature.typ() == Some(SignatureType::Key) && signature.verify_key(primary).is_ok()
    });
    // What says nothing of a term says nothing against that of the other.
    let mut words = of_user.into_iter().chain(direct).peekable();
    let Some(first) = words.peek() else { return Err(SignatureError::Unfit) };
    if signs && !first.key_flags().sign() {
        return Err(SignatureError::Unfit);
    }
    if words.any(|word| has_ended(primary.created_at(), word.key_expiration_time(), now)) {
        return Err(SignatureError::KeyExpired);
    }
    Ok(())
}

/// Whether a subkey is bound to its key, for signing, and neither revoked nor expired.
fn subkey_counts(key: &SignedPublicKey, subkey: &SignedPublicSubKey, now: i64) -> Result<(), Why> {
    let primary = &key.primary_key;
    let is = |signature: &Signature, kind| signature.typ() == Some(kind);
    let verifies = |signature: &Signature| signature.verify_subkey_binding(primary, &subkey.key).is_ok();
    if subkey.signatures.iter().any(|word| is(word, SignatureType::SubkeyRevocation) && verifies(word)) {
        return Err(SignatureError::KeyRevoked);
    }
    let binding = in_force(&subkey.signatures, now, |word| is(word, SignatureType::SubkeyBinding) && verifies(word));
    let binding = binding.ok_or(SignatureError::Unfit as Why)?;
    // The subkey has to agree: anybody could bind another's key to his own.
    let agrees = |back: &Signature| back.verify_primary_key_binding(&subkey.key, primary).is_ok();
    if !binding.key_flags().sign() || in_force(binding.embedded_signature(), now, agrees).is_none() {
        return Err(SignatureError::Unfit);
    }
    if has_ended(subkey.key.created_at(), binding.key_expiration_time(), now) {
        return Err(SignatureError::KeyExpired);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use pgp::composed::{
        ArmorOptions, Deserializable as _, KeyType, SecretKeyParamsBuilder, SignedSecretKey, SubkeyParamsBuilder,
    };
    use pgp::packet::{KeyFlags, Notation, SignatureConfig, Subpacket};
    use pgp::types::{Password, SigningKey};
    use rand::SeedableRng as _;
    use rand::rngs::StdRng;

    use super::*;

    const TEXT: &str = "Origin: Test\n-dash: yes\n\nSHA256:\n 00 1 x\n";
    const DAY: i64 = 24 * 60 * 60;

    fn now() -> i64 {
        i64::from(Timestamp::now().as_secs())
    }

    fn password() -> Password {
        Password::empty()
    }

    /// A key with a subkey, which alone is for signing where `subkey_signs`.
    fn key(seed: u64, subkey_signs: bool) -> SignedSecretKey {
        let subkey = SubkeyParamsBuilder::default().key_type(KeyType::Ed25519Legacy).can_sign(subkey_signs).build();
        let mut parameters = SecretKeyParamsBuilder::default();
        parameters.key_type(KeyType::Ed25519Legacy).can_certify(true).can_sign(!subkey_signs);
        parameters.primary_user_id("Test <test@a.example>".to_owned()).subkeys(vec![subkey.unwrap()]);
        parameters.build().unwrap().generate(StdRng::seed_from_u64(seed)).unwrap()
    }

    /// The beginning of a signature, with what it says besides.
    fn config(kind: SignatureType, by: &impl SigningKey, more: Vec<SubpacketData>) -> SignatureConfig {
        let mut config = SignatureConfig::v4(kind, by.algorithm(), HashAlgorithm::Sha256);
        let own = [
            SubpacketData::SignatureCreationTime(Timestamp::now()),
            SubpacketData::IssuerFingerprint(by.fingerprint()),
        ];
        config.hashed_subpackets = own.into_iter().chain(more).map(|data| Subpacket::regular(data).unwrap()).collect();
        config
    }

    fn message(config: SignatureConfig, by: &impl SigningKey) -> String {
        let message = CleartextSignedMessage::new(TEXT, config, by, &password()).unwrap();
        message.to_armored_string(ArmorOptions::default()).unwrap()
    }

    fn signed(by: &impl SigningKey) -> String {
        message(config(SignatureType::Text, by, Vec::new()), by)
    }

    #[track_caller]
    fn refused(key: &SignedSecretKey, message: &str, now: i64, expected: &str) {
        let error = verified(&[key.to_public_key()], message.as_bytes(), now).unwrap_err();
        assert!(error.to_string().contains(expected), "{error}: not `{expected}`");
    }

    /// The user's certification, which says how long the key is good and what for.
    fn certify(key: &mut SignedSecretKey, more: Vec<SubpacketData>) {
        let (primary, public) = (&key.primary_key, key.primary_key.public_key());
        let user = &mut key.details.users[0];
        let config = config(SignatureType::CertPositive, primary, more);
        let word = config.sign_certification(primary, public, &password(), Tag::UserId, &user.id).unwrap();
        user.signatures = vec![word];
    }

    fn flags(signs: bool) -> SubpacketData {
        let mut flags = KeyFlags::default();
        flags.set_certify(true);
        flags.set_sign(signs);
        SubpacketData::KeyFlags(flags)
    }

    #[test]
    fn what_is_signed_is_read() {
        let (ours, others) = (key(1, true), key(2, true));
        let keys = [others.to_public_key(), ours.to_public_key()];
        let signer = &ours.secret_subkeys[0].key;
        assert_eq!(verified(&keys, signed(signer).as_bytes(), now()).unwrap(), TEXT);
        let primary = key(3, false);
        let message = signed(&primary.primary_key);
        assert_eq!(verified(&[primary.to_public_key()], message.as_bytes(), now()).unwrap(), TEXT);
        // With several signatures, one is enough.
        let both = CleartextSignedMessage::new_many(TEXT, |text| {
            let sign = |key: &SignedSecretKey| {
                let key = &key.secret_subkeys[0].key;
                config(SignatureType::Text, key, Vec::new()).sign(key, &password(), text.as_bytes())
            };
            Ok(vec![sign(&others)?, sign(&ours)?])
        });
        let both = both.unwrap().to_armored_string(ArmorOptions::default()).unwrap();
        assert_eq!(verified(&keys[1..], both.as_bytes(), now()).unwrap(), TEXT);
    }

    #[test]
    fn what_is_not_signed_is_refused() {
        let ours = key(1, true);
        let message = signed(&ours.secret_subkeys[0].key);
        let refused = |message: &str, expected: &str| refused(&ours, message, now(), expected);
        refused("", "is not signed");
        refused(TEXT, "is not signed");
        refused(&format!("Origin: Evil\n{message}"), "is not signed");
        refused(&format!("{message}\nOrigin: Evil\n"), "with its signatures at the end");
        refused(&format!("{message}{message}"), "with its signatures at the end");
        refused(&message.replace("Hash: SHA256\n", "Hash: SHA256\nOrigin: Evil\n"), "with its signatures at the end");
        refused(&message[..message.len() / 2], "with its signatures at the end");
        refused(&message.replace("Origin: Test", "Origin: Evil"), "was changed after the key");
        refused(&message.replace("00 1 x", "00 1 x\n 00 1 y"), "was changed after the key");
        let other = key(2, true);
        let foreign = signed(&other.secret_subkeys[0].key);
        refused(&foreign, &format!("an untrusted key: {}", shown(&other.secret_subkeys[0].key.fingerprint())));
    }

    #[test]
    fn a_weak_or_expired_signature_does_not_count() {
        let ours = key(1, true);
        let signer = &ours.secret_subkeys[0].key;
        // The library itself would not make one.
        let weak = CleartextSignedMessage::new_many(TEXT, |text| {
            let good = config(SignatureType::Text, signer, Vec::new()).sign(signer, &password(), text.as_bytes())?;
            let mut weak = good.config().unwrap().clone();
            weak.hash_alg = HashAlgorithm::Sha1;
            Ok(vec![Signature::from_config(weak, [0, 0], good.signature().unwrap().clone())?])
        });
        let weak = weak.unwrap().to_armored_string(ArmorOptions::default()).unwrap();
        refused(&ours, &weak, now(), "by SHA1, which is too weak");
        let expires = vec![SubpacketData::SignatureExpirationTime(Duration::from_secs(60))];
        let brief = message(config(SignatureType::Text, signer, expires), signer);
        assert!(verified(&[ours.to_public_key()], brief.as_bytes(), now()).is_ok());
        refused(&ours, &brief, now() + 2 * DAY, "has expired or is from the future");
        refused(&ours, &signed(signer), now() - 2 * DAY, "has expired or is from the future");
        let mut strange = config(SignatureType::Text, signer, Vec::new());
        let note = Notation { readable: true, name: "only@a.example".into(), value: "x".into() };
        strange.hashed_subpackets.push(Subpacket::critical(SubpacketData::Notation(note)).unwrap());
        refused(&ours, &message(strange, signer), now(), "is not for signing");
    }

    #[test]
    fn a_key_that_has_ended_does_not_count() {
        let term = || SubpacketData::KeyExpirationTime(Duration::from_secs(3600));
        let mut expiring = key(1, false);
        let renewed = expiring.clone();
        certify(&mut expiring, vec![flags(true), term()]);
        let message = signed(&expiring.primary_key);
        assert!(verified(&[expiring.to_public_key()], message.as_bytes(), now()).is_ok());
        refused(&expiring, &message, now() + DAY, "has expired");
        // A file may hold an older copy of a key beside the renewed one.
        let both = [expiring.to_public_key(), renewed.to_public_key()];
        assert!(verified(&both, message.as_bytes(), now() + DAY).is_ok());

        // The end of the key is the end of its subkeys.
        let mut expiring = key(2, true);
        certify(&mut expiring, vec![flags(false), term()]);
        let message = signed(&expiring.secret_subkeys[0].key);
        assert!(verified(&[expiring.to_public_key()], message.as_bytes(), now()).is_ok());
        refused(&expiring, &message, now() + DAY, "has expired");

        let mut revoked = key(3, true);
        let primary = &revoked.primary_key;
        let config = config(SignatureType::KeyRevocation, primary, Vec::new());
        let word = config.sign_key(primary, &password(), primary.public_key()).unwrap();
        revoked.details.revocation_signatures.push(word.clone());
        refused(&revoked, &signed(&revoked.secret_subkeys[0].key), now(), "has been revoked");
        // No one revokes another's key.
        let mut other = key(4, true);
        other.details.revocation_signatures.push(word);
        let message = signed(&other.secret_subkeys[0].key);
        assert!(verified(&[other.to_public_key()], message.as_bytes(), now()).is_ok());
    }

    #[test]
    fn a_key_signs_only_what_it_is_for() {
        let ours = key(1, true);
        refused(&ours, &signed(&ours.primary_key), now(), "is not for signing");
        let other = key(2, false);
        refused(&other, &signed(&other.secret_subkeys[0].key), now(), "is not for signing");
        // Another's subkey, without its consent.
        let mut thief = key(3, true);
        let stolen = &ours.secret_subkeys[0];
        let config = config(SignatureType::SubkeyBinding, &thief.primary_key, vec![flags(true)]);
        let (primary, public) = (&thief.primary_key, thief.primary_key.public_key());
        let word = config.sign_subkey_binding(primary, public, &password(), stolen.key.public_key()).unwrap();
        thief.secret_subkeys[0].key = stolen.key.clone();
        thief.secret_subkeys[0].signatures = vec![word];
        refused(&thief, &signed(&stolen.key), now(), "is not for signing");
        // No word of its own about itself.
        let mut silent = key(4, false);
        silent.details.users.clear();
        refused(&silent, &signed(&silent.primary_key), now(), "is not for signing");
    }

    /// Debian's keys count today, and one day they will not.
    #[test]
    fn real_keys_end() {
        let debian: &[u8] = include_bytes!("../debian-archive.asc");
        let (keys, _) = SignedPublicKey::from_reader_many(debian).unwrap();
        for key in keys.map(Result::unwrap) {
            assert!(primary_counts(&key, true, now()).is_ok());
            assert!(key.public_subkeys.iter().all(|subkey| subkey_counts(&key, subkey, now()).is_ok()));
            assert!(primary_counts(&key, true, now() + 20 * 366 * DAY).is_err());
        }
    }
}
