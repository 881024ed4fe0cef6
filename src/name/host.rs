//! Names of hosts, as they are written down in settings and asked of name servers.

/// Whether a text can be the name of a host: labels of 1 to 63 bytes, 253 in all (RFC 1035, section 2.3.4), of
/// characters that mean nothing in particular to those who write names down.
pub fn is_host_name(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    let is_label = |label: &str| (1..=63).contains(&label.len()) && label.bytes().all(is_plain);
    text.len() <= 253 && text.split('.').all(is_label)
}
