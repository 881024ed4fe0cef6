//! Plain data as the value of a variable, for another process of devshell's.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Serialize, de::DeserializeOwned};

pub(super) fn to_text(data: &impl Serialize) -> String {
    URL_SAFE_NO_PAD.encode(postcard::to_stdvec(data).expect("plain data serialises"))
}

/// Reads what `to_text` wrote; `None` when it is something else.
pub(super) fn of_text<T: DeserializeOwned>(text: &OsStr) -> Option<T> {
    postcard::from_bytes(&URL_SAFE_NO_PAD.decode(text.as_bytes()).ok()?).ok()
}
