//! What namespaces of networks do not keep apart: sockets with an abstract name, where the network is the host's.

use rustix::io::Errno;

use super::at::At as _;
use super::ruleset::{Handled, Ruleset};
use crate::fault::Fault;

const ABSTRACT_SOCKETS: u64 = 1;
const SIGNALS: u64 = 1 << 1;

/// The first version of Landlock that knows these (Linux 6.12).
const SINCE: u32 = 6;

/// From now on, this process and all that it starts reach only abstract sockets of their own, and signal only each other.
/// An older kernel has no such thing. It needs `no_new_privs`.
pub fn close() -> Result<(), Fault> {
    let handled = Handled { scoped: known(SINCE), ..Handled::default() };
    match Ruleset::new(handled).and_then(|ruleset| ruleset.enforce()) {
        Err(Errno::NOSYS | Errno::OPNOTSUPP | Errno::INVAL | Errno::TOOBIG) => Ok(()),
        result => result.at(|| "close abstract sockets".to_owned()),
    }
}

/// What a version of Landlock can close.
pub fn known(version: u32) -> u64 {
    if version < SINCE { 0 } else { ABSTRACT_SOCKETS | SIGNALS }
}
